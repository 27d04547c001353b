"""The line below the table or the wall: the selected host or section, who was mailed about it, and what to do next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.message import Message
from textual.reactive import reactive

from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus, MailHealth, MailStatus, State
from conntest_tui.model.query_results import OutboxEntry
from conntest_tui.text import count, international
from conntest_tui.tui.delivery_phrases import HostMails, host_mail_phrases
from conntest_tui.tui.host_phrases import NO_GROUP, is_taken, sign_of, time_of_day, together_acknowledged, why
from conntest_tui.tui.status_lines import KeyedLine
from conntest_tui.tui.styled_text import Span, Spans, Style, cut_line, first_that_fits
from conntest_tui.tui.table.arrangement import Selection
from conntest_tui.tui.table.view_options import TableSection

_GAP = Span("  ")


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
    briefest = (*name[:1], *_condition(status, now, reason=False))
    whole += [(*who, *said) for who in (plain, briefest) for said in phrases if mails]
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
    taken = [found.standing.outage for found in members if found.standing.outage and found.standing.acknowledged]
    some = f"{len(taken):,} of {len(members):,} " if 0 < len(taken) < len(members) else ""
    every = "it" if len(members) == 1 else f"all {len(members):,}"
    steps = (("acknowledge", f"acknowledges {untaken:,}"),) if untaken else ()
    steps = (("acknowledge", "gives back"),) if taken and not untaken else steps
    said = (*steps, ("recheck", f"rechecks {every}"), ("mute", f"mutes {every}"), ("fold", "folds or unfolds"))
    hints = [f"{keys[action]} {does}" for action, does in said if action in keys]
    head = (
        Span(f" {section.group or NO_GROUP}", Style.STRONG),
        *_after_gap(Span(f"{count(len(members))} {section.part.value}")),
        *_after_gap(Span(some + together_acknowledged(taken), Style.ACCENT)),
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


def _condition(status: HostStatus, now: Instant, *, reason: bool = True) -> Spans:
    sign, state = sign_of(status), status.standing.state
    text = f"{sign.shape} {state.value}"
    if status.standing.since is not None:
        text += f" since {time_of_day(status.standing.since, now)}"
    if reason and status.reason and state is not State.UP:
        text += f"{', ' if state is State.SUSPECT else ': '}{why(status)}"
    checking = (Span(", checking now", Style.ACCENT),) if status.checking else ()
    return (*_after_gap(Span(text, sign.style)), *checking, *_after_gap(Span(status.result.note or "", Style.SUSPECT)))


def _after_gap(part: Span) -> Spans:
    return (_GAP, part) if part.text else ()


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
