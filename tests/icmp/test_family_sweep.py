"""One family over a scripted socket: who is proved alive, by what, and what is said of the others."""

import errno
import ipaddress
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

from conntest_tui.icmp import family_sweep as lane_module
from conntest_tui.icmp.error_queue import QueuedError
from conntest_tui.icmp.family_sweep import FamilySweep
from conntest_tui.icmp.icmp_socket import SocketKind
from conntest_tui.icmp.ip_addresses import SocketAddress, all_v4, bytes_of, numeric_v6
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.result_collector import SweepResults
from conntest_tui.icmp.sweep_environment import ThisMachine
from conntest_tui.model import Outcome, ProbeResult, Refusal, Target
from tests.icmp.fakes import FakeSocket
from tests.icmp.packets import echo_reply, error_message, ipv4, ipv6

T = TypeVar("T")

ROUTER = ("10.77.255.254", 0)
ROUTER_V6 = ("fd77::ff", 0, 0, 0)
OWN_V4, OWN_V6 = ("10.77.0.1", 0), ("fd77::1", 0, 0, 0)
HOUR = 3600


class Track:
    """A family with its book and its socket, and targets that are ready to go."""

    def __init__(self, *targets: Target, kind: SocketKind = SocketKind.RAW) -> None:
        version = Version.V6 if ":" in targets[0].name else Version.V4
        self.socket = FakeSocket(version, kind)
        self.sweep_results = SweepResults(targets)
        self.sweep_results.addresses[:] = self.sweep_results.names
        names = self.sweep_results.names
        self.sweep_results.sources = all_v4(names) if version is Version.V4 else [numeric_v6(name) for name in names]
        self.family = FamilySweep(self.socket, self.sweep_results, ThisMachine())
        self.family.fresh.extend(range(len(targets)))

    def send(self) -> list[tuple[bytes, SocketAddress]]:
        """Send whatever waits; return what went out."""
        before = len(self.socket.sent)
        self.family.send(self.family.waiting)
        return self.socket.sent[before:]

    def pass_(self, seconds: float) -> None:
        """Do what a sweep does when that much time has passed since now."""
        self.family.drain()
        self.family.expire(time.monotonic() + seconds)

    def results(self) -> tuple[ProbeResult, ...]:
        return self.sweep_results.results()

    def quote(self, packet: bytes, *, kind: int, code: int, cut: int = 24) -> bytes:
        """A router's error about a request of ours, as this socket receives it."""
        address = next(address for sent, address in self.socket.sent if sent == packet)
        destination, own = ipaddress.ip_address(address[0]).packed, ipaddress.ip_address("10.77.0.1").packed
        if self.socket.version is Version.V6:
            return error_message(kind, code, ipv6(packet, source=bytes(16), destination=destination)[: 40 + cut])
        quoted = ipv4(packet, source=own, destination=destination)[: 20 + cut]
        return ipv4(error_message(kind, code, quoted), source=ipaddress.ip_address(ROUTER[0]).packed, destination=own)


A, B = Target("10.77.0.2", timeout=1.0), Target("10.77.0.3", timeout=1.0)


def one_attempt(name: str) -> Target:
    return Target(name, attempts=1, timeout=1.0)


def test_a_reply_proves_a_host_alive() -> None:
    track = Track(A)
    track.socket.answer_everything()

    track.send()
    track.family.drain()

    (result,) = track.results()
    assert (result.outcome, result.address, result.attempts) == (Outcome.REPLY, "10.77.0.2", 1)
    assert result.rtt is not None
    assert 0 <= result.rtt < 0.1
    assert track.family.strays == 0


def test_a_second_reply_is_a_stray() -> None:
    track = Track(A)
    ((packet, address),) = track.send()
    track.socket.reply(packet, address)
    track.socket.reply(packet, address)

    track.family.drain()

    assert track.sweep_results.open == 0
    assert track.family.strays == 1


def test_a_reply_from_somebody_else_proves_nothing() -> None:
    track = Track(A, B)
    first, second = track.send()
    track.socket.reply(first[0], second[1])
    track.socket.reply(second[0], first[1])

    track.family.drain()

    assert track.sweep_results.open == 2
    assert track.family.strays == 2


