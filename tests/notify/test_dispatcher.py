"""The dispatcher: given these facts and this mail server, when time passes, then these mails."""

from collections.abc import Collection
from dataclasses import replace

import pytest

from conntest_tui.config import Delivery
from conntest_tui.model import MailHealth, Notification, NotificationKind
from conntest_tui.model.query_results import DeliveryState
from conntest_tui.notify import Account, Channel, Dispatcher
from conntest_tui.notify.backoff import STEPS
from conntest_tui.notify.dispatcher import LIFETIME
from conntest_tui.notify.mail_account import Signature
from conntest_tui.text import DAY, HOUR, MINUTE
from tests.notify.world import ACCOUNT, ADMIN, CLOSING, GREYLISTED, MAYBE, NO_ANSWER, NOC, World, parse, text_of


class TestWhenMailWorks:
    def test_a_failure_is_one_mail_to_everybody(self, world: World) -> None:
        world.fail("10.1.1.1")
        assert world.dispatcher.step() is None
        assert world.server.subjects(ADMIN) == world.server.subjects(NOC) == ["[DOWN] Switch 10.1.1.1 (10.1.1.1)"]
        assert world.dispatcher.status().health is MailHealth.OK
        assert world.dispatcher.status().delivered == world.clock.wall

    def test_nothing_to_do_means_no_visit(self, world: World) -> None:
        assert world.dispatcher.step() is None
        assert world.server.visits == 0
        assert world.dispatcher.status().health is MailHealth.IDLE

    def test_an_outage_is_one_thread(self, world: World) -> None:
        for tell in (world.fail, world.remind, world.restore):
            tell("10.1.1.1")
            world.run(HOUR)
        failed, reminder, restored = map(parse, world.server.messages(ADMIN))
        assert failed["References"] is None
        assert reminder["In-Reply-To"] == restored["In-Reply-To"] == failed["Message-ID"]
        assert failed["Message-ID"] in str(restored["References"])
        assert world.server.subjects(ADMIN) == [
            "[DOWN] Switch 10.1.1.1 (10.1.1.1)",
            "[STILL DOWN 1h] Switch 10.1.1.1 (10.1.1.1)",
            "[UP after 2h] Switch 10.1.1.1 (10.1.1.1)",
        ]

    def test_up_to_digest_above_failures_of_a_sweep_are_a_mail_each(self, world: World) -> None:
        world.fail(*(f"10.1.1.{n}" for n in range(1, 6)))
        world.dispatcher.step()
        assert len(world.server.subjects(ADMIN)) == 5
        assert world.server.visits == 1

    def test_more_make_one_digest_and_a_recovery_refers_to_it(self, world: World) -> None:
        world.fail(*(f"10.1.1.{n}" for n in range(1, 7)), group="Building 6")
        world.dispatcher.step()
        assert world.server.subjects(ADMIN) == ["[DOWN 6 hosts] Switch 10.1.1.1 (10.1.1.1) and 5 more in Building 6"]
        world.restore("10.1.1.3")
        world.dispatcher.step()
        digest, restored = map(parse, world.server.messages(ADMIN))
        assert restored["In-Reply-To"] == digest["Message-ID"]

    @pytest.mark.parametrize("others", [0, 6])
    def test_the_end_of_flapping_lies_in_the_thread_of_the_mail_that_told_of_it(
        self, world: World, others: int
    ) -> None:
        """Whether that told of the recovery of the same host too, as it does when it begins, or of other hosts."""
        world.fail("10.1.1.1", *(f"10.1.2.{n}" for n in range(others)))
        world.dispatcher.step()
        world.restore("10.1.1.1", *(f"10.1.2.{n}" for n in range(others)))
        began = replace(
            world.outages["10.1.1.1"], kind=NotificationKind.FLAPPING, outage=None, sweep=world.sweep, changes=6
        )
        world.tell(began)
        world.dispatcher.step()
        told = parse(world.server.messages(ADMIN)[-1])
        assert "FLAPPING" in told["Subject"]
        world.clock.pass_(HOUR)
        world.tell(replace(began, kind=NotificationKind.STEADY, at=world.clock.wall, sweep=world.sweep + 1))
        world.dispatcher.step()
        ended = parse(world.server.messages(ADMIN)[-1])
        assert ended["In-Reply-To"] == told["Message-ID"]
        assert told["Message-ID"] in ended["References"]
        assert others or told["Subject"] == "[FLAPPING] Switch 10.1.1.1 (10.1.1.1)"

    def test_a_mail_says_who_writes(self, world: World) -> None:
        world.account = replace(ACCOUNT, signature=Signature("noc1.company.example", "Büro"))
        world.fail("10.1.1.1")
        world.dispatcher.step()
        message = parse(world.server.messages(ADMIN)[0])
        assert message["From"] == "conntest Büro <monitor@company.example>"
        assert "conntest-tui on noc1.company.example, configuration Büro." in text_of(world.server.messages(ADMIN)[0])

    def test_two_sweeps_are_not_one_digest(self, world: World) -> None:
        world.fail("10.1.1.1", "10.1.1.2", "10.1.1.3")
        world.fail("10.1.1.4", "10.1.1.5", "10.1.1.6")
        world.dispatcher.step()
        assert len(world.server.subjects(ADMIN)) == 6

    def test_a_failure_that_is_over_before_it_was_sent_is_told_as_past(self, world: World) -> None:
        world.fail("10.1.1.1")
        world.clock.pass_(20)
        world.restore("10.1.1.1")
        world.dispatcher.step()
        assert world.server.subjects(ADMIN) == ["[WAS DOWN 20s] Switch 10.1.1.1 (10.1.1.1)"]

    def test_delivery_off_forgets_and_sends_nothing(self, world: World) -> None:
        world.account = replace(ACCOUNT, delivery=Delivery.OFF)
        world.fail("10.1.1.1")
        assert world.dispatcher.step() is None
        assert world.dispatcher.status().health is MailHealth.OFF
        world.account = ACCOUNT
        world.dispatcher.step()
        assert world.server.tried == []


