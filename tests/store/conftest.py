"""A state database in memory, and its outbox."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from conntest_tui.store import Database, Outbox


@pytest.fixture
def database() -> Iterator[Database]:
    with closing(Database.open(None)) as memory:
        yield memory


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)
