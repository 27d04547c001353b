"""While you were away: what has happened since the operator last touched a key, and the panel that says so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, MailHealth, State
from conntest_tui.text import span
from conntest_tui.tui.dialogs import Dialog
from conntest_tui.tui.host_phrases import counted, label, time_of_day
from conntest_tui.tui.styled_text import MAIL, STATES, TONE_CLASSES, Piece, Pieces, Tone, cells, fill, joined
from conntest_tui.tui.styled_widgets import content_of
from conntest_tui.tui.table.arrangement import Board

_OTHER_NEWS = frozenset(
    {
        EventKind.LINK_LOST,
        EventKind.LINK_BACK,
        EventKind.UNWATCHED,
        EventKind.CAUSE,
        EventKind.CAUSE_OVER,
        EventKind.STORM,
    }
)
_MOST_NEWS = 6


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to one host.

    Attributes:
        host: its name.
        failed: when it failed last, POSIX seconds; None when it was down before.
        restored: when it came back last; None when it has not, or has failed again.
        failures: how often it failed.
        hidden: whether it was unreachable behind another for some time.
    """

    host: str
    failed: float | None = None
    restored: float | None = None
    failures: int = 0
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed while nobody looked.

    Attributes:
        since: when the operator was last seen.
        stories: of every host that failed or came back, in the order of its first news.
        mails: events about which mail was written.
        news: what else happened, and when, POSIX seconds; the last ones.
        before: hosts per state when the operator left.
    """

    since: Instant
    stories: tuple[Story, ...]
    mails: int
    news: tuple[tuple[float, str], ...]
    before: Mapping[State, int]

    def __bool__(self) -> bool:
        return bool(self.stories or self.news)


class Absence:
    """Notes what happens between two touches; what it keeps is bounded by the number of hosts."""

    def __init__(self, after: float, now: Instant) -> None:
        """Begin with an operator who is there.

        Args:
            after: seconds without a touch that count as absence; 0 means that nobody ever counts as away.
            now: this moment.
        """
        self._after = after
        self._since = now
        self._before: Mapping[State, int] = {}
        self._stories: dict[str, Story] = {}
        self._news: list[tuple[float, str]] = []
        self._mails = 0

    def first_seen(self, board: Board) -> None:
        """Note how things were when the operator came, for one who leaves without touching a key."""
        self._before = self._before or board.arrangement.counts

    def happened(self, events: Iterable[Event]) -> None:
        """Note what happened."""
        for event in events:
            self._mails += event.mail.startswith("mailed")
            if event.kind in _OTHER_NEWS and event.host is None:
                self._news = [*self._news[1 - _MOST_NEWS :], (event.at, event.text)]
            elif event.host is not None:
                self._note(event, self._stories.get(event.host) or Story(event.host))

    def is_over(self, now: Instant) -> bool:
        """Return whether a touch at this moment ends an absence."""
        return 0 < self._after <= now.steady - self._since.steady

    def touched(self, now: Instant, board: Board | None) -> Changes:
        """Note that the operator is there, and return what has changed since the last time."""
        changes = Changes(self._since, tuple(self._stories.values()), self._mails, tuple(self._news), self._before)
        self._since = now
        self._before = board.arrangement.counts if board is not None else {}
        if self._stories or self._news or self._mails:
            self._stories, self._news, self._mails = {}, [], 0
        return changes

    def _note(self, event: Event, story: Story) -> None:
        if event.kind is EventKind.FAILED:
            self._stories[story.host] = replace(story, failed=event.at, restored=None, failures=story.failures + 1)
        elif event.kind is EventKind.UNREACHABLE:
            self._stories[story.host] = replace(story, hidden=True)
        elif event.kind is EventKind.RESTORED:
            self._stories[story.host] = replace(story, restored=event.at)


_MOST = 8  # hosts named per list


def away_lines(changes: Changes, board: Board, now: Instant) -> list[Pieces]:
    """Return the text of the panel: how long, from what to what, the mail, who is still down, who is back."""
    lines: list[Pieces] = [
        (
            Piece(f"{span(now.steady - changes.since.steady)}", Tone.STRONG),
            Piece(f", since {time_of_day(changes.since.wall, now)}", Tone.DIM),
        ),
        _counts(changes.before, board.arrangement.counts),
        _mail(changes, board),
    ]
    down = [story for story in changes.stories if _is_down(story, board)]
    back = [story for story in changes.stories if not _is_down(story, board) and story.restored is not None]
    lines += _stories("Failed, and still down", Tone.DOWN, down, board, now)
    failed = [story for story in back if story.failures]
    hidden = [story for story in back if not story.failures and story.hidden]
    before = [story for story in back if not story.failures and not story.hidden]
    lines += _stories("Failed, and back again", Tone.UP, failed, board, now)
    if hidden:  # those that they were behind are named
        lines += [(), (Piece("Unreachable, and back again: ", Tone.TITLE), Piece(f"{len(hidden)}", Tone.UP))]
    lines += _stories("Down before, and back", Tone.UP, before, board, now)
    if changes.news:
        said = [(Piece(f"  {time_of_day(at, now)}  ", Tone.DIM), Piece(text)) for at, text in changes.news]
        lines += [(), (Piece("Besides", Tone.TITLE),), *said]
    return lines


def nothing_changed(changes: Changes, now: Instant) -> str:
    """Return the toast for an absence in which nothing happened."""
    return f"Nothing has changed in the {span(now.steady - changes.since.steady)} that you were away."


def _is_down(story: Story, board: Board) -> bool:
    status = board.status_of(story.host)
    return status is not None and status.state is State.DOWN


def _counts(before: Mapping[State, int], after: Mapping[State, int]) -> Pieces:
    changed = [state for state in STATES if before.get(state, 0) != after.get(state, 0)]
    if not changed:
        return (Piece("As many hosts are in each state as before.", Tone.DIM),)
    parts = [
        Piece(f"{STATES[s].shape} {STATES[s].count} {before.get(s, 0)} → {after.get(s, 0)}", STATES[s].tone)
        for s in changed
    ]
    return joined(parts, Piece("   "))


def _stories(title: str, tone: Tone, stories: Sequence[Story], board: Board, now: Instant) -> Iterable[Pieces]:
    if not stories:
        return []
    named = [(story, _label(story, board)) for story in stories[:_MOST]]
    size = max(cells(name) for _, name in named)
    lines: list[Pieces] = [(), (Piece(f"{title}: ", Tone.TITLE), Piece(f"{len(stories)}", tone))]
    lines += [(Piece(f"  {fill(name, size)}  ", tone), Piece(_times(story, now), Tone.DIM)) for story, name in named]
    if len(stories) > _MOST:
        lines.append((Piece(f"  and {counted(len(stories) - _MOST, 'more host')}", Tone.DIM),))
    return lines


def _label(story: Story, board: Board) -> str:
    status = board.status_of(story.host)
    return story.host if status is None else label(status.host)


def _times(story: Story, now: Instant) -> str:
    often = f", failed {story.failures} times" if story.failures > 1 else ""
    if story.restored is None:
        return "" if story.failed is None else f"since {time_of_day(story.failed, now)}{often}"
    back = f"back at {time_of_day(story.restored, now)}"
    return back if story.failed is None else f"{time_of_day(story.failed, now)}, {back}{often}"


def _mail(changes: Changes, board: Board) -> Pieces:
    mail = board.snapshot.mail
    if mail.health is MailHealth.OFF:
        return (Piece("Mail is off: nobody was told.", Tone.DIM),)
    word, tone = MAIL[mail.health]
    told = f"Mail was written about {counted(changes.mails, 'event')}" if changes.mails else "No mail was written"
    waiting = f"; {mail.queued} not delivered yet" if mail.queued else ""
    return (Piece(f"{told}{waiting}. "), Piece(f"{word}.", tone))


class AwayPanel(Dialog[None], inherit_bindings=False):
    """A window of toned text that any key takes away."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(TONE_CLASSES)

    def __init__(self, lines: Sequence[Pieces]) -> None:
        super().__init__()
        self._text = Content("\n").join(content_of(line) for line in lines)

    def compose(self) -> ComposeResult:
        """Put the text into a window."""
        with VerticalScroll(can_focus=False) as window:
            window.border_title = "While you were away"
            window.border_subtitle = "any key closes"
            yield Static(self._text)

    def on_key(self, event: events.Key) -> None:
        """Close."""
        event.stop()
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """Close."""
        event.stop()
        self.dismiss(None)