@pytest.mark.parametrize("version", list(Version), ids=lambda version: version.name)
@pytest.mark.parametrize("error", [False, True], ids=["", "an error as well"])
def test_the_reason_says_who_answered_instead(version: Version, error: bool) -> None:
    v4 = version is Version.V4
    router = ROUTER if v4 else ROUTER_V6
    track = Track(one_attempt("10.77.0.2" if v4 else "fd77::2"))
    ((packet, _),) = track.send()
    if error:
        kind, code = (3, 1) if v4 else (1, 3)
        track.socket.arrive(track.quote(packet, kind=kind, code=code), router)
    track.socket.reply(packet, ("10.77.255.253", 0) if v4 else ("fd77::fd", 0, 0, 0))

    track.pass_(1.01)

    (result,) = track.results()
    stranger = "10.77.255.253" if v4 else "fd77::fd"
    expected = f"host unreachable, says {router[0]}" if error else f"a reply came from {stranger}"
    assert (result.alive, result.reason) == (False, expected)


@pytest.mark.parametrize("name", ["10.77.0.2", "fd77::2"])
@pytest.mark.parametrize("position", [7, 9, 19, None], ids=["sequence", "number", "secret", "cut"])
@pytest.mark.parametrize("headed", [False, True], ids=["bare", "with its IP header"])
def test_the_reason_says_that_the_reply_was_altered(name: str, position: int | None, headed: bool) -> None:
    track = Track(one_attempt("10.77.9.9" if "." in name else "fd77::9"), one_attempt(name))
    _, (packet, address) = track.send()
    reply = bytearray(echo_reply(track.socket.version, packet))
    if position is None:
        del reply[-5:]
    else:
        reply[position] ^= 0x5A
    message = bytes(reply)
    if headed and "." in name:
        message = ipv4(message, source=ipaddress.ip_address(name).packed, destination=bytes([10, 77, 0, 1]))
    track.socket.arrive(message, address)

    track.pass_(1.01)

    assert [result.reason for result in track.results()] == ["no reply to 1 attempt", "the reply was altered"]
    assert track.family.strays == 1


def test_an_altered_reply_from_elsewhere_is_nobody_s() -> None:
    track = Track(one_attempt("10.77.0.2"))
    ((packet, _),) = track.send()
    track.socket.arrive(echo_reply(Version.V4, packet[:-1] + bytes([packet[-1] ^ 1])), ("10.77.0.9", 0))

    track.pass_(1.01)

    assert track.results()[0].reason == "no reply to 1 attempt"


def test_a_reply_to_a_request_that_was_never_sent_proves_nothing() -> None:
    track = Track(A, B)
    track.family.send(1)
    track.socket.reply(track.family._echo.requests(1, 1)[0], ("10.77.0.3", 0))

    track.family.drain()

    assert track.sweep_results.open == 2
    assert track.family.strays == 1


def test_the_same_address_under_two_names_is_two_targets() -> None:
    track = Track(A, A)
    _, (packet, address) = track.send()
    track.socket.reply(packet, address)

    track.family.drain()

    assert [result.alive for result in track.results()] == [False, True]


def test_replies_are_matched_beyond_65_536_requests() -> None:
    hosts = [one_attempt(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}") for number in range(65_540)]
    track = Track(*hosts)
    sent = track.send()
    assert sent[3][0][6:8] == sent[65_539][0][6:8]  # the sequence has come round

    for number in (3, 65_539):
        track.socket.reply(*sent[number])
    track.family.drain()
    track.pass_(2)

    alive = [number for number, result in enumerate(track.results()) if result.alive]
    assert alive == [3, 65_539]


def test_a_quote_of_28_bytes_finds_its_host_beyond_65_536_requests() -> None:
    hosts = [one_attempt(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}") for number in range(65_540)]
    track = Track(*hosts)
    sent = track.send()
    error = track.quote(sent[3][0], kind=3, code=1, cut=8)
    track.socket.arrive(error, ROUTER)

    track.pass_(2)

    results = track.results()
    assert results[3].reason == "host unreachable, says 10.77.255.254"
    assert results[65_539].reason == "no reply to 1 attempt"


def test_silence_is_retried_and_then_final() -> None:
    track = Track(A)
    for attempt in (1, 2, 3):
        assert len(track.send()) == 1
        assert track.sweep_results.open == 1
        track.pass_(1.01)
        assert track.family.waiting == (1 if attempt < 3 else 0)

    assert track.sweep_results.open == 0
    assert track.results() == (ProbeResult(A.name, Outcome.SILENT, A.name, None, 3, "no reply to 3 attempts"),)


def test_retries_go_first() -> None:
    track = Track(A, B)
    track.family.send(1)
    track.pass_(1.01)

    assert [address[0] for _, address in track.send()] == [A.name, B.name]


def test_an_attempt_has_not_failed_before_its_time_is_up() -> None:
    track = Track(A)
    track.send()

    track.pass_(0.9)

    assert track.family.waiting == 0
    assert track.sweep_results.open == 1


def test_a_reply_to_an_earlier_attempt_counts_while_a_later_one_is_under_way() -> None:
    track = Track(A)
    ((first, address),) = track.send()
    track.pass_(1.01)
    track.send()
    track.socket.reply(first, address, stamp=time.time_ns())

    track.family.drain()

    (result,) = track.results()
    assert result.alive
    assert result.attempts == 2


def test_a_reply_that_comes_while_the_next_attempt_waits_to_be_sent_counts() -> None:
    track = Track(Target("10.77.0.2", attempts=2, timeout=0.01))
    ((first, address),) = track.send()
    time.sleep(0.02)
    track.pass_(0)
    assert track.family.waiting == 1
    track.socket.reply(first, address)

    track.family.drain()

    assert track.results()[0].alive
    assert track.send() == []


def test_a_reply_after_the_last_attempt_timed_out_is_a_stray() -> None:
    track = Track(Target("10.77.0.2", attempts=1, timeout=0.01))
    ((packet, address),) = track.send()
    time.sleep(0.03)
    track.socket.reply(packet, address)

    track.pass_(0)

    assert track.results()[0].reason == "no reply to 1 attempt"
    assert track.family.strays == 1


def test_a_reply_in_time_that_is_read_late_counts() -> None:
    """Python was busy elsewhere for longer than the time-out; the kernel's stamp tells when the reply came in."""
    track = Track(Target("10.77.0.2", attempts=1, timeout=0.05))
    ((packet, address),) = track.send()
    track.socket.reply(packet, address)
    time.sleep(0.1)

    track.pass_(0)

    (result,) = track.results()
    assert result.alive
    assert result.rtt is not None
    assert result.rtt < 0.05


def test_a_program_that_is_stopped_between_two_looks_at_the_clocks_finds_no_reply_late() -> None:
    class Stopped(ThisMachine):
        """Stands still after each look at a clock."""

        stops = False

        def monotonic(self) -> float:
            return self._stop(time.monotonic())

        def wall(self) -> int:
            return self._stop(time.time_ns())

        def _stop(self, value: T) -> T:
            if self.stops:
                time.sleep(0.1)
            return value

    machine = Stopped()
    track = Track(Target("10.77.0.2", attempts=1, timeout=0.08))
    track.family = FamilySweep(track.socket, track.sweep_results, machine)
    track.family.fresh.append(0)
    track.socket.answer_everything()
    track.send()
    machine.stops = True

    track.family.drain()

    assert track.results()[0].alive


@pytest.mark.parametrize("step", [-HOUR, HOUR], ids=["back", "forth"])
def test_a_step_of_the_wall_clock_makes_no_nonsense_of_round_trip_times(step: int) -> None:
    track = Track(A)
    ((packet, address),) = track.send()
    track.socket.reply(packet, address, stamp=time.time_ns() + step * 1_000_000_000)

    track.family.drain()

    (result,) = track.results()
    assert result.rtt is not None
    assert 0 <= result.rtt < 1.0


def test_a_reply_without_a_time_stamp_counts_however_late_it_is_read() -> None:
    track = Track(Target("10.77.0.2", attempts=1, timeout=0.01))
    ((packet, address),) = track.send()
    track.socket.reply(packet, address, stamp=0)
    time.sleep(0.02)

    track.pass_(0)

    assert track.results()[0].rtt == pytest.approx(0.01)


@pytest.mark.parametrize("cut", [8, 11, 12, 20])
@pytest.mark.parametrize(
    ("name", "error", "router", "reason"),
    [
        ("10.77.0.2", (3, 1), ROUTER, "host unreachable, says 10.77.255.254"),
        ("10.77.0.2", (3, 13), ROUTER, "communication prohibited, says 10.77.255.254"),
        ("10.77.0.2", (11, 0), ROUTER, "time exceeded, says 10.77.255.254"),
        ("fd77::2", (1, 3), ("fd77::ff", 0, 0, 0), "host unreachable, says fd77::ff"),
        ("fd77::2", (1, 1), ("fd77::ff", 0, 0, 0), "communication prohibited, says fd77::ff"),
        ("fd77::2", (3, 0), ("fd77::ff", 0, 0, 0), "time exceeded, says fd77::ff"),
    ],
)
def test_a_quoted_error_gives_the_reason_and_who_said_so(
    name: str, error: tuple[int, int], router: SocketAddress, reason: str, cut: int
) -> None:
    track = Track(one_attempt(name))
    ((packet, _),) = track.send()
    quote = track.quote(packet, kind=error[0], code=error[1], cut=cut)
    track.socket.arrive(quote, router)

    track.pass_(1.01)

    (result,) = track.results()
    assert (result.outcome, result.reason) == (Outcome.ERROR, reason)
    assert track.family.strays == 0


def test_an_error_does_not_end_the_attempts_and_a_reply_outweighs_it() -> None:
    track = Track(A)
    ((packet, _),) = track.send()
    track.socket.arrive(track.quote(packet, kind=3, code=1), ROUTER)
    track.pass_(0.5)
    assert track.send() == []  # no hammering: the next attempt goes out when this one has timed out

    track.pass_(1.01)
    track.socket.answer_everything()
    track.send()
    track.family.drain()

    (result,) = track.results()
    assert (result.alive, result.reason, result.attempts) == (True, None, 2)


def test_an_error_outweighs_later_silence() -> None:
    track = Track(Target("10.77.0.2", attempts=2, timeout=1.0))
    ((packet, _),) = track.send()
    track.socket.arrive(track.quote(packet, kind=3, code=1), ROUTER)
    track.pass_(1.01)
    track.send()
    track.pass_(1.01)

    assert track.results()[0].reason == "host unreachable, says 10.77.255.254"


def test_an_error_about_a_host_that_is_alive_is_a_stray() -> None:
    track = Track(A)
    track.socket.answer_everything()
    ((packet, _),) = track.send()
    track.family.drain()
    track.socket.arrive(track.quote(packet, kind=3, code=1), ROUTER)

    track.family.drain()

    assert track.results()[0].alive
    assert track.family.strays == 1


def test_an_error_that_quotes_another_destination_blames_nobody() -> None:
    track = Track(one_attempt("10.77.0.2"), one_attempt("10.77.0.3"))
    (packet, _), _ = track.send()
    error = track.quote(packet, kind=3, code=1, cut=8).replace(bytes([10, 77, 0, 2]), bytes([10, 77, 0, 9]))
    track.socket.arrive(error, ROUTER)

    track.pass_(1.01)

    assert {result.reason for result in track.results()} == {"no reply to 1 attempt"}


@pytest.mark.parametrize(
    ("number", "refusal", "reason"),
    [
        (errno.ENETUNREACH, Refusal.NO_ROUTE, "cannot send: network is unreachable"),
        (errno.EHOSTUNREACH, Refusal.NO_ROUTE, "cannot send: no route to host"),
        (errno.EINVAL, Refusal.NO_ROUTE, "cannot send: a route of this machine discards it"),
        (errno.EACCES, Refusal.FIREWALL, "cannot send: a route of this machine prohibits it"),
        (errno.EPERM, Refusal.FIREWALL, "cannot send: a firewall of this machine forbids it"),
        (errno.ENETDOWN, Refusal.INTERFACE, "cannot send: the interface to it is down"),
        (errno.ENODEV, Refusal.INTERFACE, "cannot send: the interface to it is gone"),
        (errno.EADDRNOTAVAIL, Refusal.INTERFACE, "cannot send: this machine has no address to send it from"),
        (errno.EIO, Refusal.INTERFACE, "cannot send: input/output error"),
    ],
)
def test_what_this_machine_refuses_to_send_is_said_so(number: int, refusal: Refusal, reason: str) -> None:
    track = Track(Target("10.77.0.2", attempts=2, timeout=1.0))
    track.socket.refusals.extend([OSError(number, ""), OSError(number, "")])

    for _ in range(2):
        track.send()
        track.pass_(1.01)

    expected = ProbeResult(A.name, Outcome.UNSENDABLE, A.name, attempts=0, reason=reason, refusal=refusal)
    assert track.results() == (expected,)


def test_a_refused_attempt_does_not_end_the_others() -> None:
    track = Track(A)
    track.socket.refusals.append(OSError(errno.ENETUNREACH, ""))
    track.send()
    track.pass_(1.01)
    track.socket.answer_everything()
    track.send()
    track.family.drain()

    (result,) = track.results()
    assert (result.alive, result.attempts, result.refusal) == (True, 1, None)


@pytest.mark.parametrize("error", [None, (3, 1)], ids=["silence", "an error"])
def test_a_host_that_was_not_asked_as_often_as_it_should_is_not_judged(error: tuple[int, int] | None) -> None:
    """The cable goes: one attempt is lost with it, the other one is refused."""
    track = Track(Target("10.77.0.2", attempts=2, timeout=1.0))
    ((packet, _),) = track.send()
    if error:
        track.socket.arrive(track.quote(packet, kind=error[0], code=error[1]), ROUTER)
    track.pass_(1.01)
    track.socket.refusals.append(OSError(errno.ENETUNREACH, ""))
    track.send()
    track.pass_(1.01)

    (result,) = track.results()
    assert (result.outcome, result.refusal, result.attempts) == (Outcome.UNSENDABLE, Refusal.NO_ROUTE, 1)


@pytest.mark.parametrize("own", [OWN_V4, OWN_V6], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("cut", [8, 20])
def test_our_own_kernel_speaks_for_a_neighbour_that_does_not_answer(own: SocketAddress, cut: int) -> None:
    v4 = len(own) == 2
    track = Track(one_attempt("10.77.0.2" if v4 else "fd77::2"))
    track.sweep_results.own = frozenset({bytes_of(own)})
    ((packet, _),) = track.send()
    kind, code = (3, 1) if v4 else (1, 3)
    track.socket.arrive(track.quote(packet, kind=kind, code=code, cut=cut), own)

    track.pass_(1.01)

    (result,) = track.results()
    reason = "no answer to ARP" if v4 else "no answer to neighbour discovery"
    assert (result.outcome, result.reason, result.refusal) == (Outcome.ERROR, reason, None)


@pytest.mark.parametrize(("kind", "code"), [(3, 3), (3, 13)])
@pytest.mark.parametrize("refused", [True, False])
def test_what_our_own_firewall_rejects_is_no_word_of_a_host(kind: int, code: int, refused: bool) -> None:
    """It answers the request with an error, and the kernel refuses to send it."""
    track = Track(one_attempt("10.77.0.2"))
    track.sweep_results.own = frozenset({bytes_of(OWN_V4)})
    ((packet, _),) = track.send()
    if refused:
        track.sweep_results.refuse(0, Refusal.FIREWALL, "cannot send: a firewall of this machine forbids it")
    track.socket.arrive(track.quote(packet, kind=kind, code=code), OWN_V4)

    track.pass_(1.01)

    (result,) = track.results()
    assert (result.outcome, result.refusal) == (Outcome.UNSENDABLE, Refusal.FIREWALL)
    assert result.reason == "cannot send: a firewall of this machine forbids it"


def test_an_error_of_our_own_that_is_for_no_neighbour_is_like_any_router_s() -> None:
    track = Track(one_attempt("10.77.0.2"))
    track.sweep_results.own = frozenset({bytes_of(OWN_V4)})
    ((packet, _),) = track.send()
    track.socket.arrive(track.quote(packet, kind=11, code=0), OWN_V4)

    track.pass_(1.01)

    assert track.results()[0].reason == "time exceeded, says 10.77.0.1"


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.ENOBUFS])
def test_a_full_buffer_is_no_failure_but_a_reason_to_wait(number: int) -> None:
    track = Track(A, B)
    track.socket.refusals.append(OSError(number, ""))
    track.socket.answer_everything()

    assert track.send() == []
    assert track.family.full
    assert track.family.waiting == 2

    assert [address[0] for _, address in track.send()] == [B.name, A.name]
    track.family.drain()
    assert [(result.alive, result.attempts) for result in track.results()] == [(True, 1), (True, 1)]


def test_a_buffer_that_stays_full_is_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "PATIENCE", 0.01)
    track = Track(one_attempt("10.77.0.2"))
    track.socket.refusals.extend(OSError(errno.ENOBUFS, "") for _ in range(2))
    track.send()
    time.sleep(0.02)
    track.send()

    track.pass_(1.01)

    assert track.results()[0].reason == "cannot send: no buffer space available"


