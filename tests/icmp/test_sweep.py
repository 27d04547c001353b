import itertools
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from conntest_tui.clock import Clock
from conntest_tui.errors import ProbeError
from conntest_tui.icmp import Network
from conntest_tui.icmp.icmp_socket import EchoSocket
from conntest_tui.icmp.ip_addresses import SocketAddress
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.source_address_and_filter import SourceAddress
from conntest_tui.icmp.sweep import TICK
from conntest_tui.icmp.sweep_environment import Machine
from conntest_tui.model import Outcome, Refusal, SweepReport, Target
from tests.fakes import FakeClock
from tests.icmp.fakes import FakeSocket
from tests.timing import least


class Wire(Machine):
    """Scripted sockets for a sweep: hosts whose last number is odd are alive, the others are silent."""

    processors = 1

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[FakeSocket] = []
        self.missing: set[Version] = set()
        self.refuse: ProbeError | None = None

    def open_socket(self, version: Version, origin: SourceAddress) -> EchoSocket:  # noqa: ARG002 - none is chosen
        if self.refuse is not None:
            raise self.refuse
        if version in self.missing:
            raise OSError(97, "Address family not supported by protocol")
        opened = FakeSocket(version)
        opened.on_send = lambda packet, address: self._answer(opened, packet, address)
        self.opened.append(opened)
        return opened

    @staticmethod
    def _answer(opened: FakeSocket, packet: bytes, address: SocketAddress) -> None:
        if int(address[0][-1], 16) % 2:
            opened.reply(packet, address)

    def sweep(
        self,
        *targets: Target,
        rate: float = 0,
        clock: Clock | None = None,
        names: dict[str, str] | None = None,
        progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> SweepReport:
        def look_up(name: str, *_: object, **__: object) -> list[Any]:
            return [(2, 2, 17, "", ((names or {})[name], 0))]

        network = Network(rate=rate, clock=clock, machine=self, lookup=look_up)
        return network.sweep(targets, progress=progress, cancelled=cancelled)


def host(number: int, attempts: int = 1, timeout: float = 0.05) -> Target:
    return Target(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", attempts, timeout)


def outcomes(report: SweepReport) -> list[Outcome]:
    return [result.outcome for result in report.results]


def test_live_and_silent_hosts_are_told_apart_in_the_order_given() -> None:
    report = Wire().sweep(*map(host, range(1, 401)))

    assert outcomes(report) == [Outcome.REPLY, Outcome.SILENT] * 200
    assert report.sent == 400
    assert report.complete


def test_silent_hosts_cost_attempts_times_time_out_all_together() -> None:
    report = Wire().sweep(*(host(number, attempts=3, timeout=0.1) for number in range(2, 602, 2)))

    assert set(outcomes(report)) == {Outcome.SILENT}
    assert 0.3 <= report.seconds < 5  # one after the other they would take 90
    assert report.sent == 900
    assert {result.attempts for result in report.results} == {3}


def test_every_host_keeps_its_own_attempts_and_time_out() -> None:
    def seconds() -> float:
        report = Wire().sweep(host(2, attempts=1, timeout=0.3), host(4, attempts=4, timeout=0.02))
        assert [result.attempts for result in report.results] == [1, 4]
        assert [result.reason for result in report.results] == ["no reply to 1 attempt", "no reply to 4 attempts"]
        assert report.seconds >= 0.3  # the most attempts with the longest time-out
        return report.seconds

    assert least(seconds, 0.6) < 1.2


@pytest.mark.parametrize("attempts", [0, -1])
def test_at_least_one_attempt_is_made(attempts: int) -> None:
    report = Wire().sweep(host(2, attempts=attempts), host(3, attempts=attempts))

    assert outcomes(report) == [Outcome.SILENT, Outcome.REPLY]
    assert report.sent == 2


def test_a_time_out_of_nought_still_reads_what_has_come() -> None:
    assert outcomes(Wire().sweep(host(1, timeout=0), host(2, timeout=0)))[1] == Outcome.SILENT


def test_a_sweep_over_nothing_is_over_at_once() -> None:
    report = Wire().sweep()

    assert (report.results, report.sent, report.complete) == ((), 0, True)


def test_both_versions_and_names_go_together() -> None:
    report = Wire().sweep(Target("fd77::1"), Target("router"), Target("10.0.0.1"), names={"router": "10.0.0.3"})

    assert [result.address for result in report.results] == ["fd77::1", "10.0.0.3", "10.0.0.1"]
    assert all(result.alive for result in report.results)


def test_what_proves_nothing_is_counted() -> None:
    class Twice(Wire):
        @staticmethod
        def _answer(opened: FakeSocket, packet: bytes, address: SocketAddress) -> None:
            opened.reply(packet, address)
            opened.reply(packet, address)

    assert Twice().sweep(host(1), host(2), host(3)).strays == 3


def test_a_name_that_stands_twice_is_probed_twice() -> None:
    report = Wire().sweep(Target("router"), Target("router"), names={"router": "10.0.0.3"})

    assert all(result.alive for result in report.results)
    assert report.sent == 2


def test_numeric_hosts_do_not_wait_for_names() -> None:
    """A hanging look-up holds up the name, and nobody else."""
    released = threading.Event()
    settled: list[int] = []

    def hang(*_: object, **__: object) -> list[Any]:
        released.wait(5)
        raise socket.gaierror(socket.EAI_AGAIN, "")

    network = Network(rate=0, machine=Wire(), lookup=hang, patience=0.3)
    report = network.sweep([Target("router"), host(1)], progress=settled.append)
    released.set()

    assert outcomes(report) == [Outcome.REPLY]
    assert report.pending == ("router",)
    assert 0.3 <= report.seconds < 5
    assert 1 in settled


def test_a_machine_without_ipv6_says_so_of_its_ipv6_targets_only() -> None:
    wire = Wire()
    wire.missing = {Version.V6}

    report = wire.sweep(host(1), Target("fd77::1"))

    assert outcomes(report) == [Outcome.REPLY, Outcome.UNSENDABLE]
    assert report.results[1].reason == "cannot send: this machine does not speak IPv6"
    assert report.results[1].refusal is Refusal.NO_ROUTE


def test_a_zone_that_does_not_exist_fails_its_target_only() -> None:
    report = Wire().sweep(Target("fe80::1%nowhere"), host(1))

    assert outcomes(report) == [Outcome.UNSENDABLE, Outcome.REPLY]
    assert report.results[0].reason == "cannot send: no interface nowhere"
    assert report.results[0].refusal is Refusal.INTERFACE


@pytest.mark.parametrize("rate", [0, 10, 1000])
def test_cancelling_takes_less_than_a_fifth_of_a_second(rate: float) -> None:
    def seconds() -> float:
        wire, stop = Wire(), threading.Event()
        timer = threading.Timer(0.2, stop.set)
        timer.start()
        targets = [host(2 * number, timeout=60) for number in range(500)]
        report = wire.sweep(*targets, rate=rate, cancelled=stop.is_set)
        timer.join()
        assert not report.complete
        assert {result.reason for result in report.results} == {"not finished: the sweep was cancelled"}
        assert all(opened.closed for opened in wire.opened)
        return report.seconds

    assert least(seconds, 0.4) <= 0.4  # it is cancelled after 0.2


def test_a_sweep_cancelled_before_it_begins_sends_nothing() -> None:
    report = Wire().sweep(host(1), cancelled=lambda: True)

    assert (report.sent, report.complete) == (0, False)


def test_progress_is_told_in_the_calling_thread_and_ends_with_everybody() -> None:
    told: list[tuple[int, int]] = []

    Wire().sweep(
        *map(host, range(1, 301)), rate=1000, progress=lambda count: told.append((count, threading.get_ident()))
    )

    counts = [count for count, _ in told]
    assert counts == sorted(counts)
    assert counts[-1] == 300
    assert len(counts) > 2
    assert {thread for _, thread in told} == {threading.get_ident()}


def test_the_rate_holds_and_retries_share_it() -> None:
    def seconds() -> float:
        targets = [host(2 * number, attempts=2, timeout=0.05) for number in range(100)]
        report = Wire().sweep(*targets, rate=400)
        assert report.sent == 200
        assert report.seconds >= 0.45
        return report.seconds

    assert least(seconds, 0.65) <= 0.65


def test_sockets_are_closed_even_when_something_breaks() -> None:
    wire = Wire()

    def fail(_: int) -> None:
        raise RuntimeError("the screen is gone")

    with pytest.raises(RuntimeError):
        wire.sweep(host(1), progress=fail)

    assert all(opened.closed for opened in wire.opened)


def test_without_permission_there_is_no_sweep() -> None:
    wire = Wire()
    wire.refuse = ProbeError("no ICMP socket")

    with pytest.raises(ProbeError):
        wire.sweep(host(1))


def test_a_machine_that_slept_in_mid_sweep_judges_nobody() -> None:
    clock = FakeClock()

    def suspend(_: int) -> None:
        clock.pass_(3600)

    report = Wire().sweep(host(2), clock=clock, progress=suspend)

    assert not report.complete


@pytest.mark.system
def test_a_thousand_hosts_on_loopback_are_alive(loopback: Network) -> None:
    report = loopback.sweep([Target(f"127.1.{number >> 8}.{number & 255}", 1) for number in range(1, 1001)])

    assert all(result.alive for result in report.results)
    assert all(result.rtt is not None and 0 < result.rtt < 0.5 for result in report.results)
    assert report.sent == 1000


@pytest.mark.system
def test_ipv6_and_names_answer_on_loopback(loopback: Network) -> None:
    report = loopback.sweep([Target("::1"), Target("localhost"), Target("127.0.0.1"), Target("127.0.0.1")])

    assert all(result.alive for result in report.results)
    assert report.results[0].address == "::1"


@pytest.mark.system
def test_a_name_reserved_never_to_exist_is_not_found(loopback: Network) -> None:
    (result,) = loopback.sweep([Target("printer.invalid")]).results

    assert (result.outcome, result.reason, result.attempts) == (Outcome.UNRESOLVED, "name not found", 0)


@pytest.mark.system
def test_sweeps_in_parallel_take_nobody_else_s_replies(loopback: Network) -> None:
    targets = [Target(f"127.2.{number >> 8}.{number & 255}", 1) for number in range(500)]
    reports: list[SweepReport] = []
    threads = [threading.Thread(target=lambda: reports.append(loopback.sweep(targets))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(reports) == 4
    assert all(result.alive for report in reports for result in report.results)


@pytest.mark.system
@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("rate", [10, 200, 2000])
def test_the_rate_holds_on_a_real_socket(rate: int) -> None:
    count = max(4, rate // 4)

    def slowness() -> float:
        network = Network(rate=rate)
        report = network.sweep([Target(f"127.3.{number >> 8}.{number & 255}", 1) for number in range(count)])
        reached = (count - 1) / report.seconds
        assert reached <= 1.05 * rate  # never faster, however busy the machine is
        return 1 - reached / rate

    assert least(slowness, 0.05) <= 0.05


@pytest.mark.system
@pytest.mark.usefixtures("loopback")
def test_a_paced_sweep_sleeps_instead_of_spinning() -> None:
    """Count the turns of its loop, which ask whether to stop: time tells little on a busy machine."""
    turns = itertools.count()
    targets = [Target(f"127.4.{number >> 8}.{number & 255}", 1) for number in range(300)]
    report = Network(rate=1000).sweep(targets, cancelled=lambda: next(turns) < 0)

    # One per sleep, and at most two per target: its request goes out, its reply wakes.
    assert next(turns) < report.seconds / TICK + 2 * len(targets)
