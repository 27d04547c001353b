"""What asks for attention: the bell, toasts, the title; a storm is one of each, and what is hushed is none."""

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from textual.widgets._toast import Toast as ToastWidget

from conntest_tui.model import Event, EventKind, Host, HostStatus, Mark, State
from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.desktop_notices import desktop_notice
from conntest_tui.tui.table.arrangement import HostBoard, make_board
from conntest_tui.tui.toasts_bell_title import Severity, Toast, ToastNotification, rings, terminal_title, toasts
from tests.fakes import NOON
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import HOSTS, HOUR, NOW, down, everything_up, judged, muted, snapshot, trouble, up
from tests.tui.seat import Seat, console

ROUTER, SWITCH = HOSTS[0], HOSTS[1]


def failed(host: Host, kind: EventKind = EventKind.FAILED, number: int = 1) -> Event:
    return Event(NOON, kind, f"{host.name} {kind.value}", host.name, id=number)


def board_of(*statuses: HostStatus) -> HostBoard:
    return make_board(snapshot(statuses))


# ---------------------------------------------------------------- what is worth it


def test_one_failure_is_told_in_its_own_words() -> None:
    assert toasts([failed(ROUTER)], board_of(down(ROUTER))) == [Toast("▼ 10.1.1.254 failed", Severity.ERROR)]


def test_one_recovery_is_told_in_its_own_words() -> None:
    told = toasts([failed(ROUTER, EventKind.RESTORED)], board_of(up(ROUTER)))
    assert told == [Toast("● 10.1.1.254 restored", Severity.INFORMATION)]


def test_many_failures_are_one_toast_that_names_the_groups_worst_hit() -> None:
    board = make_board(everything_up())
    text = "▼ 14 hosts failed: Building 406 (5), Headquarters (5), Branch offices (4)"
    assert toasts([failed(host) for host in HOSTS], board) == [Toast(text, Severity.ERROR)]


def test_groups_beyond_the_third_are_counted() -> None:
    hosts = [Host(f"h{number}", group=f"G{number}") for number in range(5)]
    (toast,) = toasts([failed(host) for host in hosts], board_of(*map(up, hosts)))
    assert toast.text == "▼ 5 hosts failed: G0 (1), G1 (1), G2 (1) and 2 more groups"


def test_a_storm_is_told_once_and_in_its_own_words() -> None:
    storm = Event(NOON, EventKind.STORM, "14 of 14 hosts failed in one sweep")
    told = toasts([storm, *(failed(host) for host in HOSTS)], make_board(everything_up()))
    assert told == [Toast("▼ 14 of 14 hosts failed in one sweep", Severity.ERROR)]


def test_failures_and_recoveries_that_come_together_are_two_toasts() -> None:
    told = toasts([failed(ROUTER), failed(SWITCH, EventKind.RESTORED)], make_board(everything_up()))
    assert [toast.severity for toast in told] == [Severity.ERROR, Severity.INFORMATION]


@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        (EventKind.LINK_LOST, "error"),
        (EventKind.LINK_BACK, "information"),
        (EventKind.CAUSE, "error"),
        (EventKind.CAUSE_OVER, "information"),
    ],
)
def test_what_keeps_this_machine_from_asking_is_told(kind: EventKind, severity: str) -> None:
    assert toasts([Event(NOON, kind, "the link")], board_of()) == [Toast("the link", Severity(severity))]


def test_a_request_that_could_not_be_carried_out_is_told_and_other_troubles_have_their_banner() -> None:
    request = Event(NOON, EventKind.TROUBLE, "10.1.1.254 is not muted", ROUTER.name)
    banner = Event(NOON, EventKind.TROUBLE, "mail: 451 later")
    assert toasts([request, banner], board_of(up(ROUTER))) == [Toast(request.text, Severity.WARNING)]


@pytest.mark.parametrize(
    "status",
    [muted(down(ROUTER), HOUR), judged(down(ROUTER), mark=Mark(ROUTER.name, flapping_since=NOW))],
    ids=["muted", "flapping"],
)
def test_hosts_that_are_muted_or_flap_make_no_noise(status: HostStatus) -> None:
    assert toasts([failed(ROUTER)], board_of(status)) == []
    assert not rings([failed(ROUTER)], board_of(status))


@pytest.mark.parametrize("kind", list(EventKind))
def test_only_failures_ring(kind: EventKind) -> None:
    loud = {EventKind.FAILED, EventKind.STORM, EventKind.LINK_LOST, EventKind.CAUSE}
    assert rings([failed(ROUTER, kind)], board_of(up(ROUTER))) == (kind in loud)


