"""The window that asks from when to when a host is muted, and says in words what that will do while one types."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from conntest_tui.model.mute_times import MuteTimeError, MuteTimes, parse_mute_times
from conntest_tui.model.mute_words import say_mute
from conntest_tui.tui.dialogs import Dialog

USUAL = "4h"
"""What is there to be taken with enter."""

_PLACEHOLDER = "4h, until 06:30, Sat 22:00 - Sun 04:00"
_OTHERS = "or until 06:30, Sat 22:00 - Sun 04:00"
_REASON = "why (may stay empty)"
_LONGEST = 120  # characters
_TICK = 1.0  # seconds: what is said of now goes with the clock


@dataclass(frozen=True, slots=True)
class MuteWanted:
    """What somebody has asked for: from when to when, and why (may be empty)."""

    times: MuteTimes
    reason: str


class MuteDialog(Dialog[MuteWanted | None], inherit_bindings=False):
    """Two lines to type in, and below the first what it means; enter in either does it once it is understood."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="mute.close", tooltip="Leave everything as it is"),
        Binding("tab,down", "app.focus_next", "Next line", show=False, id="mute.next", tooltip="Go to the next line"),
        Binding("shift+tab,up", "app.focus_previous", "Line before", show=False, id="mute.previous", tooltip="Go back"),
    ]

    def __init__(self, title: str, known: Sequence[str], now: Callable[[], float]) -> None:
        """Prepare the window.

        Args:
            title: who is to be muted.
            known: what is so already: a mute in force, planned ones, and who else is muted with it.
            now: gives the time, POSIX seconds.
        """
        super().__init__()
        self._title, self._known, self._now = title, known, now

    def compose(self) -> ComposeResult:
        with Vertical() as window:
            window.border_title = Content(self._title)
            window.border_subtitle = "enter does it, tab goes on, esc leaves it"
            for name, text, placeholder in (("times", USUAL, _PLACEHOLDER), ("reason", "", _REASON)):
                line = Input(
                    text, placeholder=placeholder, max_length=_LONGEST, select_on_focus=name == "times", id=name
                )
                line.cursor_blink = False  # a blinking cursor is traffic on a slow line
                yield line
                if name == "times":
                    yield Static(id="meant")
            if self._known:
                yield Static(Content("\n".join(self._known)), id="known")

    def on_mount(self) -> None:
        self._say()
        self.set_interval(_TICK, self._say)

    def _understood(self) -> MuteTimes:
        """Return what is typed.

        Raises:
            MuteTimeError: it cannot be understood.
        """
        return parse_mute_times(self.query_one("#times", Input).value, self._now())

    def _say(self) -> None:
        meant = self.query_one("#meant", Static)
        try:
            said, wrong = say_mute(self._understood(), self._now()), False
            if self.query_one("#times", Input).value == USUAL:
                said += f"\n{_OTHERS}"
        except MuteTimeError as why:
            said, wrong = str(why), True
        meant.set_class(wrong, "-wrong")
        if meant.content != said:
            meant.update(Content(said))

    def on_input_changed(self) -> None:
        self._say()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            times = self._understood()
        except MuteTimeError:
            self.query_one("#times", Input).focus()
            self._say()
        else:
            self.dismiss(MuteWanted(times, self.query_one("#reason", Input).value.strip()))
