"""A database that version 1.0.0 wrote: opened, saved from damage, and never mixed with what another version wrote."""

import json
import sqlite3
import struct
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from conntest_tui.store import Database
from conntest_tui.store.fallback_journal import FALLBACK_BYTES, FallbackFile
from conntest_tui.store.outage_store import OutageStore
from conntest_tui.store.recovery import empty_in_memory, recover_rows
from conntest_tui.store.schema import APPLICATION_ID, STEPS, VERSION, stamp
from tests.fakes import FakeClock
from tests.store.samples import failure, outage_store_in
from tests.store.test_fallback_journal import in_memory, killed

DUMP = Path(__file__).with_name("version_1.sql")
FALLBACK_FILES = Path(__file__).with_name("fallback_files.json")
"""What versions 1 and 3 wrote on a full disk, and what their files held: rows, header, transactions."""


@pytest.fixture
def path(path: Path) -> Path:
    path.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(DUMP.read_text())
    path.chmod(0o600)
    return path


def known(outage_store: OutageStore) -> tuple[list[str], list[str]]:
    """Return who is down, and who is muted."""
    return [one.host for one in outage_store.open_outages()], [one.host for one in outage_store.marks() if one.muted]


def test_it_is_opened_and_brought_up(path: Path) -> None:
    database = Database.open(path)
    assert known(outage_store_in(database)) == (["10.0.0.1"], ["10.0.0.2"])
    assert (database.warning, database.trouble) == ("", None)
    state = outage_store_in(database).stored_state()
    assert state.muted == {"10.0.0.2"}, "its mute is in force, and ends when the operator says so"
    assert [(mark.mute, mark.planned) for mark in state.marks if mark.muted] == [(None, ())]
    assert outage_store_in(database).planned_times("10.0.0.2", 0.0) == [], "since when is not known"
    database.close()
    with closing(sqlite3.connect(path)) as connection:
        assert stamp(connection)[1] == VERSION


def test_what_can_be_read_of_a_damaged_one_is_saved(path: Path) -> None:
    """Its tables lack columns and tables of this version: the rows that are there have the defaults in them."""
    memory = empty_in_memory()
    with closing(sqlite3.connect(path)) as source:
        assert recover_rows(source, memory) > 0
    marks = memory.execute("SELECT host, muted, refusals, refusal FROM mark ORDER BY host").fetchall()
    assert ("10.0.0.2", 1, 0, "") in [tuple(row) for row in marks]
    assert memory.execute("SELECT host FROM outage WHERE ended_wall IS NULL").fetchall() == [("10.0.0.1",)]
    memory.close()


@pytest.mark.parametrize("version", ["1", "3"])
def test_what_an_older_version_wrote_in_memory_is_taken_in(tmp_path: Path, version: str) -> None:
    """An operator upgrades on a full disk, or after one: what was to be mailed then is mailed."""
    left = json.loads(FALLBACK_FILES.read_text())[version]
    state = tmp_path / "state.db"
    with closing(sqlite3.connect(state)) as connection:
        connection.executescript("\n".join((*STEPS[: int(version)], *left["rows"])))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {version}")
    write_fallback_file(state, left["head"], left["records"])
    database = Database.open(state)
    assert (database.warning, database.may_have_been_mailed(left["head"]["since"])) == ("", None)
    assert [one.id for one in outage_store_in(database).open_outages()] == [1, 2, 3]
    assert database.rows("SELECT id, fresh FROM notice") == [(1, 0), (2, 0), (3, 1)]
    assert database.rows("SELECT * FROM waiting ORDER BY notice") == [
        (1, "admin@example.com"),
        (2, "admin@example.com"),
        (2, "noc@example.com"),
    ]
    assert database.rows("SELECT recipient, attempts, ambiguous FROM under_way") == [("noc@example.com", 1, 1)]
    assert [(mark.host, mark.muted) for mark in outage_store_in(database).marks()] == [("10.0.0.9", True)]
    database.close()


def test_what_a_newer_version_wrote_in_memory_is_not_taken_in(tmp_path: Path) -> None:
    """Its statements may be about other tables."""
    clock, state = FakeClock(), tmp_path / "state" / "state.db"
    database = in_memory(state, clock)
    outage_store_in(database).record(failure(2))
    copy = killed(database, state)
    fallback_file = copy.with_name("state.db.spill")
    content = fallback_file.read_bytes()
    head = content[:1024]
    newer = json.dumps(json.loads(head) | {"schema": VERSION + 1}).encode().ljust(len(head))
    fallback_file.write_bytes(newer + content[len(head) :])
    assert fallback_file.stat().st_size == FALLBACK_BYTES
    again = Database.open(copy, clock=clock)
    assert [one.id for one in outage_store_in(again).open_outages()] == [1]
    assert again.may_have_been_mailed(clock.wall) is not None, "what was told meanwhile is not known"
    again.close()


def test_what_two_versions_wrote_in_memory_is_not_the_older_ones_to_take_in(tmp_path: Path) -> None:
    clock, state = FakeClock(), tmp_path / "state" / "state.db"
    file = FallbackFile(state)
    state.parent.mkdir(mode=0o700)
    assert file.hold()
    file.begin("base", clock.wall)
    content = state.read_bytes()
    older = json.dumps(json.loads(content[:1024]) | {"schema": VERSION - 1}).encode().ljust(1024)
    state.write_bytes(older + content[1024:])
    found = FallbackFile(state)
    found.begin("base", clock.wall)
    assert found.head == FallbackFile(state).head == file.head


def write_fallback_file(state: Path, head: dict[str, object], records: list[object]) -> None:
    """Write what an older version has left beside its database."""
    content = json.dumps(head).encode().ljust(1024)
    for record in records:
        packed = zlib.compress(json.dumps(record).encode())
        content += struct.pack(">II", len(packed), zlib.crc32(packed, zlib.crc32(str(head["run"]).encode()))) + packed
    file = state.with_name("state.db.spill")
    file.write_bytes(content.ljust(FALLBACK_BYTES, b"\0"))
    for path in (state, file):
        path.chmod(0o600)
