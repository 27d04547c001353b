"""The dispatcher when a recipient, an outcome or the configuration is in doubt."""

from dataclasses import replace

import pytest

from conntest_tui.model import MailHealth
from conntest_tui.model.query_results import DeliveryState
from conntest_tui.notify.backoff import HELD
from conntest_tui.notify.dispatcher import LIFETIME
from conntest_tui.notify.smtp_replies import SmtpStage, judge
from conntest_tui.notify.smtp_steps_and_reply_reader import Answer
from conntest_tui.text import HOUR, MINUTE
from tests.notify.world import (
    ACCOUNT,
    ADMIN,
    BAD_PASSWORD,
    GREYLISTED,
    MAYBE,
    NOBODY,
    NOC,
    UNKNOWN,
    World,
    states,
)
from tests.stage import KilledError


class TestWhenOneRecipientHasTrouble:
    def test_greylisting_delays_only_that_one(self, world: World) -> None:
        world.server.replies[ADMIN] = [GREYLISTED, GREYLISTED]
        world.fail("10.1.1.1")
        world.dispatcher.step()
        assert (len(world.server.subjects(ADMIN)), len(world.server.subjects(NOC))) == (0, 1)
        assert world.dispatcher.status().text == f"{ADMIN}: {GREYLISTED.text}"
        world.run(MINUTE)
        assert (len(world.server.subjects(ADMIN)), len(world.server.subjects(NOC))) == (1, 1)
        assert world.server.messages(ADMIN) == world.server.messages(NOC)

    def test_a_failure_that_is_over_meanwhile_is_told_to_that_one_as_past(self, world: World) -> None:
        world.server.replies[ADMIN] = [GREYLISTED]
        world.fail("10.1.1.1")
        world.dispatcher.step()
        world.clock.pass_(2)
        world.restore("10.1.1.1")
        world.run(MINUTE)
        assert world.server.subjects(ADMIN) == ["[WAS DOWN 2s] Switch 10.1.1.1 (10.1.1.1)"]
        assert world.server.subjects(NOC) == [
            "[DOWN] Switch 10.1.1.1 (10.1.1.1)",
            "[UP after 2s] Switch 10.1.1.1 (10.1.1.1)",
        ]

    def test_what_else_a_withdrawn_digest_told_is_told_again(self, world: World) -> None:
        world.server.replies[ADMIN] = [GREYLISTED]
        hosts = [f"10.1.1.{n}" for n in range(1, 9)]
        world.fail(*hosts)
        world.dispatcher.step()
        world.restore(hosts[0])
        world.run(MINUTE)
        (subject,) = world.server.subjects(ADMIN)
        assert subject.startswith("[DOWN 7 hosts, WAS DOWN 1] ")

    def test_a_refused_recipient_is_lost_and_the_others_get_their_mails(self, world: World) -> None:
        world.server.replies[ADMIN] = [UNKNOWN]
        world.fail("10.1.1.1")
        assert world.dispatcher.step() is None
        assert states(world) == {ADMIN: [DeliveryState.REFUSED], NOC: [DeliveryState.SENT]}
        status = world.dispatcher.status()
        assert (status.health, status.queued) == (MailHealth.LOST, 0)
        assert "550 no such user" in status.text

    def test_who_got_mail_before_is_not_refused_for_good(self, world: World) -> None:
        world.fail("10.1.1.1")
        world.dispatcher.step()
        world.server.replies[ADMIN] = [UNKNOWN]
        world.fail("10.1.1.2")
        world.dispatcher.step()
        assert states(world)[ADMIN] == [DeliveryState.SENT, DeliveryState.HELD]
        assert "it has taken mail for this address before" in world.dispatcher.status().text
        world.run(HOUR)
        assert states(world)[ADMIN] == [DeliveryState.SENT, DeliveryState.SENT]

    def test_discarding_the_lost_mail_clears_the_status(self, world: World) -> None:
        world.server.replies[ADMIN] = [UNKNOWN]
        world.fail("10.1.1.1")
        world.dispatcher.step()
        world.dispatcher.discard(world.dispatcher.entries(1)[0])
        world.dispatcher.step()
        assert world.dispatcher.status().health is MailHealth.OK

    def test_whoever_is_no_recipient_any_more_gets_nothing_more(self, world: World) -> None:
        world.server.replies[ADMIN] = [GREYLISTED]
        world.fail("10.1.1.1")
        world.dispatcher.step()
        world.account = replace(ACCOUNT, recipients=(NOC,))
        world.run(HOUR)
        assert world.server.subjects(ADMIN) == []
        assert states(world) == {ADMIN: [DeliveryState.WITHDRAWN], NOC: [DeliveryState.SENT]}


