"""Addresses: as a person reads them, as the socket module takes them, and in bytes, for comparing.

In bytes, an IPv4 address has 4; an IPv6 address has 20: its own 16 and the number of the interface that a link-local
one belongs to (its scope), 0 for the others. That is how they stand in the kernel's socket addresses.
"""

import socket
from collections.abc import Collection, Sequence
from functools import partial
from struct import Struct

from conntest_tui.icmp.packet import Version

# As in the socket module: (address, port) for IPv4, (address, port, flow label, scope) for IPv6; the port is always 0.
SocketAddress = tuple[str, int] | tuple[str, int, int, int]

SOCKADDR_SIZE = 28  # of struct sockaddr_in6, the longer one
SOURCE = {Version.V4: slice(4, 8), Version.V6: slice(8, 28)}  # where the bytes stand in sockaddr_in and sockaddr_in6

LOOPBACK = 127  # what every address of 127.0.0.0/8 begins with
LOOPBACK_V6 = bytes(15) + b"\1" + bytes(4)

_V4_SIZE = 4
_LINK_LOCAL = b"\xfe\x80"
_V6 = Struct("=16sI")
_to_v4 = partial(socket.inet_pton, socket.AF_INET)


def all_v4(names: Sequence[str]) -> list[bytes]:
    """Return the bytes of each name that is an IPv4 address, none (`b""`) for the others."""
    try:
        return list(map(_to_v4, names))
    except (OSError, ValueError):  # ValueError: a NUL inside
        return [_v4_or_nothing(name) for name in names]


def _v4_or_nothing(name: str) -> bytes:
    try:
        return _to_v4(name)
    except (OSError, ValueError):
        return b""


def numeric(name: str) -> bytes:
    """Return the bytes of the address that `name` spells (`10.0.0.1`, `fe80::1%eth0`).

    Raises:
        ValueError: it is no address, so it may be a name.
        OSError: its zone is no interface of this machine.
    """
    if v4 := _v4_or_nothing(name):
        return v4
    address, separator, zone = name.partition("%")
    try:
        in_bytes = socket.inet_pton(socket.AF_INET6, address)
    except OSError:
        raise ValueError(f"{name!r} is no address") from None
    scope = 0
    if separator:
        scope = int(zone) if zone.isdecimal() else socket.if_nametoindex(zone)
    return _V6.pack(in_bytes, scope)


def bytes_of(address: SocketAddress) -> bytes:
    """Return the bytes of an address as the socket module gives it."""
    if len(address) == 2:
        return _to_v4(address[0])
    return _V6.pack(socket.inet_pton(socket.AF_INET6, address[0]), address[3])


def socket_address(address: bytes) -> SocketAddress:
    """Return an address in bytes as the socket module takes it."""
    if len(address) == _V4_SIZE:
        return socket.inet_ntop(socket.AF_INET, address), 0
    in_bytes, scope = _V6.unpack(address)
    return socket.inet_ntop(socket.AF_INET6, in_bytes), 0, 0, scope


def is_own(address: bytes, own: Collection[bytes]) -> bool:
    """Return whether an address is one of these, which are this machine's, or one of 127.0.0.0/8."""
    return address in own or (len(address) == _V4_SIZE and address[0] == LOOPBACK)


def with_zone(address: bytes, interface: int) -> bytes:
    """Return an address of 4 or 16 bytes as it is known here: a link-local one belongs to an interface."""
    if len(address) == _V4_SIZE:
        return address
    return _V6.pack(address, interface if address.startswith(_LINK_LOCAL) else 0)


def version_of(address: bytes) -> Version:
    """Return the version of IP that an address in bytes belongs to."""
    return Version.V4 if len(address) == _V4_SIZE else Version.V6


def bare(address: bytes) -> bytes:
    """Return the 4 or 16 bytes that stand in an IP header."""
    return address[:16]


def text_of(address: bytes) -> str:
    """Return an address in bytes for a person, with its zone if it has one."""
    parts = socket_address(address)
    scope = 0 if len(parts) == 2 else parts[3]
    if not scope:
        return parts[0]
    try:
        return f"{parts[0]}%{socket.if_indextoname(scope)}"
    except OSError:  # the interface went away meanwhile
        return f"{parts[0]}%{scope}"
