"""Letters as people read them. Each kind has a golden file: look at it when it changes.

`CONNTEST_GOLDEN=write` in the environment writes them anew.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from conntest_tui.mail.compose import LARGEST, Draft, arrange, compose, trial_draft
from conntest_tui.mail.message import Headers, write
from conntest_tui.mail.story import Tale, stories
from conntest_tui.model import Behind, Notice, NoticeKind
from conntest_tui.text import DAY, HOUR, MINUTE
from tests.fakes import NOON

GOLDEN = Path(__file__).with_name("golden")

FAILED = Notice(
    NoticeKind.FAILED,
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
LINK = Notice(NoticeKind.LINK_BACK, NOON + 832, started=NOON, duration=832, sweep=9, id=7)
FLAPPING = replace(FAILED, kind=NoticeKind.FLAPPING, outage=None, reason="", failures=0, changes=6, id=3)


def later(notice: Notice, kind: NoticeKind, seconds: float, **changes: object) -> Notice:
    follows = replace(notice, kind=kind, at=notice.started + seconds, duration=seconds, id=notice.id + 100)
    return replace(follows, **changes)  # type: ignore[arg-type]  # mypy cannot see through the names


def failures(number: int) -> list[Notice]:
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


def letter(*notices: Notice, moment: float, late: bool = False, digest_above: int = 5) -> Draft:
    (told,) = arrange(notices, late=late, digest_above=digest_above)
    return compose(told, moment, late=late, renotify=HOUR)


RESTORED = later(FAILED, NoticeKind.RESTORED, 2 * HOUR + 13 * MINUTE, failures=27)
MIXED = (
    *failures(4),
    *(later(n, NoticeKind.REMINDER, 3 * HOUR, sweep=418) for n in failures(9)[6:]),
    *(later(n, NoticeKind.RESTORED, HOUR, sweep=418) for n in failures(12)[10:]),
)
LATE = (
    *failures(7),
    *(later(n, NoticeKind.RESTORED, 10 * MINUTE, sweep=420) for n in failures(5)),
    FLAPPING,
    later(replace(FAILED, outage=99, host="10.9.9.9", id=50), NoticeKind.RESTORED, 5 * HOUR, sweep=421),
    LINK,
)

CASES = {
    "failure": letter(FAILED, moment=NOON + 1),
    "failure-with-hosts-behind": letter(
        replace(FAILED, behind=tuple(Behind(f"10.1.2.{n}", f"Access switch {n}") for n in range(1, 31))),
        moment=NOON + 1,
    ),
    "failure-of-a-bare-address": letter(replace(FAILED, description="", location="", group=""), moment=NOON + 1),
    "failure-told-late": letter(FAILED, moment=NOON + 872, late=True),
    "reminder": letter(later(FAILED, NoticeKind.REMINDER, 2 * HOUR, failures=25), moment=NOON + 2 * HOUR),
    "recovery": letter(RESTORED, moment=RESTORED.at + 1),
    "recovery-after-a-gap-in-the-watch": letter(
        replace(RESTORED, watched=(NOON + HOUR, RESTORED.at)), moment=RESTORED.at + 1
    ),
    "past-outage": letter(
        replace(FAILED, behind=(Behind("10.1.2.1"),)),
        later(FAILED, NoticeKind.RESTORED, 14 * MINUTE),
        moment=NOON + HOUR,
        late=True,
    ),
    "flapping": letter(FLAPPING, moment=NOON + 1),
    "steady": letter(later(FLAPPING, NoticeKind.STEADY, 2 * HOUR), moment=NOON + 2 * HOUR),
    "steady-and-down": letter(
        later(FLAPPING, NoticeKind.STEADY, 2 * HOUR, outage=5, reason="no reply to 3 attempts", failures=7),
        moment=NOON + 2 * HOUR,
    ),
    "link-back": letter(LINK, moment=LINK.at + 1),
    "digest": letter(*failures(137), moment=NOON + 1),
    "digest-of-many-kinds": letter(*MIXED, moment=NOON + 3 * HOUR),
    "late": letter(*LATE, moment=NOON + 6 * HOUR, late=True),
    "test": trial_draft(NOON, "admin@company.net", "mail.company.net:587"),
    "beyond-ascii": letter(
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
def test_a_letter_reads_as_it_should(name: str) -> None:
    draft = CASES[name]
    check_golden(GOLDEN / f"{name}.txt", f"Subject: {draft.subject}\n\n{draft.text}\n{draft.html}")


def test_the_bytes_of_a_letter_are_as_they_should_be() -> None:
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
    check_golden(GOLDEN / "letter.eml", content.replace("\r\n", "\n"))


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("failure", "[DOWN] Cisco Router (10.1.1.254) - Bldg 6 MDF 101"),
        ("failure-of-a-bare-address", "[DOWN] 10.1.1.254"),
        ("reminder", "[STILL DOWN 2h] Cisco Router (10.1.1.254) - Bldg 6 MDF 101"),
        ("recovery", "[UP after 2h 13m] Cisco Router (10.1.1.254) - Bldg 6 MDF 101"),
        ("past-outage", "[WAS DOWN 14m] Cisco Router (10.1.1.254) - Bldg 6 MDF 101"),
        ("digest", "[DOWN 137 hosts] Building 0 (5), Building 1 (5) and 28 more groups"),
    ],
)
def test_subjects(name: str, subject: str) -> None:
    assert CASES[name].subject == subject


def test_what_is_still_down_comes_first() -> None:
    text = CASES["digest-of-many-kinds"].text
    places = [text.index(heading) for heading in ("Still down (", "Down (", "Up again (")]
    assert text.startswith("3 hosts are still down; ")
    assert places == sorted(places)


def test_a_digest_of_ten_thousand_hosts_is_small_and_readable() -> None:
    draft = letter(*failures(10_000), moment=NOON + 1)
    content = write(draft, Headers("a@b.example", ["c@d.example"], "<x@b.example>", [], NOON))
    assert len(content) < 64 * 1024
    assert draft.subject.startswith("[DOWN 10000 hosts] ")
    assert "... and 9800 more" in draft.text
    assert "Building 7: 334 down" in draft.text
    assert len(draft.notices) == 10_000


@pytest.mark.parametrize("letters", ["x", "ß", "漢", "🙂", "=", "<", "&"])
def test_no_letter_grows_over_64_kb_whatever_the_files_hold(letters: str) -> None:
    huge = letters * 5_000
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
    mixed = [*told, *(later(n, NoticeKind.RESTORED, 60.0) for n in told[:300])]
    for draft in (letter(*mixed, moment=NOON, late=True), letter(told[0], moment=NOON)):
        content = write(draft, Headers("a@b.example", ["c@d.example"], "<x@b.example>", [], NOON))
        assert len(content) < 64 * 1024


@pytest.mark.parametrize("count", [1, 2])
def test_what_may_have_been_told_says_so(count: int) -> None:
    told = stories([Notice(NoticeKind.FAILED, NOON, host=f"10.1.1.{n}", outage=n, id=n) for n in range(count)])
    sentence = "You may have been told already: what was sent after 2026-09-21T"
    draft = compose(told, NOON, late=False, renotify=HOUR, forgotten=NOON - MINUTE)
    assert sentence in draft.text
    assert sentence in draft.html
    assert "already" not in compose(told, NOON, late=False, renotify=HOUR).text


def test_largest_leaves_room_for_headers() -> None:
    assert LARGEST + 4096 < 64 * 1024


class TestArrange:
    def test_a_story_of_two_sweeps_goes_with_the_last(self) -> None:
        restored = later(FAILED, NoticeKind.RESTORED, 60.0, sweep=419)
        others = [replace(n, sweep=419) for n in failures(8)[5:]]
        letters = arrange([FAILED, *others, restored], late=False, digest_above=3)
        assert len(letters) == 1
        assert {story.tale for story in letters[0]} == {Tale.DOWN, Tale.WAS_DOWN}

    def test_digest_above_nought_still_tells_a_single_story_as_one(self) -> None:
        assert len(arrange([FAILED], late=False, digest_above=0)[0]) == 1

    def test_two_outages_of_one_host_are_one_letter(self) -> None:
        first_over = later(FAILED, NoticeKind.RESTORED, 60.0)
        again = replace(FAILED, outage=6, id=500, at=NOON + 90, started=NOON + 90)
        (told,) = arrange([first_over, again], late=False, digest_above=5)
        assert [story.tale for story in told] == [Tale.DOWN, Tale.UP]

    def test_nothing_makes_no_letter(self) -> None:
        assert arrange([], late=False, digest_above=5) == []


class TestStories:
    def test_a_reminder_after_an_untold_failure_is_a_failure(self) -> None:
        (story,) = stories([FAILED, later(FAILED, NoticeKind.REMINDER, HOUR)])
        assert story.tale is Tale.DOWN
        assert story.lasting(NOON + 2 * HOUR) == 2 * HOUR

    def test_flapping_that_is_over_is_told_as_over(self) -> None:
        (story,) = stories([FLAPPING, later(FLAPPING, NoticeKind.STEADY, HOUR)])
        assert story.tale is Tale.STEADY

    def test_an_end_of_flapping_that_left_the_host_down_is_true_after_its_recovery(self) -> None:
        settled = later(FLAPPING, NoticeKind.STEADY, HOUR, outage=5, reason="no reply")
        told = stories([settled, later(FAILED, NoticeKind.RESTORED, 2 * HOUR)])
        assert [story.tale for story in told] == [Tale.WAS_DOWN, Tale.STEADY]
        draft = compose(told, NOON + DAY, late=True, renotify=HOUR)
        assert "is down" not in draft.text

    def test_a_reminder_of_the_outage_that_flapping_ended_in_is_the_same_story(self) -> None:
        settled = later(FLAPPING, NoticeKind.STEADY, HOUR, outage=5, reason="no reply")
        reminder = later(FAILED, NoticeKind.REMINDER, 2 * HOUR, failures=12)
        (story,) = stories([FLAPPING, settled, reminder])
        assert story.tale is Tale.SETTLED_DOWN
        assert story.lasting(NOON + DAY) == HOUR
        assert story.last.failures == 12
        assert [notice.id for notice in story.notices] == [FLAPPING.id, settled.id, reminder.id]

    def test_the_oldest_trouble_comes_first(self) -> None:
        newer = replace(FAILED, outage=6, started=NOON + 60, id=2)
        assert [story.last.outage for story in stories([newer, FAILED])] == [5, 6]
