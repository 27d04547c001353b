"""The page of one host as styled text: who it is, how it is, its availability, its outages, and why mail went out."""

import math
import textwrap
from collections.abc import Sequence
from itertools import chain, groupby

from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, Host, HostStatus, MailStatus, Mark, MutePlan, Outage, State
from conntest_tui.model.hosts_and_names import NameRecord
from conntest_tui.model.mute_times import MuteTimes
from conntest_tui.model.mute_words import mute_length, mute_moment, say_mute_times
from conntest_tui.model.query_results import PERIODS, Availability, DeliveryState, OutboxEntry
from conntest_tui.text import DAY, MINUTE, count, international, span
from conntest_tui.tui.delivery_phrases import (
    UNDER_WAY,
    delivery_sign,
    entry_sign,
    host_mail_phrases,
    mail_note,
    outage_mails,
)
from conntest_tui.tui.host_phrases import how_long, is_muted, round_trip, standing_sign, time_of_day, wall, with_seconds
from conntest_tui.tui.state_signs import EVENT_SIGNS
from conntest_tui.tui.styled_text import (
    Span,
    Spans,
    Style,
    cut_line,
    fill,
    first_that_fits,
    joined,
    spread,
    width,
    wrapped,
)

_GAP = Span("  ")
_WIDE_GAP = Span("     ")
_STEADY = 0.999  # an availability from here on is no reason to look twice
_NOTABLE = 0.001  # of a period: less than that not watched is not said
_STARTED, _LASTED, _FATE = 16, 9, 11  # cells
_NARROW = 56  # cells: fits the smallest screen


def title_lines(status: HostStatus, size: int) -> list[Spans]:
    """Return who it is: name and description at the left, where it is at the right; all of it, on several lines."""
    host = status.host
    style = standing_sign(status).style if status.standing.state is not State.UP else Style.TITLE
    name = Span(f" {host.display_name}", style)
    others = [text for text in (host.name, status.result.address) if text and text != host.display_name]
    left = (name, *(Span(f" = {text}", Style.DIM) for text in dict.fromkeys(others)), _GAP)
    place = ", ".join(text for text in (host.location, host.group) if text)
    return _whole((*left, Span(host.description, Style.STRONG)), (Span(f"{place} ", Style.DIM),), size)


def _whole(left: Spans, right: Spans, size: int) -> list[Spans]:
    """Return two parts at either end of a line, or where they do not fit, on as many lines as they need."""
    if width(left) + width(right) < size:
        return [spread(left, right, size)]
    return [*wrapped(left, size), *(wrapped((Span(" "), *right), size) if width(right) > 1 else ())]


def state_lines(status: HostStatus, events: Sequence[Event], now: Instant, size: int) -> list[Spans]:
    """Return how it is, for how long, and why; and who has taken it.

    Args:
        status: of the host.
        events: about it, newest first.
        now: this moment.
        size: cells at most.
    """
    sign = standing_sign(status)
    text = f" {sign.shape} {status.standing.state.value}"
    if status.standing.since is not None:
        text += f" for {how_long(status, now, size)}, since {time_of_day(status.standing.since, now)}"
    spans = [Span(text, sign.style)]
    if status.standing.state is State.UP:
        spans.append(Span(f"  {round_trip(status)}", Style.STRONG))
    elif status.reason:
        outage = status.standing.outage
        sweeps = f" in {outage.failures} sweeps" if outage and outage.failures > 1 else ""
        spans.append(Span(f": {status.reason}{sweeps}", sign.style))
    if status.checking:
        spans.append(Span("  checking now", Style.ACCENT))
    if status.result.note:
        spans.append(Span(f"  {status.result.note}", Style.SUSPECT))
    return wrapped([*spans, *_taken(status, events, now)], size)


def _taken(status: HostStatus, events: Sequence[Event], now: Instant) -> Spans:
    """Return who has taken its outage, and when, or that nobody has; nothing where there is nothing to take."""
    outage = status.standing.outage
    if outage is None or outage.behind is not None or status.standing.state is not State.DOWN:
        return ()
    if outage.acknowledged is None:
        muted = is_muted(status.standing, now)
        return _GAP, Span("Nobody has taken it; it is muted." if muted else "Nobody has taken it.", Style.STRONG)
    said = (_GAP, Span(f"✓ {outage.acknowledgement}", Style.ACCENT))
    taken = next(
        (event for event in events if event.kind is EventKind.ACKNOWLEDGED and event.outage == outage.id), None
    )
    if taken is None:
        return said
    return *said, Span(f" ({time_of_day(taken.at, now)})", Style.DIM)


