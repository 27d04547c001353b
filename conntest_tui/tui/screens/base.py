"""What every screen is built on, and what the pages beside the console have in common."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen
from textual.worker import Worker

from conntest_tui.clock import Clock, Instant
from conntest_tui.model import Event
from conntest_tui.model.requests import Request, RequestAnswer
from conntest_tui.tui.dialogs import TextDialog
from conntest_tui.tui.item_list import ItemList
from conntest_tui.tui.key_bar import KeyBar
from conntest_tui.tui.snapshot_source import SnapshotSource
from conntest_tui.tui.source_bridge import background_query
from conntest_tui.tui.status_lines import StatusLine
from conntest_tui.tui.styled_text import STYLE_CLASSES
from conntest_tui.tui.table.arrangement import HostBoard

SAID = 3.0  # seconds that an answer to a key stays in front of the table
TICK = 1.0
"""Seconds between two looks at the clock."""

NOT_ANSWERED = "The monitor is gone: this can be read once it is back."

_Answer = TypeVar("_Answer")


@dataclass
class HostShown(Message):
    """The operator looks at another host on a page: it is to be the selected one in the table.

    Attributes:
        host: its name.
    """

    host: str


@dataclass
class DetailsWanted(Message):
    """The operator wants to see everything about a host.

    Attributes:
        host: its name.
    """

    host: str


class BaseScreen(Screen[None], inherit_bindings=False):
    """A screen without Textual's own keys: what can be pressed has an id, an explanation, and can be rebound."""

    def on_screen_suspend(self) -> None:
        """Take the toasts away: each screen has its own, and a window that covers this one shows them elsewhere."""
        self._show_toasts(shown=False)

    def on_screen_resume(self) -> None:
        self._show_toasts(shown=True)

    def _show_toasts(self, *, shown: bool) -> None:
        for rack in self.query("ToastRack"):
            rack.display = shown

    @property
    @abstractmethod
    def source(self) -> SnapshotSource:
        """Whom to ask."""

    def request(self, request: Request, done: str | Callable[[RequestAnswer], str]) -> None:
        """Have something done, and say what came of it, also when this screen is gone by then.

        Args:
            request: what to do.
            done: what is said when it was done, beside why it was not; or what makes the one sentence about both.
        """
        answer = self.source.request(request)

        async def wait() -> None:
            found = await asyncio.wrap_future(answer)
            if not isinstance(done, str):
                severity: Literal["warning", "information"] = "warning" if found.refused else "information"
                self.app.notify(done(found), severity=severity, markup=False)
                return
            if found.why:
                self.app.notify(found.why, severity="warning", markup=False)
            if found.done or not found.why:
                self.app.notify(done, markup=False, timeout=SAID)

        _: Worker[None] = self.app.run_worker(wait, name="request")


class PageScreen(BaseScreen):
    """A screen that lies over the console and goes on with it.

    Attributes:
        board: the newest snapshot, ready to be shown; None before the first one.
        now: this moment, once a second.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "app.back", "Back", id="page.back", tooltip="Go back to where you came from"),
        Binding("tab", "app.focus_next", "Next part", show=False, id="page.next", tooltip="Go to the next part"),
        Binding(
            "shift+tab", "app.focus_previous", "Previous part", show=False, id="page.previous", tooltip="Go back a part"
        ),
    ]

    board: reactive[HostBoard | None] = reactive(None, repaint=False, init=False)
    now: reactive[Instant] = reactive(Instant(0.0, 0.0), repaint=False, init=False)

    def __init__(self, source: SnapshotSource, clock: Clock, board: HostBoard | None) -> None:
        """Make a page.

        Args:
            source: whom to ask.
            clock: for what is shown.
            board: the newest snapshot.
        """
        super().__init__()
        self._source = source
        self._clock = clock
        self._asking: set[str] = set()
        self._again: dict[str, Callable[[], None]] = {}
        self.set_reactive(PageScreen.board, board)
        self.set_reactive(PageScreen.now, clock.now())

    @property
    def source(self) -> SnapshotSource:
        """Whom to ask."""
        return self._source

    @property
    def clock(self) -> Clock:
        """The clock of what is shown."""
        return self._clock

    def compose(self) -> ComposeResult:
        yield StatusLine(self.BINDING_GROUP_TITLE or "").data_bind(PageScreen.board, PageScreen.now)
        yield from self.compose_page()
        yield KeyBar()

    @abstractmethod
    def compose_page(self) -> ComposeResult:
        """Yield what stands between the first line and the keys."""

    def on_mount(self) -> None:
        self.set_interval(TICK, self._tick)

    def _tick(self) -> None:
        if self.is_open:
            self.now = self._clock.now()

    @property
    def is_open(self) -> bool:
        """Whether the page has its widgets: one that has been left loses them before it is gone.

        What comes from outside - an answer, a timer, a message of a widget - may come before or after that.
        """
        return self.is_mounted and self in self.app.screen_stack

    def update(self) -> None:
        """Show what has changed, as long as there is somebody to see it."""
        if not self.is_open:
            return
        try:
            self.paint_parts()
        except NoMatches:
            # An application that ends takes the widgets of a page that is still on its stack.
            if self.children and all(widget.is_running for widget in self.children):
                raise

    def paint_parts(self) -> None:
        """Show everything that follows from board, clock and answers."""

    def happened(self, events: Sequence[Event]) -> None:
        """Take notice of what happened, oldest first; most pages show it with the next snapshot."""

    def read_mail(self, question: Callable[[], str]) -> None:
        """Ask for the text of a mail, and show it in a window."""

        def show(text: str) -> None:
            self.app.push_screen(TextDialog("Mail", text))

        if self.is_gone:
            self.notify(NOT_ANSWERED, severity="warning", markup=False)
        self.inquire("mail", question, show)

    @property
    def is_gone(self) -> bool:
        """Whether the monitor that would answer is gone: what is shown is from before."""
        return self.board is not None and self.board.snapshot.gone is not None

    def ask(self) -> None:
        """Ask for what the page shows beside the board; most pages have something."""

    def inquire(self, name: str, question: Callable[[], _Answer], show: Callable[[_Answer], None]) -> None:
        """Ask beside the event loop, and show the answer.

        While the answer is awaited, a question of the same name waits, and only the newest of them is asked. A monitor
        that is gone answers nothing: then what is shown stays, and is asked for again once it is back.

        Args:
            name: what the question is about.
            question: asked in another thread.
            show: gets the answer, in the event loop.
        """
        if name in self._asking:
            self._again[name] = lambda: self.inquire(name, question, show)
            return

        async def wait() -> None:
            try:
                answer = await background_query(question)
            finally:
                self._asking.discard(name)
            newer = self._again.pop(name, None)
            if self.is_open and not self.is_gone:
                show(answer)
            elif self.is_open:
                self._say_gone()
            if newer is not None and self.is_open:
                newer()

        self._asking.add(name)
        # Not `wait()`: a program that ends may never begin with it. The type says which of Textual's two is meant.
        _: Worker[None] = self.run_worker(wait, name=name)

    def _say_gone(self) -> None:
        """Say so where there is nothing from before."""
        for items in self.query(ItemList):
            if not items.has_items:
                items.show([], empty=NOT_ANSWERED)
