"""Where a state database would be, one in memory, and its outbox."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from conntest_tui.store import Database, Outbox


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a state database that nobody has made yet, nor its directory."""
    return tmp_path / "state" / "state.db"


@pytest.fixture
def database() -> Iterator[Database]:
    with closing(Database.open(None)) as memory:
        yield memory


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)
