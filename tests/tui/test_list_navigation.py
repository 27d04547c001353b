"""One key, one meaning: what moves in the table moves in every list, page, wall, log and text."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.widget import Widget

from conntest_tui.tui.list_navigation import Movable, SelectableView
from conntest_tui.tui.screens.events import EventsScreen
from tests.fakes import NOON
from tests.tui.fake_source import FakeQueries, FakeSource
from tests.tui.page_scenes import busy, campus, mails, named, setup
from tests.tui.scenes import everything_up, trouble
from tests.tui.screens.test_events import numbered
from tests.tui.seat import PageSeat, page


def with_past() -> FakeSource:
    """Return a source with more events than any screen shows."""
    return FakeSource(everything_up(), queries=FakeQueries(numbered(150)))


def with_mails() -> FakeSource:
    """Return a source with an outbox that does not fit any screen."""
    found = FakeQueries()
    found.entries = [replace(mails()[-1], message=number, created=NOON - number) for number in range(100)]
    found.messages = {number: "\n".join(map(str, range(200))) for number in range(100)}
    return FakeSource(trouble(), queries=found)


def with_problems() -> FakeSource:
    """Return a source whose configuration has many problems."""
    found = FakeQueries()
    found.in_force = replace(setup(), problems=tuple(f"hosts.csv:{number}: not an address" for number in range(100)))
    return FakeSource(trouble(), queries=found)


def with_history() -> FakeSource:
    """Return a source whose worst host has addresses and many mails."""
    source = named()
    messages = tuple(replace(mails()[-1], message=number) for number in range(50))
    for name, known in source.queries.reports.items():
        source.queries.reports[name] = replace(known, messages=messages)
    return source


def with_hosts() -> FakeSource:
    return FakeSource(campus(6000))


PLACES = [
    pytest.param(with_hosts, (), id="table"),
    pytest.param(with_past, ("tab",), id="log"),
    pytest.param(with_hosts, ("w",), id="wall"),
    pytest.param(with_past, ("e",), id="events"),
    pytest.param(with_mails, ("o",), id="outbox"),
    pytest.param(with_mails, ("o", "enter"), id="mail"),
    pytest.param(with_problems, ("p",), id="settings"),
    pytest.param(busy, ("question_mark",), id="help"),
    pytest.param(with_history, ("enter",), id="details"),
]


def place_of(widget: Widget) -> tuple[object, int]:
    """Return what is selected, and how far the widget is scrolled."""
    return getattr(widget, "selected", None), widget.scroll_offset.y


async def there(seat: PageSeat) -> Movable:
    """Return what has the focus, once there is more in it than can be seen."""

    def is_long() -> bool:
        widget = seat.app.focused
        return isinstance(widget, Movable) and widget.virtual_size.height > widget.size.height + 20

    await seat.until(is_long)
    widget = seat.app.focused
    assert isinstance(widget, Movable)
    return widget


@pytest.mark.parametrize(("source", "keys"), PLACES)
@pytest.mark.parametrize(
    ("letter", "key"), [("j", "down"), ("k", "up"), ("g", "home"), ("G", "end")], ids=lambda name: name
)
async def test_letters_do_what_the_keys_for_it_do(
    source: Callable[[], FakeSource], keys: tuple[str, ...], letter: str, key: str
) -> None:
    async with page(source(), *keys, size=(100, 15)) as seat:
        widget = await there(seat)
        found = []
        for pressed in (letter, key):
            await seat.press("home", "pagedown", "pagedown", "pagedown")
            before = place_of(widget)
            await seat.press(pressed)
            assert place_of(widget) != before
            found.append(place_of(widget))
        assert found[0] == found[1]


@pytest.mark.parametrize(("source", "keys"), PLACES)
async def test_ctrl_d_goes_half_a_page_and_ctrl_u_back(source: Callable[[], FakeSource], keys: tuple[str, ...]) -> None:
    async with page(source(), *keys, size=(100, 15)) as seat:
        widget = await there(seat)
        await seat.press("home", "pagedown")
        before = place_of(widget)
        await seat.press("ctrl+d")
        further = place_of(widget)
        assert further != before
        await seat.press("ctrl+u")
        assert place_of(widget)[0] == before[0]
        await seat.press(*["ctrl+u"] * 40)
        assert place_of(widget)[1] == 0


@pytest.mark.parametrize(("source", "keys"), [place.values for place in PLACES if place.id in {"events", "outbox"}])
async def test_the_wheel_scrolls_and_leaves_the_selection(
    source: Callable[[], FakeSource], keys: tuple[str, ...]
) -> None:
    async with page(source(), *keys, size=(100, 15)) as seat:
        widget = await there(seat)
        assert isinstance(widget, SelectableView)
        selected = widget.selected
        await seat.seat.wheel_down(type(widget))
        await seat.until(lambda: widget.scroll_offset.y > 0)
        assert widget.selected == selected


async def test_what_stands_above_the_first_item_can_be_scrolled_to() -> None:
    async with page(with_history(), "enter", size=(100, 15)) as seat:
        widget = await there(seat)
        await seat.press("pagedown", "home", "home")
        assert widget.scroll_offset.y == 0
        assert "Addresses" in seat.listed("#past")[0]


async def test_k_in_the_events_goes_up_and_chooses_no_kind() -> None:
    async with page(with_past(), "e") as seat:
        widget = await there(seat)
        await seat.press("j", "j", "k")
        assert isinstance(seat.page, EventsScreen)
        assert "[all]" in seat.seat.app.screen.query_one("WordChoice").render().plain  # type: ignore[union-attr]
        assert place_of(widget)[0] == (149, NOON - 60, "restored", "10.1.3.81")
