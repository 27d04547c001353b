"""The second look: hosts that have failed are asked once more, gently, before anybody is woken.

Routers limit how many echo requests they let through. A sweep that asks a thousand hosts in a second finds most of the
live ones silent behind such a router; asked at a walking pace, all of them answer. So every host that is silent in a
sweep is asked again, evenly spread over what time there is, and only what is silent then as well has failed.

    whom        those whose outage would begin, and the hosts that they are reached through; first those who wait for
                longest, else at random. Behind a host that is asked itself no host is asked until that answers
    how fast    as slowly as the time allows: `PACE` when that is enough, `FASTEST` at most
    how long    half an interval at most, `LONGEST` at most, and the time-outs of the last who were asked
    too many    `SAMPLE` first of each group that fell silent in one sweep. When all of them are silent, so are the
                others. Else these are asked for as long as there is time, and who was not waits for the next look
    how sure    as sure as the look is itself: some controls are asked among them, neighbours that answered the sweep.
                When these and those who answered needed so many attempts that others may have lost all of theirs, a
                dead host cannot be told from dropped requests. Then who was silent waits, too, and the next look is
                slower. So it is when a firewall blocks whoever sweeps: its controls are silent as well

Pure: the caller asks for its stages, one after the other, and brings what they have found.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from conntest_tui.model import Host, Pace, ProbeResult, Target

PACE = 16.0
"""Echo requests per second that a look makes when it has time enough. Routers that limit them let 20 through at least,
where that is meant for people who ping."""

FASTEST = 100.0
"""Echo requests per second that a look makes at most."""

LONGEST = 60.0
"""Seconds that a look takes at most, from its first request to the last time-out."""

SHORTEST = 1.0
"""Seconds for which a look sends in any case, however short the interval is."""

SAMPLE, LEAST = 64, 4
"""How many of a group are asked first when all are too many; so few at least, of however many groups."""

SURE = 0.05
"""Live hosts that may be silent in a look by chance, on average, for its silence to be evidence."""

CONTROLS = 10
"""Controls of a look: so many that one which happens to die, or sleep, does not make it unsure."""

ENOUGH = 3
"""Controls, and hosts that answered, from which on that can be told."""

BURST = 5
"""Answers that say nothing about a limit: routers let so many through at once, as a rule."""

CAREFUL = 0.75
"""The share of what came through a look that was too fast which the next one asks for."""


_Together = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A host that has failed and is to be asked once more.

    Attributes:
        host: the host.
        since: steady time of its first failed sweep.
        above: the names of the hosts that it is reached through, the nearest first, as far as they answer.
        behind: the name of the topmost host in doubt that it is reached through; empty when there is none.
    """

    host: Host
    since: float
    above: tuple[str, ...] = ()
    behind: str = ""

    @property
    def together(self) -> "_Together":
        """What it shares with those who fell silent in the same sweep and belong to the same group."""
        return self.host.group, self.since


