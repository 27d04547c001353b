"""The state database on real disks in real trouble: full, read-only, broken, and killed while it writes."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conntest_tui.errors import StateLockedError, StoreError
from conntest_tui.model import Judgement
from conntest_tui.store import Database, StateLock
from tests.store.samples import (
    damage,
    events,
    failure,
    foreign_file,
    newer_file,
    outage,
    outage_store_in,
    stored_texts,
    texts,
)
from tests.system.disks import SIZE, ext4_disk, fill, mount

pytestmark = pytest.mark.system


@pytest.fixture
def ext4(tmp_path: Path) -> Iterator[Path]:
    with ext4_disk(tmp_path) as place:
        yield place


# ---------------------------------------------------------------- full


def test_a_full_disk_loses_nothing_that_was_acknowledged(disk: Path) -> None:
    database = Database.open(disk / "state.db")
    outage_store = outage_store_in(database)
    outage_store.record(events(5))
    filler = fill(disk)

    numbers = [outage_store.record(failure(number))[0].id for number in range(1, 60)]
    assert numbers == list(range(6, 65))
    assert [found.id for found in outage_store.open_outages()] == list(range(1, 60))
    assert database.trouble is not None
    assert "kept in memory" in database.trouble
    assert "full" in database.trouble
    assert database.recover() == ""

    filler.unlink()
    assert "safe on disk again" in database.recover()
    assert database.trouble is None
    outage_store.record(events(1))
    database.close()

    again = Database.open(disk / "state.db")
    assert len(texts(again)) == 65
    assert again.rows("SELECT count(*) FROM notice") == [(59,)]
    assert again.rows("PRAGMA integrity_check") == [("ok",)]
    again.close()


def test_the_reserve_carries_the_first_commits_on_a_full_disk(disk: Path) -> None:
    database = Database.open(disk / "state.db")
    fill(disk)
    outage_store = outage_store_in(database)
    while (disk / "state.db.reserve").exists():
        outage_store.record(events(1))
    assert database.trouble is not None
    assert "last reserve" in database.trouble
    acknowledged = texts(database)

    copy = subprocess.run([sys.executable, "-c", READ, str(disk / "state.db")], capture_output=True, check=True)
    assert int(copy.stdout) == len(acknowledged)

    (disk / "filler").unlink()
    assert "safe on disk again" in database.recover()
    assert (disk / "state.db.reserve").stat().st_size == 64 * 1024
    database.close()


READ = """
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM event").fetchone()[0])
"""


def test_a_start_on_a_full_disk_goes_on_with_what_was_known(disk: Path) -> None:
    database = Database.open(disk / "state.db")
    outage_store_in(database).record(failure())
    database.close()
    (disk / "state.db.reserve").unlink()
    filler = fill(disk)

    database = Database.open(disk / "state.db")
    assert database.trouble is not None
    assert [found.id for found in outage_store_in(database).open_outages()] == [1]
    outage_store_in(database).record(events(200))
    filler.unlink()
    assert "safe on disk again" in database.recover()
    database.close()
    assert len(stored_texts(disk / "state.db")) == 201


def test_a_first_start_on_a_full_disk_goes_on_in_memory(disk: Path) -> None:
    filler = fill(disk)
    lock = StateLock.take(disk)
    database = Database.open(disk / "state.db")
    outage_store_in(database).record(failure())
    assert database.trouble is not None
    filler.unlink()
    assert "safe on disk again" in database.recover()
    database.close()
    lock.release()
    assert len(stored_texts(disk / "state.db")) == 1


def test_the_way_back_waits_for_enough_room(disk: Path) -> None:
    filler = fill(disk)
    database = Database.open(disk / "state.db")
    outage_store_in(database).record(events(8_000))
    room = SIZE
    while room > 0 and not database.recover():
        room -= 40_000
        os.truncate(filler, max(room, 0))
    assert database.trouble is None
    assert {found.name for found in disk.iterdir()} - {filler.name} == {
        "state.db",
        "state.db-wal",
        "state.db-shm",
        "state.db.reserve",
        "state.db.spill",
    }
    database.close()
    assert len(stored_texts(disk / "state.db")) == 8_000


def test_a_commit_larger_than_the_disk_goes_to_memory(disk: Path) -> None:
    database = Database.open(disk / "state.db")
    outage_store_in(database).record(events(40_000))
    assert len(texts(database)) == 40_000
    assert database.recover() == ""
    assert database.trouble is not None
    database.close()


def test_a_judgement_of_notices_only_survives_a_full_disk(disk: Path) -> None:
    database = Database.open(disk / "state.db")
    fill(disk)
    (disk / "state.db.reserve").unlink()
    fill(disk)
    for number in range(50):
        outage_store_in(database).record(Judgement(notifications=failure(number).notifications))
    assert database.rows("SELECT count(*) FROM notice") == [(50,)]
    database.close()


# ---------------------------------------------------------------- read-only


def test_a_disk_that_turns_read_only_stops_nobody(ext4: Path) -> None:
    database = Database.open(ext4 / "state.db")
    outage_store = outage_store_in(database)
    outage_store.record(events(5))
    mount("-o", "remount,abort", str(ext4))

    outage_store.record(failure())
    assert database.trouble is not None
    assert "kept in memory" in database.trouble
    assert len(texts(database)) == 6
    assert database.recover() == ""
    assert database.trouble is not None
    assert "Read-only file system" in database.trouble

    subprocess.run(["umount", str(ext4)], check=True)
    mount("-o", "loop", str(ext4.with_name("image")), str(ext4))
    assert "safe on disk again" in database.recover()
    database.close()
    assert len(stored_texts(ext4 / "state.db")) == 6


def test_a_first_start_on_a_read_only_disk_goes_on_in_memory(disk: Path) -> None:
    mount("-o", "remount,ro", str(disk))
    database = Database.open(disk / "state.db")
    outage_store_in(database).record(failure())
    assert database.trouble is not None
    assert "Read-only file system" in database.trouble
    mount("-o", "remount,rw", str(disk))
    assert "safe on disk again" in database.recover()
    database.close()
    assert len(stored_texts(disk / "state.db")) == 1


@pytest.mark.parametrize("end", ["closed", "killed"])
def test_a_start_on_a_read_only_disk_goes_on_with_what_was_known(disk: Path, end: str) -> None:
    if end == "closed":
        database = Database.open(disk / "state.db")
        outage_store_in(database).record(failure())
        database.close()
    else:
        with writer(disk / "state.db") as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(signal.SIGKILL)
    mount("-o", "remount,ro", str(disk))

    lock = StateLock.take(disk)
    with pytest.raises(StateLockedError):
        StateLock.take(disk)
    database = Database.open(disk / "state.db")
    assert database.trouble is not None
    assert "Read-only file system" in database.trouble
    assert database.warning == ""
    known = len(texts(database))
    assert known >= 1
    outage_store_in(database).record(events(3))
    assert database.recover() == ""

    mount("-o", "remount,rw", str(disk))
    assert "safe on disk again" in database.recover()
    database.close()
    lock.release()
    assert len(stored_texts(disk / "state.db")) == known + 3


@pytest.mark.parametrize("make", [foreign_file, newer_file])
def test_what_is_not_ours_is_refused_on_a_read_only_disk_too(disk: Path, make: object) -> None:
    assert callable(make)
    make(disk / "state.db")
    mount("-o", "remount,ro", str(disk))
    with pytest.raises(StoreError, match=r"another program|newer conntest-tui"):
        Database.open(disk / "state.db")


def test_what_is_damaged_on_a_read_only_disk_is_saved_and_kept(disk: Path) -> None:
    database = Database.open(disk / "state.db")
    outage_store_in(database).record(Judgement(outages=tuple(outage(number) for number in range(1, 1_001))))
    database.close()
    damage(disk / "state.db", "outage")
    before = (disk / "state.db").read_bytes()
    mount("-o", "remount,ro", str(disk))

    database = Database.open(disk / "state.db")
    assert "could be saved" in database.warning
    saved = outage_store_in(database).open_outages()
    assert 500 < len(saved) < 1_000
    mount("-o", "remount,rw", str(disk))
    assert "safe on disk again" in database.recover()
    database.close()
    (aside,) = disk.glob("state.db.corrupt-*")
    assert aside.read_bytes() == before
    database = Database.open(disk / "state.db")
    assert (outage_store_in(database).open_outages(), database.warning) == (saved, "")
    database.close()


# ---------------------------------------------------------------- killed


WRITE = """
import sys
from pathlib import Path
from conntest_tui.store import Database
from tests.store.samples import failure, outage_store_in
outage_store = outage_store_in(Database.open(Path(sys.argv[1])))
number = outage_store.next_outage()
while True:
    outage_store.record(failure(number))
    print(number, flush=True)
    number += 1
"""


@contextlib.contextmanager
def writer(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that records one outage after the other and says which ones it has."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, "-c", WRITE, str(path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    last = 0
    for kill_after in (1, 2, 30, 7, 100):
        with writer(path) as process:
            assert process.stdout is not None
            for _ in range(kill_after):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            acknowledged = last + kill_after
            acknowledged = max([acknowledged, *(int(line) for line in process.stdout if line.endswith("\n"))])
        database = Database.open(path)
        assert database.warning == ""
        found = [outage.id for outage in outage_store_in(database).open_outages()]
        assert found == list(range(1, len(found) + 1))
        # One more than was told may be there: stored, and killed before it could say so.
        assert acknowledged <= len(found) <= acknowledged + 1
        assert len(texts(database)) == len(found)
        assert database.rows("SELECT count(*) FROM notice") == [(len(found),)]
        last = len(found)
        database.close()
