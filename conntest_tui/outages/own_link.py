"""This machine's own link, one per address family: while it is lost, silence proves nothing about anybody across it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from conntest_tui.model import Mark, ProbeResult
from conntest_tui.outages import evidence
from conntest_tui.outages.change_set import ChangeSet
from conntest_tui.outages.evidence import Family

SILENT_ROUNDS = 2
"""Full rounds in a row in which sending works again but no host answers; then the silence is the hosts' own."""

OF_VERSION_1 = ""
"""The host of the mark that version 1.0.0 stored for the link as a whole."""


def mark_of(family: Family) -> Mark:
    """Return the mark of a link that is not lost."""
    return Mark(f"own link {family.value}")


class OwnLinks:
    """The link of every family that somebody on the list is reached by.

    Attributes:
        marks: of each family: when its link was lost, and when the last gap in the watch ended.
        in_use: the families that somebody on the list is reached by, as far as that is known.
    """

    def __init__(self, noted: Mapping[str, Mark], families: Iterable[Family]) -> None:
        """Take up what an earlier process stored; what 1.0.0 stored holds for every family.

        Args:
            noted: the stored marks by their host; those of links may be among them.
            families: those that the hosts of the configuration have.
        """
        whole = noted.get(OF_VERSION_1)
        self.marks: dict[Family, Mark] = {}
        for family in Family:
            own = mark_of(family)
            self.marks[family] = noted.get(own.host) or (replace(whole, host=own.host) if whole else own)
        self.in_use = {*families, *self.lost}

    @staticmethod
    def names() -> frozenset[str]:
        """Return the hosts of all marks that are about links."""
        return frozenset({OF_VERSION_1, *(mark_of(family).host for family in Family)})

    @property
    def lost(self) -> dict[Family, Mark]:
        """The families whose link is lost."""
        return {family: mark for family, mark in self.marks.items() if mark.failing_since is not None}

    @property
    def why(self) -> dict[Family, str]:
        """What shows that a link is lost, as the last sweep saw it."""
        return {family: mark.refusal for family, mark in self.lost.items() if mark.refusal}

    def judge(
        self,
        results: Sequence[ProbeResult],
        beyond: Mapping[Family, Sequence[ProbeResult]],
        changes: ChangeSet,
        *,
        full: bool,
    ) -> tuple[list[Family], dict[Family, str]]:
        """Take over what a round shows.

        Only a full round shows that a link is lost. Any reply across it shows that it is back, in a recheck too.

        Args:
            results: of every probed target, hosts or not.
            beyond: those of them across each link.
            changes: takes the marks.
            full: whether this was a round over all hosts.

        Returns:
            the families whose link was lost just now, and those whose link is back, with how that shows.
        """
        here = evidence.answering(beyond)
        gone = evidence.lost(results, beyond, changes.rules.uplinks, changes.pending) if full else {}
        begun: list[Family] = []
        ended: dict[Family, str] = {}
        self.in_use.update(beyond)
        for family, mark in list(self.marks.items()):
            if mark.failing_since is None:
                if family in gone:
                    self.keep(
                        family, replace(mark, failing_since=changes.now, failures=0, refusal=gone[family]), changes
                    )
                    begun.append(family)
            elif family in here:
                ended[family] = "is back"
            elif full and results and family not in gone:
                how = self._silent(family, mark, results, beyond, changes)
                if how is not None:
                    ended[family] = how
            elif family in gone:
                self.keep(family, replace(mark, failures=0, refusal=gone[family]), changes)
        return begun, ended

    def _silent(
        self,
        family: Family,
        mark: Mark,
        results: Sequence[ProbeResult],
        beyond: Mapping[Family, Sequence[ProbeResult]],
        changes: ChangeSet,
    ) -> str | None:
        """Return how it shows that a link is back on which no host answers, None when it does not show yet."""
        if family not in beyond:  # no host is across it any more; but of names alone that is not known
            if not beyond and any(result.address is None for result in results):
                return None
            self.in_use.discard(family)
            return ""
        if self.ripe(mark):
            return "can be sent over again, though no host answers"
        self.keep(family, replace(mark, failures=mark.failures + 1), changes)
        return None

    @staticmethod
    def ripe(mark: Mark) -> bool:
        """Return whether one more full round in which nothing but silence is left brings a lost link back."""
        return mark.failures + 1 >= SILENT_ROUNDS

    def back(self, family: Family, changes: ChangeSet) -> None:
        """Note that a link is back: the watch of those across it goes on from now."""
        self.keep(family, replace(mark_of(family), changes=(changes.now.steady,)), changes)

    def watched_again(self, changes: ChangeSet) -> None:
        """Note that a gap in the watch has ended."""
        for family, mark in self.marks.items():
            self.keep(family, replace(mark, changes=(changes.now.steady,)), changes)

    def keep(self, family: Family, mark: Mark, changes: ChangeSet) -> None:
        """Replace the mark of a link."""
        if mark != self.marks[family]:
            self.marks[family] = changes.marks[mark.host] = mark
