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
from conntest_tui.text import count, international, span
from conntest_tui.tui.delivery_phrases import mail_note_brief
from conntest_tui.tui.dialogs import Dialog
from conntest_tui.tui.host_phrases import is_handled, time_of_day
from conntest_tui.tui.state_signs import MAIL_SIGNS, STATE_SIGNS
from conntest_tui.tui.styled_text import STYLE_CLASSES, Span, Spans, Style, cells, fill, joined
from conntest_tui.tui.styled_widgets import content_of
from conntest_tui.tui.table.arrangement import HostBoard

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
_MOST_NEWS, _MOST_MAILS = 6, 4
_DELIVERED = "delivered: "

_MOST_HOSTS = 8  # hosts named per list


@dataclass(frozen=True, slots=True)
class HostChanges:
    """What happened to one host.

    Attributes:
        host: its name.
        failed: when it failed last, POSIX seconds; None when it was down before.
        restored: when it came back last; None when it has not, or has failed again.
        failures: how often it failed.
        hidden: whether it was unreachable behind another for some time.
        flapped: whether it began to flap.
    """

    host: str
    failed: float | None = None
    restored: float | None = None
    failures: int = 0
    hidden: bool = False
    flapped: bool = False


@dataclass(frozen=True, slots=True)
class AwayReport:
    """What has changed while the operator was away.

    Attributes:
        since: when the operator was last seen.
        stories: of every host that failed or came back, in the order of its first news.
        mails: events about which mail was written.
        arrived: mails that arrived: the last ones, each with its moment, its subject and who got it.
        arrivals: how many arrived in all.
        news: what else happened, and when, POSIX seconds; the last ones.
        before: hosts per state when the operator left.
    """

    since: Instant
    hosts: tuple[HostChanges, ...]
    mails: int
    arrived: tuple[tuple[float, str, str], ...]
    arrivals: int
    news: tuple[tuple[float, str], ...]
    before: Mapping[State, int]

    def __bool__(self) -> bool:
        return bool(self.hosts or self.news)


class AwayTracker:
    """Notes what happens between two touches; what it keeps is bounded by the number of hosts."""

    def __init__(self, after: float, now: Instant) -> None:
        """Begin with an operator who is there.

        Args:
            after: seconds without a touch that count as being away; 0 means never.
            now: this moment.
        """
        self._after = after
        self._since = self._touched = now
        self._before: Mapping[State, int] = {}
        self._hosts: dict[str, HostChanges] = {}
        self._news: list[tuple[float, str]] = []
        self._mails = self._arrivals = 0
        self._arrived: list[tuple[float, str, str]] = []

    def first_seen(self, board: HostBoard) -> None:
        """Note how things were when the operator came, for one who leaves without touching a key."""
        self._before = self._before or board.arrangement.counts

    def happened(self, events: Iterable[Event]) -> None:
        """Note what happened."""
        for event in events:
            self._mails += event.mail.startswith("mailed")
            if event.kind is EventKind.DELIVERED:
                self._arrivals += 1
                subject = event.text.removeprefix(_DELIVERED)
                self._arrived = [*self._arrived[1 - _MOST_MAILS :], (event.at, subject, mail_note_brief(event.mail))]
            elif event.kind in _OTHER_NEWS and event.host is None:
                self._news = [*self._news[1 - _MOST_NEWS :], (event.at, event.text)]
            elif event.host is not None:
                self._note(event, self._hosts.get(event.host) or HostChanges(event.host))

    def is_over(self, now: Instant) -> bool:
        """Return whether a touch at this moment ends a time away."""
        return 0 < self._after <= now.steady - self._touched.steady

    def touched(self, now: Instant, board: HostBoard | None) -> AwayReport:
        """Note that the operator is there and knows how things are, and return what has changed since the last time."""
        report = self.touched_unread(now)
        self._since = now
        self._before = board.arrangement.counts if board is not None else {}
        if self._hosts or self._news or self._mails or self._arrivals:
            self._hosts, self._news, self._arrived, self._mails, self._arrivals = {}, [], [], 0, 0
        return report

    def touched_unread(self, now: Instant) -> AwayReport:
        """Note that the operator is there, and return what they have yet to read: it is told again until they have."""
        self._touched = now
        return AwayReport(
            self._since,
            tuple(self._hosts.values()),
            self._mails,
            tuple(self._arrived),
            self._arrivals,
            tuple(self._news),
            self._before,
        )

    def _note(self, event: Event, changes: HostChanges) -> None:
        if event.kind is EventKind.FAILED:
            self._hosts[changes.host] = replace(changes, failed=event.at, restored=None, failures=changes.failures + 1)
        elif event.kind is EventKind.UNREACHABLE:
            self._hosts[changes.host] = replace(changes, hidden=True)
        elif event.kind is EventKind.FLAPPING:
            self._hosts[changes.host] = replace(changes, flapped=True)
        elif event.kind is EventKind.RESTORED:
            self._hosts[changes.host] = replace(changes, restored=event.at)


