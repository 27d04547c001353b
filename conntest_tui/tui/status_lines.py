"""The one-line widgets: hosts and mail, the sweep, the selected host; and the banner of problems."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus, MailHealth, MailStatus, State, SweepProgress
from conntest_tui.model.query_results import OutboxEntry
from conntest_tui.text import count, international, span
from conntest_tui.tui.delivery_phrases import HostMails, host_mail_phrases
from conntest_tui.tui.host_phrases import (
    NO_GROUP,
    is_taken,
    sign_of,
    signed_counts,
    time_of_day,
    why,
    with_seconds,
)
from conntest_tui.tui.state_signs import MAIL_SIGNS, STATE_SIGNS
from conntest_tui.tui.styled_text import Span, Spans, Style, cut, cut_line, first_that_fits, joined, width
from conntest_tui.tui.styled_widgets import StyledLine, content_of
from conntest_tui.tui.table.arrangement import HostBoard, Selection
from conntest_tui.tui.table.marks import MarkCount, marks_phrase
from conntest_tui.tui.table.view_options import TableSection

NAME = "conntest"

_GAP = Span("  ")
_WIDE_GAP = Span("    ")
_TITLE_MOST = 24  # cells of the configuration's name, when the line is short of room
_LATE = 5  # seconds; a sweep that has not begun by then looks like a monitor that hangs
_BAR_MOST, _BAR_LEAST = 40, 8  # cells of the progress bar


def status_line(board: HostBoard, now: Instant, size: int, page: str = "") -> Spans:
    """Return the first line, `size` cells wide: name of the configuration, hosts by sign, mail, time of day.

    What nobody has taken is counted apart from what is handled: `▼ 1 not handled  ✓ 2 handled`. On a page its title
    takes the program's place, and stays however narrow the line is.
    """
    title, mail = board.snapshot.title, board.snapshot.mail
    name = (Span(f" {page or NAME}", Style.TITLE),)
    full_title = (Span(title),) if title else ()
    short_title = (Span(cut(title, _TITLE_MOST)),) if title else ()
    signed = signed_counts(board.arrangement.counts, board.arrangement.handled, board.muted)
    words = _counts((f"{sign.shape} {number} {sign.count}", sign.style) for sign, number in signed)
    brief = _counts((f"{sign.shape} {number} {sign.brief}", sign.style) for sign, number in signed)
    numbers = _counts((f"{sign.shape} {number}", sign.style) for sign, number in signed)
    mail_full, mail_brief = mail_health(mail, now), mail_health(mail, now, brief=True)
    time = Span(f"{with_seconds(now.wall)} ", Style.STRONG)
    variants = [
        ((*name, *full_title), words, (mail_full, time), _WIDE_GAP),
        ((*name, *short_title), words, (mail_full, time), _GAP),
        ((*name, *short_title), words, (mail_brief, time), _GAP),
        (name, words, (mail_brief, time), _GAP),
        (name, brief, (mail_brief, time), _GAP),
        ((*name, *short_title), numbers, (mail_brief, time), _GAP),
        (name, numbers, (mail_brief, time), _GAP),
        (name if page else (Span(""),), numbers, (mail_brief, time), _GAP),
    ]
    return first_that_fits([_three(*variant, size) for variant in variants], size)


def _three(left: Spans, middle: Spans, right: Spans, gap: Span, size: int) -> Spans:
    """Put the first two parts at the left and the third at the right edge, at least `gap` apart."""
    start = (*joined(left, _GAP), gap, *joined(middle, gap if gap is _GAP else _GAP))
    end = joined(right, gap)
    room = max(len(gap.text), size - width(start) - width(end))
    return (*start, Span(" " * room), *end)


def _counts(said: Iterable[tuple[str, Style]]) -> Spans:
    return tuple(Span(*count) for count in said) or (Span("no hosts", Style.DIM),)


def mail_health(mail: MailStatus, now: Instant, *, brief: bool = False) -> Span:
    """Return how mail is doing: `mail ok 15:58`, or in brief `mail ok`."""
    text, style = MAIL_SIGNS[mail.health]
    if mail.health in {MailHealth.WAITING, MailHealth.HELD} and mail.queued:
        text += f" {mail.queued}"
    if not brief and mail.health is MailHealth.WAITING and mail.next_try is not None:
        text += f", next {time_of_day(mail.next_try, now)}"
    if not brief and mail.health is MailHealth.OK and mail.delivered is not None:
        text += f" {time_of_day(mail.delivered, now)}"
    return Span(text, style)


def sweep_line(sweep: SweepProgress, now: Instant, size: int, marks: Spans = ()) -> Spans:
    """Return the second line, at most `size` cells wide: number, progress, when the next sweep is due.

    The bar takes what room is left; what has no room is dropped from the right. Marks come before what can be dropped.
    """
    start = (Span(f" sweep {sweep.number}" if sweep.number else " first sweep", Style.TEXT), Span(" "))
    done = Span(f" {sweep.done}/{sweep.total}", Style.TEXT if sweep.running else Style.DIM)
    due = _due(sweep, now)
    every = (_WIDE_GAP, Span(f"every {span(sweep.interval)}", Style.DIM))
    marked = (_WIDE_GAP, *marks) if marks else ()
    tails = [(*marked, *tail) for tail in ((*due, *every), due, ())]
    lines = []
    for tail in tails:
        room = size - 1 - width(chain(start, (done,), tail))
        bar = progress_bar(sweep, max(_BAR_LEAST, min(_BAR_MOST, room)))
        lines.append((*start, *bar, done, *tail))
    return first_that_fits(lines, size)


def _due(sweep: SweepProgress, now: Instant) -> Spans:
    if sweep.next is None:
        return ()
    line = (_WIDE_GAP, Span("next ", Style.DIM), Span(with_seconds(sweep.next)))
    wait = sweep.next - now.wall
    if sweep.running or -_LATE < wait < 1:
        return line
    return (*line, Span(f" in {span(wait)}", Style.DIM) if wait > 0 else Span(f" late by {span(-wait)}", Style.DOWN))


def progress_bar(sweep: SweepProgress, size: int) -> Spans:
    """Return a bar of `size` cells: how much of the sweep is settled, in steps of half a cell."""
    share = min(1.0, sweep.done / sweep.total) if sweep.total else 0.0
    halves = int(share * size * 2)
    full, half = divmod(halves, 2)
    done = "━" * full + "╸" * half
    return (Span(done, Style.ACCENT if sweep.running else Style.DIM), Span("─" * (size - len(done)), Style.DIM))


def detail_line(
    status: HostStatus,
    now: Instant,
    mail: MailStatus,
    keys: Mapping[str, str],
    size: int,
    *,
    mails: Sequence[OutboxEntry] = (),
) -> Spans:
    """Return who the host is, since when it is in its state and why, what mail does about it, and what to do next.

    Where that does not fit, what the table says too gives way: the description, the location, then how mail is said.

    Args:
        status: of the host.
        now: this moment.
        mail: how mail is doing.
        keys: the key of each action that works now, as people write it.
        size: cells at most.
        mails: about the host, newest first, as far as they are known.
    """
    name, condition = _name(status), _condition(status, now)
    about = ", ".join(text for text in (status.host.description, status.host.location) if text)
    full = (*name, *_after_gap(Span(about)), *condition)
    phrases = [_after_gap(phrase) for phrase in host_mail_phrases(status, mails, now, mail)[: None if mails else 1]]
    brief = (*name, *_after_gap(Span(status.host.location)), *condition)
    steps = next_steps(status, mail, keys)
    step, first = (_after_gap(Span(", ".join(said), Style.ACCENT)) for said in (steps, steps[:1]))
    plain = (*name, *condition)
    ways = ((full, step), (brief, step), (plain, step), (plain, first)) if mails else ((full, step),)
    whole = [(*who, *said, *then) for said in phrases for who, then in ways]
    whole += [(*plain, *said) for said in phrases if mails]
    known = [(*full, *step), (*brief, *step), (*plain, *step), (*plain, *first), (*name[:1], *condition)]
    return cut_line(first_that_fits([*whole, *known], size), size)


def next_steps(status: HostStatus, mail: MailStatus, keys: Mapping[str, str]) -> list[str]:
    """Return what an operator does next about a host, likeliest first: `a acknowledges`; nothing when it is well.

    Args:
        status: of the host.
        mail: how mail is doing.
        keys: the key of each action that works now, as people write it.
    """
    outage = status.standing.outage
    if status.standing.state is State.SUSPECT:
        return ["the monitor looks again"]
    if outage is None or is_taken(status):
        return []
    if outage.behind is not None:
        return [f"see {international(outage.behind)} first"]
    is_stuck = mail.health in {MailHealth.HELD, MailHealth.LOST}
    asked = ("page('outbox')", "shows why no mail goes out") if is_stuck else ("recheck", "rechecks")
    steps = (("acknowledge", "acknowledges"), asked)
    return [f"{keys[action]} {does}" for action, does in steps if action in keys]


def section_line(section: TableSection, members: Sequence[HostStatus], keys: Mapping[str, str], size: int) -> Spans:
    """Return which hosts a heading means, and what can be done with all of them.

    Args:
        section: of the heading.
        members: its hosts.
        keys: the key of each action that works now, as people write it.
        size: cells at most.
    """
    untaken = sum(found.standing.outage is not None and not found.standing.acknowledged for found in members)
    every = "it" if len(members) == 1 else f"all {len(members):,}"
    steps = (("acknowledge", f"acknowledges {untaken:,}"),) if untaken else ()
    said = (*steps, ("recheck", f"rechecks {every}"), ("mute", f"mutes {every}"), ("fold", "folds or unfolds"))
    hints = [f"{keys[action]} {does}" for action, does in said if action in keys]
    head = (
        Span(f" {section.group or NO_GROUP}", Style.STRONG),
        *_after_gap(Span(f"{count(len(members))} {section.part.value}")),
    )
    variants = [
        (*head, *_after_gap(Span(", ".join(hints[:number]), Style.ACCENT if untaken else Style.DIM)))
        for number in range(len(hints), -1, -1)
    ]
    return cut_line(first_that_fits(variants, size), size)


def _name(status: HostStatus) -> Spans:
    shown = status.host.display_name
    others = [name for name in (status.host.name, status.result.address) if name and name != shown]
    return (Span(f" {shown}", Style.STRONG), *(Span(f" = {name}", Style.DIM) for name in dict.fromkeys(others)))


def _condition(status: HostStatus, now: Instant) -> Spans:
    sign, state = sign_of(status), status.standing.state
    text = f"{sign.shape} {STATE_SIGNS[state].count}"
    if status.standing.since is not None:
        text += f" since {time_of_day(status.standing.since, now)}"
    if status.reason and state is not State.UP:
        text += f"{', ' if state is State.SUSPECT else ': '}{why(status)}"
    checking = (Span(", checking now", Style.ACCENT),) if status.checking else ()
    return (*_after_gap(Span(text, sign.style)), *checking, *_after_gap(Span(status.result.note or "", Style.SUSPECT)))


def _after_gap(part: Span) -> Spans:
    return (_GAP, part) if part.text else ()


class BoardLine(StyledLine):
    """A line about the board.

    Attributes:
        board: what to show, None before the first snapshot.
        now: the moment to show it for.
    """

    board: reactive[HostBoard | None] = reactive(None, repaint=False)
    now: reactive[Instant] = reactive(Instant(0.0, 0.0), repaint=False)

    def watch_board(self) -> None:
        self.update()

    def watch_now(self) -> None:
        self.update()


class StatusLine(BoardLine):
    """Name of the program or title of the page, hosts by state, mail, time of day."""

    def __init__(self, page: str = "") -> None:
        super().__init__()
        self._page = page

    def spans(self, size: int) -> Spans:
        """Return the line, exactly `size` cells wide."""
        if self.board is None:
            return (Span(f" {self._page or NAME}", Style.TITLE),)
        return status_line(self.board, self.now, size, self._page)


class KeyedLine(BoardLine):
    """A line about the board that names keys."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: Mapping[str, str] = {}

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._update_keys)

    def _update_keys(self, screen: Screen[object]) -> None:
        """Take over which keys work now."""
        active = [found.binding for found in screen.active_bindings.values() if found.enabled]
        self._keys = {
            binding.action.removeprefix("app."): self.app.get_key_display(binding) for binding in reversed(active)
        }
        self.update()


