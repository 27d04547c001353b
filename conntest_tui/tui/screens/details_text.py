"""The page of one host as toned text: who it is and how it is, its availability, its outages, and why mail went out."""

import math
from collections.abc import Sequence
from itertools import groupby

from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, Host, HostStatus, MailStatus, Outage, State
from conntest_tui.model.names import NameRecord
from conntest_tui.model.reports import PERIODS, Availability
from conntest_tui.text import DAY, span
from conntest_tui.tui.host_phrases import counted, how_long, mail_phrases, round_trip, time_of_day, with_seconds
from conntest_tui.tui.styled_text import (
    EVENTS,
    STATES,
    Piece,
    Pieces,
    Tone,
    cut_line,
    fill,
    first_that_fits,
    joined,
    spread,
)

_GAP = Piece("  ")
_WIDE_GAP = Piece("     ")
_STEADY = 0.999  # an availability from here on is no reason to look twice
_STARTED, _LASTED = 16, 9  # cells


def title_line(status: HostStatus, size: int) -> Pieces:
    """Return who it is: name and description at the left, where it is at the right."""
    host = status.host
    name = Piece(
        f" {host.shown or host.name}", STATES[status.state].tone if status.state is not State.UP else Tone.TITLE
    )
    others = [text for text in (host.name, status.address) if text and text != (host.shown or host.name)]
    left = (name, *(Piece(f" = {text}", Tone.DIM) for text in dict.fromkeys(others)), _GAP)
    place = ", ".join(text for text in (host.location, host.group) if text)
    return spread((*left, Piece(host.description, Tone.STRONG)), (Piece(f"{place} ", Tone.DIM),), size)


def state_line(status: HostStatus, now: Instant, size: int) -> Pieces:
    """Return how it is, for how long, and why."""
    look = STATES[status.state]
    text = f" {look.shape} {look.count}"
    if status.since is not None:
        text += f" for {how_long(status, now, size)}, since {time_of_day(status.since, now)}"
    pieces = [Piece(text, look.tone)]
    if status.state is State.UP:
        pieces.append(Piece(f"  {round_trip(status)}", Tone.STRONG))
    elif status.reason:
        sweeps = f" in {status.outage.failures} sweeps" if status.outage and status.outage.failures > 1 else ""
        pieces.append(Piece(f": {status.reason}{sweeps}", look.tone))
    if status.checking:
        pieces.append(Piece("  checking now", Tone.ACCENT))
    if status.note:
        pieces.append(Piece(f"  {status.note}", Tone.SUSPECT))
    return cut_line(pieces, size)


def mail_line(status: HostStatus, mail: MailStatus, now: Instant, size: int) -> Pieces:
    """Return what mail does about it, and what hosts.csv says beside its name and place."""
    phrases = mail_phrases(status, now, mail)
    said = phrases[0] if phrases else Piece("nothing to tell", Tone.DIM)
    host = status.host
    told = [f"line {host.line} of hosts.csv"] if host.line else []
    if host.parent is not None:
        told.append(f"reached through {host.parent}")
    if host.attempts is not None:
        told.append(f"{host.attempts} attempts")
    if host.timeout is not None:
        told.append(f"{host.timeout:g} s each")
    return spread((Piece(" mail: ", Tone.DIM), said), (Piece(f"{', '.join(told)} ", Tone.DIM),), size)


def address_pieces(names: NameRecord, now: Instant) -> list[Pieces]:
    """Return all addresses of a name, a line each: the one that answers first, and since when."""
    first = names.answering if names.answering in names.addresses else ""
    lines: list[Pieces] = []
    if first:
        since = names.answering_since
        told = f"  answers since {time_of_day(since, now)}" if since is not None else "  answers"
        lines.append((Piece(f" {first}", Tone.STRONG), Piece(told, Tone.UP)))
    lines += [(Piece(f" {address}", Tone.TEXT),) for address in names.addresses if address != first]
    if names.gone is not None:
        gone = time_of_day(now.wall - now.steady + names.gone, now)
        lines.append((Piece(f" there is no such name any more since {gone}, says name service", Tone.SUSPECT),))
    return lines


