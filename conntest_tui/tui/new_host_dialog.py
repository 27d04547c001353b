"""A window to add a host to hosts.csv: each field is checked as it is typed, and the row is shown as it will be."""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label, Static
from textual.worker import Worker

from conntest_tui.model.query_results import NewHostCheck
from conntest_tui.model.requests import NewHost, RequestAnswer
from conntest_tui.tui.dialogs import Dialog

MOST_SUGGESTED = 20_000
"""Names among which one is completed while a key waits."""

FIELDS = (
    ("host", "Address", "an address or a name"),
    ("description", "Description", "what it is"),
    ("location", "Location", "where it is"),
    ("group", "Group", "a heading of hosts.csv, or a new one"),
    ("parent", "Reached via", "the host in front of it: its parent"),
)
"""The fields of `NewHost`, what they are called, and what they hold."""

_LONGEST = 200
_WRITING = "Being written …"
_BEGIN = "Nothing is written before enter."


class NewHostDialog(Dialog[str], inherit_bindings=False):
    """A window with a line for each field; its result is what was added, in words, or None when it was closed.

    It stays open until the host is added: what cannot be written is not typed twice.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="new-host.close", tooltip="Add nothing"),
        Binding("tab,down", "app.focus_next", "Next", id="new-host.next", tooltip="Go to the next field"),
        Binding("shift+tab,up", "app.focus_previous", "Back", id="new-host.previous", tooltip="Go back a field"),
    ]

    def __init__(
        self,
        group: str,
        groups: Sequence[str],
        hosts: Sequence[str],
        check: Callable[[NewHost], Awaitable[NewHostCheck]],
        add: Callable[[NewHost], Awaitable[RequestAnswer]],
    ) -> None:
        """Prepare the window.

        Args:
            group: the one to begin with; may be empty.
            groups: those that there are.
            hosts: those that there are, of which one may be the parent.
            check: says what would come of a host as it is typed so far.
            add: adds a host.
        """
        super().__init__()
        self._group, self._check, self._add = group, check, add
        self._known = {"group": groups[:MOST_SUGGESTED], "parent": hosts[:MOST_SUGGESTED]}
        self._checked: tuple[NewHost, NewHostCheck] | None = None
        self._checking: Worker[None] | None = None
        self._adding = False

    def compose(self) -> ComposeResult:
        with Vertical() as window:
            window.border_title = Content("Add a host to hosts.csv")
            window.border_subtitle = "tab next, right completes, enter adds, esc leaves"
            for name, label, placeholder in FIELDS:
                with Horizontal():
                    yield Label(label, markup=False)
                    known = self._known.get(name)
                    line = Input(
                        self._group if name == "group" else "",
                        placeholder=placeholder,
                        max_length=_LONGEST,
                        select_on_focus=False,
                        suggester=SuggestFromList(known, case_sensitive=False) if known else None,
                        id=f"new-{name}",
                    )
                    line.cursor_blink = False  # a blinking cursor is traffic on a slow line
                    yield line
            yield Static(Content(_BEGIN), id="new-host-said")

    @property
    def typed(self) -> NewHost:
        """The host as it is typed so far."""
        return NewHost(**{name: self.query_one(f"#new-{name}", Input).value for name, _, _ in FIELDS})

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._look()

    def _look(self) -> None:
        """Have what is typed checked, the newest of it last, and never two at once."""
        if self._checking is None or self._checking.is_finished:
            self._checking = self.run_worker(self._check_newest, name="check")

    async def _check_newest(self) -> None:
        while self.is_mounted and self.app.screen is self and (typed := self.typed) != self._newest:
            checked = await self._check(typed)
            self._checked = typed, checked
            if not self._adding:
                self._show(typed, checked)

    @property
    def _newest(self) -> NewHost | None:
        return self._checked[0] if self._checked else None

    def _show(self, typed: NewHost, checked: NewHostCheck) -> None:
        if not typed.host.strip():
            self._say(_BEGIN)
        elif checked.refusal:
            self._say(checked.refusal, complaint=True)
        else:
            where = f"the new group {checked.group}" if checked.is_new_group else checked.group or "no group"
            self._say(f"{checked.row}\nenter adds this row to {where}")

    def _say(self, text: str, *, complaint: bool = False) -> None:
        said = self.query_one("#new-host-said", Static)
        said.set_class(complaint, "-complaint")
        said.update(Content(text))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not self._adding:
            self._adding = True
            _: Worker[None] = self.run_worker(self._submit, name="add")

    async def _submit(self) -> None:
        typed = self.typed
        checked = await self._check(typed)
        if checked.refusal:
            self._adding = False
            self._say(checked.refusal, complaint=True)
            return
        self._say(_WRITING)
        answer = await self._add(typed)
        self._adding = False
        if not self.is_mounted:
            return
        if answer.done:
            label = f"{typed.host.strip()} {typed.description.strip()}".strip()
            self.dismiss(f"Added {label}: line {answer.line:,} of hosts.csv")
        else:
            self._say(answer.why, complaint=True)
