"""What a server's answer means."""

import pytest

from conntest_tui.notify.channel import ReplyVerdict, not_final
from conntest_tui.notify.smtp_replies import SmtpStage, judge, none_accepted
from conntest_tui.notify.smtp_steps_and_reply_reader import Answer


def answer(code: int, words: str = "words") -> Answer:
    return Answer(code, (words,))


@pytest.mark.parametrize(
    ("stage", "code", "verdict", "whole_server"),
    [
        (SmtpStage.CONNECT, 220, ReplyVerdict.ACCEPTED, False),
        (SmtpStage.CONNECT, 421, ReplyVerdict.TRANSIENT, True),
        (SmtpStage.CONNECT, 554, ReplyVerdict.CONFIGURATION, True),
        (SmtpStage.CONNECT, 0, ReplyVerdict.CONFIGURATION, True),
        (SmtpStage.HELLO, 550, ReplyVerdict.CONFIGURATION, True),
        (SmtpStage.TLS, 454, ReplyVerdict.TRANSIENT, True),
        (SmtpStage.TLS, 502, ReplyVerdict.CONFIGURATION, True),
        (SmtpStage.LOGIN, 535, ReplyVerdict.CONFIGURATION, True),
        (SmtpStage.LOGIN, 454, ReplyVerdict.TRANSIENT, True),
        (SmtpStage.SENDER, 250, ReplyVerdict.ACCEPTED, False),
        (SmtpStage.SENDER, 452, ReplyVerdict.TRANSIENT, True),
        (SmtpStage.SENDER, 530, ReplyVerdict.CONFIGURATION, True),
        (SmtpStage.SENDER, 550, ReplyVerdict.CONFIGURATION, True),
        (SmtpStage.SENDER, 552, ReplyVerdict.CONFIGURATION, False),
        (SmtpStage.RECIPIENT, 251, ReplyVerdict.ACCEPTED, False),
        (SmtpStage.RECIPIENT, 354, ReplyVerdict.TRANSIENT, True),
        (SmtpStage.RECIPIENT, 450, ReplyVerdict.TRANSIENT, False),
        (SmtpStage.RECIPIENT, 451, ReplyVerdict.TRANSIENT, False),
        (SmtpStage.RECIPIENT, 421, ReplyVerdict.TRANSIENT, True),
        (SmtpStage.RECIPIENT, 552, ReplyVerdict.TRANSIENT, False),
        (SmtpStage.RECIPIENT, 501, ReplyVerdict.CONFIGURATION, False),
        (SmtpStage.RECIPIENT, 503, ReplyVerdict.CONFIGURATION, False),
        (SmtpStage.RECIPIENT, 550, ReplyVerdict.REFUSED, False),
        (SmtpStage.RECIPIENT, 551, ReplyVerdict.REFUSED, False),
        (SmtpStage.RECIPIENT, 553, ReplyVerdict.REFUSED, False),
        (SmtpStage.RECIPIENT, 554, ReplyVerdict.REFUSED, False),
        (SmtpStage.RECIPIENT, 556, ReplyVerdict.REFUSED, False),
        (SmtpStage.RECIPIENT, 530, ReplyVerdict.CONFIGURATION, True),
        (SmtpStage.RECIPIENT, 0, ReplyVerdict.TRANSIENT, True),
        (SmtpStage.CONTENT, 250, ReplyVerdict.ACCEPTED, False),
        (SmtpStage.CONTENT, 354, ReplyVerdict.TRANSIENT, True),
        (SmtpStage.CONTENT, 451, ReplyVerdict.TRANSIENT, False),
        (SmtpStage.CONTENT, 552, ReplyVerdict.CONFIGURATION, False),
        (SmtpStage.CONTENT, 554, ReplyVerdict.CONFIGURATION, False),
    ],
)
def test_verdicts(stage: SmtpStage, code: int, verdict: ReplyVerdict, *, whole_server: bool) -> None:
    reply = judge(stage, answer(code))
    assert (reply.verdict, reply.whole_server) == (verdict, whole_server)


