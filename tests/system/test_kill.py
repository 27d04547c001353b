"""Killed again and again under every fault of the mail server: no alert is lost, doubled, altered or stale.

The same at full length: `python -m tests.bench.kill`.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import SystemRandom

import pytest

from conntest_tui.model import Behind, Notification, NotificationKind
from conntest_tui.notify.channel import MessageHead
from conntest_tui.notify.mail_drafts import compose
from conntest_tui.notify.mime import write
from conntest_tui.notify.outage_episodes import episodes_of
from conntest_tui.text import HOUR
from tests.fakes import NOON
from tests.system.chaos import Ordeal, Plan
from tests.system.chaos_server import RECIPIENTS
from tests.system.lab import Lab, needs_lab
from tests.system.reading import Says, Told, leaves_out, read
from tests.system.verdict import Arrival, Evidence, Outage, Verdict, gather

pytestmark = pytest.mark.system

SEED = int(os.environ.get("CHAOS_SEED", SystemRandom().randrange(10**6)))


@needs_lab
@pytest.mark.parametrize(("kills", "flapping"), [(9, False), (6, True)], ids=["each change is told", "flapping"])
def test_no_alert_is_lost_doubled_altered_or_stale(lab: Lab, tmp_path: Path, kills: int, flapping: bool) -> None:
    ordeal = Ordeal(lab, tmp_path, Plan(kills, SEED, flapping))
    ordeal.run()
    verdict = Verdict(gather(ordeal.mail, ordeal.database, ordeal.output, RECIPIENTS), RECIPIENTS)
    again = f"CHAOS_SEED={SEED} for the same life once more"
    assert verdict.complaints() == [], again
    figures = verdict.figures()
    assert figures["outages"] >= kills, again
    assert figures["mails"] >= 2, again


# ---------------------------------------------------------------- the proof itself must be able to fail

NOC = "noc@example.com"
FAILED = Notification(
    NotificationKind.FAILED, NOON, host="10.77.0.2", description="Host 2", outage=5, started=NOON, id=1
)
RESTORED = replace(FAILED, kind=NotificationKind.RESTORED, at=NOON + 60, duration=60.0, id=2)
OTHER = replace(FAILED, host="10.77.0.4", description="Host 4", outage=6, id=3)
OUTAGE = Outage(5, "10.77.0.2", NOON + 0.4, NOON + 60, mails=2)


def mail(name: str, *notifications: Notification, late: bool = False) -> bytes:
    """Return the bytes of a mail that tells these notifications; it is written when the last one became known."""
    moment = notifications[-1].at
    draft = compose(episodes_of(notifications), moment, late=late, renotify=HOUR)
    return write(draft, MessageHead("conntest@example.com", [NOC], f"<{name}@example.com>", (), moment))


DOWN, UP = mail("outage-5", FAILED), mail("outage-5.2", RESTORED)


def evidence(*mails: bytes, outages: Sequence[Outage] = (OUTAGE,)) -> Evidence:
    """Return what is left of an ordeal in which these mails came to the one recipient, in this order."""
    stored = {"<outage-5@example.com>": DOWN, "<outage-5.2@example.com>": UP}
    return Evidence([Arrival(True, (NOC,), content) for content in mails], outages, stored, (), "")


def complaints(of: Evidence) -> str:
    return "\n".join(Verdict(of, [NOC]).complaints())


class TestWhatAMailSays:
    def test_a_single_one(self) -> None:
        since = int(NOON)
        assert read(DOWN) == {Told("10.77.0.2", since, Says.DOWN)}
        assert read(UP) == {Told("10.77.0.2", since, Says.UP)}
        reminder = replace(FAILED, kind=NotificationKind.REMINDER, at=NOON + HOUR, duration=HOUR)
        assert read(mail("x", reminder)) == {Told("10.77.0.2", since, Says.STILL_DOWN)}
        assert read(mail("x", FAILED, RESTORED)) == {Told("10.77.0.2", since, Says.WAS_DOWN)}

    def test_a_digest(self) -> None:
        behind = replace(OTHER, behind=(Behind("10.77.0.6"), Behind("10.77.0.8")))
        since = int(NOON)
        assert read(mail("x", FAILED, behind, RESTORED, late=True)) == {
            Told("10.77.0.2", since, Says.WAS_DOWN),
            Told("10.77.0.4", since, Says.DOWN),
        }

    def test_the_end_of_flapping(self) -> None:
        steady = replace(FAILED, kind=NotificationKind.STEADY, at=NOON + 90, reason="no reply")
        for told in (mail("x", steady), mail("x", OTHER, steady)):
            assert Told("10.77.0.2", int(NOON) + 90, Says.STAYS_DOWN) in read(told)
        assert read(mail("x", replace(steady, outage=None))) == frozenset()

    def test_what_is_only_counted_is_noticed(self) -> None:
        many = [replace(OTHER, host=f"10.77.1.{n}", outage=10 + n, id=n) for n in range(250)]
        assert leaves_out(mail("x", *many))
        assert not leaves_out(mail("x", *many[:20]))


class TestTheVerdict:
    def test_all_is_well(self) -> None:
        assert complaints(evidence(DOWN, UP)) == ""
        assert complaints(evidence(DOWN, DOWN, UP, UP)) == ""  # repeated, byte for byte

    def test_a_lost_beginning(self) -> None:
        assert "never heard that Outage(id=5" in complaints(evidence(UP))

    def test_a_lost_end(self) -> None:
        assert "ended" in complaints(evidence(DOWN))

    def test_sent_means_that_the_server_has_said_so(self) -> None:
        sent = [("<outage-5@example.com>", NOC), ("<outage-5.2@example.com>", NOC)]
        assert complaints(replace(evidence(DOWN, UP), sent=sent)) == ""
        assert complaints(replace(evidence(DOWN, UP), sent=[("<lost@example.com>", NOC)])) == (
            f"<lost@example.com> is called sent to {NOC}, and has never arrived"
        )
        assert "never arrived" in complaints(replace(evidence(DOWN, UP), sent=[(sent[0][0], "oncall@example.com")]))

    def test_what_arrived_without_a_yes_is_not_sent(self) -> None:
        sent = [("<outage-5@example.com>", NOC)]
        broken_off = [Arrival(False, (NOC,), DOWN), Arrival(True, (NOC,), UP)]
        told = replace(evidence(), arrivals=broken_off, sent=sent)
        assert complaints(told) == f"{sent[0][0]} is called sent to {NOC}, and the server has never said so"
        repeated = replace(told, arrivals=[*broken_off[:1], *evidence(DOWN, UP).arrivals])
        assert complaints(repeated) == ""

    def test_a_mail_to_somebody_else_is_none(self) -> None:
        elsewhere = replace(evidence(), arrivals=[Arrival(True, ("oncall@example.com",), DOWN)])
        assert "never heard" in complaints(elsewhere)

    def test_an_outage_that_was_never_mailed_need_not_be_told(self) -> None:
        silent = replace(OUTAGE, mails=0)
        assert complaints(evidence(outages=[silent])) == ""
        assert "does not know as mailed" in complaints(evidence(DOWN, outages=[silent]))

    def test_the_same_news_by_two_mails(self) -> None:
        assert "heard from 2 mails that outage 5 began" in complaints(evidence(DOWN, mail("second", FAILED), UP))

    def test_two_mails_by_one_name(self) -> None:
        altered = DOWN.replace(b"Failed sweeps", b"Failed Sweeps") + b"\r\n"
        assert "2 different mails" in complaints(evidence(DOWN, altered, UP))

    def test_bytes_that_are_not_those_that_are_stored(self) -> None:
        assert "not what is stored" in complaints(replace(evidence(DOWN, UP), mails={}))

    def test_down_after_up(self) -> None:
        assert "after its end" in complaints(evidence(DOWN, UP, DOWN))

    def test_an_end_that_the_state_does_not_know(self) -> None:
        assert "is over" in complaints(evidence(DOWN, UP, outages=[replace(OUTAGE, ended=None)]))

    def test_what_is_left_behind(self) -> None:
        assert complaints(replace(evidence(DOWN, UP), unsettled=["notice 7 waits"])) == "notice 7 waits"

    def test_a_stumble_of_the_program(self) -> None:
        for line in ("Traceback (most recent call last):", "12:00 trouble: state: damaged"):
            assert complaints(replace(evidence(DOWN, UP), output=f"x\n{line}\ny")) == line
