"""Episodes: which notifications belong together, and what they come to."""

from dataclasses import replace

import pytest

from conntest_tui.model import Notification, NotificationKind
from conntest_tui.notify.mail_drafts import compose
from conntest_tui.notify.outage_episodes import EpisodeKind, episodes_of
from conntest_tui.text import DAY, HOUR
from tests.fakes import NOON
from tests.notify.mail_samples import CAUSE, FAILED, FLAPPING, LINK_LOST, later


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
