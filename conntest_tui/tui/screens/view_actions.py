"""How the table is seen: sorted, folded, in which columns; and filters that are saved and used by their names."""

from abc import abstractmethod
from collections.abc import Collection, MutableMapping, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from conntest_tui.model.host_filter import parse_filter
from conntest_tui.text import clean
from conntest_tui.tui.dialogs import Dialog, NoteDialog
from conntest_tui.tui.item_list import Item, ItemList
from conntest_tui.tui.kept_console import LONGEST_NAME, MOST_FILTERS
from conntest_tui.tui.list_navigation import SelectableView
from conntest_tui.tui.screens.marking import MarkingScreen
from conntest_tui.tui.styled_text import STYLE_CLASSES, Span, Spans, Style, cut_line, fill
from conntest_tui.tui.table.column_chooser import ColumnChooser
from conntest_tui.tui.table.columns import Field
from conntest_tui.tui.table.filter_bar import FilterBar
from conntest_tui.tui.table.host_table import HostTable, SortAsked
from conntest_tui.tui.table.sort_order import Order
from conntest_tui.tui.table.view_options import Part, TableSection, View

_NAME_CELLS = 24
_NONE_SAVED = "No filter is saved yet. Type one with /, then n here saves it."
_NOTHING_TO_SAVE = "There is no filter to save. Type one with / first."
_TOO_MANY = f"There are {MOST_FILTERS} saved filters. Delete one with d first."


def filter_line(name: str, text: str, size: int) -> Spans:
    """Return a saved filter as a line of at most `size` cells."""
    return cut_line((Span(f" {fill(name, _NAME_CELLS)} ", Style.STRONG), Span(text)), size)


