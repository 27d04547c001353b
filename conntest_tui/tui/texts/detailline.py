"""The line under the host table as toned text: everything about the selected host or section that fits."""

from collections.abc import Sequence

from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus, MailStatus, State
from conntest_tui.tui.ink.look import STATES, Tone
from conntest_tui.tui.ink.pieces import Piece, Pieces, cut_line, first_that_fits
from conntest_tui.tui.layout.view import Section
from conntest_tui.tui.texts.phrases import NO_GROUP, counted, mail_phrases, time_of_day

_GAP = Piece("  ")


def detail_line(status: HostStatus, now: Instant, mail: MailStatus, size: int) -> Pieces:
    """Return who the host is, since when it is in its state and why, and what mail does about it.

    Where that does not fit, what the table says too gives way: the mail, then the description.
    """
    name, condition = _name(status), _condition(status, now)
    about = ", ".join(text for text in (status.host.description, status.host.location) if text)
    full = (*name, *_after_gap(Piece(about)), *condition)
    about_mail = [piece for phrase in mail_phrases(status, now, mail)[:1] for piece in _after_gap(phrase)]
    brief = (*name, *_after_gap(Piece(status.host.location)), *condition)
    return cut_line(first_that_fits([(*full, *about_mail), full, brief], size), size)


def section_line(section: Section, members: Sequence[HostStatus], size: int) -> Pieces:
    """Return which hosts a heading stands for, and what can be done with all of them."""
    hint = Piece("space folds or unfolds, r rechecks all of them", Tone.DIM)
    line = (
        Piece(f" {section.group or NO_GROUP}", Tone.STRONG),
        *_after_gap(Piece(f"{counted(len(members), 'host')} {section.part.value}")),
        *_after_gap(hint),
    )
    return cut_line(line, size)


def _name(status: HostStatus) -> Pieces:
    shown = status.host.shown or status.host.name
    others = [name for name in (status.host.name, status.address) if name and name != shown]
    return (Piece(f" {shown}", Tone.STRONG), *(Piece(f" = {name}", Tone.DIM) for name in dict.fromkeys(others)))


def _condition(status: HostStatus, now: Instant) -> Pieces:
    look = STATES[status.state]
    text = f"{look.shape} {look.count}"
    if status.since is not None:
        text += f" since {time_of_day(status.since, now)}"
    if status.reason and status.state is not State.UP:
        text += f": {status.reason}"
    checking = (Piece(", checking now", Tone.ACCENT),) if status.checking else ()
    return (*_after_gap(Piece(text, look.tone)), *checking, *_after_gap(Piece(status.note or "", Tone.SUSPECT)))


def _after_gap(piece: Piece) -> Pieces:
    return (_GAP, piece) if piece.text else ()
