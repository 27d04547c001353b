"""What asks for attention: toasts, the bell, notices on the desktop, the terminal's title. A storm is one of each.

A toast is one line, beside the keys at the bottom or over some of them (see `key_bar.toast_room`). It answers a key, or
tells on another page what the log would. Why something cannot be done has to be read whole: that takes more lines where
it needs them.
"""

import os
from abc import abstractmethod
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from textual import events
from textual.app import App
from textual.notifications import Notification, Notify, SeverityLevel
from textual.reactive import var

from conntest_tui.clock import Clock, Instant
from conntest_tui.model import Event, EventKind, State
from conntest_tui.text import count, handled_phrase
from conntest_tui.tui.attachment_phrases import GONE
from conntest_tui.tui.away_summary import AwayDialog, AwayTracker, away_lines, nothing_changed
from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.desktop_notices import desktop_notice
from conntest_tui.tui.host_phrases import NO_GROUP
from conntest_tui.tui.state_signs import STATE_SIGNS
from conntest_tui.tui.status_lines import NAME
from conntest_tui.tui.styled_text import cells
from conntest_tui.tui.table.arrangement import HostBoard
from conntest_tui.tui.terminal_fallbacks import in_ascii

_RINGS = frozenset({EventKind.FAILED, EventKind.STORM, EventKind.LINK_LOST, EventKind.CAUSE})
_GROUPS_NAMED = 3

_LEAST_TIME = 0.05  # seconds
_PAUSE = 0.5  # seconds; nobody reads a window faster, and who types ahead does not stop that long
_TOAST_EDGES = 3  # cells: a border and two blanks

# xterm's control sequences: keep the title on a stack, set it (OSC 2), take it from the stack again.
_KEEP_TITLE, _SET_TITLE = "\x1b[22;2t", "\x1b]2;{}\x07"
RESTORE_TITLE = f"{_SET_TITLE.format('')}\x1b[23;2t"
"""Gives the terminal the title back that it had; one that keeps no stack of titles gets an empty one."""


class Severity(StrEnum):
    """How a toast looks; Textual's own words."""

    INFORMATION = "information"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Toast:
    """A window that shows up for a moment."""

    text: str
    severity: Severity


def rings(events: Collection[Event], board: HostBoard) -> bool:
    """Return whether something failed that somebody must hear."""
    return any(event.kind in _RINGS for event in _notable(events, board))


def toasts(events: Collection[Event], board: HostBoard) -> list[Toast]:
    """Return what to show of the events that came together: one toast for failures, one for recoveries."""
    notable = _notable(events, board)
    storm = [event for event in notable if event.kind is EventKind.STORM]
    failed = storm or [event for event in notable if event.kind is EventKind.FAILED]
    restored = [event for event in notable if event.kind is EventKind.RESTORED]
    shown: list[Toast] = []
    for event in notable:
        if event.kind in (EventKind.LINK_LOST, EventKind.CAUSE):
            shown.append(Toast(event.text, Severity.ERROR))
        elif event.kind in (EventKind.LINK_BACK, EventKind.CAUSE_OVER):
            shown.append(Toast(event.text, Severity.INFORMATION))
        elif event.kind is EventKind.TROUBLE and event.host is not None:
            shown.append(Toast(event.text, Severity.WARNING))  # what the operator asked for could not be done
    if failed:
        shown.append(Toast(f"{STATE_SIGNS[State.DOWN].shape} {_together(failed, 'failed', board)}", Severity.ERROR))
    if restored:
        shown.append(
            Toast(f"{STATE_SIGNS[State.UP].shape} {_together(restored, 'are back', board)}", Severity.INFORMATION)
        )
    return shown


def terminal_title(board: HostBoard) -> str:
    """Return the title of the terminal: `▼ 3 down, 1 handled - conntest`."""
    if board.snapshot.gone is not None:
        return f"{GONE} - {NAME}"
    for state in (State.DOWN, State.UNWATCHED):
        number = board.arrangement.counts.get(state)
        if number:
            handled = board.arrangement.handled if state is State.DOWN else 0
            taken = f", {handled_phrase(number, handled)}" if handled else ""
            return f"{STATE_SIGNS[state].shape} {number} {STATE_SIGNS[state].count}{taken} - {NAME}"
    return NAME


def _notable(events: Collection[Event], board: HostBoard) -> list[Event]:
    """Return the events but for those about hosts that are muted or flap."""
    return [event for event in events if not _is_hushed(event, board)]


def _is_hushed(event: Event, board: HostBoard) -> bool:
    status = board.status_of(event.host)
    if status is None or event.kind is EventKind.TROUBLE:
        return False
    return status.standing.muted or status.standing.flapping


def _together(events: Sequence[Event], verb: str, board: HostBoard) -> str:
    if len(events) == 1:
        return events[0].text
    statuses = (board.status_of(event.host) for event in events)
    groups = Counter(status.host.group or NO_GROUP for status in statuses if status is not None).most_common()
    named = ", ".join(f"{group} ({number})" for group, number in groups[:_GROUPS_NAMED])
    more = f" and {count(len(groups) - _GROUPS_NAMED, 'more group')}" if len(groups) > _GROUPS_NAMED else ""
    return f"{count(len(events), 'host')} {verb}: {named}{more}"


