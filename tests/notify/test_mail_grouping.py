"""Mails as people read them. Each kind has a golden file: look at it when it changes.

`CONNTEST_GOLDEN=write` in the environment writes them anew.
"""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from conntest_tui.model import Behind, Notification, NotificationKind
from conntest_tui.notify import digest, episode_text
from conntest_tui.notify.account import Signature
from conntest_tui.notify.mail_grouping import LARGEST, Draft, arrange, compose
from conntest_tui.notify.mime import Headers, write
from conntest_tui.notify.notification_groups import EpisodeKind, episodes_of
from conntest_tui.notify.send_test_mail import draft_test_mail
from conntest_tui.text import DAY, HOUR, MINUTE
from tests.fakes import NOON

GOLDEN = Path(__file__).with_name("golden")

FAILED = Notification(
    NotificationKind.FAILED,
    NOON,
    host="10.1.1.254",
    description="Cisco Router",
    location="Bldg 6 MDF 101",
    group="Building 406",
    outage=5,
    started=NOON,
    reason="no reply to 3 attempts",
    failures=1,
    sweep=418,
    id=1,
)
LINK = Notification(NotificationKind.LINK_BACK, NOON + 832, started=NOON, duration=832, sweep=9, id=7)
FLAPPING = replace(FAILED, kind=NotificationKind.FLAPPING, outage=None, reason="", failures=0, changes=6, id=3)
LINK_LOST = Notification(
    NotificationKind.LINK_LOST,
    NOON + 600,
    host="own link #7",
    outage=7,
    started=NOON,
    duration=600,
    reason="the own IPv4 and IPv6 link is lost: no carrier",
    failures=2,
    sweep=20,
    id=7,
)
CAUSE = Notification(
    NotificationKind.CAUSE,
    NOON + 300,
    host="no route #8",
    description="no route to 35 hosts of Building 406",
    outage=8,
    started=NOON,
    duration=300,
    reason="no route to 35 hosts of Building 406: their site, or this machine's routing",
    failures=2,
    behind=tuple(Behind(f"10.4.0.{n}", f"Access switch {n}") for n in range(2, 37)),
    sweep=418,
    id=8,
)


def later(notification: Notification, kind: NotificationKind, seconds: float, **changes: object) -> Notification:
    follows = replace(
        notification, kind=kind, at=notification.started + seconds, duration=seconds, id=notification.id + 100
    )
    return replace(follows, **changes)  # type: ignore[arg-type]  # mypy cannot see through the names


def failures(number: int) -> list[Notification]:
    return [
        replace(
            FAILED,
            host=f"10.{n // 250}.{n % 250}.1",
            description=f"Switch {n}",
            location=f"Rack {n % 7}",
            group=f"Building {n % 30}",
            outage=n + 1,
            id=n + 1,
        )
        for n in range(number)
    ]


BY = Signature("noc1.company.net", "office", "conntest-tui -c /etc/office")


def message(*notifications: Notification, moment: float, late: bool = False, digest_above: int = 5) -> Draft:
    (told,) = arrange(notifications, late=late, digest_above=digest_above)
    return compose(told, moment, late=late, renotify=HOUR, quiet=30 * MINUTE, signature=BY)


RESTORED = later(FAILED, NotificationKind.RESTORED, 2 * HOUR + 13 * MINUTE, failures=27)
REASONS = ("no reply to 3 attempts", "no reply to 3 attempts", "host unreachable, says 10.77.255.254")
CORE = replace(
    FAILED,
    host="10.4.0.1",
    description="Core switch",
    behind=tuple(Behind(f"10.4.0.{n}", f"Access switch {n}") for n in range(2, 37)),
)
WHEN_IT_BEGAN_TO_FLAP = later(FAILED, NotificationKind.RESTORED, 90, failures=2, sweep=418)
MIXED = (
    *failures(4),
    *(later(n, NotificationKind.REMINDER, 3 * HOUR, sweep=418) for n in failures(9)[6:]),
    *(later(n, NotificationKind.RESTORED, HOUR, sweep=418) for n in failures(12)[10:]),
)
LATE = (
    *failures(7),
    *(later(n, NotificationKind.RESTORED, 10 * MINUTE, sweep=420) for n in failures(5)),
    FLAPPING,
    later(replace(FAILED, outage=99, host="10.9.9.9", id=50), NotificationKind.RESTORED, 5 * HOUR, sweep=421),
    LINK,
)

