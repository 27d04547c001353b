"""Back-off, the gate, and how mail is doing."""

from random import Random

import pytest

from conntest_tui.model import MailHealth
from conntest_tui.notify.backoff import HELD, JITTER, STEPS, ServerBackoff, wait
from conntest_tui.notify.channel import Reply, ReplyVerdict
from conntest_tui.notify.dispatcher import assess
from conntest_tui.store.outbox_queries import DeliveryCounts
from tests.notify.world import BAD_PASSWORD, NO_ANSWER


def test_waits_grow_to_five_minutes_and_stay_there() -> None:
    waits = [wait(failures, Random(7)) for failures in range(1, 20)]
    for seconds, step in zip(waits, (*STEPS, *[STEPS[-1]] * 13), strict=True):
        assert abs(seconds - step) <= JITTER * step


def test_monitors_do_not_knock_together() -> None:
    assert len({wait(6, Random(seed)) for seed in range(10)}) == 10


def test_a_backoff_opens_again_by_time_by_reset_and_by_success() -> None:
    backoff = ServerBackoff(Random(1))
    assert backoff.remaining(100.0) == 0
    backoff.note_failure(NO_ANSWER, 100.0)
    assert backoff.remaining(100.0) == pytest.approx(STEPS[0], rel=JITTER)
    assert backoff.remaining(110.0) == 0
    backoff.note_failure(NO_ANSWER, 110.0)
    assert backoff.remaining(110.0) == pytest.approx(STEPS[1], rel=JITTER)
    backoff.reset()
    assert backoff.remaining(110.0) == 0
    assert backoff.trouble is NO_ANSWER
    backoff.note_failure(BAD_PASSWORD, 110.0)
    assert backoff.remaining(110.0) == pytest.approx(HELD, rel=JITTER)
    backoff.note_success()
    assert backoff.remaining(110.0) == 0
    assert backoff.trouble is None


def test_fresh_evidence_ends_the_wait_for_it_and_no_wait_for_the_server() -> None:
    backoff = ServerBackoff(Random(1))
    backoff.pause(120.0)
    assert backoff.remaining(100.0) == 20
    backoff.resume()
    assert backoff.remaining(100.0) == 0
    backoff.pause(120.0)
    backoff.note_failure(NO_ANSWER, 110.0)  # the operator would not wait, and the server is away again
    backoff.resume()
    assert backoff.remaining(110.0) == pytest.approx(STEPS[0], rel=JITTER)
    assert backoff.stale


@pytest.mark.parametrize(
    ("counts", "facts", "trouble", "health", "text"),
    [
        (DeliveryCounts(), 0, None, MailHealth.IDLE, ""),
        (DeliveryCounts(delivered=1.0), 0, None, MailHealth.OK, ""),
        (DeliveryCounts(), 0, NO_ANSWER, MailHealth.IDLE, ""),
        (DeliveryCounts(), 1, NO_ANSWER, MailHealth.WAITING, NO_ANSWER.text),
        (DeliveryCounts(), 1, BAD_PASSWORD, MailHealth.HELD, BAD_PASSWORD.text),
        (DeliveryCounts(under_way=1, held=1, reply="554 no"), 0, NO_ANSWER, MailHealth.HELD, "554 no"),
        (
            DeliveryCounts(under_way=1, held=1, reply="554 not verified", reply_to=("a@x.example",)),
            0,
            None,
            MailHealth.HELD,
            "a@x.example: 554 not verified",
        ),
        (
            DeliveryCounts(under_way=1, tried=1, reply="450 <a@x.example> greylisted", reply_to=("a@x.example",)),
            0,
            None,
            MailHealth.WAITING,
            "450 <a@x.example> greylisted",
        ),
        (
            DeliveryCounts(under_way=1, held=2, reply="554 spam", reply_to=("a@x.example", "b@x.example")),
            0,
            None,
            MailHealth.HELD,
            "554 spam",
        ),
        (DeliveryCounts(under_way=1, tried=1, reply="451 later"), 0, None, MailHealth.WAITING, "451 later"),
        (
            DeliveryCounts(lost=2, lost_to=("a@x.example", "b@x.example"), reply="550 no", delivered=1.0),
            0,
            None,
            MailHealth.LOST,
            "2 not delivered, for good, to a@x.example, b@x.example: 550 no",
        ),
        (
            DeliveryCounts(lost=9, lost_to=tuple("abcdefgh"), reply="550 no"),
            0,
            None,
            MailHealth.LOST,
            "9 not delivered, for good, to a, b, c, d, e and 3 more: 550 no",
        ),
    ],
)
def test_what_the_operator_must_mend_comes_first(
    counts: DeliveryCounts, facts: int, trouble: Reply | None, health: MailHealth, text: str
) -> None:
    status = assess(counts, facts, trouble, None)
    assert (status.health, status.text, status.queued) == (health, text, facts + counts.under_way)


def test_every_verdict_has_a_word() -> None:
    assert len({verdict.value for verdict in ReplyVerdict}) == 5
