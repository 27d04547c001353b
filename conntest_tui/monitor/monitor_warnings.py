"""What is wrong with the monitor itself, or with its list of hosts: each is reported when it comes and when it goes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from conntest_tui.config import OtherRows
from conntest_tui.model import Event, EventKind, Host, HostStatus, MailHealth, ProbeResult
from conntest_tui.text import count, international

MAIL_TROUBLES = (MailHealth.WAITING, MailHealth.HELD, MailHealth.LOST)

REMOVED = "hosts.csv"
"""The part that shows for a while which hosts a reload has taken away. It is nothing that could be well again."""

LOUD = 3600.0
"""Seconds for which the screen says that a reload has taken away hosts that were down, or most of them."""

_NAMED = 5


class SelfCheck:
    """What is wrong with the monitor itself, by the part that says so."""

    def __init__(self) -> None:
        self._current: dict[str, str] = {}

    def update(self, found: Mapping[str, str], at: float) -> tuple[Event, ...]:
        """Take over what the parts say now and return what changed.

        Args:
            found: for each part in trouble, its line for the operator.
            at: POSIX seconds.
        """
        events = [
            Event(at, EventKind.TROUBLE, f"{part}: {text}")
            for part, text in found.items()
            if self._current.get(part) != text
        ]
        events += [
            Event(at, EventKind.RELIEF, f"{part}: well again")
            for part in self._current
            if part not in found and part != REMOVED
        ]
        self._current = dict(found)
        return tuple(events)

    @property
    def lines(self) -> tuple[str, ...]:
        """A line for each, for the banner."""
        return tuple(f"{part}: {text}" for part, text in self._current.items())


def broken(problems: Sequence[str]) -> str:
    """Return one line about the problems of the files on disk, empty when there are none."""
    if not problems:
        return ""
    more = f" (and {len(problems) - 1} more: run conntest-tui validate)" if len(problems) > 1 else ""
    return f"the files on disk are broken, the last good ones stay in force: {problems[0]}{more}"


def skipping(rows: OtherRows) -> str:
    """Return one line about the rows that are skipped although version 1.0.0 took them, empty when there are none."""
    if not rows.problems:
        return ""
    others = len(rows.problems) - 1
    more = f" (and {others} more: run conntest-tui validate)" if others else ""
    what = "1 row is no host and is" if rows.skipped == 1 else f"{rows.skipped} rows are no hosts and are"
    return f"{what} not watched: {rows.problems[0]}{more}"


class Removals:
    """What the last reload has taken away that was down, or most of all hosts: it is shown loudly for a while."""

    def __init__(self) -> None:
        self._text, self._until = "", 0.0

    def note(self, before: Sequence[HostStatus], hosts: Iterable[Host], steady: float) -> None:
        """Look at what a reload does to those that are watched."""
        text = removal(before, hosts)
        if text:
            self._text, self._until = text, steady + LOUD

    def line(self, steady: float) -> str:
        """Return the line for the operator; empty is well."""
        return self._text if steady < self._until else ""


def removal(before: Sequence[HostStatus], hosts: Iterable[Host]) -> str:
    """Return a line about the hosts that a changed hosts.csv takes away, when they are down, or most of all.

    Args:
        before: every host that was watched.
        hosts: those that are watched from now on.

    Returns:
        an empty text when there is nothing remarkable about it.
    """
    names = {host.name for host in hosts}
    gone = [status for status in before if status.host.name not in names]
    down = [status.host.display_name for status in gone if status.standing.outage is not None]
    if not down and 2 * len(gone) <= len(before):
        return ""
    text = f"{len(gone):,} of {count(len(before), 'host')} {'was' if len(gone) == 1 else 'were'} taken away"
    if not down:
        return text
    more = f" and {len(down) - _NAMED:,} more" if len(down) > _NAMED else ""
    return f"{text}, down then: {', '.join(down[:_NAMED])}{more}"


class DuplicateAddresses:
    """Remembers which hosts have one address, and which of them were reported already."""

    def __init__(self) -> None:
        self._reported: set[tuple[str, str]] = set()
        self._elders: dict[str, tuple[str, str]] = {}  # of the last sweep: name -> address, and who had it before

    def mark(self, results: Iterable[ProbeResult]) -> tuple[tuple[ProbeResult, ...], list[str]]:
        """Note on every later host of an address which one came first, in a sweep of all hosts.

        Returns:
            the results, those of duplicates with a note; and a line for each pair that was not known before.
        """
        first: dict[str, str] = {}
        marked, news = [], []
        self._elders.clear()
        for result in results:
            elder = first.setdefault(result.address, result.name) if result.address else result.name
            if elder == result.name or not result.address:
                marked.append(result)
                continue
            self._elders[result.name] = result.address, elder
            marked.append(_noted(result, elder))
            if (elder, result.name) not in self._reported:
                self._reported.add((elder, result.name))
                news.append(
                    f"{international(elder)} and {international(result.name)} have the same address, {result.address}"
                )
        return tuple(marked), news

    def mark_some(self, results: Iterable[ProbeResult]) -> tuple[ProbeResult, ...]:
        """Note on some hosts what the last sweep of all has found, as far as they still have the same address."""
        elders = self._elders
        if not elders:
            return tuple(results)
        return tuple(
            _noted(result, elders[result.name][1])
            if result.name in elders and elders[result.name][0] == result.address
            else result
            for result in results
        )


def _noted(result: ProbeResult, elder: str) -> ProbeResult:
    return replace(result, note=result.note or f"same address as {international(elder)}")
