"""What asks for the operator's attention: toasts, the bell, the terminal's title. A storm is one toast and one ring."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from conntest_tui.model import Event, EventKind, State
from conntest_tui.tui.ink.look import STATES
from conntest_tui.tui.layout.board import Board
from conntest_tui.tui.texts.headlines import NAME
from conntest_tui.tui.texts.phrases import NO_GROUP, counted

_RINGS = frozenset({EventKind.FAILED, EventKind.STORM, EventKind.LINK_LOST, EventKind.CAUSE})
_GROUPS_NAMED = 3


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


def rings(events: Collection[Event], board: Board) -> bool:
    """Return whether something failed that somebody must hear."""
    return any(event.kind in _RINGS for event in _notable(events, board))


def toasts(events: Collection[Event], board: Board) -> list[Toast]:
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
        shown.append(Toast(f"{STATES[State.DOWN].shape} {_together(failed, 'failed', board)}", Severity.ERROR))
    if restored:
        shown.append(Toast(f"{STATES[State.UP].shape} {_together(restored, 'are back', board)}", Severity.INFORMATION))
    return shown


def terminal_title(board: Board) -> str:
    """Return the title of the terminal: `▼ 3 down - conntest`."""
    for state in (State.DOWN, State.UNWATCHED):
        number = board.arrangement.counts.get(state)
        if number:
            return f"{STATES[state].shape} {number} {STATES[state].count} - {NAME}"
    return NAME


def _notable(events: Collection[Event], board: Board) -> list[Event]:
    """Return the events but for those about hosts that are muted or flap: nobody wants to hear of them."""
    return [event for event in events if not _is_hushed(event, board)]


def _is_hushed(event: Event, board: Board) -> bool:
    status = board.status_of(event.host)
    mark = status.mark if status is not None else None
    return event.kind is not EventKind.TROUBLE and mark is not None and (mark.muted or mark.flapping_since is not None)


def _together(events: Sequence[Event], verb: str, board: Board) -> str:
    if len(events) == 1:
        return events[0].text
    statuses = (board.status_of(event.host) for event in events)
    groups = Counter(status.host.group or NO_GROUP for status in statuses if status is not None).most_common()
    named = ", ".join(f"{group} ({number})" for group, number in groups[:_GROUPS_NAMED])
    more = f" and {counted(len(groups) - _GROUPS_NAMED, 'more group')}" if len(groups) > _GROUPS_NAMED else ""
    return f"{counted(len(events), 'host')} {verb}: {named}{more}"
