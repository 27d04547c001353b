"""Numeric addresses: as a person reads them, as the socket module takes them, and as the kernel writes them."""

import socket
from collections.abc import Iterable
from struct import Struct

from conntest_tui.icmp.packet import Version

# As in the socket module: (address, port) for IPv4, (address, port, flow label, scope) for IPv6; the port is always 0.
SocketAddress = tuple[str, int] | tuple[str, int, int, int]

# struct sockaddr_in and sockaddr_in6 as the kernel fills them in for an ICMP packet: family, port 0, (flow label 0,)
# address, (scope).
_V4_HEAD, _V4_TAIL = Struct("@HH").pack(socket.AF_INET, 0), bytes(8)
_V6 = Struct("@HHI16sI")
SOCKADDR_SIZE = {Version.V4: len(_V4_HEAD) + 4 + len(_V4_TAIL), Version.V6: _V6.size}
_PACKED = {Version.V4: slice(4, 8), Version.V6: slice(8, 24)}


def sockaddrs_v4(names: Iterable[str]) -> list[bytes | None]:
    """Return the `sockaddr` of each name that is an IPv4 address, None for the others."""
    sockaddrs: list[bytes | None] = []
    for name in names:
        try:
            sockaddrs.append(_V4_HEAD + socket.inet_pton(socket.AF_INET, name) + _V4_TAIL)
        except (OSError, ValueError):
            sockaddrs.append(None)
    return sockaddrs


def numeric(name: str) -> tuple[str, bytes]:
    """Return the address that `name` spells in numbers, in its normal form (`fe80::1%eth0`), and its `sockaddr`.

    Raises:
        ValueError: it is no address, so it may be a name.
        OSError: its zone is no interface of this machine.
    """
    try:
        return name, _V4_HEAD + socket.inet_pton(socket.AF_INET, name) + _V4_TAIL
    except OSError:
        pass
    address, _, zone = name.partition("%")
    try:
        in_bytes = socket.inet_pton(socket.AF_INET6, address)
    except OSError:
        raise ValueError(f"{name!r} is no address") from None
    scope = 0
    if zone:
        scope = int(zone) if zone.isdecimal() else socket.if_nametoindex(zone)
    sockaddr = _V6.pack(socket.AF_INET6, 0, 0, in_bytes, scope)
    return text_of(sockaddr), sockaddr


def sockaddr_of(address: SocketAddress) -> bytes:
    """Return an address as the kernel writes it when a packet comes from there."""
    if len(address) == 2:
        return _V4_HEAD + socket.inet_pton(socket.AF_INET, address[0]) + _V4_TAIL
    return _V6.pack(socket.AF_INET6, 0, 0, socket.inet_pton(socket.AF_INET6, address[0]), address[3])


def version_of(sockaddr: bytes) -> Version:
    """Return the version of IP that a `sockaddr` belongs to."""
    return Version.V6 if len(sockaddr) == _V6.size else Version.V4


def packed(sockaddr: bytes) -> bytes:
    """Return the 4 or 16 bytes of the address in a `sockaddr`."""
    return sockaddr[_PACKED[version_of(sockaddr)]]


def scope_of(sockaddr: bytes) -> int:
    """Return the number of the interface that a link-local address belongs to; 0 for all others."""
    return int(_V6.unpack(sockaddr)[-1]) if version_of(sockaddr) is Version.V6 else 0


def text_of(sockaddr: bytes) -> str:
    """Return the address in a `sockaddr` for a person, with its zone if it has one."""
    if version_of(sockaddr) is Version.V4:
        return socket.inet_ntop(socket.AF_INET, packed(sockaddr))
    address, scope = socket.inet_ntop(socket.AF_INET6, packed(sockaddr)), scope_of(sockaddr)
    if not scope:
        return address
    try:
        return f"{address}%{socket.if_indextoname(scope)}"
    except OSError:  # the interface went away meanwhile
        return f"{address}%{scope}"
