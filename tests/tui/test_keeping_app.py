"""The console keeps how one sees it, and writes what one takes along."""

import json
import re
from pathlib import Path

import pytest
from textual.widgets import Input

from conntest_tui.store.console_files import VIEW_FILE, ConsoleFileStore
from conntest_tui.tui import keeping_app
from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.keeping_app import read_kept, without_fonts
from conntest_tui.tui.table.columns import FIELDS, Field
from conntest_tui.tui.table.filter_bar import FilterBar
from conntest_tui.tui.table.view_options import Part, TableSection
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import crowd, trouble
from tests.tui.seat import console, lines_of


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(keeping_app, "KEEP_EVERY", 0.05)
    path = tmp_path / "state"
    path.mkdir(mode=0o700)
    return path


def names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def test_without_anything_kept_the_usual_view_counts_and_nothing_is_said(state: Path) -> None:
    kept, complaint = read_kept(ConsoleFileStore(state, None), Preferences(columns=("host",)))
    assert kept.view.columns == (Field.HOST,)
    assert complaint == ""


async def test_sort_filter_folds_columns_and_theme_outlive_a_restart(state: Path) -> None:
    files = ConsoleFileStore(state, None)
    async with console(FakeSource(crowd()), files=files) as seat:
        await seat.press("slash", *"group:building", "enter", "s", "s", "S", "minus")
        await seat.press("C", "down", "space", "escape")  # without the host
        seat.app.theme = "nord"
        before, shown = seat.app.view, lines_of(seat.table)
        await seat.until((state / VIEW_FILE).exists)
        await seat.until(lambda: "nord" in (state / VIEW_FILE).read_text())
    assert Field.HOST not in before.columns
    async with console(FakeSource(crowd()), files=files) as seat:
        assert seat.app.view == before
        assert seat.app.theme == "nord"
        assert lines_of(seat.table) == shown
        assert seat.table.has_focus
        assert seat.screen.query_one(FilterBar).display
        assert seat.screen.query_one(Input).value == "group:building"
        await seat.press("escape")
        assert seat.screen.board is not None
        assert seat.screen.board.arrangement.chosen is None


async def test_what_changed_in_the_last_moment_is_kept_too(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping_app, "KEEP_EVERY", 3600.0)
    files = ConsoleFileStore(state, None)
    async with console(FakeSource(crowd()), files=files) as seat:
        await seat.press("s")
        app = seat.app
    app.keep_at_last(5.0)
    assert read_kept(files, Preferences())[0].view.order.field is Field.HOST


async def test_what_was_folded_of_a_group_that_is_gone_is_not_kept_for_ever(state: Path) -> None:
    gone = TableSection("Gone", Part.CALM)
    async with console(FakeSource(crowd()), files=ConsoleFileStore(state, None)) as seat:
        await seat.press("minus")
        kept = seat.app.view
        seat.screen.show_view(kept.turn(gone), follow=False)
        assert gone in seat.app.view.turned
        assert seat.app.kept.view == kept


async def test_nothing_is_written_while_nothing_changes(state: Path) -> None:
    async with console(FakeSource(crowd()), files=ConsoleFileStore(state, None)) as seat:
        await seat.pilot.pause(0.3)
        await seat.press("down", "down")
        await seat.pilot.pause(0.3)
        seat.app.keep_at_last(1.0)
    assert names(state) == []


async def test_a_broken_file_means_the_usual_view_is_said_once_and_is_not_lost(state: Path) -> None:
    (state / VIEW_FILE).write_text('{"version": 1')
    files = ConsoleFileStore(state, None)
    async with console(FakeSource(crowd()), files=files) as seat:
        assert seat.app.view.columns == FIELDS
        assert [toast.split(":")[0] for toast in seat.toasts()] == [
            "console.json in the state directory is broken, the usual view is shown"
        ]
    assert (state / f"{VIEW_FILE}.broken").read_text() == '{"version": 1'
    async with console(FakeSource(crowd()), files=files) as seat:
        assert seat.toasts() == []


