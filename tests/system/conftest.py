"""What the tests on real networks, disks, mail servers and terminals share."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.notify.post_office import Authority
from tests.system.disks import small_disk
from tests.system.lab import Lab, laboratory
from tests.system.netns import Kind


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
