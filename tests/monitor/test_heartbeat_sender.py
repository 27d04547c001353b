"""When the heartbeat is sent, when it fails, and what becomes of it when the service does not answer."""

import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from conntest_tui.config import HeartbeatKind, HeartbeatService, Secret
from conntest_tui.errors import StoreError
from conntest_tui.model import EventKind, MailStatus
from conntest_tui.model.monitor_figures import MonitorFigures
from conntest_tui.model.requests import Reload
from conntest_tui.monitor.heartbeat_sender import HeartbeatSender, watch_failure
from conntest_tui.notify.channel import Reply, ReplyVerdict
from tests.fakes import FakeClock
from tests.notify.web_server import WebServer, ok, web_server
from tests.stage import LINK_DOWN, Stage
from tests.system.terminal import wait_until


@dataclass
class Noted(HeartbeatSender):
    """A sender that notes what it is told."""

    verdicts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(lambda: None, FakeClock())

    def swept(self, seconds: float, figures: MonitorFigures, mail: MailStatus) -> None:
        assert seconds >= 0
        self.verdicts.append(watch_failure(figures, mail))


class Beating(Stage):
    """A stage with a heartbeat."""

    def start(self) -> None:
        self.heart = Noted()
        super().start()
        self.monitor.figures.heartbeat = self.heart


def test_a_day_of_outages_that_are_handled_never_fails(tmp_path: Path) -> None:
    hosts = [f"10.0.0.{number}" for number in range(1, 20)]
    stage = Beating(tmp_path, hosts, interval=300.0)
    for hour in range(24):
        stage.post.away = hour in (6, 7)  # mail that only waits is no trouble of the watch either
        stage.fails(*hosts[hour % 5 : hour % 7])
        stage.rounds(6)
        stage.answers(*hosts)
        stage.rounds(6)
    assert len(stage.post.mails) > 10
    assert stage.heart.verdicts == [""] * 288