def test_a_datagram_socket_that_reports_another_host_s_error_sends_again() -> None:
    track = Track(one_attempt("10.77.0.2"), one_attempt("10.77.0.3"), kind=SocketKind.DATAGRAM)
    track.family.send(1)
    ((first, _),) = track.socket.sent
    destination = bytes([10, 77, 0, 2])
    track.socket.queued = [QueuedError(3, 1, bytes_of(ROUTER), destination, first)]
    track.socket.refusals.append(OSError(errno.EHOSTUNREACH, ""))
    track.socket.answer_everything()

    track.send()
    track.pass_(1.01)

    unreachable, alive = track.results()
    assert unreachable.reason == "host unreachable, says 10.77.255.254"
    assert (alive.alive, alive.attempts) == (True, 1)
    assert track.socket.others == 1  # and no discard of ours, though IPv6 counts it as one


def test_a_datagram_socket_that_refuses_twice_means_it() -> None:
    track = Track(one_attempt("10.77.0.2"), kind=SocketKind.DATAGRAM)
    track.socket.refusals.extend(OSError(errno.ENETUNREACH, "") for _ in range(2))

    track.send()
    track.pass_(1.01)

    assert track.results()[0].reason == "cannot send: network is unreachable"
    assert track.socket.others == 0


@pytest.mark.parametrize("attempts", [1, 3])
def test_a_socket_that_does_not_tell_of_discarded_requests_is_watched(attempts: int) -> None:
    track = Track(Target("fd77::2", attempts, timeout=1.0), kind=SocketKind.DATAGRAM)
    track.send()
    track.socket.discards = True

    while track.sweep_results.open:
        track.pass_(1.01)
        track.send()

    (result,) = track.results()
    assert (result.outcome, result.refusal) == (Outcome.UNSENDABLE, Refusal.FIREWALL)


