"""Where the scenarios keep their state."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.scenarios.scene import RAM


@pytest.fixture
def state() -> Iterator[Path]:
    with TemporaryDirectory(dir=RAM) as directory:
        yield Path(directory)