@dataclass(frozen=True, slots=True)
class Stage:
    """What to ask next: whom, in this order, and how fast."""

    targets: tuple[Target, ...]
    pace: Pace


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look has found.

    Attributes:
        results: what is certain now, in the order of the doubts: of those that answered, of those that are silent, and
            of those that need not be asked, what was found before.
        along: of the witnesses.
        waiting: names of those about which the look says nothing.
        answered: names of those in doubt that answered.
        sure: whether silence was evidence.
        rate: answers per second, those of controls too, but for those that pass any limit at once.
        blocked: whether nothing came back, not even from a control.
        pending: names of those that were still being looked up, and have no result.
    """

    results: tuple[ProbeResult, ...]
    along: tuple[ProbeResult, ...]
    waiting: frozenset[str]
    answered: tuple[str, ...]
    sure: bool
    rate: float
    blocked: bool = False
    pending: frozenset[str] = frozenset()


class SecondLook:
    """One second look."""

    def __init__(
        self,
        doubts: Iterable[Doubt],
        targets: Callable[[Collection[str]], Sequence[Target]],
        interval: float,
        *,
        before: Mapping[str, ProbeResult],
        fastest: float = FASTEST,
        slowest: float = PACE,
        along: Collection[str] = (),
        controls: Sequence[str] = (),
        chance: Random | None = None,
    ) -> None:
        """Begin with no host asked.

        Args:
            doubts: the hosts that have failed.
            targets: makes targets of names; those of hosts that are gone are left out.
            interval: seconds from one sweep to the next.
            before: what was found of those in doubt.
            fastest: echo requests per second at most.
            slowest: and so many at least, when there is time for fewer.
            along: names of the witnesses, who are asked along with them.
            controls: names of hosts that answered the sweep; what they lose now is dropped on the way.
            chance: decides whom to ask first.
        """
        self._doubts = {doubt.host.name: doubt for doubt in doubts}
        self._targets = targets
        self._before = before
        self._along, self._controls = along, controls
        self._fastest, self._slowest = fastest, slowest
        order = list(self._doubts.values())
        (chance or Random()).shuffle(order)  # noqa: S311 - it is no use to know whom we ask first
        order.sort(key=lambda doubt: doubt.since)
        self._order = [doubt.host.name for doubt in order]
        self._tops = {name for name, doubt in self._doubts.items() if doubt.behind not in self._doubts}
        asked = targets(self._order)
        self._attempts = max((target.attempts for target in asked), default=1)
        self._tail = max((target.attempts * target.timeout for target in asked), default=0.0)
        self._left = max(SHORTEST, min(interval / 2, LONGEST) - self._tail)  # seconds in which requests may go out
        self._results: dict[str, ProbeResult] = {}
        self._pending: set[str] = set()
        self._stages, self._spent = 0, 0.0

    @property
    def names(self) -> frozenset[str]:
        """Whom it is about."""
        return frozenset(self._doubts)

    def next(self) -> Stage | None:
        """Return whom to ask next, None when the look is over."""
        self._stages += 1
        if self._stages == 1:
            reach = int(self._fastest * self._left / self._attempts)
            return self._stage([*self._along, *_mixed(self._first(), self._controls, reach)])
        if self._stages > 2 or self._left <= 0:
            return None
        known = self._proven() | self._results.keys()
        return self._stage([name for name in self._order if name not in known])

    def take(self, results: Iterable[ProbeResult], seconds: float, pending: Iterable[str] = ()) -> None:
        """Take over what a stage has found, which took so long, and whose names were still being looked up."""
        self._pending.update(pending)
        self._results.update((result.name, result) for result in results if result.asked)
        self._left -= seconds
        self._spent += max(0.0, seconds - self._tail)

    def seen(self) -> Seen:
        """Return what follows from it all."""
        results, doubts = self._results, self._doubts
        known = {name: self._before[name] for name in self._proven() if name in self._before}
        dead = set() if self._unsure() else {name for name, result in results.items() if not result.alive}
        # Somebody else is blamed only for those behind it: its own silence is a failure like any other.
        blamed = {above for name in dead if name in doubts for above in doubts[name].above}
        judged = [r for name, r in results.items() if name not in doubts and (r.alive or name in dead & blamed)]
        for name in doubts:
            result = results.get(name) or known.get(name)
            if result is not None and (result.alive or name in dead or name in known):
                judged.append(result)
        answered = tuple(name for name in doubts if name in results and results[name].alive)
        back = sum(result.alive for result in self._heard())
        return Seen(
            results=tuple(judged),
            along=tuple(results[name] for name in self._along if name in results),
            waiting=frozenset(doubts.keys() - {result.name for result in judged}),
            answered=answered,
            sure=not self._unsure(),
            rate=max(back - BURST, 0) / max(self._spent, SHORTEST),
            blocked=self._unsure() and not back,
            pending=frozenset(self._pending),
        )

    # ------------------------------------------------------------ whom to ask

    def _first(self) -> list[str]:
        """Return whom to ask first: everybody who is not behind somebody in doubt, or a sample of each group."""
        tops = [name for name in self._order if name in self._tops]
        room = max(int(self._fastest * self._left / self._attempts), SAMPLE)
        if len(tops) > room:
            groups: defaultdict[_Together, list[str]] = defaultdict(list)
            for name in tops:
                groups[self._doubts[name].together].append(name)
            size = max(LEAST, min(SAMPLE, room // len(groups)))
            tops = [name for names in groups.values() for name in names[:size]]
        return [*(above for name in tops for above in self._doubts[name].above), *tops]

    def _stage(self, names: Sequence[str]) -> Stage | None:
        found = {target.name: target for target in self._targets(names)} if names else {}
        if not found:
            return None
        targets = tuple(found[name] for name in dict.fromkeys(names) if name in found)
        rate = min(max(self._slowest, self._attempts * len(targets) / self._left), self._fastest)
        return Stage(targets, Pace(rate, self._left))

    # ------------------------------------------------------------ what it proves

    def _proven(self) -> set[str]:
        """Return those that need not be asked: what they are behind is silent, or a sample of their group is."""
        if self._unsure():
            return set()
        results, doubts = self._results, self._doubts
        sampled = [name for name in self._tops if name in results]
        asked = Counter(doubts[name].together for name in sampled)
        answering = {doubts[name].together for name in sampled if results[name].alive}
        silent = {group for group, number in asked.items() if number >= LEAST and group not in answering}
        dead = {name for name, result in results.items() if not result.alive}
        return {
            name
            for name, doubt in doubts.items()
            if name not in results and (doubt.together in silent if name in self._tops else doubt.behind in dead)
        }

    def _heard(self) -> list[ProbeResult]:
        """Return what was found of those that are alive, as far as anybody knows."""
        controls, doubts = frozenset(self._controls), self._doubts
        return [r for name, r in self._results.items() if name in controls or (r.alive and name in doubts)]

    def _unsure(self) -> bool:
        """Return whether so much gets lost that a live host may have lost all that it was asked by."""
        heard = self._heard()
        if len(heard) < ENOUGH:
            return False
        lost = 1 - sum(result.alive for result in heard) / sum(result.attempts for result in heard)
        answered = sum(result.name in self._doubts for result in heard)
        return max(answered, 1) * lost**self._attempts > SURE


def _mixed(names: Sequence[str], controls: Sequence[str], reach: int) -> list[str]:
    """Return names with controls evenly among those that can be asked in time, not only where a burst passes."""
    found, among = list(names), max(0, min(len(names), reach - len(controls)))
    for number, control in enumerate(controls):
        found.insert((number + 1) * among // (len(controls) + 1) + number, control)
    return found


def controls_of(doubts: Collection[Doubt], hosts: Iterable[tuple[str, bool]]) -> tuple[str, ...]:
    """Return the names of about `CONTROLS` hosts for a look: live ones next to those in doubt on the list.

    Who is next to a host on the list mostly is so in the network, too, and behind the same limits. What those in doubt
    are reached through is no control: it may be what has failed.

    Args:
        doubts: the hosts in doubt.
        hosts: name of each host, in the order of the list, and whether it answered just now from beyond a link.
    """
    live: list[str] = []
    places: list[int] = []  # of those in doubt, among the live ones
    doubted = {doubt.host.name for doubt in doubts}
    above = {name for doubt in doubts for name in doubt.above}
    for name, alive in hosts:
        if name in doubted:
            places.append(len(live))
        elif alive and name not in above:
            live.append(name)
    gaps = list(dict.fromkeys(places))
    chosen = gaps[:: len(gaps) // CONTROLS + 1]
    each = -(-CONTROLS // max(len(chosen), 1))
    starts = [max(0, min(place - each // 2, len(live) - each)) for place in chosen]
    return tuple(dict.fromkeys(name for start in starts for name in live[start : start + each]))


def next_pace(fastest: float, seen: Seen) -> float:
    """Return how fast the next look may be, requests per second, after one that could be as fast as `fastest`."""
    if seen.blocked:  # what blocks whoever sweeps does so for a time, however slowly it is asked
        return fastest
    return min(2 * fastest, FASTEST) if seen.sure else max(1.0, CAREFUL * seen.rate)
