"""Who hears of an end: those, and only those, who have heard of what ends."""

from collections.abc import Iterator
from dataclasses import replace
from sqlite3 import Connection

import pytest

from conntest_tui.model import NotificationKind
from conntest_tui.notify.dispatcher import LIFETIME
from conntest_tui.store.schema import STEPS
from conntest_tui.text import HOUR, MINUTE
from tests.notify.told_model import ROUTES, ToldModel
from tests.notify.world import ACCOUNT, ADMIN, GREYLISTED, MAYBE, NO_ANSWER, NOC, UNKNOWN, World, text_of

NEW = "new@company.example"


def silence(world: World, host: str) -> None:
    world.database.transaction(lambda connection: world.outbox.silence([host], connection))


class TestAnEnd:
    def test_is_no_news_to_who_became_a_recipient_in_between(self, world: World) -> None:
        world.fail("10.1.1.1")
        world.dispatcher.step()
        world.account = replace(ACCOUNT, recipients=(*ACCOUNT.recipients, NEW))
        world.restore("10.1.1.1")
        world.run(MINUTE)
        assert world.server.subjects(ADMIN)[1:] == ["[UP after less than 1s] Switch 10.1.1.1 (10.1.1.1)"]
        assert world.server.subjects(NEW) == []

    def test_is_news_to_who_was_reminded_in_between(self, world: World) -> None:
        world.fail("10.1.1.1")
        world.dispatcher.step()
        world.account = replace(ACCOUNT, recipients=(*ACCOUNT.recipients, NEW))
        for tell in (world.remind, world.restore):
            world.clock.pass_(HOUR)
            tell("10.1.1.1")
            world.dispatcher.step()
        assert [subject.partition(" ")[0] for subject in world.server.subjects(NEW)] == ["[STILL", "[UP"]

    def test_is_no_news_to_whom_the_failure_was_refused_for_good(self, world: World) -> None:
        world.server.replies[NOC] = [UNKNOWN]
        world.fail("10.1.1.1")
        world.dispatcher.step()
        world.restore("10.1.1.1")
        world.run(MINUTE)
        assert (len(world.server.subjects(ADMIN)), world.server.subjects(NOC)) == (2, [])

    def test_is_no_news_when_the_failure_could_not_be_sent_for_days(self, world: World) -> None:
        world.server.door = NO_ANSWER
        world.fail("10.1.1.1")
        world.run(LIFETIME + HOUR)
        world.server.door = None
        world.restore("10.1.1.1")
        world.run(HOUR)
        assert world.server.tried == []

    def test_is_no_news_when_the_operator_stopped_the_failure(self, world: World) -> None:
        world.server.door = NO_ANSWER
        world.fail("10.1.1.1")
        world.dispatcher.step()
        world.dispatcher.discard(world.dispatcher.entries(1)[0])
        world.server.door = None
        world.restore("10.1.1.1")
        world.run(HOUR)
        assert world.server.tried == []

    @pytest.mark.parametrize("kind", [NotificationKind.RESTORED, NotificationKind.REMOVED])
    def test_is_no_news_when_a_mute_has_kept_the_failure_back(self, world: World, kind: NotificationKind) -> None:
        world.server.door = NO_ANSWER
        world.fail("10.1.1.1", "10.1.1.2")
        world.dispatcher.step()
        silence(world, "10.1.1.1")
        world.server.door = None
        world.tell(*(replace(world.outages[host], kind=kind) for host in ("10.1.1.1", "10.1.1.2")))
        world.run(HOUR)
        (message,) = world.server.messages(ADMIN)
        assert "10.1.1.2" in text_of(message)
        assert "10.1.1.1" not in text_of(message)

    def test_is_news_to_whom_the_failure_may_have_reached(self, world: World) -> None:
        world.server.replies[NOC] = [MAYBE, UNKNOWN]
        world.fail("10.1.1.1")
        world.run(MINUTE)
        world.restore("10.1.1.1")
        world.run(HOUR)
        assert [subject.partition(" ")[0] for subject in world.server.subjects(NOC)] == ["[UP"]

    def test_is_told_as_past_to_whom_the_failure_is_still_on_its_way(self, world: World) -> None:
        world.server.replies[NOC] = [GREYLISTED]
        world.fail("10.1.1.1")
        world.dispatcher.step()
        world.restore("10.1.1.1")
        world.run(HOUR)
        assert [subject.partition(" ")[0] for subject in world.server.subjects(NOC)] == ["[WAS"]

    def test_is_news_to_everybody_when_the_outbox_has_forgotten_who_heard_of_it(self, world: World) -> None:
        world.fail("10.1.1.1")
        world.dispatcher.step()
        world.clock.pass_(HOUR)
        assert world.outbox.purge(world.clock.steady) == 1
        world.restore("10.1.1.1")
        world.dispatcher.step()
        assert [subject.partition(" ")[0] for subject in world.server.subjects(NOC)] == ["[DOWN]", "[UP"]

    def test_is_news_when_only_a_reminder_is_remembered_that_nobody_got(self, world: World) -> None:
        world.fail("10.1.1.1")
        world.dispatcher.step()
        world.clock.pass_(HOUR)
        forgotten = world.clock.steady
        world.server.door = NO_ANSWER
        world.remind("10.1.1.1")
        world.run(MINUTE)
        world.database.transaction(lambda connection: world.outbox.end_reminders([1], connection))
        world.server.door = None
        world.outbox.purge(forgotten)
        world.restore("10.1.1.1")
        world.run(HOUR)
        assert [subject.partition(" ")[0] for subject in world.server.subjects(NOC)] == ["[DOWN]", "[UP"]

    def test_of_flapping_is_news_to_who_heard_of_that_flapping(self, world: World) -> None:
        world.fail("10.1.1.1")
        world.outages["10.1.1.1"] = began = replace(
            world.outages["10.1.1.1"], kind=NotificationKind.FLAPPING, outage=None
        )
        world.tell(began)
        world.dispatcher.step()
        world.account = replace(ACCOUNT, recipients=(*ACCOUNT.recipients, NEW))
        world.clock.pass_(HOUR)
        world.tell(replace(began, kind=NotificationKind.STEADY, at=world.clock.wall, duration=HOUR))
        world.dispatcher.step()
        assert (world.server.subjects(ADMIN)[-1][:8], world.server.subjects(NEW)) == ("[STEADY,", [])

    def test_of_flapping_is_news_to_everybody_when_the_host_is_down(self, world: World) -> None:
        world.fail("10.1.1.2")
        world.account = replace(ACCOUNT, recipients=(*ACCOUNT.recipients, NEW))
        world.tell(replace(world.outages["10.1.1.2"], kind=NotificationKind.STEADY))
        world.dispatcher.step()
        assert len(world.server.subjects(NEW)) == 1


