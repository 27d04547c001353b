"""Message-IDs and threads."""

from dataclasses import replace

import pytest

from conntest_tui.model import Notification, NotificationKind
from conntest_tui.notify.message_ids import MessageIds
from conntest_tui.notify.outage_episodes import episodes_of
from tests.fakes import NOON

MESSAGE_IDS = MessageIds("0123456789", "monitor@company.example")
FAILED = Notification(NotificationKind.FAILED, NOON, host="10.1.1.1", outage=5, started=NOON, id=1)
RESTORED = replace(FAILED, kind=NotificationKind.RESTORED, id=9)
ROOT = "<outage-5.0123456789@company.example>"


def free(_: str) -> bool:
    return False


def unknown(_: Notification) -> None:
    return None


def test_the_failure_is_the_root_of_its_thread() -> None:
    told = episodes_of([FAILED])
    assert MESSAGE_IDS.message_id(told, free) == ROOT
    assert MESSAGE_IDS.references(told, ROOT, unknown) == []


def test_the_recovery_refers_to_the_root() -> None:
    told = episodes_of([RESTORED])
    own = MESSAGE_IDS.message_id(told, free)
    assert own == "<outage-5.9.0123456789@company.example>"
    assert MESSAGE_IDS.references(told, own, unknown) == [ROOT]


def test_it_refers_to_the_digest_that_told_of_the_failure_too() -> None:
    assert MESSAGE_IDS.references(episodes_of([RESTORED]), "<own@x>", lambda _: "<digest@x>") == [ROOT, "<digest@x>"]


def test_a_mail_in_place_of_a_withdrawn_one_has_another_id_and_the_same_thread() -> None:
    told = episodes_of([FAILED])
    own = MESSAGE_IDS.message_id(told, {ROOT}.__contains__)
    assert own == "<outage-5.2.0123456789@company.example>"
    assert MESSAGE_IDS.references(told, own, unknown) == [ROOT]


def test_a_digest_of_first_failures_refers_to_nothing() -> None:
    told = episodes_of([FAILED, replace(FAILED, outage=6, host="10.1.1.2", id=2)])
    assert MESSAGE_IDS.references(told, "<own@x>", unknown) == []


def test_the_ids_of_mails_about_different_things_differ() -> None:
    flapping = replace(FAILED, kind=NotificationKind.FLAPPING, outage=None)
    link = replace(FAILED, kind=NotificationKind.LINK_BACK, outage=None, host="")
    told = [FAILED, RESTORED, replace(RESTORED, kind=NotificationKind.REMINDER, id=8), flapping, link]
    ids = {MESSAGE_IDS.message_id(episodes_of([notification]), free) for notification in told}
    assert len(ids) == len(told)


@pytest.mark.parametrize(
    ("begins", "goes_on", "ends"),
    [
        (NotificationKind.LINK_LOST, NotificationKind.LINK_REMINDER, NotificationKind.LINK_BACK),
        (NotificationKind.CAUSE, NotificationKind.CAUSE_REMINDER, NotificationKind.CAUSE_OVER),
    ],
)
def test_what_keeps_the_monitor_from_asking_is_one_thread(
    begins: NotificationKind, goes_on: NotificationKind, ends: NotificationKind
) -> None:
    first = replace(FAILED, kind=begins, host="no route #5")
    assert MESSAGE_IDS.message_id(episodes_of([first]), free) == ROOT
    for number, kind in enumerate((goes_on, ends), 8):
        told = episodes_of([replace(first, kind=kind, id=number)])
        own = MESSAGE_IDS.message_id(told, free)
        assert own == f"<outage-5.{number}.0123456789@company.example>"
        assert MESSAGE_IDS.references(told, own, unknown) == [ROOT]
        beside = [*told, *episodes_of([replace(FAILED, outage=6, id=2)])]
        assert MESSAGE_IDS.references(beside, "<own@x>", unknown) == [ROOT]
    assert (
        MESSAGE_IDS.references([*episodes_of([first]), *episodes_of([replace(FAILED, outage=6)])], "<own@x>", unknown)
        == []
    )


def test_a_long_domain_is_cut_to_fit_on_a_line() -> None:
    ids = MessageIds("0123456789", "monitor@alerts.department-of-everything.company.example")
    assert ids.message_id(episodes_of([FAILED]), free) == "<outage-5.0123456789@company.example>"
    lonely = MessageIds("0123456789", "monitor@" + "x" * 60)
    assert lonely.message_id(episodes_of([FAILED]), free) == "<outage-5.0123456789@conntest-tui.invalid>"


def test_the_end_of_flapping_refers_to_the_mail_that_told_of_it() -> None:
    steady = replace(FAILED, kind=NotificationKind.STEADY, outage=None, id=12)

    def first(notification: Notification) -> str | None:
        return "<digest@x>" if notification == steady else None

    assert MESSAGE_IDS.references(episodes_of([steady]), "<own@x>", first)[-1] == "<digest@x>"


@pytest.mark.parametrize(
    ("sender", "machine", "domain"),
    [
        ("monitor@company.example", "noc1.elsewhere.example", "company.example"),
        ("conntest-tui@localhost", "noc1.company.example", "noc1.company.example"),
        ("monitor@x.localhost", "noc1.company.example", "noc1.company.example"),
        ("monitor@mail.invalid", "noc1.company.example", "noc1.company.example"),
        ("monitor@intranet", "noc1.company.example", "noc1.company.example"),
        ("conntest-tui@localhost", "noc1", "conntest-tui.invalid"),
        ("conntest-tui@localhost", "", "conntest-tui.invalid"),
    ],
)
def test_a_message_id_says_where_it_comes_from_when_anybody_knows(sender: str, machine: str, domain: str) -> None:
    ids = MessageIds("0123456789", sender, machine)
    assert ids.message_id(episodes_of([FAILED]), free) == f"<outage-5.0123456789@{domain}>"
