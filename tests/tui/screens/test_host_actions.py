"""Acting on hosts: each key asks the source for the right thing and says what it did, or why it cannot."""

from dataclasses import replace

import pytest
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from conntest_tui.model import Event, EventKind, Host, HostStatus
from conntest_tui.model.mute_times import MuteTimes
from conntest_tui.model.requests import RequestAnswer
from conntest_tui.tui.dialogs import ChoiceDialog, NoteDialog
from conntest_tui.tui.mute_dialog import MuteDialog, MuteWanted
from tests.fakes import NOON
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import HOSTS, HOUR, SATURDAY, down, everything_up, muted, mutes, probed, snapshot, trouble, up
from tests.tui.seat import Seat, console, keys_of, lines_of

ROUTER = HOSTS[0]


def one(status: HostStatus) -> FakeSource:
    return FakeSource(snapshot([status]))


async def asks(seat: Seat, kind: type[ChoiceDialog | NoteDialog | MuteDialog]) -> None:
    await seat.until(lambda: isinstance(seat.app.screen, kind))


# ---------------------------------------------------------------- rechecking


async def test_r_rechecks_the_selected_host() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("down", "r")
        assert seat.source.asked == [("recheck", ["10.1.2.7"])]
        assert seat.toasts() == ["Rechecking 10.1.2.7 Switch 7"]


async def test_what_a_recheck_has_found_is_told_once_in_the_log_or_where_that_is_not_seen() -> None:
    found = Event(NOON, EventKind.RECHECKED, "10.1.2.7 Switch 7 rechecked: no reply", "10.1.2.7", id=1)
    async with console(FakeSource(trouble())) as seat:
        await seat.happened(found)
        assert seat.toasts() == []
        assert "↻ 10.1.2.7 Switch 7 rechecked: no reply" in "\n".join(lines_of(seat.log))
        await seat.press("w")
        await seat.happened(replace(found, id=2))
        await seat.until(lambda: seat.toasts() == [found.text])


async def test_r_on_a_heading_rechecks_its_hosts() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("home", "r")
        assert seat.source.asked == [("recheck", ["10.1.1.254", "10.1.2.7", "10.1.2.8"])]
        assert seat.toasts() == ["Rechecking 3 hosts of Building 406"]


async def test_shift_r_rechecks_all_hosts() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("R")
        assert seat.source.asked == [("recheck", None)]
        assert seat.toasts() == ["Rechecking all 14 hosts"]


async def test_f_rechecks_what_fails() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("f")
        failing = ["10.1.1.254", "10.1.2.7", "10.1.2.8", "10.1.3.80", "10.1.3.81", "10.9.0.1"]
        assert seat.source.asked == [("recheck", failing)]
        assert seat.toasts() == ["Rechecking 6 failing hosts"]


async def test_f_while_nothing_fails_says_so() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("f")
        assert seat.source.asked == []
        assert seat.toasts() == ["No host is failing: there is nothing to recheck."]


async def test_without_any_host_nothing_is_asked_for() -> None:
    async with console(FakeSource(snapshot([]))) as seat:
        keys = ("r", "R", "a", "m", "u", "y")
        await seat.press(*keys)
        assert seat.source.asked == []
        assert seat.toasts() == ["There is no host to act on."] * len(keys)


async def test_a_recheck_shows_in_the_row() -> None:
    async with console(FakeSource(trouble())) as seat:
        row = next(line for line in lines_of(seat.table) if "10.1.2.8" in line)
        assert row.startswith(" ↻ behind")
        assert " probing " in row


# ---------------------------------------------------------------- acknowledging


async def test_a_asks_for_a_note_and_acknowledges() -> None:
    async with console(one(down(ROUTER))) as seat:
        await seat.press("a")
        await asks(seat, NoteDialog)
        await seat.press(*"Ann", "enter")
        assert seat.source.asked == [("acknowledge", "10.1.1.254", "Ann")]
        assert seat.toasts() == ["Acknowledged 10.1.1.254 Cisco Router: Ann"]


async def test_the_note_may_stay_empty() -> None:
    async with console(one(down(ROUTER))) as seat:
        await seat.press("a")
        await asks(seat, NoteDialog)
        await seat.press("space", "enter")
        assert seat.source.asked == [("acknowledge", "10.1.1.254", "")]
        assert seat.toasts() == ["Acknowledged 10.1.1.254 Cisco Router: no reminders until it recovers"]


async def test_what_the_monitor_refuses_is_not_said_to_be_done() -> None:
    source = one(down(ROUTER))
    source.answer = RequestAnswer(refused=((ROUTER.name, "up"),))
    async with console(source) as seat:
        await seat.press("a")
        await asks(seat, NoteDialog)
        await seat.press("enter")
        assert seat.toasts() == ["10.1.1.254 is up"]


