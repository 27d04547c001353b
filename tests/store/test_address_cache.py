"""The last good addresses of names are kept, and a database of version 2 learns to keep them."""

import sqlite3
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from conntest_tui.clock import Instant
from conntest_tui.model.hosts_and_names import NameRecord
from conntest_tui.store import AddressCache, Database
from conntest_tui.store.address_cache import KEEP
from conntest_tui.store.schema import APPLICATION_ID, STEPS, VERSION, stamp
from tests.fakes import NOON

ROUTER = NameRecord("router.example", ("10.0.0.1", "fe80::1%eth0"), NOON, None, "fe80::1%eth0", NOON - 60)
EMPTY = NameRecord("new.example", (), NOON)


@pytest.fixture
def database(path: Path) -> Generator[Database, None, None]:
    with closing(Database.open(path)) as opened:
        yield opened


def test_what_is_kept_comes_back(database: Database) -> None:
    addresses = AddressCache(database)
    addresses.keep([ROUTER, EMPTY])
    addresses.keep([replace(ROUTER, gone=NOON + 5)])
    assert sorted(addresses.all(), key=lambda record: record.name) == [EMPTY, replace(ROUTER, gone=NOON + 5)]
    assert addresses.of("router.example") == replace(ROUTER, gone=NOON + 5)
    assert addresses.of("nobody") is None


def test_what_is_old_is_forgotten(database: Database) -> None:
    addresses = AddressCache(database)
    addresses.keep([ROUTER, replace(EMPTY, confirmed=NOON - 10)])
    addresses.purge(Instant(NOON + KEEP - 5, NOON))
    assert addresses.all() == [ROUTER]


def test_a_database_of_version_2_is_brought_up(tmp_path: Path) -> None:
    path = tmp_path / "state" / "state.db"
    path.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("\n".join(STEPS[:2]))
        connection.executescript(f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 2;")
        connection.execute("INSERT INTO up (host, since) VALUES ('router.example', 1)")
        connection.commit()
    path.chmod(0o600)
    with closing(Database.open(path)) as database:
        AddressCache(database).keep([ROUTER])
        assert database.rows("SELECT host FROM up") == [("router.example",)]
    with closing(sqlite3.connect(path)) as connection:
        assert stamp(connection)[1] == VERSION
