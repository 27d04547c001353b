"""The lines of the host table as styled text: a pure function of one host's status, the layout and the moment.

In the bar of a host's last sweeps each is a cell, its height the round-trip time against that host's own usual. A lost
sweep is a cross and one that was not watched a dot, so that the bar reads without colours too.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus, MailStatus, State
from conntest_tui.model.snapshot import loss
from conntest_tui.text import count, handled_phrase, international, milliseconds
from conntest_tui.tui.host_phrases import NO_GROUP, how_long, is_taken, mail_phrase, round_trip, sign_of, why
from conntest_tui.tui.state_signs import STATE_SIGNS, state_style
from conntest_tui.tui.styled_text import Span, Spans, Style, cut, cut_line, cut_middle, cut_name, fill, joined, spread
from conntest_tui.tui.table.arrangement import Heading
from conntest_tui.tui.table.columns import GUTTER, RIGHT_ALIGNED, SHORT_TITLES, Field, Layout
from conntest_tui.tui.table.rtt_figures import recent_figures
from conntest_tui.tui.table.sort_order import BY_STATE, Order

LOST, GAP = "✕", "·"

_HEIGHTS = "▁▂▃▄▅▆▇█"
_STEPS = (1.35, 1.8, 2.5, 3.5, 5.0, 7.0, 10.0)  # times the usual from which on a cell is one eighth higher
_STYLES = (*(Style.DIM,) * 4, *(Style.SUSPECT,) * 4)  # 3.5 times slower than usual stands out
_FINEST = 0.0002  # seconds; below that a doubled round-trip time says more about this machine than about the host
_STATE_CELLS = 7  # of a state where it is no column
_KEPT = 1024  # bars of several screens full

STARTING = (Span(" Starting: the first look at the hosts is on its way.", Style.DIM),)
NO_HOSTS = (Span(" There are no hosts to watch: hosts.csv names none.", Style.DIM),)
"""What is shown in place of hosts."""

_CLEARS = "; esc clears it"

OPEN, FOLDED = "▾", "▸"
ASCENDING, DESCENDING = "↑", "↓"

_TROUBLE = frozenset({State.DOWN, State.UNREACHABLE, State.SUSPECT})


@lru_cache(maxsize=_KEPT)
def sweep_bar(history: tuple[float, ...], size: int, *, quiet: bool = False) -> Spans:
    """Return the last sweeps as a bar exactly `size` cells wide, the newest at its right end.

    Args:
        history: see `HostStatus.history`.
        size: cells.
        quiet: whether somebody has taken its outage: red is for what nobody has.
    """
    shown = history[-size:] if size else ()
    usual = max(_FINEST, usual_of(history))
    cells = [_cell(value, usual, Style.DIM if quiet else Style.DOWN) for value in shown]
    blank = (Span(" " * (size - len(shown))),) if len(shown) < size else ()
    runs = groupby(cells, key=lambda cell: cell.style)
    return (*blank, *(Span("".join(cell.text for cell in run), style) for style, run in runs))


def usual_of(history: Sequence[float]) -> float:
    """Return the usual (median) round-trip time of some sweeps in seconds, 0 when none was answered."""
    known = sorted(filter(math.isfinite, history))
    return known[len(known) // 2] if known else 0.0


@lru_cache(maxsize=_KEPT)
def loss_text(history: tuple[float, ...]) -> str:
    """Return the share of lost sweeps as `13 %`, empty while nothing was watched."""
    share = loss(history)
    return "" if share is None else f"{_percent(share)} %"


def _percent(share: float) -> int:
    """Return whole percent; neither a single loss nor a single reply is rounded away."""
    return round(share * 100) if share in {0.0, 1.0} else min(99, max(1, round(share * 100)))


def _cell(value: float, usual: float, lost: Style) -> Span:
    if math.isnan(value):
        return Span(GAP, Style.DIM)
    if math.isinf(value):
        return Span(LOST, lost)
    height = bisect_right(_STEPS, value / usual)
    return Span(_HEIGHTS[height], _STYLES[height])


class Moment(NamedTuple):
    """What a row depends on beside its host.

    Attributes:
        now: this moment.
        mail: how mail is doing as a whole.
    """

    now: Instant
    mail: MailStatus


Cell = Callable[[HostStatus, Moment, int], Span]


def _state(status: HostStatus, _moment: Moment, _size: int) -> Span:
    sign = sign_of(status)
    return Span(f"{sign.shape} {sign.word}", sign.style)


def _host(status: HostStatus, _moment: Moment, size: int) -> Span:
    return Span(
        cut_name(status.host.display_name, size),
        STATE_SIGNS[status.standing.state].style if status.standing.state in _TROUBLE else Style.STRONG,
    )


def _description(status: HostStatus, _moment: Moment, size: int) -> Span:
    return Span(cut_middle(status.host.description, size))


def _location(status: HostStatus, _moment: Moment, size: int) -> Span:
    return Span(cut_middle(status.host.location, size))


def _address(status: HostStatus, _moment: Moment, size: int) -> Span:
    return Span(cut_middle(status.result.address or "", size), Style.DIM)


def _group(status: HostStatus, _moment: Moment, size: int) -> Span:
    return Span(cut_middle(status.host.group, size))


def _parent(status: HostStatus, _moment: Moment, size: int) -> Span:
    return Span(cut_name(international(status.host.parent or ""), size))


def _rtt(status: HostStatus, _moment: Moment, _size: int) -> Span:
    if status.checking:
        return Span("probing", Style.ACCENT)
    return Span(round_trip(status), Style.TEXT if status.result.rtt is not None else Style.DIM)


def _figure(place: int) -> Cell:
    """Return the cell for one of the `RttFigures`."""

    def cell(status: HostStatus, _moment: Moment, _size: int) -> Span:
        found = recent_figures(status.samples)[place]
        return Span("-" if found is None else milliseconds(found), Style.DIM)

    return cell


def _loss(status: HostStatus, _moment: Moment, _size: int) -> Span:
    said = loss_text(status.history)
    return Span(said, Style.DIM if said == "0 %" else Style.TEXT)


def _for(status: HostStatus, moment: Moment, size: int) -> Span:
    return Span(how_long(status, moment.now, size), Style.TEXT if status.standing.state in _TROUBLE else Style.DIM)


def _mail_cell(status: HostStatus, moment: Moment, size: int) -> Span:
    return mail_phrase(status, moment.now, moment.mail, size)


def _why(status: HostStatus, _moment: Moment, _size: int) -> Span:
    if status.standing.state is State.UP:
        return Span(status.result.note or "", Style.SUSPECT)
    return Span(why(status))


_CELLS: dict[Field, Cell] = {
    Field.STATE: _state,
    Field.HOST: _host,
    Field.DESCRIPTION: _description,
    Field.LOCATION: _location,
    Field.ADDRESS: _address,
    Field.GROUP: _group,
    Field.PARENT: _parent,
    Field.RTT: _rtt,
    Field.MIN: _figure(0),
    Field.AVG: _figure(1),
    Field.MAX: _figure(2),
    Field.JITTER: _figure(3),
    Field.LOSS: _loss,
    Field.FOR: _for,
    Field.MAIL: _mail_cell,
    Field.WHY: _why,
}


class Lead(Enum):
    """What stands in front of a line: whether it is the selected one, and whether it is marked."""

    NOTHING = " "
    SELECTED = "▌"
    MARKED = "■"
    BOTH = "█"

    @classmethod
    def of(cls, *, selected: bool, marked: bool) -> "Lead":
        """Return what stands in front of such a line."""
        if selected:
            return cls.BOTH if marked else cls.SELECTED
        return cls.MARKED if marked else cls.NOTHING


def row(status: HostStatus, layout: Layout, moment: Moment, lead: Lead = Lead.NOTHING) -> Spans:
    """Return the line of one host.

    A host that somebody has acknowledged or muted is dimmed, all but its state: it needs no attention.
    """
    quiet = is_taken(status)
    spans = [Span(lead.value, Style.ACCENT)]
    space = " " * layout.gap
    gap = ""  # in front of a column, in its own span: every span costs time, and bytes on a slow line
    for field, size in layout.columns:
        if field is Field.SWEEPS:
            spans += (Span(gap), *sweep_bar(status.history, size, quiet=quiet))
        else:
            cell = _CELLS[field](status, moment, size)
            style = Style.DIM if quiet and field is not Field.STATE else cell.style
            spans.append(Span(gap + fill(cell.text, size, right=field in RIGHT_ALIGNED), style))
        gap = space
    return tuple(spans)


def titles(layout: Layout, order: Order = BY_STATE) -> Spans:
    """Return the line of column titles, the one that decides the order with an arrow."""
    gap = " " * layout.gap
    return (Span(" " * GUTTER + gap.join(_title(field, size, order) for field, size in layout.columns), Style.TITLE),)


def _title(field: Field, size: int, order: Order) -> str:
    arrow = "" if field is not order.field else DESCENDING if order.descending else ASCENDING
    title = field.value if len(field.value) + len(arrow) <= size else SHORT_TITLES.get(field, field.value)
    return fill(title[: size - len(arrow)] + arrow, size, right=field in RIGHT_ALIGNED)


def heading(line: Heading, size: int, lead: Lead = Lead.NOTHING) -> Spans:
    """Return the line above a section: its group, and what is wrong in it."""
    group = line.section.group
    mark = Span(lead.value, Style.ACCENT)
    sign = Span(f"{FOLDED if line.folded else OPEN} ", Style.DIM)
    name = Span(group, Style.STRONG) if group else Span(NO_GROUP, Style.DIM)
    rest = Span(", the others" if line.is_second else "", Style.DIM)
    return spread((mark, sign, name, rest), (*counts_phrase(line.counts, line.handled), Span(" ")), size)


def no_match(text: str, size: int) -> Spans:
    """Return what is shown in place of hosts when a filter lets none pass."""
    said = f" no host matches {text.strip()}"
    return (Span(cut(said, size - len(_CLEARS)) + _CLEARS, Style.DIM),)


def parents_of(hosts: Iterable[HostStatus]) -> list[str]:
    """Return the names of the hosts that some unreachable ones are behind."""
    outages = [status.standing.outage for status in hosts if status.standing.outage is not None]
    return list(dict.fromkeys(outage.behind for outage in outages if outage.behind))


def behind_line(line: Heading, layout: Layout, parents: Sequence[str], size: int, lead: Lead = Lead.NOTHING) -> Spans:
    """Return the line in place of many hosts behind others: `◆ behind  ▸ 35 hosts behind 10.4.0.1 Core switch`."""
    sign = STATE_SIGNS[State.UNREACHABLE]
    first, room = layout.columns[0]
    state = fill(f"{sign.shape} {sign.word}", (room if first is Field.STATE else _STATE_CELLS) + layout.gap)
    behind = parents[0] if len(parents) == 1 else count(len(parents), "host")
    spans = (
        Span(lead.value, Style.ACCENT),
        Span(state, sign.style),
        Span(f"{FOLDED if line.folded else OPEN} ", Style.DIM),
        Span(f"{count(sum(line.counts.values()), 'host')} behind {behind}"),
    )
    return cut_line(spans, size)


def counts_phrase(counts: Mapping[State, int], handled: int) -> Spans:
    """Return what is wrong among some hosts: `2 of 31 down, 1 handled, 1 behind`; `31 up` when nothing is."""
    total = sum(counts.values())
    said: list[Span] = []
    for state, number in counts.items():
        if state is not State.UP:
            amount = f"{number} of {total}" if not said and number < total else f"{number}"
            taken = handled if state is State.DOWN else 0
            said.append(Span(f"{amount} {STATE_SIGNS[state].count}", state_style(state, number, taken)))
            if taken:
                said.append(Span(handled_phrase(number, taken), Style.ACCENT))
    return joined(said, Span(", ", Style.DIM)) if said else (Span(f"{total} up", Style.DIM),)
