"""What became of mails, in the words of the console."""

from dataclasses import replace

import pytest

from conntest_tui.model import MailHealth, MailStatus, State
from conntest_tui.model.query_results import DeliveryState, DeliveryStatus, OutboxEntry
from conntest_tui.tui.delivery_phrases import (
    DELIVERY_SIGNS,
    blamed,
    entry_sign,
    host_mail_phrases,
    is_open,
    mail_about,
    mail_note,
    mail_note_brief,
    who_was_mailed,
)
from conntest_tui.tui.selected_line import detail_line
from conntest_tui.tui.styled_text import Style
from tests.fakes import NOON
from tests.tui.page_scenes import SERVER, arrived, delivery, mails
from tests.tui.scenes import ADMIN, DAY, HOSTS, HOUR, MAIL_OK, NOC, NOW, down, judged, muted, unreachable, up

STATE = DeliveryState
WAITING = MailStatus(MailHealth.WAITING, SERVER, 1, None, NOON + 107)


def mail(*deliveries: DeliveryStatus, ago: float = 861) -> OutboxEntry:
    return OutboxEntry(1, None, "down", "[DOWN] Cisco Router", NOON - ago, deliveries)


def said(entry: OutboxEntry, doing: MailStatus = MAIL_OK) -> list[str]:
    return [span.text for span in who_was_mailed(entry, NOW, doing)]


@pytest.mark.parametrize(
    ("states", "shown"),
    [
        ((), "○ unsent"),
        ((STATE.SENT, STATE.SENT), "✓ mailed"),
        ((STATE.SENT, STATE.QUEUED), "… retrying"),
        ((STATE.HELD, STATE.QUEUED), "! stuck"),
        ((STATE.HELD, STATE.REFUSED, STATE.REFUSED), "✕ refused"),
        ((STATE.WITHDRAWN,), "↺ taken back"),
    ],
)
def test_a_mail_is_as_far_as_the_delivery_that_needs_somebody_most(
    states: tuple[DeliveryState, ...], shown: str
) -> None:
    shape, word, _ = entry_sign(mail(*(delivery(f"{at}@x.org", state) for at, state in enumerate(states))))
    assert f"{shape} {word}" == shown


def test_a_mail_that_was_not_tried_yet_is_not_retried() -> None:
    assert entry_sign(mail(delivery(NOC, STATE.QUEUED, tries=0, wait=3)))[1] == "unsent"


def test_every_state_of_a_delivery_has_a_sign_and_a_word_of_its_own() -> None:
    assert set(DELIVERY_SIGNS) == set(STATE)
    assert len({word for _, word, _ in DELIVERY_SIGNS.values()}) == len(STATE)
    assert DELIVERY_SIGNS[STATE.REFUSED][0] != DELIVERY_SIGNS[STATE.DISCARDED][0]


def test_only_what_somebody_may_still_get_or_has_lost_is_open() -> None:
    assert {entry_sign(entry)[1]: is_open(entry) for entry in mails()} == {
        "unsent": True,
        "retrying": True,
        "stuck": True,
        "refused": True,
        "mailed": False,
        "discarded": False,
    }


# ---------------------------------------------------------------- who was mailed


def test_everybody_who_got_a_mail_is_named_with_the_time_and_shorter_where_there_is_no_room() -> None:
    assert said(mail(*arrived(857))) == [
        "mailed 15:59 to admin@company.net, noc@company.net",
        "mailed 15:59 to admin@, noc@",
        "mailed admin@, noc@",
    ]


def test_of_many_the_first_are_named_and_the_others_counted() -> None:
    many = [delivery(f"{name}@x.org", STATE.SENT) for name in "abcdefghij"]
    assert said(mail(*many))[0] == "mailed 15:59 to a@x.org, b@x.org, c@x.org and 7 more"


def test_who_has_not_got_it_is_named_with_the_reason_and_the_next_try() -> None:
    full, *shorter = said(mails()[1])
    assert full == (
        f"mailed 15:59 to {ADMIN}; not yet to {NOC}, next try 16:15 (451 4.7.1 greylisted, come back in five minutes)"
    )
    assert shorter[-1] == "mailed 15:59, not to 1 of 2"
    assert who_was_mailed(mails()[1], NOW, MAIL_OK)[0].style is Style.SUSPECT