def mail_lines(
    status: HostStatus, mails: Sequence[OutboxEntry], mail: MailStatus, now: Instant, size: int
) -> list[Spans]:
    """Return who was mailed about it, who was not and why, and what hosts.csv says beside its name and place."""
    phrases = host_mail_phrases(status, mails, now, mail)
    said = phrases[0] if phrases else Span("nothing to report", Style.DIM)
    host = status.host
    facts = [f"line {host.line} of hosts.csv"] if host.line else []
    if host.parent is not None:
        facts.append(f"reached through {host.parent}")
    if host.attempts is not None:
        facts.append(f"{host.attempts} attempts")
    if host.timeout is not None:
        facts.append(f"{host.timeout:g} s each")
    head = " " if said.text.startswith("mail") else " mail: "
    return _whole((Span(head, Style.DIM), said), (Span(f"{', '.join(facts)} ", Style.DIM),), size)


def address_pieces(names: NameRecord, now: Instant) -> list[Spans]:
    """Return all addresses of a name, the one that answers first, and since when; then what is the matter with it."""
    first = names.answering if names.answering in names.addresses else ""
    lines: list[Spans] = []
    if first:
        since = names.answering_since
        answers = f"  answers since {time_of_day(since, now)}" if since is not None else "  answers"
        lines.append((Span(f" {first}", Style.STRONG), Span(answers, Style.UP)))
    if names.gone is not None:
        gone = time_of_day(now.wall - now.steady + names.gone, now)
        lines.append((Span(f" there is no such name any more since {gone}, says name service", Style.SUSPECT),))
    others = ", ".join(address for address in names.addresses if address != first)
    wrapped = textwrap.wrap(others, _NARROW, break_long_words=False, break_on_hyphens=False)
    return [*lines, *((Span(f" {line}", Style.TEXT),) for line in wrapped)]


def availability_line(found: Sequence[Availability], size: int) -> Spans:
    """Return how the host answered over each of `PERIODS`, as far as it was watched; planned time stands apart."""
    full, brief, bare = [], [], list[Spans]()
    is_new = bool(found) and found[0].watched == found[-1].watched  # a month is no more than a day
    for period, availability in zip(PERIODS, found, strict=False):
        name = f"{int(period // DAY)} d" if period > DAY else "24 h"
        share = _share(availability)
        failed = f" {availability.failed} of {availability.watched} lost" if availability.watched else ""
        said = f", {mute_length(availability.planned)} planned" if availability.planned >= MINUTE else ""
        if availability.watched and not is_new and availability.unwatched >= period * _NOTABLE:
            said += f", {mute_length(availability.unwatched)} not watched"
        full.append((Span(f"{name} ", Style.DIM), share, Span(f"{failed}{said}", Style.DIM)))
        apart = (Span(said, Style.DIM),) if said else ()
        bare.append((Span(f"{name} ", Style.DIM), share))
        brief.append((*bare[-1], *apart))
    title = Span(" Sweeps answered   ", Style.TITLE)
    if not found:
        return cut_line((title, Span("nothing is known yet", Style.DIM)), size)
    lines = [(title, *_strung(full, _WIDE_GAP)), (title, *_strung(brief, _WIDE_GAP))]
    if is_new:
        watched = max(0.0, PERIODS[0] - found[0].unwatched)
        lasted = f" in {span(watched)}" if found[0].watched and found[0].unwatched else ""
        lines.insert(1, (*lines[1], Span(f"  of {count(found[0].watched, 'sweep')}{lasted}", Style.DIM)))
    short, longest = Span(" Answered  ", Style.TITLE), brief[-1:]  # the longest period holds what was planned in all
    lines += [(short, *_strung(parts, _GAP)) for parts in (brief, [*bare[:-1], *longest], bare)]
    return cut_line(first_that_fits(lines, size), size)


def _strung(parts: Sequence[Spans], gap: Span) -> Spans:
    return tuple(chain.from_iterable(((gap,) if number else ()) + part for number, part in enumerate(parts)))


def _share(availability: Availability) -> Span:
    share = availability.share
    if share is None:
        return Span("not watched otherwise" if availability.planned >= MINUTE else "not watched", Style.DIM)
    # Rounded down: a hundred per cent means that nothing was lost.
    text = f"{math.floor(share * 10_000) / 100:.2f} %"
    return Span(text, Style.UP if availability.failed == 0 else Style.TEXT if share >= _STEADY else Style.SUSPECT)


