"""Addresses that no host can have, whoever names them: a file or name service."""

from ipaddress import IPv4Address, IPv6Address


def unusable(address: IPv4Address | IPv6Address) -> str:
    """Return why echo requests cannot be sent to an address of one host, empty when they can.

    An IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2) counts as the IPv4 one.
    """
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return unusable(address.ipv4_mapped)
        if not any(address.packed):
            return "means no address"
        if address.is_multicast:
            return "is a multicast address"
        if address.is_link_local and not address.scope_id:  # RFC 4007, section 6
            return "is link-local and lacks its zone"
        return ""
    first = address.packed[0]
    if not any(address.packed):
        return "means no address"
    if address == IPv4Address(0xFFFFFFFF):
        return "is the broadcast address"
    if first >= 240:
        return "is reserved (240.0.0.0/4)"
    return "is a multicast address" if first >= 224 else ""