CASES = {
    "failure": message(FAILED, moment=NOON + 1),
    "parent-with-many-behind": message(CORE, moment=NOON + 1),
    "parent-with-many-behind-reminder": message(
        later(CORE, NotificationKind.REMINDER, 2 * HOUR, failures=25), moment=NOON + 2 * HOUR
    ),
    "digest-with-a-parent": message(
        *(replace(n, reason=reason) for n, reason in zip(failures(3), REASONS, strict=True)),
        replace(CORE, outage=90, id=90),
        moment=NOON + 1,
        digest_above=3,
    ),
    "flapping-of-one-host": message(WHEN_IT_BEGAN_TO_FLAP, replace(FLAPPING, id=800), moment=NOON + 91),
    "failure-of-a-bare-address": message(replace(FAILED, description="", location="", group=""), moment=NOON + 1),
    "failure-told-late": message(FAILED, moment=NOON + 872, late=True),
    "reminder": message(later(FAILED, NotificationKind.REMINDER, 2 * HOUR, failures=25), moment=NOON + 2 * HOUR),
    "recovery": message(RESTORED, moment=RESTORED.at + 1),
    "recovery-after-a-gap-in-the-watch": message(
        replace(RESTORED, watched=(NOON + HOUR, RESTORED.at)), moment=RESTORED.at + 1
    ),
    "past-outage": message(
        replace(FAILED, behind=(Behind("10.1.2.1"),)),
        later(FAILED, NotificationKind.RESTORED, 14 * MINUTE),
        moment=NOON + HOUR,
        late=True,
    ),
    "flapping": message(FLAPPING, moment=NOON + 1),
    "steady": message(later(FLAPPING, NotificationKind.STEADY, 2 * HOUR), moment=NOON + 2 * HOUR),
    "steady-and-down": message(
        later(FLAPPING, NotificationKind.STEADY, 2 * HOUR, outage=5, reason="no reply to 3 attempts", failures=7),
        moment=NOON + 2 * HOUR,
    ),
    "link-back": message(LINK, moment=LINK.at + 1),
    "link-lost": message(LINK_LOST, moment=LINK_LOST.at),
    "link-still-lost": message(later(LINK_LOST, NotificationKind.LINK_REMINDER, 2 * HOUR), moment=NOON + 2 * HOUR),
    "link-back-after-hours": message(
        LINK_LOST, later(LINK_LOST, NotificationKind.LINK_BACK, 3 * HOUR), moment=NOON + 3 * HOUR, late=True
    ),
    "cause": message(CAUSE, moment=CAUSE.at),
    "cause-goes-on": message(later(CAUSE, NotificationKind.CAUSE_REMINDER, 2 * HOUR), moment=NOON + 2 * HOUR),
    "cause-over": message(later(CAUSE, NotificationKind.CAUSE_OVER, 3 * HOUR), moment=NOON + 3 * HOUR),
    "digest-with-causes": message(
        *failures(2),
        CAUSE,
        replace(
            CAUSE,
            id=9,
            outage=9,
            host="full neighbour table #9",
            description="neighbour table full for 10.5.0.1 Lab gateway",
            reason="neighbour table full for 10.5.0.1 Lab gateway: raise net.ipv4.neigh.default.gc_thresh3 "
            "(net.ipv6.neigh.default.gc_thresh3) with sysctl",
            behind=(Behind("10.5.0.1", "Lab gateway"),),
        ),
        moment=CAUSE.at,
        digest_above=3,
    ),
    "digest": message(*failures(137), moment=NOON + 1),
    "digest-of-many-kinds": message(*MIXED, moment=NOON + 3 * HOUR),
    "late": message(*LATE, moment=NOON + 6 * HOUR, late=True),
    "test": draft_test_mail(NOON, "admin@company.net", "mail.company.net:587", BY),
    "beyond-ascii": message(
        replace(FAILED, host="xn--bcher-kva.example", description="Bücherei-Router ☃", location="3. Stock, Flügel Ö"),
        moment=NOON + 1,
    ),
}