@pytest.mark.parametrize(
    ("code", "words", "verdict", "whole_server"),
    [
        (550, "5.1.1 no such user", ReplyVerdict.REFUSED, False),
        (550, "5.1.10 recipient not found", ReplyVerdict.REFUSED, False),
        (550, "5.2.1 mailbox disabled", ReplyVerdict.REFUSED, False),
        (550, "5.1.8 bad sender address", ReplyVerdict.CONFIGURATION, False),
        (550, "5.7.1 relay access denied", ReplyVerdict.CONFIGURATION, False),
        (554, "5.7.26 unauthenticated mail", ReplyVerdict.CONFIGURATION, False),
        (550, "5.4.5 daily sending quota", ReplyVerdict.TRANSIENT, True),
        (550, "Daily sending limit exceeded", ReplyVerdict.TRANSIENT, True),
        (554, "too many messages", ReplyVerdict.TRANSIENT, True),
        (450, "4.7.1 Error: too much mail from 192.0.2.1", ReplyVerdict.TRANSIENT, True),
        (450, "4.2.1 this user receives mail at too high a rate", ReplyVerdict.TRANSIENT, False),
        (452, "4.2.2 mailbox full, over quota", ReplyVerdict.TRANSIENT, False),
        (552, "5.2.2 mailbox over quota", ReplyVerdict.TRANSIENT, False),
        (550, "1.1.1 a status of another class says nothing", ReplyVerdict.REFUSED, False),
        (550, "5.1 neither does half of one", ReplyVerdict.REFUSED, False),
    ],
)
def test_what_is_said_about_a_recipient(code: int, words: str, verdict: ReplyVerdict, *, whole_server: bool) -> None:
    reply = judge(SmtpStage.RECIPIENT, answer(code, words))
    assert (reply.verdict, reply.whole_server) == (verdict, whole_server)


@pytest.mark.parametrize(
    ("stage", "code", "words", "hint"),
    [
        (SmtpStage.LOGIN, 535, "5.7.8 bad", "check username and password in creds.csv"),
        (SmtpStage.LOGIN, 535, "5.7.8 too many failed logins", "check username and password in creds.csv"),
        (SmtpStage.LOGIN, 535, "5.7.139 Authentication unsuccessful", "login by password is switched off there"),
        (SmtpStage.LOGIN, 534, "5.7.9 Application-specific password required", "make an application password"),
        (SmtpStage.CONTENT, 554, "5.2.252 SendAsDenied; not allowed to send as", "set email.sender to the account"),
        (SmtpStage.SENDER, 553, "5.7.1 Sender address rejected: not owned by user", "set email.sender to the account"),
        (SmtpStage.SENDER, 550, "5.7.1 no", "check email.sender in settings.toml"),
        (SmtpStage.SENDER, 530, "5.7.0 Must issue a STARTTLS command first", "check email.tls"),
        (SmtpStage.RECIPIENT, 450, "4.7.1 <here>: Helo command rejected: Host not found", "set email.helo"),
        (SmtpStage.RECIPIENT, 550, "5.1.1 no such user", "check the address in email_recipients.csv"),
        (SmtpStage.CONTENT, 552, "5.3.4 Message size exceeds fixed limit", "larger than the server takes"),
        (SmtpStage.SENDER, 552, "too big", "larger than the server takes"),
        (SmtpStage.CONNECT, 0, "SSH-2.0-OpenSSH", "check server and port in server_info.csv"),
    ],
)
def test_a_no_says_what_to_do(stage: SmtpStage, code: int, words: str, hint: str) -> None:
    text = judge(stage, answer(code, words)).text
    assert words in text
    assert hint in text


def test_a_server_that_accepts_nobody_means_us() -> None:
    reply = none_accepted(judge(SmtpStage.RECIPIENT, answer(554, "5.7.1 Relay access denied")), whole_server=True)
    assert reply.verdict is ReplyVerdict.CONFIGURATION
    assert reply.text.startswith("554 5.7.1 Relay access denied (it accepts no recipient: check creds.csv")


def test_who_got_mail_before_is_not_unknown() -> None:
    reply = not_final(judge(SmtpStage.RECIPIENT, answer(550)))
    assert reply.verdict is ReplyVerdict.CONFIGURATION
    assert reply.text.startswith("550 words (it has taken mail for this address before: check the address")
