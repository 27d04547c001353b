"""The two lines at the top of the console as toned text: what the hosts and the mail do, and where the sweep is."""

from collections.abc import Mapping
from itertools import chain

from conntest_tui.clock import Instant
from conntest_tui.model import MailHealth, MailStatus, State, SweepProgress
from conntest_tui.text import span
from conntest_tui.tui.ink.look import MAIL, MUTED, STATES, Tone
from conntest_tui.tui.ink.pieces import Piece, Pieces, cut, first_that_fits, joined, width
from conntest_tui.tui.layout.board import Board
from conntest_tui.tui.texts.phrases import time_of_day, with_seconds

NAME = "conntest"

_GAP = Piece("  ")
_WIDE_GAP = Piece("    ")
_TITLE_MOST = 24  # cells of the configuration's name, when the line is short of room
_LATE = 5  # seconds; a sweep that has not begun by then looks like a monitor that hangs
_BAR_MOST, _BAR_LEAST = 40, 8  # cells of the progress bar


def status_line(board: Board, now: Instant, size: int) -> Pieces:
    """Return the first line, `size` cells wide: name of the configuration, hosts by state, mail, time of day."""
    title, mail = board.snapshot.title, board.snapshot.mail
    name = (Piece(f" {NAME}", Tone.TITLE),)
    full_title = (Piece(title),) if title else ()
    short_title = (Piece(cut(title, _TITLE_MOST)),) if title else ()
    counts, muted = board.arrangement.counts, board.muted
    words, numbers = _counts(counts, muted), _counts(counts, muted, brief=True)
    mail_full, mail_brief = _mail(mail, now), _mail(mail, now, brief=True)
    time = Piece(f"{with_seconds(now.wall)} ", Tone.STRONG)
    variants = [
        ((*name, *full_title), words, (*mail_full, time), _WIDE_GAP),
        ((*name, *short_title), words, (*mail_full, time), _GAP),
        ((*name, *short_title), words, (*mail_brief, time), _GAP),
        ((*name,), words, (*mail_brief, time), _GAP),
        ((*name, *short_title), numbers, (*mail_brief, time), _GAP),
        ((*name,), numbers, (*mail_brief, time), _GAP),
        ((Piece(""),), numbers, (*mail_brief, time), _GAP),
    ]
    return first_that_fits([_three(*variant, size) for variant in variants], size)


def _three(left: Pieces, middle: Pieces, right: Pieces, gap: Piece, size: int) -> Pieces:
    """Put the first two parts at the left and the third at the right edge, at least `gap` apart."""
    start = (*joined(left, _GAP), gap, *joined(middle, gap if gap is _GAP else _GAP))
    end = joined(right, gap)
    room = max(len(gap.text), size - width(start) - width(end))
    return (*start, Piece(" " * room), *end)


def _counts(counts: Mapping[State, int], muted: int, *, brief: bool = False) -> Pieces:
    looks = [(STATES[state], number) for state, number in counts.items()]
    if muted:
        looks.append((MUTED, muted))
    if not looks:
        return (Piece("no hosts", Tone.DIM),)
    return tuple(
        Piece(f"{look.shape} {number}" if brief else f"{look.shape} {number} {look.count}", look.tone)
        for look, number in looks
    )


def _mail(mail: MailStatus, now: Instant, *, brief: bool = False) -> Pieces:
    text, tone = MAIL[mail.health]
    if mail.health in {MailHealth.WAITING, MailHealth.HELD} and mail.queued:
        text += f" {mail.queued}"
    if not brief and mail.health is MailHealth.WAITING and mail.next_try is not None:
        text += f", next {time_of_day(mail.next_try, now)}"
    if not brief and mail.health is MailHealth.OK and mail.delivered is not None:
        text += f" {time_of_day(mail.delivered, now)}"
    return (Piece(text, tone),)


def sweep_line(sweep: SweepProgress, now: Instant, size: int) -> Pieces:
    """Return the second line, at most `size` cells wide: number, progress, when the next sweep is due, how it sends.

    The bar takes what room is left; what has no room is dropped from the right.
    """
    start = (Piece(f" sweep {sweep.number}" if sweep.number else " first sweep", Tone.TEXT), Piece(" "))
    done = Piece(f" {sweep.done}/{sweep.total}", Tone.TEXT if sweep.running else Tone.DIM)
    due = _due(sweep, now)
    every = (_WIDE_GAP, Piece(f"every {span(sweep.interval)}", Tone.DIM))
    method = (_WIDE_GAP, Piece(sweep.method, Tone.DIM)) if sweep.method else ()
    tails = [(*due, *every, *method), (*due, *every), due, ()]
    lines = []
    for tail in tails:
        room = size - 1 - width(chain(start, (done,), tail))
        bar = progress_bar(sweep, max(_BAR_LEAST, min(_BAR_MOST, room)))
        lines.append((*start, *bar, done, *tail))
    return first_that_fits(lines, size)


def _due(sweep: SweepProgress, now: Instant) -> Pieces:
    if sweep.next is None:
        return ()
    line = (_WIDE_GAP, Piece("next ", Tone.DIM), Piece(with_seconds(sweep.next)))
    wait = sweep.next - now.wall
    if sweep.running or -_LATE < wait < 1:
        return line
    return (*line, Piece(f" in {span(wait)}", Tone.DIM) if wait > 0 else Piece(f" late by {span(-wait)}", Tone.DOWN))


def progress_bar(sweep: SweepProgress, size: int) -> Pieces:
    """Return a bar of `size` cells: how much of the sweep is settled, in steps of half a cell."""
    share = min(1.0, sweep.done / sweep.total) if sweep.total else 0.0
    halves = int(share * size * 2)
    full, half = divmod(halves, 2)
    done = "━" * full + "╸" * half
    return (Piece(done, Tone.ACCENT if sweep.running else Tone.DIM), Piece("─" * (size - len(done)), Tone.DIM))
