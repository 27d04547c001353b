"""The status of every host, as screens show it: rebuilt only where something changed."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from conntest_tui.model import Host, HostStatus, ProbeResult, Standing, State
from conntest_tui.model.snapshot import SAMPLE_SIZE, pack_samples
from conntest_tui.outages.evidence import Verdict, verdict

HISTORY = 60
"""Sweeps that a host's bar can show."""

LOOKED_UP = "its name is being looked up"

_EARLIER = (HISTORY - 1) * SAMPLE_SIZE
_UNWATCHED = pack_samples((math.nan,))


class HostStatuses:
    """The status of every host, in the order of hosts.csv, with structural sharing between snapshots."""

    def __init__(
        self,
        hosts: Sequence[Host],
        standing: Callable[[str], Standing],
        histories: Mapping[str, Sequence[float]] | None = None,
    ) -> None:
        """Start with every host as the tracker sees it.

        Args:
            hosts: the configuration's hosts.
            standing: asks the tracker where a host stands.
            histories: the last sweeps of each host, as the store remembers them.
        """
        self._standing_of = standing
        self._statuses: dict[str, HostStatus] = {}
        self._tuple: tuple[HostStatus, ...] | None = None
        self.reconfigure(hosts, histories or {})

    def reconfigure(self, hosts: Sequence[Host], histories: Mapping[str, Sequence[float]]) -> None:
        """Take over a changed list of hosts; what is known about those that stay, stays."""
        known, standing = self._statuses, self._standing_of
        self._statuses = {
            host.name: replace(known[host.name], host=host)
            if host.name in known
            else HostStatus(host, standing(host.name), samples=pack_samples(histories.get(host.name, ())[-HISTORY:]))
            for host in hosts
        }
        self._tuple = None
        self.refresh()

    def take(self, results: Iterable[ProbeResult], samples: Mapping[str, float] | None = None) -> None:
        """Take over what a sweep found, or a part of it, after the tracker has judged it; `refresh` comes after.

        Args:
            results: one per probed host; names that are not on the board are passed over.
            samples: what the bars show of it, see `sample`, when it was a sweep of all hosts.
        """
        statuses, standing_of, pack = self._statuses, self._standing_of, pack_samples
        for result in results:
            name = result.name
            old = statuses.get(name)
            if old is None:
                continue
            shown = old.samples if samples is None else old.samples[-_EARLIER:] + pack((samples[name],))
            if result.address is None and old.result.address is not None:
                result = replace(result, address=old.result.address)  # noqa: PLW2901 - hardly ever
            statuses[name] = HostStatus(old.host, standing_of(name), result, old.checking, shown)
        self._tuple = None

    def correct(self, samples: Mapping[str, float]) -> None:
        """Put what a second look has found in the place of the last sample of some bars."""
        for name, value in samples.items():
            old = self._statuses.get(name)
            if old is not None and old.samples:
                self._statuses[name] = replace(old, samples=old.samples[:-SAMPLE_SIZE] + pack_samples((value,)))
                self._tuple = None

    def wait_for(self, names: Iterable[str], *, sampled: bool) -> None:
        """Note that hosts could not be asked yet, because their names are still being looked up."""
        for name in names:
            old = self._statuses.get(name)
            if old is not None:
                shown = old.samples[-_EARLIER:] + _UNWATCHED if sampled else old.samples
                reason = LOOKED_UP if old.standing.state is State.PENDING else old.result.reason
                result = replace(old.result, reason=reason, note=LOOKED_UP)
                self._statuses[name] = replace(old, result=result, samples=shown)
                self._tuple = None

    def skip_round(self) -> None:
        """Draw a gap in every bar: nothing was watched for a while."""
        for name, old in self._statuses.items():
            self._statuses[name] = replace(old, samples=old.samples[-_EARLIER:] + _UNWATCHED)
        self._tuple = None

    def mark_checking(self, names: Iterable[str], *, checking: bool) -> None:
        """Note that a recheck of some hosts begins or ends."""
        for name in names:
            status = self._statuses.get(name)
            if status is not None and status.checking != checking:
                self._statuses[name] = replace(status, checking=checking)
                self._tuple = None

    def refresh(self) -> None:
        """Take over every standing that the tracker has changed."""
        for name, old in self._statuses.items():
            standing = self._standing_of(name)
            if standing is not old.standing:
                self._statuses[name] = replace(old, standing=standing)
                self._tuple = None

    def statuses(self) -> tuple[HostStatus, ...]:
        """Return every status; the same tuple again while nothing changed."""
        if self._tuple is None:
            self._tuple = tuple(self._statuses.values())
        return self._tuple


def sample(result: ProbeResult, *, watched: bool = True) -> float:
    """Return what the history keeps of a result: seconds, `inf` for a failure, `nan` for not watched."""
    if result.rtt is not None:
        return result.rtt if watched else math.nan
    return math.inf if watched and verdict(result) is Verdict.FAILED else math.nan