class TestWhenTheServerIsAway:
    def test_it_is_tried_again_less_and_less_often(self, world: World) -> None:
        world.server.door = NO_ANSWER
        world.fail("10.1.1.1")
        for expected in (*STEPS, STEPS[-1], STEPS[-1]):
            delay = world.dispatcher.step()
            assert delay == pytest.approx(expected, rel=0.1)
            world.clock.pass_(delay or 0)
        assert world.server.visits == len(STEPS) + 2

    def test_news_does_not_hasten_the_next_try(self, world: World) -> None:
        world.server.door = NO_ANSWER
        world.fail("10.1.1.1")
        world.dispatcher.step()
        world.fail("10.1.1.2")
        assert world.dispatcher.step() is not None
        assert world.server.visits == 1

    def test_the_status_says_why_and_until_when(self, world: World) -> None:
        world.server.door = NO_ANSWER
        world.fail("10.1.1.1", "10.1.1.2")
        delay = world.dispatcher.step()
        status = world.dispatcher.status()
        assert (status.health, status.queued) == (MailHealth.WAITING, 2)
        assert "Connection refused" in status.text
        assert status.next_try == pytest.approx(world.clock.wall + (delay or 0))
        assert world.changes == 1

    def test_what_waited_becomes_one_mail_that_is_true(self, world: World) -> None:
        """The mail server is behind the link that fails, with 200 hosts behind it."""
        world.server.door = NO_ANSWER
        hosts = [f"10.1.{n // 100}.{n % 100 + 1}" for n in range(200)]
        world.fail(*hosts, group="Building 6")
        world.run(20 * MINUTE)
        world.restore(*hosts[:150])
        world.run(MINUTE)
        world.server.door = None
        world.run(5.5 * MINUTE)
        assert world.server.subjects(ADMIN) == ["[DOWN 50 hosts, WAS DOWN 150] Switch 10.1.1.51 and 199 more"]
        text = text_of(world.server.messages(ADMIN)[0])
        assert text.startswith("50 hosts are down; 150 hosts failed and are up again.")
        assert "Mail could not be sent for 23m" in text
        assert text.count("no reply to 3 attempts") == 2
        assert "10.1.1.51" in text.partition("Were down, up again")[0]

    def test_a_single_failure_that_is_over_is_one_past_outage(self, world: World) -> None:
        world.server.door = NO_ANSWER
        world.fail("10.1.1.1")
        world.run(10 * MINUTE)
        world.remind("10.1.1.1")
        world.restore("10.1.1.1")
        world.server.door = None
        world.run(10 * MINUTE)
        assert world.server.subjects(ADMIN) == ["[WAS DOWN 10m] Switch 10.1.1.1 (10.1.1.1)"]

    def test_hourly_reminders_of_a_long_absence_do_not_pile_up(self, world: World) -> None:
        world.server.door = NO_ANSWER
        world.fail("10.1.1.1")
        for _ in range(72):
            world.run(HOUR)
            world.remind("10.1.1.1")
        assert world.outbox.size() == 2
        world.server.door = None
        world.run(HOUR)
        assert world.server.subjects(ADMIN)[0].startswith("[DOWN] Switch 10.1.1.1")

    def test_a_restart_goes_on_and_tries_at_once(self, world: World) -> None:
        world.server.door = NO_ANSWER
        world.fail("10.1.1.1")
        world.run(HOUR)
        world.server.door = None
        world.restart()
        world.dispatcher.step()
        assert len(world.server.subjects(NOC)) == 1

    def test_retry_now_does_not_wait(self, world: World) -> None:
        world.server.door = NO_ANSWER
        world.fail("10.1.1.1")
        world.run(HOUR)
        world.server.door = None
        world.dispatcher.retry_now()
        world.dispatcher.step()
        assert len(world.server.subjects(NOC)) == 1

    def test_after_five_days_a_fact_expires_visibly(self, world: World) -> None:
        world.server.door = NO_ANSWER
        world.fail("10.1.1.1")
        world.run(LIFETIME + HOUR)
        (entry,) = world.dispatcher.entries(10)
        assert [delivery.state for delivery in entry.deliveries] == [DeliveryState.EXPIRED] * 2
        assert world.dispatcher.status().health is MailHealth.LOST
        assert world.outbox.size() == 0
        world.server.door = None
        world.run(DAY)
        assert world.server.tried == []

    def test_a_connection_that_breaks_off_in_the_round_closes_the_backoff(self, world: World) -> None:
        world.server.replies[ADMIN] = [CLOSING]
        world.fail("10.1.1.1", "10.1.1.2")
        delay = world.dispatcher.step()
        assert delay == pytest.approx(STEPS[0], rel=0.1)
        assert len(world.server.tried) == 2
        world.run(MINUTE)
        assert sorted(world.server.subjects(ADMIN)) == [
            "[DOWN] Switch 10.1.1.1 (10.1.1.1)",
            "[DOWN] Switch 10.1.1.2 (10.1.1.2)",
        ]


