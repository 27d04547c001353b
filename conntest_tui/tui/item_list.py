"""A list of lines of which some can be selected: what the pages beside the console are made of."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from conntest_tui.tui.list_navigation import SelectableView, moves
from conntest_tui.tui.styled_text import STYLE_CLASSES, Span, Spans, Style, cut_line

Line = Callable[[int], Spans]
"""What a line says in so many cells."""

_NEAR_END = 20  # lines from the end at which more of a long list is asked for


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a list.

    Attributes:
        line: what it says; it gets the cells that are there, one less than the list has.
        key: by what it is known when it is selected; None for a line that cannot be, such as a heading.
        opens_at_once: whether one click opens it.
    """

    line: Line
    key: Hashable | None = None
    opens_at_once: bool = False


def plain(spans: Spans) -> Item:
    """Return an item that says the same at any width, as far as there is room."""
    return Item(partial(cut_line, spans))


class ItemList(SelectableView[Hashable], inherit_bindings=False):
    """Lines under a line of titles that stays."""

    BINDING_GROUP_TITLE = "List"
    COMPONENT_CLASSES: ClassVar[set[str]] = {*STYLE_CLASSES, "item-list--titles", "item-list--selected"}
    BINDINGS: ClassVar[list[BindingType]] = [
        *moves("list"),
        Binding("enter,space", "open", "Open", show=False, id="list.open", tooltip="Open the selected line"),
    ]

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
        self._titles = titles
        self.head = 0 if titles is None else 1
        self._empty: Spans = (Span(f" {empty}", Style.DIM),)
        self._items: Sequence[Item] = ()
        self._lines: dict[Hashable, int] = {}

    # ------------------------------------------------------------ what is shown

    def wrapped(self, lines: Callable[[int], Sequence[Spans]]) -> list[Item]:
        """Return an item for each line of a text that is wrapped to so many cells, as many as it has at this width."""

        def line(at: int, size: int) -> Spans:
            found = lines(size)
            return found[at] if at < len(found) else ()

        return [Item(partial(line, at)) for at in range(len(lines(self._width - 1)))]

    @property
    def has_items(self) -> bool:
        """Whether there is anything to see."""
        return bool(self._items)

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
        self.virtual_size = Size(1, len(items) + self.head)
        self._keep_selection(before)
        self.repaint()

    def _keep_selection(self, before: int | None) -> None:
        """Select anew if the selected item is gone, and keep the line of the one that is not."""
        if self.selected not in self._lines:
            self.selected = self._nearest(before or 0, 1)
            return
        after = self._lines[self.selected]
        top = self.scroll_offset.y
        if before is not None and before != after and 0 < top <= before < top + self.page:
            self.scroll_to(y=top + after - before, animate=False)

    def repaint(self) -> None:
        """Paint the lines in view that read differently from what is on screen."""
        if not self._items:
            self.refresh()
        top, size = self.scroll_offset.y - self.head, self._width
        self.repaint_changed(self.head, lambda y: self._pieces(top + y, size))

    def _pieces(self, at: int, size: int) -> Spans:
        if not self._items:
            return self._empty if at == 0 else ()
        return self._items[at].line(size - 1) if at < len(self._items) else ()

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    # ------------------------------------------------------------ the selection

    def neighbour(self, steps: int) -> Hashable | None:
        """Return the key so many lines further, or the nearest to that."""
        return self._nearest(self._lines.get(self.selected, 0) + steps, steps)

    def _nearest(self, at: int, step: int) -> Hashable | None:
        """Return the key nearest to a line, beyond it in direction `step` if there is one; None without any."""
        lines = self._lines.values()
        ahead = [line for line in lines if (line >= at if step > 0 else line <= at)]
        nearest = min(ahead or lines, key=lambda line: abs(line - at), default=None)
        return None if nearest is None else self._items[nearest].key

    def extent(self, key: Hashable) -> tuple[int, int] | None:
        """Return the line of an item, with a heading above it, and the next line."""
        at = self._lines.get(key)
        if at is None:
            return None
        return at - (at > 0 and self._items[at - 1].key is None), at + 1

    def item_at(self, x: int, line: int) -> Hashable | None:
        """Return the key of a line."""
        del x
        return self._items[line].key if line < len(self._items) else None

    def opens_at_once(self, key: Hashable) -> bool:
        """Return whether it is a line that a click opens."""
        return self._items[self._lines[key]].opens_at_once

    def line_of(self, key: Hashable | None) -> int:
        """Return the line of an item, 0 when it is not there."""
        return self._lines.get(key, 0)

    def reveal_opened(self, key: Hashable, lines: int) -> None:
        """Scroll until the lines that have opened below an item are seen, or it is on top of them."""
        at, top = self.line_of(key), self.scroll_offset.y
        self.scroll_to(y=max(top, min(at, at + lines + 1 - self.page)), animate=False)

    @property
    def marks_selection(self) -> bool:
        """Whether the selected line is marked."""
        return True

    def go(self, steps: int) -> None:
        """Go on, and ask for more of the list near its end."""
        super().go(steps)
        if self._lines.get(self.selected, 0) >= len(self._items) - _NEAR_END:
            self.post_message(self.NearEnd())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask for more of the list when its end comes near."""
        super().watch_scroll_y(old_value, new_value)
        if new_value > old_value and self.scroll_offset.y + self.page >= len(self._items) - _NEAR_END:
            self.post_message(self.NearEnd())

    # ------------------------------------------------------------ painting

    def render_line(self, y: int) -> Strip:
        size = self._width
        if y < self.head:
            spans = self._titles(size - 1) if self._titles is not None else ()
            return self.paint(spans, size, "item-list--titles")
        at = y - self.head + self.scroll_offset.y
        spans = self._pieces(at, size)
        self.painted[y] = spans
        is_selected = at < len(self._items) and self._items[at].key is not None and self._items[at].key == self.selected
        if not is_selected or not self.marks_selection:
            return self.paint(spans, size)
        return self.paint(_pointed(spans), size, "item-list--selected")


def _pointed(spans: Spans) -> Spans:
    """Return a line with a mark in its first cell, which every line keeps free."""
    if not spans:
        return spans
    first, *rest = spans
    return (Span("▌", Style.ACCENT), Span(first.text[1:], first.style), *rest)
