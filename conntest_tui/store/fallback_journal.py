"""What was written while the database is in memory, away from its file: remembered here, and in a file beside it.

A disk that is full takes no more blocks, but it takes bytes in the place of others. So there is a file of a fixed size
beside the database; as long as that is away from its own file, every transaction is also written there, in place, and
the next start makes them all again. A program that ends or is killed on a full disk forgets nothing then, and mails
nothing twice. What does not fit any more leaves a mark: some of it is lost.

The layout: a header of `_HEADER` bytes (JSON, padded with blanks; blank when there is nothing), then records one after
the other, each its length and checksum (eight bytes), then its transaction as compressed JSON. A checksum counts the
header's `run` in, so that a record of an earlier time ends the list. Where a disk copies on write, or refuses writes
altogether, nothing is kept here, and nothing is worse than without it.
"""

import json
import os
import re
import secrets
import sqlite3
import struct
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from conntest_tui.clock import Clock
from conntest_tui.private import open_file
from conntest_tui.store.database_files_and_disk_errors import RESERVE_BYTES, give_up, set_apart
from conntest_tui.store.schema import AUTHORS_SINCE, FILL_AUTHORS, VERSION
from conntest_tui.store.writer_and_readers import Parameters, RecordingConnection, Write

FALLBACK_BYTES = 256 * 1024

_SOME_ROOM = RESERVE_BYTES + FALLBACK_BYTES  # on a disk: enough to repeat there what was written in memory

_HEADER = 1024
_FRAME = struct.Struct(">II")

# The history is as large as the list of hosts, and no mail depends on it.
_HISTORY = re.compile(r"\b(?:INTO|FROM|UPDATE)\s+(?:round|sample|rollup|series)\b", re.IGNORECASE)

# What version 6 and older versions wrote says in its events who has acknowledged what.
_AUTHORS: Write = (FILL_AUTHORS, [()])

MOST_ROWS = 100_000
"""Rows written in memory that are remembered one by one; after more of them everything is copied."""

DOUBTFUL = 120.0
"""Seconds after a start in which it may find what an earlier run has mailed already, and forgotten."""


@dataclass(frozen=True, slots=True)
class FallbackHeader:
    """What the file says of itself.

    Attributes:
        since: POSIX seconds: when the database went into memory.
        base: the `fingerprint` of the database that the transactions go on from.
        schema: the version of the tables that they are about. They can be made in later ones too: columns are only
            added, with a default, and a statement names its columns, or its table has not changed since version 1.
        whole: whether everything is here that was written since.
        run: some random text of its own.
    """

    since: float
    base: str
    schema: int = VERSION
    whole: bool = True
    run: str = ""


