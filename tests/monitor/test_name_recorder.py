"""What look-ups come to is kept for the next start, told, and asked for at once."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from conntest_tui.errors import StoreError
from conntest_tui.icmp.name_lookups import NameLookups
from conntest_tui.model import Event, EventKind
from conntest_tui.monitor import Recorder, StateDirectory
from conntest_tui.monitor.daily_log import DayLog
from conntest_tui.monitor.recorder import NAMES_EVERY, NameRecorder
from tests.icmp.naming import Zone
from tests.icmp.world import World


class Later(World):
    """Its look-ups end when a test lets them."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Callable[[], None]] = []

    def begin(self, work: Callable[[], None], name: str) -> None:  # noqa: ARG002 - as a machine is called
        self.waiting.append(work)


class Desk:
    """A name that a sweep could not ask, since it is being looked up."""

    def __init__(self, directory: Path, state: StateDirectory, world: Later) -> None:
        self.world, self.zone, self.state = world, Zone(host=("10.77.0.1",)), state
        self.names = NameLookups(world, world, lookup=self.zone)
        self.recorder = Recorder(state, DayLog(directory / "logs", 1, world))
        self.events: list[Event] = []
        self.recorder.publish = self.events.extend
        self.name_recorder = NameRecorder(self.names, self.recorder)
        self.names.want(["host"])
        self.names.left_out(["host"], [])

    def tend(self, seconds: float = NAMES_EVERY) -> tuple[str, ...]:
        """Let look-ups end, and time pass; return the names to ask now."""
        for work in self.world.waiting:
            work()
        self.world.waiting.clear()
        self.world.sleep(seconds)
        return self.name_recorder.tend(self.world.now())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    world = Later()
    with closing(StateDirectory.open(tmp_path, world)) as state:
        yield Desk(tmp_path, state, world)


def test_a_name_that_has_come_is_asked_once_and_kept(desk: Desk) -> None:
    assert desk.name_recorder.tend(desk.world.now()) == ()
    assert desk.tend(NAMES_EVERY / 2) == (), "many come one by one, and are asked together"
    assert desk.state.address_cache.of("host") is None
    assert desk.tend(NAMES_EVERY / 2) == ("host",)
    assert desk.tend() == ()
    record = desk.state.address_cache.of("host")
    assert record is not None
    assert record.addresses == ("10.77.0.1",)
    assert desk.events == []


def test_a_name_that_moves_is_told_also_when_the_store_does_not_keep_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.tend()
    desk.zone.says["host"] = ("10.88.0.1",)
    desk.name_recorder.look_up(["host"])

    def refuse(_records: object) -> None:
        raise StoreError("refused")

    monkeypatch.setattr(desk.state.address_cache, "keep", refuse)
    assert desk.tend() == (), "it could be asked all the time"
    (event,) = desk.events
    assert (event.kind, event.host) == (EventKind.NAME, "host")
    assert "10.88.0.1" in event.text


def test_without_names_there_is_nothing_to_do(desk: Desk) -> None:
    nameless = NameRecorder(None, desk.recorder)
    nameless.look_up(["host"])
    assert nameless.tend(desk.world.now()) == ()
