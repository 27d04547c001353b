import ipaddress
from array import array

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conntest_tui.icmp.packet import NOT_OURS, REQUEST_SIZE, Echo, Version, checksum
from tests.icmp.packets import echo_reply, error_message, ipv4, ipv6, plain_checksum, with_checksum

HOST_V4, ROUTER_V4, OWN_V4 = (ipaddress.ip_address(a).packed for a in ("10.77.0.9", "10.77.255.254", "10.77.0.1"))
HOST_V6, OWN_V6 = (ipaddress.ip_address(a).packed for a in ("fd77::9", "fd77::1"))
HOST = {Version.V4: HOST_V4, Version.V6: HOST_V6}

versions = st.sampled_from(Version)
words = st.integers(0, 0xFFFF)
numbers = st.one_of(st.integers(0, 50), st.integers(65_530, 65_540), st.integers(0, 500_000))


def echo_of(version: Version, identifier: int, number: int = 0) -> Echo:
    """One whose next request has this number."""
    return Echo(version, identifier, array("Q", bytes(8 * number)))


def request_of(echo: Echo, number: int) -> bytes:
    (request,) = echo.requests(number, 1)
    return request


echoes = st.builds(echo_of, versions, words, st.integers(0, 9))


def answered(echo: Echo, packet: bytes) -> int:
    (number,) = echo.answered([packet])
    return number


def error_packet(version: Version, kind: int, code: int, request: bytes, cut: int = REQUEST_SIZE) -> bytes:
    """An error from a router about a request, as a raw socket receives it; the quote ends after `cut` bytes of ICMP."""
    if version is Version.V4:
        quoted = ipv4(request, source=OWN_V4, destination=HOST_V4)[: 20 + cut]
        return ipv4(error_message(kind, code, quoted), source=ROUTER_V4, destination=OWN_V4)
    quoted = ipv6(request, source=OWN_V6, destination=HOST_V6)[: 40 + cut]
    return error_message(kind, code, quoted)


@given(st.binary(max_size=200))
def test_the_checksum_agrees_with_the_plain_reference(data: bytes) -> None:
    assert checksum(data) == plain_checksum(data)


@given(words, numbers)
def test_a_request_carries_the_right_checksum(identifier: int, number: int) -> None:
    request = request_of(echo_of(Version.V4, identifier, number), number)

    assert request == with_checksum(request)


@given(versions, words, numbers)
def test_a_request_carries_identifier_sequence_and_number(version: Version, identifier: int, number: int) -> None:
    request = request_of(echo_of(version, identifier, number), number)

    assert request[0] == (8 if version is Version.V4 else 128)
    assert request[1] == 0
    assert int.from_bytes(request[4:6]) == identifier
    assert int.from_bytes(request[6:8]) == number % 65_536
    assert int.from_bytes(request[8:12]) == number
    assert len(request) == REQUEST_SIZE


def test_requests_are_numbered_one_after_the_other() -> None:
    echo = echo_of(Version.V4, 1, 65_534)

    requests = echo.requests(65_534, 4)

    assert [int.from_bytes(request[8:12]) for request in requests] == [65_534, 65_535, 65_536, 65_537]
    assert [int.from_bytes(request[6:8]) for request in requests] == [65_534, 65_535, 0, 1]
    assert echo.answered([echo_reply(Version.V4, request) for request in requests]) == list(range(65_534, 65_538))


def test_every_request_has_a_secret_of_its_own() -> None:
    echo = echo_of(Version.V4, 1)

    requests = echo.requests(0, 1000)
    again = echo.requests(0, 1000)

    assert len({request[12:] for request in (*requests, *again)}) == 2000
    # Those that did not go out are void, and so are the secrets that they would have told.
    assert set(echo.answered([echo_reply(Version.V4, request) for request in requests])) == {NOT_OURS}


@given(versions, words, st.integers(0, 99), st.integers(0, 150))
def test_who_was_asked_cannot_answer_for_anybody_else(version: Version, identifier: int, own: int, other: int) -> None:
    assume(own != other)
    echo = echo_of(version, identifier)
    asked = echo.requests(0, 100)[own]
    forged = asked[:6] + other.to_bytes(2) + other.to_bytes(4) + asked[12:]
    kind, code = (3, 1) if version is Version.V4 else (1, 3)

    assert answered(echo, echo_reply(version, forged)) == NOT_OURS
    assert echo.error(error_packet(version, kind, code, with_checksum(forged))) is None
    assert echo.altered(echo_reply(version, forged)) == (other, other)


