"""The sentences: one line for each event, complete without its other fields."""

from collections.abc import Iterable, Sequence

from conntest_tui.clock import Instant
from conntest_tui.model import Host, Outage, ProbeResult, Refusal
from conntest_tui.outages.second_look import Seen
from conntest_tui.text import count, international, local, milliseconds, span

_UNSEEN = ", when nothing was watched"


def moment(at: float, now: Instant) -> str:
    """Return POSIX seconds in local time, with the date unless it is today: `14:00`, `2026-11-23 14:00`."""
    when = local(at)
    return f"{when:%H:%M}" if when.date() == local(now.wall).date() else f"{when:%Y-%m-%d %H:%M}"


def steady_moment(steady: float, now: Instant) -> str:
    """Return a time of the steady clock as the wall clock would show it."""
    return moment(now.wall + steady - now.steady, now)


def until(end: float | None, now: Instant) -> str:
    """Return how long a mute lasts: `until 14:00`, `until it is unmuted`."""
    return "until it is unmuted" if end is None else f"until {steady_moment(end, now)}"


def author(by: str, did: str = "by") -> str:
    """Return who did something, in brackets behind the sentence: ` (by anna)`; empty when that is not known."""
    return f" ({did} {by})" if by else ""


def unwatched(start: Instant, end: Instant) -> str:
    """Return from when to when nothing was watched."""
    length = span(end.steady - start.steady)
    return f"nothing was watched from {moment(start.wall, end)} to {moment(end.wall, end)} ({length})"


# ---------------------------------------------------------------- one host's course


def suspect(host: Host, reason: str) -> str:
    """Return the line for a failed sweep that opens no outage."""
    return f"{host.label} did not answer: {reason}"


def cleared(host: Host, failures: int) -> str:
    """Return the line for a suspect that answers."""
    return f"{host.label} answers again after {count(failures, 'failed sweep')}"


def failed(host: Host, reason: str) -> str:
    """Return the line for a host that goes down."""
    return f"{host.label} failed: {reason}"


def still_failing(host: Host, outage: Outage, now: Instant) -> str:
    """Return the line for a further failed sweep of a host that is down."""
    return f"{host.label} still failing after {span(now.steady - outage.started.steady)}: {outage.reason}"


def unreachable(host: Host, outage: Outage) -> str:
    """Return the line for a host behind a parent that is down."""
    return f"{host.label} unreachable behind {_parent(outage)}: {outage.reason}"


def left_behind(host: Host, outage: Outage) -> str:
    """Return the line for a host that still fails when nothing explains it any more."""
    return f"{host.label} failed of its own, {_parent(outage)} no longer explains it: {outage.reason}"


def restored(host: Host, outage: Outage, now: Instant, watched: tuple[float, float] | None) -> str:
    """Return the line for the first reply; `watched` is (last seen down, first seen up) after a gap in the watch."""
    length = span(now.steady - outage.started.steady)
    if watched is None:
        return f"{host.label} restored after {length}"
    between = f"some time between {moment(watched[0], now)} and {moment(watched[1], now)}"
    return f"{host.label} restored after {length} at most: {between}{_UNSEEN}"


def ended_unseen(text: str) -> bool:
    """Return whether such a line says that nobody watched when an outage ended."""
    return text.endswith(_UNSEEN)


def added(host: Host, by: str) -> str:
    """Return the line for a host that is new in hosts.csv; `by` names who has added it from a screen."""
    return f"{host.label} added to hosts.csv" + (f" (by {by})" if by else "")


def removed(host: Host, outage: Outage | None, now: Instant) -> str:
    """Return the line for a host that is no longer in hosts.csv."""
    if outage is None:
        return f"{host.label} removed from hosts.csv"
    return f"{host.label} removed from hosts.csv, failing for {span(now.steady - outage.started.steady)} then"


# ---------------------------------------------------------------- flapping and storms


def flapping(host: Host, changes: int, window: float) -> str:
    """Return the line for a host that begins to flap."""
    return f"{host.label} is flapping: {changes} changes within {span(window)}"


def steady(host: Host, *, up: bool, flapped: float) -> str:
    """Return the line for a host that has stopped flapping after `flapped` seconds."""
    return f"{host.label} is steady again and {'up' if up else 'down'}, after flapping for {span(flapped)}"


def storm(struck: int, sound: int, groups: Iterable[tuple[str, int]], further: int) -> str:
    """Return the line for many failures at once.

    Args:
        struck: hosts that failed.
        sound: hosts that could have.
        groups: the groups worst hit, and how many failed in each.
        further: groups that are not listed.
    """
    listed = ", ".join(f"{group or 'no group'} ({number:,})" for group, number in groups)
    more = f" and {count(further, 'more group')}" if further else ""
    return f"{struck:,} of {sound:,} hosts failed in one sweep: {listed}{more}"


