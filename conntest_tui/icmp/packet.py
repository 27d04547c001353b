"""ICMP echo as bytes: requests built, replies and quoted errors taken apart. Touches no socket.

Every request carries, after the eight bytes of its ICMP header, its number within the sweep and a secret of its own:
a host knows those that it was asked with, and can answer for nobody else. The sequence field repeats the low half of
the number, so that a quote of 28 bytes still identifies the request:

     0      1      2          4            6          8        12       20
    +------+------+----------+------------+----------+--------+--------+
    | type | code | checksum | identifier | sequence | number | secret |
    +------+------+----------+------------+----------+--------+--------+

Sources: RFC 791 and 8200 (IP headers), RFC 792 (ICMP), RFC 4443 (ICMPv6), RFC 1071 (checksum).
"""

import os
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct

REQUEST_SIZE = 20
NOT_OURS = 1 << 32  # no number of a request
SEQUENCES = 1 << 16

_ECHO = Struct("!HHHHIQ")  # type and code, checksum, identifier, sequence, number, secret
_ECHO_HEADER = Struct("!HHHH")
_NO_ECHO = 0, 0, 0, 0, NOT_OURS, 0
_HEADER_SIZE, _SECRET_START, _SECRET_SIZE = 8, 12, 8
_IPV4_HEADER_SIZE, _IPV6_HEADER_SIZE = 20, 40
_PROTOCOL_ICMP, _PROTOCOL_ICMPV6 = 1, 58

# Nearly all packets are replies without IP options. A batch of those is taken apart with one call.
_IPV4_START = b"\x45"
_USUAL = {REQUEST_SIZE: _ECHO, _IPV4_HEADER_SIZE + REQUEST_SIZE: Struct(f"!{_IPV4_HEADER_SIZE}x{_ECHO.format[1:]}")}


class Version(IntEnum):
    """The two versions of IP, each with the ICMP that belongs to it."""

    V4 = 4
    V6 = 6


@dataclass(frozen=True, slots=True)
class Quote:
    """An ICMP error about one of our requests, as far as it quotes that request.

    Attributes:
        meaning: what it says, for a person (`host unreachable`).
        destination: the address that the request was sent to, 4 or 16 bytes.
        sequence: the request's sequence field.
        number: the request's number; None when the quote ends before it.
    """

    meaning: str
    destination: bytes
    sequence: int
    number: int | None


_MEANINGS = {  # by version, type and code; None stands for every other code
    (Version.V4, 3, 0): "network unreachable",
    (Version.V4, 3, 1): "host unreachable",
    (Version.V4, 3, 2): "protocol unreachable",
    (Version.V4, 3, 3): "port unreachable",
    (Version.V4, 3, 4): "fragmentation needed",
    (Version.V4, 3, 5): "source route failed",
    (Version.V4, 3, 6): "network unknown",
    (Version.V4, 3, 7): "host unknown",
    (Version.V4, 3, 8): "host isolated",
    (Version.V4, 3, 9): "communication prohibited",
    (Version.V4, 3, 10): "communication prohibited",
    (Version.V4, 3, 11): "network unreachable",
    (Version.V4, 3, 12): "host unreachable",
    (Version.V4, 3, 13): "communication prohibited",
    (Version.V4, 3, 14): "communication prohibited",
    (Version.V4, 3, 15): "communication prohibited",
    (Version.V4, 3, None): "destination unreachable",
    (Version.V4, 11, None): "time exceeded",
    (Version.V4, 12, None): "parameter problem",
    (Version.V6, 1, 0): "network unreachable",
    (Version.V6, 1, 1): "communication prohibited",
    (Version.V6, 1, 2): "beyond the scope of the source address",
    (Version.V6, 1, 3): "host unreachable",
    (Version.V6, 1, 4): "port unreachable",
    (Version.V6, 1, 5): "communication prohibited",
    (Version.V6, 1, 6): "route rejected",
    (Version.V6, 1, None): "destination unreachable",
    (Version.V6, 2, None): "packet too big",
    (Version.V6, 3, None): "time exceeded",
    (Version.V6, 4, None): "parameter problem",
}

