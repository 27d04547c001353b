"""While the operator was away: the first key tells what has changed, and does nothing else."""

from dataclasses import replace

import pytest
from textual import events
from textual.widgets import Input, Static

from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, MailHealth, MailStatus, Mark, Snapshot
from conntest_tui.tui.away_summary import AwayDialog, AwayTracker, away_lines
from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.table.arrangement import make_board
from tests.fakes import NOON, FakeClock
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import HOSTS, HOUR, MAIL_OK, NOW, down, everything_up, judged, snapshot, up
from tests.tui.seat import Seat, console

ROUTER, SWITCH, CORE, HIDDEN = HOSTS[0], HOSTS[1], HOSTS[5], HOSTS[7:9]
LATER = Instant(NOON + HOUR, NOON + HOUR)


def event(ago: float, kind: EventKind, host: str | None = None, *, mail: str = "") -> Event:
    return Event(NOON + HOUR - ago, kind, f"{host} {kind.value}", host, mail=mail, id=int(5000 - ago))


def news() -> list[Event]:
    """Return an hour in which the router fails, the core switch comes and goes, and a storm passes."""
    return [
        event(3000, EventKind.STORM),
        event(3000, EventKind.FAILED, ROUTER.name, mail="mailed: first failure"),
        replace(
            event(2999, EventKind.DELIVERED, ROUTER.name),
            text="delivered: [DOWN] Cisco Router",
            mail="to noc@company.net, admin@company.net",
        ),
        event(2000, EventKind.FAILED, CORE.name, mail="mailed: first failure"),
        event(1500, EventKind.RESTORED, CORE.name, mail="mailed: it answers again"),
        event(1400, EventKind.FAILED, CORE.name, mail="not mailed: muted"),
        *(event(1300, EventKind.UNREACHABLE, host.name) for host in HIDDEN),
        *(event(1200, EventKind.RESTORED, host.name) for host in HIDDEN),
        event(1000, EventKind.RESTORED, CORE.name),
        event(900, EventKind.RESTORED, SWITCH.name, mail="mailed: it answers again"),
    ]


def after(mail: MailStatus = MAIL_OK) -> Snapshot:
    return snapshot([down(ROUTER), *(up(host) for host in HOSTS[1:])], mail=mail)


def told(mail: MailStatus = MAIL_OK) -> list[str]:
    """Return what the panel says after that hour."""
    away = AwayTracker(600, Instant(NOON, NOON))
    away.touched(Instant(NOON, NOON), make_board(snapshot([up(HOSTS[0]), down(SWITCH), *map(up, HOSTS[2:])])))
    away.happened(news())
    board = make_board(after(mail))
    return ["".join(span.text for span in line) for line in away_lines(away.touched(LATER, board), board, LATER)]


# ---------------------------------------------------------------- what it says


def test_the_panel_tells_who_is_still_down_who_came_back_and_about_the_mail() -> None:
    assert told() == [
        "1h, since 16:13",
        "",
        "Down, and nobody has taken it: 1",
        "  10.1.1.254 Cisco Router  since 16:23: no reply to 3 attempts",
        "",
        "Mail: 1 mail delivered; mail ok",
        "  16:23  [DOWN] Cisco Router  to noc@, admin@",
        "",
        "Failed, and back again: 1",
        "  10.1.3.1 Core switch  16:50, back at 16:56, failed 2 times",
        "",
        "Behind a host that was down, and back again: 2",
        "",
        "Down before you left, and back: 1",
        "  10.1.2.7 Switch 7  back at 16:58",
        "",
        "As many hosts are in each state as before.",
        "",
        "Besides",
        "  16:23  None storm",
    ]


def test_a_host_that_flaps_is_not_called_back() -> None:
    away = AwayTracker(600, Instant(NOON, NOON))
    kinds = (EventKind.FLAPPING, EventKind.RESTORED)
    away.happened([event(900 - at, kind, ROUTER.name) for at, kind in enumerate(kinds)])
    flapping = judged(up(ROUTER), mark=Mark(ROUTER.name, flapping_since=NOW))
    board = make_board(snapshot([flapping]))
    lines = ["".join(span.text for span in line) for line in away_lines(away.touched(LATER, board), board, LATER)]
    assert lines[lines.index("Flapping: 1") + 1] == "  10.1.1.254 Cisco Router  back at 16:58"
    assert not any("and back" in line for line in lines)


