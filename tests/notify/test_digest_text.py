"""Mails about many episodes, and subjects that fit on a line."""

from dataclasses import replace

import pytest

from conntest_tui.model import Behind, Notification, NotificationKind
from conntest_tui.notify import digest_text as digest
from conntest_tui.notify import episode_text
from conntest_tui.notify.channel import MessageHead
from conntest_tui.notify.mime import write
from conntest_tui.notify.outage_episodes import episodes_of
from conntest_tui.text import HOUR, MINUTE
from tests.fakes import NOON
from tests.notify.mail_samples import CASES, CAUSE, FAILED, failures, message


def test_what_has_just_failed_comes_first() -> None:
    text = CASES["digest-of-many-kinds"].text
    places = [text.index(heading) for heading in ("Down (", "Still down (", "Up again (")]
    assert text.startswith("4 hosts are down; 3 hosts are still down; ")
    assert places == sorted(places)


def test_a_digest_names_the_newest_failure_first() -> None:
    older = [replace(n, started=NOON - HOUR, at=NOON - HOUR) for n in failures(3)]
    newest = replace(FAILED, host="10.9.9.9", description="Newest", group="", outage=77, started=NOON + 5, id=2)
    draft = message(*older, newest, moment=NOON + 10, digest_above=2)
    assert draft.subject == "[DOWN 4 hosts] Newest (10.9.9.9) and 3 more in 4 groups"
    assert draft.text.index("Newest") < draft.text.index("Switch 0")


def test_what_had_to_wait_says_so_and_why() -> None:
    draft = message(*failures(7), moment=NOON + 20 * MINUTE, late=True)
    assert draft.subject == "[DOWN 7 hosts] Switch 0 (10.0.0.1) and 6 more (delayed 20m)"
    assert "Mail could not be sent for 20m." in draft.text


@pytest.mark.parametrize("length", [1, 20, 60, 500])
@pytest.mark.parametrize("characters", ["x", "ß", "漢 "])
@pytest.mark.parametrize("number", [2, 40, 9_000])
def test_the_subject_of_a_digest_fits_on_a_line(number: int, characters: str, length: int) -> None:
    """`Subject: ` and all of it are under 78 characters."""
    told = [replace(n, description=characters * length, group=characters * length) for n in failures(number)]
    for waited in ("", "23h 59m"):
        subject = digest.subject(episodes_of(told), NOON + 10 * HOUR, waited=waited)
        assert len(subject) <= episode_text.LONGEST_SUBJECT < 78 - len("Subject: ")
        assert f" and {number - 1:,} more" in subject or subject.count(", ") == number - 1


@pytest.mark.parametrize("kind", [NotificationKind.CAUSE, NotificationKind.CAUSE_REMINDER, NotificationKind.CAUSE_OVER])
@pytest.mark.parametrize("length", [1, 20, 60, 500])
def test_the_subject_about_a_cause_fits_on_a_line_and_counts_its_hosts(kind: NotificationKind, length: int) -> None:
    notification = replace(CAUSE, kind=kind, duration=23 * HOUR + 59 * MINUTE, description="no route to 9000 hosts of ")
    notification = replace(notification, description=notification.description + "ß" * length)
    for told in (
        episodes_of([notification]),
        episodes_of([notification, replace(notification, id=9, outage=9, host="no route #9")]),
    ):
        say = (
            episode_text.subject(told[0], notification.at) if len(told) == 1 else digest.subject(told, notification.at)
        )
        assert len(say) <= episode_text.LONGEST_SUBJECT
        assert "no route to 9000 hosts" in say


def test_what_all_have_in_common_is_said_once() -> None:
    for name in ("digest", "digest-of-many-kinds", "late"):
        text = CASES[name].text
        assert text.count("no reply to 3 attempts") <= text.count("):\n") + text.count("attempts:\n")
    mixed = CASES["digest-with-a-parent"].text
    assert mixed.count("2026-09-21T16:13:20") == mixed.count(" since 2026") <= 2


def test_a_digest_of_ten_thousand_hosts_is_small_and_readable() -> None:
    draft = message(*failures(10_000), moment=NOON + 1)
    content = write(draft, MessageHead("a@b.example", ["c@d.example"], "<x@b.example>", [], NOON))
    assert len(content) < 64 * 1024
    assert draft.subject == "[DOWN 10,000 hosts] Switch 0 (10.0.0.1) and 9,999 more in 30 groups"
    assert "... and 9,800 more" in draft.text
    assert "Building 7: 334" in draft.text
    assert len(draft.notifications) == 10_000


def test_rows_that_are_skipped_are_told_of_by_themselves_and_in_a_digest() -> None:
    problem = "hosts.csv:7: 10.1.1.x is not an address: a letter stands for a number; write four numbers 0-255"
    others = tuple(f"hosts.csv:{line}: no; mend it" for line in range(8, 58))
    rows = Notification(
        NotificationKind.SKIPPED_ROWS,
        NOON,
        reason=f"{problem} (and 50 more)",
        failures=51,
        behind=tuple(map(Behind, (problem, *others))),
        sweep=418,
        id=9,
    )
    alone, among = message(rows, moment=NOON + 1), message(rows, *failures(6), moment=NOON + 1)

    assert alone.subject == "[ROWS SKIPPED] hosts.csv has rows that are no hosts, not watched"
    assert "hosts.csv:7: 10.1.1.x is not an address: a letter stands for a number" in alone.text
    assert "hosts.csv:8: no; mend it" in alone.text
    assert "11 more" in alone.text
    assert "conntest-tui validate lists them" in alone.text
    assert "ROWS SKIPPED" in among.subject
    assert "rows of hosts.csv are no hosts and not watched" in among.text
