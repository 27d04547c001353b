"""The outbox: every mail and notification, how far it has come, and what the mail server said."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from conntest_tui.clock import Instant
from conntest_tui.model import MailStatus
from conntest_tui.model.query_results import DeliveryState, DeliveryStatus, OutboxEntry
from conntest_tui.model.requests import Discard, RetryMail
from conntest_tui.text import span
from conntest_tui.tui.dialogs import QuestionDialog
from conntest_tui.tui.host_phrases import time_of_day, with_seconds
from conntest_tui.tui.item_list import Item, ItemList
from conntest_tui.tui.screens.base import PageScreen
from conntest_tui.tui.state_signs import MAIL_SIGNS
from conntest_tui.tui.styled_text import Span, Spans, Style, cut_line, fill
from conntest_tui.tui.styled_widgets import StyledBlock

# What needs somebody comes first: it speaks for the whole mail.
_SIGNS = {
    DeliveryState.REFUSED: ("✕", "refused", Style.DOWN),
    DeliveryState.EXPIRED: ("✕", "expired", Style.DOWN),
    DeliveryState.HELD: ("!", "held", Style.DOWN),
    DeliveryState.QUEUED: ("…", "queued", Style.SUSPECT),
    DeliveryState.SENT: ("✓", "sent", Style.UP),
    DeliveryState.DISCARDED: ("×", "discarded", Style.DIM),
    DeliveryState.WITHDRAWN: ("↺", "taken back", Style.DIM),
}
_RANKS = {state: rank for rank, state in enumerate(_SIGNS)}
_WAITING = ("○", "waiting", Style.SUSPECT)

UNDER_WAY = frozenset({DeliveryState.QUEUED, DeliveryState.HELD})
"""The states of a delivery that is tried again."""

_OPEN = frozenset({*UNDER_WAY, DeliveryState.REFUSED, DeliveryState.EXPIRED})

_STATE, _AGE, _KIND, _TRIES, _NEXT, _TO = 12, 8, 14, 6, 9, 24
_TO_FROM, _KIND_FROM = 100, 130  # cells of a line from which on these columns are shown

MOST_ENTRIES = 500
_EVERY = 2.0  # seconds between two looks at the outbox

Key = tuple[int | None, int | None]


def standing(entry: OutboxEntry) -> Span:
    """Return how far a mail has come, on the whole: the delivery that needs somebody most speaks for it."""
    if not entry.deliveries:
        shape, word, style = _WAITING
        return Span(f"{shape} {word}", style)
    states = [delivery.state for delivery in entry.deliveries]
    worst = min(states, key=_RANKS.__getitem__)
    shape, word, style = _SIGNS[worst]
    share = f" {states.count(worst)}/{len(states)}" if len(set(states)) > 1 else ""
    return Span(f"{shape} {word}{share}", style)


def can_be_discarded(entry: OutboxEntry) -> bool:
    """Return whether there is anything to stop, or to stop showing as lost."""
    return not entry.deliveries or any(delivery.state in _OPEN for delivery in entry.deliveries)


def mail_headline(mail: MailStatus, now: Instant, size: int) -> list[Spans]:
    """Return how mail is doing, as one line."""
    word, style = MAIL_SIGNS[mail.health]
    said = [Span(f" {word[0].upper()}{word[1:]}", style)]
    if mail.queued:
        said.append(Span(f"  {mail.queued} not delivered yet", Style.STRONG))
    if mail.next_try is not None:
        said.append(Span(f"  next try {with_seconds(mail.next_try)}", Style.DIM))
    if mail.text:
        said.append(Span(f"  {mail.text}", style if style is Style.DOWN else Style.TEXT))
    if mail.delivered is not None:
        said.append(Span(f"  last delivered {time_of_day(mail.delivered, now)}", Style.DIM))
    return [cut_line(said, size)]


def outbox_titles(size: int) -> Spans:
    """Return the titles over `outbox_line`s."""
    return (
        Span(" " + "  ".join(_cells(("State", "Age", "Kind", "Tries", "Next try", "To"), size)), Style.TITLE),
        Span("  Subject", Style.TITLE),
    )


def outbox_line(entry: OutboxEntry, now: Instant, size: int) -> Spans:
    """Return a mail, or a notification of which none is composed yet, as one line of at most `size` cells."""
    state = standing(entry)
    tries = max((delivery.attempts for delivery in entry.deliveries), default=0)
    next_try = min((d.next_try for d in entry.deliveries if d.next_try is not None), default=None)
    due = "" if next_try is None else "now" if next_try <= now.wall else with_seconds(next_try)
    age = span(now.wall - entry.created)
    first, *others = _cells((state.text, age, entry.kind, str(tries or ""), due, _recipients(entry)), size)
    rest = Span("  ".join(("", *others)), Style.DIM)
    return cut_line((Span(f" {first}", state.style), rest, Span(f"  {entry.subject}")), size)


def _cells(texts: Sequence[str], size: int) -> Sequence[str]:
    """Return state, age, kind, tries, next try and recipients, each as wide as its column, as far as there is room."""
    state, age, kind, tries, due, to = texts
    cells = [fill(state, _STATE), fill(age, _AGE, right=True)]
    if size >= _KIND_FROM:
        cells.append(fill(kind, _KIND))
    cells += [fill(tries, _TRIES - 1, right=True), fill(due, _NEXT - 1, right=True)]
    if size >= _TO_FROM:
        cells.append(fill(to, _TO))
    return cells


def _recipients(entry: OutboxEntry) -> str:
    names = [delivery.recipient for delivery in entry.deliveries]
    if len(names) <= 1:
        return "".join(names)
    return f"{len(names)}: {', '.join(names)}"


def delivery_lines(entry: OutboxEntry, now: Instant) -> list[Spans]:
    """Return everything about one mail: what it is, then a line for each recipient."""
    head = (Span(f" {entry.subject}", Style.STRONG), Span(f"  {entry.kind}, {_created(entry, now)}", Style.DIM))
    if not entry.deliveries:
        text = " It is written when mail works again, and says what is true then."
        return [head, (Span(text, Style.DIM),)]
    widest = max(len(delivery.recipient) for delivery in entry.deliveries)
    return [head, *(_delivery(delivery, min(widest, 40), now) for delivery in entry.deliveries)]


def _created(entry: OutboxEntry, now: Instant) -> str:
    return f"{'since' if entry.message is None else 'written'} {time_of_day(entry.created, now)}"


def _delivery(delivery: DeliveryStatus, size: int, now: Instant) -> Spans:
    shape, word, style = _SIGNS[delivery.state]
    said = [f"{delivery.attempts} {'try' if delivery.attempts == 1 else 'tries'}"] if delivery.attempts else []
    if delivery.state in UNDER_WAY and delivery.next_try is not None:
        said.append(f"next {with_seconds(delivery.next_try)}")
    elif delivery.attempts:
        said.append(time_of_day(delivery.changed, now))
    if delivery.ambiguous and delivery.state is not DeliveryState.SENT:
        said.append("may have arrived")
    return (
        Span(f" {shape} {fill(word, 10)} ", style),
        Span(f"{fill(delivery.recipient, size)}  "),
        Span(", ".join(said), Style.DIM),
        Span(f"  {delivery.reply}" if delivery.reply else "", style if style is Style.DOWN else Style.TEXT),
    )


def message_line(entry: OutboxEntry, now: Instant, size: int) -> Spans:
    """Return a mail about one host: when, how far it has come, its subject."""
    state = standing(entry)
    return cut_line(
        (
            Span(f" {fill(time_of_day(entry.created, now), 16)}  ", Style.DIM),
            Span(f"{fill(state.text, _STATE)}  ", state.style),
            Span(entry.subject),
        ),
        size,
    )


class OutboxScreen(PageScreen):
    """What waits, what is under way, what was delivered; and everything about the selected one."""

    BINDING_GROUP_TITLE = "Outbox"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", "Retry now", id="outbox.retry", tooltip="Try everything now, whatever the server said"),
        Binding("enter", "view", "View", priority=True, id="outbox.view", tooltip="Read the selected mail"),
        Binding("d", "discard", "Discard", id="outbox.discard", tooltip="Deliver the selected mail no more"),
    ]

    def compose_page(self) -> ComposeResult:
        yield StyledBlock(id="mail")
        yield ItemList(empty="Reading the outbox …", titles=outbox_titles)
        yield StyledBlock(id="message")

    def on_mount(self) -> None:
        super().on_mount()
        self._entries: dict[Key, OutboxEntry] = {}
        self.set_interval(_EVERY, self._ask)
        self._ask()
        self.paint_parts()

    def watch_board(self) -> None:
        mail = self._mail
        if mail != self._known:
            self._known = mail
            self._ask()
        self.update()

    def watch_now(self) -> None:
        self.update()

    _known: MailStatus | None = None

    @property
    def _mail(self) -> MailStatus:
        return self.board.snapshot.mail if self.board is not None else MailStatus()

    def _ask(self) -> None:
        self.inquire("outbox", partial(self.source.queries.outbox, MOST_ENTRIES), self._show)

    def _show(self, entries: list[OutboxEntry]) -> None:
        self._entries = {(entry.message, entry.notification): entry for entry in entries}
        self.update()
        items = self.query_one(ItemList)
        items.show(
            [Item(partial(self._line, entry), key) for key, entry in self._entries.items()],
            empty="Nothing waits, and nothing has been sent yet.",
        )

    def _line(self, entry: OutboxEntry, size: int) -> Spans:
        return outbox_line(entry, self.now, size)

    def paint_parts(self) -> None:
        """Show what changes with the clock and the selection."""
        self.query_one("#mail", StyledBlock).show(partial(mail_headline, self._mail, self.now))
        self.query_one("#message", StyledBlock).show(partial(_message, self._chosen, self.now))
        self.query_one(ItemList).repaint()

    @property
    def _chosen(self) -> OutboxEntry | None:
        key = self.query_one(ItemList).selected
        return next((entry for known, entry in self._entries.items() if known == key), None)

    def on_selectable_view_selected(self) -> None:
        self.update()

    def on_selectable_view_opened(self) -> None:
        self.action_view()

    # ------------------------------------------------------------ actions

    def action_retry(self) -> None:
        self.request(RetryMail(), "Trying everything in the outbox now")

    def action_view(self) -> None:
        entry = self._chosen
        if entry is None:
            self.notify("There is no mail to view.", severity="warning", markup=False)
        elif entry.message is None:
            text = "It is written when mail works again, and says what is true then."
            self.notify(text, severity="warning", markup=False)
        else:
            self.read_mail(partial(self.source.queries.message, entry.message))

    def action_discard(self) -> None:
        entry = self._chosen
        if entry is None or not can_be_discarded(entry):
            self.notify("There is nothing to discard: no recipient waits for it.", severity="warning", markup=False)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.request(Discard(entry), f"Discarding {entry.subject}")

        question = f"Discard this mail? Those who have not got it never will.\n\n{entry.subject}"
        self.app.push_screen(QuestionDialog(question, yes="discard it", no="keep it"), answered)


def _message(entry: OutboxEntry | None, now: Instant, size: int) -> list[Spans]:
    return [] if entry is None else [cut_line(line, size) for line in delivery_lines(entry, now)]