async def test_escape_acknowledges_nothing() -> None:
    async with console(one(down(ROUTER))) as seat:
        await seat.press("a")
        await asks(seat, NoteDialog)
        await seat.press(*"q", "escape")
        assert seat.source.asked == []
        assert seat.app.is_running


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (up(ROUTER), "10.1.1.254 Cisco Router is up: there is nothing to acknowledge."),
        (HostStatus(ROUTER), "10.1.1.254 Cisco Router has not been probed yet: there is nothing to acknowledge."),
    ],
)
async def test_a_host_without_an_outage_cannot_be_acknowledged(status: HostStatus, said: str) -> None:
    async with console(one(status)) as seat:
        await seat.press("a")
        assert seat.toasts() == [said]
        assert len(seat.app.screen_stack) == 1


async def test_a_on_an_acknowledged_host_gives_it_back() -> None:
    async with console(one(down(ROUTER, note="fan", by="bob"))) as seat:
        await seat.press("a")
        await asks(seat, ChoiceDialog)
        title = seat.app.screen.query_one(OptionList).border_title or ""
        assert title == "10.1.1.254 Cisco Router is acknowledged by bob: fan"
        await seat.press("g")
        assert seat.source.asked == [("unacknowledge", "10.1.1.254")]
        assert seat.toasts() == ["Gave 10.1.1.254 Cisco Router back: reminders go on"]


async def test_a_on_an_acknowledged_host_can_change_the_note() -> None:
    async with console(one(down(ROUTER, note="Bob"))) as seat:
        await seat.press("a")
        await asks(seat, ChoiceDialog)
        await seat.press("n")
        await asks(seat, NoteDialog)
        assert seat.app.screen.query_one(Input).value == "Bob"
        await seat.press(*"by", "enter")
        assert seat.source.asked == [("acknowledge", "10.1.1.254", "Bobby")]


# ---------------------------------------------------------------- muting


async def test_m_mutes_from_when_to_when_is_typed() -> None:
    typed: list[tuple[str, float | None, str]] = [
        ("", 4 * HOUR, "now - Mon 21 Sep 20:13 CEST (4 h)"),
        ("90m", 1.5 * HOUR, "now - Mon 21 Sep 17:43 CEST (1 h 30 min)"),
        ("until unmuted", None, "now, until it is unmuted"),
    ]
    async with console(one(up(ROUTER))) as seat:
        for text, seconds, said in typed:
            await seat.press("m")
            await asks(seat, MuteDialog)
            await seat.press(*keys_of(text), "enter")
            assert seat.source.asked[-1] == ("mute", "10.1.1.254", seconds)
            assert seat.toasts()[-1] == f"Muted 10.1.1.254 Cisco Router, {said}: no mail about it"
        assert len(seat.source.asked) == len(typed)


async def test_what_else_can_be_typed_is_shown_beside_the_usual_length_and_in_a_refusal() -> None:
    async with console(one(up(ROUTER))) as seat:
        await seat.press("m")
        await asks(seat, MuteDialog)
        meant = seat.app.screen.query_one("#meant", Static)
        assert str(meant.content).endswith("\nor until 06:30, Sat 22:00 - Sun 04:00")
        await seat.press(*"5h")
        assert "\n" not in str(meant.content)
        await seat.press("ctrl+u", *"soon")
        assert str(meant.content).endswith("Sat 22:00 - Sun 04:00")


async def test_a_mute_is_planned_with_a_reason() -> None:
    async with console(one(up(ROUTER))) as seat:
        await seat.press("m")
        await asks(seat, MuteDialog)
        await seat.press(*keys_of("Sat 22:00 - Sun 04:00"), "tab", *keys_of("new firmware"), "enter")
        assert seat.source.asked == [
            ("mute", "10.1.1.254", None, SATURDAY, SATURDAY + 6 * HOUR, "new firmware"),
        ]
        when = "Sat 26 Sep 22:00 - Sun 27 Sep 04:00 CEST (6 h)"
        assert seat.toasts()[-1] == f"To be muted: 10.1.1.254 Cisco Router, {when}: no mail about it"


async def test_what_it_means_is_said_while_it_is_typed() -> None:
    async with console(one(up(ROUTER))) as seat:
        await seat.press("m")
        await asks(seat, MuteDialog)

        def meant() -> str:
            return str(seat.app.screen.query_one("#meant", Static).content)

        assert meant() == (
            "now - Mon 21 Sep 20:13 CEST (4 h): watched as always, no mail; if still down at the end, then it is mailed"
            "\nor until 06:30, Sat 22:00 - Sun 04:00"
        )
        await seat.press(*keys_of("Sat"))
        assert meant() == "`Sat`: at what time? Sat 22:00"
        await seat.press("enter")
        assert isinstance(seat.app.screen, MuteDialog), "nothing is done that is not understood"
        await seat.press(*keys_of(" 22:00"))
        assert meant().startswith("now - Sat 26 Sep 22:00 CEST (5 d 5 h 47 min): ")
        assert seat.source.asked == []


