"""The dispatcher's thread, and what the operator asks of it."""

import time
from collections.abc import Callable
from dataclasses import replace

from conntest_tui.model import MailStatus
from conntest_tui.notify.dispatcher import Dispatcher
from conntest_tui.notify.mail_account import Account
from conntest_tui.text import MINUTE
from tests.notify.world import ACCOUNT, ADMIN, GREYLISTED, NO_ANSWER, NOC, World


class TestMutedMeanwhile:
    def test_what_waits_about_a_muted_host_is_not_sent(self, world: World) -> None:
        world.server.door = NO_ANSWER
        world.fail("10.1.1.1", "10.1.1.2")
        world.dispatcher.step()
        world.database.transaction(lambda connection: world.outbox.silence(["10.1.1.1"], connection))
        world.server.door = None
        world.run(MINUTE)
        assert world.server.subjects(ADMIN) == ["[DOWN] Switch 10.1.1.2 (10.1.1.2)"]

    def test_a_mail_under_way_is_taken_back_and_its_other_news_told(self, world: World) -> None:
        world.account = replace(ACCOUNT, digest_above=1)
        world.server.replies[ADMIN] = [GREYLISTED]
        world.fail("10.1.1.1", "10.1.1.2")
        world.dispatcher.step()
        world.database.transaction(lambda connection: world.outbox.silence(["10.1.1.1"], connection))
        world.run(MINUTE)
        assert world.server.subjects(ADMIN) == ["[DOWN] Switch 10.1.1.2 (10.1.1.2)"]


class TestLooking:
    def test_what_waits_is_listed_with_the_subject_it_would_have(self, world: World) -> None:
        world.server.door = NO_ANSWER
        world.fail("10.1.1.1")
        world.dispatcher.step()
        (entry,) = world.dispatcher.entries(10)
        assert (entry.message, entry.subject) == (None, "[DOWN] Switch 10.1.1.1 (10.1.1.1)")
        world.dispatcher.discard(entry)
        assert world.dispatcher.entries(10) == []
        assert world.dispatcher.step() is None

    def test_a_mail_can_be_read(self, world: World) -> None:
        world.fail("10.1.1.1")
        world.dispatcher.step()
        (entry,) = world.outbox.queries.for_host("10.1.1.1", 10, world.clock.now())
        assert entry.message is not None
        assert world.outbox.queries.content(entry.message) == world.server.messages(ADMIN)[0]


class TestMessageIds:
    def test_a_fault_is_told_without_its_words_and_work_goes_on(self, world: World) -> None:
        faults = [ValueError("the password is hunter2")]

        def account() -> Account:
            if faults:
                raise faults.pop()
            return ACCOUNT

        told: list[MailStatus] = []
        dispatcher = Dispatcher(
            world.outbox,
            account,
            lambda _: world.server,
            world.clock,
            on_change=lambda: told.append(dispatcher.status()),
        )
        world.fail("10.1.1.1")
        dispatcher.start()
        until(lambda: told)
        assert told[0].text == "mail is interrupted: ValueError"
        dispatcher.nudge()
        until(lambda: world.server.subjects(NOC))
        dispatcher.stop()
        assert not dispatcher._thread.is_alive()

    def test_news_wakes_it(self, world: World) -> None:
        world.dispatcher.start()
        world.fail("10.1.1.1")
        world.dispatcher.nudge()
        until(lambda: world.server.subjects(NOC))
        world.dispatcher.stop()


def until(holds: Callable[[], object]) -> None:
    """Wait for what another thread does, two seconds at most."""
    for _ in range(400):
        if holds():
            return
        time.sleep(0.005)
    raise AssertionError("it did not happen")
