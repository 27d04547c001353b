"""What comes in over a scripted socket: whom it proves alive, and what it says of the others."""

import ipaddress
import time

import pytest

from conntest_tui.icmp.ip_addresses import SocketAddress, bytes_of
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.reply_matching import HELD_UP, LEAST_RTT, InFlight
from conntest_tui.icmp.sweep_results import SweepResults
from conntest_tui.model import Outcome, Refusal, Target
from tests.icmp.family_track import HOUR, OWN_V4, OWN_V6, ROUTER, ROUTER_V6, A, B, Track, one_attempt
from tests.icmp.packets import echo_reply, ipv4


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
    hosts = [Target(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 1, 60.0) for number in range(65_540)]
    track = Track(*hosts)
    sent = track.send()
    assert sent[3][0][6:8] == sent[65_539][0][6:8]  # the sequence has come round

    for number in (3, 65_539):
        track.socket.reply(*sent[number])
    track.family.drain()
    track.pass_(120)  # to send so many takes a second, and more on a busy machine

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


# ---------------------------------------------------------------- requests in flight


@pytest.fixture
def flight() -> InFlight:
    return InFlight(SweepResults([Target("10.0.0.1")]))


def test_the_requests_of_a_burst_left_one_after_the_other(flight: InFlight) -> None:
    flight.left(4, 10.0, 10.00004)

    assert list(flight.sent) == pytest.approx([10.0, 10.00001, 10.00002, 10.00003])


def test_a_call_that_took_long_was_waiting_and_the_quickest_of_late_is_the_measure(flight: InFlight) -> None:
    flight.left(4, 10.0, 10.00004)
    flight.left(4, 11.0, 11.04)

    assert list(flight.sent)[4:] == pytest.approx([11.0, 11.00001, 11.00002, 11.00003], abs=1e-6)


def test_a_kernel_that_has_become_slower_is_believed_after_a_while(flight: InFlight) -> None:
    flight.left(4, 10.0, 10.00004)
    for second in range(11, 200):
        flight.left(4, second, second + 0.0004)

    assert flight.sent[-1] == pytest.approx(199.0003)


def test_whoever_was_held_up_has_all_its_time(flight: InFlight) -> None:
    flight.left(2, 10.0, 10.0 + 2 * HELD_UP)

    assert list(flight.sent) == [10.0 + 2 * HELD_UP] * 2
    assert flight.rtt(0, -HELD_UP) == pytest.approx(HELD_UP)  # it had left before
    assert flight.rtt(0, -3 * HELD_UP) is None


def test_a_reply_a_little_before_its_request_shows_how_well_that_is_reckoned(flight: InFlight) -> None:
    flight.left(4, 10.0, 10.00004)

    assert flight.rtt(3, -0.000005) == LEAST_RTT
    assert flight.rtt(3, -0.001) is None  # somebody has set the clock