class FallbackFile:
    """The file beside the database. Only `hold` takes room; nothing here raises when the disk refuses.

    Attributes:
        head: what it holds; None when it holds nothing.
        writes: the same in SQL, in the order in which it happened.
    """

    def __init__(self, path: Path | None) -> None:
        """Read what an earlier run has left there, if anything; without a path nothing is ever kept."""
        self._path = path
        self.head: FallbackHeader | None = None
        self.writes: list[Write] = []
        self._end = _HEADER
        if path is not None:
            with suppress(OSError, ValueError, TypeError, zlib.error):
                self._read(_content(path))

    def hold(self) -> bool:
        """Set the room apart unless it is; return whether it is now."""
        return self._path is None or set_apart(self._path, FALLBACK_BYTES, b" " * _HEADER)

    def begin(self, base: str, since: float) -> None:
        """Take note that the database leaves its file; what the file goes on from already, it keeps."""
        if self.head is None or self.head.base != base:
            self._start(FallbackHeader(since, base, run=secrets.token_hex(8)))
        elif self.head.schema != VERSION:  # from now on it holds what this version writes too
            nameless = self.head.schema < AUTHORS_SINCE
            self.head = replace(self.head, schema=VERSION)
            self._write_head()
            if nameless:
                self.add([_AUTHORS])

    def add(self, writes: Sequence[Write]) -> None:
        """Keep a transaction, or take note that it had no room."""
        # 1.0.0 noted between the two whether there may be many rows.
        kept = [(sql, True, rows) for sql, rows in writes if not _HISTORY.search(sql)]
        if self.head is None or not self.head.whole or not kept:
            return
        record = zlib.compress(json.dumps(kept, default=_packed).encode())
        frame = _FRAME.pack(len(record), zlib.crc32(record, zlib.crc32(self.head.run.encode())))
        size = len(frame) + len(record)
        if self._end + size <= FALLBACK_BYTES and self._put(self._end, frame + record):
            self._end += size
        else:
            self.admit_loss()

    def admit_loss(self, since: float | None = None) -> None:
        """Take note that some of what was written is nowhere on the disk; with `since`, that it is all of it."""
        if since is not None:
            self._start(FallbackHeader(since, "", whole=False))
        elif self.head is not None:
            self.head = replace(self.head, whole=False)
            self._write_head()

    def clear(self) -> None:
        """Take note that everything is in the database."""
        self.head, self.writes, self._end = None, [], _HEADER
        self._write_head()

    # ------------------------------------------------------------ bytes

    def _start(self, head: FallbackHeader) -> None:
        self.head, self.writes, self._end = head, [], _HEADER
        self._write_head()

    def _write_head(self) -> None:
        text = json.dumps(asdict(self.head)) if self.head else ""
        self._put(0, text.encode().ljust(_HEADER))

    def _put(self, at: int, content: bytes) -> bool:
        """Write bytes in the place of others, down to the disk; return whether that worked."""
        if self._path is None:
            return False
        try:
            file = open_file(self._path, os.O_WRONLY)
        except OSError:
            return False
        try:
            done = os.pwrite(file, content, at) == len(content)
            os.fsync(file)
        except OSError:
            return False
        finally:
            os.close(file)
        return done

    def _read(self, content: bytes) -> None:
        text = content[:_HEADER].strip()
        if not text:
            return
        self.head = head = FallbackHeader(**json.loads(text))
        while self._end + _FRAME.size <= len(content):
            length, check = _FRAME.unpack_from(content, self._end)
            record = content[self._end + _FRAME.size :][:length]
            if len(record) < length or zlib.crc32(record, zlib.crc32(head.run.encode())) != check:
                return
            found = json.loads(zlib.decompress(record))
            self.writes += [(str(sql), [*map(_unpacked, rows)]) for sql, _, rows in found]
            self._end += _FRAME.size + length


def _content(path: Path) -> bytes:
    """Return what is in a file of ours, no more than this program puts into it: all of it is made in the database.

    Raises:
        OSError: it cannot be read, or is somebody else's.
    """
    file = open_file(path, os.O_RDONLY)
    try:
        return os.read(file, FALLBACK_BYTES)
    finally:
        os.close(file)


