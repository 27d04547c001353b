"""What the wall says: the shape, colour and words of each tile, and the large figures above: pure functions."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus, State
from conntest_tui.text import local
from conntest_tui.tui.attachment_phrases import attached_to
from conntest_tui.tui.host_phrases import NO_GROUP, is_handled, is_taken, sign_of, signed_counts
from conntest_tui.tui.screens.wall_layout import MARGIN, Band, Block, Tile
from conntest_tui.tui.state_signs import FLAPPING_SIGN, STATE_SIGNS, Sign
from conntest_tui.tui.status_lines import mail_health
from conntest_tui.tui.styled_text import (
    ELLIPSIS,
    Span,
    Spans,
    Style,
    cells,
    cut_line,
    cut_middle,
    fill,
    joined,
    spread,
    width,
)
from conntest_tui.tui.table.arrangement import HostBoard
from conntest_tui.tui.table.row_text import counts_phrase

DIGIT_HEIGHT = 3
"""Lines of a large digit."""

_GLYPHS = {
    "0": ("┏━┓", "┃ ┃", "┗━┛"),
    "1": (" ┓ ", " ┃ ", " ┻ "),
    "2": ("╺━┓", "┏━┛", "┗━╸"),
    "3": ("╺━┓", " ━┫", "╺━┛"),
    "4": ("╻ ╻", "┗━┫", "  ╹"),
    "5": ("┏━╸", "┗━┓", "╺━┛"),
    "6": ("┏━╸", "┣━┓", "┗━┛"),
    "7": ("┏━┓", "  ┃", "  ╹"),
    "8": ("┏━┓", "┣━┫", "┗━┛"),
    "9": ("┏━┓", "┗━┫", "╺━┛"),
    ":": (" ", ":", " "),
}

_ASCII_GLYPHS = {
    "0": (" _ ", "| |", "|_|"),
    "1": ("   ", "  |", "  |"),
    "2": (" _ ", " _|", "|_ "),
    "3": (" _ ", " _|", " _|"),
    "4": ("   ", "|_|", "  |"),
    "5": (" _ ", "|_ ", " _|"),
    "6": (" _ ", "|_ ", "|_|"),
    "7": (" _ ", "  |", "  |"),
    "8": (" _ ", "|_|", "|_|"),
    "9": (" _ ", "|_|", " _|"),
    ":": (" ", ".", "."),
}

_LEAST_FOR_NAMES = 12  # cells of a group's name that its counts leave

_OF_ADDRESSES = frozenset("0123456789abcdefABCDEF.:%")

_TAKEN, _CALM, _FLAPPING = "tile--taken", "tile--calm", "tile--flapping"
_STATE_CLASSES = {state: f"tile--{state.value}" for state in State}

TILE_CLASSES = frozenset({*_STATE_CLASSES.values(), _TAKEN, _CALM, _FLAPPING})
"""The component classes that give tiles their colours."""

CALM = 2
"""The urgency of a host that has not failed."""

_APART = 4  # cells between two figures: digits of one touch, and 7 beside 1 must not read as 71

Face = tuple[str, str]


def urgency_of(status: HostStatus) -> int:
    """Return how much a host wants to be seen: 0 when it is down and nobody has taken that, 1 for other failures."""
    if status.standing.state is State.DOWN:
        return int(is_taken(status))
    return 1 if status.standing.state is State.UNREACHABLE else CALM


def looks_alike(one: HostStatus, other: HostStatus) -> bool:
    """Return whether two statuses of one host have the same tile; True only if that is certain at a glance."""
    return (
        one.standing.state is other.standing.state
        and one.checking is other.checking
        and one.standing.outage is other.standing.outage
        and one.standing.mark is other.standing.mark
    )


def face_of(status: HostStatus) -> Face:
    """Return what a tile without words shows: component class and shape."""
    css = _class_of(status)
    return _CALM if css == _STATE_CLASSES[State.UP] else css, _sign_of(status).shape


def _is_up_and_flaps(status: HostStatus) -> bool:
    return status.standing.state is State.UP and status.standing.flapping


def _sign_of(status: HostStatus) -> Sign:
    return FLAPPING_SIGN if _is_up_and_flaps(status) and not status.checking else sign_of(status)


def _class_of(status: HostStatus) -> str:
    if _is_up_and_flaps(status):
        return _FLAPPING
    return _TAKEN if is_handled(status) else _STATE_CLASSES[status.standing.state]


def tile_line(status: HostStatus, tile: Tile, line: int) -> Face:
    """Return one line of a tile with words: component class, and text as wide as the tile.

    What a sign alone would not tell, that a host flaps or is being rechecked, stands at the end of the last line.
    """
    host, room = status.host, tile.width - 4
    name = host.display_name
    course = "probing" if status.checking else FLAPPING_SIGN.word if status.standing.flapping else ""
    if tile.height == 1:
        both = f"{name}  {course or host.description}".rstrip()
        said = next((words for words in (both, name, host.description) if words and cells(words) <= room), name)
    else:
        said = next(islice(filter(None, (host.description, name, host.location)), line, None), "")
        if course and line == tile.height - 1:
            said = f"{cut_middle(said, room - cells(course) - 2)}  {course}".lstrip()
    lead = f" {_sign_of(status).shape} " if line == 0 else "   "
    shown = _cut_address(said, room) if said == name else cut_middle(said, room)
    return _class_of(status), fill(lead + shown, tile.width)


def _cut_address(name: str, size: int) -> str:
    """Return a name that fits; of an address the end stays, which tells it from its neighbours."""
    if cells(name) <= size or not set(name) <= _OF_ADDRESSES:
        return cut_middle(name, size)
    return f"{ELLIPSIS}{name[len(name) - size + 1 :]}"


def headings(band: Band, statuses: Sequence[HostStatus], size: int) -> Spans:
    """Return the names of groups side by side, each with what is wrong in it: in words where there is room."""
    line: list[Span] = []
    for block in band.blocks:
        line.append(Span(" " * (MARGIN + block.left - width(line))))
        line += _heading(block, [statuses[index] for index in block.hosts])
    return cut_line(line, size)


def _heading(block: Block, members: Sequence[HostStatus]) -> Spans:
    found = Counter(status.standing.state for status in members)
    counts = {state: found[state] for state in STATE_SIGNS if state in found}
    handled = sum(map(is_handled, members))
    name = block.group or NO_GROUP
    said = counts_phrase(counts, handled)
    if cells(name) + width(said) + 2 > block.width:
        said = _brief_counts(signed_counts(counts, handled), block.width - min(cells(name), _LEAST_FOR_NAMES))
    shown = cut_middle(name, block.width - width(said) - bool(said))
    return spread((Span(shown, Style.STRONG if block.group else Style.DIM),), said, block.width)


def _brief_counts(counts: Sequence[tuple[Sign, int]], size: int) -> Spans:
    """Return how many hosts of a group have each sign but that of being up, `▼ 1 ✓ 2`, as far as there is room."""
    said: list[Span] = []
    for sign, number in counts:
        if sign is not STATE_SIGNS[State.UP]:
            span = Span(f" {sign.shape} {number}", sign.style)
            size -= cells(span.text)
            if size < 0:
                break
            said.append(span)
    return tuple(said)


def big(text: str, *, ascii_only: bool = False) -> Sequence[str]:
    """Return a text of digits and colons as `DIGIT_HEIGHT` lines of the same width.

    Raises:
        KeyError: another character is in it.
    """
    known = _ASCII_GLYPHS if ascii_only else _GLYPHS
    glyphs = [known[character] for character in text]
    return ["".join(glyph[line] for glyph in glyphs) for line in range(DIGIT_HEIGHT)]


def big_counts(board: HostBoard, now: Instant, size: int, *, ascii_only: bool = False) -> list[Spans]:
    """Return four lines: a large figure for each sign with a word below it; at the right the time above mail's state.

    What has no room goes in this order: the configuration's name, long words, the signs beside the words, the large
    time; at last the calmest hosts are cut. That the console is attached takes the place of the name, and stays.
    """
    counts = signed_counts(board.arrangement.counts, board.arrangement.handled, board.muted)
    digits = [big(str(number), ascii_only=ascii_only) for _, number in counts]
    full = _figures(counts, digits, [f"{sign.shape} {sign.count}" for sign, _ in counts])
    words = _figures(counts, digits, [sign.count for sign, _ in counts])
    signs = _figures(counts, digits, [sign.shape for sign, _ in counts])
    mail, title = mail_health(board.snapshot.mail, now, brief=True), Span(board.snapshot.title, Style.DIM)
    time = f"{local(now.wall):%H:%M}"
    said = attached_to(board.snapshot, now)
    long, short = ((said[0], mail), (said[-1], mail)) if said else ((title, mail), (mail,))
    named, unnamed = (
        _right_block(big(time, ascii_only=ascii_only), joined(below, Span("  "))) for below in (long, short)
    )
    small = _right_block(("", "", time), joined(short, Span("  ")))
    variants = [(full, named), (full, unnamed), (words, unnamed), (words, small), (signs, small)]
    for left, right in variants:
        if width(left[0]) + width(right[0]) < size:  # a blank stands between the two
            return [spread(start, end, size) for start, end in zip(left, right, strict=True)]
    return (
        [spread(start, end, size) for start, end in zip(signs, small, strict=True)]
        if said
        else [cut_line(line, size) for line in signs]
    )


def _figures(counts: Sequence[tuple[Sign, int]], digits: Sequence[Sequence[str]], labels: Sequence[str]) -> list[Spans]:
    """Return the figures, each above its label."""
    lines: list[list[Span]] = [[Span(" ")] for _ in range(DIGIT_HEIGHT + 1)]
    for (sign, _), figure, label in zip(counts, digits, labels, strict=True):
        said = (*figure, label)
        column = max(cells(label) + 2, cells(figure[0]) + _APART)
        for line, text in zip(lines, said, strict=True):
            line.append(Span(fill(text, column), sign.style))
    return [tuple(line) for line in lines]


def _right_block(above: Sequence[str], below: Spans) -> list[Spans]:
    """Return lines that end at the right edge."""
    column = max(width(below), *map(cells, above)) + 1
    last = (Span(" " * (column - 1 - width(below))), *below, Span(" "))
    return [*((Span(fill(f"{line} ", column, right=True), Style.STRONG),) for line in above), last]
