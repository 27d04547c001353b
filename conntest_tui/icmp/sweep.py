"""One sweep: every host in flight at once, one socket per version of IP, no thread of its own."""

import math
import select
import time
from collections.abc import Callable, Sequence

from conntest_tui.clock import Clock
from conntest_tui.icmp.address import numeric, text_of, version_of
from conntest_tui.icmp.lane import Lane
from conntest_tui.icmp.ledger import Ledger
from conntest_tui.icmp.pacing import Pacer
from conntest_tui.icmp.packet import Version
from conntest_tui.icmp.resolve import NOT_FOUND, Question, Resolver
from conntest_tui.icmp.socket import EchoSocket
from conntest_tui.model import Outcome, SweepReport, Target

# The shortest sleep between two bursts, seconds: at 1,000 requests a second these are 2 each, at 50,000 they are 100.
TICK = 0.002
# The longest time without asking whether to stop.
LONGEST_WAIT = 0.05
# Below this a pause is slept through: waking up for each reply would double the work, and the kernel stamps them.
SLEEP = 0.02
NAME_POLL = 0.02
PROGRESS_EVERY = 0.1
# The steady clock counts suspension and the monotonic one does not: so far apart, this machine has slept in between.
SLEPT = 1.0


class Sweep:
    """A sweep under way. Make one, `run` it once."""

    def __init__(
        self,
        targets: Sequence[Target],
        *,
        pacer: Pacer,
        resolver: Resolver,
        clock: Clock,
        open_socket: Callable[[Version], EchoSocket],
        progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        """See `Prober.sweep`; `pacer` and `resolver` are shared with other sweeps, sockets are not."""
        self._ledger = Ledger(targets)
        self._pacer = pacer
        self._resolver = resolver
        self._clock = clock
        self._open_socket = open_socket
        self._progress = progress
        self._cancelled = cancelled or (lambda: False)
        self._lanes: dict[Version, Lane | str] = {}  # or the reason why there is none
        self._poll = select.poll()
        self._names: dict[str, list[int]] = {}
        self._question: Question | None = None
        self._reported = 0.0

    def run(self) -> SweepReport:
        """Probe every target; return when all are settled, or soon after the sweep is cancelled.

        Raises:
            ProbeError: no ICMP socket is granted.
        """
        begun, begun_monotonic = self._clock.now().steady, time.monotonic()
        ledger = self._ledger
        try:
            self._admit_all()
            cancelled = self._cancelled()
            while ledger.open and not cancelled:
                self._step()
                cancelled = self._cancelled()
        finally:
            self._close()
        self._tell(math.inf)
        seconds = self._clock.now().steady - begun
        slept = seconds - (time.monotonic() - begun_monotonic) > SLEPT
        return SweepReport(
            results=ledger.results(),
            seconds=seconds,
            sent=sum(ledger.requests),
            strays=sum(lane.strays for lane in self._open_lanes()),
            complete=not ledger.open and not slept,
        )

    def _step(self) -> None:
        now = time.monotonic()
        lanes = self._open_lanes()
        for lane in lanes:
            lane.drain()
            lane.expire(now)
        if self._question is not None:
            self._admit_answers(self._question)
        for lane in sorted(lanes, key=lambda lane: not lane.retries):
            if lane.waiting:
                lane.send(self._pacer.take(min(lane.batch, lane.waiting)))
        self._tell(now)
        if self._ledger.open:
            self._wait(lanes)

    # ------------------------------------------------------------ targets come in

    def _admit_all(self) -> None:
        """Queue the targets that are addresses, and have the names of the others looked up."""
        addresses, sockaddrs = self._ledger.addresses, self._ledger.sockaddrs
        slots: dict[Version, list[int]] = {version: [] for version in Version}
        for slot, target in enumerate(self._ledger.targets):
            try:
                addresses[slot], sockaddrs[slot] = numeric(target.name)
            except ValueError:
                self._names.setdefault(target.name, []).append(slot)
            except OSError:
                self._refuse(slot, f"no interface {target.name.partition('%')[2]}")
            else:
                slots[version_of(sockaddrs[slot])].append(slot)
        for version in filter(slots.get, Version):
            self._admit(slots[version], version)
        if self._names:
            self._question = self._resolver.ask(self._names)

    def _admit_answers(self, question: Question) -> None:
        ledger = self._ledger
        for answer in question.answers():
            slots = self._names[answer.name]
            for slot in slots:
                if answer.note is not None:
                    ledger.notes[slot] = answer.note
                if answer.sockaddr is None:
                    ledger.trouble(slot, Outcome.UNRESOLVED, answer.reason or NOT_FOUND)
                    ledger.fail(slot)
                else:
                    ledger.addresses[slot], ledger.sockaddrs[slot] = text_of(answer.sockaddr), answer.sockaddr
            if answer.sockaddr is not None:
                self._admit(slots, version_of(answer.sockaddr))
        if not question.open:
            self._question = None

    def _admit(self, slots: list[int], version: Version) -> None:
        lane = self._lanes.get(version)
        if lane is None:
            lane = self._lanes[version] = self._open_lane(version)
        if isinstance(lane, Lane):
            lane.fresh.extend(slots)
        else:
            for slot in slots:
                self._refuse(slot, lane)

    def _open_lane(self, version: Version) -> Lane | str:
        try:
            lane = Lane(self._open_socket(version), self._ledger)
        except OSError:
            return f"this machine does not speak IPv{version.value}"
        self._poll.register(lane, select.POLLIN)
        return lane

    def _refuse(self, slot: int, why: str) -> None:
        self._ledger.trouble(slot, Outcome.UNSENDABLE, f"cannot send: {why}")
        self._ledger.fail(slot)

    # ------------------------------------------------------------ time goes by

    def _open_lanes(self) -> list[Lane]:
        return [lane for lane in self._lanes.values() if isinstance(lane, Lane)]

    def _wait(self, lanes: list[Lane]) -> None:
        """Sleep until there is something to do: a request may go out, a reply comes in, an attempt times out."""
        sending = any(lane.waiting for lane in lanes)
        if sending:
            pause = self._pacer.delay()
            if any(lane.full for lane in lanes):
                pause = max(pause, TICK)
            if pause <= 0:
                return
        else:
            deadlines = [deadline for lane in lanes if (deadline := lane.next_deadline()) is not None]
            pause = min(deadlines) - time.monotonic() if deadlines else LONGEST_WAIT
        pause = min(max(pause, TICK), NAME_POLL if self._question is not None else LONGEST_WAIT)
        if sending and pause < SLEEP:
            time.sleep(pause)
        else:
            self._poll.poll(math.ceil(pause * 1000))

    def _tell(self, now: float) -> None:
        if self._progress is not None and now - self._reported >= PROGRESS_EVERY:
            self._reported = now
            self._progress(len(self._ledger.targets) - self._ledger.open)

    def _close(self) -> None:
        if self._question is not None:
            self._question.close()
        for lane in self._open_lanes():
            lane.close()
