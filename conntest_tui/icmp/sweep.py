"""One sweep: every host in flight at once, one socket per version of IP, no thread of its own."""

import math
from collections.abc import Callable, Sequence

from conntest_tui.clock import Clock
from conntest_tui.icmp.address_trials import AddressTrials
from conntest_tui.icmp.family_sweep import FamilySweep
from conntest_tui.icmp.ip_addresses import all_v4, is_own, numeric, text_of
from conntest_tui.icmp.local_evidence import RECENT, explain_failures
from conntest_tui.icmp.name_lookups import NameLookups
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.rate_and_timeouts import Pacer
from conntest_tui.icmp.source_address_and_filter import ANYWHERE, SourceAddress, SourceAddressError
from conntest_tui.icmp.sweep_environment import Machine
from conntest_tui.icmp.sweep_results import SweepResults
from conntest_tui.model import Pace, Refusal, SweepReport, Target

# The shortest sleep between two bursts, seconds: at 1,000 requests a second these are 2 each, at 50,000 they are 100.
TICK = 0.002
# The longest time without asking whether to stop.
LONGEST_WAIT = 0.05
# Below this a pause is slept through: waking up for each reply would double the work, and the kernel stamps them.
SLEEP = 0.02
NAME_POLL = 0.02
PROGRESS_EVERY = 0.1
# A step takes milliseconds. After so many seconds without one the whole machine may have stood still, packets and all.
HELD_UP = 1.0
# The steady clock counts suspension and the monotonic one does not: so far apart, this machine has slept in between.
SLEPT = 1.0


Unavailable = tuple[Refusal, str]  # why no family can be asked