def check_golden(path: Path, got: str) -> None:
    if os.environ.get("CONNTEST_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(got, encoding="utf-8")
    assert got == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_a_mail_reads_as_it_should(name: str) -> None:
    draft = CASES[name]
    check_golden(GOLDEN / f"{name}.txt", f"Subject: {draft.subject}\n\n{draft.text}\n{draft.html}")


def test_the_bytes_of_a_mail_are_as_they_should_be() -> None:
    root = "<outage-5.0123456789@company.net>"
    headers = Headers(
        "monitor@company.net",
        ["admin@company.net", "jörg@company.net", "noc@company.net"],
        "<outage-5.88.0123456789@company.net>",
        [root],
        NOON + 1,
    )
    content = write(CASES["beyond-ascii"], headers).decode("ascii")
    assert "\n" not in content.replace("\r\n", "")
    check_golden(GOLDEN / "mail.eml", content.replace("\r\n", "\n"))


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("failure", "[DOWN] Cisco Router (10.1.1.254) - Bldg 6 MDF 101"),
        ("failure-of-a-bare-address", "[DOWN] 10.1.1.254"),
        ("reminder", "[STILL DOWN 2h] Cisco Router (10.1.1.254) - Bldg 6 MDF 101"),
        ("recovery", "[UP after 2h 13m] Cisco Router (10.1.1.254) - Bldg 6 MDF 101"),
        ("past-outage", "[WAS DOWN 14m] Cisco Router and 1 behind it"),
        ("parent-with-many-behind", "[DOWN] Core switch and 35 behind it"),
        ("parent-with-many-behind-reminder", "[STILL DOWN 2h] Core switch and 35 behind it"),
        ("flapping-of-one-host", "[FLAPPING] Cisco Router (10.1.1.254) - Bldg 6 MDF 101"),
        ("link-lost", "[LINK LOST] own IPv4 and IPv6 link is lost: no carrier"),
        ("link-still-lost", "[LINK STILL LOST 2h] own IPv4 and IPv6 link is lost: no carrier"),
        ("link-back-after-hours", "[LINK BACK after 3h] nothing was watched in between"),
        ("cause", "[NOT WATCHED] no route to 35 hosts of Building 406"),
        ("cause-goes-on", "[STILL NOT WATCHED 2h] no route to 35 hosts of Building 406"),
        ("cause-over", "[WATCHED AGAIN after 3h] no route to 35 hosts of Building 406"),
        ("digest-with-causes", "[DOWN 2 hosts, NOT WATCHED] Switch 0 (10.0.0.1), Switch 1 (10.0.1.1)"),
        ("digest", "[DOWN 137 hosts] Switch 0 (10.0.0.1) and 136 more in 30 groups"),
        ("digest-with-a-parent", "[DOWN 4 hosts] Core switch (10.4.0.1) with 35 behind it and 3 more"),
        ("digest-of-many-kinds", "[DOWN 4 hosts, STILL DOWN 3, UP 2] Switch 0 (10.0.0.1) and 8 more"),
        ("late", "[DOWN 2 hosts, FLAPPING 1, WAS DOWN 5, ...] Switch 5 and 8 more"),
    ],
)
def test_subjects(name: str, subject: str) -> None:
    assert CASES[name].subject == subject


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


@pytest.mark.parametrize("name", CASES)
def test_nothing_says_that_it_took_no_time(name: str) -> None:
    draft = CASES[name]
    for text in (draft.subject, draft.text):
        assert not re.search(r"\b(0s|1s)\b|letter|\blate\b", text)


@pytest.mark.parametrize("name", CASES)
def test_every_mail_ends_with_what_comes_next_how_to_act_and_who_wrote_it(name: str) -> None:
    upcoming, act, who = CASES[name].text.rstrip("\n").split("\n\n")[-1].split("\n")
    assert upcoming.startswith("Next mail: ")
    assert "conntest-tui -c /etc/office on noc1.company.net" in act
    assert act.endswith(" press a to acknowledge, m to mute, enter to look at the selected host.")
    assert who == "Written by conntest-tui on noc1.company.net, configuration office."


