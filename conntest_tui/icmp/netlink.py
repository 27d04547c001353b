"""What the kernel knows of this machine's own network: addresses, carriers, routes, full neighbour tables.

Questions over a netlink socket, which need no privileges. Sources: netlink(7), rtnetlink(7), and include/uapi/linux:
netlink.h, rtnetlink.h, if_addr.h, if_link.h, neighbour.h.
"""

import errno
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import Any

from conntest_tui.icmp.ip_addresses import bare, version_of, with_zone
from conntest_tui.icmp.packet import Version

# Requests that are put with one call. Their replies wait in the receive buffer, where each takes about a kilobyte.
_TOGETHER = 64
_PATIENCE = 2.0  # seconds; the kernel answers before the call that asks returns
_SIZE = 1 << 15  # the most that the kernel puts into one message of a dump

_HEADER = Struct("=IHHI4x")  # struct nlmsghdr: length, type, flags, sequence, port
_ATTRIBUTE = Struct("=HH")  # struct rtattr: length, type
_LINK = Struct("=BxHiII")  # struct ifinfomsg: family, device type, index, flags, change
_ADDRESS = Struct("=BBBBI")  # struct ifaddrmsg: family, prefix length, flags, scope, index
_ROUTE = Struct("=BBBBBBBBI")  # struct rtmsg: family, lengths, tos, table, protocol, scope, type, flags
_TABLE = Struct("=B3x")  # struct ndtmsg: family
_ERROR = Struct("=i")
_WORD = Struct("=I")
_STATISTICS = Struct("=11Q")  # struct ndt_stats; table_fulls is the last of them, since Linux 4.3

_REQUEST, _DUMP, _INTERRUPTED = 0x1, 0x300, 0x10
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NEWLINK, _GETLINK, _NEWADDR, _GETADDR, _NEWROUTE, _GETROUTE = 16, 18, 20, 22, 24, 26
_NEWNEIGHTBL, _GETNEIGHTBL = 64, 66
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_IFLA_IFNAME, _IFLA_EXT_MASK, _IFLA_CARRIER, _IFLA_CARRIER_DOWN_COUNT = 3, 29, 33, 48
_SKIP_STATISTICS = 8  # RTEXT_FILTER_SKIP_STATS
_RTA_DST, _RTA_SRC, _RTA_OIF, _RTA_GATEWAY = 1, 2, 4, 5
_FIB_MATCH = 0x2000
_NDTA_STATS, _TABLE_FULLS = 7, 10

_FAMILY = {Version.V4: socket.AF_INET, Version.V6: socket.AF_INET6}


@dataclass(frozen=True, slots=True)
class Link:
    """An interface of this machine.

    Attributes:
        name: what it is called.
        carrier: whether it has carrier: a cable, an access point, a peer.
        losses: how often it has lost it; 0 where the kernel does not count (before Linux 4.16).
    """

    name: str
    carrier: bool = True
    losses: int = 0


