"""Everything about one host: how it is, its round-trip times, its outages and mails, and why mail went out."""

import math
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal

from conntest_tui.clock import Clock, Instant
from conntest_tui.model import Event, Host, HostStatus, MailStatus, Outage
from conntest_tui.model.query_results import HostReport, OutboxEntry
from conntest_tui.text import DAY, HOUR
from conntest_tui.tui.item_list import Item, ItemList, plain
from conntest_tui.tui.list_navigation import SelectableView
from conntest_tui.tui.screens.base import HostShown, PageScreen
from conntest_tui.tui.screens.details_text import (
    address_pieces,
    availability_line,
    mail_lines,
    message_lines,
    mute_lines,
    outage_lines,
    section,
    state_lines,
    title_lines,
    trace_lines,
    without_repetition,
)
from conntest_tui.tui.screens.host_actions import HostActionsScreen
from conntest_tui.tui.screens.range_figures import figures_line
from conntest_tui.tui.screens.rtt_plot import PlotArea, Sample, plot_legend
from conntest_tui.tui.snapshot_source import SnapshotSource
from conntest_tui.tui.styled_text import Span, Spans, Style
from conntest_tui.tui.styled_widgets import StyledBlock, WordChoice
from conntest_tui.tui.table.arrangement import HostBoard

RANGES = (("1 h", HOUR), ("24 h", DAY), ("7 d", 7 * DAY), ("all", math.inf))
"""What the plot can show: name and seconds, infinite for all since the host is watched."""

_FIRST_RANGE = 1
_PLOTTED = 20  # lines of a terminal that has room for the plot
_MOST = 50  # lines of a section; the rest is in the event log