def test_a_failure_is_news_though_a_damaged_file_has_given_its_numbers_before(world: World) -> None:
    world.fail("10.1.1.1")
    world.dispatcher.step()
    world.clock.pass_(HOUR)
    world.database.transaction(
        lambda connection: [connection.execute(f"DELETE FROM {table}") for table in ("notice", "sqlite_sequence")]
    )
    world.tell(replace(world.outages["10.1.1.1"], at=world.clock.wall, started=world.clock.wall))
    world.dispatcher.step()
    assert len(world.server.subjects(ADMIN)) == 2


class TestAMuteThatEnds:
    """Is a host still down when its mute ends, then the failure mail goes out, to whom it did not reach before."""

    @pytest.fixture
    def model(self) -> Iterator[ToldModel]:
        """A host has failed, the mail is delayed for the second recipient, and the host is muted."""
        model = ToldModel()
        model.replies = {ROUTES[1]: ["not now"]}
        model.judge("router")
        model.due()
        model.mute("router")
        model.wait(1000)
        yield model
        model.database.close()

    def test_it_reaches_whom_it_had_not_reached(self, model: ToldModel) -> None:
        assert model.arrived == {ROUTES[0]: {("router", 1)}}
        model.unmute("router")
        model.due()
        assert model.arrived[ROUTES[1]] == {("router", 1)}

    def test_unless_it_is_up_again(self, model: ToldModel) -> None:
        model.judge()
        model.unmute("router")
        model.wait(1000)
        assert model.arrived == {ROUTES[0]: {("router", 1)}}

    def test_also_when_it_is_behind_another_one_by_now(self) -> None:
        """It was down before that one was, and may be down when that one is back: as if it had not been muted."""
        model = ToldModel()
        model.door = NO_ANSWER
        model.judge("switch")
        model.mute("switch")
        model.judge("switch", "router")
        model.door = None
        model.unmute("switch")
        model.wait(1000)
        assert model.arrived[ROUTES[0]] == {("router", 2), ("switch", 1)}
        model.database.close()

    def test_unless_the_operator_has_stopped_it(self) -> None:
        model = ToldModel()
        model.door = NO_ANSWER
        model.judge("router")
        model.discard()
        model.mute("router")
        model.door = None
        model.unmute("router")
        model.wait(500)
        assert model.arrived == {}
        model.database.close()

    def test_it_does_not_reach_for_whom_the_operator_has_stopped_it(self) -> None:
        """Two mails tell of it; one of them is stopped, the other one is kept back by the mute."""
        model = ToldModel()
        model.account = replace(model.account, recipients=ROUTES[:1])
        model.replies = {ROUTES[0]: ["not now"]}
        model.judge("router")
        model.due()
        model.discard()
        model.add_or_remove_route(ROUTES[1])
        model.replies = {ROUTES[1]: ["not now"]}
        model.database.transaction(lambda connection: connection.execute("UPDATE notice SET fresh = 1"))
        model.due()
        model.mute("router")
        model.unmute("router")
        model.wait(500)
        assert model.arrived == {ROUTES[1]: {("router", 1)}}
        model.database.close()

    def test_flapping_goes_out_that_it_kept_back(self) -> None:
        model = flapping()
        model.unmute("router")
        model.judge()
        model.due()
        assert {subject[0] for subject in model.arrived[ROUTES[0]]} == {"router"}
        assert [fact.kind for fact in model.last_facts] == [NotificationKind.FLAPPING]
        model.database.close()

    def test_no_flapping_goes_out_that_is_over(self) -> None:
        model = flapping()
        for _ in range(8):
            model.judge()
        model.unmute("router")
        model.wait(1000)
        assert model.arrived == {}
        model.database.close()

    def test_a_host_that_is_steady_and_down_goes_out_that_it_kept_back(self) -> None:
        """A mail has said so already, which did not get through: it is the first word about its outage nevertheless."""
        model = flapping(mute=False)
        model.wait(0)
        model.door = NO_ANSWER
        for _ in range(8):
            model.judge("router")
        model.door, model.replies = None, {route: ["not now"] for route in ROUTES}
        model.dispatcher.retry_now()
        model.due()
        model.mute("router")
        model.unmute("router")
        assert ("router", 3) not in model.arrived[ROUTES[0]]
        model.wait(1000)
        assert ("router", 3) in model.arrived[ROUTES[0]]
        model.database.close()


