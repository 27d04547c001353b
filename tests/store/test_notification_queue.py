"""The outbox: what waits, and for whom."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from conntest_tui.model import Behind, Judgement, Notification, NotificationKind
from conntest_tui.model.query_results import DeliveryState
from conntest_tui.store import Database, OutageStore, Outbox
from tests.store.outbox_steps import (
    ADMIN,
    FAILED,
    NOC,
    NOW,
    OTHER,
    add,
    message_about,
    seal_all,
    settle,
    silence,
    states,
    waiting,
)
from tests.store.samples import outage


class TestPending:
    @pytest.mark.parametrize(
        "notification",
        [FAILED, replace(FAILED, watched=(1.0, 2.0)), Notification(NotificationKind.LINK_BACK, 3.0, started=1.0)],
    )
    def test_a_notification_comes_out_as_it_went_in(
        self, outbox: Outbox, database: Database, notification: Notification
    ) -> None:
        add(outbox, database, notification)
        assert outbox.not_composed(10) == [notification]
        assert outbox.not_composed(10)[0].id == 1

    def test_who_has_the_outage_is_known_when_it_is_read(self, outbox: Outbox, database: Database) -> None:
        """Somebody takes an outage, or gives it back, while mail about it waits."""
        outages = OutageStore(database, outbox)
        other = replace(outage(FAILED.outage or 0, FAILED.host), acknowledged="fan", acknowledged_by="anna")
        add(outbox, database, FAILED)
        assert outbox.not_composed(10)[0].acknowledgement == ""
        for note, by, said in (
            ("on it", "anna", "acknowledged by anna: on it"),
            ("", "", "acknowledged"),
            (None, "", ""),
        ):
            outages.record(Judgement(outages=(replace(other, acknowledged=note, acknowledged_by=by),)))
            outbox.bind([ADMIN])
            assert [one.acknowledgement for one in outbox.pending(ADMIN)] == [said]
            assert [one.acknowledgement for one in outbox.not_composed(10)] == [said]

    def test_an_outage_whose_number_was_given_anew_is_another_one(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        other = replace(outage(FAILED.outage or 0, "10.9.9.9"), acknowledged="fan", acknowledged_by="anna")
        OutageStore(database, outbox).record(Judgement(outages=(other,)))
        assert outbox.not_composed(10)[0].acknowledgement == ""

    def test_what_version_1_0_0_wrote_of_those_behind_is_read(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        database.transaction(
            lambda connection: connection.execute("""UPDATE notice SET behind = '["10.1.2.1", "10.1.2.2"]'""")
        )
        assert outbox.not_composed(10)[0].behind == (Behind("10.1.2.1"), Behind("10.1.2.2"))

    def test_it_survives_a_restart(self, tmp_path: Path) -> None:
        database = Database.open(tmp_path / "state.db")
        add(Outbox(database), database, FAILED)
        database.close()
        database = Database.open(tmp_path / "state.db")
        assert Outbox(database).not_composed(10) == [FAILED]
        database.close()

    def test_it_is_gone_with_the_transaction_that_fails(self, outbox: Outbox, database: Database) -> None:
        def fail(connection: sqlite3.Connection) -> None:
            outbox.add([FAILED], connection)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            database.transaction(fail)
        assert outbox.size() == 0

    def test_a_reminder_takes_the_place_of_an_older_one(self, outbox: Outbox, database: Database) -> None:
        reminder = replace(FAILED, kind=NotificationKind.REMINDER)
        newer = replace(reminder, at=3000.0)
        add(outbox, database, FAILED, reminder, replace(reminder, outage=6))
        add(outbox, database, newer)
        assert outbox.not_composed(10) == [FAILED, replace(reminder, outage=6), newer]

    def test_each_recipient_has_its_own_copy_of_what_waits(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED, OTHER)
        assert outbox.fresh()
        outbox.bind([ADMIN, NOC])
        assert not outbox.fresh()
        assert outbox.waiting() == {ADMIN: {1: FAILED.host, 2: OTHER.host}, NOC: {1: FAILED.host, 2: OTHER.host}}
        assert outbox.size() == 2

    def test_nobody_to_bind_to_leaves_it_fresh(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        outbox.bind([])
        assert outbox.fresh()

    def test_it_is_known_since_when_it_waits_and_whether_it_is_late(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        outbox.note(100.0, late=False)
        outbox.note(200.0, late=True)
        add(outbox, database, OTHER)
        outbox.note(300.0, late=False)
        outbox.bind([ADMIN])
        assert [(pending.seen, pending.late) for pending in outbox.pending(ADMIN)] == [(100.0, True), (300.0, False)]
        assert outbox.overdue(100.1)
        assert not outbox.overdue(100.0)

    def test_what_is_bound_becomes_late_too(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        outbox.bind([ADMIN])
        outbox.note(1.0, late=True)
        assert outbox.pending(ADMIN)[0].late

    def test_former_recipients_wait_for_nothing(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        outbox.bind([ADMIN, NOC])
        outbox.forget_recipients([NOC], 1.0)
        assert list(outbox.waiting()) == [NOC]

    def test_nothing_remains_when_nobody_wants_mail(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        outbox.bind([ADMIN])
        add(outbox, database, OTHER)
        outbox.drop_pending()
        assert outbox.size() == 0
        assert outbox.not_composed(10) == []

    def test_one_can_be_discarded(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED, OTHER)
        outbox.discard(1)
        assert outbox.not_composed(10) == [OTHER]

    def test_one_that_somebody_was_told_already_waits_for_nobody_else(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED, OTHER)
        outbox.bind([ADMIN, NOC])
        assert outbox.store_messages([message_about(*waiting(outbox))], [ADMIN], NOW)
        settle(outbox, 1, ADMIN, DeliveryState.SENT)
        outbox.discard(1)
        assert outbox.waiting() == {NOC: {2: OTHER.host}}
        assert database.rows("SELECT id FROM notice") == [(1,), (2,)]  # the mail to the other one tells of it

    def test_it_is_overdue_later_than_it_was_seen_also_without_recipients(
        self, outbox: Outbox, database: Database
    ) -> None:
        add(outbox, database, FAILED)
        outbox.note(100.0, late=False)
        assert outbox.overdue(100.1)
        assert not outbox.overdue(100.0)

    def test_the_token_stays(self, outbox: Outbox, database: Database) -> None:
        assert outbox.token() == Outbox(database).token()
        another = Database.open(None)
        assert outbox.token() != Outbox(another).token()
        another.close()


class TestSilence:
    def test_what_waits_about_the_host_is_dropped(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED, OTHER)
        outbox.bind([ADMIN])
        add(outbox, database, replace(FAILED, kind=NotificationKind.REMINDER))
        silence(outbox, database, FAILED.host)
        assert outbox.not_composed(10) == [OTHER]

    def test_a_mail_about_it_is_withdrawn_and_the_rest_waits(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED, OTHER)
        seal_all(outbox)
        settle(outbox, 1, NOC, DeliveryState.QUEUED, ambiguous=True)
        silence(outbox, database, FAILED.host)
        assert states(outbox) == {ADMIN: DeliveryState.WITHDRAWN, NOC: DeliveryState.QUEUED}
        assert waiting(outbox) == [OTHER]

    def test_a_mail_about_others_goes_on(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, OTHER)
        seal_all(outbox)
        silence(outbox, database, FAILED.host)
        assert states(outbox) == {ADMIN: DeliveryState.QUEUED, NOC: DeliveryState.QUEUED}


class TestPurge:
    def test_old_mails_are_forgotten_with_what_they_tell(self, outbox: Outbox, database: Database) -> None:
        for number in range(5):
            add(outbox, database, FAILED)
            seal_all(outbox, message_id=f"<{number}@x>")
            for recipient in (ADMIN, NOC):
                settle(outbox, number + 1, recipient, DeliveryState.SENT)
        assert outbox.purge(NOW.steady, 10) == 0
        assert outbox.purge(NOW.steady + 1, 3) == 3
        assert outbox.purge(NOW.steady + 1, 3) == 2
        for table in ("letter", "delivery", "telling", "notice"):
            assert database.rows(f"SELECT count(*) FROM {table}") == [(0,)]

    def test_what_is_under_way_or_waits_is_kept(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        outbox.messages.withdraw_all([(1, ADMIN)])
        assert outbox.purge(NOW.steady + 1) == 0
        settle(outbox, 1, NOC, DeliveryState.SENT)
        assert outbox.purge(NOW.steady + 1) == 1
        assert waiting(outbox) == [FAILED]


class TestShed:
    """The bytes of a mail go long before what is known of it."""

    def test_old_mails_keep_everything_but_their_bytes(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        for recipient in (ADMIN, NOC):
            settle(outbox, 1, recipient, DeliveryState.SENT)
        entries = outbox.queries.entries(10, NOW)
        outbox.messages.shed(NOW.steady, 10)
        assert outbox.queries.content(1) == b"bytes"
        outbox.messages.shed(NOW.steady + 1, 10)
        assert outbox.queries.content(1) is None
        assert outbox.queries.entries(10, NOW) == entries

    def test_their_room_is_free_for_others(self, outbox: Outbox, database: Database) -> None:
        def pages() -> int:
            ((used,), (free,)) = (database.rows(f"PRAGMA {name}")[0] for name in ("page_count", "freelist_count"))
            return int(used - free)

        for number in range(100):
            add(outbox, database, FAILED)
            outbox.bind([ADMIN])
            message = message_about(*waiting(outbox), message_id=f"<{number}@x>")
            outbox.store_messages([replace(message, content=bytes(3_600))], [ADMIN], NOW)
            settle(outbox, number + 1, ADMIN, DeliveryState.SENT)
        before = pages()
        outbox.messages.shed(NOW.steady + 1, 200)
        assert pages() < before - 80

    def test_not_more_than_so_many_at_once_and_each_once(self, outbox: Outbox, database: Database) -> None:
        for number in range(3):
            add(outbox, database, FAILED)
            outbox.bind([ADMIN])
            outbox.store_messages([message_about(*waiting(outbox), message_id=f"<{number}@x>")], [ADMIN], NOW)
            settle(outbox, number + 1, ADMIN, DeliveryState.SENT)
        for left in (1, 0):
            outbox.messages.shed(NOW.steady + 1, 2)
            assert sum(outbox.queries.content(number) is not None for number in (1, 2, 3)) == left

    def test_what_is_still_to_be_sent_keeps_its_bytes(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        settle(outbox, 1, ADMIN, DeliveryState.SENT)
        outbox.messages.shed(NOW.steady + 1, 10)
        assert outbox.queries.content(1) == b"bytes"


def test_ten_thousand_failures_take_little_time_and_one_mail(database: Database, outbox: Outbox) -> None:
    notifications = [replace(FAILED, host=f"10.{n // 250}.{n % 250}.1", outage=n, behind=()) for n in range(10_000)]
    add(outbox, database, *notifications)
    seal_all(outbox)
    outbox.messages.withdraw_all([(1, ADMIN), (1, NOC)])
    assert len(outbox.pending(ADMIN)) == 10_000
    assert outbox.queries.under_way() == []
