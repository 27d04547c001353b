"""Adding a host and editing its row: what is typed, checked, asked for and said."""

from dataclasses import replace

import pytest
from textual.widgets import Input, Static

from conntest_tui.model.query_results import FilePlace, NewHostCheck
from conntest_tui.model.requests import NewHost, RequestAnswer
from conntest_tui.tui.new_host_dialog import NewHostDialog
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import everything_up, snapshot
from tests.tui.seat import Seat, console


def said(seat: Seat) -> str:
    return str(seat.app.screen.query_one("#new-host-said", Static).content)


def value(seat: Seat, field: str) -> str:
    return seat.app.screen.query_one(f"#new-{field}", Input).value


async def opened(seat: Seat) -> None:
    await seat.press("n")
    await seat.until(lambda: isinstance(seat.app.screen, NewHostDialog))


async def test_what_is_typed_is_checked_and_enter_adds_it() -> None:
    source = FakeSource(everything_up())
    source.answer = RequestAnswer(("10.1.1.5",), line=17)
    async with console(source) as seat:
        await opened(seat)
        assert said(seat) == "Nothing is written before enter."
        assert value(seat, "group") == "Building 406"
        await seat.press(*"10.1.1.5", "tab", *"Printer", "down", *"Hall")
        await seat.until(lambda: "10.1.1.5,Printer,Hall\nenter adds this row to Building 406" in said(seat))
        await seat.press("enter")
        await seat.until(lambda: not isinstance(seat.app.screen, NewHostDialog))
        assert source.asked == [("add", NewHost("10.1.1.5", "Printer", "Hall", "Building 406"))]
        assert seat.toasts() == ["Added 10.1.1.5 Printer: line 17 of hosts.csv"]


async def test_what_cannot_be_added_is_said_as_it_is_typed_and_nothing_is_asked_for() -> None:
    source = FakeSource(everything_up())
    source.queries.verdict = lambda new: NewHostCheck(f"{new.host} is a range: one a row")
    async with console(source) as seat:
        await opened(seat)
        await seat.press(*"10.1-2")
        await seat.until(lambda: said(seat) == "10.1-2 is a range: one a row")
        await seat.press("enter")
        await seat.pilot.pause()
        assert source.asked == []
        await seat.press("escape")
        await seat.until(lambda: not isinstance(seat.app.screen, NewHostDialog))
        assert seat.toasts() == []


async def test_a_refusal_is_shown_and_what_was_typed_stays() -> None:
    source = FakeSource(everything_up())
    source.answer = RequestAnswer(refused=(("", "hosts.csv is read-only"),))
    async with console(source) as seat:
        await opened(seat)
        await seat.press("a", "enter")
        await seat.until(lambda: said(seat) == "hosts.csv is read-only")
        assert value(seat, "host") == "a"
        assert seat.app.screen.query_one("#new-host-said").has_class("-complaint")


async def test_a_group_is_completed_among_those_that_there_are() -> None:
    source = FakeSource(everything_up())
    source.queries.verdict = lambda new: NewHostCheck("", "x", new.group, new.group != "Headquarters")
    async with console(source) as seat:
        await opened(seat)
        await seat.press("a", "tab", "tab", "tab", "ctrl+a", "ctrl+k", *"head")
        await seat.until(lambda: "the new group head" in said(seat))
        field = seat.app.screen.query_one("#new-group", Input)
        await seat.until(lambda: field._suggestion == "Headquarters")
        await seat.press("right")
        await seat.until(lambda: "to Headquarters" in said(seat))


async def test_hosts_can_be_added_where_there_are_none() -> None:
    async with console(FakeSource(snapshot([]))) as seat:
        await opened(seat)
        assert value(seat, "group") == ""


async def test_shift_e_asks_for_the_line_of_the_selected_host(monkeypatch: pytest.MonkeyPatch) -> None:
    source = FakeSource(everything_up())
    source.queries.place = FilePlace("/etc/hosts.csv", 7)
    monkeypatch.setenv("VISUAL", "sh")
    async with console(source) as seat:
        await seat.press("down", "E")
        await seat.until(lambda: ("place_of", "10.1.2.7") in source.queries.questions)
        # Textual's driver for tests has no terminal that could be given away.
        await seat.until(lambda: any("cannot be given to another program" in toast for toast in seat.toasts()))


async def test_shift_e_says_why_there_is_nothing_to_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    source = FakeSource(everything_up())
    async with console(source) as seat:
        await seat.press("E")
        await seat.until(lambda: seat.toasts() == ["there is no hosts.csv"])
    source.queries.place = replace(source.queries.place, path="/etc/hosts.csv")
    monkeypatch.setenv("VISUAL", "no-such-editor")
    async with console(source) as seat:
        await seat.press("E")
        await seat.until(lambda: seat.toasts() == ["$VISUAL says no-such-editor, and there is no such program."])
