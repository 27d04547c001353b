"""Pictures of the pages. Look at each one that changes, at every size, before you accept it."""

import pytest
from textual.pilot import Pilot

from conntest_tui.tui.app import ConsoleApp
from tests.fakes import FakeClock
from tests.tui.fake_source import FakeSource
from tests.tui.page_scenes import branch_host, branches, busy, campus, many, muted_router, named, queries, quiet, setup
from tests.tui.pictures import HUGE, LARGE, NORMAL, SMALL, WIDE, Compare
from tests.tui.scenes import down, everything_up
from tests.tui.seat import settled

SIZES = pytest.mark.parametrize("size", [NORMAL, LARGE], ids=lambda size: f"{size[0]}x{size[1]}")
PAGES = pytest.mark.parametrize(
    "keys", [("enter",), ("w",), ("e",), ("o",), ("p",)], ids=["details", "wall", "events", "outbox", "settings"]
)


def looks_right(
    compare: Compare,
    source: FakeSource,
    size: tuple[int, int],
    *keys: str,
    theme: str | None = None,
    clock: FakeClock | None = None,
) -> bool:
    """Return whether a page looks as it did when somebody last looked at it."""
    app = ConsoleApp(source, clock or FakeClock())
    if theme is not None:
        app.theme = theme

    async def act(pilot: Pilot[None]) -> None:
        await settled(lambda: app.board is not None)
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
            await settled(lambda: not any(worker.node is app.screen for worker in app.workers))
            await pilot.pause()

    return compare(app, terminal_size=size, run_before=act)


@PAGES
@SIZES
def test_page(snap_compare: Compare, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    assert looks_right(snap_compare, busy(), size, *keys)


@pytest.mark.parametrize("size", [NORMAL, LARGE, (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_page_of_a_name(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, named(), size, "enter")


@pytest.mark.parametrize("size", [NORMAL, LARGE, SMALL], ids=lambda size: f"{size[0]}x{size[1]}")
def test_page_of_a_muted_host(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, muted_router(), size, "enter")


@PAGES
def test_empty_page(snap_compare: Compare, keys: tuple[str, ...]) -> None:
    assert looks_right(snap_compare, quiet(), NORMAL, *keys)


@PAGES
def test_small_page(snap_compare: Compare, keys: tuple[str, ...]) -> None:
    assert looks_right(snap_compare, busy(), SMALL, *keys)


@PAGES
@pytest.mark.parametrize("theme", ["conntest-light", "ansi-dark"])
def test_page_in_another_theme(snap_compare: Compare, theme: str, keys: tuple[str, ...]) -> None:
    assert looks_right(snap_compare, busy(), LARGE, *keys, theme=theme)


@pytest.mark.parametrize("theme", ["conntest-light", "ansi-dark"])
def test_wall_of_words_in_another_theme(snap_compare: Compare, theme: str) -> None:
    assert looks_right(snap_compare, busy(), NORMAL, "w", theme=theme)


def test_wall_on_a_wide_terminal(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, busy(), WIDE, "w")


def test_wall_of_hundreds_without_colours(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert looks_right(snap_compare, many(), NORMAL, "w", "right", "down")


@PAGES
def test_page_without_colours(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert looks_right(snap_compare, busy(), LARGE, *keys)


@pytest.mark.parametrize("key", ["1", "3"], ids=["hour", "week"])
def test_another_range(snap_compare: Compare, key: str) -> None:
    assert looks_right(snap_compare, busy(), LARGE, "enter", key)


def test_details_on_a_huge_screen(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, busy(), HUGE, "enter", "3")


@SIZES
def test_wall_of_hundreds(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, many(), size, "w", "right", "down")


@pytest.mark.parametrize("size", [SMALL, NORMAL, LARGE, (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_wall_of_a_hundred_groups(snap_compare: Compare, size: tuple[int, int]) -> None:
    shown = branches(down(branch_host(97)), down(branch_host(95), note="Ann"))
    assert looks_right(snap_compare, FakeSource(shown, queries=queries()), size, "w")


def test_wall_of_a_thousand(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, FakeSource(campus(1200)), NORMAL, "w")


@SIZES
def test_searching(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, busy(), size, "e", "t", "slash", "i", "n", "t")


@SIZES
def test_a_mail(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_right(snap_compare, busy(), size, "o", "down", "enter")


def test_discarding(snap_compare: Compare) -> None:
    assert looks_right(snap_compare, busy(), NORMAL, "o", "down", "down", "d")


def test_broken_files(snap_compare: Compare) -> None:
    source = FakeSource(everything_up())
    source.queries.in_force = setup(
        "hosts.csv:17: 10.1.1.300 is not an address; write it as four numbers from 0 to 255, with dots between them",
        "settings.toml:3: interval = 0 is not allowed; write a number of seconds from 1 to 86400",
    )
    assert looks_right(snap_compare, source, NORMAL, "p")