async def test_where_nothing_can_be_kept_it_is_said_once_and_the_console_goes_on(tmp_path: Path, state: Path) -> None:
    async with console(FakeSource(crowd()), files=ConsoleFileStore(state / "gone", tmp_path)) as seat:
        await seat.press("s")
        await seat.until(lambda: len(seat.toasts()) == 1)
        assert seat.toasts()[0].startswith("How you see the hosts cannot be kept for the next time: ")
        await seat.press("s")
        await seat.pilot.pause(0.3)
        assert len(seat.toasts()) == 1


async def test_a_theme_that_is_not_known_any_more_is_passed_over(state: Path) -> None:
    async with console(FakeSource(crowd()), files=ConsoleFileStore(state, None)) as seat:
        seat.app.theme = "nord"
        await seat.until((state / VIEW_FILE).exists)
    found = json.loads((state / VIEW_FILE).read_text())
    (state / VIEW_FILE).write_text(json.dumps(found | {"theme": "no-such-theme"}))
    async with console(FakeSource(crowd()), files=ConsoleFileStore(state, None)) as seat:
        assert seat.app.theme == "conntest-dark"


async def test_a_terminal_of_16_colours_keeps_its_own_and_the_choice_of_a_theme_for_another_one(state: Path) -> None:
    files = ConsoleFileStore(state, None)
    async with console(FakeSource(crowd()), files=files) as seat:
        seat.app.theme = "nord"
        await seat.until((state / VIEW_FILE).exists)
    async with console(FakeSource(crowd()), files=files, preferences=Preferences(few_colours=True)) as seat:
        assert seat.app.theme == "ansi-dark"
        await seat.press("s")
        await seat.until(lambda: '"host"' in (state / VIEW_FILE).read_text())
    async with console(FakeSource(crowd()), files=files) as seat:
        assert seat.app.theme == "nord"


async def test_who_goes_back_to_the_usual_theme_follows_the_settings_again(state: Path) -> None:
    files = ConsoleFileStore(state, None)
    async with console(FakeSource(crowd()), files=files) as seat:
        seat.app.theme = "nord"
        await seat.until((state / VIEW_FILE).exists)
        seat.app.theme = "conntest-dark"
        await seat.until(lambda: "nord" not in (state / VIEW_FILE).read_text())
        assert read_kept(files, Preferences())[0].theme is None


# ---------------------------------------------------------------- what is taken along


async def test_the_hosts_and_the_screen_are_saved_and_the_answer_says_where(tmp_path: Path) -> None:
    async with console(FakeSource(trouble()), files=ConsoleFileStore(None, tmp_path)) as seat:
        await seat.press("x", "c")
        await seat.until(lambda: len(seat.toasts()) == 1)
        await seat.press("x", "s")
        await seat.until(lambda: len(seat.toasts()) == 2)
        hosts, screen = (Path(toast.removeprefix("Saved as ")) for toast in seat.toasts())
    assert hosts.parent == screen.parent == tmp_path
    assert re.fullmatch(r"conntest-hosts-\d{8}-\d{6}\.csv", hosts.name)
    assert hosts.read_text("utf-8-sig").startswith("State,Host,")
    picture = screen.read_text()
    assert "10.1.1.254" in picture
    assert "Save into a file" not in picture  # the window that was over it
    assert "@font-face" not in picture
    assert screen.stat().st_mode & 0o777 == 0o600


async def test_a_picture_can_be_taken_of_every_page(tmp_path: Path) -> None:
    async with console(FakeSource(trouble()), files=ConsoleFileStore(None, tmp_path)) as seat:
        await seat.press("p", "x", "s")
        await seat.until(lambda: len(seat.toasts()) == 1)
    (name,) = names(tmp_path)
    assert "Settings" in (tmp_path / name).read_text()


async def test_where_nothing_can_be_written_it_says_why(tmp_path: Path) -> None:
    for files, said in (
        (None, "Nothing can be written here."),
        (ConsoleFileStore(None, tmp_path / "gone"), "It cannot be saved: No such file or directory"),
    ):
        async with console(FakeSource(trouble()), files=files) as seat:
            await seat.press("x", "c")
            await seat.until(lambda: len(seat.toasts()) == 1)
            assert seat.toasts() == [said]


def test_a_picture_asks_nobody_for_fonts() -> None:
    svg = '<style>@font-face { src: url("https://x.example/a.woff2"); } text { fill: red }</style>'
    assert without_fonts(svg) == "<style> text { fill: red }</style>"