def fingerprint(connection: sqlite3.Connection) -> str:
    """Return what differs from one moment of a database to another one, as far as mail is concerned.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    numbers = connection.execute(
        "SELECT name, seq FROM sqlite_sequence WHERE name IN ('event', 'letter', 'notice', 'outage') ORDER BY name"
    ).fetchall()
    deliveries = connection.execute(
        "SELECT count(*), sum(attempts), sum(ambiguous), max(changed_at), (SELECT count(*) FROM waiting) FROM delivery"
    ).fetchall()
    return json.dumps([*numbers, *deliveries])


def _packed(value: bytes) -> dict[str, str]:
    """Return bytes as something that JSON can say; they are mostly mails, which compress well like this."""
    return {"bytes": bytes(value).decode("latin-1")}


def _unpacked(row: dict[str, Any] | list[Any]) -> Parameters:
    def unpack(value: Any) -> Any:
        return value["bytes"].encode("latin-1") if isinstance(value, dict) else value

    return {name: unpack(row[name]) for name in row} if isinstance(row, dict) else [*map(unpack, row)]


# ---------------------------------------------------------------- what is remembered


class FallbackJournal:
    """The memory of a time away from the file, this run's and, through the fallback file, an earlier one's."""

    def __init__(self, path: Path | None, clock: Clock) -> None:
        """Read what an earlier run has left behind beside `path`; without one, nothing is ever kept."""
        self._file = FallbackFile(path and path.with_name(f"{path.name}.spill"))
        self._reserve = path and path.with_name(f"{path.name}.reserve")
        self._clock = clock
        self._base, self._rows, self._log = "", 0, list[Write]()
        self._doubt = self._doubtful = 0.0

    def hold(self) -> bool:
        """Set room apart on the disk for worse times; return whether all of it is."""
        return (self._reserve is None or set_apart(self._reserve, RESERVE_BYTES)) and self._file.hold()

    def release(self) -> bool:
        """Give up the reserve, so that what is written now has room; return whether there was one."""
        return self._reserve is not None and give_up(self._reserve, RESERVE_BYTES)

    def room_needed(self, whole: int) -> int:
        """Return the free bytes with which it is worth the while to write to the file again; `whole` for all of it."""
        return min(whole, _SOME_ROOM) if self._base else whole

    def left_file(self, connection: sqlite3.Connection, *, strange: bool) -> None:
        """Take note that the database leaves its file.

        Args:
            connection: holds what the file holds.
            strange: whether the file cannot be gone on from: it is damaged, or another one.
        """
        self._forget()
        if not strange:
            self._base = fingerprint(connection)
        now = self._clock.now().wall
        if strange:
            self._file.admit_loss(now)
        else:
            self._file.begin(self._base, now)

    def remember(self, writes: Sequence[Write], *, kept: bool = False) -> None:
        """Remember a transaction made in memory; with `kept` it is in the fallback file already."""
        if not kept:
            self._file.add(writes)
        if self._base:
            self._log.extend(writes)
            self._rows += sum(len(rows) for _, rows in writes)
            if self._rows > MOST_ROWS:
                self._forget()

    def repeat(self, opened: RecordingConnection) -> bool:
        """Make all the writes on the file; return whether it could be gone on from.

        Raises:
            sqlite3.Error: the disk cannot take them; the file stays as it was.
        """
        if not self._base or fingerprint(opened) != self._base:
            return False
        opened.repeat(self._log)
        return True

    def back_on_file(self) -> None:
        """Take note that the file holds everything."""
        self._forget()
        self._file.clear()
        if self._doubt:  # until it is believed: this run may be killed too
            self._file.admit_loss(self._doubt)

    # ------------------------------------------------------------ an earlier run

    def missed(self, connection: sqlite3.Connection) -> list[Write]:
        """Return what an earlier run wrote in memory, as far as it was kept and goes on from what is here."""
        head = self._file.head
        if head is None:
            return []
        fits = head.schema <= VERSION and head.base == fingerprint(connection)
        if not fits or not head.whole:
            self.distrust()
        if not fits:
            return []
        return [*self._file.writes, _AUTHORS] if head.schema < AUTHORS_SINCE else self._file.writes

    def distrust(self) -> None:
        """Take note that not all is known of what an earlier run did in memory."""
        now, head = self._clock.now().wall, self._file.head
        self._doubt, self._doubtful = now if head is None else head.since, now + DOUBTFUL

    def believe(self) -> None:
        """Be done with what an earlier run has forgotten, once this one has found all it can find of it."""
        if self._doubt and self._clock.now().wall > self._doubtful:
            self._doubt = 0.0
            if self._file.head is not None and not self._file.head.base:  # it holds only the mark that some is lost
                self._file.clear()

    def may_have_been_mailed(self, at: float) -> float | None:
        """See `Database.may_have_been_mailed`."""
        return self._doubt if self._doubt and at <= self._doubtful else None

    def _forget(self) -> None:
        self._base, self._rows, self._log = "", 0, []