class SweepLine(KeyedLine):
    """Where the sweep is and when the next one is due, and how many hosts are marked.

    Attributes:
        marks: how many are.
    """

    marks: reactive[MarkCount] = reactive(MarkCount(), repaint=False)

    def watch_marks(self) -> None:
        self.update()

    def spans(self, size: int) -> Spans:
        """Return the line, at most `size` cells wide."""
        if self.board is None:
            return ()
        return sweep_line(self.board.snapshot.sweep, self.now, size, marks_phrase(self.marks, self._keys))


class DetailLine(KeyedLine):
    """Everything about the selected host or section that fits.

    Attributes:
        selection: the selected host or section.
        mails: what is known of mails about a host.
    """

    selection: reactive[Selection | None] = reactive(None, repaint=False)
    mails: reactive[HostMails] = reactive(HostMails(), repaint=False)
    _asked: tuple[object, ...] = ()

    @dataclass
    class MailsWanted(Message):
        """It is time to ask again what became of mails about the selected host.

        Attributes:
            host: its name.
            about: whose outage its mails are about: the host's, or that of the cause that hides it.
        """

        host: str
        about: str

    def watch_selection(self) -> None:
        self.update()

    def update(self) -> None:
        """Paint what has changed; of a host in trouble ask for mails, whenever it or the state of mail has changed."""
        super().update()
        status = self.board.status_of(self.selection) if self.board is not None else None
        if status is None or (status.standing.outage is None and not status.standing.flapping):
            return
        asked = (status.host.name, status.standing, self.board and self.board.snapshot.mail)
        if asked != self._asked:
            self._asked = asked
            outage = status.standing.outage
            self.post_message(self.MailsWanted(status.host.name, outage.host if outage else status.host.name))

    def watch_mails(self) -> None:
        self.update()

    def spans(self, size: int) -> Spans:
        """Return the line, at most `size` cells wide."""
        if self.board is None:
            return ()
        if isinstance(self.selection, TableSection):
            return section_line(self.selection, self.board.hosts_of(self.selection), self._keys, size)
        status = self.board.status_of(self.selection)
        if status is None:
            return ()
        mails = self.mails.entries if self.mails.host == status.host.name else ()
        return detail_line(status, self.now, self.board.snapshot.mail, self._keys, size, mails=mails)


class Problems(Widget):
    """A banner of what is wrong with the monitor itself and what to do about it; it takes no room when nothing is.

    Attributes:
        board: what to show, None before the first snapshot.
    """

    MOST = 3  # problems; the rest is counted

    board: reactive[HostBoard | None] = reactive(None, repaint=False)

    def watch_board(self, old: HostBoard | None, new: HostBoard | None) -> None:
        before = old.snapshot.problems if old is not None else ()
        problems = new.snapshot.problems if new is not None else ()
        if problems != before:
            self.display = bool(problems)
            self.refresh(layout=True)

    def render(self) -> Content:
        problems = self.board.snapshot.problems if self.board is not None else ()
        shown = problems if len(problems) <= self.MOST else problems[: self.MOST - 1]
        lines = [(Span("! ", Style.DOWN), Span(problem)) for problem in shown]
        if len(problems) > len(shown):
            lines.append((Span("! ", Style.DOWN), Span(f"and {len(problems) - len(shown)} more problems")))
        return Content("\n").join(content_of(line) for line in lines)