def availability_line(found: Sequence[Availability], size: int) -> Pieces:
    """Return how the host answered over each of `PERIODS`, as far as it was watched."""
    full, brief = [], []
    for period, availability in zip(PERIODS, found, strict=False):
        name = f"{int(period // DAY)} d" if period > DAY else "24 h"
        share = _share(availability)
        failed = f" {availability.failed} of {availability.watched} lost" if availability.watched else ""
        full.append((Piece(f"{name} ", Tone.DIM), share, Piece(failed, Tone.DIM)))
        brief.append((Piece(f"{name} ", Tone.DIM), share))
    title = Piece(" Sweeps answered   ", Tone.TITLE)
    if not found:
        return cut_line((title, Piece("nothing is known yet", Tone.DIM)), size)
    lines = [(title, *_strung(full, _WIDE_GAP)), (title, *_strung(brief, _WIDE_GAP))]
    if found[0].watched == found[-1].watched:  # the monitor is new: a month is no more than a day
        lines.insert(1, (*lines[1], Piece(f"  of {counted(found[0].watched, 'sweep')}", Tone.DIM)))
    return cut_line(first_that_fits([*lines, (Piece(" Answered  ", Tone.TITLE), *_strung(brief, _GAP))], size), size)


def _strung(parts: Sequence[Pieces], gap: Piece) -> Pieces:
    return tuple(piece for number, part in enumerate(parts) for piece in ((gap,) if number else ()) + part)


def _share(availability: Availability) -> Piece:
    share = availability.share
    if share is None:
        return Piece("not watched", Tone.DIM)
    # Rounded down: a hundred per cent means that nothing was lost.
    text = f"{math.floor(share * 10_000) / 100:.2f} %"
    return Piece(text, Tone.UP if availability.failed == 0 else Tone.TEXT if share >= _STEADY else Tone.SUSPECT)


def outage_line(outage: Outage, now: Instant, size: int) -> Pieces:
    """Return one outage: when it began, how long it lasted, why, and who was told."""
    ended = outage.ended
    lasted = span((ended or now).steady - outage.started.steady)
    tone = Tone.TEXT if ended is not None else Tone.UNREACHABLE if outage.behind is not None else Tone.DOWN
    told = [f"behind {outage.behind}"] if outage.behind is not None else []
    if outage.mails:
        told.append(f"{outage.mails} {'letter' if outage.mails == 1 else 'letters'}")
    elif outage.behind is None:
        told.append("no letter")
    if outage.acknowledged is not None:
        told.append(f"acknowledged: {outage.acknowledged}" if outage.acknowledged else "acknowledged")
    pieces = (
        Piece(f" {fill(time_of_day(outage.started.wall, now), _STARTED)}  ", Tone.DIM),
        Piece(f"{fill(lasted, _LASTED)}  ", tone),
        Piece(f"{'' if ended is not None else 'so far: '}{outage.reason}", tone),
        Piece(f"  {', '.join(told)}", Tone.DIM),
    )
    return cut_line(pieces, size)


def without_repetition(events: Sequence[Event]) -> list[Event]:
    """Return events, newest first, with the newest one of each run that says the same about a failure going on."""
    runs = groupby(events, key=lambda event: event.mail if event.kind is EventKind.STILL_FAILING else event.id)
    return [next(run) for _, run in runs]


def trace_line(event: Event, host: Host, now: Instant, size: int) -> Pieces:
    """Return what happened to a host, and why a letter was written of it, or why not."""
    shape, tone = EVENTS[event.kind]
    near = now.wall - event.at < DAY
    when = with_seconds(event.at) if near else time_of_day(event.at, now)
    # Whose page it is need not be said again in every line.
    text = event.text.removeprefix(host.name).strip().removeprefix(host.description).lstrip(" :")
    mail = (_GAP, Piece(event.mail, Tone.ACCENT)) if event.mail else ()
    return cut_line((Piece(f" {when} ", Tone.DIM), Piece(f"{shape} ", tone), Piece(text), *mail), size)


def section(title: str, count: int, most: int) -> Pieces:
    """Return a heading with how many lines follow."""
    number = f"the newest {count}" if count >= most else f"{count}"
    return joined((Piece(f" {title}", Tone.TITLE), Piece(number if count else "none", Tone.DIM)), _GAP)