@pytest.mark.parametrize(
    ("statuses", "title"),
    [
        ([up(ROUTER)], "conntest"),
        ([down(ROUTER), down(SWITCH, note="x")], "▼ 2 down, 1 handled - conntest"),
        ([down(SWITCH, note="x")], "▼ 1 down, handled - conntest"),
        ([judged(up(ROUTER), state=State.UNWATCHED)], "? 1 unwatched - conntest"),
        ([], "conntest"),
    ],
)
def test_the_title_counts_what_is_down(statuses: Sequence[HostStatus], title: str) -> None:
    assert terminal_title(board_of(*statuses)) == title


# ---------------------------------------------------------------- what comes of it


def written(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list into which goes what is written to the terminal from now on."""
    told: list[str] = []
    assert seat.app._driver is not None
    monkeypatch.setattr(seat.app._driver, "write", told.append)
    return told


def ringing(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    rung: list[bool] = []
    monkeypatch.setattr(seat.app, "bell", lambda: rung.append(True))
    return rung


async def test_a_failure_rings_once_and_shows_a_toast(monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(FakeSource(trouble())) as seat:
        rung = ringing(seat, monkeypatch)
        await seat.press("w")
        await seat.happened(*(failed(host, number=at) for at, host in enumerate(HOSTS[:4], start=1)))
        assert rung == [True]
        assert seat.toasts() == ["▼ 4 hosts failed: Building 406 (4)"]


async def test_what_the_log_in_view_tells_is_told_by_the_bell_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(FakeSource(trouble())) as seat:
        rung = ringing(seat, monkeypatch)
        await seat.happened(failed(ROUTER))
        assert (rung, seat.toasts()) == ([True], [])


async def test_a_toast_takes_one_line_on_that_of_the_keys() -> None:
    async with console(FakeSource(trouble()), size=(80, 24)) as seat:
        seat.app.notify("first")
        seat.app.notify("x" * 200, severity="error")
        await seat.until(lambda: len(seat.app.screen.query(ToastWidget)) == 2)
        newest = list(seat.app.screen.query(ToastWidget))[-1]
        await seat.until(lambda: (newest.region.y, newest.region.height) == (23, 1))


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize(("page", "kept"), [("", "? Help  q Quit"), ("w", "? Help"), ("e", "? Help"), ("o", "? Help")])
@pytest.mark.parametrize("message", ["Rechecking 10.1.3.25", "x" * 300], ids=["short", "long"])
async def test_a_toast_leaves_help_and_the_way_out_in_sight(
    size: tuple[int, int], page: str, kept: str, message: str
) -> None:
    async with console(FakeSource(trouble()), size=size) as seat:
        await seat.press(*page)
        seat.app.notify(message)
        await seat.until(lambda: bool(seat.app.screen.query(ToastWidget)))
        toast = seat.app.screen.query_one(ToastWidget)
        await seat.until(lambda: (toast.region.y, toast.region.height) == (size[1] - 1, 1))
        shown = bottom_line(seat)
        assert kept in shown
        assert message[:18] in shown
        if page in ("e", "o"):
            assert "esc Back" in shown


async def test_where_there_is_room_a_toast_covers_no_key() -> None:
    async with console(FakeSource(trouble()), size=(200, 60)) as seat:
        await seat.resize(200, 60)
        before = bottom_line(seat)
        seat.app.notify("Rechecking 10.1.3.25")
        await seat.until(lambda: "Rechecking" in bottom_line(seat))
        assert before.rstrip() in bottom_line(seat)


@pytest.mark.parametrize("key", ["question_mark", "n", "C"])
async def test_a_window_that_opens_while_a_toast_stays_shows_it_once(key: str) -> None:
    async with console(FakeSource(trouble()), size=(60, 15)) as seat:
        seat.app.notify("Rechecking 10.1.3.25, and that is a long line")
        await seat.until(lambda: "Rechecking" in bottom_line(seat))
        await seat.press(key)
        await seat.until(lambda: "that is a long line" in bottom_line(seat))
        assert bottom_line(seat).count("Rechecking") == 1
        await seat.press("escape")
        await seat.until(lambda: "? Help" in bottom_line(seat) and "Rechecking" in bottom_line(seat))


def bottom_line(seat: Seat) -> str:
    """Return what stands in the last row of the screen, whatever covers what."""
    return seat.app.screen._compositor.render_strips()[-1].text


async def test_bell_toasts_and_title_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = Preferences(bell=False, toasts=False, title=False)
    async with console(FakeSource(everything_up()), preferences=wanted) as seat:
        rung, told = ringing(seat, monkeypatch), written(seat, monkeypatch)
        await seat.tell(trouble())
        await seat.happened(failed(ROUTER))
        assert rung == []
        assert seat.toasts() == []
        assert not any("\x1b]2;" in text for text in told)
        assert not seat.app.has_named_terminal


def test_quiet_switches_off_what_makes_a_noise_and_keeps_the_title() -> None:
    assert Preferences().quiet() == Preferences(bell=False, toasts=False, title=True)


@pytest.mark.parametrize(
    ("protocol", "start"), [("osc9", "\x1b]9;conntest: ▼ "), ("osc777", "\x1b]777;notify;conntest;▼ ")]
)
async def test_a_failure_asks_for_a_notice_on_the_desktop_where_that_is_wanted(
    monkeypatch: pytest.MonkeyPatch, protocol: str, start: str
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)
    wanted = Preferences(bell=False, toasts=False, title=False, notices=protocol)
    async with console(FakeSource(everything_up()), preferences=wanted) as seat:
        told = written(seat, monkeypatch)
        await seat.happened(failed(ROUTER))
        await seat.happened(failed(ROUTER, EventKind.RESTORED, 2))
        assert told == [f"{start}10.1.1.254 failed\x07"]


async def test_without_the_setting_and_about_what_is_hushed_no_notice_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with console(FakeSource(everything_up()), preferences=Preferences(bell=False, title=False)) as seat:
        told = written(seat, monkeypatch)
        await seat.happened(failed(ROUTER))
        assert told == []
    wanted = Preferences(bell=False, title=False, notices="osc9")
    async with console(FakeSource(snapshot([muted(down(ROUTER), HOUR)])), preferences=wanted) as seat:
        told = written(seat, monkeypatch)
        await seat.happened(failed(ROUTER))
        assert told == []
    assert wanted.quiet().notices == "off"


def test_nothing_that_a_host_is_called_ends_the_notice_or_is_another_sequence() -> None:
    evil = "4;0;50 \x07\x1b]0;owned\x07\x1b\\ \x9c \u202e" + "x" * 500
    for protocol in ("osc9", "osc777"):
        for environment in ({}, {"TMUX": "/tmp/tmux,1,0"}, {"STY": "1.pts"}):
            sequence = desktop_notice(protocol, evil, environment)
            assert sequence.count("\x07") == 1
            assert sequence.count("\x1b") == {0: 1, 1: 4 if "TMUX" in environment else 3}[len(environment)]
            assert not {"\x9c", "\u202e", "\r", "\n"} & set(sequence)
            assert len(sequence.encode()) < 768
        assert desktop_notice(protocol, evil, {}).count(";") == {"osc9": 1, "osc777": 3}[protocol]


def test_tmux_and_screen_pass_a_notice_on() -> None:
    plain = desktop_notice("osc9", "down", {})
    assert plain == "\x1b]9;conntest: down\x07"
    assert desktop_notice("osc9", "down", {"TMUX": "x"}) == "\x1bPtmux;\x1b\x1b]9;conntest: down\x07\x1b\\"
    for inside in ("tmux", "tmux-256color"):  # sudo and ssh leave TMUX behind, and keep TERM
        assert desktop_notice("osc9", "down", {"TERM": inside}) == desktop_notice("osc9", "down", {"TMUX": "x"})
    assert desktop_notice("osc9", "down", {"TERM": "xterm-256color"}) == plain
    assert desktop_notice("osc9", "down", {"STY": "x"}) == f"\x1bP{plain}\x1b\\"


async def test_the_title_follows_the_counts_and_is_written_only_when_it_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with console(FakeSource()) as seat:
        told = written(seat, monkeypatch)
        await seat.tell(everything_up())
        await seat.tell(trouble())
        await seat.tell(replace(trouble(), at=NOON + 1))
        titles = [text for text in told if "\x1b]2;" in text]
        assert titles == ["\x1b[22;2t\x1b]2;conntest\x07", "\x1b]2;▼ 3 down, 2 handled - conntest\x07"]
        assert seat.app.has_named_terminal


async def test_what_a_file_says_reaches_no_toast_as_markup() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("w")
        await seat.happened(Event(NOON, EventKind.FAILED, "[/b] [@click=app.quit]x", ROUTER.name, id=1))
        assert seat.toasts() == ["▼ [/b] [@click=app.quit]x"]


# ---------------------------------------------------------------- the moment at which they end


async def test_a_toast_that_ends_while_it_is_made_does_not_stop_the_console() -> None:
    """Textual's timer with a negative interval never gives the event loop back."""
    async with console(FakeSource(everything_up())) as seat:
        seat.app.notify("replied", timeout=5)
        await seat.until(lambda: seat.toasts() == ["replied"])
        (notice,) = seat.app._notifications
        notice.raised_at = time.time() - 5.001
        assert notice.has_expired
        toast = ToastWidget(notice)
        assert toast._timeout > 0
        await seat.app.screen.mount(toast)
        await seat.until(lambda: not toast.is_attached)


def test_time_is_left_until_it_is_over() -> None:
    notice = ToastNotification("replied", timeout=5)
    assert 0 < notice.time_left <= 5
    assert not notice.has_expired
