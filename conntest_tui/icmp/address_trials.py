"""The names of one sweep: which of their addresses are asked, one after the other, and what comes of it all.

The address that answered last is asked first. When it fails, all the others are asked together, and name service is
asked anew: only when what it says now has failed, the name has. Each further address is a target of its own in the
results, beyond those that the sweep was given; `fold` makes one result of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from conntest_tui.icmp.ip_addresses import is_own, numeric, version_of
from conntest_tui.icmp.name_lookup_rules import GONE, NameStanding
from conntest_tui.icmp.name_lookups import NameLookups
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.sweep_results import SweepResults
from conntest_tui.model import Outcome, ProbeResult, Refusal

MOST = 64  # addresses of a name that a sweep asks: all that anybody gives to one, and no more than a server can make us
FRESH = 30.0  # seconds for which an answer of name service is current: a name that fails by an older one is asked anew
WAIT = 7.0  # seconds that a sweep waits for that: a name server that is dead costs 5 (resolv.conf(5))

Admit = Callable[[Sequence[int], Version], None]


@dataclass(slots=True)
class AddressTrial:
    """One target that is a name.

    Attributes:
        name: the name.
        slot: its place among the targets.
        tried: the slot of each address that was asked, in order.
        standing: how the name stood when it was asked.
        asked_anew: when name service was asked anew, None before.
        pending: the sweep goes without it: it is being looked up.
        refused: there was nothing to ask, which says nothing about the host.
    """

    name: str
    slot: int
    tried: dict[str, int] = field(default_factory=dict)
    standing: NameStanding = field(default_factory=NameStanding)
    asked_anew: float | None = None
    pending: bool = False
    refused: bool = False


class AddressTrials:
    """The names of one sweep."""

    def __init__(self, names: NameLookups, results: SweepResults, admit: Admit, now: Callable[[], float]) -> None:
        """Begin without a name.

        Args:
            names: what is known about them.
            results: of the sweep.
            admit: queues slots that have an address of this version.
            now: the time, steady seconds.
        """
        self._names, self._results, self._admit, self._now = names, results, admit, now
        self._began = now()
        self._trials: list[AddressTrial] = []
        self._open: list[AddressTrial] = []

    @property
    def open(self) -> bool:
        """Whether a name is not settled yet."""
        return bool(self._open)

    def begin(self, slots: Sequence[tuple[str, int]]) -> None:
        """Take the names of a sweep, each with its slot."""
        self._open = self._trials = [AddressTrial(name, slot) for name, slot in slots]
        if self._open:
            self._names.want({trial.name for trial in self._open})
            self.step()

    def step(self) -> None:
        """Go on with every name that waits for something."""
        if self._open:
            self._names.tend()
            now = self._now()
            self._open = [trial for trial in self._open if not self._settled(trial, now)]

    def _settled(self, trial: AddressTrial, now: float) -> bool:
        """Go on with one name; return whether nothing is left to do."""
        if not trial.tried:
            return self._begin_one(trial, now)
        settled, rtts = self._results.settled, self._results.rtts
        slots = trial.tried.values()
        if any(rtts[slot] is not None for slot in slots):
            for slot in slots:  # of a name that is alive no further address is asked
                if not settled[slot]:
                    self._results.fail(slot)
            return True
        if all(settled[slot] for slot in slots):
            return not self._try_others(trial) and self._condemned(trial, now)
        if self._results.requests[trial.slot] > 1:  # by the time it has failed, the answer may be there
            self._ask_anew(trial, now)
        return False

    def _condemned(self, trial: AddressTrial, now: float) -> bool:
        """Return whether a name has failed by what name service says now; or is given up, for it does not say."""
        self._ask_anew(trial, now)
        if self._current(trial):
            return not self._try_others(trial)
        under_way = self._names.under_way(trial.name)
        if under_way and trial.asked_anew is not None and now - trial.asked_anew < WAIT:
            return False
        trial.pending = under_way
        return True

    def _begin_one(self, trial: AddressTrial, now: float) -> bool:
        known, waited = self._names.known(trial.name), now - self._began
        if self._names.awaited(trial.name) and waited < WAIT:
            return False
        if known.answer is None and not known.serves(now) and self._names.under_way(trial.name):
            if waited < self._names.patience:
                return False
            trial.pending = True
            return self._give_up(trial)
        trial.standing = known.standing(now)
        return not self._try_others(trial) and self._give_up(trial)

    def _give_up(self, trial: AddressTrial) -> bool:
        """Settle a name that has no address to ask."""
        results, standing = self._results, trial.standing
        if standing.refusal is not None:
            trial.refused = standing.refusal is Refusal.NAMES
            results.refuse(trial.slot, standing.refusal, standing.reason, Outcome.UNRESOLVED)
        elif not trial.pending:
            results.trouble(trial.slot, Outcome.UNRESOLVED, standing.reason)
        results.fail(trial.slot)
        return True

    def _current(self, trial: AddressTrial) -> bool:
        """Return whether what name service said last is recent enough to condemn a name by."""
        known = self._names.known(trial.name)
        return known.answer is not None and known.looked_up >= self._began - FRESH

    def _ask_anew(self, trial: AddressTrial, now: float) -> None:
        if trial.asked_anew is None and not self._current(trial):
            trial.asked_anew = now
            self._names.refresh([trial.name])

    # ------------------------------------------------------------ addresses

    def _try_others(self, trial: AddressTrial) -> bool:
        """Ask the addresses that were not asked yet; return whether there were any."""
        known = self._names.known(trial.name)
        standing = known.standing(self._now())
        fresh = [address for address in standing.addresses if address not in trial.tried]
        fresh = fresh[: (MOST - len(trial.tried)) if trial.tried else 1]
        if not fresh:
            return False
        if not trial.tried:
            trial.standing = standing
        others = self._others(trial, fresh, standing)
        for address in others:
            self._ask(trial, address)
        return bool(others)

    def _others(self, trial: AddressTrial, fresh: list[str], standing: NameStanding) -> list[str]:
        """Return those of some addresses that are not this machine's own, which prove nothing by name."""
        if trial.name.rstrip(".").rpartition(".")[2] == "localhost":  # it is meant to be (RFC 6761, section 6.3)
            return fresh
        mine = [address for address in standing.addresses if self._is_own(address)]
        if not mine:
            return fresh
        others = [address for address in standing.addresses if address not in mine and address not in trial.tried]
        if not others and not trial.tried:
            reason = f"name service says {mine[0]}, which is this machine itself"
            trial.standing = NameStanding(reason=reason, refusal=Refusal.ADDRESS)
        return others[: len(fresh)]

    def _is_own(self, address: str) -> bool:
        try:
            return is_own(numeric(address), self._results.own)
        except OSError:
            return False

    def _ask(self, trial: AddressTrial, address: str) -> None:
        """Ask one address: the first one in the name's own slot, each other one in a new one."""
        results = self._results
        slot = results.again(trial.slot) if trial.tried else trial.slot
        trial.tried[address] = slot
        results.addresses[slot] = address
        try:
            source = results.sources[slot] = numeric(address)
        except OSError:
            results.refuse(slot, Refusal.INTERFACE, f"cannot send: no interface {address.partition('%')[2]}")
            results.fail(slot)
        else:
            self._admit([slot], version_of(source))

    # ------------------------------------------------------------ what came of it

    def fold(self, results: Sequence[ProbeResult], count: int) -> tuple[tuple[ProbeResult, ...], tuple[str, ...]]:
        """Return one result for each of the `count` targets but the names that are pending, and those.

        Args:
            results: of every slot of the results.
            count: how many targets the sweep was given.
        """
        folded = list(results[:count])
        for trial in self._trials:
            folded[trial.slot] = self._result(trial, results)
        left_out = {trial.slot for trial in self._trials if trial.pending}
        pending = tuple(dict.fromkeys(trial.name for trial in self._trials if trial.pending))
        self._names.left_out(pending, {trial.name for trial in self._trials if trial.refused})
        if left_out:
            folded = [result for slot, result in enumerate(folded) if slot not in left_out]
        return tuple(folded), pending

    def addresses(self) -> dict[str, tuple[str, ...]]:
        """Return all addresses that are known of every name."""
        return {trial.name: self._names.known(trial.name).record.addresses for trial in self._trials}

    def _result(self, trial: AddressTrial, results: Sequence[ProbeResult]) -> ProbeResult:
        tried = [results[slot] for slot in trial.tried.values()]
        if not tried:
            return results[trial.slot]
        known = self._names.known(trial.name)
        standing, attempts = known.standing(self._now()), sum(result.attempts for result in tried)
        alive = next((result for result in tried if result.alive), None)
        if alive is not None:
            if alive.address in known.record.addresses:
                self._names.answered(trial.name, alive.address)
            return replace(alive, note=standing.note, attempts=attempts)
        # What name service has taken back meanwhile is no evidence.
        current = [result for result in tried if result.address in known.record.addresses]
        if not current and standing.refusal is not None:
            reason, refusal = standing.reason, standing.refusal
            return ProbeResult(trial.name, Outcome.UNRESOLVED, attempts=attempts, reason=reason, refusal=refusal)
        tried = current or tried
        told = tried[0]
        # The only address that is known to answer could not be asked: silence of the others condemns nobody.
        if told.refusal is None or told.address != known.record.answering:
            told = next((result for result in tried if result.refusal is None), told)
        others, reason = len(tried) - 1, told.reason or ""
        if others and told.refusal is None:
            reason = f"{reason}, nor at {others} more address{'es' if others > 1 else ''}"
        if known.record.gone is not None and told.refusal is None:
            reason = f"{reason}; {GONE}"
        return replace(told, reason=reason, note=standing.note, attempts=attempts)
