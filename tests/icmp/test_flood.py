"""More packets than there can be in answer to what was asked: bounded work, and true replies count all the same."""

import errno

from conntest_tui.icmp.batch_io import QueuedError
from conntest_tui.icmp.icmp_socket import SocketKind
from conntest_tui.icmp.ip_addresses import SocketAddress, bytes_of
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.reply_matching import STRAYS, STRAYS_PER_REQUEST
from conntest_tui.model import Outcome, Target
from tests.icmp.family_track import ROUTER, Track, one_attempt
from tests.icmp.packets import echo_reply

HOST, OTHER = Target("10.77.0.2", 1, 1.0), Target("10.77.0.3", 1, 1.0)
BOUND = STRAYS + 2 * STRAYS_PER_REQUEST


def test_a_look_ends_with_what_had_arrived_when_it_began() -> None:
    track = Track(HOST, OTHER)
    first, _ = track.send()
    junk = echo_reply(Version.V4, first[0][:-1] + bytes([first[0][-1] ^ 1]))
    looks = 0

    def go_on() -> None:
        nonlocal looks
        looks += 1
        for _ in range(200):  # more than is read in one go
            track.socket.arrive(junk, first[1])

    for _ in range(1000):
        track.socket.arrive(junk, first[1])
    track.socket.reply(*first)
    track.socket.on_receive = go_on

    track.family.drain()

    assert [result.alive for result in track.results()] == [True, False]
    assert 1001 // 128 < looks < 12


def test_packets_that_the_kernel_stamps_as_they_are_read_are_all_read() -> None:
    track = Track(*(one_attempt(f"10.77.{number >> 8}.{number & 255}") for number in range(1000)))
    track.socket.stamps_as_read = True
    track.socket.answer_everything()
    track.send()

    track.family.drain()

    assert track.sweep_results.open == 0


def test_replies_are_known_among_any_number_of_forgeries() -> None:
    track = Track(HOST, OTHER)
    first, second = track.send()
    junk = echo_reply(Version.V4, first[0][:-1] + bytes([first[0][-1] ^ 1]))
    for _ in range(2 * BOUND):
        track.socket.arrive(junk, first[1])
    track.socket.reply(*second)

    track.pass_(1.01)

    assert [result.outcome for result in track.results()] == [Outcome.SILENT, Outcome.REPLY]
    assert track.family.strays == 2 * BOUND
    assert track.socket.deaf  # errors would not be worth their while any more


def test_one_reply_that_comes_again_and_again_is_a_flood_as_well() -> None:
    track = Track(HOST, OTHER)
    first, _ = track.send()
    for _ in range(2 * BOUND):
        track.socket.reply(*first)

    track.family.drain()

    assert track.socket.deaf
    assert track.family.strays == 2 * BOUND - 1


def test_a_few_strays_are_no_flood() -> None:
    track = Track(HOST, OTHER)
    first, _ = track.send()
    for _ in range(BOUND):
        track.socket.reply(*first)

    track.family.drain()

    assert not track.socket.deaf


def news(track: Track, request: bytes) -> QueuedError:
    """An error about a request that was never made."""
    made_up = request[:-1] + bytes([request[-1] ^ 1])
    return QueuedError(3, 1, bytes_of(ROUTER), bytes_of((track.sweep_results.names[0], 0)), made_up)


def test_made_up_errors_are_read_until_there_are_too_many() -> None:
    track = Track(HOST, OTHER, kind=SocketKind.DATAGRAM)
    first, _ = track.send()
    track.socket.queued = [news(track, first[0])] * 100_000

    track.family.drain()

    assert track.socket.deaf
    assert track.family.strays < BOUND + 200


def test_a_flood_of_errors_does_not_keep_requests_from_being_sent() -> None:
    """Each send is refused to tell of another error, however often it is tried, until they are ignored."""
    track = Track(HOST, OTHER, one_attempt("10.77.0.4"), kind=SocketKind.DATAGRAM)
    request = track.family._echo.requests(0, 1)[0]
    take = track.socket.send

    def refuse(packet: bytes, address: SocketAddress) -> int:
        if not track.socket.deaf:
            track.socket.queued.append(news(track, request))
            raise OSError(errno.EHOSTUNREACH, "")
        take(packet, address)
        return len(packet)

    track.socket.send = refuse
    track.socket.answer_everything()

    track.send()
    track.pass_(0)

    assert {result.outcome for result in track.results()} == {Outcome.REPLY}
