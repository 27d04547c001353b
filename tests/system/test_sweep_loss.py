"""No live host is ever called dead because of this machine: full buffers, stalls, other sweeps, other programs."""

import gc
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from conntest_tui.icmp import Network
from conntest_tui.icmp import icmp_socket as socket_module
from conntest_tui.icmp.packet import Version
from conntest_tui.model import Outcome, SweepReport, Target
from tests.system.adversary import Way, liars
from tests.system.netns import Kind, Namespace, connect, grant_datagram_sockets, namespaces, need, populate

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def near() -> Generator[Namespace, None, None]:
    """10.76.0.0/15 answers behind a cable, liars behind a TUN device, and nobody does in 10.81.0.0/16 on the cable."""
    need(tun=True)
    with namespaces("near", "far") as (near, far):
        connect(near, far)
        populate(near, far)
        near.ip("route add 10.76.0.0/16 via 10.78.0.2", "route add 10.75.0.0/16 via 10.78.0.2")
        far.ip("route add local 10.76.0.0/16 dev lo", "route add blackhole 10.75.0.0/16")
        grant_datagram_sockets(near)
        near.sysctl("net/ipv4/neigh/cable/mcast_solicit", "1")  # absent neighbours are given up sooner
        near.sysctl("net/ipv4/neigh/cable/retrans_time_ms", "300")
        with liars(near):
            yield near


def hosts(count: int, *, attempts: int = 1, timeout: float = 2.0) -> list[Target]:
    """Live hosts behind the cable; beyond 65,536 in the second network."""
    return [Target(f"10.{77 - (n >> 16)}.{n >> 8 & 255}.{n & 255}", attempts, timeout) for n in range(count)]


def dead(report: SweepReport) -> list[str]:
    return [f"{result.name}: {result.reason}" for result in report.results if not result.alive]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_ten_thousand_hosts_at_full_speed_with_one_attempt_are_alive_every_time(near: Namespace, kind: Kind) -> None:
    prober = Network(rate=0, prefer=kind)
    targets = hosts(10_000)
    for _ in range(5):
        report = near.run(lambda: prober.sweep(targets), capabilities=kind == "raw")

        assert dead(report) == []
        assert report.sent == 10_000


def test_more_hosts_than_sequence_numbers_are_alive(near: Namespace, kind: Kind) -> None:
    prober = Network(rate=0, prefer=kind)
    targets = hosts(70_000)

    report = near.run(lambda: prober.sweep(targets), capabilities=kind == "raw")

    assert dead(report) == []
    assert report.sent == 70_000


def test_a_busy_interpreter_and_its_garbage_kill_nobody(near: Namespace) -> None:
    stop = threading.Event()

    def waste() -> None:
        while not stop.is_set():
            garbage = [[number] for number in range(20_000)]
            garbage.append(garbage)  # type: ignore[arg-type] # a cycle, so that only the collector frees it
            gc.collect()

    busy = threading.Thread(target=waste)
    busy.start()
    try:
        report = near.run(lambda: Network(rate=0).sweep(hosts(300, timeout=0.5)))
    finally:
        stop.set()
        busy.join()

    assert dead(report) == []