_NAMED = 5


def second_look(seen: Seen) -> str:
    """Return the line for a second look that leaves somebody up, or in doubt."""
    answered, some = seen.answered, ""
    if answered:
        listed = f": {', '.join(map(international, answered))}" if len(answered) <= _NAMED else ""
        some = f"{count(len(answered), 'silent host')} answered a second look{listed}"
    rest = f"{count(len(seen.waiting), 'silent host')} could not be asked well enough, and wait" if seen.waiting else ""
    return "; ".join(part for part in (some, rest) if part)


def rechecked(results: Sequence[ProbeResult], hosts: Iterable[Host], by: str) -> str:
    """Return what a recheck has found: for one host whether it replied, for more of them how many did.

    Args:
        results: of the hosts that were rechecked, at least one.
        hosts: everything that is watched.
        by: who asked for it.
    """
    alive = sum(result.alive for result in results)
    if len(results) > 1:
        return f"{len(results):,} hosts rechecked by {by}: {alive:,} replied, {len(results) - alive:,} did not"
    result = results[0]
    named = next((host.label for host in hosts if host.name == result.name), result.name)
    found = f"replied in {milliseconds(result.rtt)}" if result.rtt is not None else result.reason or "no reply"
    return f"{named} rechecked by {by}: {found}"


# ---------------------------------------------------------------- what this machine cannot ask


def refused(host: Host, why: str) -> str:
    """Return the line for a host that this machine cannot ask."""
    return f"{host.label} is not watched: {why}"


def asked_again(host: Host, lasted: float) -> str:
    """Return the line for a host that can be asked again after so many seconds."""
    return f"{host.label} is watched again after {span(lasted)}"


# What is wrong and for whom, and beyond the colon what cannot be known of it, or repairs it.
_CAUSES = {
    Refusal.NO_ROUTE: ("no route to {hosts}", "{their} site, or this machine's routing"),
    Refusal.FIREWALL: ("own firewall refuses {hosts}", "no request leaves this machine"),
    Refusal.INTERFACE: ("interface down to {hosts}", "it is switched off, or has no carrier"),
    Refusal.NEIGHBOURS: (
        "neighbour table full for {hosts}",
        "raise net.ipv4.neigh.default.gc_thresh3 (net.ipv6.neigh.default.gc_thresh3) with sysctl",
    ),
    Refusal.NAMES: ("no name service for {hosts}", "it does not answer, and no address was known before"),
    Refusal.ADDRESS: (
        "no usable address for {hosts}",
        "name service gives one of this machine itself, or one that no host can have",
    ),
}


def cause_title(refusal: Refusal, hosts: Sequence[Host]) -> str:
    """Return what keeps this machine from asking how many hosts: `no route to 35 hosts of Building 406`."""
    groups = dict.fromkeys(host.group for host in hosts)
    where = f" of {next(iter(groups))}" if len(groups) == 1 and "" not in groups else ""
    named = hosts[0].label if len(hosts) == 1 else f"{count(len(hosts), 'host')}{where}"
    return _CAUSES[refusal][0].format(hosts=named)


def cause(refusal: Refusal, hosts: Sequence[Host]) -> str:
    """Return what keeps this machine from asking some hosts, and what it cannot know of it."""
    more = _CAUSES[refusal][1].format(their="its" if len(hosts) == 1 else "their")
    return f"{cause_title(refusal, hosts)}: {more}"


def link_lost(families: Sequence[str], whys: Iterable[str]) -> str:
    """Return which own link is lost, and what shows it: `the own IPv4 link is lost: no route`."""
    why = ", ".join(dict.fromkeys(whys))
    return f"the own {' and '.join(families)} link is lost{f': {why}' if why else ''}"


def goes_on(text: str, lasted: float) -> str:
    """Return the line for a cause that goes on, after so many seconds."""
    return f"{text} (for {span(lasted)} now)"


def cause_over(text: str, lasted: float) -> str:
    """Return the line for the end of a cause."""
    return f"over after {span(lasted)}: {text}"


def out_of_sight(host: Host, outage: Outage, now: Instant) -> str:
    """Return the line for a host that was down when it was last watched."""
    seen = outage.last_seen
    return f"{host.label} was down when it was last watched, at {moment(seen.wall, now)}: {outage.reason}"


def on_its_way(host: Host, above: Host, until: str) -> str:
    """Return the line for a host that still fails just after the one that it is behind came back."""
    return f"{host.label} still fails although {above.display_name} is back: it has time until {until} to follow"


def _parent(outage: Outage) -> str:
    return international(outage.behind or "")
