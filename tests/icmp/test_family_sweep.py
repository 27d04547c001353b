"""One family over a scripted socket: how often each target is asked, and when it has failed."""

import errno
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

from conntest_tui.icmp import family_sweep as lane_module
from conntest_tui.icmp.batch_io import QueuedError
from conntest_tui.icmp.family_sweep import FamilySweep
from conntest_tui.icmp.icmp_socket import SocketKind
from conntest_tui.icmp.ip_addresses import bytes_of
from conntest_tui.icmp.sweep_environment import Machine
from conntest_tui.model import Outcome, ProbeResult, Refusal, Target
from tests.icmp.family_track import ROUTER, A, B, Track, one_attempt

T = TypeVar("T")


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
    class Stopped(Machine):
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
