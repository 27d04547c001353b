"""Trouble while the monitor runs: the file goes, breaks or is locked, and nothing that was stored is lost."""

import sqlite3
from pathlib import Path

import pytest

from conntest_tui.store import Database, writer_and_readers
from tests.fakes import FakeClock
from tests.store.samples import damage, events, failure, foreign_file, outage_store_in, stored_texts, texts


def sound(path: Path) -> bool:
    connection = sqlite3.connect(path)
    found = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    return found == [("ok",)]


def test_a_deleted_file_comes_back_with_everything(path: Path) -> None:
    database = Database.open(path)
    outage_store = outage_store_in(database)
    outage_store.record(events(2))
    for found in path.parent.iterdir():
        found.unlink()
    path.parent.rmdir()

    outage_store.record(failure())
    assert database.trouble is not None
    assert "deleted" in database.trouble
    assert "safe on disk again" in database.recover()
    assert database.trouble is None
    outage_store.record(events(1))
    database.close()
    assert stored_texts(path) == ["0 failed", "1 failed", "10.1.1.254 failed", "0 failed"]


def test_a_file_that_took_its_place_is_kept(path: Path) -> None:
    database = Database.open(path, clock=FakeClock())
    outage_store_in(database).record(events(1))
    other = path.with_name("other.db")
    content = foreign_file(other)
    other.rename(path)

    outage_store_in(database).record(events(1))
    assert "safe on disk again" in database.recover()
    assert path.with_name("state.db.found-20260921T141320Z").read_bytes() == content
    database.close()
    assert len(stored_texts(path)) == 2


def test_an_emptied_file_is_written_again(path: Path) -> None:
    database = Database.open(path)
    outage_store_in(database).record(events(1))
    path.write_bytes(b"")
    outage_store_in(database).record(events(1))
    assert "safe on disk again" in database.recover()
    assert (len(texts(database)), database.warning) == (2, "")
    database.close()
    assert sound(path)


def test_what_an_emptied_file_took_with_it_is_said(path: Path) -> None:
    Database.open(path).close()
    database = Database.open(path)
    outage_store_in(database).record(events(1))  # what it has not read yet is nowhere but in the file
    path.write_bytes(b"")
    outage_store_in(database).record(failure())
    assert "could be saved" in database.warning
    assert "safe on disk again" in database.recover()
    database.close()
    assert sound(path)
    again = Database.open(path)
    assert [found.id for found in outage_store_in(again).open_outages()] == [1]
    again.close()


def test_damage_found_while_running_moves_what_is_readable(path: Path) -> None:
    database = Database.open(path, clock=FakeClock())
    outage_store = outage_store_in(database)
    outage_store.record(events(5_000))
    database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    database.rows("PRAGMA shrink_memory")
    damage(path, "event")
    found = len(outage_store.events(limit=5_000))
    assert 2_500 < found < 5_000
    assert database.trouble is not None
    assert "could be saved" in database.warning
    assert "safe on disk again" in database.recover()
    database.close()
    assert sound(path)
    assert len(stored_texts(path)) == found
    assert path.with_name("state.db.corrupt-20260921T141320Z").exists()


def test_damage_met_while_writing_is_left_behind(path: Path) -> None:
    database = Database.open(path)
    outage_store = outage_store_in(database)
    outage_store.record(events(2_000))
    database.close()
    database = Database.open(path)
    damage(path, "event_host", newest=True)
    outage_store = outage_store_in(database)
    assert len(outage_store.record(events(2_000))) == 2_000
    assert len(texts(database)) == 4_000
    assert "safe on disk again" in database.recover()
    database.close()
    assert sound(path)


def test_another_process_that_keeps_the_file_locked_holds_nobody_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_and_readers, "LOCK_TIMEOUT", 0.05)
    database = Database.open(path)
    intruder = sqlite3.connect(path, isolation_level=None)
    intruder.execute("BEGIN IMMEDIATE")

    outage_store_in(database).record(events(2))
    assert database.trouble is not None
    assert "locked" in database.trouble
    assert database.recover() == ""

    intruder.execute("ROLLBACK")
    intruder.close()
    assert "safe on disk again" in database.recover()
    database.close()
    assert len(stored_texts(path)) == 2


def test_trouble_in_the_middle_of_a_transaction_lets_it_be_run_again(path: Path) -> None:
    database = Database.open(path)
    outage_store = outage_store_in(database)
    ((pages,),) = database.rows("PRAGMA page_count")
    database.rows(f"PRAGMA max_page_count = {pages + 1}")
    assert len(outage_store.record(events(2_000))) == 2_000
    assert "safe on disk again" in database.recover()
    database.close()
    assert len(stored_texts(path)) == 2_000


def test_what_is_run_again_sees_only_what_was_committed(path: Path) -> None:
    database = Database.open(path)
    outage_store = outage_store_in(database)
    outage_store.record(events(1))
    ((pages,),) = database.rows("PRAGMA page_count")
    database.rows(f"PRAGMA max_page_count = {pages + 1}")
    seen: list[int] = []

    def write(_connection: sqlite3.Connection) -> int:
        seen.append(len(texts(database)))
        return outage_store.record(events(2_000))[0].id

    assert database.transaction(write) == 2
    assert seen == [1, 1, 1], "on the file, with the reserve given up, and in memory"
    assert len(texts(database)) == 2_001
    database.close()
    assert len(stored_texts(path)) == 2_001


def test_closing_writes_back_what_is_only_in_memory(path: Path) -> None:
    database = Database.open(path)
    path.unlink()
    outage_store_in(database).record(events(1))
    database.close()
    assert stored_texts(path) == ["0 failed"]