def away_lines(report: AwayReport, board: HostBoard, now: Instant) -> list[Spans]:
    """Return the text of the panel: how long, what nobody has taken, mail, who else is down, who is back."""
    lines: list[Spans] = [
        (
            Span(f"{span(now.steady - report.since.steady)}", Style.STRONG),
            Span(f", since {time_of_day(report.since.wall, now)}", Style.DIM),
        )
    ]
    gone = board.snapshot.gone
    if gone is not None:
        lines.append(
            (Span(f"The monitor is gone since {time_of_day(gone, now)}: nothing is known since.", Style.DOWN),)
        )
    down = [changes for changes in report.hosts if _is_down(changes, board)]
    handled = [changes for changes in down if _is_handled(changes, board)]
    not_taken = [changes for changes in down if changes not in handled]
    unsteady = [changes for changes in report.hosts if changes not in down and _flaps(changes, board)]
    rest = [changes for changes in report.hosts if changes not in down and changes not in unsteady]
    back = [changes for changes in rest if changes.restored is not None]
    lines += _hosts("Down, and nobody has taken it", Style.DOWN, not_taken, board, now)
    lines += [(), *_mail_summary(report, board, now)]
    lines += _hosts("Down, and handled", Style.ACCENT, handled, board, now)
    lines += _hosts("Flapping", Style.SUSPECT, unsteady, board, now)
    failed = [changes for changes in back if changes.failures]
    hidden = [changes for changes in back if not changes.failures and changes.hidden]
    before = [changes for changes in back if not changes.failures and not changes.hidden]
    lines += _hosts("Failed, and back again", Style.UP, failed, board, now)
    if hidden:  # those that they were behind are named
        lines += [
            (),
            (Span("Behind a host that was down, and back again: ", Style.TITLE), Span(f"{len(hidden)}", Style.UP)),
        ]
    lines += _hosts("Down before you left, and back", Style.UP, before, board, now)
    lines += [(), _count_changes(report.before, board.arrangement.counts)]
    if report.news:
        said = [(Span(f"  {time_of_day(at, now)}  ", Style.DIM), Span(text)) for at, text in report.news]
        lines += [(), (Span("Besides", Style.TITLE),), *said]
    return lines


def nothing_changed(report: AwayReport, now: Instant) -> str:
    """Return the toast for a time away in which nothing happened."""
    return f"Nothing has changed in the {span(now.steady - report.since.steady)} that you were away."


def _is_down(changes: HostChanges, board: HostBoard) -> bool:
    status = board.status_of(changes.host)
    return status is not None and status.standing.state is State.DOWN


def _is_handled(changes: HostChanges, board: HostBoard) -> bool:
    status = board.status_of(changes.host)
    return status is not None and is_handled(status)


def _flaps(changes: HostChanges, board: HostBoard) -> bool:
    status = board.status_of(changes.host)
    return status is not None and status.standing.flapping


