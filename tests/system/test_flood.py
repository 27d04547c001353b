"""A flood of packets while a sweep runs: it comes to an end, uses hardly more memory, and finds the same."""

from collections.abc import Generator

import pytest

from conntest_tui.icmp.packet import Version
from conntest_tui.model import Refusal, SweepReport
from tests.system.flood import Flood
from tests.system.flooded import ALIVE, SILENT, Cable, cable, undergo
from tests.system.netns import Kind, need

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def near_and_far() -> Generator[Cable, None, None]:
    need()
    with cable() as made:
        yield made


def verdicts(report: SweepReport) -> list[tuple[bool, Refusal | None]]:
    return [(result.alive, result.refusal) for result in report.results]


@pytest.mark.parametrize("flood", list(Flood), ids=lambda flood: flood.name.lower())
@pytest.mark.parametrize("version", list(Version), ids=lambda version: version.name)
@pytest.mark.parametrize("kind", ["raw", "datagram"])
def test_a_flood_changes_nothing(near_and_far: Cable, kind: Kind, version: Version, flood: Flood) -> None:
    ordeal = undergo(near_and_far, kind, version, flood)

    assert [alive for alive, _ in verdicts(ordeal.calm)].count(True) == ALIVE
    assert verdicts(ordeal.flooded) == verdicts(ordeal.calm)
    assert ordeal.rate * ordeal.flooded.seconds > 50 * (ALIVE + SILENT)  # else it was none
    assert ordeal.flooded.seconds < ordeal.calm.seconds + 10  # `tests.bench.sweep` says how little longer it takes
    assert ordeal.grown < 20