def test_held_mail_fails_it_within_two_intervals_and_its_delivery_ends_that(tmp_path: Path) -> None:
    stage = Beating(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.rounds()
    stage.post.door = Reply(ReplyVerdict.CONFIGURATION, "535 no, boss@company.net", whole_server=True)
    stage.fails("10.0.0.1")
    stage.rounds(2)
    assert stage.heart.verdicts[:2] == ["", ""]
    assert stage.heart.verdicts[-1] == "mail is held: 535 no, boss@company.net"
    stage.post.door = None
    stage.ask(Reload())
    stage.rounds(3)
    assert stage.heart.verdicts[-1] == ""


def test_a_state_that_takes_nothing_fails_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Beating(tmp_path, ["10.0.0.1"])
    stage.rounds()

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    stage.fails("10.0.0.1")
    monkeypatch.setattr(stage.state.outage_store, "record", full)
    stage.rounds()
    assert stage.heart.verdicts == ["", "state: the disk is full"]
    monkeypatch.undo()
    stage.rounds()
    assert stage.heart.verdicts[-1] == ""


def test_a_lost_link_fails_it(tmp_path: Path) -> None:
    stage = Beating(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.rounds()
    stage.fails("10.0.0.1", "10.0.0.2", fate=LINK_DOWN)
    stage.rounds(2)
    assert "the own IPv4 link of this machine is lost" in stage.heart.verdicts[-1]
    stage.answers("10.0.0.1", "10.0.0.2")
    stage.rounds(2)
    assert stage.heart.verdicts[-1] == ""


def test_a_sweep_that_is_not_judged_to_its_end_is_not_told(tmp_path: Path) -> None:
    stage = Beating(tmp_path, ["10.0.0.1"])
    stage.monitor._watch.goes_on = lambda: False
    stage.rounds(3)
    assert stage.heart.verdicts == []


# ---------------------------------------------------------------- over a real connection


@dataclass
class Heart:
    """A sender to a real server, and what is wrong with the state it reports on."""

    server: WebServer
    stage: Stage
    kind: HeartbeatKind = HeartbeatKind.HEALTHCHECKS
    path: str = "/ping/secret-token"
    retries: tuple[float, ...] = (0.05, 0.05)
    gone: bool = False

    def __post_init__(self) -> None:
        self.sender = HeartbeatSender(self.service, self.stage.clock, patience=0.5, retries=self.retries)

    def service(self) -> HeartbeatService | None:
        return None if self.gone else HeartbeatService(Secret(self.server.base + self.path), self.kind)

    def swept(self, failure: str = "") -> None:
        figures = replace(self.stage.monitor.figures.read(), state_trouble=failure)
        self.sender.swept(0.5, figures, MailStatus())

    def tells(self, count: int) -> list[str]:
        wait_until(lambda: len(self.server.heard) >= count, 5, f"{count} requests have come")
        return [one.target for one in self.server.heard]


@pytest.fixture(name="heart")
def _heart(tmp_path: Path) -> Iterator[Heart]:
    with web_server() as server:
        yield Heart(server, Stage(tmp_path, ["10.0.0.1"]))


def test_it_is_sent_and_counted(heart: Heart) -> None:
    heart.swept()
    heart.tells(1)
    wait_until(lambda: heart.sender.status is not None and heart.sender.status.taken == 1, 5, "it is counted")
    assert heart.sender.status is not None
    assert heart.sender.status.last == heart.stage.clock.now().wall
    heart.swept("the disk is full")
    assert heart.tells(2) == ["/ping/secret-token", "/ping/secret-token/fail"]
    assert heart.server.heard[1].body == "state: the disk is full"
    heart.gone = True
    heart.swept()
    assert heart.sender.status is None
    time.sleep(0.1)
    assert len(heart.server.heard) == 2


def test_a_hanging_service_delays_nobody_and_only_the_newest_is_told(heart: Heart) -> None:
    heart.server.answer = lambda connection: (connection.recv(1), None)[1]
    began = time.monotonic()
    heart.swept("first")
    heart.tells(1)
    for number in range(50):
        heart.swept(f"number {number}")
    assert time.monotonic() - began < 0.4
    heart.server.answer = ok()
    heart.tells(2)
    time.sleep(0.2)
    assert [one.body for one in heart.server.heard] == ["state: first", "state: number 49"]


def test_one_that_is_lost_is_repeated_and_no_trouble_yet(heart: Heart) -> None:
    answers = iter([ok("", "503 Busy"), ok()])
    heart.server.answer = lambda connection: next(answers)(connection)  # noqa: PLW0108 - the next one each time
    heart.swept()
    heart.tells(2)
    wait_until(lambda: heart.sender.status is not None and heart.sender.status.taken == 1, 5, "it was taken")
    assert heart.sender.trouble == ""


def test_what_fails_again_is_a_trouble_with_one_text_until_it_is_well(heart: Heart) -> None:
    heart.server.answer = ok("no /ping/secret-token here", "404 Not Found")
    heart.swept()
    heart.tells(3)
    wait_until(lambda: heart.sender.trouble != "", 5, "it is a trouble")
    told = heart.sender.trouble
    assert told.startswith("the service does not hear from this monitor: the service knows no such check")
    assert "secret" not in told
    heart.server.answer = ok("", "500 Broken")
    heart.swept()
    heart.tells(4)
    assert heart.sender.trouble == told
    heart.server.answer = ok()
    heart.swept()
    wait_until(lambda: heart.sender.trouble == "", 5, "it is well again")
    assert heart.sender.status is not None
    assert heart.sender.status.failed >= 4


def test_another_url_begins_anew(heart: Heart) -> None:
    heart.server.answer = ok("", "404 Not Found")
    heart.swept()
    wait_until(lambda: heart.sender.trouble != "", 5, "it is a trouble")
    heart.path, heart.server.answer = "/ping/another", ok()
    heart.swept()
    wait_until(lambda: heart.sender.trouble == "", 5, "it is well again")
    assert heart.server.heard[-1].target == "/ping/another"


def test_the_trouble_is_an_event_once_and_its_end_another(heart: Heart) -> None:
    stage = heart.stage
    stage.monitor.figures.heartbeat = heart.sender
    heart.server.answer = ok("", "500 Broken")
    for _ in range(4):
        stage.rounds()
        heart.tells(1)
        wait_until(lambda: heart.sender.trouble != "", 5, "it is a trouble")
    heart.server.answer = ok()
    stage.rounds()
    wait_until(lambda: heart.sender.trouble == "", 5, "it is well again")
    stage.rounds()
    said = [event for event in stage.events if event.text.startswith("heartbeat: ")]
    assert [event.kind for event in said] == [EventKind.TROUBLE, EventKind.RELIEF]


def test_a_module_that_cannot_be_read_just_now_is_a_trouble_and_not_the_end(
    heart: Heart, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while no file can be opened; who is not told of a trouble takes silence for the end of the watch."""
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "conntest_tui.notify.heartbeat_protocol", None)
        heart.swept()
        wait_until(lambda: heart.sender.trouble != "", 5, "it is a trouble")
    assert heart.sender.trouble.endswith("a fault of this program (ModuleNotFoundError)")
    heart.swept()
    assert heart.tells(1) == ["/ping/secret-token"]
    wait_until(lambda: heart.sender.trouble == "", 5, "it is well again")


def test_a_system_without_threads_tries_again_with_the_next_sweep(
    heart: Heart, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr("conntest_tui.monitor.heartbeat_sender.threading.Thread.start", refuse)
        heart.swept()
    heart.swept()
    assert heart.tells(1) == ["/ping/secret-token"]
