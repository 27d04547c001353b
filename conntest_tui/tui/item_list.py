"""A list of lines of which some can be selected: what the pages beside the console are made of."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from conntest_tui.tui.styled_text import STYLE_CLASSES, Span, Spans, Style, cut_line
from conntest_tui.tui.styled_widgets import StyledView

Line = Callable[[int], Spans]
"""What a line says in so many cells."""

_NEAR_END = 20  # lines from the end at which more of a long list is asked for


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a list.

    Attributes:
        line: what it says; it gets the cells that are there, one less than the list has.
        key: by what it is known when it is selected; None for a line that cannot be, such as a heading.
    """

    line: Line
    key: Hashable | None = None


def plain(spans: Spans) -> Item:
    """Return an item that says the same at any width, as far as there is room."""
    return Item(partial(cut_line, spans))


class ItemList(StyledView, can_focus=True, inherit_bindings=False):
    """Lines under a line of titles that stays. Where nothing can be selected, the keys scroll.

    Attributes:
        selected: the key of the selected item; it stays selected wherever its line moves. None without one.
    """

    BINDING_GROUP_TITLE = "List"
    COMPONENT_CLASSES: ClassVar[set[str]] = {*STYLE_CLASSES, "item-list--titles", "item-list--selected"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False, id="list.up", tooltip="Go one line up"),
        Binding("down", "move(1)", "Down", show=False, id="list.down", tooltip="Go one line down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="list.page-up", tooltip="Go one page up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="list.page-down", tooltip="Go one page down"),
        Binding("home", "far(-1)", "First", show=False, id="list.first", tooltip="Go to the first line"),
        Binding("end", "far(1)", "Last", show=False, id="list.last", tooltip="Go to the last line"),
        Binding("enter", "open", "Open", show=False, id="list.open", tooltip="Open the selected line"),
    ]

    @dataclass
    class Selected(Message):
        """Another item is selected.

        Attributes:
            items: the list.
            key: the item's, None when none is selected.
        """

        items: "ItemList"
        key: Hashable | None

    @dataclass
    class Opened(Message):
        """The operator wants more about an item: enter, or a double click.

        Attributes:
            items: the list.
            key: the item's.
        """

        items: "ItemList"
        key: Hashable

    class NearEnd(Message):
        """The operator comes near the end of the list: there may be more to show."""

    def __init__(self, *, empty: str, titles: Line | None = None, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        """Make an empty list.

        Args:
            empty: what it says while there is nothing.
            titles: the line above the items.
            id: see `textual.widget.Widget`.
        """
        super().__init__(id=id)
        self.selected: Hashable | None = None
        self._titles = titles
        self._head = 0 if titles is None else 1
        self._empty: Spans = (Span(f" {empty}", Style.DIM),)
        self._items: Sequence[Item] = ()
        self._lines: dict[Hashable, int] = {}
        self._painted: dict[int, Spans] = {}

    # ------------------------------------------------------------ what is shown

    def show(self, items: Sequence[Item], *, empty: str | None = None) -> None:
        """Show other items. What reads the same is not painted again, and the selected item stays in its place.

        Args:
            items: from the top.
            empty: what to say from now on when there are none.
        """
        if empty is not None:
            self._empty = (Span(f" {empty}", Style.DIM),)
        before = self._lines.get(self.selected) if self.selected is not None else None
        self._items = items
        self._lines = {item.key: number for number, item in enumerate(items) if item.key is not None}
        self.virtual_size = Size(1, len(items) + self._head)
        self._keep_selection(before)
        self.repaint_changed()

    def _keep_selection(self, before: int | None) -> None:
        """Select anew if the selected item is gone, and keep the line of the one that is not."""
        if self.selected not in self._lines:
            self._select(self._selectable(before or 0, 1))
            return
        after = self._lines[self.selected]
        top = self.scroll_offset.y
        if before is not None and before != after and 0 < top <= before < top + self._page:
            self.scroll_to(y=top + after - before, animate=False)

    def repaint_changed(self) -> None:
        """Paint the lines in view that read differently from what is on screen."""
        top, size = self.scroll_offset.y, self._width
        if not self._items:
            self.refresh()
        for y in range(self._head, self.size.height):
            if self._painted.get(y) != self._pieces(top + y - self._head, size):
                self.refresh_line(top + y)

    def _pieces(self, at: int, size: int) -> Spans:
        if not self._items:
            return self._empty if at == 0 else ()
        return self._items[at].line(size - 1) if at < len(self._items) else ()

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    @property
    def _page(self) -> int:
        return max(1, self.size.height - self._head)

    # ------------------------------------------------------------ the selection

    def choose(self, key: Hashable) -> None:
        """Select an item, if it is there, and bring it into view."""
        if key in self._lines:
            self._select(self._lines[key])
            self._reveal(self._lines[key])

    def action_move(self, step: int) -> None:
        self._go(step, step)

    def action_page(self, pages: int) -> None:
        self._go(pages * max(1, self._page - 1), pages)

    def action_far(self, direction: int) -> None:
        """Select the last item, or with a negative direction the first."""
        self._go(direction * max(1, len(self._items)), -direction)

    def action_open(self) -> None:
        if self.selected is not None:
            self.post_message(self.Opened(self, self.selected))

    def on_click(self, event: events.Click) -> None:
        """Select the item that was clicked on; the second click opens it."""
        at = event.y - self._head + self.scroll_offset.y
        if event.y < self._head or at >= len(self._items) or self._items[at].key is None:
            return
        self._select(at)
        if event.chain > 1:
            self.action_open()

    def _go(self, lines: int, step: int) -> None:
        if not self._lines:
            self.scroll_to(y=self.scroll_offset.y + lines, animate=False)
            return
        here = self._lines.get(self.selected, 0)
        at = self._selectable(here + lines, step)
        self._select(at)
        if at is not None:
            self._reveal(at)
            if at >= len(self._items) - _NEAR_END:
                self.post_message(self.NearEnd())

    def _selectable(self, at: int, step: int) -> int | None:
        """Return the line nearest to `at` that can be selected, beyond it in direction `step` if there is one."""
        if not self._lines:
            return None
        lines = self._lines.values()
        ahead = [line for line in lines if (line >= at if step > 0 else line <= at)]
        return min(ahead or lines, key=lambda line: abs(line - at))

    def _select(self, at: int | None) -> None:
        key = None if at is None else self._items[at].key
        if key == self.selected:
            return
        for known in (self.selected, key):
            line = self._lines.get(known) if known is not None else None
            if line is not None:
                self.refresh_line(line + self._head)
        self.selected = key
        self.post_message(self.Selected(self, key))

    def _reveal(self, at: int) -> None:
        """Scroll just as far as the line needs, with a heading above it."""
        first = at - 1 if at > 0 and self._items[at - 1].key is None else at
        if first < self.scroll_offset.y:
            self.scroll_to(y=first, animate=False)
        elif at >= self.scroll_offset.y + self._page:
            self.scroll_to(y=at - self._page + 1, animate=False)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask for more of the list when its end comes near."""
        super().watch_scroll_y(old_value, new_value)
        if new_value > old_value and self.scroll_offset.y + self._page >= len(self._items) - _NEAR_END:
            self.post_message(self.NearEnd())

    # ------------------------------------------------------------ painting

    def render_line(self, y: int) -> Strip:
        size = self._width
        if y < self._head:
            spans = self._titles(size - 1) if self._titles is not None else ()
            return self.paint(spans, size, "item-list--titles")
        at = y - self._head + self.scroll_offset.y
        spans = self._pieces(at, size)
        self._painted[y] = spans
        is_selected = at < len(self._items) and self._items[at].key is not None and self._items[at].key == self.selected
        if not is_selected:
            return self.paint(spans, size)
        return self.paint(_pointed(spans), size, "item-list--selected")


def _pointed(spans: Spans) -> Spans:
    """Return a line with a mark in its first cell, which every line keeps free."""
    if not spans:
        return spans
    first, *rest = spans
    return (Span("▌", Style.ACCENT), Span(first.text[1:], first.style), *rest)
