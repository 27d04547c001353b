"""A list so long that its board is made beside the event loop: what is wanted last is what is shown."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from conntest_tui.model import Host, Snapshot
from conntest_tui.tui.screens import console as console_screen
from conntest_tui.tui.screens.host_action_texts import UNSETTLED
from conntest_tui.tui.table.arrangement import HostBoard, make_board
from conntest_tui.tui.table.columns import Field
from conntest_tui.tui.table.sort_order import Order
from conntest_tui.tui.table.view_options import DEFAULT_VIEW, View
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import everything_up, trouble, up
from tests.tui.seat import Seat, console, lines_of


@pytest.fixture(autouse=True)
def _everything_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_screen, "_AT_ONCE", 0)


def board(seat: Seat) -> HostBoard:
    assert seat.screen.board is not None
    return seat.screen.board


def field(seat: Seat) -> Field:
    return board(seat).arrangement.view.order.field


async def test_it_is_sorted_filtered_and_shown_as_any_other() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("s")
        await seat.until(lambda: field(seat) is Field.HOST)
        await seat.press("slash", *"state:down")
        await seat.until(lambda: 0 < board(seat).shown < len(trouble().statuses))
        await seat.tell(everything_up())
        await seat.until(lambda: board(seat).shown == 0)
        await seat.press("escape")
        await seat.until(lambda: board(seat).shown == len(everything_up().statuses))
        await seat.tell(replace(board(seat).snapshot, at=1.0))


async def test_a_filter_by_time_comes_to_rest() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("slash", *"for>1m")
        await seat.until(lambda: board(seat).arrangement.view.filter.text == "for>1m")
        working = seat.screen._working
        await seat.until(lambda: working is not None and working.is_finished)


async def test_keys_are_answered_meanwhile_and_the_last_wish_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, made = threading.Event(), list[View]()

    def slowly(make: Callable[..., HostBoard]) -> Callable[..., HostBoard]:
        def wait(snapshot: Snapshot, view: View = DEFAULT_VIEW, previous: HostBoard | None = None) -> HostBoard:
            made.append(view)
            assert go_on.wait(10)
            return make(snapshot, view, previous)

        return wait

    async with console(FakeSource(trouble())) as seat:
        monkeypatch.setattr(console_screen, "make_board", slowly(make_board))
        await seat.press("s", "s", "s")
        before = seat.table.selected
        await seat.press("down")
        assert seat.table.selected != before
        assert field(seat) is Field.STATE
        go_on.set()
        await seat.until(lambda: field(seat) is Field.LOCATION)
        assert [view.order.field for view in made] == [Field.HOST, Field.LOCATION]


async def test_nothing_is_done_with_a_host_that_is_about_to_be_filtered_out(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def slowly(snapshot: Snapshot, view: View = DEFAULT_VIEW, previous: HostBoard | None = None) -> HostBoard:
        assert go_on.wait(10)
        return make_board(snapshot, view, previous)

    async with console(FakeSource(trouble())) as seat:
        await seat.press("down")
        before = seat.table.selected
        monkeypatch.setattr(console_screen, "make_board", slowly)
        await seat.press("slash", *"kyoto", "enter", "m", "1", "r")
        assert seat.app.screen is seat.screen
        assert seat.table.selected == before
        assert seat.source.asked == []
        assert set(seat.toasts()) == {UNSETTLED}
        go_on.set()
        await seat.until(lambda: board(seat).shown == 1)
        await seat.press("m", "enter")
        assert [request[:2] for request in seat.source.asked] == [("mute", "10.9.3.1")]


async def test_pages_get_the_board_when_it_is_made() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("w")
        seat.source.watcher.snapshot(trouble())  # type: ignore[union-attr]  # it runs
        await seat.until(lambda: seat.app.screen.board is seat.screen.board)  # type: ignore[attr-defined]  # the wall's
        await seat.until(lambda: len(board(seat).snapshot.statuses) == len(trouble().statuses))
        assert seat.app.screen.board is seat.screen.board  # type: ignore[attr-defined]  # the wall's


async def test_a_host_that_is_pointed_at_comes_into_view_when_its_board_is_made() -> None:
    hosts = [up(Host(f"10.{group}.0.{number}", group=f"Building {group}")) for group in (1, 2) for number in range(200)]
    wanted = hosts[-1].host.name
    async with console(FakeSource(replace(trouble(), statuses=tuple(hosts)))) as seat:
        await seat.press("minus")
        await seat.until(lambda: board(seat).arrangement.line_of(wanted) is None)
        seat.screen.point_at(wanted)
        await seat.until(lambda: board(seat).arrangement.line_of(wanted) is not None)
        await seat.until(lambda: any(wanted in line for line in lines_of(seat.table)))


async def test_what_takes_long_to_sort_is_sorted_beside_the_loop_with_far_fewer_hosts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(console_screen, "_AT_ONCE", len(trouble().statuses))
    made = list[tuple[Field, bool]]()

    def noted(snapshot: Snapshot, view: View = DEFAULT_VIEW, previous: HostBoard | None = None) -> HostBoard:
        made.append((view.order.field, threading.current_thread() is threading.main_thread()))
        return make_board(snapshot, view, previous)

    monkeypatch.setattr(console_screen, "make_board", noted)
    async with console(FakeSource(trouble())) as seat:
        for wanted in (Field.RTT, Field.JITTER, Field.LOSS):
            seat.screen.show_view(replace(DEFAULT_VIEW, order=Order(wanted)))
            await seat.until(lambda wanted=wanted: field(seat) is wanted)  # type: ignore[misc] # bound at once
            await seat.tell(replace(everything_up()))
            await seat.tell(replace(trouble()))
    assert set(made) == {(Field.STATE, True), (Field.RTT, True), (Field.JITTER, False), (Field.LOSS, False)}
