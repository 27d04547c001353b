"""What the screens ask beyond the snapshot: answered from the store, from any thread, whatever its state."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from conntest_tui.clock import Instant
from conntest_tui.config import HistorySettings
from conntest_tui.errors import StoreError
from conntest_tui.model import EventKind, Host
from conntest_tui.model.query_results import DeliveryState
from conntest_tui.model.requests import Discard, RetryMail
from conntest_tui.monitor.queries import MOST_ROUNDS
from conntest_tui.text import DAY, HOUR
from tests.stage import RECIPIENT, Stage

HOST = "10.0.0.1"


def troubled(directory: Path) -> Stage:
    """Return a stage on which a host was down for two rounds, and is up again."""
    stage = Stage(directory, [Host(HOST, "Router"), "10.0.0.2"])
    stage.rounds(2)
    stage.fails(HOST)
    stage.rounds(2)
    stage.answers(HOST)
    stage.rounds(2)
    return stage


def test_a_report_tells_outages_mails_and_why_they_were_written(tmp_path: Path) -> None:
    report = troubled(tmp_path).monitor.queries.host_report(HOST)
    (outage,) = report.outages
    assert outage.ended is not None
    assert outage.failures == 2
    assert [entry.subject for entry in report.messages] == [
        "[UP after 10m] Router (10.0.0.1)",
        "[DOWN] Router (10.0.0.1)",
    ]
    assert all(d.state is DeliveryState.SENT for entry in report.messages for d in entry.deliveries)
    assert [event.kind for event in report.events] == [
        EventKind.DELIVERED,
        EventKind.RESTORED,
        EventKind.STILL_FAILING,
        EventKind.DELIVERED,
        EventKind.FAILED,
    ]
    assert report.events[-1].mail.startswith("mailed")
    assert report.events[2].mail.startswith("not mailed")
    day, week, month = report.availability
    assert (day.watched, day.failed) == (week.watched, week.failed) == (month.watched, month.failed) == (6, 2)


def test_nobody_has_heard_of_a_strange_host(tmp_path: Path) -> None:
    report = troubled(tmp_path).monitor.queries.host_report("10.9.9.9")
    assert (report.outages, report.messages, report.events) == ((), (), ())
    assert report.availability[0].share is None


def test_samples_are_told_sweep_by_sweep(tmp_path: Path) -> None:
    stage = troubled(tmp_path)
    values = [value for _, value in stage.monitor.queries.samples(HOST, stage.clock.wall - DAY)]
    assert [math.isinf(value) for value in values] == [False, False, True, True, False, False]
    assert len(stage.monitor.queries.samples(HOST, stage.clock.wall - 900)) == 3


def test_what_is_too_old_to_be_told_sweep_by_sweep_is_told_by_the_hour(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [HOST])
    end = stage.clock.wall // HOUR * HOUR
    for back in range(3 * 12, 0, -1):
        stage.state.history.add(end - back * 300, {HOST: math.inf if back == 30 else 0.002})
    stage.state.history.add(end, {HOST: 0.002})  # the last hour is over, and summed up
    stage.state.history.purge(Instant(end, end), HOUR, 366 * DAY)
    found = stage.monitor.queries.samples(HOST, end - DAY)
    ages = [(end - at) / HOUR for at, _ in found]
    assert ages == sorted(ages, reverse=True)
    assert ages[:5] == [3.0, 3.0, 2.5, 2.0, 1.5], "a failed sweep, then the usual time each half hour"
    assert math.isinf(found[0][1])
    assert ages[5:] == [at / 12 for at in range(12, -1, -1)]


def test_no_plot_gets_more_than_some_thousand_sweeps(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [HOST])
    end = stage.clock.wall // HOUR * HOUR
    rounds = [end - back * 2 for back in range(MOST_ROUNDS + 700, 0, -1)]
    stage.state.database.transaction(lambda _: [stage.state.history.add(at, {HOST: 0.002}) for at in rounds])
    found = stage.monitor.queries.samples(HOST, end - 7 * DAY)
    assert MOST_ROUNDS <= len(found) <= MOST_ROUNDS + 8
    assert found == sorted(found)


def test_events_are_found_by_kind_words_and_mail_and_paged(tmp_path: Path) -> None:
    queries = troubled(tmp_path).monitor.queries
    everything = queries.events(100)
    assert len(everything) == 6, "started, failed, delivered, still failing, restored, delivered"
    first, second = queries.events(3), queries.events(3, before=everything[2].id)
    assert [*first, *second] == everything
    assert [event.kind for event in queries.events(9, kinds={EventKind.FAILED})] == [EventKind.FAILED]
    assert [event.kind for event in queries.events(9, words="ROUTER failed")] == [EventKind.FAILED]
    assert queries.events(9, words="router 100%") == []
    assert {event.kind for event in queries.events(9, about_mail=True)} == {
        EventKind.DELIVERED,
        EventKind.FAILED,
        EventKind.STILL_FAILING,
        EventKind.RESTORED,
    }


def test_a_mail_that_has_arrived_is_told_with_who_got_it_and_of_which_host_it_tells(tmp_path: Path) -> None:
    queries = troubled(tmp_path).monitor.queries
    told = queries.events(9, kinds={EventKind.DELIVERED})
    assert [event.text for event in told] == [
        "delivered: [UP after 10m] Router (10.0.0.1)",
        "delivered: [DOWN] Router (10.0.0.1)",
    ]
    assert {(event.host, event.mail) for event in told} == {(HOST, f"to {RECIPIENT}")}


def test_words_are_taken_as_they_are_typed(tmp_path: Path) -> None:
    queries = troubled(tmp_path).monitor.queries
    for words in ("%", "_outer", "' OR 1=1 --", '"', "*"):
        assert queries.events(9, words=words) == []


def test_a_mail_is_told_as_a_person_reads_it(tmp_path: Path) -> None:
    queries = troubled(tmp_path).monitor.queries
    number = queries.host_report(HOST).messages[-1].message
    assert number is not None
    told = queries.message(number)
    assert f"To: {RECIPIENT}" in told
    assert "Subject: [DOWN] Router (10.0.0.1)" in told
    assert "is down" in told
    assert queries.message(999) == "This mail is not in the store any more."


def test_the_mail_that_an_event_says_has_arrived_can_be_read(tmp_path: Path) -> None:
    queries = troubled(tmp_path).monitor.queries
    up, down = queries.events(9, kinds={EventKind.DELIVERED})
    assert "Subject: [UP after 10m] Router (10.0.0.1)" in queries.arrived_mail(up)
    assert "Subject: [DOWN] Router (10.0.0.1)" in queries.arrived_mail(down)
    other = replace(up, at=down.at)
    assert queries.arrived_mail(other) == "This mail is not in the store any more."


def test_the_outbox_tells_what_waits_and_a_retry_sends_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [HOST, "10.0.0.2"])
    stage.rounds()
    stage.post.away = True
    stage.fails(HOST)
    stage.rounds(8)
    (entry,) = stage.monitor.queries.outbox(10)
    assert "[DOWN] 10.0.0.1" in entry.subject
    stage.settle()
    next_try = stage.dispatcher.status().next_try
    assert next_try is not None
    assert next_try > stage.clock.wall + 100, "by now the server is left alone for minutes"
    stage.post.away = False
    stage.ask(RetryMail())
    stage.monitor.turn(0)
    stage.deliver()
    stage.clock.pass_(20)  # what it would tell is brought up to date first
    stage.deliver()
    assert len(stage.subjects) == 1


def test_what_is_asked_about_one_host_tells_who_got_its_mail(tmp_path: Path) -> None:
    queries = troubled(tmp_path).monitor.queries
    newest, first = queries.mails_about(HOST)
    assert newest.subject.startswith("[UP after 10m]")
    assert [(one.recipient, one.state) for one in first.deliveries] == [(RECIPIENT, DeliveryState.SENT)]
    assert queries.mails_about("10.0.0.2") == []


def test_news_that_no_mail_is_written_of_yet_are_told_of_their_host_alone(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [HOST, "10.0.0.2", "10.0.0.3"])
    stage.rounds()
    stage.post.away = True
    stage.fails(HOST)
    stage.fails("10.0.0.2")
    stage.rounds(8)
    (entry,) = stage.monitor.queries.mails_about(HOST)
    assert (entry.message, entry.deliveries) == (None, ())
    assert entry.subject.startswith("[DOWN] 10.0.0.1")
    assert stage.monitor.queries.host_report(HOST).messages == (entry,)
    assert stage.monitor.queries.mails_about("10.0.0.3") == []


def test_a_discarded_mail_is_sent_no_more_and_the_log_says_so(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [HOST, "10.0.0.2"])
    stage.rounds()
    stage.post.away = True
    stage.fails(HOST)
    stage.settle()
    (entry,) = stage.monitor.queries.outbox(10)
    stage.ask(Discard(entry))
    stage.settle()
    stage.post.away = False
    stage.clock.pass_(60)
    stage.deliver()
    assert stage.subjects == []
    assert EventKind.DISCARDED in stage.kinds()
    assert "discarded [DOWN] 10.0.0.1" in stage.log


def test_the_setup_tells_what_is_in_force_and_no_secret(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [HOST], failures=2)
    stage.config.problems = ("hosts.csv:3: broken; mend it",)
    setup = stage.monitor.queries.setup()
    assert setup.problems == ("hosts.csv:3: broken; mend it",)
    assert setup.state == str(tmp_path)
    assert setup.size > 0
    assert {setting.path: setting.value for setting in setup.inventory.settings}["failures"] == "2"


def test_a_store_that_cannot_be_read_gives_empty_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = troubled(tmp_path)

    def refuse(*_: object) -> None:
        raise StoreError("the disk is gone")

    for way in ("rows", "look"):
        monkeypatch.setattr(stage.state.database, way, refuse)
    queries = stage.monitor.queries
    assert queries.events(9) == []
    assert queries.host_report(HOST).outages == ()
    assert queries.samples(HOST, 0.0) == []
    assert queries.outbox(9) == []
    assert queries.mails_about(HOST) == []
    assert "not in the store" in queries.message(1)
    assert queries.setup().size == 0


def test_the_history_is_kept_for_as_long_as_the_settings_say(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [HOST])
    now = stage.clock.now()
    ages = (1.5 * DAY, 3.5 * DAY, 0.5 * DAY)
    for age in sorted(ages, reverse=True):
        stage.state.history.add(now.wall - age, {HOST: 0.002})
    for _ in range(3):
        stage.state.history.add(now.wall, {HOST: 0.002})  # sums up one hour each
    stage.state.tend(now, HistorySettings(samples=1, hours=2))
    history = stage.state.history
    assert {round((now.wall - at) / DAY, 1) for at, _ in history.samples(HOST, 0.0)} == {0.5, 0.0}
    kept = [hour.at // HOUR for hour in history.hours(HOST, 0.0, now.wall)]
    assert kept == [(now.wall - age) // HOUR for age in (1.5 * DAY, 0.5 * DAY)]


def test_what_nobody_watched_is_part_of_the_report(tmp_path: Path) -> None:
    stage = troubled(tmp_path)
    before = stage.monitor.queries.host_report(HOST).availability[0]
    stage.stop()
    stage.clock.pass_(2 * 3600)
    stage.start()
    stage.rounds()
    after = stage.monitor.queries.host_report(HOST).availability[0]
    assert before.unwatched == 86400 - 6 * 300, "nor was it before the first round"
    assert after.unwatched == 86400 - 5 * 300 - 300, "what the last one before the gap found, held for no longer"