def test_a_wall_clock_that_steps_changes_nothing(world: World) -> None:
    world.server.door = NO_ANSWER
    world.fail("10.1.1.1")
    first = world.dispatcher.step()
    world.clock.step_wall(40 * 365 * DAY)
    assert world.dispatcher.step() == first
    world.server.door = None
    world.run(MINUTE)
    assert len(world.server.subjects(ADMIN)) == 1


def test_flapping_and_what_follows_are_told_in_order(world: World) -> None:
    flapping = Notification(
        NotificationKind.FLAPPING, world.clock.wall, host="10.1.1.1", started=world.clock.wall, changes=6
    )
    world.tell(flapping)
    world.dispatcher.step()
    world.clock.pass_(HOUR)
    world.tell(replace(flapping, kind=NotificationKind.STEADY, at=world.clock.wall, duration=HOUR))
    world.dispatcher.step()
    begin, end = map(parse, world.server.messages(ADMIN))
    assert (begin["Subject"], end["Subject"]) == ("[FLAPPING] 10.1.1.1", "[STEADY, flapped for 1h] 10.1.1.1")
    assert end["In-Reply-To"] == begin["Message-ID"]


def test_a_subject_that_python_cannot_write_is_sent_plainly(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> list[str]:
        return [text.encode("ascii", "replace").decode()[::-1]]

    monkeypatch.setattr("conntest_tui.notify.mime._encoded_words", broken)
    world.tell(
        Notification(NotificationKind.FAILED, world.clock.wall, host="10.1.1.1", description="Bücherei", outage=1)
    )
    world.dispatcher.step()
    assert world.server.subjects(ADMIN) == ["[DOWN] B?cherei (10.1.1.1)"]


class TestFreshEvidence:
    """The server may be back because the link is that had failed: what waited is looked at again before it is told."""

    @pytest.fixture
    def asked(self, world: World) -> list[frozenset[str]]:
        """Collect what the dispatcher asks about; the evidence takes 20 seconds."""
        questions: list[frozenset[str]] = []

        def look_again(hosts: Collection[str]) -> float:
            questions.append(frozenset(hosts))
            return 20.0

        world.dispatcher.look_again = look_again
        return questions

    def trouble(self, world: World, host: str) -> None:
        """Let a host fail while the server is away, which is over a minute later."""
        world.server.door = NO_ANSWER
        world.fail(host)
        world.run(60)
        world.server.door = None

    def test_what_waited_is_told_when_the_evidence_is_in(self, world: World, asked: list[frozenset[str]]) -> None:
        self.trouble(world, "10.1.1.1")
        world.run(65)
        assert asked == [{"10.1.1.1"}]
        assert world.server.tried == []
        world.restore("10.1.1.1")
        world.dispatcher.looked_again()
        world.dispatcher.step()
        assert [subject.split("]")[0] for subject in world.server.subjects(ADMIN)] == ["[WAS DOWN 2m 5s"]

    def test_evidence_that_never_comes_is_not_waited_for(self, world: World, asked: list[frozenset[str]]) -> None:
        self.trouble(world, "10.1.1.1")
        world.run(120)
        assert len(asked) == 1
        assert len(world.server.subjects(ADMIN)) == 1

    def test_every_trouble_is_a_reason_to_ask(self, world: World, asked: list[frozenset[str]]) -> None:
        for host in ("10.1.1.1", "10.1.1.2"):
            self.trouble(world, host)
            world.run(120)
        assert asked == [{"10.1.1.1"}, {"10.1.1.2"}]

    def test_what_an_earlier_process_left_behind_has_waited_too(
        self, world: World, asked: list[frozenset[str]]
    ) -> None:
        self.trouble(world, "10.1.1.1")
        look_again = world.dispatcher.look_again
        world.restart()
        world.dispatcher.look_again = look_again
        world.run(10)
        assert asked == [{"10.1.1.1"}]
        assert world.server.tried == []

    def test_a_first_failure_goes_out_at_once(self, world: World, asked: list[frozenset[str]]) -> None:
        world.fail("10.1.1.1")
        world.dispatcher.step()
        assert asked == []
        assert len(world.server.subjects(ADMIN)) == 1

    @pytest.mark.parametrize("was_away", [False, True])
    def test_a_server_that_is_well_is_no_reason_to_ask(
        self, world: World, asked: list[frozenset[str]], *, was_away: bool
    ) -> None:
        """One recipient is greylisted: the mail waits, and the server has never been away, or is back long since."""
        if was_away:
            self.trouble(world, "10.1.1.1")
            world.run(120)
        before = len(asked)
        world.server.replies[ADMIN] = [GREYLISTED]
        world.fail("10.1.1.2")
        world.run(HOUR)
        assert len(asked) == before
        assert len(world.server.subjects(ADMIN)) == len(world.server.subjects(NOC)) == 1 + was_away


class TestALimitOfSize:
    """A13: what a server takes at most is known before anything is composed."""

    HOSTS = tuple(f"10.1.{n // 200}.{n % 200}" for n in range(300))

    @pytest.mark.parametrize("most", [2_500, 6_000, 20_000, 60_000])
    def test_a_mail_is_as_short_as_need_be(self, world: World, most: int) -> None:
        world.server.most_bytes = most
        world.fail(*self.HOSTS)
        world.dispatcher.step()
        (message,) = world.server.messages(ADMIN)
        assert len(message) <= most
        assert "300" in str(parse(message)["Subject"])
        assert ("text/html" in message.decode()) == (most > 2_500)

    def test_what_waits_is_told_in_fewer_words_when_it_is_too_large(self, world: World) -> None:
        world.server.replies = {ADMIN: [GREYLISTED], NOC: [GREYLISTED]}
        world.fail(*self.HOSTS)
        world.dispatcher.step()
        world.server.most_bytes = 6_000
        world.run(HOUR)
        (message,) = world.server.messages(ADMIN)
        assert len(message) <= 6_000
        assert {len(tried) <= 6_000 for _, tried in world.server.tried[2:]} == {True}

    def test_what_may_have_arrived_is_repeated_as_it_is(self, world: World) -> None:
        world.server.replies = {ADMIN: [MAYBE], NOC: [MAYBE]}
        world.fail(*self.HOSTS)
        world.dispatcher.step()
        world.server.most_bytes = 6_000
        world.run(HOUR)
        assert len({message for _, message in world.server.tried}) == 1


class TestFromVisitToVisit:
    def test_the_server_is_taken_leave_of_after_each(self, world: World) -> None:
        for door in (None, NO_ANSWER):
            world.server.door = door
            world.fail(f"10.1.1.{world.sweep}")
            world.dispatcher.step()
        assert (world.server.visits, world.server.closed) == (2, 2)

    def test_success_lets_the_next_trouble_begin_anew(self, world: World) -> None:
        for number in range(3):
            world.server.door = NO_ANSWER
            world.fail(f"10.1.1.{number}")
            assert world.dispatcher.step() == pytest.approx(STEPS[0], rel=0.1)
            world.server.door = None
            world.run(MINUTE)
            assert world.dispatcher.status().health is MailHealth.OK

    def test_what_is_under_way_says_why_it_waits(self, world: World) -> None:
        world.server.replies = {ADMIN: [GREYLISTED], NOC: [GREYLISTED]}
        world.fail("10.1.1.1")
        world.dispatcher.step()
        world.server.door = NO_ANSWER
        world.run(10)
        (entry,) = world.dispatcher.entries(10)
        assert {delivery.reply for delivery in entry.deliveries} == {NO_ANSWER.text}

    def test_what_is_learned_of_a_server_ends_with_its_account_and_with_nothing_else(self, world: World) -> None:
        made: list[str] = []

        def channel_for(account: Account) -> Channel:
            made.append(account.server)
            return world.server

        world.dispatcher = Dispatcher(world.outbox, lambda: world.account, channel_for, world.clock)
        for server in ("one.example", "one.example", "two.example"):
            world.account = replace(ACCOUNT, server=server)
            world.fail(f"10.1.1.{world.sweep}")
            world.dispatcher.retry_now()
            world.dispatcher.step()
        assert made == ["one.example", "two.example"]