def test_of_many_mails_the_last_are_told_and_the_others_counted() -> None:
    away = AwayTracker(600, Instant(NOON, NOON))
    away.happened([Event(NOON, EventKind.DELIVERED, f"delivered: mail {n}", mail="to a@x.org") for n in range(9)])
    board = make_board(after())
    lines = ["".join(span.text for span in line) for line in away_lines(away.touched(LATER, board), board, LATER)]
    assert "Mail: 9 mails delivered; mail ok" in lines
    assert [line.strip() for line in lines if "  to a@" in line] == [f"16:13  mail {n}  to a@" for n in (5, 6, 7, 8)]
    assert "  and 5 before them" in lines


def test_what_somebody_has_taken_stands_apart() -> None:
    away = AwayTracker(600, Instant(NOON, NOON))
    away.happened([event(900, EventKind.FAILED, host.name) for host in (SWITCH, ROUTER)])
    board = make_board(snapshot([down(ROUTER), down(SWITCH, note="on it")]))
    lines = ["".join(span.text for span in line) for line in away_lines(away.touched(LATER, board), board, LATER)]
    assert lines[2:8] == [
        "Down, and nobody has taken it: 1",
        "  10.1.1.254 Cisco Router  since 16:58: no reply to 3 attempts",
        "",
        "Mail: no mail delivered; mail ok",
        "",
        "Down, and handled: 1",
    ]
    assert lines[8] == "  10.1.2.7 Switch 7  since 16:58: no reply to 3 attempts"


def test_mail_that_has_not_gone_out_is_told() -> None:
    held = MailStatus(MailHealth.HELD, "535 authentication failed", queued=3)
    assert told(held)[5:7] == ["Mail: 1 mail delivered, 3 not delivered yet; mail stuck", "  535 authentication failed"]
    assert told(MailStatus(MailHealth.OFF))[5] == "Mail is off: no mail was written."


def test_a_host_that_is_down_again_is_not_told_as_if_it_had_come_back() -> None:
    away = AwayTracker(600, Instant(NOON, NOON))
    kinds = (EventKind.FAILED, EventKind.RESTORED, EventKind.FAILED)
    away.happened([event(1800 - 600 * at, kind, ROUTER.name) for at, kind in enumerate(kinds)])
    board = make_board(after())
    lines = ["".join(span.text for span in line) for line in away_lines(away.touched(LATER, board), board, LATER)]
    assert "  10.1.1.254 Cisco Router  since 17:03, failed 2 times: no reply to 3 attempts" in lines


def test_changed_counts_are_told_from_what_to_what() -> None:
    away = AwayTracker(600, Instant(NOON, NOON))
    away.touched(Instant(NOON, NOON), make_board(everything_up()))
    board = make_board(after())
    report = away.touched(LATER, board)
    assert "".join(span.text for span in away_lines(report, board, LATER)[-1]) == "▼ down 0 → 1   ● up 14 → 13"


def test_long_lists_are_cut_and_counted() -> None:
    away = AwayTracker(600, Instant(NOON, NOON))
    away.happened([event(60, EventKind.FAILED, host.name) for host in HOSTS])
    board = make_board(snapshot([down(host) for host in HOSTS]))
    lines = ["".join(span.text for span in line) for line in away_lines(away.touched(LATER, board), board, LATER)]
    assert "Down, and nobody has taken it: 14" in lines
    assert "  and 6 more hosts" in lines
    assert len(lines) < 20


def test_only_the_last_of_other_news_are_kept() -> None:
    away = AwayTracker(600, Instant(NOON, NOON))
    away.happened([Event(NOON, EventKind.LINK_LOST, f"news {number}") for number in range(100)])
    assert away.touched(LATER, None).news == tuple((NOON, f"news {number}") for number in range(94, 100))


@pytest.mark.parametrize(("after", "passed", "over"), [(600, 599, False), (600, 600, True), (0, 1e9, False)])
def test_a_time_away_is_so_long_and_zero_means_never(after: float, passed: float, over: bool) -> None:
    away = AwayTracker(after, Instant(NOON, NOON))
    assert away.is_over(Instant(NOON + passed, NOON - HOUR)) == over


# ---------------------------------------------------------------- how it comes


async def away(seat: Seat, clock: FakeClock, *, seconds: float = HOUR) -> None:
    """Let the router fail, and time pass without a key."""
    await seat.tell(after())
    await seat.happened(*news())
    clock.pass_(seconds)