def test_what_all_have_in_common_is_said_once() -> None:
    for name in ("digest", "digest-of-many-kinds", "late"):
        text = CASES[name].text
        assert text.count("no reply to 3 attempts") <= text.count("):\n") + text.count("attempts:\n")
    mixed = CASES["digest-with-a-parent"].text
    assert mixed.count("2026-09-21T16:13:20") == mixed.count(" since 2026") <= 2


@pytest.mark.parametrize("name", CASES)
def test_a_mail_can_be_read_in_the_dark(name: str) -> None:
    """Ink and paper are both named, for light and for dark, and every ink stands out from its paper."""
    html = CASES[name].html
    assert "<meta name='color-scheme' content='light dark'>" in html
    assert "prefers-color-scheme: dark" in html
    light, dark = html.partition("@media")[0] + html.partition("</style>")[2], html.partition("@media")[2]
    dark = dark.partition("</style>")[0]
    assert "background:#ffffff" in light
    for paper, inks in (("#ffffff", re.findall(r"[;'\"{ ]color: ?(#[0-9a-f]{6})", light)), ("#121212", _inks(dark))):
        assert inks
        assert all(contrast(ink, paper) >= 4.5 for ink in inks)


def _inks(style: str) -> list[str]:
    return re.findall(r"[;{ ]color: ?(#[0-9a-f]{6})", style)


