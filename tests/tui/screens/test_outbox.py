"""The outbox under an operator's hands, and its lines."""

from dataclasses import replace

import pytest

from conntest_tui.model import MailHealth, MailStatus
from conntest_tui.model.query_results import DeliveryState, OutboxEntry
from conntest_tui.tui.dialogs import QuestionDialog, TextDialog
from conntest_tui.tui.item_list import ItemList
from conntest_tui.tui.screens.console import ConsoleScreen
from conntest_tui.tui.screens.outbox import (
    OutboxScreen,
    delivery_lines,
    mail_headline,
    outbox_line,
    outbox_titles,
    reason_line,
    recipients_width,
)
from conntest_tui.tui.styled_text import width
from tests.fakes import NOON, FakeClock
from tests.tui.fake_source import FakeSource
from tests.tui.page_scenes import MAIL_TEXT, SERVER, busy, delivery, mails, quiet
from tests.tui.scenes import NOC, NOW, everything_up
from tests.tui.seat import WIDTHS, PageSeat, page, text

WAITING = MailStatus(MailHealth.WAITING, SERVER, 3, NOON - 857, NOON + 107)


async def select(seat: PageSeat, word: str) -> None:
    """Go to the first mail in a state."""
    await seat.shows(lambda: len(seat.listed()) > 1)
    await seat.press("home")
    while not any(line.startswith("▌") and word in line for line in seat.listed()):
        await seat.press("down")


async def test_o_lists_every_mail_with_its_fate() -> None:
    async with page(busy(), "o") as seat:
        assert isinstance(seat.page, OutboxScreen)
        await seat.shows(lambda: sum("[" in line for line in seat.listed()) == len(mails()))
        assert seat.listed()[0].split()[:3] == ["State", "Age", "Tries"]
        for state in ("unsent", "retrying", "stuck", "refused", "mailed", "discarded"):
            assert any(state in line for line in seat.listed())
        assert "3 not delivered yet  next try 16:15:07  last delivered 15:59" in seat.block("#mail")[0]
        await seat.press("escape")
        assert isinstance(seat.page, ConsoleScreen)


async def test_an_empty_outbox_says_so() -> None:
    async with page(quiet(), "o") as seat:
        await seat.shows(lambda: "Nothing waits" in seat.listed()[-1])
        assert "Mail ready" in seat.block("#mail")[0]
        await seat.press("d", "enter")
        assert seat.source.asked == []
        assert len(seat.toasts()) == 2


async def test_the_selected_mail_says_what_the_server_said_to_each_recipient() -> None:
    async with page(busy(), "o") as seat:
        await select(seat, "retrying")
        said = seat.block("#message")
        assert said[0].startswith(" [DOWN] Cisco Router")
        assert "250 2.0.0 Ok" in said[1]
        assert "next 16:15:07, may have arrived" in said[2]
        await select(seat, "stuck")
        assert "535 5.7.8 authentication failed" in seat.block("#message")[1]


async def test_r_has_everything_tried_now() -> None:
    async with page(busy(), "o", "r") as seat:
        assert seat.source.asked == [("retry_mail",)]
        assert seat.toasts() == ["Trying everything in the outbox now"]


async def test_a_mail_can_be_read_by_key_and_by_double_click() -> None:
    async with page(busy(), "o") as seat:
        await select(seat, "retrying")
        for key in ("space", "enter"):
            await seat.press(key)
            await seat.shows(lambda: isinstance(seat.page, TextDialog))
            assert MAIL_TEXT.strip() in str(seat.page.query_one("VerticalScroll > Static").render())
            await seat.press("escape")
        await seat.click(ItemList, 40, 2, times=2)
        await seat.shows(lambda: isinstance(seat.page, TextDialog))


async def test_a_notice_has_no_text_to_read_yet() -> None:
    async with page(busy(), "o") as seat:
        await select(seat, "unsent")
        await seat.press("enter")
        assert "is written with the next try" in seat.toasts()[-1]


async def test_a_mail_is_discarded_once_that_is_confirmed() -> None:
    async with page(busy(), "o") as seat:
        await select(seat, "stuck")
        await seat.press("d")
        assert isinstance(seat.page, QuestionDialog)
        for key in ("n", "escape", "q"):
            await seat.press(key)
            assert isinstance(seat.page, OutboxScreen)
            assert seat.source.asked == []
            await seat.press("d")
        await seat.press("y")
        assert seat.source.asked == [("discard", 11, None)]
        assert seat.toasts() == ["Discarding [FLAPPING] Oslo router (10.9.1.1) - Oslo"]


async def test_a_notice_can_be_discarded_too() -> None:
    async with page(busy(), "o") as seat:
        await select(seat, "unsent")
        await seat.press("d", "y")
        assert seat.source.asked == [("discard", None, 31)]


async def test_what_was_delivered_cannot_be_discarded() -> None:
    async with page(busy(), "o") as seat:
        await select(seat, "✓ mailed")
        await seat.press("d")
        assert isinstance(seat.page, OutboxScreen)
        assert "nothing to discard" in seat.toasts()[-1]


async def test_news_of_mail_are_shown_and_the_selection_stays() -> None:
    source = busy()
    async with page(source, "o") as seat:
        await select(seat, "retrying")
        entries = mails()[1:]
        sent = tuple(delivery(d.recipient, DeliveryState.SENT, reply="250 kept") for d in entries[0].deliveries)
        source.queries.entries = [*entries[1:2], *entries[3:], replace(entries[0], deliveries=sent)]
        assert source.first is not None
        await seat.seat.tell(replace(source.first, mail=MailStatus(MailHealth.OK, "250 kept", 0, NOON)))
        await seat.shows(lambda: "Mail ok" in seat.block("#mail")[0])
        await seat.shows(lambda: "250 kept" in seat.block("#message")[1])
        assert seat.part(ItemList).selected == (12, None)


