"""Marking many hosts, and acting on them: one request, one note, one sentence about what came of it."""

from dataclasses import replace

import pytest
from textual.containers import Vertical
from textual.content import Content
from textual.events import MouseMove
from textual.widgets import Input, Label

from conntest_tui.model import Host
from conntest_tui.model.requests import RequestAnswer
from conntest_tui.tui.dialogs import ChoiceDialog, NoteDialog
from conntest_tui.tui.key_bar import KeyBar
from conntest_tui.tui.mute_dialog import MuteDialog
from conntest_tui.tui.screens.host_action_texts import MOST_COPIED
from conntest_tui.tui.selected_line import DetailLine
from conntest_tui.tui.status_lines import SweepLine
from conntest_tui.tui.table.host_table import HostTable
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import HOSTS, HOUR, crowd, down, everything_up, muted, snapshot, trouble, up
from tests.tui.screens.test_host_actions import asks
from tests.tui.seat import Seat, console, lines_of, text

FIRST = [host.name for host in HOSTS[:5]]  # the hosts of Building 406


def marked(seat: Seat) -> list[str]:
    return sorted(seat.table.marks.names)


def bar(seat: Seat) -> str:
    found = seat.screen.query_one(KeyBar)
    return text(found.spans(found.size.width))


def dialog_title(seat: Seat) -> str:
    return Content.from_markup(seat.app.screen.query_one(Vertical).border_title or "").plain


# ---------------------------------------------------------------- marking


async def test_v_marks_while_one_moves_and_again_ends_that() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("v", "down", "down")
        assert marked(seat) == sorted(FIRST[:3])
        assert "3 marked, v ends, esc clears" in seat.line(SweepLine)
        await seat.press("v", "down", "down")
        assert marked(seat) == sorted(FIRST[:3])
        assert "3 marked, esc clears" in seat.line(SweepLine)
        await seat.press("escape")
        assert marked(seat) == []
        assert "marked" not in seat.line(SweepLine)


async def test_shift_and_an_arrow_mark_and_a_plain_one_only_moves() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("shift+down", "shift+down", "shift+up", "down", "down", "shift+down")
        assert marked(seat) == sorted([*FIRST[:2], *FIRST[3:5]])


async def test_marked_rows_are_seen_without_colours() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("v", "down")
        assert [line[:2] for line in lines_of(seat.table)[1:5]] == [" ▾", "■●", "█●", " ●"]


async def test_a_group_whose_hosts_are_all_marked_is_marked() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("home", "v")
        assert marked(seat) == sorted(FIRST)
        assert lines_of(seat.table)[1].startswith("█▾")


async def test_shift_v_marks_all_that_the_filter_shows_and_again_none() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("slash", *"switch", "down", "V")
        assert marked(seat) == sorted(
            host.name for host in HOSTS if "Switch" in host.description or "switch" in host.description
        )
        number = len(marked(seat))
        await seat.press("escape", "escape", "V", "slash", *"switch", "down", "V")
        assert len(marked(seat)) == len(HOSTS) - number
        assert f"{len(HOSTS) - number} marked, {len(HOSTS) - number} of them not shown, esc clears" in seat.line(
            SweepLine
        )


async def test_escape_clears_the_marks_before_the_filter() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("slash", *"switch", "down", "V", "escape")
        assert marked(seat) == []
        assert seat.screen.board is not None
        assert seat.screen.board.arrangement.chosen is not None
        await seat.press("escape")
        assert seat.screen.board.arrangement.chosen is None


async def test_marks_stay_with_their_hosts_when_trouble_moves_them() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("v", "down")
        await seat.tell(trouble())
        assert marked(seat) == sorted(FIRST[:2])
        rows = [line for line in lines_of(seat.table) if line[:1] in {"■", "█"}]
        assert [row.split()[2] for row in rows] == FIRST[:2]


async def test_a_host_that_leaves_takes_its_mark_along() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("V")
        await seat.tell(snapshot(everything_up().statuses[2:]))
        assert len(marked(seat)) == len(HOSTS) - 2


