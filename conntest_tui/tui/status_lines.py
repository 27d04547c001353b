"""The one-line widgets: hosts and mail, the sweep; and the banner of problems."""

from collections.abc import Iterable, Mapping
from itertools import chain

from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from conntest_tui.clock import Instant
from conntest_tui.model import MailHealth, MailStatus, SweepProgress
from conntest_tui.text import MINUTE, span
from conntest_tui.tui.attachment_phrases import attached_to, clocks_brief, how_to_take_over
from conntest_tui.tui.host_phrases import signed_counts, time_of_day, with_seconds
from conntest_tui.tui.state_signs import MAIL_SIGNS
from conntest_tui.tui.styled_text import Span, Spans, Style, cut, first_that_fits, joined, width
from conntest_tui.tui.styled_widgets import StyledLine, content_of
from conntest_tui.tui.table.arrangement import HostBoard
from conntest_tui.tui.table.marks import MarkCount, marks_phrase

NAME = "conntest"

_GAP = Span("  ")
_WIDE_GAP = Span("    ")
_TITLE_MOST = 24  # cells of the configuration's name, when the line is short of room
_LATE = 5  # seconds; a sweep that has not begun by then looks like a monitor that hangs
_LONGEST_WAITS = (("23h 59m", 10 * MINUTE), ("9m 59s", MINUTE))  # of intervals above so many seconds
_CALM_MAIL = frozenset({MailHealth.OFF, MailHealth.IDLE, MailHealth.OK})
_BAR_MOST, _BAR_LEAST = 40, 8  # cells of the progress bar


def status_line(board: HostBoard, now: Instant, size: int, page: str = "") -> Spans:
    """Return the first line, `size` cells wide: name of the configuration, hosts by sign, mail, time of day.

    What nobody has taken is counted apart from what is handled: `▼ 1 not handled  ✓ 2 handled`. On a page its title
    takes the program's place, and stays however narrow the line is; so does that the console is attached.
    """
    snapshot = board.snapshot
    title, mail = snapshot.title, snapshot.mail
    name = (Span(f" {page or NAME}", Style.TITLE),)
    full_title = (Span(title),) if title else ()
    short_title = (Span(cut(title, _TITLE_MOST)),) if title else ()
    signed = signed_counts(board.arrangement.counts, board.arrangement.handled, board.muted)
    words = _counts((f"{sign.shape} {number} {sign.count}", sign.style) for sign, number in signed)
    numbers = _counts((f"{sign.shape} {number}", sign.style) for sign, number in signed)
    mail_full, mail_brief = mail_health(mail, now), mail_health(mail, now, brief=True)
    time = Span(f"{with_seconds(now.wall)} ", Style.STRONG)
    whose: list[Spans] = [(said,) for said in attached_to(snapshot, now)] or [()] * 3
    lead: list[Spans] = [
        (*name, *said) if page else tuple(Span(f" {one.text}", one.style) for one in said) for said in whose
    ]
    variants: list[tuple[Spans, Spans, Spans, Span]] = [
        ((*name, *full_title, *whose[0]), words, (mail_full, time), _WIDE_GAP),
        ((*name, *short_title, *whose[0]), words, (mail_full, time), _GAP),
        ((*name, *short_title, *whose[0]), words, (mail_brief, time), _GAP),
        ((*name, *whose[0]), words, (mail_brief, time), _GAP),
        ((*name, *short_title, *whose[1]), numbers, (mail_brief, time), _GAP),
        ((*name, *whose[1]), numbers, (mail_brief, time), _GAP),
        (lead[1] or (Span(""),), numbers, (mail_brief, time), _GAP),
    ]
    if snapshot.attached is not None:  # that stays; rather than it goes that mail is well, and then the calmest hosts
        right: Spans = (time,) if mail.health in _CALM_MAIL else (mail_brief, time)
        variants.append((lead[2], numbers, (mail_brief, time), _GAP))
        variants += [(lead[2], numbers[:most], right, _GAP) for most in range(len(numbers), 0, -1)]
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