@dataclass
class ToastNotification(Notification):
    """A notification that never has less than no time left.

    A toast is made anew on every screen that comes to the top, with a timer for the time that is left. When that ends
    between the look and the making, Textual's timer counts a negative interval down for ever, and the console freezes.
    """

    @property
    def time_left(self) -> float:
        """Seconds for a timer, never none."""
        return max(_LEAST_TIME, super().time_left)

    @property
    def has_expired(self) -> bool:
        """Whether it is over."""
        return super().time_left <= 0


class AlertingApp(App[None]):
    """Rings, shows toasts, names the terminal, and shows a returning operator what has changed.

    Attributes:
        preferences: what of it the operator wants.
        toast_width: cells of the newest toast.
    """

    toast_width: var[int] = var(0)

    def __init__(self, clock: Clock, preferences: Preferences) -> None:
        super().__init__()
        self.preferences = preferences
        self._clock = clock
        self._away = AwayTracker(preferences.away, clock.now())
        self._pressed = clock.now().steady
        self._title = ""

    @property
    @abstractmethod
    def board(self) -> HostBoard | None:
        """The newest snapshot, ready to be shown; None before the first one."""

    @property
    @abstractmethod
    def is_log_in_view(self) -> bool:
        """Whether the operator reads in the log what happens."""

    @property
    def has_named_terminal(self) -> bool:
        """Whether the terminal's title is another one than before."""
        return bool(self._title)

    # ------------------------------------------------------------ bell, toasts, title

    def update_title(self) -> None:
        """Let the terminal's title say how many hosts are down now."""
        if self.board is None or self._driver is None:
            return
        self._away.first_seen(self.board)
        if not self.preferences.title:
            return
        title = terminal_title(self.board)
        if self.preferences.signs == "ascii":
            title = in_ascii(title)
        if title != self._title:
            self._driver.write(("" if self._title else _KEEP_TITLE) + _SET_TITLE.format(title))
            self._title = title

    def name_terminal_again(self) -> None:
        """Set the terminal's title once more: another program may have set it."""
        if self._title and self._driver is not None:
            self._driver.write(_SET_TITLE.format(self._title))

    def alert(self, happened: Sequence[Event]) -> None:
        """Ring and show toasts for what happened, as far as it matters."""
        self._away.happened(happened)
        if self.board is None:
            return
        found = toasts(happened, self.board)
        if rings(happened, self.board):
            if self.preferences.bell:
                self.bell()
            self._notify_desktop("  ".join(toast.text for toast in found if toast.severity is Severity.ERROR))
        shown = found if self.preferences.toasts and not self.is_log_in_view else []
        if shown:
            worst = max((toast.severity for toast in shown), key=list(Severity).index)
            self.notify("  ".join(toast.text for toast in shown), severity=worst.value, markup=False, wraps=False)

    def _notify_desktop(self, text: str) -> None:
        """Ask the terminal for a notice on the desktop, if that is wanted."""
        said = in_ascii(text) if self.preferences.signs == "ascii" else text
        sequence = desktop_notice(self.preferences.notices, said, os.environ)
        if sequence and self._driver is not None:
            self._driver.write(sequence)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
        wraps: bool = True,
    ) -> None:
        """Show a toast, as Textual's own method does; see `ToastNotification` for why not by that one.

        A warning takes as many lines as it needs, unless `wraps` is false.
        """
        seconds = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        self.toast_width = cells(message) + _TOAST_EDGES
        for rack in self.screen.query("ToastRack"):
            rack.set_class(wraps and severity == "warning", "-wraps")
        self.post_message(Notify(ToastNotification(message, title, severity, seconds, markup=markup)))

    # ------------------------------------------------------------ coming back

    async def on_event(self, event: events.Event) -> None:
        """Let the first key or click after a time away show what has changed, and do nothing else.

        What follows at once does nothing either.
        """
        if isinstance(event, events.InputEvent) and not event.is_forwarded and self._welcomes(event):
            return
        await super().on_event(event)

    def _welcomes(self, event: events.InputEvent) -> bool:
        """Return whether an event was taken to welcome an operator who has been away."""
        if isinstance(event, events.Key) and event.key == "ctrl+c":
            return False  # whoever wants to leave is not held up
        now = self._clock.now()
        over = self._away.is_over(now)
        is_press = isinstance(event, (events.Key, events.MouseDown))
        if over and not is_press:
            return False  # a nudge of the desk moves a mouse too
        is_ahead = is_press and now.steady - self._pressed < _PAUSE
        self._pressed = now.steady if is_press else self._pressed
        window = next((screen for screen in self.screen_stack if isinstance(screen, AwayDialog)), None)
        if self.board is None or not (over or window):
            self._away.touched(now, self.board)
            return False
        if over:
            self._show_away(window, self.board, now)
        else:
            self._away.touched_unread(now)
        is_taken = (over or is_ahead) and isinstance(self.screen, AwayDialog)
        if is_taken:
            self._mouse_down_widget = None  # its end makes no click
        return is_taken

    def _show_away(self, window: AwayDialog | None, board: HostBoard, now: Instant) -> None:
        """Tell what has changed, in the window that has not been read yet if there is one."""
        report = self._away.touched_unread(now)
        lines = away_lines(report, board, now)
        if window is not None:
            window.tell(lines)
        elif report or board.snapshot.gone is not None:
            self.clear_notifications()
            self.push_screen(AwayDialog(lines), self._has_read)
        else:
            self._away.touched(now, board)
            self.notify(nothing_changed(report, now), severity=Severity.INFORMATION.value)

    def _has_read(self, _: None) -> None:
        self._away.touched(self._clock.now(), self.board)
