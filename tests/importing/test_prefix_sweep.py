"""A prefix is swept for who answers, and nothing outside of it is ever asked."""

import ipaddress
from collections.abc import Callable, Sequence

import pytest

from conntest_tui.importing.imported_hosts import ImportedHost, NotReadableError
from conntest_tui.importing.prefix_sweep import MOST_ADDRESSES, prefix_of, sweep_prefix
from conntest_tui.model import Outcome, Pace, ProbeResult, SweepReport, Target


class Network:
    """Answers for some addresses."""

    method = "scripted"

    def __init__(self, *alive: str) -> None:
        self._alive = alive
        self.asked: list[str] = []

    def sweep(
        self,
        targets: Sequence[Target],
        *,
        progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        pace: Pace | None = None,
    ) -> SweepReport:
        del progress, cancelled, pace
        self.asked += [target.name for target in targets]
        results = tuple(
            ProbeResult(t.name, Outcome.REPLY, t.name, 0.001, 1) if t.name in self._alive else
            ProbeResult(t.name, Outcome.SILENT, t.name, None, 2)
            for t in targets
        )  # fmt: skip
        return SweepReport(results=results, seconds=0.1, sent=len(targets), strays=0)


@pytest.mark.parametrize(
    ("written", "first", "last", "number"),
    [
        ("10.1.1.0/24", "10.1.1.1", "10.1.1.254", 254),
        ("10.1.16.0/20", "10.1.16.1", "10.1.31.254", 4094),
        ("10.1.1.4/31", "10.1.1.4", "10.1.1.5", 2),
        ("10.1.1.4/32", "10.1.1.4", "10.1.1.4", 1),
        ("2001:db8::/120", "2001:db8::1", "2001:db8::ff", 255),
    ],
)
def test_only_addresses_of_the_prefix_are_asked(written: str, first: str, last: str, number: int) -> None:
    prefix, network = prefix_of(written), Network()
    assert prefix is not None

    assert sweep_prefix(prefix, network).hosts == ()
    assert (network.asked[0], network.asked[-1], len(network.asked)) == (first, last, number)
    assert all(ipaddress.ip_address(address) in prefix for address in network.asked)


def test_who_answers_is_a_group_of_its_own() -> None:
    prefix = prefix_of("10.1.1.0/29")
    assert prefix is not None

    reading = sweep_prefix(prefix, Network("10.1.1.2", "10.1.1.5", "10.9.9.9"))

    assert reading.hosts == (
        ImportedHost("10.1.1.2", group="10.1.1.0/29"),
        ImportedHost("10.1.1.5", group="10.1.1.0/29"),
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("10.0.0.0/19", "10.0.0.0/19 has too many addresses"),
        ("0.0.0.0/0", "has too many addresses"),
        ("2001:db8::/64", "has too many addresses"),
        ("10.1.1.5/24", "10.1.1.5/24 is an address within a prefix"),
        ("224.0.0.0/24", "multicast"),
        ("255.255.255.0/24", "reserved"),
        ("0.0.0.0/32", "means no address"),
        ("ff02::/120", "multicast"),
    ],
)
def test_what_cannot_be_swept_is_refused(written: str, said: str) -> None:
    with pytest.raises(NotReadableError, match=said) as caught:
        prefix_of(written)
    assert caught.value.hint


@pytest.mark.parametrize("written", ["10.1.1.1", "hosts/10", "10.1.1.0/33", "10.1.1/24", "file.xml"])
def test_what_is_no_prefix_is_none(written: str) -> None:
    assert prefix_of(written) is None


def test_the_bound_is_the_one_that_is_told() -> None:
    with pytest.raises(NotReadableError) as caught:
        prefix_of("10.0.0.0/8")
    assert "/20 and longer" in caught.value.hint
    assert MOST_ADDRESSES == 4_096
