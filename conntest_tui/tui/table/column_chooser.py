"""The window in which the operator chooses the columns of the table and their order; the table follows at once."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from conntest_tui.tui.dialogs import Dialog
from conntest_tui.tui.item_list import Item, ItemList
from conntest_tui.tui.list_navigation import SelectableView
from conntest_tui.tui.styled_text import STYLE_CLASSES, Span, Spans, Style, fill, spread
from conntest_tui.tui.table.columns import FIELDS, MEANINGS, Field

_TITLE_CELLS = 13
_NO_ROOM = "no room here"
_LAST_ONE = "One column stays at least."


def column_line(field: Field, size: int, *, is_wanted: bool, is_shown: bool) -> Spans:
    """Return a column as a line of at most `size` cells: whether it is wanted, its title, what it shows."""
    left = (
        Span(" [✓] " if is_wanted else " [ ] ", Style.ACCENT if is_wanted else Style.DIM),
        Span(fill(field.value, _TITLE_CELLS), Style.STRONG if is_wanted else Style.DIM),
        Span(MEANINGS[field], Style.TEXT if is_wanted else Style.DIM),
    )
    return spread(left, (Span(f"{_NO_ROOM} ", Style.DIM),) if is_wanted and not is_shown else (), size)


class ColumnChooser(Dialog[None]):
    """A window with every column, those that are wanted first."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)
    BINDING_GROUP_TITLE = "Columns"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("K,shift+up", "shift(-1)", "Earlier", id="columns.earlier", tooltip="Move the column to the left"),
        Binding("J,shift+down", "shift(1)", "Later", id="columns.later", tooltip="Move the column to the right"),
        Binding("r", "reset", "Reset", id="columns.reset", tooltip="Take the columns of settings.toml again"),
        Binding("escape,C,q", "dismiss", "Close", id="columns.close", tooltip="Close the window"),
    ]

    def __init__(
        self,
        wanted: Sequence[Field],
        usual: Sequence[Field],
        fitting: Callable[[Sequence[Field]], Collection[Field]],
        choose: Callable[[tuple[Field, ...]], None],
    ) -> None:
        """Prepare the window.

        Args:
            wanted: the columns as they are, from left to right.
            usual: the columns to go back to.
            fitting: tells which of some columns have room.
            choose: called with the columns after every change.
        """
        super().__init__()
        self._usual = tuple(usual)
        self._fitting = fitting
        self._choose = choose
        self._order: list[Field] = []
        self._wanted: set[Field] = set()
        self._begin(wanted)

    def _begin(self, wanted: Sequence[Field]) -> None:
        self._order = [*wanted, *(field for field in FIELDS if field not in wanted)]
        self._wanted = set(wanted)

    def compose(self) -> ComposeResult:
        with Vertical() as window:
            window.border_title = "Columns, from left to right"
            window.border_subtitle = "space switches, J K move, r resets, esc closes"
            yield ItemList(empty="")

    def on_mount(self) -> None:
        self._show()
        self.query_one(ItemList).focus()

    @property
    def columns(self) -> tuple[Field, ...]:
        """The columns that are wanted, from left to right."""
        return tuple(field for field in self._order if field in self._wanted)

    def _show(self) -> None:
        shown = self._fitting(self.columns)
        self.query_one(ItemList).show(
            [
                Item(
                    partial(column_line, field, is_wanted=field in self._wanted, is_shown=field in shown),
                    field,
                    opens_at_once=True,
                )
                for field in self._order
            ]
        )

    def _changed(self) -> None:
        self._choose(self.columns)
        self._show()

    def on_selectable_view_opened(self, message: SelectableView.Opened) -> None:
        """Switch a column on or off."""
        message.stop()
        if self._wanted == {message.key}:
            self.app.notify(_LAST_ONE, severity="warning", markup=False)
        elif isinstance(message.key, Field):
            self._wanted ^= {message.key}
            self._changed()

    def action_shift(self, step: int) -> None:
        """Move the selected column to the left or to the right."""
        columns = self.query_one(ItemList)
        selected = columns.selected
        at = self._order.index(selected) if isinstance(selected, Field) else 0
        if not 0 <= at + step < len(self._order):
            return
        self._order.insert(at + step, self._order.pop(at))
        self._changed()
        columns.point_at(self._order[at + step])

    def action_reset(self) -> None:
        self._begin(self._usual)
        self._changed()