async def test_ages_go_on_by_themselves() -> None:
    clock = FakeClock()
    async with page(busy(), "o", clock=clock) as seat:
        await seat.shows(lambda: any(" 40s " in line for line in seat.listed()))
        clock.pass_(5)
        await seat.shows(lambda: any(" 45s " in line for line in seat.listed()))


async def test_hostile_text_is_shown_as_it_is() -> None:
    source = FakeSource(everything_up())
    refused = delivery("[/]@x.org", DeliveryState.REFUSED, reply="[@click=app.quit]no[/]")
    source.queries.entries = [OutboxEntry(1, None, "down", "[b]subject[/b]", NOON, (refused,))]
    async with page(source, "o") as seat:
        await seat.shows(lambda: any("[b]subject[/b]" in line for line in seat.listed()))
        assert "[@click=app.quit]no[/]" in seat.block("#message")[1]
        await seat.press("d")
        assert "[b]subject[/b]" in str(seat.page.query_one("Static").render())


# ---------------------------------------------------------------- what its lines say


def line_of(entry: OutboxEntry, size: int, mail: MailStatus = WAITING) -> str:
    return text(outbox_line(entry, mail, NOW, recipients_width(mails(), size), size))


def test_a_line_of_the_outbox_has_everything_where_there_is_room() -> None:
    for said in (
        "… retrying    ",
        "14m 21s",
        " 4 ",
        "16:15:07",
        "… noc@company.net, ✓ admin@company.net",
        "[DOWN] Cisco Router (10.1.1.254) - Bldg 6 MDF 101",
    ):
        assert said in line_of(mails()[1], 200)


def test_where_there_is_room_neither_recipients_nor_subject_are_cut() -> None:
    for entry in mails():
        line = line_of(entry, 120)
        assert line.endswith(entry.subject)
        assert all(delivery.recipient.partition("company")[0] in line for delivery in entry.deliveries)
        wide = line_of(entry, 140)
        assert wide.endswith(entry.subject)
        assert all(delivery.recipient in wide for delivery in entry.deliveries)


def test_a_try_that_is_due_is_now() -> None:
    entry = OutboxEntry(1, None, "down", "[DOWN]", NOON, (delivery("a@x.org", DeliveryState.QUEUED, wait=0),))
    assert " now  " in line_of(entry, 80)


def test_news_without_a_mail_are_tried_when_mail_is() -> None:
    assert "16:15:07" in line_of(mails()[0], 80)
    assert line_of(mails()[0], 80).startswith(" ○ unsent ")


@pytest.mark.parametrize("size", WIDTHS[:3])
def test_the_titles_stand_above_their_columns(size: int) -> None:
    title, line = text(outbox_titles(recipients_width(mails(), size), size)), line_of(mails()[1], size)
    assert title.index("Subject") == line.index("[DOWN]")
    assert title.index("Next try") == line.index("16:15:07")
    assert size < 100 or title.index("To") == line.index("… noc@")


def test_the_servers_last_words_are_told_for_each_recipient_and_what_that_means() -> None:
    head, sent, waiting, meaning = delivery_lines(mails()[1], WAITING, NOW)
    assert text(head) == " [DOWN] Cisco Router (10.1.1.254) - Bldg 6 MDF 101  down, written 15:58"
    assert text(sent).split() == ["✓", "mailed", "admin@company.net", "1", "try,", "15:59", "250", "2.0.0", "Ok"]
    assert "4 tries, next 16:15:07, may have arrived  451 4.7.1 greylisted" in text(waiting)
    assert text(meaning) == " It is tried again by itself."


def test_a_notification_says_when_and_why_no_mail_is_written_of_it_yet() -> None:
    head, why, then = (text(line) for line in delivery_lines(mails()[0], WAITING, NOW))
    assert head.endswith("removed, news of 16:12, no mail written yet")
    assert why == f" mail server: {SERVER}. Next try 16:15:07."
    assert "is written with the next try" in then


def test_a_notification_is_not_told_what_the_server_said_about_somebody() -> None:
    about_one = replace(WAITING, text=f"{NOC}: {SERVER}")
    _, why, _ = (text(line) for line in delivery_lines(mails()[0], about_one, NOW))
    assert why == " Next try 16:15:07."


def test_how_mail_is_doing_is_one_line() -> None:
    long = replace(WAITING, text=f"{NOC}: {SERVER} " * 4)
    for size in (60, 80, 120):
        (line,) = mail_headline(long, NOW, size)
        assert width(line) <= size


def test_why_a_mail_has_not_arrived_is_said_below_it_with_who_has_it() -> None:
    said = [
        text(reason_line(entry, replace(WAITING, text=f"{NOC}: {SERVER}"), NOW, 120)).strip() for entry in mails()[:4]
    ]
    assert said == [
        "",
        f"noc@company.net: {SERVER}; admin@company.net has it",
        "mail server: 535 5.7.8 authentication failed",
        "old@company.net: 550 5.1.1 no such mailbox",
    ]


@pytest.mark.parametrize(("size", "shown"), [((120, 40), True), ((80, 24), True), ((60, 15), False)])
async def test_reasons_stand_below_their_mails_where_there_is_room_for_all(size: tuple[int, int], shown: bool) -> None:
    async with page(busy(), "o", size=size) as seat:
        await seat.shows(lambda: any("[DOWN]" in line for line in seat.listed()))
        await seat.shows(lambda: any("no such mailbox" in line for line in seat.listed()) == shown)
