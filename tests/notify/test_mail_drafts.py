"""Which notifications share a mail, and what its subject and its draft say."""

from dataclasses import replace

import pytest

from conntest_tui.model import Notification, NotificationKind
from conntest_tui.notify.mail_drafts import LARGEST, arrange, compose
from conntest_tui.notify.outage_episodes import EpisodeKind, episodes_of
from conntest_tui.text import HOUR, MINUTE
from tests.fakes import NOON
from tests.notify.mail_samples import CASES, FAILED, failures, later


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


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        ((True,), "when it is up again; no reminder, for it is acknowledged"),
        ((False,), "when it is up again; a reminder at about 17:13, unless it is acknowledged or muted by then"),
        ((True, True), "when one of those is up again; no reminders, for they are acknowledged"),
        ((True, False), "when one of those is up again; reminders from about 17:14 on, unless acknowledged or muted"),
    ],
)
def test_no_reminder_is_promised_of_what_somebody_has_taken(taken: tuple[bool, ...], said: str) -> None:
    told = [
        replace(one, at=NOON + 60 * n, acknowledgement="acknowledged by anna" if is_taken else "")
        for n, (one, is_taken) in enumerate(zip(failures(len(taken)), taken, strict=True))
    ]
    assert f"Next mail: {said}" in compose(episodes_of(told), NOON + 120, late=False, renotify=HOUR).text


def test_nothing_more_is_promised_of_a_host_that_was_taken_off_the_list() -> None:
    removed = Notification(NotificationKind.REMOVED, NOON, host="10.1.1.1", outage=1, id=1)
    written = compose(episodes_of([removed]), NOON, late=False, renotify=HOUR).text
    assert "Nothing more will come about it." in written
    assert "Next mail: when a host fails." in written


def test_flapping_that_is_over_says_nothing_of_an_outage_within_it() -> None:
    steady = replace(FAILED, kind=NotificationKind.STEADY, id=2, acknowledgement="acknowledged by anna")
    restored = later(FAILED, NotificationKind.RESTORED, 60.0, acknowledgement="acknowledged by anna")
    told = {episode.kind: episode.last.acknowledgement for episode in episodes_of([steady, restored])}
    assert told == {EpisodeKind.STEADY: "", EpisodeKind.WAS_DOWN: "acknowledged by anna"}


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