class Sweep:
    """A sweep under way. Make one, `probe` once, and ask for the `report`.

    Attributes:
        results: what is known of every target so far.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        *,
        machine: Machine,
        pacer: Pacer,
        names: NameLookups,
        clock: Clock,
        cancelled: Callable[[], bool] | None = None,
        pace: Pace | None = None,
    ) -> None:
        """See `Prober.sweep`; `machine`, `pacer` and `names` are shared with other sweeps, sockets are not."""
        self.results = SweepResults(targets)
        self._machine = machine
        self._pacers = (pacer,) if pace is None else (Pacer(pace.rate, machine.monotonic), pacer)
        self._closing = math.inf if pace is None else machine.monotonic() + pace.seconds
        self._clock = clock
        self._tell: Callable[[], object]
        self._cancelled = cancelled or (lambda: False)
        self._origin = machine.origin
        self._families: dict[tuple[Version, SourceAddress], FamilySweep | Unavailable] = {}
        self._count = len(targets)
        self._trials = AddressTrials(names, self.results, self._admit, lambda: clock.now().steady)
        self._strays = 0
        self._seconds = 0.0
        self._slept = self._was_cancelled = False
        self._told = 0.0
        self._stepped = math.inf

    @property
    def done(self) -> int:
        """How many targets are settled. Any thread may ask."""
        return max(0, self._count - self.results.open)

    @property
    def open(self) -> bool:
        """Whether something is not settled yet."""
        return bool(self.results.open) or self._trials.open

    def stop(self) -> None:
        """Have it end soon, as if it was cancelled. Any thread may call this."""
        self._cancelled = lambda: True

    def probe(self, tell: Callable[[], object] = lambda: None) -> None:
        """Probe every target; return when all are settled, or soon after the sweep is cancelled.

        Args:
            tell: called now and then, when `done` may have changed.

        Raises:
            ProbeError: no ICMP socket is granted.
        """
        begun, begun_monotonic = self._clock.now().steady, self._machine.monotonic()
        results, self._tell = self.results, tell
        try:
            results.own = self._machine.own_addresses()
            results.before = self._machine.condition(at_most=RECENT)
            self._admit_all()
            self._was_cancelled = self._cancelled()
            while self.open and not self._was_cancelled:
                self._step()
                self._was_cancelled = self._cancelled()
        finally:
            self._close()
        self._seconds = self._clock.now().steady - begun
        self._slept = self._seconds - (self._machine.monotonic() - begun_monotonic) > SLEPT

    def report(self, beside: Sequence[SweepResults] = ()) -> SweepReport:
        """Return what `probe` has found.

        Args:
            beside: of the sweeps over the other parts of the same list, which have been made too: a way that leads to
                their hosts leads to those of this one.
        """
        results = self.results
        if not self._was_cancelled:
            explain_failures(self._machine, results, beside)
        judged, pending = self._trials.fold(results.results(), self._count)
        return SweepReport(
            results=judged,
            seconds=self._seconds,
            sent=sum(results.requests),
            strays=self._strays,
            complete=not self.open and not self._slept,
            pending=pending,
            addresses=self._trials.addresses(),
        )

    def _step(self) -> None:
        now = self._machine.monotonic()
        families = self._open_families()
        held_up, self._stepped = now - self._stepped > HELD_UP, now
        for family in families:
            if held_up:
                family.doubt()
            if now >= self._closing:
                family.close_admission()
            family.drain()
            family.expire(now)
        self._trials.step()
        behind = self._send(families)
        if now - self._told >= PROGRESS_EVERY:
            self._told = now
            self._tell()
        if self.open and not behind:
            self._wait(families)

    def _send(self, families: list[FamilySweep]) -> bool:
        """Make what attempts may be made now; return whether there may be more to do at once."""
        behind = False
        for family in sorted(families, key=lambda family: not family.retries):
            if wanted := min(family.batch, family.waiting):
                granted = wanted
                for pacer in self._pacers:
                    granted = pacer.take(granted) if granted else 0
                family.send(granted)
                # More may be due, or, after the last request, its reply may already be there.
                behind |= granted == wanted and not family.full
        return behind

    # ------------------------------------------------------------ targets come in

    def _admit_all(self) -> None:
        """Queue the targets that are addresses, and begin with the names."""
        results, names = self.results, self.results.names
        results.addresses[:] = names
        results.sources = sources = all_v4(names)
        v4: Sequence[int] = range(len(names))
        v6: list[int] = []
        named: list[tuple[str, int]] = []
        if b"" in sources:
            v4 = [slot for slot in v4 if sources[slot]]
            for slot in [slot for slot, source in enumerate(sources) if not source]:
                results.addresses[slot] = None
                try:
                    sources[slot] = numeric(names[slot])
                except ValueError:
                    named.append((names[slot], slot))
                except OSError:
                    self._refuse(slot, Refusal.INTERFACE, f"no interface {names[slot].partition('%')[2]}")
                else:
                    results.addresses[slot] = text_of(sources[slot])
                    v6.append(slot)
        self._admit(v4, Version.V4)
        self._admit(v6, Version.V6)
        self._trials.begin(named)

    def _admit(self, slots: Sequence[int], version: Version) -> None:
        if self._origin.name:
            # Nothing that goes to this machine itself leaves it: through an interface it would get lost.
            sources, own = self.results.sources, self.results.own
            self._admit_from(ANYWHERE, [slot for slot in slots if is_own(sources[slot], own)], version)
            slots = [slot for slot in slots if not is_own(sources[slot], own)]
        self._admit_from(self._origin, slots, version)

    def _admit_from(self, origin: SourceAddress, slots: Sequence[int], version: Version) -> None:
        if not slots:
            return
        family = self._families.get((version, origin))
        if family is None:
            family = self._families[version, origin] = self._open_family(version, origin)
        if isinstance(family, FamilySweep):
            family.fresh.extend(slots)
        else:
            for slot in slots:
                self._refuse(slot, *family)

    def _open_family(self, version: Version, origin: SourceAddress) -> FamilySweep | Unavailable:
        try:
            return FamilySweep(self._machine.open_socket(version, origin), self.results, self._machine)
        except SourceAddressError as error:
            return Refusal.INTERFACE, str(error)
        except OSError:
            return Refusal.NO_ROUTE, f"this machine does not speak IPv{version.value}"

    def _refuse(self, slot: int, refusal: Refusal, why: str) -> None:
        self.results.refuse(slot, refusal, f"cannot send: {why}")
        self.results.fail(slot)

    # ------------------------------------------------------------ time goes by

    def _open_families(self) -> list[FamilySweep]:
        return [family for family in self._families.values() if isinstance(family, FamilySweep)]

    def _wait(self, families: list[FamilySweep]) -> None:
        """Sleep until there is something to do: a request may go out, a reply comes in, an attempt times out."""
        sending = any(family.waiting for family in families)
        if sending:
            pause = max(pacer.delay() for pacer in self._pacers)
        else:
            deadlines = [deadline for family in families if (deadline := family.next_deadline()) is not None]
            pause = min(deadlines) - self._machine.monotonic() if deadlines else LONGEST_WAIT
        pause = min(max(pause, TICK), NAME_POLL if self._trials.open else LONGEST_WAIT)
        if sending and pause < SLEEP:
            self._machine.sleep(pause)
        else:
            self._machine.wait([family.socket.fileno() for family in families], pause)

    def _close(self) -> None:
        for family in self._open_families():
            family.socket.close()
            self._strays += family.strays
        self._families.clear()  # of a million hosts they hold 24 MB, and results are to come
