"""Settings and problems: what is in force, where it comes from, and what is wrong."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from conntest_tui.model import MailStatus, Snapshot
from conntest_tui.model.query_results import Setting, Setup
from conntest_tui.model.requests import Reload
from conntest_tui.text import count
from conntest_tui.tui.attachment_phrases import attachment_facts
from conntest_tui.tui.item_list import ItemList, plain
from conntest_tui.tui.screens.base import PageScreen
from conntest_tui.tui.state_signs import MAIL_SIGNS
from conntest_tui.tui.styled_text import Span, Spans, Style, fill

_NAME, _VALUE, _ORIGIN = 22, 26, 18  # cells
_MEGABYTE = 1 << 20

_EVERY = 2.0  # seconds between two looks at what is in force


def setup_lines(setup: Setup, snapshot: Snapshot, size: int) -> Iterator[Spans]:
    """Yield the page from top to bottom; problems first, on as many lines of `size` cells as they need."""
    yield from _problems(setup, snapshot.problems, size)
    yield ()
    yield from _paragraph("In force", _facts(setup, snapshot))
    yield ()
    yield from _paragraph(f"Files in {setup.inventory.directory}", setup.inventory.files)
    yield ()
    yield (
        Span(f" {fill('Setting', _NAME)}", Style.TITLE),
        Span(f"{fill('Value', _VALUE)}{fill('From', _ORIGIN)}Allowed", Style.TITLE),
    )
    for setting in setup.inventory.settings:
        yield _setting(setting)


def _problems(setup: Setup, monitors: Sequence[str], size: int) -> Iterator[Spans]:
    """Yield what is wrong; the snapshot names the files' too, but with the first of their problems only."""
    own = [problem for problem in monitors if not (setup.problems and problem.startswith("configuration: "))]
    found = [*own, *setup.problems]
    if found:
        yield (Span(" Problems", Style.TITLE), Span(f"  {len(found)}", Style.DOWN))
        if setup.problems:
            yield (Span("   The files on disk are broken; what is below stays in force.", Style.SUSPECT),)
    else:
        yield (Span(" Problems", Style.TITLE), Span("  none", Style.UP))
    for problem in found:
        yield from _wrapped(Span(" ! ", Style.DOWN), problem, size)
    for warning in setup.inventory.warnings:
        yield from _wrapped(Span(" ▽ ", Style.SUSPECT), warning, size)


def _wrapped(mark: Span, text: str, size: int) -> Iterator[Spans]:
    for line in wrap(text, max(20, size - len(mark.text))):
        yield (mark, Span(line))
        mark = Span(" " * len(mark.text))


def _facts(setup: Setup, snapshot: Snapshot) -> list[tuple[str, str]]:
    sweep = snapshot.sweep
    size = f", {setup.size / _MEGABYTE:.1f} MB" if setup.size else ""
    return [
        *attachment_facts(snapshot),
        ("Probing", f"{sweep.method or 'not begun'}, {count(len(snapshot.statuses))}"),
        ("Mail", _mail_health(snapshot.mail)),
        ("State", f"{setup.state}{size}"),
    ]


def _mail_health(mail: MailStatus) -> str:
    word = MAIL_SIGNS[mail.health][0].removeprefix("mail ")
    return f"{word}: {mail.text}" if mail.text else word


def _paragraph(title: str, facts: Sequence[tuple[str, str]]) -> Iterator[Spans]:
    yield (Span(f" {title}", Style.TITLE),)
    for name, says in facts:
        yield (Span(f" {fill(name, _NAME)}", Style.DIM), Span(says))


def _setting(setting: Setting) -> Spans:
    """Return a setting; one that somebody has set stands out."""
    is_default = setting.origin == "default"
    return (
        Span(f" {fill(setting.path, _NAME)}", Style.DIM if is_default else Style.STRONG),
        Span(fill(setting.value, _VALUE - 1) + " ", Style.TEXT if is_default else Style.ACCENT),
        Span(fill(setting.origin, _ORIGIN - 1) + " ", Style.DIM),
        Span(setting.allowed, Style.DIM),
    )


class SettingsScreen(PageScreen):
    """Problems, files and settings, one below the other."""

    BINDING_GROUP_TITLE = "Settings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "reload", "Read again", id="settings.reload", tooltip="Read the configuration files again"),
    ]

    _setup: Setup | None = None

    def compose_page(self) -> ComposeResult:
        yield ItemList(empty="Reading the settings …")

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(_EVERY, self.ask)
        self.ask()

    def watch_board(self) -> None:
        self.update()

    def on_resize(self) -> None:
        self.call_after_refresh(self.update)

    def action_reload(self) -> None:
        self.request(Reload(), "Reading the configuration files again")

    def ask(self) -> None:
        """Ask what is in force."""
        self.inquire("setup", self.source.queries.setup, self._show)

    def _show(self, setup: Setup) -> None:
        self._setup = setup
        self.update()

    def paint_parts(self) -> None:
        """Show what the page says."""
        if self._setup is not None and self.board is not None:
            lines = setup_lines(self._setup, self.board.snapshot, self.size.width - 2)
            self.query_one(ItemList).show([plain(line) for line in lines])
