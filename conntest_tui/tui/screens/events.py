"""The events: whatever happened, to search in.

That a host is still failing is an event of every sweep: with a host down for a night nothing else would be found here.
The page of the host has those. What one cause did is one line, which opens; a search shows whatever it finds.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from conntest_tui.model import Event, EventKind
from conntest_tui.tui.event_folding import Fold, fold, key_of, unfolded
from conntest_tui.tui.event_log import NEWS, lines_of_folds
from conntest_tui.tui.item_list import ItemList
from conntest_tui.tui.list_navigation import SelectableView, moves
from conntest_tui.tui.screens.base import NOT_ANSWERED, DetailsWanted, PageScreen
from conntest_tui.tui.screens.host_actions import HostActionsScreen
from conntest_tui.tui.styled_widgets import WordChoice

PAGE = 200
"""Events that are asked for at a time; further down as many as there are already."""

_FEW = 60  # lines, about a screen full: more is asked for when a flood leaves fewer of a page

_KIND = EventKind
_TROUBLES = frozenset(
    {
        _KIND.FAILED,
        _KIND.SUSPECT,
        _KIND.UNREACHABLE,
        _KIND.LINK_LOST,
        _KIND.CAUSE,
        _KIND.STORM,
        _KIND.FLAPPING,
        _KIND.TROUBLE,
    }
)
_MONITOR = frozenset(
    {
        _KIND.LINK_LOST,
        _KIND.LINK_BACK,
        _KIND.UNWATCHED,
        _KIND.CAUSE,
        _KIND.CAUSE_OVER,
        _KIND.STORM,
        _KIND.STARTED,
        _KIND.STOPPED,
        _KIND.TROUBLE,
        _KIND.RELIEF,
        _KIND.DISCARDED,
    }
)


@dataclass(frozen=True, slots=True)
class Topic:
    """Which events are shown: of these kinds, and perhaps only those about mail."""

    word: str
    kinds: frozenset[EventKind] = NEWS
    about_mail: bool = False


TOPICS = (
    Topic("all"),
    Topic("trouble", _TROUBLES),
    Topic("hosts", NEWS - _MONITOR),
    Topic("mail", about_mail=True),
    Topic("monitor", _MONITOR),
)


_ABOUT_A_HOST = frozenset({"recheck", "acknowledge", "mute", "unmute", "copy"})


class EventList(ItemList, inherit_bindings=False):
    """The events; its key to open one is among those at the bottom."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "open", "Open", id="events.open", tooltip="Open the mail, or the host of the event"),
        *moves("list"),
    ]


