"""What a server's answer means."""

import pytest

from conntest_tui.notify.channel import Verdict
from conntest_tui.notify.smtp_protocol import Answer
from conntest_tui.notify.smtp_replies import Stage, judge, nobody_accepted, not_final


def answer(code: int, words: str = "words") -> Answer:
    return Answer(code, (words,))


@pytest.mark.parametrize(
    ("stage", "code", "verdict", "whole_server"),
    [
        (Stage.CONNECT, 220, Verdict.ACCEPTED, False),
        (Stage.CONNECT, 421, Verdict.TRANSIENT, True),
        (Stage.CONNECT, 554, Verdict.CONFIGURATION, True),
        (Stage.CONNECT, 0, Verdict.CONFIGURATION, True),
        (Stage.HELLO, 550, Verdict.CONFIGURATION, True),
        (Stage.TLS, 454, Verdict.TRANSIENT, True),
        (Stage.TLS, 502, Verdict.CONFIGURATION, True),
        (Stage.LOGIN, 535, Verdict.CONFIGURATION, True),
        (Stage.LOGIN, 454, Verdict.TRANSIENT, True),
        (Stage.SENDER, 250, Verdict.ACCEPTED, False),
        (Stage.SENDER, 452, Verdict.TRANSIENT, True),
        (Stage.SENDER, 530, Verdict.CONFIGURATION, True),
        (Stage.SENDER, 550, Verdict.CONFIGURATION, True),
        (Stage.SENDER, 552, Verdict.CONFIGURATION, False),
        (Stage.RECIPIENT, 251, Verdict.ACCEPTED, False),
        (Stage.RECIPIENT, 354, Verdict.TRANSIENT, True),
        (Stage.RECIPIENT, 450, Verdict.TRANSIENT, False),
        (Stage.RECIPIENT, 451, Verdict.TRANSIENT, False),
        (Stage.RECIPIENT, 421, Verdict.TRANSIENT, True),
        (Stage.RECIPIENT, 552, Verdict.TRANSIENT, False),
        (Stage.RECIPIENT, 501, Verdict.CONFIGURATION, False),
        (Stage.RECIPIENT, 503, Verdict.CONFIGURATION, False),
        (Stage.RECIPIENT, 550, Verdict.REFUSED, False),
        (Stage.RECIPIENT, 551, Verdict.REFUSED, False),
        (Stage.RECIPIENT, 553, Verdict.REFUSED, False),
        (Stage.RECIPIENT, 554, Verdict.REFUSED, False),
        (Stage.RECIPIENT, 556, Verdict.REFUSED, False),
        (Stage.RECIPIENT, 530, Verdict.CONFIGURATION, True),
        (Stage.RECIPIENT, 0, Verdict.TRANSIENT, True),
        (Stage.CONTENT, 250, Verdict.ACCEPTED, False),
        (Stage.CONTENT, 354, Verdict.TRANSIENT, True),
        (Stage.CONTENT, 451, Verdict.TRANSIENT, False),
        (Stage.CONTENT, 552, Verdict.CONFIGURATION, False),
        (Stage.CONTENT, 554, Verdict.CONFIGURATION, False),
    ],
)
def test_verdicts(stage: Stage, code: int, verdict: Verdict, *, whole_server: bool) -> None:
    reply = judge(stage, answer(code))
    assert (reply.verdict, reply.whole_server) == (verdict, whole_server)


@pytest.mark.parametrize(
    ("code", "words", "verdict", "whole_server"),
    [
        (550, "5.1.1 no such user", Verdict.REFUSED, False),
        (550, "5.1.10 recipient not found", Verdict.REFUSED, False),
        (550, "5.2.1 mailbox disabled", Verdict.REFUSED, False),
        (550, "5.1.8 bad sender address", Verdict.CONFIGURATION, False),
        (550, "5.7.1 relay access denied", Verdict.CONFIGURATION, False),
        (554, "5.7.26 unauthenticated mail", Verdict.CONFIGURATION, False),
        (550, "5.4.5 daily sending quota", Verdict.TRANSIENT, True),
        (550, "Daily sending limit exceeded", Verdict.TRANSIENT, True),
        (554, "too many messages", Verdict.TRANSIENT, True),
        (450, "4.7.1 Error: too much mail from 192.0.2.1", Verdict.TRANSIENT, True),
        (450, "4.2.1 this user receives mail at too high a rate", Verdict.TRANSIENT, False),
        (452, "4.2.2 mailbox full, over quota", Verdict.TRANSIENT, False),
        (552, "5.2.2 mailbox over quota", Verdict.TRANSIENT, False),
        (550, "1.1.1 a status of another class says nothing", Verdict.REFUSED, False),
        (550, "5.1 neither does half of one", Verdict.REFUSED, False),
    ],
)
def test_what_is_said_about_a_recipient(code: int, words: str, verdict: Verdict, *, whole_server: bool) -> None:
    reply = judge(Stage.RECIPIENT, answer(code, words))
    assert (reply.verdict, reply.whole_server) == (verdict, whole_server)


@pytest.mark.parametrize(
    ("stage", "code", "words", "hint"),
    [
        (Stage.LOGIN, 535, "5.7.8 bad", "check username and password in creds.csv"),
        (Stage.LOGIN, 535, "5.7.8 too many failed logins", "check username and password in creds.csv"),
        (Stage.LOGIN, 535, "5.7.139 Authentication unsuccessful", "login by password is switched off there"),
        (Stage.LOGIN, 534, "5.7.9 Application-specific password required", "make an application password"),
        (Stage.CONTENT, 554, "5.2.252 SendAsDenied; not allowed to send as", "set email.sender to the account"),
        (Stage.SENDER, 553, "5.7.1 Sender address rejected: not owned by user", "set email.sender to the account"),
        (Stage.SENDER, 550, "5.7.1 no", "check email.sender in settings.toml"),
        (Stage.SENDER, 530, "5.7.0 Must issue a STARTTLS command first", "check email.tls"),
        (Stage.RECIPIENT, 450, "4.7.1 <here>: Helo command rejected: Host not found", "set email.helo"),
        (Stage.RECIPIENT, 550, "5.1.1 no such user", "check the address in email_recipients.csv"),
        (Stage.CONTENT, 552, "5.3.4 Message size exceeds fixed limit", "larger than the server takes"),
        (Stage.SENDER, 552, "too big", "larger than the server takes"),
        (Stage.CONNECT, 0, "SSH-2.0-OpenSSH", "check server and port in server_info.csv"),
    ],
)
def test_a_no_says_what_to_do(stage: Stage, code: int, words: str, hint: str) -> None:
    text = judge(stage, answer(code, words)).text
    assert words in text
    assert hint in text


def test_a_server_that_accepts_nobody_means_us() -> None:
    reply = nobody_accepted(judge(Stage.RECIPIENT, answer(554, "5.7.1 Relay access denied")), whole_server=True)
    assert reply.verdict is Verdict.CONFIGURATION
    assert reply.text.startswith("554 5.7.1 Relay access denied (it accepts nobody: check creds.csv")


def test_who_got_mail_before_is_not_unknown() -> None:
    reply = not_final(judge(Stage.RECIPIENT, answer(550)))
    assert reply.verdict is Verdict.CONFIGURATION
    assert reply.text.startswith("550 words (it has taken mail for this address before: check the address")
