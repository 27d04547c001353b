"""What every list, table, wall, log and text has in common: the same keys and the same mouse move, select and open."""

from abc import abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from conntest_tui.tui.styled_widgets import StyledView

LEFT_BUTTON, RIGHT_BUTTON = 1, 3

_MOVES = (
    ("up,k", "move(-1)", "Up", "up", "Go one line up"),
    ("down,j", "move(1)", "Down", "down", "Go one line down"),
    ("pageup", "page(-1)", "Page up", "page-up", "Go one page up"),
    ("pagedown", "page(1)", "Page down", "page-down", "Go one page down"),
    ("ctrl+u", "half_page(-1)", "Half a page up", "half-up", "Go half a page up"),
    ("ctrl+d", "half_page(1)", "Half a page down", "half-down", "Go half a page down"),
    ("home,g", "far(-1)", "First", "first", "Go to the first line"),
    ("end,G", "far(1)", "Last", "last", "Go to the last line"),
)

_Key = TypeVar("_Key", bound=Hashable)


def moves(place: str) -> list[BindingType]:
    """Return the keys that move, for the BINDINGS of a `Movable`; their ids are `place.up`, `place.first` and so on."""
    return [
        Binding(keys, action, word, show=False, id=f"{place}.{name}", tooltip=tooltip)
        for keys, action, word, name, tooltip in _MOVES
    ]


def is_move(binding: Binding) -> bool:
    """Return whether it is one of `moves`."""
    return any(binding.action == action for _, action, *_rest in _MOVES)


class Movable(Widget):
    """Something with more lines than can be seen; the keys of `moves` scroll it."""

    @property
    def page(self) -> int:
        """How many steps can be seen at once."""
        return max(1, self.size.height)

    def go(self, steps: int) -> None:
        """Go so many lines down, or with a negative number up."""
        self.scroll_to(y=self.scroll_offset.y + steps, animate=False)

    def action_move(self, steps: int) -> None:
        self.go(steps)

    def action_page(self, pages: int) -> None:
        self.go(pages * max(1, self.page - 1))

    def action_half_page(self, direction: int) -> None:
        self.go(direction * max(1, self.page // 2))

    def action_far(self, direction: int) -> None:
        self.go(direction * self.virtual_size.height)


class TextScroll(VerticalScroll, Movable, inherit_bindings=False):
    """A text that scrolls."""

    BINDING_GROUP_TITLE = "Text"
    BINDINGS = moves("list")


class SelectableView(StyledView, Movable, Generic[_Key], can_focus=True, inherit_bindings=False):
    """Lines with items of which one is selected, by its key and never by its place. Without items the keys scroll.

    Attributes:
        selected: the key of the selected item.
        head: lines at the top that do not scroll.
    """

    selected: reactive[_Key | None] = reactive(None, repaint=False)
    head = 0

    @dataclass
    class Selected(Message):
        """Another item is selected.

        Attributes:
            key: the item's, None when there is none any more.
        """

        key: Hashable | None

    @dataclass
    class Opened(Message):
        """The operator wants more of an item: enter, or a double click.

        Attributes:
            key: the item's.
        """

        key: Hashable

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._held = False  # whether the operator has touched anything yet

    # ------------------------------------------------------------ what a subclass knows about its items

    @abstractmethod
    def neighbour(self, steps: int) -> _Key | None:
        """Return the item so many steps below the selected one, or the last one; None without items."""

    @abstractmethod
    def extent(self, key: _Key) -> tuple[int, int] | None:
        """Return the first line of an item, with a heading above it, and the line after it; None if it is not there."""

    @abstractmethod
    def item_at(self, x: int, line: int) -> _Key | None:
        """Return the item at a cell of a line, None where there is none."""

    def opens_at_once(self, key: _Key) -> bool:
        """Return whether one click opens an item."""
        del key
        return False

    # ------------------------------------------------------------ the selection

    @property
    def page(self) -> int:
        """How many lines that scroll can be seen at once."""
        return max(1, self.size.height - self.head)

    def hold(self) -> None:
        """Stay with what is selected: the operator has laid hands on it."""
        self._held = True

    def point_at(self, key: _Key) -> None:
        """Select an item, and bring it into view."""
        self.hold()
        self.selected = key
        self.reveal(key)

    def reveal(self, key: _Key) -> None:
        """Scroll just as far as an item needs."""
        out = self._out_of_view(key)
        if out:
            self.scroll_to(y=self.scroll_offset.y + out, animate=False)

    def _out_of_view(self, key: _Key) -> int:
        """Return by how many lines to scroll down, or with a negative number up, to see an item."""
        top, end = self.extent(key) or (self.scroll_offset.y, self.scroll_offset.y)
        seen = max(1, self.size.height - self.head)
        return min(0, top - self.scroll_offset.y) or max(0, end - seen - self.scroll_offset.y)

    def go(self, steps: int) -> None:
        """Select an item so many steps down, or with a negative number up; beyond the last one scroll to the end."""
        before, key = self.selected, self.neighbour(steps)
        self.hold()
        self.selected = key
        if key is None or (key == before and self._out_of_view(key) * steps <= 0):
            super().go(steps)
        else:
            self.reveal(key)

    def watch_selected(self, old: _Key | None, new: _Key | None) -> None:
        for key in (old, new):
            if key is not None:
                self.refresh_item(key)
        self.post_message(self.Selected(new))

    def refresh_item(self, key: _Key) -> None:
        """Paint an item again."""
        extent = self.extent(key)
        if extent is not None:
            top, end = extent
            self.refresh(Region(0, top + self.head - self.scroll_offset.y, self.size.width, end - top))

    def action_open(self) -> None:
        self.hold()
        if self.selected is not None:
            self.post_message(self.Opened(self.selected))

    def on_click(self, event: events.Click) -> None:
        key = self.item_under(event)
        if key is None:
            return
        self.hold()
        self.selected = key
        if event.button != RIGHT_BUTTON and (event.chain == 2 or self.opens_at_once(key)):
            self.action_open()

    def item_under(self, event: events.MouseEvent) -> _Key | None:
        """Return the item under the mouse."""
        return None if event.y < self.head else self.item_at(event.x, event.y - self.head + self.scroll_offset.y)
