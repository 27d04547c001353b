"""Who answers within a prefix? One echo request after the other to its addresses, and to nothing else."""

import ipaddress

from conntest_tui.config.host_and_mail_addresses import host_name
from conntest_tui.config.problems import Refused
from conntest_tui.importing.imported_hosts import ImportedHost, ImportResult, NotReadableError
from conntest_tui.model import Prober, Target

MOST_ADDRESSES = 4_096
"""Addresses of a prefix: a /20, or a /116 of IPv6."""

ATTEMPTS, TIMEOUT = 2, 1.0
RATE = 500.0
"""Echo requests a second: no burst that a router would limit."""

Prefix = ipaddress.IPv4Network | ipaddress.IPv6Network


def prefix_of(written: str) -> Prefix | None:
    """Return the prefix that `10.1.1.0/24` names, None when it is no prefix.

    Raises:
        NotReadableError: it is one that cannot be swept.
    """
    try:
        prefix = ipaddress.ip_network(written, strict=False)
    except ValueError:
        return None
    if "/" not in written:
        return None
    if prefix.num_addresses > MOST_ADDRESSES:
        least = prefix.max_prefixlen - MOST_ADDRESSES.bit_length() + 1
        hint = f"name prefixes of /{least} and longer, which hold {MOST_ADDRESSES:,} addresses at most"
        raise NotReadableError(f"{prefix} has too many addresses", hint=hint)
    if ipaddress.ip_interface(written).ip != prefix.network_address:
        raise NotReadableError(f"{written} is an address within a prefix", hint=f"write {prefix} if that is meant")
    try:
        for address in addresses(prefix)[:: max(1, prefix.num_addresses - 1)]:
            host_name(address)
    except Refused as refused:
        raise NotReadableError(refused.text, hint="name a prefix of hosts") from refused
    return prefix


def addresses(prefix: Prefix) -> list[str]:
    """Return the addresses of a prefix that can be hosts: neither that of the network nor the broadcast address."""
    return [str(address) for address in prefix.hosts()]


def sweep_prefix(prefix: Prefix, prober: Prober) -> ImportResult:
    """Sweep a prefix once; return who answers, as a group of its own.

    Raises:
        ProbeError: this machine grants no ICMP socket.
    """
    report = prober.sweep([Target(address, ATTEMPTS, TIMEOUT) for address in addresses(prefix)])
    alive = (result.name for result in report.results if result.alive)
    return ImportResult(f"the prefix {prefix}", tuple(ImportedHost(name, group=str(prefix)) for name in alive))