def flapping(*, mute: bool = True) -> ToldModel:
    """Return a host that flaps, and is muted while mail is away."""
    model = ToldModel(flapping=True)
    if mute:
        model.door = NO_ANSWER
    for down in (("router",), (), ("router",), ()):
        model.judge(*down)
    if mute:
        model.due()
        model.mute("router")
        model.door = None
    return model


def test_a_database_of_version_5_keeps_back_what_it_dropped_for_a_mute(world: World) -> None:
    world.server.door = NO_ANSWER
    world.fail("10.1.1.1", "10.1.1.2")
    world.dispatcher.step()
    silence(world, "10.1.1.1")

    def go_back(connection: Connection) -> None:
        connection.execute("ALTER TABLE notice DROP COLUMN kept_back")
        connection.execute("INSERT INTO muted (host, began, planned) VALUES ('10.1.1.1', 1, 0)")
        for statement in STEPS[5].strip().split(";\n"):
            connection.execute(statement)

    world.database.transaction(go_back)
    assert world.database.rows("SELECT host, kept_back FROM notice") == [("10.1.1.1", 1), ("10.1.1.2", 0)]


def test_what_was_never_told_is_forgotten_in_time(world: World) -> None:
    world.server.door = NO_ANSWER
    world.fail("10.1.1.1", "10.1.1.2")
    world.dispatcher.step()
    silence(world, "10.1.1.1")
    world.account = replace(ACCOUNT, recipients=())
    world.run(MINUTE)
    assert world.database.rows("SELECT count(*) FROM notice") == [(2,)]
    world.outbox.purge(world.clock.steady)
    assert world.database.rows("SELECT count(*) FROM notice WHERE NOT fresh") == [(0,)]


def test_a_cause_that_is_over_is_not_mailed_as_if_it_lasted_though_its_hosts_were_muted_meanwhile() -> None:
    model = ToldModel()
    model.door = NO_ANSWER
    for _ in range(2):
        model.judge(refused=["printer"])
    model.mute("printer")
    model.judge()
    model.door = None
    model.wait(1000)
    assert [(fact.kind, fact.over) for fact in model.last_facts] == [
        (NotificationKind.CAUSE, False),
        (NotificationKind.CAUSE_OVER, True),
    ]
    model.database.close()