HOST_UNREACHABLE = "host unreachable"
REJECTED = frozenset({"communication prohibited", "port unreachable"})  # what firewalls answer with

REPLY_TYPE = {Version.V4: 0, Version.V6: 129}
REQUEST_TYPE = {Version.V4: 8, Version.V6: 128}
ERROR_TYPES = {version: sorted({kind for v, kind, _ in _MEANINGS if v is version}) for version in Version}


def checksum(data: bytes) -> int:
    """Return the Internet checksum of `data` (RFC 1071); it is 0 over data that holds its own right checksum."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(Struct(f"!{len(data) // 2}H").unpack(data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Echo:
    """The echo requests of one sweep in one version of IP, and how its replies and errors are known.

    A packet is handed in as the socket gives it: with its IP header (raw IPv4 sockets) or without (all others).
    Whatever the bytes are, no method raises an exception.
    """

    def __init__(self, version: Version, identifier: int, secrets: "array[int]") -> None:
        """Prepare what all requests share.

        Args:
            version: which ICMP to speak.
            identifier: 16 bits, the same in all requests.
            secrets: of the requests so far, 64 bits each, by their numbers; those to come are added to it.
        """
        self._version = version
        self._identifier = identifier
        self._secrets = secrets
        self._request = REQUEST_TYPE[version] << 8
        self._reply = REPLY_TYPE[version] << 8
        # The checksum of ICMPv6 covers the addresses too; every kernel verifies it, also for raw sockets (RFC 3542).
        self._verify = version is Version.V4

    def requests(self, first: int, count: int) -> list[bytes]:
        """Return echo requests number `first` and the following, `count` in all; any made before with them are void.

        The numbers below `first` are taken. The checksum is right for IPv4; for IPv6, and for datagram sockets, the
        kernel puts in its own.
        """
        kind, identifier, secrets, pack = self._request, self._identifier, self._secrets, _ECHO.pack
        del secrets[first:]
        secrets.frombytes(os.urandom(count * _SECRET_SIZE))
        requests: list[bytes] = []
        end = first + count
        while first < end:
            high = first & ~0xFFFF  # the sequence begins anew with every 65,536 requests
            # One's complement addition is addition modulo 65,535, and 65,536 is 1 there: so a number or a secret is
            # added as a whole.
            rest = high - kind - identifier
            numbers = range(first, min(end, high + SEQUENCES))
            requests += [
                pack(kind, (rest - 2 * number - secret) % 0xFFFF, identifier, number - high, number, secret)
                for number, secret in zip(numbers, secrets[first : numbers.stop], strict=True)
            ]
            first = numbers.stop
        return requests

    def answered(self, packets: Sequence[bytes]) -> list[int]:
        """Return for each packet the number of the request that it is the whole, unaltered reply to, or `NOT_OURS`.

        The request may not have been sent, and the caller compares the source.
        """
        reply, identifier, secrets, verify = self._reply, self._identifier, self._secrets, self._verify
        known = len(secrets)
        return [
            number
            if number < known
            and secret == secrets[number]
            and kind == reply
            and own == identifier
            and sequence == number & 0xFFFF
            and not (verify and (identifier + check + sequence + number + secret) % 0xFFFF)
            else NOT_OURS
            for kind, check, own, sequence, number, secret in _echo_fields(packets)
        ]

    def altered(self, packet: bytes) -> tuple[int, int] | None:
        """Return sequence and number of what seems to be the reply to one of these requests, but is not.

        It was altered on its way or made up: either may be wrong, and the number is `NOT_OURS` where the packet ends
        before it. None for what is no echo reply with the identifier of these requests.
        """
        raw = self._version is Version.V4 and packet[:1] >= b"\x40"  # an IPv4 header; a reply begins with its type, 0
        message = _after_ipv4_header(packet) if raw else packet
        if not message or len(message) < _HEADER_SIZE:
            return None
        kind, _, identifier, sequence = _ECHO_HEADER.unpack_from(message)
        if kind != self._reply or identifier != self._identifier:
            return None
        number = message[_HEADER_SIZE:_SECRET_START]
        return sequence, int.from_bytes(number) if len(number) == _SECRET_START - _HEADER_SIZE else NOT_OURS

    def error(self, packet: bytes) -> Quote | None:
        """Return what the ICMP error `packet` quotes of one of these requests; None when it is no such error."""
        message = _after_ipv4_header(packet) if self._version is Version.V4 else packet
        if not message or len(message) < _HEADER_SIZE or (self._verify and checksum(message)):
            return None
        inner = message[_HEADER_SIZE:]
        if self._version is Version.V4:
            request, destination = _after_ipv4_header(inner), inner[16:20]
        else:
            request, destination = _after_ipv6_header(inner), inner[24:40]
        return None if request is None else self.quoted(message[0], message[1], destination, request)

    def quoted(self, kind: int, code: int, destination: bytes, request: bytes) -> Quote | None:
        """Return the error of this type and code that quotes `request`, cut anywhere; None unless it is one of ours."""
        version = self._version
        meaning = _MEANINGS.get((version, kind, code)) or _MEANINGS.get((version, kind, None))
        if meaning is None or len(request) < _HEADER_SIZE:
            return None
        type_and_code, _, identifier, sequence = _ECHO_HEADER.unpack_from(request)
        if type_and_code != self._request or identifier != self._identifier:
            return None
        if len(request) < _SECRET_START:
            return Quote(meaning, destination, sequence, None)
        number, secrets = int.from_bytes(request[_HEADER_SIZE:_SECRET_START]), self._secrets
        secret = request[_SECRET_START:REQUEST_SIZE]
        if number & 0xFFFF != sequence or number >= len(secrets):
            return None
        # The quote may hold all of the secret, or end before it.
        known = secrets[number].to_bytes(_SECRET_SIZE).startswith(secret)
        return Quote(meaning, destination, sequence, number) if known else None


def _echo_fields(packets: Sequence[bytes]) -> Iterable[tuple[int, int, int, int, int, int]]:
    """Take apart what may be echo replies, with or without an IPv4 header; `_NO_ECHO` for what cannot be one."""
    size = len(packets[0]) if packets else 0
    layout = _USUAL.get(size)
    if layout is not None and set(map(len, packets)) == {size}:
        together = b"".join(packets)
        if size == REQUEST_SIZE or together[::size] == _IPV4_START * len(packets):
            return layout.iter_unpack(together)
    return map(_fields_of_one, packets)


def _fields_of_one(packet: bytes) -> tuple[int, int, int, int, int, int]:
    start = len(packet) - REQUEST_SIZE
    # An IPv4 header begins with 4 and its own length in words of four bytes.
    if start and (start < 0 or packet[0] << 2 != 0x100 + start):
        return _NO_ECHO
    return _ECHO.unpack_from(packet, start)


def _after_ipv4_header(packet: bytes) -> bytes | None:
    """Return what follows the IPv4 header, None unless there is a whole one that announces ICMP."""
    if len(packet) < _IPV4_HEADER_SIZE or packet[0] >> 4 != 4 or packet[9] != _PROTOCOL_ICMP:
        return None
    length = (packet[0] & 0x0F) * 4
    return packet[length:] if length >= _IPV4_HEADER_SIZE else None


def _after_ipv6_header(packet: bytes) -> bytes | None:
    """Return what follows the IPv6 header, None unless it announces ICMPv6 (our requests carry no extension header)."""
    if len(packet) < _IPV6_HEADER_SIZE or packet[0] >> 4 != 6 or packet[6] != _PROTOCOL_ICMPV6:
        return None
    return packet[_IPV6_HEADER_SIZE:]