def _count_changes(before: Mapping[State, int], after: Mapping[State, int]) -> Spans:
    changed = [state for state in STATE_SIGNS if before.get(state, 0) != after.get(state, 0)]
    if not changed:
        return (Span("As many hosts are in each state as before.", Style.DIM),)
    signs = [(STATE_SIGNS[state], before.get(state, 0), after.get(state, 0)) for state in changed]
    parts = [Span(f"{sign.shape} {sign.count} {was} → {now}", sign.style) for sign, was, now in signs]
    return joined(parts, Span("   "))


def _hosts(title: str, style: Style, hosts: Sequence[HostChanges], board: HostBoard, now: Instant) -> Iterable[Spans]:
    if not hosts:
        return []
    named = [
        (_label(changes, board), _failed_and_back(changes, now) + _reason(changes, board))
        for changes in hosts[:_MOST_HOSTS]
    ]
    size = max(cells(name) for name, _ in named)
    lines: list[Spans] = [(), (Span(f"{title}: ", Style.TITLE), Span(f"{len(hosts)}", style))]
    lines += [(Span(f"  {fill(name, size)}  ", style), Span(times, Style.DIM)) for name, times in named]
    if len(hosts) > _MOST_HOSTS:
        lines.append((Span(f"  and {count(len(hosts) - _MOST_HOSTS, 'more host')}", Style.DIM),))
    return lines


def _label(changes: HostChanges, board: HostBoard) -> str:
    status = board.status_of(changes.host)
    return international(changes.host) if status is None else status.host.label


def _reason(changes: HostChanges, board: HostBoard) -> str:
    """Return why a host is down."""
    status = board.status_of(changes.host)
    return f": {status.reason}" if status is not None and status.reason and _is_down(changes, board) else ""


def _failed_and_back(changes: HostChanges, now: Instant) -> str:
    often = f", failed {changes.failures} times" if changes.failures > 1 else ""
    if changes.restored is None:
        return "" if changes.failed is None else f"since {time_of_day(changes.failed, now)}{often}"
    back = f"back at {time_of_day(changes.restored, now)}"
    return back if changes.failed is None else f"{time_of_day(changes.failed, now)}, {back}{often}"


def _mail_summary(report: AwayReport, board: HostBoard, now: Instant) -> list[Spans]:
    """Return how many mails have arrived, which, and with whom; and what has not."""
    mail = board.snapshot.mail
    if mail.health is MailHealth.OFF:
        return [(Span("Mail is off: no mail was written.", Style.DIM),)]
    word, style = MAIL_SIGNS[mail.health]
    arrived = f"{count(report.arrivals, 'mail')} delivered" if report.arrivals else "no mail delivered"
    written = f" about {count(report.mails, 'event')}" if report.mails and not report.arrivals else ""
    waiting = f", {mail.queued} not delivered yet" if mail.queued else ""
    title = (Span("Mail: ", Style.TITLE), Span(f"{arrived}{written}{waiting}; "), Span(word, style))
    lines: list[Spans] = [title]
    if mail.queued and mail.text:
        lines.append((Span("  "), Span(mail.text, style)))
    for at, subject, to in report.arrived:
        lines.append((Span(f"  {time_of_day(at, now)}  ", Style.DIM), Span(subject), Span(f"  {to}", Style.DIM)))
    if report.arrivals > len(report.arrived):
        lines.append((Span(f"  and {report.arrivals - len(report.arrived)} before them", Style.DIM),))
    return lines


class AwayDialog(Dialog[None], inherit_bindings=False):
    """A window of styled text that any key takes away; what is typed ahead does not reach it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)

    def __init__(self, lines: Sequence[Spans]) -> None:
        super().__init__()
        self.tell(lines)

    def tell(self, lines: Sequence[Spans]) -> None:
        """Show these lines, in place of what nobody has read."""
        self._text = Content("\n").join(content_of(line) for line in lines)
        for shown in self.query(Static):
            shown.update(self._text)

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False) as window:
            window.border_title = "While you were away"
            window.border_subtitle = "any key closes"
            yield Static(self._text)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.dismiss(None)
