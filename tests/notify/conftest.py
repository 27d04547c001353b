"""A world for every test of the dispatcher."""

from collections.abc import Iterator

import pytest

from tests.notify.world import World


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.database.close()