class EventsScreen(PageScreen, HostActionsScreen):
    """Events, the newest on top; further down the store is read on. What is done is done with the event's host."""

    _host: str | None = None  # the selected one, while there is one to act on

    BINDING_GROUP_TITLE = "Events"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", id="events.search", tooltip="Type words that the events must have"),
        Binding("t", "topic", "Kind", id="events.kind", tooltip="Show another kind of events"),
        Binding("escape", "leave", "Back", id="events.back", tooltip="Leave the search, end it, then leave the page"),
    ]

    def compose_page(self) -> ComposeResult:
        with Horizontal(id="search"):
            yield WordChoice("Kind", [topic.word for topic in TOPICS])
            yield Input(placeholder="words that the events must have", compact=True)
        yield EventList(empty="Reading the events …")

    def on_mount(self) -> None:
        super().on_mount()
        self._events: list[Event] = []
        self._folds: list[Fold] = []
        self._opened: set[Hashable] = set()
        self._complete = False
        self._hosts: dict[Hashable, str | None] = {}  # whom each line is about
        self.query_one(ItemList).focus()
        self.call_after_refresh(self.ask)

    # ------------------------------------------------------------ what is shown

    @property
    def selection(self) -> str | None:
        """The host that the selected event is about; None when it is about none that is watched."""
        host = self._hosts.get(self.query_one(ItemList).selected) if self.is_open else None
        return host if self.board is not None and self.board.status_of(host) is not None else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what is done with a host only on the event of one."""
        if action in _ABOUT_A_HOST and self._host is None:
            return False
        return super().check_action(action, parameters)

    def on_selectable_view_selected(self) -> None:
        had, self._host = self._host, self.selection
        if (had is None) != (self._host is None):
            self.refresh_bindings()

    @property
    def _wanted(self) -> tuple[Topic, str]:
        return TOPICS[self.query_one(WordChoice).chosen], self.query_one(Input).value

    def happened(self, events: Sequence[Event]) -> None:
        """Show the newest events again: what happened has been stored before it is reported."""
        del events  # the store knows which of them are wanted here
        self.ask()

    def ask(self, before: int | None = None) -> None:
        """Ask for the newest events, or for those before one of them."""
        if not self.is_open:
            return
        topic, words = self._wanted
        limit = max(PAGE, len(self._events))
        question = partial(
            self.source.queries.events,
            limit,
            before=before,
            kinds=topic.kinds,
            words=words,
            about_mail=topic.about_mail,
        )
        self.inquire("events", question, partial(self._show, (topic, words), before, limit))

    def _show(self, wanted: tuple[Topic, str], before: int | None, limit: int, found: list[Event]) -> None:
        if wanted != self._wanted:
            return  # another question is on its way
        known = self._events if before is not None else []
        if before is not None and (not known or known[-1].id != before):
            return
        self._events = [*known, *found]
        self._complete = len(found) < limit
        nothing = "No event has all that." if wanted != (TOPICS[0], "") else "Nothing has happened yet."
        oldest_first = self._events[::-1]
        self._folds = (unfolded(oldest_first) if wanted[1] else fold(oldest_first))[::-1]
        self._hosts = {key_of(event): event.host for event in self._events}
        self._hosts |= {found.key: found.head.host for found in self._folds}
        self._arrange(nothing)
        if len(self._folds) < _FEW:
            self.on_item_list_near_end()

    def _arrange(self, nothing: str | None = None) -> None:
        self.query_one(ItemList).show(list(lines_of_folds(self._folds, self._opened)), empty=nothing)

    def on_item_list_near_end(self) -> None:
        if not self._complete and self._events:
            self.ask(before=self._events[-1].id)

    def on_word_choice_chosen(self) -> None:
        self._begin_anew()

    def on_input_changed(self) -> None:
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._events = []
        if self.is_gone:  # what is shown is not what is wanted now
            self.query_one(ItemList).show([], empty=NOT_ANSWERED)
        self.ask()

    # ------------------------------------------------------------ actions

    def on_input_submitted(self) -> None:
        self.query_one(ItemList).focus()

    def action_search(self) -> None:
        self.query_one(Input).focus()

    def action_topic(self) -> None:
        self.query_one(WordChoice).next()

    def action_leave(self) -> None:
        """Leave what was entered last."""
        words = self.query_one(Input)
        if words.has_focus:
            self.query_one(ItemList).focus()
        elif words.value:
            words.value = ""
        elif self.app.screen is self:
            self.app.pop_screen()

    def on_selectable_view_opened(self, message: SelectableView.Opened) -> None:
        """Show what one cause did, read the mail that arrived, or show everything about the host."""
        chosen = next((found for found in self._folds if found.key == message.key), None)
        if chosen is not None:
            self._opened ^= {message.key}
            self._arrange()
            if message.key in self._opened:
                self.query_one(ItemList).reveal_opened(message.key, len(chosen.events))
            return
        event = next((event for event in self._events if key_of(event) == message.key), None)
        if event is not None and event.kind is EventKind.DELIVERED:
            self.read_mail(partial(self.source.queries.arrived_mail, event))
        elif event is None or event.host is None:
            self.notify("This event is about the monitor itself, not about a host.", severity="warning", markup=False)
        elif self.board is None or self.board.status_of(event.host) is None:
            self.notify(f"{event.host} is not in hosts.csv any more.", severity="warning", markup=False)
        else:
            self.post_message(DetailsWanted(event.host))