class DetailsScreen(PageScreen, HostActionsScreen):
    """One host. It goes on with the snapshots, and asks the store anew when the host or mail has changed."""

    BINDING_GROUP_TITLE = "Host"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "range", "Time range", id="details.range", tooltip="Plot an hour, a day, a week or all"),
        Binding("1", "range(0)", "1 hour", show=False, id="details.hour", tooltip="Plot the last hour"),
        Binding("2", "range(1)", "24 hours", show=False, id="details.day", tooltip="Plot the last 24 hours"),
        Binding("3", "range(2)", "7 days", show=False, id="details.week", tooltip="Plot the last 7 days"),
        Binding("4", "range(3)", "All", show=False, id="details.all", tooltip="Plot all since it is watched"),
        Binding("plus", "zoom(-1)", "Zoom in", show=False, id="details.zoom-in", tooltip="Plot a shorter time"),
        Binding("minus", "zoom(1)", "Zoom out", show=False, id="details.zoom-out", tooltip="Plot a longer time"),
        Binding("left,h", "step(-1)", "Previous", id="details.previous", tooltip="Show the host above in the table"),
        Binding("right,l", "step(1)", "Next", id="details.next", tooltip="Show the host below in the table"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (_PLOTTED, "-normal")]  # noqa: RUF012 - Textual declares an instance attribute
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012 - Textual declares an instance attribute

    def __init__(self, source: SnapshotSource, clock: Clock, board: HostBoard | None, host: str) -> None:
        """Make the page of a host; see `PageScreen`."""
        super().__init__(source, clock, board)
        self.host = host
        self._report = HostReport(host)
        self._fitted = False  # whether the range has been fitted to what there is, or chosen
        self._known: tuple[HostStatus | None, MailStatus | None] = (None, None)
        self._plotted: tuple[list[Sample], float, float] | None = None  # samples, and from when to when

    def compose_page(self) -> ComposeResult:
        yield StyledBlock(id="head")
        with Horizontal(id="range"):
            yield WordChoice("Round-trip time over", [name for name, _ in RANGES], _FIRST_RANGE)
            yield StyledBlock(id="legend")
        yield PlotArea()
        yield StyledBlock(id="rtt")
        yield StyledBlock(id="availability")
        with Container(id="lists"):
            yield ItemList(empty="Reading its outages …", id="past")
            yield ItemList(empty="Reading what happened …", id="trace")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#legend", StyledBlock).show(plot_legend)
        self.query_one("#past").focus()
        self.call_after_refresh(self.ask)
        self.paint_parts()

    # ------------------------------------------------------------ news

    @property
    def selection(self) -> str:
        """The host."""
        return self.host

    @property
    def _status(self) -> HostStatus | None:
        return self.board.status_of(self.host) if self.board is not None else None

    @property
    def _mail(self) -> MailStatus:
        return self.board.snapshot.mail if self.board is not None else MailStatus()

    def watch_board(self) -> None:
        """Show the new board, and ask the store if there may be news."""
        status, mail = self._status, self._mail
        if status is not self._known[0] or mail != self._known[1]:
            self.ask()
        self.update()

    def watch_now(self) -> None:
        self._move_plot()
        self.update()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what changes the plot only where it is shown."""
        if action in {"range", "zoom"} and self.size.height < _PLOTTED:
            return False
        return super().check_action(action, parameters)

    def on_resize(self) -> None:
        """Wrap what is long anew, once the lists have their new width."""
        self.refresh_bindings()
        self.call_after_refresh(self._wrap)

    def _wrap(self) -> None:
        if self.is_open and self._report.availability:
            self._show_report(self._report)

    def ask(self) -> None:
        """Ask what is known of the host."""
        self._known = (self._status, self._mail)
        self.inquire("report", partial(self.source.queries.host_report, self.host), self._show_report)
        self._ask_samples()

    def _ask_samples(self) -> None:
        if not self.is_open:
            return
        until, seconds = self._clock.now().wall, RANGES[self.query_one(WordChoice).chosen][1]
        since = max(0.0, until - seconds)
        question = partial(self.source.queries.samples, self.host, since)
        self.inquire("samples", question, partial(self._show_samples, self.host, since, until))

    def _show_samples(self, host: str, since: float, until: float, samples: list[Sample]) -> None:
        if host != self.host:
            return  # the operator has gone on to another one
        if not self._fitted:
            self._fitted = True
            if not any(at < until - RANGES[0][1] for at, value in samples if not math.isnan(value)):
                self.action_range(0)  # a new monitor: a day would be nearly empty
                return
        if since == 0.0:
            since = min([until - HOUR, *(at for at, _ in samples[:1])])
        self._plotted = (samples, since, until)
        self._plot()

    def _plot(self) -> None:
        """Draw what is known of the time that is shown, and say what it comes to."""
        if self._plotted is None:
            return
        samples, since, until = self._plotted
        interval = self.board.snapshot.sweep.interval if self.board is not None else 300.0
        self.query_one(PlotArea).show(samples, since, until, interval)
        by_hour = math.isinf(RANGES[self.query_one(WordChoice).chosen][1])
        figures = partial(figures_line, samples, since, until, interval, by_hour=by_hour)
        self.query_one("#rtt", StyledBlock).show(lambda size: [figures(size)])

    def _move_plot(self) -> None:
        """Let the plot end now, once that is another column: what goes on is drawn as it goes on."""
        if self._plotted is None or not self.is_open:
            return
        samples, since, until = self._plotted
        step = (until - since) / max(1, self.query_one(PlotArea).size.width)
        if (late := self.now.wall - until) >= step:
            self._plotted = (samples, since + late, until + late)
            self._plot()

    def _show_report(self, report: HostReport) -> None:
        if report.host != self.host:
            return  # the operator has gone on to another one
        self._report = report
        self.query_one("#availability", StyledBlock).show(lambda size: [availability_line(report.availability, size)])
        past, happened = self.query_one("#past", ItemList), self.query_one("#trace", ItemList)
        newest = report.outages[:_MOST]
        outages = [line for outage in newest for line in past.wrapped(partial(self._outage, outage))]
        newest_mails = report.messages[:_MOST]
        mails: list[Item] = []
        for entry in newest_mails:
            first, *others = past.wrapped(partial(self._message, entry))
            mails += [replace(first, key=entry.message), *others]
        mark = self._status.standing.mark if self._status is not None else None
        mutes = past.wrapped(partial(mute_lines, mark, self.now))
        if mutes:
            mutes = [
                plain(section("Muted", len(mark.planned) + mark.muted if mark is not None else 0)),
                *mutes,
                plain(()),
            ]
        names, addresses = report.names, []
        if names is not None:
            lines = [plain(line) for line in address_pieces(names, self.now)]
            addresses = [plain(section("Addresses", len(names.addresses))), *lines, plain(())]
        self.paint_parts()  # the head says who was mailed
        past.show(
            [
                *mutes,
                *addresses,
                plain(section("Outages", len(newest), _MOST)),
                *outages,
                plain(()),
                plain(section("Mails", len(newest_mails), _MOST)),
                *mails,
            ]
        )
        events = without_repetition(report.events)
        head = plain(section("Why mail was written, or not", len(events), _MOST * 4))
        trace = [line for event in events for line in happened.wrapped(partial(self._trace, event))]
        happened.show([head, *trace])

    def _outage(self, outage: Outage, size: int) -> list[Spans]:
        return outage_lines(outage, self._report.messages, self.now, size)

    def _message(self, entry: OutboxEntry, size: int) -> list[Spans]:
        return message_lines(entry, self.now, size)

    def _trace(self, event: Event, size: int) -> list[Spans]:
        host = self._status.host if self._status is not None else Host(self.host)
        return trace_lines(event, host, self.now, size)

    def paint_parts(self) -> None:
        """Show what the page says."""
        head = partial(_head, self._status, self._report, self._mail, self.now)
        self.query_one("#head", StyledBlock).show(head)
        for items in self.query(ItemList):
            items.repaint()

    # ------------------------------------------------------------ actions

    def on_word_choice_chosen(self) -> None:
        self._ask_samples()

    def action_range(self, place: int | None = None) -> None:
        """Plot another range: a certain one, or the next."""
        choices = self.query_one(WordChoice)
        self._fitted = True
        if place is None:
            choices.next()
        else:
            choices.chosen = place

    def action_zoom(self, steps: int) -> None:
        """Plot a shorter or a longer time."""
        place = self.query_one(WordChoice).chosen + steps
        if 0 <= place < len(RANGES):
            self.action_range(place)

    def action_step(self, steps: int) -> None:
        """Show the host so many lines further in the table, and select it there."""
        other = _neighbour(self.board, self.host, steps)
        if other is None:
            self.refuse("There is no host above this one." if steps < 0 else "There is no host below this one.")
            return
        self.host, self._report, self._plotted = other, HostReport(other), None
        self._known = (None, None)
        for items in self.query(ItemList):
            items.scroll_to(y=0, animate=False)
            items.show([], empty="Reading what is known of it …")
        for block in ("#availability", "#rtt"):
            self.query_one(block, StyledBlock).show(lambda _size: [()])
        self.query_one(PlotArea).clear()
        self.ask()
        self.paint_parts()
        self.post_message(HostShown(other))

    def on_selectable_view_opened(self, message: SelectableView.Opened) -> None:
        if isinstance(message.key, int):
            self.read_mail(partial(self.source.queries.message, message.key))


def _neighbour(board: HostBoard | None, host: str, steps: int) -> str | None:
    """Return the host so many lines below another one in the table; of one that has no line there, in hosts.csv."""
    arrangement = board.arrangement if board is not None else None
    index = arrangement.roster.indices.get(host) if arrangement is not None else None
    if arrangement is None or index is None:
        return None
    order = [line for line in arrangement.lines if isinstance(line, int)]
    if index not in order:
        order = list(range(len(arrangement.roster.hosts)))
    place = order.index(index) + steps
    return arrangement.roster.hosts[order[place]].name if 0 <= place < len(order) else None


def _head(status: HostStatus | None, report: HostReport, mail: MailStatus, now: Instant, size: int) -> list[Spans]:
    if status is None:
        return [(Span(f" {report.host}", Style.TITLE),), (Span(" It is not in hosts.csv any more.", Style.SUSPECT),)]
    return [
        *title_lines(status, size),
        *state_lines(status, report.events, now, size),
        *mail_lines(status, report.messages, mail, now, size),
    ]