async def test_the_first_key_shows_the_panel_and_does_nothing_else() -> None:
    clock = FakeClock()
    async with console(FakeSource(everything_up()), clock=clock) as seat:
        await away(seat, clock)
        await seat.press("r")
        assert isinstance(seat.app.screen, AwayDialog)
        assert seat.source.asked == []
        clock.pass_(1)
        await seat.press("q")
        assert len(seat.app.screen_stack) == 1
        assert seat.app.is_running, "the key that closes the panel does nothing else either"
        await seat.press("r")
        assert seat.source.asked == [("recheck", ["10.1.1.254"])]


async def test_a_click_shows_the_panel_too_and_a_mere_movement_does_not() -> None:
    clock = FakeClock()
    async with console(FakeSource(everything_up()), clock=clock) as seat:
        await away(seat, clock)
        for kind in (events.MouseMove, events.MouseDown, events.MouseUp):
            shown = isinstance(seat.app.screen, AwayDialog)
            assert shown == (kind is events.MouseUp), "the button is down by then"
            seat.app.post_message(kind(None, 20, 8, 0, 0, 1, shift=False, meta=False, ctrl=False))
            await seat.pilot.pause()
        assert seat.table.selected == "10.1.1.254"
        for pause in (0.1, 1):  # a double click is one
            assert isinstance(seat.app.screen, AwayDialog)
            clock.pass_(pause)
            for kind in (events.MouseDown, events.MouseUp):
                seat.app.post_message(kind(None, 60, 20, 0, 0, 1, shift=False, meta=False, ctrl=False))
                await seat.pilot.pause()
        await seat.until(lambda: len(seat.app.screen_stack) == 1)


async def test_what_is_typed_ahead_does_nothing() -> None:
    clock = FakeClock()
    async with console(FakeSource(everything_up()), clock=clock) as seat:
        await away(seat, clock)
        for key in ("slash", *"Loopback"):
            await seat.press(key)
            clock.pass_(0.3)
        assert [type(screen) for screen in seat.app.screen_stack[1:]] == [AwayDialog]
        assert seat.source.asked == []
        clock.pass_(0.3)
        await seat.press("k")
        assert len(seat.app.screen_stack) == 1
        await seat.press("slash", *"Loop")
        assert seat.screen.query_one(Input).value == "Loop"


async def test_who_is_away_twice_before_reading_gets_one_window_about_all_of_it() -> None:
    clock = FakeClock()
    async with console(FakeSource(everything_up()), clock=clock) as seat:
        await away(seat, clock)
        await seat.press("r")
        await seat.happened(replace(event(-HOUR, EventKind.LINK_LOST), text="the link is gone"))
        clock.pass_(HOUR)
        await seat.press("r")
        assert [type(screen) for screen in seat.app.screen_stack[1:]] == [AwayDialog]
        said = str(seat.app.screen.query_one("Static", Static).content)
        assert said.startswith("2h, since 16:13")
        assert "10.1.1.254 Cisco Router  since 16:23" in said
        assert "the link is gone" in said
        clock.pass_(0.4)
        await seat.press("r")
        assert isinstance(seat.app.screen, AwayDialog), "nobody reads that fast"
        clock.pass_(1)
        await seat.press("r")
        assert len(seat.app.screen_stack) == 1
        clock.pass_(HOUR)
        await seat.press("down")
        assert seat.toasts()[-1:] == ["Nothing has changed in the 1h that you were away."], "what was read is over"


async def test_when_nothing_has_changed_the_key_does_its_work() -> None:
    clock = FakeClock()
    async with console(FakeSource(everything_up()), clock=clock) as seat:
        clock.pass_(2 * HOUR)
        await seat.press("down")
        assert seat.table.selected == "10.1.2.7"
        assert seat.toasts() == ["Nothing has changed in the 2h that you were away."]


async def test_a_short_time_away_is_none() -> None:
    clock = FakeClock()
    async with console(FakeSource(everything_up()), clock=clock) as seat:
        await away(seat, clock, seconds=599)
        await seat.press("down")
        assert len(seat.app.screen_stack) == 1


async def test_being_away_can_be_switched_off() -> None:
    clock = FakeClock()
    async with console(FakeSource(everything_up()), clock=clock, preferences=replace(Preferences(), away=0)) as seat:
        await away(seat, clock, seconds=1e6)
        await seat.press("down")
        assert len(seat.app.screen_stack) == 1
