"""A stage for second looks: each runs when the test lets it."""

from collections.abc import Callable
from pathlib import Path

from conntest_tui.errors import ConntestError
from conntest_tui.icmp import Fate
from conntest_tui.model import Host, Outcome, Refusal, State
from conntest_tui.model.requests import Recheck
from conntest_tui.monitor.background_sweeps import Job
from tests.stage import Stage

HOST, OTHER = "10.0.0.1", "10.0.0.2"
REFUSED = Fate(Outcome.UNSENDABLE, refusal=Refusal.FIREWALL)


def is_look(work: Callable[[], None]) -> bool:
    """Return whether the order that a sweep carries out is a stage of a second look."""
    held = [cell.cell_contents for cell in work.__closure__ or ()]
    return any(isinstance(order, Job) and order.pace is not None for order in held)


class LookStage(Stage):
    """A stage on which sweeps run at once, and second looks when the test lets them."""

    def __init__(
        self,
        directory: Path,
        *hosts: str | Host,
        interval: float = 300.0,
        failures: int = 1,
        uplinks: tuple[str, ...] = (),
    ) -> None:
        self.looks: list[Callable[[], None]] = []
        settings = {"interval": interval, "failures": failures, "uplink": {"hosts": uplinks}}
        super().__init__(directory, hosts or (HOST, OTHER), **settings)  # type: ignore[arg-type] # none is a clock
        self.spawn = self._spawn
        self.settle()

    def _spawn(self, work: Callable[[], None]) -> None:
        if is_look(work):
            self.looks.append(work)
        else:
            work()

    def sweep(self) -> None:
        """Time passes until a sweep begins and ends; its second look begins."""
        self.clock.pass_(max(0.0, self.monitor.schedule.due - self.clock.steady))
        self.settle()

    def look(self) -> None:
        """Whatever look is under way ends."""
        self.clock.pass_(6.0)
        while self.looks:
            self.looks.pop(0)()
            self.settle()

    @property
    def state_of(self) -> State:
        return self.status(HOST).standing.state


def begun(tmp_path: Path, interval: float = 300.0) -> LookStage:
    """A host was silent in a sweep, and its second look is under way."""
    stage = LookStage(tmp_path, interval=interval)
    stage.sweep()
    stage.fails(HOST)
    stage.sweep()
    assert stage.state_of is State.SUSPECT
    assert stage.status(HOST).checking
    assert stage.subjects == []
    return stage


def recheck(stage: LookStage) -> None:
    stage.ask(Recheck([HOST]))
    stage.settle()


def break_down_look(stage: LookStage) -> None:
    """The look cannot be made."""
    fate = stage.fate

    def broken(name: str) -> Fate:  # noqa: ARG001 - as a fate is asked for
        raise ConntestError("no more sockets")

    stage.fate = broken  # type: ignore[method-assign] # for this look only
    stage.look()
    stage.fate = fate  # type: ignore[method-assign]


def break_down(stage: LookStage) -> None:
    break_down_look(stage)
    assert stage.state_of is State.SUSPECT
