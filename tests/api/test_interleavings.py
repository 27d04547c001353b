"""Whatever comes in whatever order, a viewer shows in the end what the monitor has, and every event once and in order.

The monitor is the real one over a simulated network, with its state in a file, and served on a real socket; a relay
cuts the connections of the viewer, in the middle of a line too; it is restarted in good order and killed.
"""

import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from conntest_tui.api import client as client_module
from conntest_tui.api import viewers
from conntest_tui.api.client import AttachedMonitor
from conntest_tui.api.server import ApiServer
from conntest_tui.model import Event, Snapshot
from conntest_tui.model.requests import Acknowledge, Mute, Recheck, Request, Unacknowledge, Unmute
from tests.api.relay import Relay
from tests.api.served import wait_for
from tests.stage import Stage

HOSTS = ("10.0.0.1", "10.0.0.2", "10.0.0.3")
BOUND = 10.0
"""Seconds within which a viewer shows what the monitor has, whatever was before; most of it for a busy machine."""

NAMES = st.lists(st.sampled_from([*HOSTS, "10.9.9.9"]), min_size=1, max_size=3).map(tuple)
REQUESTS: st.SearchStrategy[Request] = st.one_of(
    st.builds(Recheck, st.none() | NAMES),
    st.builds(Acknowledge, NAMES, st.sampled_from(["", "on it"]), st.booleans()),
    st.builds(Unacknowledge, NAMES),
    st.builds(Mute, NAMES, seconds=st.none() | st.floats(1, 1e6)),
    st.builds(Unmute, NAMES),
)


class Witness:
    def __init__(self) -> None:
        self.newest: Snapshot | None = None
        self.numbers: list[int] = []

    def snapshot(self, snapshot: Snapshot) -> None:
        self.newest = snapshot

    def happened(self, events: Sequence[Event]) -> None:
        self.numbers += [event.id for event in events]


class Interleavings(RuleBasedStateMachine):
    """A monitor, a viewer, and what may come between them."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(client_module, "RETRY", 0.05)
        self.patch.setattr(viewers, "PERIOD", 0.01)
        self.directory = tempfile.TemporaryDirectory()
        place = Path(self.directory.name)
        self.stage = Stage(place / "state", HOSTS, renotify=300.0)
        self.stage.rounds()
        self.server = self._serve()
        self.relay = Relay(place / "relay.sock", place / "state" / "attach.sock")
        self.viewer, self.witness, self.stopped = AttachedMonitor(lambda: self.relay.path), Witness(), threading.Event()
        self.thread = threading.Thread(target=self.viewer.run, args=(self.witness, self.stopped), daemon=True)
        self.thread.start()
        wait_for(lambda: self.viewer._last is not None)
        self.first = self.viewer._last or 0
        self.agree()

    def _serve(self) -> ApiServer:
        server = ApiServer(self.stage.monitor, self.stage.directory, {})
        server.start()
        wait_for(lambda: server.path is not None and server.path.exists())
        return server

    # ------------------------------------------------------------ what happens

    @rule(name=st.sampled_from(HOSTS))
    def a_host_falls_silent(self, name: str) -> None:
        self.stage.fails(name)

    @rule(name=st.sampled_from(HOSTS))
    def a_host_answers_again(self, name: str) -> None:
        self.stage.answers(name)

    @rule(number=st.integers(1, 3))
    def sweeps(self, number: int) -> None:
        self.stage.rounds(number)

    @rule(number=st.integers(1, 4))
    def the_list_is_another_one(self, number: int) -> None:
        self.stage.change(self.stage.configuration([*HOSTS, "10.0.0.4"][:number]))
        self.stage.rounds()

    @rule(request=REQUESTS)
    def a_request_of_the_viewer(self, request: Request) -> None:
        future = self.viewer.request(request)
        end = time.monotonic() + BOUND
        while not future.done():
            assert time.monotonic() < end
            self.stage.monitor.turn(0)
            time.sleep(0.005)

    @rule(after=st.sampled_from([0, 0, 1, 50, 300, 700, 2_000]), request=st.none() | REQUESTS)
    def the_connections_are_cut(self, after: int, request: Request | None) -> None:
        self.relay.cut(after)
        if request is not None:
            self.a_request_of_the_viewer(request)

    @rule()
    def the_server_is_restarted(self) -> None:
        self.server.close()
        self.server = self._serve()

    @rule(killed=st.booleans(), meanwhile=st.booleans())
    def the_monitor_is_restarted(self, killed: bool, meanwhile: bool) -> None:
        self.server.close()
        if killed:
            self.stage.kill()
        else:
            self.stage.stop()
        self.stage.start()
        if meanwhile:
            self.stage.rounds()
        self.server = self._serve()

    # ------------------------------------------------------------ what is true

    @rule()
    def agree(self) -> None:
        """The viewer shows what the monitor has, and was told what is stored."""
        self.stage.monitor.turn(0)
        wait_for(self._is_same, BOUND)

    def _is_same(self) -> bool:
        self.stage.monitor.turn(0)  # the server may have something to report
        shown = self.witness.newest
        if shown is None or shown.gone is not None:
            return False
        stored = [event.id for event in self.stage.monitor.queries.events(10_000) if event.id > self.first][::-1]
        assert len(set(self.witness.numbers)) == len(self.witness.numbers)
        assert self.witness.numbers == sorted(self.witness.numbers)
        if len(self.witness.numbers) > len(stored):
            raise AssertionError(f"{self.witness.numbers} were told, {stored} are stored")
        return self.witness.numbers == stored and shown.statuses == self.stage.monitor._watch.host_statuses.statuses()

    def teardown(self) -> None:
        try:
            self.agree()
        finally:
            self.stopped.set()
            self.relay.close()
            self.thread.join(2)
            self.server.close()
            self.stage.stop()
            self.stage.close()
            self.directory.cleanup()
            self.patch.undo()


def test_a_viewer_shows_what_the_monitor_has_after_any_interleaving() -> None:
    run_state_machine_as_test(
        Interleavings,
        settings=settings(
            max_examples=8,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )
