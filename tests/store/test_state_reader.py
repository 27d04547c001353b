"""The state for those who only read: nothing changes, nobody waits, and older files are read too."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from conntest_tui.errors import StoreError
from conntest_tui.store import Database, History
from conntest_tui.store.long_term_outages import outages_between
from conntest_tui.store.schema import VERSION
from conntest_tui.store.state_reader import StateReader
from tests.store.samples import foreign_file, newer_file
from tests.store.test_version_1 import DUMP

NOON = 1_790_000_000.0


def test_it_sees_what_was_committed_when_it_was_opened(path: Path) -> None:
    with closing(Database.open(path)) as database:
        history = History(database)
        history.add(NOON, {"10.0.0.1": 0.1})
        with StateReader(path) as reader:
            assert reader.look("SELECT at FROM round") == [(NOON,)]
            history.add(NOON + 300, {"10.0.0.1": 0.1})
            assert reader.look("SELECT at FROM round") == [(NOON,)]
        with StateReader(path) as reader:
            assert len(reader.look("SELECT at FROM round")) == 2


def test_it_writes_nothing(path: Path) -> None:
    Database.open(path).close()
    before = path.read_bytes()
    with StateReader(path) as reader:
        with pytest.raises(StoreError, match="readonly"):
            reader.look("DELETE FROM event")
        assert reader.look("SELECT count(*) FROM event") == [(0,)]
    assert path.read_bytes() == before
    assert all(one.stat().st_mode & 0o777 == 0o600 for one in path.parent.iterdir())


def test_a_state_of_version_1_is_read_in_todays_tables_and_stays_as_it_is(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(DUMP.read_text())
    path.chmod(0o600)
    before = path.read_bytes()
    with StateReader(path) as reader:
        assert reader.look("PRAGMA user_version") == [(VERSION,)]
        assert [one.host for one in outages_between(reader, 0.0, 1e11)] == ["10.0.0.1"]
        assert reader.look("SELECT count(*) FROM monthly_report") == [(0,)]
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda _path: b"", "there is nothing in"),
        (lambda path: path.touch(0o600), "there is nothing in"),
        (lambda path: path.write_bytes(b"no database at all" * 1000), "is not a database"),
        (foreign_file, "another program"),
        (newer_file, "newer conntest-tui"),
        (lambda path: path.symlink_to("elsewhere"), "is a link"),
        (lambda path: path.mkdir(), "cannot be opened: Is a directory"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(path: Path, make: Callable[[Path], Any], said: str) -> None:
    path.parent.mkdir(mode=0o700)
    make(path)
    with pytest.raises(StoreError, match=said):
        StateReader(path)