@dataclass(frozen=True, slots=True)
class Condition:
    """How this machine's network is; of two of them the difference tells what happened in between.

    Attributes:
        links: the interfaces by number.
        overflows: how often the neighbour table of each version of IP has had no room.
    """

    links: Mapping[int, Link] = field(default_factory=dict)
    overflows: Mapping[Version, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """Which way requests to an address leave this machine.

    Attributes:
        interface: the number of the interface; 0 when there is no way, or it is not known.
        gateway: the router that they are handed to, 4 or 16 bytes; none (`b""`) when the address is on the link.
    """

    interface: int = 0
    gateway: bytes = b""


class Netlink:
    """A netlink socket. Every question raises an OSError when the kernel does not answer it."""

    def __init__(self) -> None:
        """Open it.

        Raises:
            OSError: this machine has none, or grants none (RestrictAddressFamilies of systemd).
        """
        family = getattr(socket, "AF_NETLINK", None)
        if family is None:
            raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
        self._socket = socket.socket(family, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)  # 0: NETLINK_ROUTE
        self._socket.settimeout(_PATIENCE)
        self._serial = 0

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def addresses(self) -> frozenset[bytes]:
        """Return the addresses of all interfaces, in bytes, see `ip_addresses`."""
        found = set()
        for payload in self._dump(_GETADDR, _NEWADDR, _ADDRESS.pack(0, 0, 0, 0, 0)):
            *_, index = _ADDRESS.unpack_from(payload)
            attributes = dict(_parts(payload, _ATTRIBUTE, _ADDRESS.size))
            # Of a point-to-point interface the local end is ours, the address that of the far end.
            own = attributes.get(_IFA_LOCAL) or attributes.get(_IFA_ADDRESS, b"")
            found.add(with_zone(own, index))
        return frozenset(found)

    def condition(self) -> Condition:
        """Return how the network is."""
        return Condition(self._links(), self._overflows())

    def _links(self) -> dict[int, Link]:
        found = {}
        body = _LINK.pack(0, 0, 0, 0, 0) + _attribute(_IFLA_EXT_MASK, _WORD.pack(_SKIP_STATISTICS))
        for payload in self._dump(_GETLINK, _NEWLINK, body):
            attributes = dict(_parts(payload, _ATTRIBUTE, _LINK.size))
            name = attributes.get(_IFLA_IFNAME, b"").rstrip(b"\0").decode(errors="replace")
            losses = attributes.get(_IFLA_CARRIER_DOWN_COUNT)
            found[_LINK.unpack_from(payload)[2]] = Link(
                name, attributes.get(_IFLA_CARRIER) != b"\0", _WORD.unpack(losses)[0] if losses else 0
            )
        return found

    def routes(self, addresses: Sequence[bytes], own: bytes = b"", interface: int = 0) -> list[Route]:
        """Return the way to each address, for requests from an own address or through an interface if one is given."""
        found: list[Route] = []
        for start in range(0, len(addresses), _TOGETHER):
            first = self._serial + 1
            some = addresses[start : start + _TOGETHER]
            requests = b"".join(self._route_request(address, own, interface) for address in some)
            self._socket.send(requests)
            while self._serial - first >= len(found) - start:
                found += [_route(kind, payload) for kind, _, serial, payload in self._receive() if serial >= first]
        return found

    def _overflows(self) -> dict[Version, int]:
        found = dict.fromkeys(Version, 0)
        for payload in self._dump(_GETNEIGHTBL, _NEWNEIGHTBL, _TABLE.pack(0)):
            statistics = dict(_parts(payload, _ATTRIBUTE, _TABLE.size)).get(_NDTA_STATS, b"")
            for version, family in _FAMILY.items():
                if payload[0] == family and len(statistics) >= _STATISTICS.size:
                    found[version] = _STATISTICS.unpack_from(statistics)[_TABLE_FULLS]
        return found

    def _route_request(self, address: bytes, own: bytes, interface: int) -> bytes:
        plain, bits = bare(address), 8 * len(bare(address))
        from_own = len(own) == len(address)
        # Through an interface without a route Linux takes everybody for a neighbour, unless asked for the entry itself.
        flags = _FIB_MATCH if interface else 0
        body = _ROUTE.pack(_FAMILY[version_of(address)], bits, bits if from_own else 0, 0, 0, 0, 0, 0, flags)
        body += _attribute(_RTA_DST, plain)
        if from_own:
            body += _attribute(_RTA_SRC, bare(own))
        if interface or any(address[16:]):  # the zone of a link-local address
            body += _attribute(_RTA_OIF, _WORD.pack(interface) if interface else address[16:])
        return self._request(_GETROUTE, 0, body)

    def _request(self, kind: int, flags: int, body: bytes) -> bytes:
        self._serial += 1
        return _HEADER.pack(_HEADER.size + len(body), kind, _REQUEST | flags, self._serial) + body

    def _dump(self, kind: int, wanted: int, body: bytes) -> list[bytes]:
        """Return the payloads of a dump; once more if something changed in its midst."""
        found: list[bytes] = []
        for _ in range(3):
            self._socket.send(self._request(kind, _DUMP, body))
            messages = list(self._until_done())
            found = [payload for answer, _, payload in messages if answer == wanted]
            if not any(flags & _INTERRUPTED for _, flags, _ in messages):
                break
        return found

    def _until_done(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield type, flags and payload of the answers to the last request, up to the one that ends a dump."""
        while True:
            for answer, flags, serial, payload in self._receive():
                if serial != self._serial:
                    continue
                if answer == _NLMSG_ERROR:
                    number = -_ERROR.unpack_from(payload)[0]
                    raise OSError(number, os.strerror(number))
                yield answer, flags, payload
                if answer == _NLMSG_DONE:
                    return

    def _receive(self) -> Iterator[tuple[Any, ...]]:
        """Yield type, flags, sequence number and payload of the messages that come next."""
        return _parts(self._socket.recv(_SIZE), _HEADER)


def _route(kind: int, payload: bytes) -> Route:
    if kind != _NEWROUTE:  # an error: there is no way
        return Route()
    attributes = dict(_parts(payload, _ATTRIBUTE, _ROUTE.size))
    interface = attributes.get(_RTA_OIF)
    return Route(_WORD.unpack(interface)[0] if interface else 0, attributes.get(_RTA_GATEWAY, b""))


def _parts(data: bytes, header: Struct, position: int = 0) -> Iterator[tuple[Any, ...]]:
    """Yield messages or attributes: what their header, which begins with the length, says beside that; the payload."""
    while position + header.size <= len(data):
        length, *others = header.unpack_from(data, position)
        if length < header.size:
            return
        yield *others, data[position + header.size : position + length]
        position += (length + 3) & ~3


def _attribute(kind: int, content: bytes) -> bytes:
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(content), kind) + content  # all of ours are words
