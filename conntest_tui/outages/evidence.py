"""What proves what. Judging follows this table and nothing else.

    what came of asking                     about the host    about the link of its address family
    --------------------------------------  ----------------  ------------------------------------------------------
    a reply                                 it is up          it is there
    a reply of an address of our own        it is up          nothing
    silence, or an ICMP error               it failed         lost, when all uplinks of the family are silent too
    the same, and no carrier                nothing           lost, when no host across it has a carrier
    refused by our own kernel               nothing           lost, when everybody across it was refused
    refused: the neighbour table is full    nothing           nothing: the link is there, the table is too small
    no such name                            it failed         nothing
    name service does not answer            nothing           nothing; of an uplink: lost, when no host across answers
    a name leads to no usable address       nothing           nothing

Nothing means nothing: neither up nor down, and drawn as a gap. A link is never lost on an empty set, nor while
anybody across it answers. An own address that has left our interfaces is a remote host, and one of those across.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum

from conntest_tui.model import Outcome, ProbeResult, Refusal


class Family(Enum):
    """An address family. Each has a link of its own: its routes, its uplinks, its outage."""

    V4 = "IPv4"
    V6 = "IPv6"


class Verdict(Enum):
    """What a result says about its host."""

    UP = "up"
    FAILED = "failed"
    NOTHING = "nothing"


_OF_THE_LINK = frozenset({Refusal.NO_ROUTE, Refusal.FIREWALL, Refusal.INTERFACE})
"""The refusals that, when they meet everybody, mean that the link is lost."""

NO_CARRIER, UPLINKS_SILENT = "no carrier", "every uplink is silent"
UPLINK_UNKNOWN = "no host answers, nor does name service for an uplink"


def verdict(result: ProbeResult) -> Verdict:
    """Return what a result says about its host."""
    if result.outcome is Outcome.REPLY:
        return Verdict.UP
    return Verdict.FAILED if refusal(result) is None else Verdict.NOTHING


def refusal(result: ProbeResult) -> Refusal | None:
    """Return the local evidence in a result: why this machine could not ask. None when it could."""
    if result.outcome is Outcome.REPLY:
        return None
    if result.refusal is not None:
        return result.refusal
    if result.outcome is Outcome.UNSENDABLE:
        return Refusal.NO_ROUTE
    return None if result.carrier or is_own(result) else Refusal.INTERFACE


def family(address: str | None) -> Family | None:
    """Return the family of a numeric address; None without one."""
    if not address:
        return None
    return Family.V6 if ":" in address else Family.V4


def is_own(result: ProbeResult) -> bool:
    """Return whether a result is about one of this machine's own addresses, which no link leads to."""
    return result.own or is_loopback(result.address or "")


def is_loopback(address: str) -> bool:
    """Return whether an address never leaves this machine (RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.3)."""
    return address.startswith("127.") or address == "::1"


def across(results: Iterable[ProbeResult]) -> dict[Family, list[ProbeResult]]:
    """Return the results of those that lie across a link, by its family."""
    v4: list[ProbeResult] = []
    v6: list[ProbeResult] = []
    for result in results:  # 10,000 in each round: no calls here
        address = result.address
        if address and not result.own and address != "::1" and not address.startswith("127."):
            (v6 if ":" in address else v4).append(result)
    return {family: found for family, found in ((Family.V4, v4), (Family.V6, v6)) if found}


def answering(beyond: Mapping[Family, Sequence[ProbeResult]]) -> frozenset[Family]:
    """Return the families of which somebody across the link has answered: these links are there."""
    return frozenset(of for of, results in beyond.items() if any(r.outcome is Outcome.REPLY for r in results))


def lost(
    results: Sequence[ProbeResult],
    beyond: Mapping[Family, Sequence[ProbeResult]],
    uplinks: Collection[str],
    pending: Collection[str] = (),
) -> dict[Family, str]:
    """Return the families whose link a full sweep shows to be lost, each with what shows it.

    Args:
        results: everything that the sweep found.
        beyond: those of them across each link.
        uplinks: names of the targets that everything else is reached through. One that was not probed is not silent;
            one whose address name service does not tell, or not yet, may be of any family.
        pending: names that are still being looked up, and have no result.
    """
    here = answering(beyond)
    if here == beyond.keys():
        return {}
    probed = frozenset(uplinks)
    if not probed <= {*(result.name for result in results), *pending}:
        probed = frozenset()
    unknown = not probed.isdisjoint({*(r.name for r in results if r.refusal is Refusal.NAMES), *pending})
    found = {of: _loss(across_it, probed, unknown=unknown) for of, across_it in beyond.items() if of not in here}
    return {of: why for of, why in found.items() if why}


def _loss(results: Sequence[ProbeResult], uplinks: frozenset[str], *, unknown: bool) -> str:
    """Return why a link on which no host answers is lost, empty when it is the hosts that fail."""
    if not any(result.carrier for result in results):
        return NO_CARRIER
    refusals = Counter(found for result in results if (found := refusal(result)) in _OF_THE_LINK)
    if refusals.total() == len(results):
        return refusals.most_common(1)[0][0].value
    if any(result.name in uplinks for result in results):
        return UPLINKS_SILENT
    return UPLINK_UNKNOWN if unknown else ""


def refused_in_part(results: Sequence[ProbeResult]) -> frozenset[str]:
    """Return the names of those refused by a firewall of this machine that others got through.

    It may forbid some, or let so many echo requests out in a second: asked more slowly, all get through then.
    """
    refused = [r for r in results if r.outcome is not Outcome.REPLY and refusal(r) is Refusal.FIREWALL]
    return frozenset(result.name for result in refused) if refused and answering(across(results)) else frozenset()


def unwatched(
    results: Sequence[ProbeResult], uplinks: Collection[str] = (), pending: Collection[str] = ()
) -> frozenset[str]:
    """Return the names of those about whom a single sweep, taken by itself, says nothing; see `lost`."""
    beyond = across(results)
    gone = lost(results, beyond, uplinks, pending)
    hidden = {result.name for of in gone for result in beyond[of]}
    if gone.keys() >= beyond.keys() and gone:
        hidden |= {result.name for result in results if result.outcome is Outcome.UNRESOLVED}
    return frozenset(hidden | {result.name for result in results if verdict(result) is Verdict.NOTHING})