def sweep_line(sweep: SweepProgress, now: Instant, size: int, marks: Spans = (), clocks: str = "") -> Spans:
    """Return the second line, at most `size` cells wide: number, progress, when the next sweep is due, whose clocks.

    The bar takes what room is left; what has no room is dropped from the right. Marks come before what can be dropped.
    """
    start = (Span(f" sweep {sweep.number}" if sweep.number else " first sweep", Style.TEXT), Span(" "))
    done = Span(f" {sweep.done}/{sweep.total}", Style.TEXT if sweep.running else Style.DIM)
    due = _due(sweep, now)
    every = (_WIDE_GAP, Span(f"every {span(sweep.interval)}", Style.DIM))
    marked = (_WIDE_GAP, *marks) if marks else ()
    apart = (_WIDE_GAP, Span(clocks, Style.ACCENT)) if clocks else ()
    ends = ((*due, *every, *apart), (*due, *apart), due, ()) if clocks else ((*due, *every), due, ())
    tails = [(*marked, *tail) for tail in ends]
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
    if sweep.running:
        return line
    if wait <= -_LATE:
        return (*line, Span(f" late by {span(-wait)}", Style.DOWN))
    return (*line, Span((f" in {span(wait)}" if wait >= 1 else "").ljust(_wait_cells(sweep.interval)), Style.DIM))


def _wait_cells(interval: float) -> int:
    """Return the cells of the longest ` in 4m 59s`; with fewer for `4m` the bar would change its length."""
    longest = next((known for known, above in _LONGEST_WAITS if interval > above), "59s")
    return len(f" in {longest}")


def progress_bar(sweep: SweepProgress, size: int) -> Spans:
    """Return a bar of `size` cells: how much of the sweep is settled, in steps of half a cell."""
    share = min(1.0, sweep.done / sweep.total) if sweep.total else 0.0
    halves = int(share * size * 2)
    full, half = divmod(halves, 2)
    done = "━" * full + "╸" * half
    return (Span(done, Style.ACCENT if sweep.running else Style.DIM), Span("─" * (size - len(done)), Style.DIM))


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
        snapshot, marks = self.board.snapshot, marks_phrase(self.marks, self._keys)
        return sweep_line(snapshot.sweep, self.now, size, marks, clocks_brief(snapshot))


class Problems(Widget):
    """A banner of what is wrong with the monitor itself and what to do about it; it takes no room when nothing is.

    That the monitor is gone comes first, with the key that takes its watch over.

    Attributes:
        board: what to show, None before the first snapshot.
    """

    MOST = 3  # problems; the rest is counted

    board: reactive[HostBoard | None] = reactive(None, repaint=False)

    _key = ""

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._update_key)

    def _update_key(self, screen: Screen[object]) -> None:
        active = [found.binding for found in screen.active_bindings.values() if found.enabled]
        keys = [self.app.get_key_display(binding) for binding in active if binding.id == "app.take-over"]
        if self._key != (key := keys[0] if keys else ""):
            self._key = key
            self.refresh(layout=True)

    def watch_board(self, old: HostBoard | None, new: HostBoard | None) -> None:
        if self._said(old) != (problems := self._said(new)):
            self.display = bool(problems)
            self.refresh(layout=True)

    def _said(self, board: HostBoard | None) -> tuple[str, ...]:
        if board is None or not board.snapshot.problems:
            return ()
        first, *others = board.snapshot.problems
        return (first + how_to_take_over(board.snapshot, self._key), *others)

    def render(self) -> Content:
        problems = self._said(self.board)
        shown = problems if len(problems) <= self.MOST else problems[: self.MOST - 1]
        lines = [(Span("! ", Style.DOWN), Span(problem)) for problem in shown]
        if len(problems) > len(shown):
            lines.append((Span("! ", Style.DOWN), Span(f"and {len(problems) - len(shown)} more problems")))
        return Content("\n").join(content_of(line) for line in lines)
