"""Mails, and what becomes of them on the way to each recipient."""

import pytest

from conntest_tui.model.query_results import DeliveryState
from conntest_tui.store import Database, Outbox
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


class TestMails:
    def test_what_a_mail_tells_waits_no_longer(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED, OTHER)
        seal_all(outbox)
        assert outbox.size() == 0
        message = outbox.messages.claim(NOW.steady)
        assert message is not None
        assert (message.sender, message.content) == ("monitor@company.example", b"bytes")
        assert message.recipients == [ADMIN, NOC]

    def test_it_is_not_stored_when_something_of_it_waits_no_longer(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED, OTHER)
        outbox.bind([ADMIN])
        mail = message_about(*waiting(outbox))
        silence(outbox, database, FAILED.host)
        assert not outbox.store_messages([mail], [ADMIN], NOW)
        assert outbox.messages.claim(NOW.steady) is None
        assert waiting(outbox) == [OTHER]

    def test_an_attempt_that_never_ended_is_ambiguous(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        assert outbox.messages.claim(NOW.steady) is not None
        again = outbox.messages.claim(NOW.steady)
        assert again is not None
        assert (again.attempts, again.ambiguous) == ({ADMIN: 1, NOC: 1}, frozenset({ADMIN, NOC}))

    def test_what_is_muted_before_it_is_sent_is_not_sent_and_the_rest_by_one_mail(
        self, outbox: Outbox, database: Database
    ) -> None:
        """A digest is due, then one of its hosts is muted by another thread: the other host is told once."""
        add(outbox, database, FAILED, OTHER)
        seal_all(outbox, message_id="<a@x>")
        assert outbox.messages.is_due(NOW.steady)
        silence(outbox, database, FAILED.host)
        assert outbox.messages.claim(NOW.steady) is None
        assert waiting(outbox) == [OTHER]

    def test_what_is_muted_while_it_is_sent_is_told_by_no_other_mail(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED, OTHER)
        seal_all(outbox, message_id="<a@x>")
        assert outbox.messages.claim(NOW.steady) is not None
        silence(outbox, database, FAILED.host)
        assert waiting(outbox) == []
        assert set(states(outbox).values()) == {DeliveryState.QUEUED}

    def test_whom_the_server_has_taken_mail_for(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        settle(outbox, 1, ADMIN, DeliveryState.SENT)
        settle(outbox, 1, NOC, DeliveryState.QUEUED)
        assert outbox.queries.took_before(ADMIN)
        assert not outbox.queries.took_before(NOC)

    def test_each_recipient_goes_its_own_way(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        settle(outbox, 1, ADMIN, DeliveryState.SENT)
        settle(outbox, 1, NOC, DeliveryState.QUEUED)
        assert not outbox.messages.is_due(NOW.steady)
        message = outbox.messages.claim(NOW.steady + 5)
        assert message is not None
        assert message.recipients == [NOC]

    def test_the_least_tried_goes_first(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox, message_id="<a@x>")
        first = outbox.messages.claim(NOW.steady)
        assert first is not None
        add(outbox, database, OTHER)
        seal_all(outbox, message_id="<b@x>")
        second = outbox.messages.claim(NOW.steady)
        assert second is not None
        assert (first.number, second.number) == (1, 2)

    def test_a_withdrawn_mail_waits_again_and_is_late(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        outbox.messages.withdraw_all([(1, ADMIN)])
        assert [pending.late for pending in outbox.pending(ADMIN)] == [True]
        assert outbox.pending(NOC) == []
        assert states(outbox) == {ADMIN: DeliveryState.WITHDRAWN, NOC: DeliveryState.QUEUED}

    @pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.EXPIRED])
    def test_a_settled_one_cannot_be_withdrawn(self, outbox: Outbox, database: Database, state: DeliveryState) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        settle(outbox, 1, ADMIN, state)
        outbox.messages.withdraw_all([(1, ADMIN)])
        assert states(outbox)[ADMIN] is state
        assert waiting(outbox) == []

    def test_nor_one_that_may_have_arrived(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        settle(outbox, 1, ADMIN, DeliveryState.QUEUED, ambiguous=True)
        outbox.messages.withdraw_all([(1, ADMIN)])
        assert states(outbox)[ADMIN] is DeliveryState.QUEUED

    def test_discarded_means_stopped_unless_it_was_accepted_meanwhile(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        outbox.messages.discard(1, NOW.wall)
        settle(outbox, 1, ADMIN, DeliveryState.QUEUED)
        settle(outbox, 1, NOC, DeliveryState.SENT)
        assert states(outbox) == {ADMIN: DeliveryState.DISCARDED, NOC: DeliveryState.SENT}

    def test_trouble_with_the_server_postpones_all_and_release_hastens_all(
        self, outbox: Outbox, database: Database
    ) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        outbox.messages.postpone("535 no", 9000.0, NOW.wall, held=True)
        assert states(outbox) == {ADMIN: DeliveryState.HELD, NOC: DeliveryState.HELD}
        assert not outbox.messages.is_due(8999.0)
        outbox.messages.release(NOW.steady)
        assert outbox.messages.is_due(NOW.steady)

    def test_a_mail_expires_when_it_is_too_old(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        assert outbox.messages.expire(NOW.steady, NOW.wall) == 0
        assert outbox.messages.expire(NOW.steady + 1, NOW.wall) == 2
        assert outbox.queries.counts().lost == 2

    def test_trouble_with_the_server_hastens_nothing_and_says_why_and_when(
        self, outbox: Outbox, database: Database
    ) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        settle(outbox, 1, ADMIN, DeliveryState.SENT)
        settle(outbox, 1, NOC, DeliveryState.QUEUED)  # not before five seconds from now
        outbox.messages.postpone("421 later", NOW.steady + 1, 3000.0, held=False)
        assert not outbox.messages.is_due(NOW.steady + 4.9)
        assert outbox.messages.is_due(NOW.steady + 5)
        sent, waits = outbox.queries.entries(1, NOW)[0].deliveries
        assert (sent.state, sent.reply, sent.changed) == (DeliveryState.SENT, "words", NOW.wall)
        assert (waits.state, waits.reply, waits.changed) == (DeliveryState.QUEUED, "421 later", 3000.0)
        outbox.messages.release(NOW.steady)
        assert outbox.messages.is_due(NOW.steady)

    def test_what_is_settled_neither_expires_nor_is_hastened(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        settle(outbox, 1, ADMIN, DeliveryState.SENT)
        settle(outbox, 1, NOC, DeliveryState.HELD)
        outbox.messages.release(NOW.steady)
        assert outbox.messages.expire(NOW.steady + 1, 3000.0) == 1
        sent, lost = outbox.queries.entries(1, NOW)[0].deliveries
        assert (sent.state, lost.state, lost.changed) == (DeliveryState.SENT, DeliveryState.EXPIRED, 3000.0)
        assert outbox.messages.expire(NOW.steady + 1, 4000.0) == 0

    @pytest.mark.parametrize(
        "state", [DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.REFUSED, DeliveryState.EXPIRED]
    )
    def test_whatever_was_not_sent_can_be_discarded(
        self, outbox: Outbox, database: Database, state: DeliveryState
    ) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        settle(outbox, 1, ADMIN, DeliveryState.SENT)
        settle(outbox, 1, NOC, state)
        add(outbox, database, OTHER)
        seal_all(outbox, message_id="<b@x>")
        outbox.messages.discard(1, 3000.0)
        other, first = outbox.queries.entries(2, NOW)
        assert [delivery.state for delivery in first.deliveries] == [DeliveryState.SENT, DeliveryState.DISCARDED]
        assert first.deliveries[1].changed == 3000.0
        assert [delivery.state for delivery in other.deliveries] == [DeliveryState.QUEUED] * 2

    @pytest.mark.parametrize("state", [DeliveryState.QUEUED, DeliveryState.HELD])
    def test_former_recipients_get_nothing_more(self, outbox: Outbox, database: Database, state: DeliveryState) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        for recipient in (ADMIN, NOC):
            settle(outbox, 1, recipient, state)
        outbox.forget_recipients([NOC], 3000.0)
        assert states(outbox) == {ADMIN: DeliveryState.WITHDRAWN, NOC: state}
        former, _ = outbox.queries.entries(1, NOW)[0].deliveries
        assert (former.reply, former.changed) == ("no longer a recipient", 3000.0)

    def test_what_former_recipients_got_stays_sent(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        settle(outbox, 1, ADMIN, DeliveryState.SENT)
        outbox.forget_recipients([NOC], 3000.0)
        assert states(outbox) == {ADMIN: DeliveryState.SENT, NOC: DeliveryState.QUEUED}

    def test_the_first_mail_about_an_outage_is_known(self, outbox: Outbox, database: Database) -> None:
        for message_id in ("<a@x>", "<b@x>"):
            add(outbox, database, FAILED)
            seal_all(outbox, message_id=message_id)
        assert outbox.queries.first_about(5) == "<a@x>"
        outbox.messages.withdraw_all([(1, ADMIN), (1, NOC)])
        assert outbox.queries.first_about(5) == "<b@x>"
        assert outbox.queries.first_about(99) is None
        assert outbox.queries.has_message_id("<a@x>")
        assert not outbox.queries.has_message_id("<c@x>")


class TestLooking:
    def test_the_tally(self, outbox: Outbox, database: Database) -> None:
        assert outbox.queries.counts().next_try is None
        add(outbox, database, FAILED)
        seal_all(outbox)
        settle(outbox, 1, ADMIN, DeliveryState.SENT)
        settle(outbox, 1, NOC, DeliveryState.HELD)
        counts = outbox.queries.counts()
        assert (counts.under_way, counts.held, counts.tried, counts.lost) == (1, 1, 0, 0)
        assert (counts.reply, counts.next_try, counts.delivered) == ("words", NOW.steady + 5, NOW.wall)

    def test_the_mails_of_a_host(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox, message_id="<a@x>")
        add(outbox, database, OTHER)
        seal_all(outbox, message_id="<b@x>")
        (entry,) = outbox.queries.for_host(OTHER.host, 10, NOW)
        assert entry.message == 2
        assert outbox.queries.content(2) == b"bytes"
        assert outbox.queries.content(3) is None
        assert [entry.message for entry in outbox.queries.entries(10, NOW)] == [2, 1]

    def test_due_times_are_told_in_wall_time(self, outbox: Outbox, database: Database) -> None:
        add(outbox, database, FAILED)
        seal_all(outbox)
        settle(outbox, 1, ADMIN, DeliveryState.SENT)
        settle(outbox, 1, NOC, DeliveryState.QUEUED)
        (entry,) = outbox.queries.open_entries(10, NOW)
        assert [delivery.next_try for delivery in entry.deliveries] == [None, NOW.wall + 5]
