"""Routers that limit ICMP, as nftables does it: policers on the way into the lab's far end."""

import re
from collections.abc import Sequence

from tests.system.lab import Lab, run

BURST = 5
"""Packets that a policer lets through at once."""

_REQUEST = {False: "icmp type echo-request", True: "icmpv6 type echo-request"}


def network(number: int) -> str:
    """Return one of the networks 10.77.0.0/20, 10.77.16.0/20, ...: what has a policer of its own shares no bucket."""
    return f"10.77.{16 * number}.0/20"


def hosts_of(number: int, count: int) -> list[str]:
    """Return so many live hosts of a network."""
    return [f"10.77.{16 * number + n // 250}.{n % 250 + 1}" for n in range(count)]


def police(lab: Lab, rate: float, *nets: str, burst: int = BURST) -> None:
    """Let the far end drop the echo requests above so many a second to each of these networks.

    They are counted before any of them is lost to a dead host, as on a router in front of it.
    """
    rules(
        lab,
        *(
            f"{'ip6' if ':' in net else 'ip'} daddr {net} {_REQUEST[':' in net]} "
            f"limit rate over {rate:g}/second burst {burst} packets drop"
            for net in nets
        ),
    )


def block(lab: Lab, rate: int, seconds: int) -> None:
    """Let the far end drop all echo requests of whoever makes more than so many a second, for so many seconds."""
    table, request = "inet conntest_block", _REQUEST[False]
    text = f"""
        add table {table}
        add set {table} jail {{ type ipv4_addr; timeout {seconds}s; flags dynamic, timeout; size 1024; }}
        add chain {table} way {{ type filter hook prerouting priority -10; }}
        add rule {table} way {request} ip saddr @jail drop
        add rule {table} way {request} limit rate over {rate}/second burst {rate} packets add @jail {{ ip saddr }} drop
    """
    run("ip", "netns", "exec", lab.far, "nft", "-f", "-", stdin=text)


def rules(lab: Lab, *lines: str, where: str = "far", hook: str = "prerouting") -> None:
    """Put rules of nftables in place of those that were there before: in front of the far end, or elsewhere."""
    table, space = f"inet conntest_{hook}", lab.far if where == "far" else lab.near
    begin = [f"add table {table}", f"delete table {table}", f"add table {table}"]
    chain = [f"add chain {table} way {{ type filter hook {hook} priority -10; }}"]
    text = "\n".join([*begin, *chain, *(f"add rule {table} way {line}" for line in lines)])
    run("ip", "netns", "exec", space, "nft", "-f", "-", stdin=text)


def fping(lab: Lab, hosts: Sequence[str]) -> set[str]:
    """Return whom fping finds alive: two retries, ten milliseconds between requests, two seconds for each reply."""
    script = "fping -a -r2 -i10 -t2000 2>&1 || true"
    printed = run(*lab.enter, "sh", "-c", script, stdin="\n".join(hosts))
    return set(re.findall(r"^[0-9a-f.:]+$", printed, re.MULTILINE)) & set(hosts)