@given(versions, words, numbers)
def test_the_reply_to_a_request_is_known(version: Version, identifier: int, number: int) -> None:
    echo = echo_of(version, identifier, number)

    assert answered(echo, echo_reply(version, request_of(echo, number))) == number


@given(words, numbers, st.integers(0, 10))
def test_the_reply_is_known_behind_an_ip_header_with_options(identifier: int, number: int, options: int) -> None:
    echo = echo_of(Version.V4, identifier, number)
    reply = echo_reply(Version.V4, request_of(echo, number))

    packet = ipv4(reply, source=HOST_V4, destination=OWN_V4, options=bytes(4 * options))

    assert answered(echo, packet) == number


@given(words, numbers, st.integers(0, 8 * REQUEST_SIZE - 1))
def test_a_reply_with_any_bit_altered_is_not_ours(identifier: int, number: int, bit: int) -> None:
    echo = echo_of(Version.V4, identifier, number)
    reply = bytearray(echo_reply(Version.V4, request_of(echo, number)))
    reply[bit // 8] ^= 1 << bit % 8

    assert answered(echo, bytes(reply)) == NOT_OURS
    assert answered(echo, ipv4(bytes(reply), source=HOST_V4, destination=OWN_V4)) == NOT_OURS


@given(versions, words, numbers, st.binary(min_size=REQUEST_SIZE, max_size=REQUEST_SIZE))
def test_a_reply_altered_anywhere_is_not_ours_even_with_its_checksum_put_right(
    version: Version, identifier: int, number: int, mask: bytes
) -> None:
    echo = echo_of(version, identifier, number)
    reply = echo_reply(version, request_of(echo, number))
    altered = with_checksum(bytes(byte ^ flip for byte, flip in zip(reply, mask, strict=True)))
    # Number and sequence altered alike make the reply to another request: that one's source must match then.
    assume(altered[:2] + altered[4:6] + altered[12:] != reply[:2] + reply[4:6] + reply[12:])

    assert answered(echo, altered) == NOT_OURS


@given(versions, words, numbers, st.integers(0, REQUEST_SIZE - 1))
def test_a_reply_cut_short_is_not_ours(version: Version, identifier: int, number: int, size: int) -> None:
    echo = echo_of(version, identifier, number)
    cut = echo_reply(version, request_of(echo, number))[:size]

    assert answered(echo, cut) == NOT_OURS
    assert answered(echo, ipv4(cut, source=HOST_V4, destination=OWN_V4)) == NOT_OURS


@given(versions, words, numbers, st.binary(min_size=1, max_size=80))
def test_a_reply_with_something_added_is_not_ours(version: Version, identifier: int, number: int, more: bytes) -> None:
    echo = echo_of(version, identifier, number)

    assert answered(echo, with_checksum(echo_reply(version, request_of(echo, number)) + more)) == NOT_OURS


@given(versions, words, numbers)
def test_the_reply_to_another_sweep_is_not_ours(version: Version, identifier: int, number: int) -> None:
    ours, others = echo_of(version, identifier, number), echo_of(version, identifier, number)
    ours.requests(number, 1)
    request = request_of(others, number)

    for spoken in Version:
        assert answered(ours, echo_reply(spoken, request)) == NOT_OURS


@given(versions, words, numbers)
def test_our_own_request_coming_back_is_no_reply(version: Version, identifier: int, number: int) -> None:
    echo = echo_of(version, identifier, number)

    assert answered(echo, request_of(echo, number)) == NOT_OURS


@given(echoes, st.lists(st.binary(max_size=120)))
def test_any_bytes_are_read_without_an_exception(echo: Echo, packets: list[bytes]) -> None:
    assert echo.answered(packets) == [NOT_OURS] * len(packets)
    for packet in packets:
        assert echo.error(packet) is None
        assert echo.altered(packet) is None


@given(echoes, st.binary(max_size=40), st.binary(max_size=80), st.integers(0, 255), st.integers(0, 255))
def test_any_quote_is_read_without_an_exception(
    echo: Echo, destination: bytes, request: bytes, kind: int, code: int
) -> None:
    assert echo.quoted(kind, code, destination, request) is None
    assert echo.error(ipv4(error_message(kind, code, request), source=HOST_V4, destination=OWN_V4)) is None


@given(versions, words, numbers, st.integers(8, REQUEST_SIZE))
def test_an_error_is_matched_by_whatever_it_quotes(version: Version, identifier: int, number: int, cut: int) -> None:
    echo = echo_of(version, identifier, number)
    kind, code = (3, 1) if version is Version.V4 else (1, 3)

    quote = echo.error(error_packet(version, kind, code, request_of(echo, number), cut))

    assert quote is not None
    assert quote.meaning == "host unreachable"
    assert quote.destination == HOST[version]
    assert quote.sequence == number % 65_536
    assert quote.number == (number if cut >= 12 else None)


@given(versions, words, numbers, st.integers(0, 7))
def test_a_quote_cut_before_the_sequence_names_nobody(version: Version, identifier: int, number: int, cut: int) -> None:
    echo = echo_of(version, identifier, number)
    kind, code = (3, 1) if version is Version.V4 else (1, 3)

    assert echo.error(error_packet(version, kind, code, request_of(echo, number), cut)) is None


@given(words, numbers)
def test_an_error_about_a_stranger_s_request_is_ignored(identifier: int, number: int) -> None:
    ours, others = (echo_of(Version.V4, identifier, number) for _ in range(2))
    ours.requests(number, 1)
    request = request_of(others, number)

    for version, kind in ((Version.V4, 3), (Version.V6, 1)):
        assert ours.error(error_packet(version, kind, 0, request)) is None


def test_an_error_with_a_bad_checksum_is_ignored() -> None:
    echo = echo_of(Version.V4, 7, 5)
    packet = bytearray(error_packet(Version.V4, 3, 1, request_of(echo, 5)))
    packet[22] ^= 0x10

    assert echo.error(bytes(packet)) is None


def test_an_error_that_quotes_a_request_with_ip_options_is_matched() -> None:
    echo = echo_of(Version.V4, 7, 5)
    quoted = ipv4(request_of(echo, 5), source=OWN_V4, destination=HOST_V4, options=bytes(8))

    quote = echo.error(ipv4(error_message(11, 0, quoted), source=ROUTER_V4, destination=OWN_V4))

    assert quote is not None
    assert (quote.meaning, quote.number) == ("time exceeded", 5)


def test_an_error_about_something_else_than_icmp_is_ignored() -> None:
    echo = echo_of(Version.V4, 7, 5)
    quoted = ipv4(request_of(echo, 5), source=OWN_V4, destination=HOST_V4, protocol=17)

    assert echo.error(ipv4(error_message(3, 1, quoted), source=ROUTER_V4, destination=OWN_V4)) is None


@pytest.mark.parametrize(
    ("version", "kind", "code", "meaning"),
    [
        (Version.V4, 3, 0, "network unreachable"),
        (Version.V4, 3, 1, "host unreachable"),
        (Version.V4, 3, 9, "communication prohibited"),
        (Version.V4, 3, 10, "communication prohibited"),
        (Version.V4, 3, 13, "communication prohibited"),
        (Version.V4, 3, 99, "destination unreachable"),
        (Version.V4, 11, 0, "time exceeded"),
        (Version.V4, 12, 0, "parameter problem"),
        (Version.V6, 1, 0, "network unreachable"),
        (Version.V6, 1, 1, "communication prohibited"),
        (Version.V6, 1, 3, "host unreachable"),
        (Version.V6, 2, 0, "packet too big"),
        (Version.V6, 3, 0, "time exceeded"),
        (Version.V6, 4, 1, "parameter problem"),
    ],
)
def test_errors_are_told_in_words(version: Version, kind: int, code: int, meaning: str) -> None:
    echo = echo_of(version, 7, 5)

    quote = echo.error(error_packet(version, kind, code, request_of(echo, 5)))

    assert quote is not None
    assert quote.meaning == meaning


@pytest.mark.parametrize("kind", [4, 5], ids=["source quench", "redirect"])
def test_advice_is_no_error(kind: int) -> None:
    echo = echo_of(Version.V4, 7, 5)

    assert echo.error(error_packet(Version.V4, kind, 0, request_of(echo, 5))) is None
