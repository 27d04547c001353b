"""A past that is empty so far."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from conntest_tui.store import Database
from tests.reports.past import Past


@pytest.fixture
def past() -> Iterator[Past]:
    with closing(Database.open(None)) as database:
        yield Past(database)
