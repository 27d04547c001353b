"""Hosts and routers that delay, repeat, forge, spoil and refuse, against real sockets of both kinds and versions."""

from collections.abc import Generator
from dataclasses import dataclass

import pytest

from conntest_tui.icmp import Network
from conntest_tui.icmp.packet import Version
from conntest_tui.model import Outcome, ProbeResult, SweepReport, Target
from tests.system.adversary import ROUTER, SPOILT, STRANGERS, Way, liars
from tests.system.netns import Kind, Namespace, grant_datagram_sockets, namespaces, need

pytestmark = pytest.mark.system

TIMEOUT = 0.3
ALIVE = {Way.PROMPT, Way.DELAYED, Way.JITTER, Way.LOSSY, Way.TWICE, Way.SLOW, Way.RECOVERING, Way.LIAR}
REFUSED = {
    Way.UNREACHABLE: "host unreachable, says {router}",
    Way.UNREACHABLE_CUT: "host unreachable, says {router}",
    Way.PROHIBITED: "communication prohibited, says {router}",
    Way.EXCEEDED: "time exceeded, says {router}",
}
HOSTS = range(2, 6)  # of each way


@dataclass(frozen=True)
class Case:
    """One sweep over every kind of liar."""

    version: Version
    kind: Kind
    report: SweepReport
    results: dict[Way, list[ProbeResult]]


@pytest.fixture(scope="module")
def lying_network() -> Generator[Namespace, None, None]:
    need(tun=True)
    with namespaces("liars") as (space,), liars(space):
        grant_datagram_sockets(space)
        yield space


@pytest.fixture(
    scope="module",
    params=[(version, kind) for version in Version for kind in ("raw", "datagram")],
    ids=lambda param: f"IPv{param[0].value} {param[1]}",
)
def case(lying_network: Namespace, request: pytest.FixtureRequest) -> Case:
    version, kind = request.param
    connector = [way for way in Way for _ in HOSTS]
    targets = [Target(way.address(version, number), 2, TIMEOUT) for way in Way for number in HOSTS]
    # One host that is waited for until the last late reply has come in.
    targets.append(Target(Way.SILENT.address(version, 99), 2, 3 * TIMEOUT))
    network = Network(rate=0, prefer=kind)
    report = lying_network.run(lambda: network.sweep(targets), capabilities=kind == "raw")
    results: dict[Way, list[ProbeResult]] = {way: [] for way in Way}
    for way, result in zip(connector, report.results, strict=False):
        results[way].append(result)
    return Case(version, kind, report, results)


@pytest.mark.parametrize("way", sorted(ALIVE), ids=lambda way: way.name)
def test_a_true_reply_proves_the_host_alive_however_it_comes(case: Case, way: Way) -> None:
    assert [result.outcome for result in case.results[way]] == [Outcome.REPLY] * len(HOSTS)


@pytest.mark.parametrize("way", sorted(set(Way) - ALIVE - set(REFUSED)), ids=lambda way: way.name)
def test_nothing_else_does_and_the_reason_says_what_came_back(case: Case, way: Way) -> None:
    # The kernel keeps what has a wrong identifier, and a wrong checksum except from a raw IPv4 socket.
    unseen = {Way.IDENTIFIER} if case.version is Version.V4 and case.kind == "raw" else {Way.IDENTIFIER, Way.CHECKSUM}

    def reason(name: str) -> str:
        if way in STRANGERS:
            return f"a reply came from {stranger_to(way, case.version, name)}"
        return "the reply was altered" if way in {*SPOILT, Way.VICTIM} - unseen else "no reply to 2 attempts"

    assert [(result.outcome, result.reason, result.refusal) for result in case.results[way]] == [
        (Outcome.SILENT, reason(result.name), None) for result in case.results[way]
    ]


def stranger_to(way: Way, version: Version, name: str) -> str:
    """Whose address the reply of a host comes from, see `adversary.stranger`."""
    number = int(name.replace(":", ".").rpartition(".")[2])
    return Way.CROSSED.address(version, number ^ 1) if way is Way.CROSSED else Way.SILENT.address(version, number)


@pytest.mark.parametrize("way", sorted(REFUSED), ids=lambda way: way.name)
def test_an_error_gives_the_reason_and_who_said_so(case: Case, way: Way) -> None:
    reason = REFUSED[way].format(router=ROUTER[case.version])

    assert {(result.outcome, result.reason) for result in case.results[way]} == {(Outcome.ERROR, reason)}


def test_the_round_trip_time_is_that_of_the_attempt_that_was_answered(case: Case) -> None:
    def slowest(way: Way) -> float:
        return max(result.rtt or 0 for result in case.results[way])

    assert slowest(Way.PROMPT) < 0.09
    assert 0.1 <= slowest(Way.DELAYED) < 0.2
    assert slowest(Way.LOSSY) < 0.09
    assert 0.45 <= slowest(Way.SLOW) < 0.55
    assert slowest(Way.RECOVERING) < 0.09


def test_attempts_are_counted_as_they_were_made(case: Case) -> None:
    for way, attempts in ((Way.PROMPT, 1), (Way.LOSSY, 2), (Way.SLOW, 2), (Way.SILENT, 2), (Way.UNREACHABLE, 2)):
        assert {result.attempts for result in case.results[way]} == {attempts}


def test_the_sweep_takes_no_longer_than_its_most_patient_target(case: Case) -> None:
    assert 6 * TIMEOUT <= case.report.seconds < 6 * TIMEOUT + 3


def test_what_proves_nothing_is_counted(case: Case) -> None:
    late = 2 * len(HOSTS)  # a late reply to each attempt
    repeated = 2 * len(HOSTS)
    # Wrong identifiers are sorted out by the kernel, and wrong checksums except for a raw IPv4 socket.
    forged = 2 * len(HOSTS) * len({*STRANGERS, *SPOILT} - {Way.IDENTIFIER, Way.CHECKSUM})

    assert case.report.strays >= late + repeated + forged
