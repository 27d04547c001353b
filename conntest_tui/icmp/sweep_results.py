"""The results of one sweep: what is known of every target, and the verdict that follows from it."""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import repeat
from operator import attrgetter

from conntest_tui.icmp.ip_addresses import LOOPBACK, is_own
from conntest_tui.icmp.netlink import Condition
from conntest_tui.model import Outcome, ProbeResult, Refusal, Target

CANCELLED = "not finished: the sweep was cancelled"
NOT_ASKED = "not asked: time was over"


def no_reply(attempts: int) -> str:
    """Return the reason of a target that answered none of its attempts."""
    return "no reply to 1 attempt" if attempts == 1 else f"no reply to {attempts} attempts"


class SweepResults:
    """What is known of every target of a sweep, by its place in the list of targets (its slot).

    Columns instead of an object per target: a hundred thousand targets are a few lists.

    Attributes:
        names: the targets' names.
        addresses: where requests go, for a person; None until it is known.
        sources: the same in bytes, see `ip_addresses`: where replies must come from; empty until then.
        timeouts: seconds to wait for each reply.
        left: attempts that a target may still get when the one under way fails. One is made in any case.
        requests: echo requests that left this machine.
        rtts: round-trip times of those that have proved to be alive.
        settled: 1 once the outcome stands.
        open: how many are not settled.
        alive: how many have proved to be alive.
        before: how this machine's network was before the sweep.
        own: the addresses of this machine, in bytes; those of 127.0.0.0/8 need not be among them.
        without_carrier: those whose requests go through an interface that lacks carrier.
    """

    def __init__(self, targets: Sequence[Target]) -> None:
        """Begin with every target unsettled."""
        count = len(targets)
        self._targets = targets
        self.names = list(map(attrgetter("name"), targets))
        self.addresses: list[str | None] = [None] * count
        self.sources = [b""] * count
        self.timeouts: list[float] = list(map(attrgetter("timeout"), targets))
        if min(self.timeouts, default=0.0) < 0:
            self.timeouts = [max(0.0, timeout) for timeout in self.timeouts]
        self.left = [attempts - 1 if (attempts := target.attempts) > 1 else 0 for target in targets]
        self.requests = [0] * count
        self.settled = bytearray(count)
        self.open = count
        self.alive = 0
        self.before = Condition()
        self.own: frozenset[bytes] = frozenset()
        self.without_carrier: set[int] = set()
        self.rtts: list[float | None] = [None] * count
        self._troubles: dict[int, tuple[Outcome, str]] = {}
        self._refusals: dict[int, tuple[Outcome, str, Refusal]] = {}

    def again(self, slot: int) -> int:
        """Add a slot for a target that is asked at one more address; return it. It is not among the targets."""
        self.names.append(self.names[slot])
        self.addresses.append(None)
        self.sources.append(b"")
        self.timeouts.append(self.timeouts[slot])
        self.left.append(max(1, self._targets[slot].attempts) - 1)
        self.requests.append(0)
        self.settled.append(0)
        self.rtts.append(None)
        self.open += 1
        return len(self.names) - 1

    def trouble(self, slot: int, outcome: Outcome, reason: str) -> None:
        """Note why an attempt failed: the last such reason stands if no other attempt is answered."""
        self._troubles[slot] = outcome, reason

    def remark(self, slot: int, reason: str) -> None:
        """Note what came instead of a reply: the reason of a target that is silent otherwise."""
        if self.error(slot) is None:
            self._troubles[slot] = Outcome.SILENT, reason

    def refuse(self, slot: int, refusal: Refusal, reason: str, outcome: Outcome = Outcome.UNSENDABLE) -> None:
        """Note why this machine could not make an attempt.

        It outweighs silence and errors, for a target that was not asked as often as it should may be alive: when a
        cable goes, one attempt is lost with it and the others are refused.
        """
        self._refusals[slot] = outcome, reason, refusal

    def error(self, slot: int) -> str | None:
        """Return the last ICMP error about a target, None without one."""
        outcome, reason = self._troubles.get(slot, (None, None))
        return reason if outcome is Outcome.ERROR else None

    def failed(self) -> list[int]:
        """Return the settled targets that have not proved to be alive."""
        if self.alive == len(self.rtts):
            return []
        return [slot for slot, rtt in enumerate(self.rtts) if rtt is None and self.settled[slot]]

    def fail(self, slot: int) -> None:
        """Settle a target whose last attempt has failed."""
        self.settled[slot] = 1
        self.open -= 1

    def skip(self, slot: int) -> None:
        """Settle a target whose turn has not come."""
        self._troubles[slot] = Outcome.SILENT, NOT_ASKED
        self.fail(slot)

    def results(self) -> tuple[ProbeResult, ...]:
        """Return one result per target, in their order.

        The constructor of this frozen dataclass takes 1.4 us, and the whole echo through the kernel takes 5: to fill
        the slots column by column takes 0.5 us, and nobody sees a result before it is complete.
        """
        count = len(self.names)
        outcomes, carriers = [Outcome.REPLY] * count, [True] * count
        reasons: list[str | None] = [None] * count
        refusals: list[Refusal | None] = [None] * count
        if self.alive < count:
            for slot, rtt in enumerate(self.rtts):
                if rtt is None:
                    outcomes[slot], reasons[slot], refusals[slot] = self._failure(slot)
        for slot in self.without_carrier:
            carriers[slot] = False
        columns: dict[str, Iterable[object]] = {
            "name": self.names,
            "outcome": outcomes,
            "address": self.addresses,
            "rtt": self.rtts,
            "attempts": self.requests,
            "reason": reasons,
            "note": repeat(None),
            "refusal": refusals,
            "own": self._owned(),
            "carrier": carriers,
        }
        results = tuple(map(object.__new__, repeat(ProbeResult, count)))
        for field, column in columns.items():
            deque(map(getattr(ProbeResult, field).__set__, results, column), maxlen=0)
        return results

    def _failure(self, slot: int) -> tuple[Outcome, str, Refusal | None]:
        if not self.settled[slot]:
            return Outcome.SILENT, CANCELLED, None
        refused = self._refusals.get(slot)
        if refused is not None:
            return refused
        outcome, reason = self._troubles.get(slot) or (Outcome.SILENT, no_reply(self.requests[slot]))
        return outcome, reason, None

    def _owned(self) -> Iterable[bool]:
        """Return for each target whether it is an address of this machine."""
        sources, own = self.sources, self.own
        # Nearly always none is, and that is soon known. In every fourth byte the first of each address is looked at.
        if own.isdisjoint(sources) and LOOPBACK not in b"".join(sources)[::4]:
            return repeat(False)
        return [is_own(source, own) for source in sources]
