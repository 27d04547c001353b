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
    can_be_discarded,
    delivery_lines,
    outbox_line,
    outbox_titles,
    standing,
)
from tests.fakes import NOON, FakeClock
from tests.tui.fake_source import FakeSource
from tests.tui.page_scenes import MAIL_TEXT, SERVER, busy, delivery, mails, quiet
from tests.tui.scenes import NOW, everything_up
from tests.tui.seat import WIDTHS, PageSeat, page, text


async def select(seat: PageSeat, word: str) -> None:
    """Go to the first mail in a state."""
    await seat.shows(lambda: len(seat.listed()) > 1)
    await seat.press("home")
    while not any(line.startswith("▌") and word in line for line in seat.listed()):
        await seat.press("down")


async def test_o_lists_every_mail_with_its_fate() -> None:
    async with page(busy(), "o") as seat:
        assert isinstance(seat.page, OutboxScreen)
        await seat.shows(lambda: len(seat.listed()) == 1 + len(mails()))
        assert seat.listed()[0].split()[:3] == ["State", "Age", "Tries"]
        for state in ("waiting", "queued 1/2", "held", "refused", "sent", "discarded"):
            assert any(state in line for line in seat.listed())
        assert f"3 not delivered yet  next try 16:15:07  {SERVER}" in seat.block("#mail")[0]
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
        await select(seat, "queued")
        said = seat.block("#message")
        assert said[0].startswith(" [DOWN] Cisco Router")
        assert "250 2.0.0 Ok" in said[1]
        assert "next 16:15:07, may have arrived" in said[2]
        await select(seat, "held")
        assert "535 5.7.8 authentication failed" in seat.block("#message")[1]


async def test_r_has_everything_tried_now() -> None:
    async with page(busy(), "o", "r") as seat:
        assert seat.source.asked == [("retry_mail",)]
        assert seat.toasts() == ["Trying everything in the outbox now"]


async def test_a_mail_can_be_read_by_key_and_by_double_click() -> None:
    async with page(busy(), "o") as seat:
        await select(seat, "queued")
        for key in ("space", "enter"):
            await seat.press(key)
            await seat.shows(lambda: isinstance(seat.page, TextDialog))
            assert MAIL_TEXT.strip() in str(seat.page.query_one("VerticalScroll > Static").render())
            await seat.press("escape")
        await seat.click(ItemList, 40, 3, times=2)
        await seat.shows(lambda: isinstance(seat.page, TextDialog))


async def test_a_notice_has_no_text_to_read_yet() -> None:
    async with page(busy(), "o") as seat:
        await select(seat, "waiting")
        await seat.press("enter")
        assert "It is written when mail works again" in seat.toasts()[-1]


async def test_a_mail_is_discarded_once_that_is_confirmed() -> None:
    async with page(busy(), "o") as seat:
        await select(seat, "held")
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
        await select(seat, "waiting")
        await seat.press("d", "y")
        assert seat.source.asked == [("discard", None, 31)]


async def test_what_was_delivered_cannot_be_discarded() -> None:
    async with page(busy(), "o") as seat:
        await select(seat, "sent")
        await seat.press("d")
        assert isinstance(seat.page, OutboxScreen)
        assert "nothing to discard" in seat.toasts()[-1]


async def test_news_of_mail_are_shown_and_the_selection_stays() -> None:
    source = busy()
    async with page(source, "o") as seat:
        await select(seat, "queued")
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


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((), "○ waiting"),
        ((DeliveryState.SENT, DeliveryState.SENT), "✓ sent"),
        ((DeliveryState.SENT, DeliveryState.QUEUED), "… queued 1/2"),
        ((DeliveryState.HELD, DeliveryState.REFUSED, DeliveryState.REFUSED), "✕ refused 2/3"),
        ((DeliveryState.WITHDRAWN,), "↺ taken back"),
    ],
)
def test_a_mail_is_as_far_as_the_delivery_that_needs_somebody_most(
    states: tuple[DeliveryState, ...], said: str
) -> None:
    deliveries = tuple(delivery(f"{at}@x.org", state) for at, state in enumerate(states))
    assert standing(OutboxEntry(1, None, "down", "[DOWN]", NOON, deliveries)).text == said


def test_every_state_of_a_delivery_has_a_look() -> None:
    for state in DeliveryState:
        assert standing(OutboxEntry(1, None, "down", "[DOWN]", NOON, (delivery("a@x.org", state),))).text


def test_only_what_somebody_may_still_get_or_has_lost_can_be_discarded() -> None:
    found = {standing(entry).text: can_be_discarded(entry) for entry in mails()}
    assert found == {
        "○ waiting": True,
        "… queued 1/2": True,
        "! held": True,
        "✕ refused": True,
        "✓ sent": False,
        "× discarded": False,
    }


def test_a_line_of_the_outbox_has_everything_where_there_is_room() -> None:
    line = text(outbox_line(mails()[1], NOW, 200))
    assert line.split("  ")[0] == " … queued 1/2"
    for told in ("14m 21s", "down", " 4 ", "16:15:07", "2: admin@company.net", "[DOWN] Cisco Router"):
        assert told in line


def test_a_try_that_is_due_is_now() -> None:
    entry = OutboxEntry(1, None, "down", "[DOWN]", NOON, (delivery("a@x.org", DeliveryState.QUEUED, wait=0),))
    assert " now  " in text(outbox_line(entry, NOW, 80))


@pytest.mark.parametrize("size", WIDTHS[:3])
def test_the_titles_stand_above_their_columns(size: int) -> None:
    title, line = text(outbox_titles(size)), text(outbox_line(mails()[1], NOW, size))
    assert title.index("Subject") == line.index("[DOWN]")
    assert title.index("Next try") + 8 == line.index("16:15:07") + 8


def test_the_servers_last_words_are_told_for_each_recipient() -> None:
    head, sent, queued = delivery_lines(mails()[1], NOW)
    assert text(head) == " [DOWN] Cisco Router (10.1.1.254) - Bldg 6 MDF 101  down, written 15:58"
    assert text(sent).split() == ["✓", "sent", "admin@company.net", "1", "try,", "15:59", "250", "2.0.0", "Ok"]
    assert "4 tries, next 16:15:07, may have arrived  451 4.7.1 greylisted" in text(queued)


def test_a_notification_says_that_no_mail_is_written_of_it_yet() -> None:
    assert "It is written when mail works again" in text(delivery_lines(mails()[0], NOW)[1])