def mute_lines(mark: Mark | None, now: Instant, size: int) -> list[Spans]:
    """Return the mute in force and the planned ones of a host, one after the other, each wrapped."""
    if mark is None:
        return []
    lines: list[Spans] = []
    if mark.muted:
        until = None if mark.muted_until is None else wall(mark.muted_until, now)
        said = "until it is unmuted" if until is None else f"until {mute_moment(until, now.wall)}"
        lines += wrapped((Span(f" now {said}{_asked(mark.mute)}"),), size, 5)
    for plan in mark.planned:
        when = say_mute_times(MuteTimes(plan.start, plan.end), now.wall)
        lines += wrapped((Span(f" {when}"), Span(_asked(plan), Style.DIM)), size, 5)
    return lines


def _asked(plan: MutePlan | None) -> str:
    if plan is None:
        return ""
    return f"{f', {plan.by}' if plan.by else ''}{f': {plan.reason}' if plan.reason else ''}"


def outage_lines(outage: Outage, mails: Sequence[OutboxEntry], now: Instant, size: int) -> list[Spans]:
    """Return one outage, wrapped: when it began, how long it lasted, why, and what mail was written."""
    ended = outage.ended
    lasted = span((ended or now).steady - outage.started.steady)
    style = Style.TEXT if ended is not None else Style.UNREACHABLE if outage.behind is not None else Style.DOWN
    facts = [f"behind {international(outage.behind)}"] if outage.behind is not None else []
    if outage.mails or outage.behind is None:
        facts.append(outage_mails(outage, mails))
    if outage.acknowledged is not None:
        facts.append(outage.acknowledgement)
    spans = (
        Span(f" {fill(time_of_day(outage.started.wall, now), _STARTED)}  ", Style.DIM),
        Span(f"{fill(lasted, _LASTED)}  ", style),
        Span(f"{'' if ended is not None else 'so far: '}{outage.reason}", style),
        Span(f"  {', '.join(facts)}", Style.DIM),
    )
    return wrapped(spans, size, 1 + _STARTED + 2 + _LASTED + 2)


def without_repetition(events: Sequence[Event]) -> list[Event]:
    """Return events, newest first, with the newest one of each run that says the same about a failure going on."""
    runs = groupby(events, key=lambda event: event.mail if event.kind is EventKind.STILL_FAILING else event.id)
    return [next(run) for _, run in runs]


def trace_lines(event: Event, host: Host, now: Instant, size: int) -> list[Spans]:
    """Return, on as many lines as it needs, what happened to a host, and why mail was written of it, or why not."""
    shape, style = EVENT_SIGNS[event.kind]
    near = now.wall - event.at < DAY
    when = with_seconds(event.at) if near else time_of_day(event.at, now)
    mail = (_GAP, Span(mail_note(event.mail), Style.ACCENT)) if event.mail else ()
    line = (Span(f" {when} ", Style.DIM), Span(f"{shape} ", style), Span(_without_name(event, host)), *mail)
    return wrapped(line, size, 1 + len(when) + 3)


def _without_name(event: Event, host: Host) -> str:
    """Return what an event says without whose it is, which need not be said again on every line of its page."""
    return event.text.removeprefix(host.name).strip().removeprefix(host.description).lstrip(" :")


def message_lines(entry: OutboxEntry, now: Instant, size: int) -> list[Spans]:
    """Return a mail about one host, wrapped: when, how far it has come, its subject; then each recipient."""
    shape, word, style = entry_sign(entry)
    lines = [
        cut_line(
            (
                Span(f" {fill(time_of_day(entry.created, now), _STARTED)}  ", Style.DIM),
                Span(f"{fill(f'{shape} {word}', _FATE)}  ", style),
                Span(entry.subject),
            ),
            size,
        )
    ]
    said: list[Span] = []
    for way in entry.deliveries:
        shape, _, style = delivery_sign(way)
        when = "" if way.state in UNDER_WAY else f" {time_of_day(way.changed, now)}"
        why = f": {way.reply}" if way.reply and way.state is not DeliveryState.SENT else ""
        said += [Span("; " if said else "    ", Style.DIM), Span(shape, style), Span(f" {way.recipient}{when}{why}")]
    return [*lines, *wrapped(said, size, 6)] if said else lines


def section(title: str, count: int, most: int | None = None) -> Spans:
    """Return a heading with how many things follow; there may be older ones when they are `most`."""
    number = f"{count}" if most is None or count < most else f"the newest {count}"
    return joined((Span(f" {title}", Style.TITLE), Span(number if count else "none", Style.DIM)), _GAP)
