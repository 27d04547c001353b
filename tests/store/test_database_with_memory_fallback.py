"""The database file: private and safe; its transactions: all or nothing."""

import sqlite3
import threading
from pathlib import Path

import pytest

from conntest_tui.errors import StoreError
from conntest_tui.store import Database
from conntest_tui.store.schema import APPLICATION_ID, STEPS, VERSION
from tests.files import mode
from tests.store.samples import events, failure, outage_store_in, texts

# ---------------------------------------------------------------- a file of its own


def test_a_new_file_and_its_companions_are_private(path: Path) -> None:
    database = Database.open(path)
    outage_store_in(database).record(events(1))
    assert mode(path.parent) == 0o700
    assert {found.name: mode(found) for found in path.parent.iterdir()} == {
        "state.db": 0o600,
        "state.db-wal": 0o600,
        "state.db-shm": 0o600,
        "state.db.reserve": 0o600,
        "state.db.spill": 0o600,
    }
    database.close()


def test_the_file_says_whose_it_is(path: Path) -> None:
    Database.open(path).close()
    header = path.read_bytes()[:100]
    assert header[68:72] == APPLICATION_ID.to_bytes(4, "big") == b"CNTT"
    assert int.from_bytes(header[60:64], "big") == VERSION == len(STEPS)


def test_commits_are_synced_before_they_are_acknowledged(path: Path) -> None:
    database = Database.open(path)
    assert database.rows("PRAGMA journal_mode") == [("wal",)]
    assert database.rows("PRAGMA synchronous") == [(2,)]
    database.close()


def test_in_memory_there_is_no_file_and_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    database = Database.open(None)
    outage_store_in(database).record(events(3))
    assert (len(texts(database)), database.trouble, database.recover()) == (3, None, "")
    database.close()
    assert list(tmp_path.iterdir()) == []


def test_a_restart_finds_everything(path: Path) -> None:
    database = Database.open(path)
    outage_store_in(database).record(events(3))
    database.close()
    again = Database.open(path)
    assert texts(again) == ["0 failed", "1 failed", "2 failed"]
    assert (again.warning, again.trouble) == ("", None)
    again.close()


def test_the_size_follows_what_is_stored(database: Database) -> None:
    before = database.size()
    outage_store_in(database).record(events(2_000))
    assert before + 100_000 < database.size() < before + 1_000_000


# ---------------------------------------------------------------- transactions


def test_an_exception_undoes_the_whole_transaction(path: Path) -> None:
    database = Database.open(path)
    outage_store = outage_store_in(database)

    def break_off(_connection: sqlite3.Connection) -> None:
        outage_store.record(failure())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.transaction(break_off)
    assert (texts(database), outage_store.open_outages()) == ([], ())
    outage_store.record(failure())
    assert len(outage_store.open_outages()) == 1
    database.close()


def test_a_transaction_sees_its_own_writes(database: Database) -> None:
    def write(_connection: sqlite3.Connection) -> list[str]:
        outage_store_in(database).record(events(1))
        return texts(database)

    assert database.transaction(write) == ["0 failed"]


def test_a_wrong_statement_is_a_store_error_and_no_disk_trouble(path: Path) -> None:
    database = Database.open(path)

    def mistake(connection: sqlite3.Connection) -> None:
        outage_store_in(database).record(events(1))
        connection.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(StoreError, match="no such table"):
        database.transaction(mistake)
    with pytest.raises(StoreError, match="no such table"):
        database.rows("SELECT * FROM nowhere")
    assert (texts(database), database.trouble) == ([], None)
    database.close()


def test_threads_wait_for_each_other(database: Database) -> None:
    database.transaction(lambda connection: connection.execute("INSERT INTO heartbeat VALUES (1, 0, 0, 0)"))

    def count(connection: sqlite3.Connection) -> None:
        ((sweep,),) = database.rows("SELECT sweep FROM heartbeat")
        connection.execute("UPDATE heartbeat SET sweep = ?", (sweep + 1,))

    def count_on() -> None:
        for _ in range(50):
            database.transaction(count)

    threads = [threading.Thread(target=count_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert database.rows("SELECT sweep FROM heartbeat") == [(200,)]