def test_a_mail_that_waits_is_not_called_mailed() -> None:
    queued = mail(delivery(NOC, STATE.QUEUED, tries=2, wait=107, reply=SERVER))
    assert said(queued)[0] == f"unsent since 15:58, nobody has it, next try 16:15 ({SERVER})"
    assert not any("mailed" in text for text in said(queued))


def test_news_without_a_mail_wait_for_the_server_and_say_what_it_said() -> None:
    news = OutboxEntry(None, 31, "down", "[DOWN] Cisco Router", NOON - 861)
    assert said(news, WAITING)[0] == f"unsent since 15:58, nobody has it, next try 16:15 ({SERVER})"
    held = MailStatus(MailHealth.HELD, "535 5.7.8 authentication failed", 1)
    assert said(news, held)[0] == "mail is stuck since 15:58, nobody has it: 535 5.7.8 authentication failed"


def test_news_without_a_mail_do_not_take_over_what_was_said_about_a_recipient() -> None:
    news = OutboxEntry(None, 31, "down", "[DOWN] Cisco Router", NOON - 861)
    about_one = MailStatus(MailHealth.WAITING, f"{NOC}: {SERVER}", 2, next_try=NOON + 107)
    assert said(news, about_one)[0] == "unsent since 15:58, nobody has it, next try 16:15"


def test_our_login_is_no_fault_of_who_the_mail_is_for() -> None:
    refused = "535 5.7.8 authentication failed"
    assert blamed(delivery(NOC, STATE.HELD, reply=refused), MAIL_OK) == "mail server"
    lost = delivery(NOC, STATE.QUEUED, reply="connection refused")
    assert blamed(lost, MailStatus(MailHealth.WAITING, "connection refused", 1)) == "mail server"
    assert blamed(lost, MailStatus(MailHealth.WAITING, f"{NOC}: {SERVER}", 1)) == NOC
    assert blamed(delivery(NOC, STATE.QUEUED), MailStatus()) == NOC


def test_on_the_smallest_terminal_the_line_names_who_was_mailed_rather_than_the_reason() -> None:
    entry = mail(*(delivery(to, STATE.SENT) for to in (ADMIN, NOC)))
    line = "".join(span.text for span in detail_line(down(HOSTS[0]), NOW, MAIL_OK, {}, 60, mails=[entry]))
    assert line == " 10.1.1.254  ▼ down since 15:58  mailed admin@, noc@"


def test_what_needs_somebody_is_red() -> None:
    stuck = mail(delivery(NOC, STATE.HELD, reply="553 no"))
    refused = mail(delivery(NOC, STATE.REFUSED, reply="550 no such mailbox"))
    half = mail(*arrived(857)[:1], delivery(NOC, STATE.REFUSED, reply="550 no such mailbox"))
    assert said(stuck)[0] == "mail is stuck since 15:58, nobody has it: 553 no"
    assert said(refused)[0] == "nobody was mailed, refused: 550 no such mailbox"
    assert said(half)[0] == f"mailed 15:59 to {ADMIN}; refused for {NOC}: 550 no such mailbox"
    for entry in (stuck, refused, half):
        assert who_was_mailed(entry, NOW, MAIL_OK)[0].style is Style.DOWN


# ---------------------------------------------------------------- about a host


def test_the_mail_about_an_outage_is_the_newest_since_it_began() -> None:
    outage = down(HOSTS[0]).standing.outage
    newest, older, before = (mail(*arrived(ago), ago=ago) for ago in (300, 861, 2 * HOUR))
    gone = mail(delivery(NOC, STATE.WITHDRAWN), ago=200)
    assert mail_about(outage, [newest, older, before]) is newest
    assert mail_about(outage, [gone, older, before]) is older
    assert mail_about(outage, [before]) is None, "it is about another outage"
    assert mail_about(None, [before]) is before