async def test_the_mouse_marks_by_dragging_and_with_ctrl_and_shift() -> None:
    async with console(FakeSource(everything_up())) as seat:
        pilot = seat.pilot
        await pilot.mouse_down(HostTable, offset=(20, 2))
        for line in (3, 4):
            await pilot._post_mouse_events([MouseMove], HostTable, (20, line), button=1)
        await pilot.mouse_up(HostTable, offset=(20, 4))
        await pilot.pause()
        assert marked(seat) == sorted(FIRST[:3])
        assert len(seat.app.screen_stack) == 1
        await pilot.click(HostTable, offset=(20, 3), control=True)
        assert marked(seat) == sorted([FIRST[0], FIRST[2]])
        await pilot.click(HostTable, offset=(20, 6), shift=True)
        await pilot.pause()
        assert marked(seat) == sorted([FIRST[0], *FIRST[1:5]])


async def test_a_click_only_selects() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.click(HostTable, 20, 3)
        await seat.pilot.hover(HostTable, offset=(20, 5))
        assert marked(seat) == []


# ---------------------------------------------------------------- acting


async def test_a_on_a_group_acknowledges_all_its_hosts_with_one_note() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("home")
        assert "a Ack 3 hosts" in bar(seat)
        assert "a acknowledges 3, r rechecks all 3" in seat.line(DetailLine)
        await seat.press("a")
        await asks(seat, NoteDialog)
        assert dialog_title(seat) == "Acknowledge 3 hosts of Building 406"
        await seat.press(*"on it", "enter")
        assert seat.source.asked == [("acknowledge", "10.1.1.254", "10.1.2.7", "10.1.2.8", "on it")]
        assert seat.toasts() == ["3 hosts of Building 406 acknowledged: on it"]


async def test_the_note_for_one_host_says_how_to_take_its_whole_group() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("a")
        await asks(seat, NoteDialog)
        said = str(seat.app.screen.query_one(Label).render())
        assert "All 3 of Building 406 at once: the same key on its line." in said
    async with console(FakeSource(snapshot([down(HOSTS[0]), *map(up, HOSTS[1:])]))) as seat:
        await seat.press("a")
        await asks(seat, NoteDialog)
        assert "at once" not in str(seat.app.screen.query_one(Label).render())


async def test_what_could_not_be_done_is_said_in_the_same_sentence_with_why() -> None:
    source = FakeSource(trouble())
    source.answer = RequestAnswer(("10.1.1.254",), (("10.1.2.7", "up"), ("10.1.2.8", "acknowledged already")))
    async with console(source) as seat:
        await seat.press("home", "a")
        await asks(seat, NoteDialog)
        await seat.press("enter")
        assert seat.toasts() == ["1 acknowledged; 1 is up, 1 is acknowledged already"]


async def test_marked_hosts_are_acted_on_wherever_the_cursor_is_and_then_no_longer_marked() -> None:
    statuses = [down(HOSTS[0]), down(HOSTS[1], note="Bob"), *map(up, HOSTS[2:])]
    async with console(FakeSource(snapshot(statuses))) as seat:
        await seat.press("V")
        assert "a Ack 1 host" in bar(seat)
        assert "m Mute 14" in bar(seat)
        await seat.press("a")
        await asks(seat, NoteDialog)
        assert dialog_title(seat) == "Acknowledge 1 host"
        said = seat.app.screen.query_one(Label).render()
        assert "13 more: not down, or taken already." in str(said)
        await seat.press("escape")
        assert len(marked(seat)) == 14
        await seat.press("a")
        await asks(seat, NoteDialog)
        await seat.press("enter")
        assert seat.source.asked == [("acknowledge", *(host.name for host in HOSTS), "")]
        assert marked(seat) == []
        assert "Ack 1" not in bar(seat)


