"""An app that asks for the operator's attention, and notices when there is nobody to give any."""

from collections.abc import Sequence

from textual import events
from textual.app import App
from textual.notifications import Notify, SeverityLevel

from conntest_tui.clock import Clock
from conntest_tui.model import Event
from conntest_tui.tui.absence import Absence
from conntest_tui.tui.attention import Severity, rings, terminal_title, toasts
from conntest_tui.tui.dialogs.away import AwayPanel
from conntest_tui.tui.layout.board import Board
from conntest_tui.tui.notice import Notice
from conntest_tui.tui.preferences import Preferences
from conntest_tui.tui.texts.awaylines import away_lines, nothing_changed

# xterm's control sequences: keep the title on a stack, set it (OSC 2), take it from the stack again.
_KEEP_TITLE, _SET_TITLE = "\x1b[22;2t", "\x1b]2;{}\x07"
RESTORE_TITLE = f"{_SET_TITLE.format('')}\x1b[23;2t"
"""Gives the terminal the title back that it had; one that keeps no stack of titles gets an empty one."""


class AttentiveApp(App[None]):
    """Rings, shows toasts, names the terminal, and tells a returning operator what has changed.

    Attributes:
        preferences: what of it the operator wants.
    """

    def __init__(self, clock: Clock, preferences: Preferences) -> None:
        super().__init__()
        self.preferences = preferences
        self._clock = clock
        self._absence = Absence(preferences.away, clock.now())
        self._title = ""

    @property
    def board(self) -> Board | None:
        """The newest snapshot, ready to be shown; None before the first one."""
        raise NotImplementedError  # by a subclass: Textual's metaclass leaves no room for ABCMeta

    @property
    def has_named_terminal(self) -> bool:
        """Whether the terminal's title is another one than before."""
        return bool(self._title)

    # ------------------------------------------------------------ asking for attention

    def follow(self) -> None:
        """Let the terminal's title say how many hosts are down now."""
        if self.board is None or self._driver is None:
            return
        self._absence.first_seen(self.board)
        if not self.preferences.title:
            return
        title = terminal_title(self.board)
        if title != self._title:
            self._driver.write(("" if self._title else _KEEP_TITLE) + _SET_TITLE.format(title))
            self._title = title

    def draw_attention(self, happened: Sequence[Event]) -> None:
        """Ring and show toasts for what happened, as far as it matters."""
        self._absence.happened(happened)
        if self.board is None:
            return
        if self.preferences.bell and rings(happened, self.board):
            self.bell()
        if self.preferences.toasts:
            for toast in toasts(happened, self.board):
                self.notify(toast.text, severity=toast.severity.value, markup=False)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a toast, as Textual's own method does; see `Notice` for why not by that one."""
        seconds = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        self.post_message(Notify(Notice(message, title, severity, seconds, markup=markup)))

    # ------------------------------------------------------------ noticing absence

    async def on_event(self, event: events.Event) -> None:
        """Let the first key or click after an absence show what has changed, and do nothing else."""
        if isinstance(event, events.InputEvent) and not event.is_forwarded and self._welcomes(event):
            return
        await super().on_event(event)

    def _welcomes(self, event: events.InputEvent) -> bool:
        """Return whether an event was taken to welcome an operator who has been away."""
        now = self._clock.now()
        over = self._absence.is_over(now)
        if over and not isinstance(event, (events.Key, events.MouseDown)):
            return False  # a nudge of the desk moves a mouse too
        changes = self._absence.touched(now, self.board)
        if not over or self.board is None:
            return False
        if not changes:
            self.notify(nothing_changed(changes, now), severity=Severity.INFORMATION.value)
            return False
        self._mouse_down_widget = None  # its end makes no click
        self.clear_notifications()
        self.push_screen(AwayPanel(away_lines(changes, self.board, now)))
        return True