class TestWhenTheOutcomeIsUnknown:
    @pytest.mark.parametrize("arrived", [True, False])
    def test_the_same_bytes_are_repeated(self, world: World, *, arrived: bool) -> None:
        world.server.keeps = arrived
        world.server.replies = {ADMIN: [MAYBE], NOC: [MAYBE]}
        world.fail("10.1.1.1")
        world.run(MINUTE)
        messages = world.server.messages(ADMIN)
        assert len(messages) == (2 if arrived else 1)
        assert len(set(messages)) == 1

    def test_the_recovery_waits_until_the_failure_was_repeated(self, world: World) -> None:
        world.server.keeps = True
        world.server.replies = {ADMIN: [MAYBE, GREYLISTED], NOC: [MAYBE]}
        world.fail("10.1.1.1")
        world.dispatcher.step()
        world.clock.pass_(2)
        world.restore("10.1.1.1")
        world.run(10)
        assert world.server.subjects(ADMIN) == ["[DOWN] Switch 10.1.1.1 (10.1.1.1)"]
        world.run(HOUR)
        assert [subject.partition("]")[0] for subject in world.server.subjects(ADMIN)] == [
            "[DOWN",
            "[DOWN",
            "[UP after 2s",
        ]

    def test_news_about_other_hosts_does_not_wait(self, world: World) -> None:
        world.server.replies = {ADMIN: [MAYBE, *[GREYLISTED] * 9], NOC: [MAYBE]}
        world.fail("10.1.1.1")
        world.run(10)
        world.fail("10.1.1.2")
        world.server.replies[ADMIN] = []
        world.dispatcher.step()
        assert "[DOWN] Switch 10.1.1.2 (10.1.1.2)" in world.server.subjects(ADMIN)

    def test_a_death_in_the_middle_of_an_attempt_leaves_it_ambiguous(self, world: World) -> None:
        world.fail("10.1.1.1")

        def die(*_: object) -> None:
            raise KilledError

        send, world.server.send = world.server.send, die  # type: ignore[method-assign,assignment]  # dies in between
        with pytest.raises(KilledError):
            world.dispatcher.step()
        world.server.send = send  # type: ignore[method-assign]  # alive again
        world.restore("10.1.1.1")
        world.restart()
        world.run(MINUTE)
        assert [subject.partition(" ")[0] for subject in world.server.subjects(ADMIN)] == ["[DOWN]", "[UP"]


class TestWhenTheConfigurationIsWrong:
    def test_everything_is_held_and_the_status_says_what_to_do(self, world: World) -> None:
        world.server.door = BAD_PASSWORD
        world.fail("10.1.1.1")
        assert world.dispatcher.step() == pytest.approx(HELD, rel=0.1)
        status = world.dispatcher.status()
        assert status.health is MailHealth.HELD
        assert "creds.csv" in status.text

    def test_new_credentials_are_tried_at_once(self, world: World) -> None:
        world.server.door = BAD_PASSWORD
        world.fail("10.1.1.1")
        world.dispatcher.step()
        world.server.door = None
        world.account = replace(ACCOUNT, server="other.company.example")
        world.dispatcher.step()
        assert len(world.server.subjects(ADMIN)) == 1
        assert world.dispatcher.status().health is MailHealth.OK

    def test_it_is_tried_now_and_then_in_case_it_was_mended_elsewhere(self, world: World) -> None:
        world.server.door = BAD_PASSWORD
        world.fail("10.1.1.1")
        world.run(10 * MINUTE)
        world.server.door = None
        world.run(10 * MINUTE)
        assert len(world.server.subjects(ADMIN)) == 1

    def test_everybody_refused_means_us_and_nothing_is_lost(self, world: World) -> None:
        world.server.replies = {ADMIN: [NOBODY], NOC: [NOBODY]}
        world.fail("10.1.1.1")
        world.dispatcher.step()
        assert states(world) == {ADMIN: [DeliveryState.HELD], NOC: [DeliveryState.HELD]}
        status = world.dispatcher.status()
        assert status.health is MailHealth.HELD
        assert "it accepts no recipient" in status.text
        world.run(HOUR)
        assert len(world.server.subjects(ADMIN)) == len(world.server.subjects(NOC)) == 1

    def test_a_server_that_refuses_everybody_is_left_alone(self, world: World) -> None:
        world.server.replies = {ADMIN: [NOBODY] * 9, NOC: [NOBODY] * 9}
        world.fail(*(f"10.1.1.{n}" for n in range(1, 6)))
        world.dispatcher.step()
        assert len(world.server.tried) == 2

    def test_a_rejected_mail_is_held_and_the_others_go_on(self, world: World) -> None:
        rejected = judge(SmtpStage.CONTENT, Answer(554, ("5.7.1 looks like spam",)))
        world.server.replies = {ADMIN: [rejected], NOC: [rejected]}
        world.fail("10.1.1.1", "10.1.1.2")
        world.dispatcher.step()
        assert [len(set(found)) for found in states(world).values()] == [2, 2]
        assert world.dispatcher.status().health is MailHealth.HELD

    def test_a_held_mail_expires_after_five_days(self, world: World) -> None:
        world.server.replies = {ADMIN: [NOBODY] * 999, NOC: [NOBODY] * 999}
        world.fail("10.1.1.1")
        world.run(LIFETIME + HOUR)
        assert states(world) == {ADMIN: [DeliveryState.EXPIRED], NOC: [DeliveryState.EXPIRED]}
        assert world.dispatcher.status().health is MailHealth.LOST