def test_a_program_that_is_stopped_again_and_again_condemns_nobody() -> None:
    """It is suspended for longer than the time-out, at whatever it is doing, as often as it sweeps for two seconds."""
    need()
    code = (
        "from conntest_tui.icmp import Network; from conntest_tui.model import Target; import time\n"
        "targets = [Target(f'127.5.{n >> 8}.{n & 255}', 1, 0.1) for n in range(400)]\n"
        "network, end, dead, sweeps = Network(rate=4000), time.monotonic() + 3, [], 0\n"
        "while time.monotonic() < end or not sweeps:\n"
        "    dead += [result.reason for result in network.sweep(targets).results if not result.alive]\n"
        "    sweeps += 1\n"
        "print(sweeps, dead)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        for number in range(200):
            time.sleep(0.05 + 0.013 * (number % 7))
            if child.poll() is not None:
                break
            child.send_signal(signal.SIGSTOP)
            time.sleep(0.15)
            child.send_signal(signal.SIGCONT)
        printed, _ = child.communicate(timeout=60)

    sweeps, _, dead = printed.partition(" ")
    assert int(sweeps) > 0
    assert dead.strip() == "[]"


@pytest.mark.parametrize("version", list(Version), ids=lambda version: version.name)
def test_a_sweep_that_stalls_past_every_time_out_believes_the_kernel_s_stamps(
    near: Namespace, kind: Kind, version: Version
) -> None:
    """Hosts answer after 0.1 s, are given 0.3 s, and nobody looks for a whole second."""
    targets = [Target(Way.DELAYED.address(version, number), 1, 0.3) for number in range(2, 200)]
    stalled: list[int] = []

    def stall(count: int) -> None:
        if not stalled:
            stalled.append(count)
            time.sleep(1)

    prober = Network(rate=0, prefer=kind)
    report = near.run(lambda: prober.sweep(targets, progress=stall), capabilities=kind == "raw")

    assert dead(report) == []
    assert report.seconds > 1
    assert max(result.rtt or 0 for result in report.results) < 0.3


def test_a_receive_buffer_that_overflows_kills_nobody(near: Namespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Delayed replies come in faster than a stalled sweep reads them, and only a few of them find room."""
    monkeypatch.setattr(socket_module, "_BUFFER", 16_384)
    targets = [Target(Way.DELAYED.address(Version.V4, number), 1, 0.3) for number in range(2, 62)]
    begun, stalled = time.monotonic(), False

    def stall() -> bool:
        nonlocal stalled
        if not stalled and time.monotonic() - begun > 0.05:  # everything is sent, nothing has come back
            stalled = True
            time.sleep(0.2)
        return False

    report = near.run(lambda: Network(rate=0).sweep(targets, cancelled=stall))

    assert dead(report) == []
    assert report.sent > len(targets)  # some attempts were void, and made again


def test_absent_neighbours_that_hold_the_send_buffer_kill_nobody(
    near: Namespace, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests to them wait for address resolution in this socket's send buffer, and live hosts wait behind them."""
    monkeypatch.setattr(socket_module, "_BUFFER", 16_384)
    near.ip("addr add 10.81.0.1/16 dev cable")
    absent = [Target(f"10.81.1.{number}", 1, 1.0) for number in range(1, 101)]
    prober = Network(rate=0, prefer=kind)

    report = near.run(lambda: prober.sweep(absent + hosts(100)), capabilities=kind == "raw")
    near.ip("addr del 10.81.0.1/16 dev cable")

    assert all(result.alive for result in report.results[100:])
    assert {result.outcome for result in report.results[:100]} <= {Outcome.SILENT, Outcome.ERROR}


def test_sweeps_in_parallel_do_not_disturb_each_other(near: Namespace, kind: Kind) -> None:
    prober = Network(rate=0, prefer=kind)
    targets = hosts(2000)

    running = [near.start(lambda: prober.sweep(targets), capabilities=kind == "raw") for _ in range(4)]

    for future in running:
        report = future.result(timeout=30)
        assert dead(report) == []
        assert report.sent == 2000


def test_another_monitor_with_the_very_same_identifier_is_told_apart(
    near: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both see each other's replies, half of them to hosts that are dead for the one and alive for the other."""
    monkeypatch.setattr(secrets, "randbelow", lambda _: 4710)
    others = [Target(f"10.75.{n >> 8}.{n & 255}", 1, 0.5) for n in range(500)]

    first = near.start(lambda: Network(rate=2000).sweep(hosts(500) + others))
    second = near.start(lambda: Network(rate=2000).sweep(others + hosts(500)))

    one, two = first.result(timeout=30), second.result(timeout=30)
    assert [result.alive for result in one.results] == [True] * 500 + [False] * 500
    assert [result.alive for result in two.results] == [False] * 500 + [True] * 500
    assert one.strays > 0
    assert two.strays > 0


def test_a_recheck_does_not_wait_for_the_sweep_of_all(near: Namespace, kind: Kind) -> None:
    prober = Network(rate=100, prefer=kind)
    stop = threading.Event()
    everybody = [Target(f"10.75.{n >> 8}.{n & 255}", 3, 1.0) for n in range(1000)]
    sweep = near.start(lambda: prober.sweep(everybody, cancelled=stop.is_set), capabilities=kind == "raw")
    time.sleep(0.2)

    rechecks = [
        near.run(lambda: prober.sweep([Target("10.77.3.3")]), capabilities=kind == "raw"),
        near.run(lambda: prober.sweep([Target("10.75.3.3", 2, 0.2)]), capabilities=kind == "raw"),
    ]
    stop.set()

    assert [report.results[0].alive for report in rechecks] == [True, False]
    assert rechecks[0].seconds < 3  # the sweep takes more than ten
    assert 0.4 <= rechecks[1].seconds < 3
    assert not sweep.result(timeout=5).complete


def test_cancelling_in_mid_sweep_is_prompt_and_leaves_nothing_open(near: Namespace, kind: Kind) -> None:
    near.run(lambda: Network(rate=0, prefer=kind).sweep(hosts(1)), capabilities=kind == "raw")  # what stays open is now
    before = open_files()
    stop, prober = threading.Event(), Network(rate=1000, prefer=kind)
    everybody = [Target(f"10.75.{n >> 8}.{n & 255}") for n in range(20_000)]
    sweep = near.start(lambda: prober.sweep(everybody, cancelled=stop.is_set), capabilities=kind == "raw")
    time.sleep(0.3)
    assert open_files() > before

    stop.set()
    report = sweep.result(timeout=5)  # whole, it would take 20

    assert not report.complete
    assert len(report.results) == 20_000
    assert open_files() == before
