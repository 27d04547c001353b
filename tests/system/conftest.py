"""What the tests on real networks, mail servers and terminals share."""

from collections.abc import Generator

import pytest

from tests.system.lab import Lab, laboratory


@pytest.fixture
def lab() -> Generator[Lab, None, None]:
    with laboratory() as built:
        yield built