def contrast(ink: str, paper: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.1, success criterion 1.4.3)."""

    def light(colour: str) -> float:
        parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((light(ink), light(paper)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_a_digest_of_ten_thousand_hosts_is_small_and_readable() -> None:
    draft = message(*failures(10_000), moment=NOON + 1)
    content = write(draft, Headers("a@b.example", ["c@d.example"], "<x@b.example>", [], NOON))
    assert len(content) < 64 * 1024
    assert draft.subject == "[DOWN 10,000 hosts] Switch 0 (10.0.0.1) and 9,999 more in 30 groups"
    assert "... and 9,800 more" in draft.text
    assert "Building 7: 334" in draft.text
    assert len(draft.notifications) == 10_000


@pytest.mark.parametrize("characters", ["x", "ß", "漢", "🙂", "=", "<", "&"])
def test_no_mail_grows_over_64_kb_whatever_the_files_hold(characters: str) -> None:
    huge = characters * 5_000
    some = failures(300)
    told = [
        replace(
            n,
            description=f"{huge}{n.id}",
            location=huge,
            reason=huge,
            group=f"{n.id}{huge}",
            behind=(Behind(huge, huge),) * 99,
        )
        for n in some
    ]
    mixed = [*told, *(later(n, NotificationKind.RESTORED, 60.0) for n in told[:300])]
    for draft in (message(*mixed, moment=NOON, late=True), message(told[0], moment=NOON)):
        content = write(draft, Headers("a@b.example", ["c@d.example"], "<x@b.example>", [], NOON))
        assert len(content) < 64 * 1024


@pytest.mark.parametrize("count", [1, 2])
def test_what_may_have_been_told_says_so(count: int) -> None:
    told = episodes_of(
        [Notification(NotificationKind.FAILED, NOON, host=f"10.1.1.{n}", outage=n, id=n) for n in range(count)]
    )
    sentence = "You may know this already: what was sent after 2026-09-21T"
    draft = compose(told, NOON, late=False, renotify=HOUR, forgotten=NOON - MINUTE)
    assert sentence in draft.text
    assert sentence in draft.html.replace("<span class='t'>", "")
    assert "already" not in compose(told, NOON, late=False, renotify=HOUR).text


def test_largest_leaves_room_for_headers() -> None:
    assert LARGEST + 4096 < 64 * 1024


class TestArrange:
    def test_a_episode_of_two_sweeps_goes_with_the_last(self) -> None:
        restored = later(FAILED, NotificationKind.RESTORED, 60.0, sweep=419)
        others = [replace(n, sweep=419) for n in failures(8)[5:]]
        messages = arrange([FAILED, *others, restored], late=False, digest_above=3)
        assert len(messages) == 1
        assert {episode.kind for episode in messages[0]} == {EpisodeKind.DOWN, EpisodeKind.WAS_DOWN}

    def test_digest_above_nought_still_tells_a_single_episode_as_one(self) -> None:
        assert len(arrange([FAILED], late=False, digest_above=0)[0]) == 1

    def test_two_outages_of_one_host_are_one_mail(self) -> None:
        first_over = later(FAILED, NotificationKind.RESTORED, 60.0)
        again = replace(FAILED, outage=6, id=500, at=NOON + 90, started=NOON + 90)
        (told,) = arrange([first_over, again], late=False, digest_above=5)
        assert [episode.kind for episode in told] == [EpisodeKind.DOWN, EpisodeKind.UP]

    def test_nothing_makes_no_mail(self) -> None:
        assert arrange([], late=False, digest_above=5) == []


class TestEpisodes:
    def test_a_reminder_after_an_untold_failure_is_a_failure(self) -> None:
        (episode,) = episodes_of([FAILED, later(FAILED, NotificationKind.REMINDER, HOUR)])
        assert episode.kind is EpisodeKind.DOWN
        assert episode.lasting(NOON + 2 * HOUR) == 2 * HOUR

    @pytest.mark.parametrize(
        ("first", "reminder", "by_itself", "alone"),
        [
            (LINK_LOST, NotificationKind.LINK_REMINDER, EpisodeKind.LINK_LOST, EpisodeKind.LINK_STILL_LOST),
            (CAUSE, NotificationKind.CAUSE_REMINDER, EpisodeKind.CAUSE, EpisodeKind.CAUSE_GOES_ON),
        ],
    )
    def test_a_reminder_of_what_nobody_was_told_of_is_the_first_word(
        self, first: Notification, reminder: NotificationKind, by_itself: EpisodeKind, alone: EpisodeKind
    ) -> None:
        again = later(first, reminder, 2 * HOUR)
        assert [episode.kind for episode in episodes_of([first, again])] == [by_itself]
        assert [episode.kind for episode in episodes_of([again])] == [alone]
        assert episodes_of([again])[0].lasting(NOON + 3 * HOUR) == 3 * HOUR

    def test_flapping_that_is_over_is_told_as_over(self) -> None:
        (episode,) = episodes_of([FLAPPING, later(FLAPPING, NotificationKind.STEADY, HOUR)])
        assert episode.kind is EpisodeKind.STEADY

    def test_an_end_of_flapping_that_left_the_host_down_is_true_after_its_recovery(self) -> None:
        settled = later(FLAPPING, NotificationKind.STEADY, HOUR, outage=5, reason="no reply")
        told = episodes_of([settled, later(FAILED, NotificationKind.RESTORED, 2 * HOUR)])
        assert [episode.kind for episode in told] == [EpisodeKind.WAS_DOWN, EpisodeKind.STEADY]
        draft = compose(told, NOON + DAY, late=True, renotify=HOUR)
        assert "is down" not in draft.text

    def test_a_reminder_of_the_outage_that_flapping_ended_in_is_the_same_episode(self) -> None:
        settled = later(FLAPPING, NotificationKind.STEADY, HOUR, outage=5, reason="no reply")
        reminder = later(FAILED, NotificationKind.REMINDER, 2 * HOUR, failures=12)
        (episode,) = episodes_of([FLAPPING, settled, reminder])
        assert episode.kind is EpisodeKind.SETTLED_DOWN
        assert episode.lasting(NOON + DAY) == HOUR
        assert episode.last.failures == 12
        assert [notification.id for notification in episode.notifications] == [FLAPPING.id, settled.id, reminder.id]

    def test_the_oldest_trouble_comes_first(self) -> None:
        newer = replace(FAILED, outage=6, started=NOON + 60, id=2)
        assert [episode.last.outage for episode in episodes_of([newer, FAILED])] == [5, 6]


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


def test_an_international_name_reads_in_a_mail_as_hosts_csv_writes_it() -> None:
    behind = Behind("xn--bro-hoa.example", "Desk")
    bare = replace(FAILED, host="xn--bcher-kva.example", description="", behind=(behind,))
    named = replace(bare, description="Shelf")
    for notification, called in ((bare, "bücher.example"), (named, "Shelf (bücher.example)")):
        mail = message(notification, moment=NOON + 1)
        assert called in mail.text
        assert "Desk (büro.example)" in mail.text
        assert "xn--" not in mail.subject + mail.text
    assert "bücher.example" in message(*(replace(n, host=bare.host) for n in failures(1)), moment=NOON).subject
