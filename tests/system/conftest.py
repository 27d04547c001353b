"""What the tests on real networks, disks, mail servers and terminals share."""

import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.notify.post_office import Authority
from tests.system.disks import small_disk
from tests.system.lab import Lab, laboratory
from tests.system.netns import Kind


@pytest.fixture(autouse=True)
def _after_those_that_come_first(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Wait for those that fill the neighbour tables: all namespaces share them, and everybody lacks room meanwhile."""
    over = tmp_path_factory.getbasetemp().parent / "first-are-over"
    if not hasattr(request.config, "workerinput") or over.exists():  # alone, or they are over
        yield
        return
    first = [item for item in request.session.items if item.get_closest_marker("first")]
    end = time.monotonic() + 60
    while first and request.node not in first and not over.exists() and time.monotonic() < end:
        time.sleep(0.1)
    yield
    if request.node not in first[:-1]:
        over.touch()


@pytest.fixture
def lab() -> Generator[Lab, None, None]:
    with laboratory() as built:
        yield built


@pytest.fixture(params=["raw", "datagram"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return "raw" if request.param == "raw" else "datagram"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path) as place:
        yield place


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))
