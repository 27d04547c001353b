from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.served import Served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    try:
        yield made
    finally:
        made.close()
