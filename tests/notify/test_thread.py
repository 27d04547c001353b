"""Message-IDs and threads."""

from dataclasses import replace

import pytest

from conntest_tui.model import Notice, NoticeKind
from conntest_tui.notify.episodes import stories
from conntest_tui.notify.message_ids import Threads
from tests.fakes import NOON

THREADS = Threads("0123456789", "monitor@company.example")
FAILED = Notice(NoticeKind.FAILED, NOON, host="10.1.1.1", outage=5, started=NOON, id=1)
RESTORED = replace(FAILED, kind=NoticeKind.RESTORED, id=9)
ROOT = "<outage-5.0123456789@company.example>"


def free(_: str) -> bool:
    return False


def unknown(_: Notice) -> None:
    return None


def test_the_failure_is_the_root_of_its_thread() -> None:
    told = stories([FAILED])
    assert THREADS.message_id(told, free) == ROOT
    assert THREADS.references(told, ROOT, unknown) == []


def test_the_recovery_refers_to_the_root() -> None:
    told = stories([RESTORED])
    own = THREADS.message_id(told, free)
    assert own == "<outage-5.9.0123456789@company.example>"
    assert THREADS.references(told, own, unknown) == [ROOT]


def test_it_refers_to_the_digest_that_told_of_the_failure_too() -> None:
    assert THREADS.references(stories([RESTORED]), "<own@x>", lambda _: "<digest@x>") == [ROOT, "<digest@x>"]


def test_a_letter_in_place_of_a_withdrawn_one_has_another_id_and_the_same_thread() -> None:
    told = stories([FAILED])
    own = THREADS.message_id(told, {ROOT}.__contains__)
    assert own == "<outage-5.2.0123456789@company.example>"
    assert THREADS.references(told, own, unknown) == [ROOT]


def test_a_digest_of_first_failures_refers_to_nothing() -> None:
    told = stories([FAILED, replace(FAILED, outage=6, host="10.1.1.2", id=2)])
    assert THREADS.references(told, "<own@x>", unknown) == []


def test_the_ids_of_letters_about_different_things_differ() -> None:
    flapping = replace(FAILED, kind=NoticeKind.FLAPPING, outage=None)
    link = replace(FAILED, kind=NoticeKind.LINK_BACK, outage=None, host="")
    told = [FAILED, RESTORED, replace(RESTORED, kind=NoticeKind.REMINDER, id=8), flapping, link]
    ids = {THREADS.message_id(stories([notice]), free) for notice in told}
    assert len(ids) == len(told)


@pytest.mark.parametrize(
    ("begins", "goes_on", "ends"),
    [
        (NoticeKind.LINK_LOST, NoticeKind.LINK_REMINDER, NoticeKind.LINK_BACK),
        (NoticeKind.CAUSE, NoticeKind.CAUSE_REMINDER, NoticeKind.CAUSE_OVER),
    ],
)
def test_what_keeps_the_monitor_from_asking_is_one_thread(
    begins: NoticeKind, goes_on: NoticeKind, ends: NoticeKind
) -> None:
    first = replace(FAILED, kind=begins, host="no route #5")
    assert THREADS.message_id(stories([first]), free) == ROOT
    for number, kind in enumerate((goes_on, ends), 8):
        told = stories([replace(first, kind=kind, id=number)])
        own = THREADS.message_id(told, free)
        assert own == f"<outage-5.{number}.0123456789@company.example>"
        assert THREADS.references(told, own, unknown) == [ROOT]
        beside = [*told, *stories([replace(FAILED, outage=6, id=2)])]
        assert THREADS.references(beside, "<own@x>", unknown) == [ROOT]
    assert THREADS.references([*stories([first]), *stories([replace(FAILED, outage=6)])], "<own@x>", unknown) == []


def test_a_long_domain_is_cut_to_fit_on_a_line() -> None:
    threads = Threads("0123456789", "monitor@alerts.department-of-everything.company.example")
    assert threads.message_id(stories([FAILED]), free) == "<outage-5.0123456789@company.example>"
    lonely = Threads("0123456789", "monitor@" + "x" * 60)
    assert lonely.message_id(stories([FAILED]), free) == "<outage-5.0123456789@conntest-tui.invalid>"


def test_the_end_of_flapping_refers_to_the_mail_that_told_of_it() -> None:
    steady = replace(FAILED, kind=NoticeKind.STEADY, outage=None, id=12)

    def first(notice: Notice) -> str | None:
        return "<digest@x>" if notice == steady else None

    assert THREADS.references(stories([steady]), "<own@x>", first)[-1] == "<digest@x>"


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
    threads = Threads("0123456789", sender, machine)
    assert threads.message_id(stories([FAILED]), free) == f"<outage-5.0123456789@{domain}>"