class SavedFilters(Dialog[str | None]):
    """A window with the saved filters; its result is the text of the one to use, None for none."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)
    BINDING_GROUP_TITLE = "Saved filters"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "save", "New", id="filters.save", tooltip="Save the filter of the table under a name"),
        Binding("d", "delete", "Delete", id="filters.delete", tooltip="Delete the selected filter"),
        Binding("u", "undelete", "Undelete", id="filters.undelete", tooltip="Bring the deleted filter back"),
        Binding("escape,F,q", "dismiss", "Close", id="filters.close", tooltip="Close the window"),
    ]

    def __init__(self, filters: MutableMapping[str, str], present: str) -> None:
        """Prepare the window.

        Args:
            filters: the saved ones by their names; they are changed in place.
            present: the filter of the table, empty for none.
        """
        super().__init__()
        self._filters = filters
        self._present = present
        self._deleted: tuple[str, str] | None = None

    def compose(self) -> ComposeResult:
        with Vertical() as window:
            window.border_title = "Saved filters"
            window.border_subtitle = "enter uses, n saves the present one, d deletes, esc closes"
            yield ItemList(empty=_NONE_SAVED)

    def on_mount(self) -> None:
        self._show()
        self.query_one(ItemList).focus()
        if self._present and clean(self._present) not in self._filters.values() and len(self._filters) < MOST_FILTERS:
            self.action_save()  # the name at once is what most want then; esc leads to the saved ones

    def _show(self) -> None:
        ordered = sorted(self._filters.items(), key=lambda item: item[0].casefold())
        self.query_one(ItemList).show([Item(partial(filter_line, name, text), name) for name, text in ordered])

    def on_selectable_view_opened(self, message: SelectableView.Opened) -> None:
        """Use a filter."""
        message.stop()
        if isinstance(message.key, str):
            self.dismiss(self._filters[message.key])

    def action_save(self) -> None:
        """Ask for a name, and save the present filter under it."""
        if not self._present or len(self._filters) >= MOST_FILTERS:
            why = _TOO_MANY if self._present else _NOTHING_TO_SAVE
            self.app.notify(why, severity="warning", markup=False)
            return

        def save(typed: str | None) -> None:
            name = clean(typed or "")[:LONGEST_NAME].strip()
            if name:
                self._filters[name] = clean(self._present)
                self.app.notify(f"Saved as {name}: {self._filters[name]}", markup=False)
                self._show()
                self.query_one(ItemList).point_at(name)

        self.app.push_screen(NoteDialog("Save the filter", self._present, placeholder="a name for it"), save)

    def action_delete(self) -> None:
        selected = self.query_one(ItemList).selected
        if isinstance(selected, str):
            self._deleted = selected, self._filters.pop(selected)
            self.app.notify(f"Deleted {selected}, u brings it back: {self._deleted[1]}", markup=False)
            self._show()

    def action_undelete(self) -> None:
        if self._deleted is not None:
            name, text = self._deleted
            self._filters.setdefault(name, text)
            self._deleted = None
            self._show()
            self.query_one(ItemList).point_at(name)


class ViewActionsScreen(MarkingScreen):
    """A screen with the host table, which the operator sees as they like.

    Attributes:
        filters: the saved ones by their names.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("C", "columns", "Columns", id="table.columns", tooltip="Choose and order the columns"),
        Binding("F", "filters", "Filters", id="table.filters", tooltip="Use a saved filter, or save this one"),
    ]

    def __init__(self, filters: MutableMapping[str, str], usual_columns: Sequence[Field]) -> None:
        """Make the screen.

        Args:
            filters: the saved ones by their names.
            usual_columns: which columns there are while nobody has chosen others.
        """
        super().__init__()
        self.filters = filters
        self._usual_columns = tuple(usual_columns)

    @property
    @abstractmethod
    def view(self) -> View:
        """How the hosts are seen."""

    @abstractmethod
    def show_view(self, view: View, *, follow: bool = True) -> None:
        """Show the same hosts in another way."""

    def use_filter(self, text: str) -> None:
        """Show the hosts that a filter lets pass."""
        self.query_one(FilterBar).show(text)
        self.show_view(replace(self.view, filter=parse_filter(text)))

    def action_sort(self) -> None:
        """Sort by the next column that can be seen; the bar of the last sweeps sorts as the loss does."""
        fields = [field for field, _ in self.query_one(HostTable).columns.columns if field is not Field.SWEEPS]
        now = self.view.order.field
        following = fields[(fields.index(now) + 1) % len(fields)] if now in fields else Field.STATE
        self.show_view(replace(self.view, order=Order(following)))

    def action_reverse(self) -> None:
        self.show_view(replace(self.view, order=self.view.order.by(self.view.order.field)))

    def on_sort_asked(self, message: SortAsked) -> None:
        self.show_view(replace(self.view, order=self.view.order.by(message.field)))

    def action_fold_all(self) -> None:
        if self.board is not None:
            self.show_view(self.view.fold(self.board.arrangement.sections()), follow=False)

    def action_unfold_all(self) -> None:
        if self.board is not None:
            arrangement = self.board.arrangement
            groups = [
                TableSection(group, part) for group in arrangement.roster.groups for part in (Part.TROUBLE, Part.CALM)
            ]
            behind = [TableSection(group, Part.BEHIND) for group in arrangement.crowded]
            self.show_view(self.view.unfold([*groups, *behind]))

    def action_columns(self) -> None:
        table = self.query_one(HostTable)

        def fitting(wanted: Sequence[Field]) -> Collection[Field]:
            return {field for field, _ in table.columns_for(wanted).columns}

        def choose(columns: tuple[Field, ...]) -> None:
            self.show_view(replace(self.view, columns=columns), follow=False)

        self.app.push_screen(ColumnChooser(self.view.columns, self._usual_columns, fitting, choose))

    def action_filters(self) -> None:
        def use(text: str | None) -> None:
            if text is not None:
                self.use_filter(text)

        self.app.push_screen(SavedFilters(self.filters, self.view.filter.text), use)
