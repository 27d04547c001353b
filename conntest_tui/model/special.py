"""Addresses that no host can have, whoever names them: a file or name service."""

from ipaddress import IPv4Address, IPv6Address


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