def test_a_host_that_answers_a_watched_request_is_alive() -> None:
    track = Track(Target("fd77::2", 1, timeout=1.0), kind=SocketKind.DATAGRAM)
    track.send()
    track.socket.discards = True
    track.pass_(1.01)
    track.socket.discards = False
    track.socket.answer_everything()

    track.send()
    track.family.drain()

    (result,) = track.results()
    assert (result.alive, result.attempts) == (True, 2)


def spoil(track: Track) -> None:
    track.socket.full = True


def leave(track: Track) -> None:
    assert not track.socket.full


@pytest.mark.parametrize(("trouble", "attempts"), [(spoil, 3), (leave, 1)], ids=["overflow", "no overflow"])
def test_an_attempt_whose_reply_may_have_been_dropped_here_is_no_evidence(
    trouble: Callable[[Track], None], attempts: int
) -> None:
    track = Track(one_attempt("10.77.0.2"))
    while track.sweep_results.open:
        track.send()
        trouble(track)
        track.pass_(1.01)

    assert track.results()[0].attempts == attempts


def test_an_overflow_before_the_request_spoils_nothing() -> None:
    track = Track(one_attempt("10.77.0.2"))
    spoil(track)
    track.family.drain()
    track.send()

    track.pass_(1.01)

    assert track.results()[0].attempts == 1


def test_foreign_packets_are_counted_and_ignored() -> None:
    track = Track(A)
    ((packet, address),) = track.send()
    for stray in (b"", b"\0" * 24, packet, echo_reply(Version.V4, packet)[:-1]):
        track.socket.arrive(stray, address)

    track.family.drain()

    assert track.sweep_results.open == 1
    assert track.family.strays == 4


def test_more_replies_than_fit_into_one_read_are_all_read() -> None:
    hosts = [one_attempt(f"10.77.{number >> 8}.{number & 255}") for number in range(1000)]
    track = Track(*hosts)
    track.socket.answer_everything()

    track.send()
    track.family.drain()

    assert track.sweep_results.open == 0
