"""The daily log: a line per event, a file per day, and no disk stops it."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conntest_tui.cli.headless_run_command import Lines
from conntest_tui.model import Event, EventKind, Host
from conntest_tui.model.event_lines import beside_kind
from conntest_tui.model.requests import Acknowledge, Mute, Recheck, Unacknowledge, Unmute
from conntest_tui.monitor import daily_log
from conntest_tui.monitor.daily_log import DayLog
from conntest_tui.notify.channel import Reply, ReplyVerdict
from conntest_tui.text import REPLACEMENT, iso
from tests.fakes import FakeClock
from tests.stage import LINK_DOWN, Stage

BERLIN_MIDNIGHT = datetime(2026, 11, 21, 23, 0, tzinfo=UTC).timestamp()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(BERLIN_MIDNIGHT)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return tmp_path / "state" / "logs"


def event(
    at: float = BERLIN_MIDNIGHT, text: str = "10.1.1.254 failed", kind: EventKind = EventKind.FAILED, mail: str = ""
) -> Event:
    return Event(at, kind, text, host="10.1.1.254", mail=mail)


def names(logs: Path) -> list[str]:
    return sorted(found.name for found in logs.iterdir())


# ---------------------------------------------------------------- lines


def test_a_line_says_when_what_and_why_mailed(logs: Path, clock: FakeClock) -> None:
    DayLog(logs, 150, clock).write(
        [
            event(text="10.1.1.254 Cisco Router failed: no reply to 3 attempts", mail="mailed: first failure"),
            event(
                at=BERLIN_MIDNIGHT + 300.9, text="10.1.1.254 Cisco Router still failing", kind=EventKind.STILL_FAILING
            ),
        ]
    )
    assert (logs / "log_2026-11-22.txt").read_text() == (
        "2026-11-22T00:00:00+01:00 failed 10.1.1.254 Cisco Router: no reply to 3 attempts "
        "[mailed: first failure]\n"
        "2026-11-22T00:05:00+01:00 still-failing 10.1.1.254 Cisco Router still failing\n"
    )


@pytest.mark.parametrize(
    ("kind", "text", "rest"),
    [
        (EventKind.FAILED, "sw failed: no reply", "sw: no reply"),
        (EventKind.FAILED, "sw Job failed: see Bob failed: no reply", "sw Job failed: see Bob: no reply"),
        (
            EventKind.FAILED,
            "sw failed of its own, up no longer explains it: x",
            "sw: of its own, up no longer explains it: x",
        ),
        (EventKind.STILL_FAILING, "sw still failing after 5m: no reply", "sw after 5m: no reply"),
        (EventKind.RESTORED, "sw restored after 2h", "sw after 2h"),
        (EventKind.RESTORED, "sw answers again after 2 failed sweeps", "sw answers again after 2 failed sweeps"),
        (EventKind.UNREACHABLE, "sw unreachable behind up: no reply", "sw behind up: no reply"),
        (EventKind.FLAPPING, "sw is flapping: 6 changes within 1h", "sw: 6 changes within 1h"),
        (EventKind.STEADY, "sw is steady again and up, after flapping for 2h", "sw is up, after flapping for 2h"),
        (EventKind.ACKNOWLEDGED, "sw acknowledged", "sw"),
        (EventKind.ACKNOWLEDGED, "sw acknowledged: on it", "sw: on it"),
        (EventKind.UNACKNOWLEDGED, "sw no longer acknowledged", "sw"),
        (EventKind.MUTED, "sw muted until 14:00", "sw until 14:00"),
        (EventKind.UNMUTED, "sw no longer muted", "sw"),
        (EventKind.UNMUTED, "sw no longer muted (muted by anna)", "sw (muted by anna)"),
        (EventKind.MUTE_PLANNED, "sw muted from 22:00 until 23:00 (by anna)", "sw from 22:00 until 23:00 (by anna)"),
        (
            EventKind.MUTE_DROPPED,
            "sw not muted from 22:00 until 23:00 after all",
            "sw not from 22:00 until 23:00 after all",
        ),
        (EventKind.ADDED, "sw added to hosts.csv", "sw"),
        (EventKind.REMOVED, "sw removed from hosts.csv, failing for 2h then", "sw, failing for 2h then"),
        (EventKind.RECHECKED, "sw rechecked: replied in 1 ms", "sw: replied in 1 ms"),
        (EventKind.LINK_LOST, "the own IPv4 link is lost: no route", "IPv4: no route"),
        (
            EventKind.LINK_BACK,
            "the own IPv4 link is back: nothing was watched from 1 to 2",
            "IPv4: nothing was watched from 1 to 2",
        ),
        (EventKind.UNWATCHED, "sw is not watched: no route", "sw: no route"),
        (EventKind.WATCHED, "sw is watched again after 5m", "sw again after 5m"),
        (EventKind.CAUSE, "no route to 2 hosts: why", "no route to 2 hosts: why"),
        (EventKind.CAUSE_OVER, "over after 5m: no route to 2 hosts: why", "after 5m: no route to 2 hosts: why"),
        (EventKind.UNWATCHED, "nothing was watched from 1 to 2 (5m)", "from 1 to 2 (5m)"),
        (EventKind.STOPPED, "the monitor was stopped", "the monitor"),
        (EventKind.DELIVERED, "delivered: [DOWN] sw", "[DOWN] sw"),
        (EventKind.DISCARDED, "mail discarded: [DOWN] sw", "[DOWN] sw"),
        (EventKind.TROUBLE, "state: damaged", "state: damaged"),
    ],
)
def test_a_line_does_not_say_again_what_its_kind_says(kind: EventKind, text: str, rest: str) -> None:
    assert beside_kind(Event(0.0, kind, text)) == rest


def test_no_line_of_a_life_says_its_kind_twice(tmp_path: Path) -> None:
    """The real sentences of the whole program, in the log and as `run` prints them."""
    stage = Stage(tmp_path, ["sw", Host("cam", parent="sw"), "nas", "other"], flapping={"changes": 4, "quiet": 600.0})
    printed: list[str] = []
    lines = Lines(printed.append)
    stage.rounds()
    stage.fails("sw", "cam", "nas")
    stage.rounds()
    stage.ask(Acknowledge(["sw"], "on it"))
    stage.ask(Mute(["nas"], 3600.0))
    stage.rounds()
    stage.ask(Unacknowledge(["sw"]))
    stage.ask(Unmute(["nas"]))
    stage.ask(Recheck(["sw"]))
    for _ in range(3):
        stage.answers("sw", "cam", "nas")
        stage.rounds(2)
        stage.fails("nas", "cam")
        stage.rounds()
    stage.answers("nas", "cam")
    stage.rounds(4)
    stage.fails("sw", "cam", "nas", "other", fate=LINK_DOWN)
    stage.rounds(2)
    stage.answers("sw", "cam", "nas", "other")
    stage.rounds(2)
    stage.stop()
    lines.happened(stage.events)
    assert len({event.kind for event in stage.events}) > 14
    for event, line in zip(stage.events, printed, strict=True):
        said = event.kind.value
        assert line.startswith(f"{iso(event.at)} {said}: ")
        rest = line.partition(f" {said}: ")[2].partition(" [")[0]
        assert not re.search(rf"\b{said}\b", rest), line
        assert f"{iso(event.at)} {said.replace(' ', '-')} {rest}" in stage.log


def test_a_mail_is_one_line_with_all_who_took_it_and_later_ones_for_the_rest(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["sw", "other"], recipients=["a@x.example", "b@x.example", "late@x.example"])
    stage.post.replies["late@x.example"] = Reply(ReplyVerdict.TRANSIENT, "451 greylisted")
    stage.fails("sw")
    stage.rounds()
    stage.post.replies.clear()
    stage.rounds(2)
    told = [line.partition(" delivered ")[2] for line in stage.log.splitlines() if " delivered " in line]
    assert told == ["[DOWN] sw [to a@x.example, b@x.example]", "[DOWN] sw [to late@x.example]"]


def test_the_line_about_lost_mail_names_who_did_not_get_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ["sw", "other"], recipients=["a@x.example", "gone@x.example"])
    stage.post.replies["gone@x.example"] = Reply(ReplyVerdict.REFUSED, "550 no such user")
    stage.fails("sw")
    stage.rounds(2)
    (line,) = [line for line in stage.log.splitlines() if " trouble mail: " in line]
    assert line.endswith(" trouble mail: 1 not delivered, for good, to gone@x.example: 550 no such user")


def test_what_would_break_a_line_or_a_terminal_is_replaced(logs: Path, clock: FakeClock) -> None:
    DayLog(logs, 150, clock).write([event(text="a\nb\x1b[31m\u2028c", mail="no\rway")])
    (line,) = (logs / "log_2026-11-22.txt").read_text().splitlines()
    assert line.replace(REPLACEMENT, "?").endswith("failed a?b?[31m?c [no?way]")


def test_names_of_any_script_are_kept(logs: Path, clock: FakeClock) -> None:
    DayLog(logs, 150, clock).write([event(text="bücher.example Gebäude 日本 failed")])
    assert "Gebäude 日本" in (logs / "log_2026-11-22.txt").read_text(encoding="utf-8")


def test_without_events_there_is_no_file(logs: Path, clock: FakeClock) -> None:
    DayLog(logs, 150, clock).write([])
    assert not logs.exists()


# ---------------------------------------------------------------- files


def test_the_files_are_private(logs: Path, clock: FakeClock) -> None:
    DayLog(logs, 150, clock).write([event()])
    assert logs.stat().st_mode & 0o777 == 0o700
    assert (logs / "log_2026-11-22.txt").stat().st_mode & 0o777 == 0o600


def test_the_local_date_names_the_file(logs: Path, clock: FakeClock) -> None:
    DayLog(logs, 150, clock).write([event(BERLIN_MIDNIGHT - 1), event(BERLIN_MIDNIGHT), event(BERLIN_MIDNIGHT + 86400)])
    assert names(logs) == ["log_2026-11-21.txt", "log_2026-11-22.txt", "log_2026-11-23.txt"]


def test_the_hour_that_comes_twice_is_told_apart_by_its_offset(logs: Path, clock: FakeClock) -> None:
    twice = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()
    DayLog(logs, 150, clock).write([event(twice), event(twice + 3600)])
    lines = (logs / "log_2026-10-25.txt").read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]


def test_a_restart_goes_on_in_the_same_file(logs: Path, clock: FakeClock) -> None:
    for _ in range(2):
        DayLog(logs, 150, clock).write([event()])
    assert len((logs / "log_2026-11-22.txt").read_text().splitlines()) == 2


def test_a_deleted_directory_is_made_again(logs: Path, clock: FakeClock) -> None:
    log = DayLog(logs, 150, clock)
    log.write([event()])
    (logs / "log_2026-11-22.txt").unlink()
    logs.rmdir()
    log.write([event()])
    assert names(logs) == ["log_2026-11-22.txt"]


# ---------------------------------------------------------------- the oldest go


def test_the_oldest_files_beyond_the_limit_go(logs: Path, clock: FakeClock) -> None:
    log = DayLog(logs, 3, clock)
    for day in range(6):
        log.write([event(BERLIN_MIDNIGHT + day * 86400)])
    assert names(logs) == ["log_2026-11-25.txt", "log_2026-11-26.txt", "log_2026-11-27.txt"]


def test_other_files_are_never_removed(logs: Path, clock: FakeClock) -> None:
    logs.mkdir(parents=True)
    others = ["log_2026-01-01.txt.gz", "log_2026-1-1.txt", "my_log_2026-01-01.txt", "log_2026-01-01_old.txt", "a.txt"]
    for name in (*others, "log_2026-01-02.txt"):
        (logs / name).touch()
    (logs / "log_2026-01-03.txt").mkdir()
    (logs / "log_2026-01-04.txt").symlink_to(logs / "a.txt")
    DayLog(logs, 1, clock).write([event()])
    assert names(logs) == sorted([*others, "log_2026-01-03.txt", "log_2026-01-04.txt", "log_2026-11-22.txt"])


def test_a_changed_limit_holds_from_the_next_line_on(logs: Path, clock: FakeClock) -> None:
    log = DayLog(logs, 5, clock)
    for day in range(5):
        log.write([event(BERLIN_MIDNIGHT + day * 86400)])
    log.keep = 2
    log.write([event(BERLIN_MIDNIGHT + 4 * 86400)])
    assert names(logs) == ["log_2026-11-25.txt", "log_2026-11-26.txt"]


def test_the_file_in_use_stays_when_the_clock_was_years_ahead(logs: Path, clock: FakeClock) -> None:
    log = DayLog(logs, 1, clock)
    log.write([event(BERLIN_MIDNIGHT + 10 * 365 * 86400)])
    log.write([event()])
    assert names(logs) == ["log_2026-11-22.txt"]


# ---------------------------------------------------------------- trouble


def test_lines_wait_for_a_disk_in_trouble_and_keep_their_order(logs: Path, clock: FakeClock) -> None:
    logs.parent.mkdir()
    logs.touch()
    log = DayLog(logs, 150, clock)
    log.write([event(BERLIN_MIDNIGHT - 1, "one"), event(text="two")])
    log.write([event(text="three")])
    assert log.trouble == f"{logs} takes no lines (File exists): they wait"
    logs.unlink()
    log.write([])
    assert log.trouble is None
    assert (logs / "log_2026-11-21.txt").read_text().split()[-1] == "one"
    assert [line.split()[-1] for line in (logs / "log_2026-11-22.txt").read_text().splitlines()] == ["two", "three"]


def test_lines_beyond_the_limit_are_counted_and_the_log_says_so(
    logs: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily_log, "MOST_WAITING", 3)
    logs.parent.mkdir()
    logs.touch()
    log = DayLog(logs, 150, clock)
    for number in range(5):
        log.write([event(text=str(number))])
    assert log.trouble is not None
    assert log.trouble.endswith("they wait")
    logs.unlink()
    log.write([event(text="5")])
    assert (logs / "log_2026-11-22.txt").read_text().splitlines() == [
        "2026-11-22T00:00:00+01:00 trouble the log: 3 lines are missing here: the disk did not take them",
        *(f"2026-11-22T00:00:00+01:00 failed {number}" for number in (3, 4, 5)),
    ]


# ---------------------------------------------------------------- what is not ours


@pytest.mark.parametrize("kind", ["fifo", "link", "link to nowhere"])
def test_lines_wait_while_something_else_is_in_the_files_place(
    tmp_path: Path, logs: Path, clock: FakeClock, kind: str
) -> None:
    logs.mkdir(parents=True, mode=0o700)
    place = logs / "log_2026-11-22.txt"
    precious = tmp_path / "precious"
    if kind == "fifo":
        os.mkfifo(place)
    else:
        place.symlink_to(precious)
        if kind == "link":
            precious.write_text("data")
    log = DayLog(logs, 150, clock)
    log.write([event()])
    assert log.trouble is not None
    assert f"{place} is a {'named pipe' if kind == 'fifo' else 'link'}" in log.trouble
    assert (precious.read_text() if kind == "link" else precious.exists()) == ("data" if kind == "link" else False)
    place.unlink()
    log.write([event()])
    assert log.trouble is None
    assert len(place.read_text().splitlines()) == 2


def test_a_link_in_the_place_of_the_directory_is_not_followed(tmp_path: Path, logs: Path, clock: FakeClock) -> None:
    logs.parent.mkdir()
    (tmp_path / "elsewhere").mkdir()
    logs.symlink_to(tmp_path / "elsewhere")
    log = DayLog(logs, 150, clock)
    log.write([event()])
    assert log.trouble is not None
    assert "is a link" in log.trouble
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_parents_are_private_whatever_the_umask(logs: Path, clock: FakeClock) -> None:
    before = os.umask(0)
    try:
        DayLog(logs, 150, clock).write([event()])
    finally:
        os.umask(before)
    assert logs.parent.stat().st_mode & 0o777 == 0o700
