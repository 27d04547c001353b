"""Pictures of the console. Look at each one that changes, at every size, before you accept it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from conntest_tui.model import Event, EventKind, HostStatus, MailHealth, MailStatus, Snapshot, SweepProgress
from conntest_tui.tui.app import ConsoleApp
from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.screens.console import ConsoleScreen
from conntest_tui.tui.table.host_table import HostTable
from tests.fakes import NOON, FakeClock
from tests.tui.fake_source import FakeSource
from tests.tui.page_scenes import mails_about
from tests.tui.pictures import HUGE, LARGE, NORMAL, SMALL, WIDE, Compare
from tests.tui.scenes import (
    HOSTS,
    HOUR,
    crowd,
    crowd_events,
    down,
    events,
    everything_up,
    hidden,
    mutes,
    snapshot,
    trouble,
    up,
)
from tests.tui.seat import keys_of, settled

SIZES = pytest.mark.parametrize("size", [NORMAL, LARGE, SMALL], ids=lambda size: f"{size[0]}x{size[1]}")


def looks_right(
    compare: Compare,
    first: Snapshot,
    size: tuple[int, int],
    *keys: str,
    past: list[Event] | None = None,
    theme: str | None = None,
    more: Callable[[Pilot[None]], Awaitable[object]] | None = None,
    clock: FakeClock | None = None,
    preferences: Preferences | None = None,
) -> bool:
    """Return whether the console looks as it did when somebody last looked at it."""
    source = FakeSource(first, past=past or [])
    source.queries.mails = mails_about(first)
    app = ConsoleApp(source, clock or FakeClock(), preferences)
    if theme is not None:
        app.theme = theme

    async def act(pilot: Pilot[None]) -> None:
        screen = app.screen
        assert isinstance(screen, ConsoleScreen)
        await settled(lambda: screen.board is not None and screen.remembers)
        await pilot.pause()
        await pilot.press(*keys)
        if more is not None:
            await more(pilot)
        await settled(lambda: not any(worker.name == "mails" and worker.is_running for worker in app.workers))
        await pilot.pause()

    return compare(app, terminal_size=size, run_before=act)


@SIZES
def test_everything_up(snap_compare: Compare, size: tuple[int, int]) -> None:
    started = [event for event in events() if event.id == 1]
    assert looks_right(snap_compare, everything_up(), size, past=started)


@pytest.mark.parametrize("size", [NORMAL, LARGE], ids=lambda size: f"{size[0]}x{size[1]}")
def test_what_this_machine_cannot_ask(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, hidden(), size, past=events())


@SIZES
def test_trouble(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, trouble(), size, past=events())


def test_trouble_on_a_wide_terminal_with_reasons(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, trouble(), WIDE, past=events())


def test_a_suspect_is_selected(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, trouble(), NORMAL, *["down"] * 7, past=events())


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: f"{size[0]}x{size[1]}")
def test_trouble_without_colours(snap_compare: Compare, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert looks_right(snap_compare, trouble(), size, past=events())


@pytest.mark.parametrize("size", [WIDE, HUGE], ids=lambda size: f"{size[0]}x{size[1]}")
def test_trouble_on_a_very_large_terminal(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, crowd(), size, past=crowd_events())


@SIZES
def test_choosing_columns(snap_compare: Compare, size: tuple[int, int]) -> None:
    keys = ("C", "down", "down", "space", "down", "down", "down", "K", "K")
    assert looks_right(snap_compare, trouble(), size, *keys, past=events())


@pytest.mark.parametrize("size", [NORMAL, LARGE], ids=lambda size: f"{size[0]}x{size[1]}")
def test_saved_filters(snap_compare: Compare, size: tuple[int, int]) -> None:
    keys = (*("slash", *"group:head", "enter", "F", *"Headquarters", "enter", "escape", "escape"),)
    more = ("slash", *"rtt>20 state:up", "enter", "F", *"slow", "enter")
    assert looks_right(snap_compare, trouble(), size, *keys, *more, past=events())


def test_saving_into_a_file(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, trouble(), NORMAL, "x", past=events())


@pytest.mark.parametrize("theme", ["conntest-light", "conntest-high-contrast", "ansi-dark", "textual-light"])
def test_trouble_in_another_theme(snap_compare: Compare, theme: str) -> None:
    assert looks_right(snap_compare, trouble(), NORMAL, past=events(), theme=theme)


def test_a_recheck_says_so(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, trouble(), NORMAL, "down", "down", "r", past=events())


@SIZES
@pytest.mark.parametrize(
    "keys", [(), ("e",), ("question_mark",), ("q",)], ids=["console", "events", "help", "question"]
)
def test_a_toast_covers_no_help_and_no_way_out(
    snap_compare: Compare, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    async def tell(pilot: Pilot[None]) -> None:
        await pilot.pause()
        pilot.app.notify("▼ 10.1.1.254 Cisco Router failed: no reply to 3 attempts", severity="error")
        await pilot.pause()

    assert looks_right(snap_compare, trouble(), size, *keys, past=events(), more=tell)


def test_a_link_that_comes_and_goes(snap_compare: Compare) -> None:
    lost, back = "the own IPv4 link is lost: no carrier", "the own IPv4 link answers again: nothing was watched"
    told = [
        Event(NOON - 600 + at, kind, text, id=at + 100, cause="IPv4")
        for at in range(0, 600, 60)
        for kind, text in ((EventKind.LINK_LOST, lost), (EventKind.LINK_BACK, back))
    ]
    assert looks_right(snap_compare, everything_up(), NORMAL, "tab", "enter", past=[*events(), *told])


@pytest.mark.parametrize("size", [NORMAL, LARGE], ids=lambda size: f"{size[0]}x{size[1]}")
def test_help(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, trouble(), size, "question_mark", past=events())


@SIZES
def test_the_question_before_the_watch_ends(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, trouble(), size, "q", past=events())


def test_the_palette(snap_compare: Compare) -> None:
    async def search(pilot: Pilot[None]) -> None:
        await pilot.press(*"recheck")
        await pilot.pause(0.5)  # the palette gathers its hits in a worker
        pilot.app.screen.query_one(Input).cursor_blink = False

    assert looks_right(snap_compare, trouble(), LARGE, "ctrl+p", past=events(), more=search)


# ---------------------------------------------------------------- many at once


@pytest.mark.parametrize("size", [SMALL, NORMAL, LARGE, (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_marked_hosts(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, trouble(), size, "home", "v", *["down"] * 5, past=events())


def test_marked_hosts_without_colours(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert looks_right(snap_compare, trouble(), NORMAL, "home", "v", *["down"] * 5, past=events())


@pytest.mark.parametrize("theme", ["conntest-light", "ansi-dark"])
def test_marked_hosts_in_another_theme(snap_compare: Compare, theme: str) -> None:
    assert looks_right(snap_compare, trouble(), NORMAL, "home", "v", *["down"] * 5, past=events(), theme=theme)


def test_marked_hosts_in_ascii(snap_compare: Compare) -> None:
    keys = ("home", "v", *["down"] * 5)
    assert looks_right(snap_compare, trouble(), NORMAL, *keys, past=events(), preferences=Preferences(signs="ascii"))


@SIZES
def test_a_group_is_selected(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, trouble(), size, "home", past=events())


@SIZES
def test_acknowledging_a_group(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, trouble(), size, "home", "a", *"Ann drives there", past=events())


# ---------------------------------------------------------------- acting and looking around


@pytest.mark.parametrize("size", [NORMAL, SMALL], ids=lambda size: f"{size[0]}x{size[1]}")
def test_typing_a_filter(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, trouble(), size, "slash", *"switch !8", past=events())


def test_before_typing_a_filter(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, trouble(), LARGE, "slash", past=events())


@SIZES
def test_completing_a_filter(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, trouble(), size, "slash", *"group:b", "tab", past=events())


def test_a_filter_that_nobody_passes(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, trouble(), NORMAL, "slash", *"nowhere", "enter", past=events())


def test_a_filter_that_cannot_be_understood(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, trouble(), NORMAL, "slash", *"rtt>x", past=events())


def test_folded_groups(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, crowd(), NORMAL, "minus", "down", "down", "space", past=crowd_events())


def test_sorted_by_round_trip_time(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, crowd(), LARGE, "s", "s", "s", "s", past=crowd_events())


def test_acknowledging(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, trouble(), NORMAL, "a", *"Bob", past=events())


def test_giving_back(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, trouble(), NORMAL, "down", "down", "down", "down", "a", past=events())


@pytest.mark.parametrize("size", [NORMAL, SMALL], ids=lambda size: f"{size[0]}x{size[1]}")
def test_muting(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, trouble(), size, "m", past=events())


@pytest.mark.parametrize("size", [NORMAL, SMALL], ids=lambda size: f"{size[0]}x{size[1]}")
def test_planning_a_mute(snap_compare: Compare, size: tuple[int, int]) -> None:
    keys = keys_of("Sat 22:00 - Sun 04:00")
    assert looks_right(snap_compare, mutes(), size, "down", "m", *keys, "tab", *"firmware", past=events())


def test_a_mute_that_cannot_be_understood(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, mutes(), SMALL, "m", *"Sat", past=events())


@SIZES
def test_mutes(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, mutes(), size, past=events())


def test_taking_back_a_mute(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, mutes(), NORMAL, "u", past=events())


def test_the_context_menu(snap_compare: Compare) -> None:
    def click(pilot: Pilot[None]) -> Awaitable[bool]:
        return pilot.click(HostTable, offset=(30, 7), button=3)

    assert looks_right(snap_compare, trouble(), NORMAL, past=events(), more=click)


@pytest.mark.parametrize("size", [NORMAL, LARGE], ids=lambda size: f"{size[0]}x{size[1]}")
def test_while_you_were_away(snap_compare: Compare, size: tuple[int, int]) -> None:
    clock = FakeClock(NOON - HOUR)

    async def come_back(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, ConsoleApp)
        app.main_screen.show(replace(trouble(), at=NOON))
        app.alert([event for event in events() if event.at > NOON - HOUR])
        now = clock.pass_(HOUR)
        app.main_screen.now = now
        await pilot.press("x")

    calm = [up(host) for host in HOSTS]
    calm[8], calm[9], calm[13] = down(HOSTS[8], note="Ann"), down(HOSTS[9]), HostStatus(HOSTS[13])
    assert looks_right(snap_compare, snapshot(calm), size, clock=clock, more=come_back)


def test_a_storm_while_the_log_is_in_view_makes_no_toast(snap_compare: Compare) -> None:
    async def storm(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, ConsoleApp)
        app.alert([Event(NOON, EventKind.FAILED, "", host.name) for host in HOSTS])
        await pilot.pause()

    assert looks_right(snap_compare, trouble(), NORMAL, past=events(), more=storm)


def _flood() -> list[Event]:
    """Return what happened before, then a switch that fails with 35 hosts behind it."""
    at = NOON - 2
    switch = Event(
        at, EventKind.FAILED, "10.1.1.254 Core switch failed: no reply to 3 attempts", "10.1.1.254", 70, "mailed", 70
    )
    hosts = [f"10.1.2.{n}" for n in range(1, 36)]
    behind = [
        Event(
            at,
            EventKind.UNREACHABLE,
            f"{host} Switch {n} unreachable behind {switch.host}: no reply",
            host,
            cause="10.1.1.254",
        )
        for n, host in enumerate(hosts, start=1)
    ]
    return [*events(), switch, *(replace(event, outage=70 + n, id=70 + n) for n, event in enumerate(behind, start=1))]


@SIZES
@pytest.mark.parametrize(
    "keys", [(), ("tab", "enter"), ("e",), ("e", "enter")], ids=["log", "open log", "events", "open events"]
)
def test_what_one_cause_did(snap_compare: Compare, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    async def read(pilot: Pilot[None]) -> None:
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.3)

    assert looks_right(snap_compare, trouble(), size, past=_flood(), more=read)


# ---------------------------------------------------------------- when something is missing


def test_problems_of_the_monitor_itself(snap_compare: Compare) -> None:
    problems = (
        "hosts.csv:17: 10.1.1.300 is not an address; the last good configuration stays in force",
        "mail is held: 535 5.7.8 authentication failed; correct creds.csv",
    )
    mail = MailStatus(MailHealth.HELD, "535 5.7.8 authentication failed", 4)
    assert looks_right(snap_compare, replace(trouble(), problems=problems, mail=mail), NORMAL, past=events())


def test_before_the_first_sweep(snap_compare: Compare) -> None:
    pending = [HostStatus(host) for host in HOSTS]
    sweep = SweepProgress(1, True, 0, len(HOSTS), NOON, NOON + 300, 300.0, "datagram sockets")
    assert looks_right(snap_compare, snapshot(pending, sweep=sweep, mail=MailStatus()), NORMAL)


def test_no_hosts_to_watch(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, snapshot([], sweep=SweepProgress(), mail=MailStatus()), NORMAL)


@pytest.mark.parametrize("keys", [(), ("w",), ("question_mark",)], ids=["console", "wall", "help"])
def test_in_ascii(snap_compare: Compare, keys: tuple[str, ...]) -> None:
    assert looks_right(snap_compare, trouble(), NORMAL, *keys, past=events(), preferences=Preferences(signs="ascii"))


@pytest.mark.parametrize("size", [NORMAL, SMALL], ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_host_that_is_being_added(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def typed(pilot: Pilot[None]) -> None:
        said = pilot.app.screen.query_one("#new-host-said", Static)
        await settled(lambda: "Hall\nenter adds" in str(said.content))
        await pilot.pause()

    keys = ("n", *"10.1.1.5", "tab", *"Printer", "tab", *"Hall")
    assert looks_right(snap_compare, trouble(), size, *keys, past=events(), more=typed)


@pytest.mark.parametrize("size", [NORMAL, SMALL], ids=lambda size: f"{size[0]}x{size[1]}")
def test_commands_for_a_host(snap_compare: Compare, size: tuple[int, int]) -> None:
    commands = {
        "mtr": "mtr --show-ips {address}",
        "jump host": "ssh -J jump.example.com admin@{address}",
        "note": "notes add {description} --for {host}",
        "traceroute": "traceroute {address}",
        "ssh": "ssh {host}",
    }
    preferences = Preferences(commands=commands)
    assert looks_right(snap_compare, trouble(), size, "!", past=events(), preferences=preferences)