def test_a_host_says_who_was_mailed_and_when_they_are_mailed_again() -> None:
    status = down(HOSTS[0])
    phrases = [span.text for span in host_mail_phrases(status, [mail(*arrived(857))], NOW, MAIL_OK)]
    assert phrases[0] == "mailed 15:59 to admin@company.net, noc@company.net, again at 16:58"
    assert phrases[-1] == "mailed admin@, noc@"


def test_a_reminder_that_waits_does_not_hide_who_was_mailed_of_the_failure() -> None:
    status = down(HOSTS[0])
    reminder = mail(delivery(NOC, STATE.QUEUED, tries=2, wait=107, reply=SERVER), ago=300)
    texts = [span.text for span in host_mail_phrases(status, [reminder, mail(*arrived(857))], NOW, MAIL_OK)]
    who = "mailed 15:59 to admin@company.net, noc@company.net"
    assert texts[0] == f"{who}; a later mail unsent since 16:08, next try 16:15 ({SERVER})"
    assert f"{who}; a later mail unsent since 16:08, next try 16:15" in texts
    assert texts[-1] == "mailed admin@, noc@"
    stuck = mail(delivery(NOC, STATE.HELD, reply="553 no"), ago=300)
    spans = host_mail_phrases(status, [stuck, mail(*arrived(857))], NOW, MAIL_OK)
    assert spans[0].text == f"{who}; a later mail is stuck since 16:08: 553 no"
    assert spans[0].style is Style.DOWN
    refused = mail(delivery(NOC, STATE.REFUSED, reply="550 no"), ago=300)
    spans = host_mail_phrases(status, [refused, mail(*arrived(857))], NOW, MAIL_OK)
    assert spans[0].text == f"{who}; a later mail refused: 550 no"


def test_a_host_that_somebody_has_taken_says_that_first() -> None:
    entry = mail(*arrived(857))
    taken = host_mail_phrases(down(HOSTS[0], note="Ann"), [entry], NOW, MAIL_OK)[0].text
    assert taken == "acknowledged: Ann; mailed 15:59 to admin@company.net, noc@company.net"
    whose = host_mail_phrases(down(HOSTS[0], note="on it", by="ann"), [entry], NOW, MAIL_OK)[0].text
    assert whose.startswith("acknowledged by ann: on it; mailed 15:59 to")
    quiet = host_mail_phrases(muted(down(HOSTS[0]), HOUR), [entry], NOW, MAIL_OK)[0].text
    assert quiet.startswith("muted until 17:13; mailed 15:59 to")


@pytest.mark.parametrize(
    ("status", "phrase"),
    [
        (up(HOSTS[0]), None),
        (unreachable(HOSTS[1], "10.1.1.254"), "behind 10.1.1.254"),
        (down(replace(HOSTS[0], mail=False)), "wants no mail"),
        (judged(up(HOSTS[0]), state=State.SUSPECT), None),
    ],
)
def test_where_no_mail_is_written_none_is_named(status: object, phrase: str | None) -> None:
    phrases = host_mail_phrases(status, [mail(*arrived(857))], NOW, MAIL_OK)  # type: ignore[arg-type] # a host's
    assert (phrases[0].text if phrases else None) == phrase


def test_mail_that_the_store_has_forgotten_is_told_by_the_outage() -> None:
    status = down(HOSTS[0], 40 * DAY)
    assert host_mail_phrases(status, [], NOW, MAIL_OK)[0].text.startswith("mailed, next 2026-")


@pytest.mark.parametrize(
    ("mail", "note", "brief"),
    [
        ("mailed: first failure", "mail: first failure", "mail"),
        ("not mailed: muted until 20:13", "no mail: muted until 20:13", "no mail"),
        ("mailed", "mail", "mail"),
        ("to noc@company.net", "to noc@company.net", "to noc@"),
        ("to a@x.org, b@x.org, c@x.org", "to a@x.org, b@x.org, c@x.org", "to a@, b@ and 1 more"),
        ("mailed everybody", "mailed everybody", "mailed everybody"),
        ("", "", ""),
    ],
)
def test_what_an_event_says_of_mail_claims_no_arrival(mail: str, note: str, brief: str) -> None:
    assert (mail_note(mail), mail_note_brief(mail)) == (note, brief)
