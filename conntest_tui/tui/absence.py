"""While you were away: what has happened since the operator last touched a key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, State
from conntest_tui.tui.layout.board import Board

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
