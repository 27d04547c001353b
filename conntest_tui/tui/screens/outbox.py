"""The outbox: every mail and notification, how far it has come, and what the mail server said."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from conntest_tui.clock import Instant
from conntest_tui.model import MailStatus
from conntest_tui.model.query_results import DeliveryState, DeliveryStatus, OutboxEntry
from conntest_tui.model.requests import Discard, RetryMail
from conntest_tui.text import span
from conntest_tui.tui.delivery_phrases import (
    DELIVERY_SIGNS,
    UNDER_WAY,
    blamed,
    delivery_sign,
    entry_sign,
    is_open,
    mailbox,
    named,
    server_trouble,
    worst_delivery,
)
from conntest_tui.tui.dialogs import QuestionDialog
from conntest_tui.tui.host_phrases import time_of_day, with_seconds
from conntest_tui.tui.item_list import Item, ItemList
from conntest_tui.tui.screens.base import PageScreen
from conntest_tui.tui.state_signs import MAIL_SIGNS
from conntest_tui.tui.styled_text import Span, Spans, Style, cells, cut_line, fill, width, wrapped
from conntest_tui.tui.styled_widgets import StyledBlock

_STATE, _AGE, _TRIES, _NEXT, _TO = 12, 8, 5, 8, 24
_GAPS = "  "
_WIDE = 100  # cells of a line from which on it shows tries and recipients
_INDENT = 1 + _STATE + len(_GAPS)  # cells to the left of a line that says why

MOST_ENTRIES = 500
_EVERY = 2.0  # seconds between two looks at the outbox

# What each state means, and what is to be done about it, of those that need an explanation.
_MEANINGS = {
    DeliveryState.REFUSED: "The server refuses it for good. Correct the address; discarding takes it off the list.",
    DeliveryState.EXPIRED: "It was tried for days, and is not tried any more. Discarding takes it off the list.",
    DeliveryState.HELD: "It needs you: correct what the server complains of, then retry.",
    DeliveryState.QUEUED: "It is tried again by itself.",
    DeliveryState.WITHDRAWN: "What it says has gone into a later mail, or need not be said any more.",
}
UNWRITTEN = "Its mail is written with the next try, and says what is true then."

Key = tuple[int | None, int | None]


def mail_headline(mail: MailStatus, now: Instant, size: int) -> list[Spans]:
    """Return how mail is doing on one line; the selected mail tells the rest of a long reply."""
    word, style = MAIL_SIGNS[mail.health]
    said = [Span(f" {word[0].upper()}{word[1:]}", style)]
    if mail.queued:
        said.append(Span(f"  {mail.queued} not delivered yet", Style.STRONG))
    if mail.next_try is not None:
        said.append(Span(f"  next try {with_seconds(mail.next_try)}", Style.DIM))
    if mail.delivered is not None:
        said.append(Span(f"  last delivered {time_of_day(mail.delivered, now)}", Style.DIM))
    if mail.text:
        said.append(Span(f"  {mail.text}", style if style is Style.DOWN else Style.TEXT))
    return [cut_line(said, size)]


def recipients_width(entries: Sequence[OutboxEntry], size: int) -> int:
    """Return the cells that recipients get on each line: all that they need, as far as no subject is cut for it."""
    if size < _WIDE:
        return 0
    rest = size - width(_line(("", "", "", "", ""), _TO, size)) + _TO - len(_GAPS)
    full, brief = (max((cells(_recipients(entry, form)) for entry in entries), default=0) for form in (str, mailbox))
    subjects = max((cells(entry.subject) for entry in entries), default=0)
    return min(full, max(brief, rest - subjects))


def outbox_titles(to: int, size: int) -> Spans:
    """Return the titles over `outbox_line`s; `to` is `recipients_width`."""
    return (
        Span("".join(part.text for part in _line(("State", "Age", "Tries", "Next try", "To"), to, size)), Style.TITLE),
        Span(f"{_GAPS}Subject", Style.TITLE),
    )


def outbox_line(entry: OutboxEntry, mail: MailStatus, now: Instant, to: int, size: int) -> Spans:
    """Return a mail, or a notification of which none is composed yet, as one line of at most `size` cells.

    Args:
        entry: the mail or notification.
        mail: how mail is doing: when a notification has its turn.
        now: this moment.
        to: cells of the recipients, see `recipients_width`.
        size: cells at most.
    """
    shape, word, style = entry_sign(entry)
    tries = max((delivery.attempts for delivery in entry.deliveries), default=0)
    dues = [delivery.next_try for delivery in entry.deliveries] if entry.deliveries else [mail.next_try]
    next_try = min((due for due in dues if due is not None), default=None)
    due = "" if next_try is None else "now" if next_try <= now.wall else with_seconds(next_try)
    age = span(now.wall - entry.created)
    full = _recipients(entry, str)
    to_whom = full if cells(full) <= to else _recipients(entry, mailbox)
    first, *others = _line((f"{shape} {word}", age, str(tries or ""), due, to_whom), to, size)
    rest = [Span(part.text, Style.DIM) for part in others]
    return cut_line((Span(first.text, style), *rest, Span(f"{_GAPS}{entry.subject}")), size)


def _line(texts: Sequence[str], to: int, size: int) -> Spans:
    """Return state, age, tries, next try and recipients, each as wide as its column, as far as there is room."""
    state, age, tries, due, recipients = texts
    columns = [fill(age, _AGE, right=True)]
    if size >= _WIDE:
        columns.append(fill(tries, _TRIES, right=True))
    columns.append(fill(due, _NEXT, right=True))
    if to:
        columns.append(fill(recipients, to))
    return Span(f" {fill(state, _STATE)}"), *(Span(_GAPS + column) for column in columns)


def _recipients(entry: OutboxEntry, form: Callable[[str], str]) -> str:
    """Return all recipients in this form; if they have not fared alike, with signs, who has not got it first."""
    ways = sorted(entry.deliveries, key=lambda delivery: list(DELIVERY_SIGNS).index(delivery.state))
    if len({delivery.state for delivery in ways}) <= 1:
        return ", ".join(form(delivery.recipient) for delivery in entry.deliveries)
    return ", ".join(f"{delivery_sign(delivery)[0]} {form(delivery.recipient)}" for delivery in ways)


def reason_line(entry: OutboxEntry, mail: MailStatus, now: Instant, size: int) -> Spans:
    """Return why a mail has not got to all of its recipients: who is without it, the server's words, who has it.

    What is wrong with the server as a whole (login, certificate, connection) is told of the server.
    """
    worst = worst_delivery(entry)
    if worst is None:
        return ()
    sent = [delivery.recipient for delivery in entry.deliveries if delivery.state is DeliveryState.SENT]
    has_it = f"; {named(sent)} {'has' if len(sent) == 1 else 'have'} it" if sent else ""
    reply = worst.reply or f"since {time_of_day(worst.changed, now)}"
    return cut_line((Span(" " * _INDENT), Span(f"{blamed(worst, mail)}: {reply}{has_it}", Style.DIM)), size)


def delivery_lines(entry: OutboxEntry, mail: MailStatus, now: Instant) -> list[Spans]:
    """Return everything about one mail: what it is, a line for each recipient, and what that state means."""
    head = (Span(f" {entry.subject}", Style.STRONG), Span(f"  {entry.kind}, {_created(entry, now)}", Style.DIM))
    worst = worst_delivery(entry)
    if worst is None:
        due = f" Next try {with_seconds(mail.next_try)}." if mail.next_try is not None else ""
        trouble = server_trouble(mail)
        why = f" mail server: {trouble}.{due}" if trouble else due
        return [head, *([(Span(why),)] if why else []), (Span(f" {UNWRITTEN}", Style.DIM),)]
    widest = max(cells(delivery.recipient) for delivery in entry.deliveries)
    meaning = _MEANINGS.get(worst.state, "")
    lines = [head, *(_delivery(delivery, min(widest, 40), now) for delivery in entry.deliveries)]
    return [*lines, (Span(f" {meaning}", Style.DIM),)] if meaning else lines


def _created(entry: OutboxEntry, now: Instant) -> str:
    at = time_of_day(entry.created, now)
    return f"news of {at}, no mail written yet" if entry.message is None else f"written {at}"


def _delivery(delivery: DeliveryStatus, size: int, now: Instant) -> Spans:
    shape, word, style = delivery_sign(delivery)
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
        yield ItemList(empty="Reading the outbox …", titles=self._titles)
        yield StyledBlock(id="message")

    def on_mount(self) -> None:
        super().on_mount()
        self._entries: dict[Key, OutboxEntry] | None = None  # before the first answer
        self.set_interval(_EVERY, self.ask)
        self.ask()
        self.paint_parts()

    def watch_board(self) -> None:
        mail = self._mail
        if mail != self._known:
            self._known = mail
            self.ask()
        self.update()

    def watch_now(self) -> None:
        self.update()

    _known: MailStatus | None = None

    @property
    def _mail(self) -> MailStatus:
        return self.board.snapshot.mail if self.board is not None else MailStatus()

    def ask(self) -> None:
        """Ask what the outbox holds."""
        self.inquire("outbox", partial(self.source.queries.outbox, MOST_ENTRIES), self._show)

    def _show(self, entries: list[OutboxEntry]) -> None:
        self._entries = {(entry.message, entry.notification): entry for entry in entries}
        self._arrange()

    def on_resize(self) -> None:
        """Say why below each mail, or not, once the list has its new height."""
        self.call_after_refresh(self._arrange)

    def _arrange(self) -> None:
        """Show the list; where there is room, what has not arrived says why on a line of its own."""
        if not self.is_open or self._entries is None:
            return
        self.update()
        items = self.query_one(ItemList)
        entries = self._entries.values()
        explained = [entry for entry in entries if entry.deliveries and is_open(entry)]  # the others wait for mail
        has_room = len(entries) + len(explained) <= items.page
        shown = []
        for key, entry in self._entries.items():
            shown.append(Item(partial(self._line, entry), key))
            if has_room and entry in explained:
                shown.append(Item(partial(self._reason, entry)))
        items.show(shown, empty="Nothing waits, and nothing has been sent yet.")

    def _titles(self, size: int) -> Spans:
        return outbox_titles(self._to(size), size)

    def _to(self, size: int) -> int:
        return recipients_width(tuple((self._entries or {}).values()), size)

    def _line(self, entry: OutboxEntry, size: int) -> Spans:
        return outbox_line(entry, self._mail, self.now, self._to(size), size)

    def _reason(self, entry: OutboxEntry, size: int) -> Spans:
        return reason_line(entry, self._mail, self.now, size)

    def paint_parts(self) -> None:
        """Show what changes with the clock and the selection."""
        self.query_one("#mail", StyledBlock).show(partial(mail_headline, self._mail, self.now))
        self.query_one("#message", StyledBlock).show(partial(_message, self._chosen, self._mail, self.now))
        self.query_one(ItemList).repaint()

    @property
    def _chosen(self) -> OutboxEntry | None:
        key = self.query_one(ItemList).selected
        return next((entry for known, entry in (self._entries or {}).items() if known == key), None)

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
            self.notify(UNWRITTEN, severity="warning", markup=False)
        else:
            self.read_mail(partial(self.source.queries.message, entry.message))

    def action_discard(self) -> None:
        entry = self._chosen
        if entry is None or not is_open(entry):
            self.notify("There is nothing to discard: no recipient waits for it.", severity="warning", markup=False)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.request(Discard(entry), f"Discarding {entry.subject}")

        question = f"Discard this mail? Those who have not got it never will.\n\n{entry.subject}"
        self.app.push_screen(QuestionDialog(question, yes="discard it", no="keep it"), answered)


def _message(entry: OutboxEntry | None, mail: MailStatus, now: Instant, size: int) -> list[Spans]:
    if entry is None:
        return []
    return [part for line in delivery_lines(entry, mail, now) for part in wrapped(line, size, 4)]