async def test_what_it_means_goes_with_the_clock() -> None:
    async with console(one(up(ROUTER))) as seat:
        await seat.press("m")
        await asks(seat, MuteDialog)
        seat.app.screen._now = lambda: NOON + 60.0  # type: ignore[attr-defined] # asks has seen that it is one
        await seat.until(lambda: "20:14" in str(seat.app.screen.query_one("#meant", Static).content))


async def test_the_window_says_who_is_muted_too_and_what_is_so_already() -> None:
    async with console(FakeSource(mutes())) as seat:
        await seat.press("m")
        await asks(seat, MuteDialog)
        assert str(seat.app.screen.query_one("#known", Static).content).splitlines() == [
            "2 hosts behind it are muted too.",
            "Muted until 19:13; what begins now takes its place.",
            "Planned: Sat 26 Sep 22:00 - Sun 27 Sep 04:00 CEST",
        ]


async def test_u_asks_which_of_several_mutes_is_meant() -> None:
    async with console(FakeSource(mutes())) as seat:
        await seat.press("u")
        await asks(seat, ChoiceDialog)
        await seat.press("u")
        assert seat.source.asked == [("unmute", "10.1.1.254")]
        await seat.press("u")
        await asks(seat, ChoiceDialog)
        await seat.press("1")
        assert seat.source.asked[1:] == [("take back", "10.1.1.254", SATURDAY)]
        assert seat.toasts()[-1] == (
            "Took back for 10.1.1.254 Cisco Router: Sat 26 Sep 22:00 - Sun 27 Sep 04:00 CEST (6 h), anna: new firmware"
        )


async def test_escape_mutes_nothing() -> None:
    async with console(one(up(ROUTER))) as seat:
        await seat.press("m")
        await asks(seat, MuteDialog)
        await seat.press("escape")
        assert seat.source.asked == []


async def test_u_unmutes() -> None:
    async with console(one(muted(up(ROUTER), HOUR))) as seat:
        await seat.press("u")
        assert seat.source.asked == [("unmute", "10.1.1.254")]
        assert seat.toasts() == ["Unmuted 10.1.1.254 Cisco Router: mail about it goes out again"]


async def test_u_on_a_host_that_is_not_muted_says_so() -> None:
    async with console(one(up(ROUTER))) as seat:
        await seat.press("u")
        assert seat.source.asked == []
        assert seat.toasts() == ["10.1.1.254 Cisco Router is not muted."]


# ---------------------------------------------------------------- the rest


async def test_y_copies_the_address() -> None:
    status = probed(HostStatus(Host("mail.company.net")), address="10.1.3.25")
    async with console(FakeSource(snapshot([status]))) as seat:
        await seat.press("y")
        assert seat.app.clipboard == "10.1.3.25"
        assert seat.toasts() == ["Copied 10.1.3.25"]


async def test_a_host_without_an_address_is_copied_by_its_name() -> None:
    async with console(FakeSource(snapshot([HostStatus(Host("mail.company.net"))]))) as seat:
        await seat.press("y")
        assert seat.app.clipboard == "mail.company.net"


async def test_windows_and_toasts_show_hostile_text_as_it_is() -> None:
    hostile = Host("10.0.0.1", "[/red] [@click=app.quit]x")
    async with console(one(down(hostile, note="[b]"))) as seat:
        await seat.press("r")
        assert seat.toasts() == ["Rechecking 10.0.0.1 [/red] [@click=app.quit]x"]
        assert "[/red] [@cli…=app.quit]x" in lines_of(seat.table)[1]
        await seat.press("a")
        await asks(seat, ChoiceDialog)
        title = seat.app.screen.query_one(OptionList).border_title or ""
        assert Content.from_markup(title).plain == "10.0.0.1 [/red] [@click=app.quit]x is acknowledged: [b]"
        await seat.press("n")
        await asks(seat, NoteDialog)
        title = seat.app.screen.query_one(Vertical).border_title or ""
        assert Content.from_markup(title).plain == "Acknowledge 10.0.0.1 [/red] [@click=app.quit]x"


async def test_what_is_chosen_twice_at_once_is_done_once() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("m")
        dialog = seat.app.screen
        assert isinstance(dialog, MuteDialog)
        dialog.dismiss(MuteWanted(MuteTimes(), ""))
        dialog.dismiss(MuteWanted(MuteTimes(seconds=HOUR), ""))
        await seat.pilot.pause()
        assert [asked[0] for asked in seat.source.asked] == ["mute"]
        assert seat.app.screen is seat.screen
