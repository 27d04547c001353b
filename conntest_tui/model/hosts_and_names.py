"""Hosts: a row of hosts.csv, what is known of its name, and the addresses that no host can have."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address


@dataclass(frozen=True, slots=True)
class Host:
    """One row of hosts.csv, cleaned and checked.

    Attributes:
        name: the address in its normal form (`10.1.1.254`, `fe80::1%eth0`) or the name in lower case. The
            identity of a host everywhere: unique in a configuration.
        description: free text, may be empty.
        location: free text, may be empty.
        group: the `# heading` it is under, empty before the first one.
        parent: name of the host that this one is reached through.
        attempts: echo requests per sweep, when it differs from the settings.
        timeout: seconds to wait for each of them, when it differs from the settings.
        failures: failed sweeps in a row that open an outage, when it differs from the settings.
        mail: False when no mail about it is wanted.
        line: its line in hosts.csv, from 1; 0 when it does not come from a file.
        shown: an international name as hosts.csv writes it, when `name` is its ASCII form for the wire; else empty.
    """

    name: str
    description: str = ""
    location: str = ""
    group: str = ""
    parent: str | None = None
    attempts: int | None = None
    timeout: float | None = None
    failures: int | None = None
    mail: bool = True
    line: int = field(default=0, compare=False)
    shown: str = ""

    @property
    def display_name(self) -> str:
        """Its name as hosts.csv writes it."""
        return self.shown or self.name

    @property
    def label(self) -> str:
        """How every sentence names it: `10.1.1.254 Cisco Router`."""
        return f"{self.display_name} {self.description}".rstrip()


@dataclass(frozen=True, slots=True)
class NameRecord:
    """The last good addresses of a name.

    Attributes:
        name: the name.
        addresses: all of them, numeric, as name service gave them last; empty when it never gave any.
        confirmed: steady time at which it last gave them.
        gone: steady time since when it says that there is no such name, or no address; None while it does not.
        answering: the address that answered last, empty before any has.
        answering_since: POSIX seconds since when it has been the one that answers; None before any has.
    """

    name: str
    addresses: tuple[str, ...] = ()
    confirmed: float = 0.0
    gone: float | None = None
    answering: str = ""
    answering_since: float | None = None


def names_behind(names: Collection[str], hosts: Iterable[Host]) -> set[str]:
    """Return the names of the hosts that are reached through some others, which are not among them."""
    children: dict[str, list[str]] = {}
    for host in hosts:
        if host.parent is not None:
            children.setdefault(host.parent, []).append(host.name)
    found, fresh = set(names), list(names)
    while fresh:
        below = [name for name in children.get(fresh.pop(), ()) if name not in found]
        found.update(below)
        fresh += below
    return found - set(names)


def unusable(address: IPv4Address | IPv6Address) -> str:
    """Return why echo requests cannot be sent to an address of one host, empty when they can.

    An IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2) counts as the IPv4 one.
    """
    if isinstance(address, IPv6Address):
        return _unusable_v6(address)
    return unusable_v4(address.packed)


def unusable_v4(packed: bytes) -> str:
    """Return the same of an IPv4 address in its four bytes."""
    if packed == b"\xff\xff\xff\xff":
        return "is the broadcast address"
    if packed[0] >= 224:
        return "is reserved (240.0.0.0/4)" if packed[0] >= 240 else "is a multicast address"
    return "" if any(packed) else "means no address"


def _unusable_v6(address: IPv6Address) -> str:
    if address.ipv4_mapped is not None:
        return unusable(address.ipv4_mapped)
    if address.is_multicast:
        return "is a multicast address"
    if address.is_link_local and not address.scope_id:  # RFC 4007, section 6
        return "is link-local and lacks its zone"
    return "" if any(address.packed) else "means no address"
