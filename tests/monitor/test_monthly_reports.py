"""The report that is mailed on the first of the month: once, whatever happens at the turn."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from conntest_tui.errors import StoreError
from conntest_tui.model import EventKind, Host
from conntest_tui.store.outage_store import OutageStore
from tests.fakes import FakeClock
from tests.stage import Stage

ON = {"report": {"monthly": True}}
HOSTS = (Host("10.0.0.1", "Router", group="Building 406"), Host("10.0.0.2", "Printer"))
DAY = 86_400.0


def at(written: str) -> float:
    return datetime.fromisoformat(written).astimezone().timestamp()


def stage(tmp_path: Path, began: str = "2026-10-31 22:02", **settings: Any) -> Stage:
    return Stage(tmp_path, HOSTS, clock=FakeClock(at(began)), **{**ON, **settings})


def reports(stage: Stage) -> list[str]:
    return [subject for subject in stage.subjects if "REPORT" in subject]


def test_it_comes_when_the_month_is_over_and_once(tmp_path: Path) -> None:
    scene = stage(tmp_path)
    scene.fails("10.0.0.1")
    scene.rounds(6)
    scene.answers("10.0.0.1")
    scene.rounds(17)
    assert scene.clock.wall < at("2026-11-01 00:00")
    assert reports(scene) == []
    scene.rounds(20)
    assert reports(scene) == ["[REPORT] October 2026: 87.500 %, 1 outage"]
    mail = scene.post.mails[-1]
    assert mail.at == at("2026-11-01 00:02")
    assert mail.text.startswith("Availability in October 2026\n")
    assert "10.0.0.1 Router" in mail.text
    assert mail.text.endswith("Written by conntest-tui, configuration " + tmp_path.name + ".\n")
    html = mail.message.get_body(("html",))
    assert html is not None
    assert "<h1>Availability in October 2026</h1>" in html.get_content()
    assert mail.message_id.startswith("<report-2026-10.")
    assert EventKind.TROUBLE not in scene.kinds()
    scene.clock.pass_(28 * DAY)
    scene.rounds(20)
    assert len(reports(scene)) == 1
    scene.clock.pass_(2 * DAY)
    scene.rounds(2)
    assert [subject[:22] for subject in reports(scene)[1:]] == ["[REPORT] November 2026"]


def test_it_is_off_by_default_and_without_mail(tmp_path: Path) -> None:
    both: list[dict[str, Any]] = [{"report": {}}, {"email": {"delivery": "off"}}]
    for number, settings in enumerate(both):
        scene = stage(tmp_path / str(number), "2026-10-31 23:02", **settings)
        scene.rounds(30)
        assert reports(scene) == []
        assert scene.state.database.rows("SELECT * FROM monthly_report") == []


def test_switched_on_in_the_middle_of_a_month_it_waits_for_its_end(tmp_path: Path) -> None:
    scene = stage(tmp_path, "2026-10-30 12:02", report={"monthly": False})
    scene.rounds(20)
    scene.clock.pass_(2 * DAY)
    scene.rounds(3)
    scene.settings = type(scene.settings).model_validate({"interval": 300.0, **ON})
    scene.change(scene.configuration(HOSTS))
    scene.rounds(20)
    assert reports(scene) == []
    scene.clock.pass_(30 * DAY)
    scene.rounds(3)
    assert [subject[:22] for subject in reports(scene)] == ["[REPORT] November 2026"]


def test_a_monitor_that_was_off_at_the_turn_mails_it_when_it_is_back(tmp_path: Path) -> None:
    scene = stage(tmp_path, "2026-09-30 12:02")
    scene.rounds(20)
    scene.stop()
    scene.clock.pass_(40 * DAY)
    scene.start()
    scene.rounds(3)
    assert [subject[:24] for subject in reports(scene)] == ["[REPORT] September 2026:"]
    scene.clock.pass_(30 * DAY)
    scene.rounds(3)
    assert [subject[:22] for subject in reports(scene)][1:] == ["[REPORT] November 2026"], "October was not watched"


@pytest.mark.parametrize("restarts", [1, 3])
def test_what_could_not_be_sent_goes_out_after_a_restart_as_one_mail(tmp_path: Path, restarts: int) -> None:
    scene = stage(tmp_path, "2026-10-31 23:02")
    scene.rounds(10)
    scene.post.away = True
    scene.rounds(10)
    assert scene.clock.wall > at("2026-11-01 00:00")
    for _ in range(restarts):
        scene.kill()
        scene.start()
        scene.rounds(5)
    scene.post.away = False
    scene.rounds(10)
    assert len(reports(scene)) == 1


def test_a_mail_of_which_nobody_knows_whether_it_arrived_is_repeated_with_its_id(tmp_path: Path) -> None:
    scene = stage(tmp_path, "2026-10-31 23:02")
    scene.rounds(10)
    scene.post.breaks_off = True
    scene.rounds(4)
    scene.post.breaks_off = False
    scene.kill()
    scene.start()
    scene.rounds(4)
    assert len(reports(scene)) >= 2
    assert len({mail.message_id for mail in scene.post.mails}) == 1


def test_killed_while_it_is_made_it_is_made_again(tmp_path: Path) -> None:
    scene = stage(tmp_path, "2026-10-31 23:32")
    scene.rounds(3)
    scene.clock.pass_(1800)
    scene.spawn = lambda _work: None  # what takes long does not come to its end
    scene.rounds(1)
    scene.kill()
    scene.spawn = lambda work: work()
    scene.start()
    scene.rounds(3)
    assert len(reports(scene)) == 1


def test_a_clock_that_is_set_back_over_midnight_makes_no_second_one(tmp_path: Path) -> None:
    scene = stage(tmp_path, "2026-10-31 23:52")
    scene.rounds(4)
    assert len(reports(scene)) == 1
    scene.clock.step_wall(-1200)
    scene.rounds(10)
    assert len(reports(scene)) == 1


def test_a_clock_that_was_years_ahead_for_a_while_does_not_end_the_reports(tmp_path: Path) -> None:
    scene = stage(tmp_path, "2026-10-30 12:02")
    scene.rounds(20)
    scene.clock.step_wall(3650 * DAY)
    scene.rounds(3)
    scene.clock.step_wall(-3650 * DAY)
    scene.rounds(3)
    before = len(reports(scene))
    scene.clock.pass_(2 * DAY)
    scene.rounds(3)
    assert len(reports(scene)) == before + 1


def test_a_machine_that_starts_with_a_clock_of_years_ago_forgets_no_report(tmp_path: Path) -> None:
    """One without a clock of its own, until it has asked for the time: it was off over the turn of the month."""
    scene = stage(tmp_path, "2026-10-31 12:02")
    scene.rounds(20)
    scene.stop()
    scene.clock.pass_(2 * DAY)
    scene.clock.step_wall(-700 * DAY)
    scene.start()
    scene.rounds(3)
    assert reports(scene) == []
    scene.clock.step_wall(700 * DAY)
    scene.rounds(3)
    assert [subject[:22] for subject in reports(scene)] == ["[REPORT] October 2026:"]


def test_a_report_waits_apart_from_news_and_is_no_digest(tmp_path: Path) -> None:
    scene = stage(tmp_path, "2026-10-31 23:32")
    scene.rounds(3)
    scene.post.away = True
    scene.fails("10.0.0.1", "10.0.0.2")
    scene.rounds(10)
    scene.post.away = False
    scene.rounds(10)
    assert [subject.split("]")[0] for subject in scene.subjects][:2] == ["[DOWN 2 hosts", "[REPORT"]
    assert len(reports(scene)) == 1


def test_a_store_that_refuses_is_asked_again_in_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = stage(tmp_path, "2026-10-31 23:32")
    scene.rounds(3)

    def refuse(*_: object) -> None:
        raise StoreError("the state database refused: no")

    with monkeypatch.context() as patch:
        patch.setattr("conntest_tui.reports.month_report.sums_between", refuse)
        scene.rounds(6)
        said = [event.text for event in scene.events if event.kind is EventKind.TROUBLE]
        why = "the state database refused: no"
        assert said == [f"the report of October 2026 could not be made, and is tried again in an hour: {why}"]
        assert reports(scene) == []
    scene.rounds(13)
    assert len(reports(scene)) == 1


def test_a_fault_of_our_own_stops_neither_the_watch_nor_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = stage(tmp_path, "2026-10-31 23:32")
    scene.rounds(3)

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("conntest_tui.reports.month_report.figures_of_outages", broken)
    scene.fails("10.0.0.1")
    scene.rounds(6)
    assert [subject.split("]")[0] for subject in scene.subjects] == ["[DOWN"]
    assert "ZeroDivisionError" in scene.log


@pytest.mark.parametrize("killed", [True, False])
def test_the_report_and_that_it_is_due_no_longer_are_one_transaction(
    tmp_path: Path, killed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = stage(tmp_path, "2026-10-31 23:32")
    scene.rounds(3)
    with monkeypatch.context() as patch:

        def refuse(*_: object) -> None:
            raise StoreError("the state database refused: no")

        patch.setattr(OutageStore, "record", refuse)
        scene.rounds(6)
        if killed:
            scene.kill()
    if killed:
        scene.start()
    scene.rounds(3)
    assert len(reports(scene)) == 1