async def test_a_group_that_is_taken_is_given_back_or_gets_another_note() -> None:
    statuses = [down(HOSTS[0], note="Bob"), down(HOSTS[1], note="Bob"), *map(up, HOSTS[2:])]
    async with console(FakeSource(snapshot(statuses))) as seat:
        await seat.press("home", "a")
        await asks(seat, ChoiceDialog)
        await seat.press("n")
        await asks(seat, NoteDialog)
        assert seat.app.screen.query_one(Input).value == "Bob"
        await seat.press("escape", "a")
        await asks(seat, ChoiceDialog)
        await seat.press("g")
        assert seat.source.asked == [("unacknowledge", FIRST[0], FIRST[1])]
        assert seat.toasts() == ["2 hosts of Building 406 given back"]


async def test_a_where_nothing_is_down_says_so() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("home", "a")
        assert seat.toasts() == ["None of 5 hosts of Building 406 is down: there is nothing to acknowledge."]


async def test_mute_and_unmute_and_recheck_and_copy_are_about_what_is_marked() -> None:
    statuses = [muted(up(HOSTS[0]), HOUR), muted(up(HOSTS[1]), HOUR), *map(up, HOSTS[2:])]
    async with console(FakeSource(snapshot(statuses))) as seat:
        await seat.press("v", "down", "down", "v", "r")
        assert seat.toasts()[-1] == "Rechecking 3 hosts of Building 406"
        await seat.press("y")
        assert seat.app.clipboard == "\n".join(FIRST[:3])
        assert seat.toasts()[-1] == "Copied 3 addresses, one a line"
        await seat.press("u")
        assert seat.toasts()[-1] == "2 hosts of Building 406 unmuted"
        await seat.press("v", "down", "m")
        await asks(seat, MuteDialog)
        await seat.press("1", "h", "enter")
        said = "2 hosts of Building 406 muted, now - Mon 21 Sep 17:13 CEST (1 h)"
        assert seat.toasts()[-1] == said
        assert seat.source.asked == [
            ("recheck", FIRST[:3]),
            ("unmute", *FIRST[:2]),
            ("mute", *FIRST[2:4], HOUR),
        ]


async def test_more_addresses_than_a_terminal_takes_are_not_copied() -> None:
    hosts = [Host(f"10.8.{number >> 8}.{number & 255}") for number in range(MOST_COPIED + 1)]
    async with console(FakeSource(snapshot(list(map(up, hosts))))) as seat:
        await seat.press("V", "y")
        assert seat.app.clipboard == ""
        assert seat.toasts() == ["1,001 addresses are too many for a terminal's clipboard: 1,000 at most."]


async def test_u_where_nothing_is_muted_says_so() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("home", "u")
        assert seat.toasts() == ["None of 5 hosts of Building 406 is muted."]


async def test_the_menu_of_marked_hosts_is_about_them() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("home", "v")
        await seat.click(HostTable, 20, 9, button=3)
        await asks(seat, ChoiceDialog)
        dialog = seat.app.screen
        assert isinstance(dialog, ChoiceDialog)
        labels = [choice.label for choice in dialog._choices]
        assert labels == ["Recheck 3 hosts", "Acknowledge 3 hosts", "Mute 3 hosts", "Copy the addresses"]


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 60)])
async def test_how_many_are_marked_is_on_every_screen(size: tuple[int, int]) -> None:
    async with console(FakeSource(crowd()), size=size) as seat:
        await seat.press("V")
        assert "120 marked, esc clears" in seat.line(SweepLine)
        assert "a Ack 3 hosts" in bar(seat)


async def test_a_mark_is_no_more_when_the_outage_of_another_ends() -> None:
    first = snapshot([down(HOSTS[0]), *map(up, HOSTS[1:])])
    async with console(FakeSource(first)) as seat:
        await seat.press("V")
        assert "a Ack 1 host" in bar(seat)
        await seat.tell(replace(first, statuses=tuple(map(up, HOSTS))))
        assert "Ack 1" not in bar(seat)
        assert len(marked(seat)) == 14
