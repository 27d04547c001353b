"""The outbox: every letter and notice, how far it has come, and what the mail server said."""

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from conntest_tui.clock import Instant
from conntest_tui.model import MailStatus
from conntest_tui.model.reports import OutboxEntry
from conntest_tui.tui.ink.pieces import Pieces, cut_line
from conntest_tui.tui.screens.page import Page
from conntest_tui.tui.screens.window import Question, TextWindow
from conntest_tui.tui.texts.letterlines import (
    can_be_discarded,
    delivery_lines,
    mail_headline,
    outbox_line,
    outbox_titles,
)
from conntest_tui.tui.widgets.block import Block
from conntest_tui.tui.widgets.item_list import Item, ItemList

MOST_ENTRIES = 500
_EVERY = 2.0  # seconds between two looks at the outbox

Key = tuple[int | None, int | None]


class OutboxScreen(Page):
    """What waits, what is under way, what was delivered; and everything about the selected one."""

    BINDING_GROUP_TITLE = "Outbox"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", "Retry now", id="outbox.retry", tooltip="Try everything now, whatever the server said"),
        Binding("v", "view", "View", id="outbox.view", tooltip="Read the selected letter"),
        Binding("d", "discard", "Discard", id="outbox.discard", tooltip="Deliver the selected letter no more"),
    ]

    def compose_page(self) -> ComposeResult:
        """Yield how mail is doing, the list, and the selected letter."""
        yield Block(id="mail")
        yield ItemList(empty="Reading the outbox …", titles=outbox_titles)
        yield Block(id="letter")

    def on_mount(self) -> None:
        """Ask for the outbox, again and again."""
        super().on_mount()
        self._entries: dict[Key, OutboxEntry] = {}
        self.set_interval(_EVERY, self._ask)
        self._ask()
        self.paint_parts()

    def watch_board(self) -> None:
        """Show how mail is doing, and ask again when that is news."""
        mail = self._mail
        if mail != self._known:
            self._known = mail
            self._ask()
        self.update()

    def watch_now(self) -> None:
        """Let the ages go on."""
        self.update()

    _known: MailStatus | None = None

    @property
    def _mail(self) -> MailStatus:
        return self.board.snapshot.mail if self.board is not None else MailStatus()

    def _ask(self) -> None:
        self.inquire("outbox", partial(self.source.answers.outbox, MOST_ENTRIES), self._show)

    def _show(self, entries: list[OutboxEntry]) -> None:
        self._entries = {(entry.message, entry.notification): entry for entry in entries}
        self.update()
        items = self.query_one(ItemList)
        items.show(
            [Item(partial(self._line, entry), key) for key, entry in self._entries.items()],
            empty="Nothing waits, and nothing has been sent yet.",
        )

    def _line(self, entry: OutboxEntry, size: int) -> Pieces:
        return outbox_line(entry, self.now, size)

    def paint_parts(self) -> None:
        """Show what changes with the clock and the selection."""
        self.query_one("#mail", Block).show(partial(mail_headline, self._mail, self.now))
        self.query_one("#letter", Block).show(partial(_letter, self._chosen, self.now))
        self.query_one(ItemList).repaint_changed()

    @property
    def _chosen(self) -> OutboxEntry | None:
        key = self.query_one(ItemList).selected
        return next((entry for known, entry in self._entries.items() if known == key), None)

    def on_item_list_selected(self) -> None:
        """Show the letter that is selected now."""
        self.update()

    def on_item_list_opened(self) -> None:
        """Show the text of the letter."""
        self.action_view()

    # ------------------------------------------------------------ actions

    def action_retry(self) -> None:
        """Have everything tried now."""
        self.source.retry_mail()
        self.notify("Trying everything in the outbox now", markup=False)

    def action_view(self) -> None:
        """Show the text of the selected letter."""
        entry = self._chosen
        if entry is None:
            self.notify("There is no letter to view.", severity="warning", markup=False)
        elif entry.message is None:
            text = "Its letter is written when mail works again, and tells what is true then."
            self.notify(text, severity="warning", markup=False)
        else:
            self.inquire("letter", partial(self.source.answers.letter, entry.message), self._read)

    def _read(self, text: str) -> None:
        self.app.push_screen(TextWindow("Letter", text))

    def action_discard(self) -> None:
        """Discard the selected letter, once that is confirmed."""
        entry = self._chosen
        if entry is None or not can_be_discarded(entry):
            self.notify("There is nothing to discard: nobody is still to get it.", severity="warning", markup=False)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.source.discard(entry)
                self.notify(f"Discarding {entry.subject}", markup=False)

        question = f"Discard this letter? Those who have not got it never will.\n\n{entry.subject}"
        self.app.push_screen(Question(question, yes="discard it", no="keep it"), answered)


def _letter(entry: OutboxEntry | None, now: Instant, size: int) -> list[Pieces]:
    return [] if entry is None else [cut_line(line, size) for line in delivery_lines(entry, now)]
