"""What this machine knows about itself, which says nothing about any host: refused requests, own addresses, carriers.

It is looked at when a sweep begins and once more when it ends, and what changed meanwhile counts as well: a cable
that was out for a moment took packets with it.
"""

import errno
import os
from collections.abc import Iterator, Sequence

from conntest_tui.icmp.ip_addresses import bare, text_of, version_of, with_zone
from conntest_tui.icmp.netlink import Condition, Route
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.sweep_environment import Machine
from conntest_tui.icmp.sweep_results import SweepResults
from conntest_tui.model import Outcome, Refusal

# What it means that a neighbour does not answer: the address itself, or the router that the request is handed to.
UNANSWERED = {Version.V4: "no answer to ARP", Version.V6: "no answer to neighbour discovery"}

# How old the first look may be, seconds. What happened since then counts, a little before the sweep or in its midst.
RECENT = 5.0

# The errno of our own send (ip(7), raw(7), ip-route(8)). Whatever is not here is local just as well.
_REFUSALS = {
    errno.ENETUNREACH: (Refusal.NO_ROUTE, "network is unreachable"),
    errno.EHOSTUNREACH: (Refusal.NO_ROUTE, "no route to host"),
    errno.EINVAL: (Refusal.NO_ROUTE, "a route of this machine discards it"),
    errno.EACCES: (Refusal.FIREWALL, "a route of this machine prohibits it"),
    errno.EPERM: (Refusal.FIREWALL, "a firewall of this machine forbids it"),
    errno.ENETDOWN: (Refusal.INTERFACE, "the interface to it is down"),
    errno.ENODEV: (Refusal.INTERFACE, "the interface to it is gone"),
    errno.ENXIO: (Refusal.INTERFACE, "the interface to it is gone"),
    errno.EADDRNOTAVAIL: (Refusal.INTERFACE, "this machine has no address to send it from"),
}


def refusal_of(number: int) -> tuple[Refusal, str]:
    """Return what it says about this machine that a request was refused with this errno, and that for a person."""
    refusal, why = _REFUSALS.get(number) or (Refusal.INTERFACE, os.strerror(number).lower())
    return refusal, f"cannot send: {why}"


def table_is_full(before: Condition, now: Condition, version: Version) -> bool:
    """Return whether the neighbour table of a version of IP has had no room for somebody in between."""
    count = now.overflows.get(version)
    return count != before.overflows.get(version, count)


def no_room(version: Version) -> tuple[Refusal, str]:
    """Return the refusal of a request that found no room in the neighbour table, and that for a person."""
    setting = f"net.ipv{version.value}.neigh.default.gc_thresh3"
    return Refusal.NEIGHBOURS, f"cannot send: this machine's neighbour table is full, raise {setting} (sysctl)"


def explain_failures(machine: Machine, results: SweepResults, beside: Sequence[SweepResults] = ()) -> None:
    """Say of the targets of a sweep that failed what the machine, as it is after the sweep, had to do with it.

    Args:
        machine: what the sweep was made from.
        results: of its targets; how the machine was before is written there.
        beside: of the other parts of the same list.
    """
    failed = [slot for slot in results.failed() if results.sources[slot]]
    if failed:
        now = machine.condition()
        _explain_carriers(machine, results, failed, now)
        _explain_neighbours(machine, results, failed, now, beside)
        _name_gateways(machine, results, failed)


def _explain_carriers(machine: Machine, results: SweepResults, failed: Sequence[int], now: Condition) -> None:
    before = results.before.links
    lame = {
        number: link.name
        for number, link in now.links.items()
        for was in [before.get(number, link)]
        if not (link.carrier and was.carrier) or link.losses != was.losses
    }
    if not lame:  # as nearly always: nobody's route needs to be looked up
        return
    for slot, route in _routes(machine, results, failed):
        name = lame.get(route.interface)
        if name is not None:
            results.without_carrier.add(slot)
            if results.error(slot) in (None, *UNANSWERED.values()):  # else a router beyond has spoken
                results.refuse(slot, Refusal.INTERFACE, f"cannot send: no carrier on {name}")


def _explain_neighbours(
    machine: Machine, results: SweepResults, failed: Sequence[int], now: Condition, beside: Sequence[SweepResults]
) -> None:
    """Say of those whose requests may have found no room in the neighbour table that they were not asked.

    The kernel drops such a request. A raw socket of IPv4 does not hear of it, one of IPv6 gets EINVAL, one for
    datagrams ENOBUFS or nothing at all (arp(7), ip(7)): a silent neighbour may have been affected, and whoever is
    behind a gateway through which nobody has answered.
    """
    sources = results.sources
    full = {version for version in Version if table_is_full(results.before, now, version)}
    silent = [
        slot
        for slot in failed
        if version_of(sources[slot]) in full and results.error(slot) is None and slot not in results.without_carrier
    ]
    if not silent:
        return
    alive = [
        source
        for part in (results, *beside)
        for source, rtt in zip(part.sources, part.rtts, strict=True)
        if rtt is not None
    ]
    open_gateways = {route for route in machine.routes(alive) if route.gateway} if alive else set()
    for slot, route in _routes(machine, results, silent):
        if route.interface and route not in open_gateways:
            results.refuse(slot, *no_room(version_of(sources[slot])))


def _name_gateways(machine: Machine, results: SweepResults, failed: Sequence[int]) -> None:
    """Say of those whose neighbour did not answer whether that is a router."""
    unanswered = [slot for slot in failed if results.error(slot) in UNANSWERED.values()]
    for slot, route in _routes(machine, results, unanswered):
        gateway, source = route.gateway, results.sources[slot]
        if machine.origin.name and not route.interface:  # Linux took it for a neighbour for want of a route
            results.refuse(slot, *refusal_of(errno.ENETUNREACH))
        elif gateway and gateway != bare(source):
            name = text_of(with_zone(gateway, route.interface))
            results.trouble(slot, Outcome.ERROR, f"{UNANSWERED[version_of(source)]} from {name}, the gateway to it")


def _routes(machine: Machine, results: SweepResults, slots: Sequence[int]) -> Iterator[tuple[int, Route]]:
    routes = machine.routes([results.sources[slot] for slot in slots]) if slots else ()
    return zip(slots, routes, strict=True)
