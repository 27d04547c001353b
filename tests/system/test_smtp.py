"""Real SMTP with TLS and AUTH, against aiosmtpd on loopback."""

import socket
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from conntest_tui.clock import SystemClock
from conntest_tui.config import Credentials, Delivery, Secret, Tls
from conntest_tui.model import MailHealth, Notification, NotificationKind
from conntest_tui.model.notifications import Message
from conntest_tui.notify import Account, Dispatcher, UnavailableError, channel_for, send_test
from conntest_tui.notify.channel import Reply, ReplyVerdict
from conntest_tui.notify.smtp_channel import SmtpChannel
from conntest_tui.notify.smtp_session import SmtpTimeouts
from conntest_tui.store import Database, Outbox
from tests.fakes import NOON
from tests.notify.post_office import LOOPBACK, PASSWORD, USERNAME, Authority, Handler, post_office
from tests.notify.world import parse
from tests.ports import free_port

pytestmark = [
    pytest.mark.system,
    # aiosmtpd 1.4 uses its own deprecated names, and warns that implicit TLS is not STARTTLS.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning"),
]

ADMIN, NOC, JOERG = "admin@company.example", "noc@company.example", "jörg@company.example"
MAIL = b"Subject: [DOWN] x\r\nMessage-ID: <a@b>\r\n\r\nDown.\r\n.\r\n..two dots\r\n"


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def port(handler: Handler, authority: Authority) -> Iterator[int]:
    """A server with STARTTLS and AUTH."""
    with post_office(
        handler,
        tls_context=authority.context(),
        require_starttls=True,
        authenticator=handler.authenticate,
        auth_required=True,
        enable_SMTPUTF8=True,
    ) as port:
        yield port


@pytest.fixture
def account(port: int, authority: Authority) -> Account:
    return Account(
        Delivery.SMTP,
        USERNAME,
        (ADMIN, NOC),
        LOOPBACK,
        port,
        credentials=Credentials(USERNAME, Secret(PASSWORD)),
        ca_file=authority.file,
    )


def send(account: Account, *recipients: str) -> dict[str, Reply]:
    channel = SmtpChannel(account)
    channel.open()
    try:
        return dict(channel.send(Message("<1@x>", "down", account.sender, recipients or account.recipients, MAIL)))
    finally:
        channel.close()


def refused_at_the_door(account: Account) -> Reply:
    channel = channel_for(account)
    with pytest.raises(UnavailableError) as caught:
        channel.open()
    channel.close()
    assert account.credentials is not None
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert account.credentials.password.reveal() not in "".join(told.format(chain=True))
    return caught.value.reply


class TestWhenAllIsWell:
    def test_starttls_and_auth(self, handler: Handler, account: Account) -> None:
        replies = send(account)
        assert {reply.verdict for reply in replies.values()} == {ReplyVerdict.ACCEPTED}
        assert handler.taken == [([ADMIN, NOC], MAIL)]
        assert handler.logins == 1

    def test_implicit_tls(self, handler: Handler, authority: Authority, account: Account) -> None:
        with post_office(
            handler,
            ssl_context=authority.context(),
            authenticator=handler.authenticate,
            auth_required=True,
            auth_require_tls=False,
        ) as port:
            send(replace(account, port=port, tls=Tls.IMPLICIT))
        assert len(handler.taken) == 1

    def test_a_name_that_is_written_to_its_last_dot(
        self, handler: Handler, authority: Authority, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # As DNS writes it. No certificate has that dot, nor has a server's name in TLS (RFC 6066, section 3).
        def known(_name: str, port: int | None, **_: object) -> list[object]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (LOOPBACK, port))]

        with post_office(handler, tls_context=authority.context("mail.company.example"), require_starttls=True) as port:
            monkeypatch.setattr(socket, "getaddrinfo", known)
            replies = send(
                replace(account, server="mail.company.example.", port=port, helo="noc.example", credentials=None)
            )
        assert {reply.verdict for reply in replies.values()} == {ReplyVerdict.ACCEPTED}

    def test_neither_when_the_configuration_says_so(self, handler: Handler, account: Account) -> None:
        with post_office(handler) as port:
            send(replace(account, port=port, tls=Tls.NONE, credentials=None))
        assert len(handler.taken) == 1

    def test_many_mails_over_one_connection_and_one_login(self, handler: Handler, account: Account) -> None:
        channel = SmtpChannel(account)
        channel.open()
        for _ in range(20):
            channel.send(Message("<1@x>", "down", account.sender, [ADMIN], MAIL))
        channel.close()
        assert (len(handler.taken), handler.logins) == (20, 1)

    def test_an_address_beyond_ascii_has_its_own_transaction(self, handler: Handler, account: Account) -> None:
        replies = send(account, ADMIN, JOERG, NOC)
        assert {reply.verdict for reply in replies.values()} == {ReplyVerdict.ACCEPTED}
        assert [recipients for recipients, _ in handler.taken] == [[ADMIN, NOC], [JOERG]]

    def test_test_mail_tells_each_answer(self, handler: Handler, account: Account) -> None:
        handler.recipients[NOC] = "550 5.1.1 no such user"
        first, second = send_test(account, channel_for(account))
        assert (first.recipient, first.accepted) == (ADMIN, True)
        assert (second.recipient, second.accepted) == (NOC, False)
        assert "550 5.1.1 no such user" in second.text
        assert parse(handler.taken[0][1])["Subject"] == "[TEST] conntest-tui can reach you"

    def test_test_mail_tells_everybody_when_the_door_is_shut(self, account: Account) -> None:
        answers = send_test(replace(account, port=free_port()), SmtpChannel(replace(account, port=free_port())))
        assert [answer.accepted for answer in answers] == [False, False]
        assert "Connection refused" in answers[0].text


class TestTheDoor:
    def test_a_certificate_of_a_stranger(self, account: Account) -> None:
        reply = refused_at_the_door(replace(account, ca_file=None))
        assert reply.verdict is ReplyVerdict.CONFIGURATION
        assert "certificate refused" in reply.text
        assert "email.ca_file" in reply.text

    def test_a_certificate_for_another_name(self, handler: Handler, authority: Authority, account: Account) -> None:
        with post_office(handler, tls_context=authority.context("mail.elsewhere.example")) as port:
            reply = refused_at_the_door(replace(account, port=port))
        assert reply.verdict is ReplyVerdict.CONFIGURATION
        assert "certificate refused" in reply.text

    def test_a_certificate_that_is_not_yet_valid_waits_for_the_clock(
        self, handler: Handler, authority: Authority, account: Account
    ) -> None:
        """A machine without a battery boots years behind, and sets its clock a little later."""
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        with post_office(handler, tls_context=authority.context(not_before=tomorrow)) as port:
            reply = refused_at_the_door(replace(account, port=port))
        assert reply.verdict is ReplyVerdict.TRANSIENT
        assert "clock" in reply.text

    def test_a_port_that_wants_tls_from_the_first_byte(self, handler: Handler, authority: Authority) -> None:
        """Spoken to in the clear it says nothing; which setting helps is told."""
        with post_office(handler, ssl_context=authority.context(), auth_require_tls=False) as port:
            account = Account(Delivery.SMTP, USERNAME, (ADMIN,), LOOPBACK, port, tls=Tls.STARTTLS)
            channel = SmtpChannel(account, SmtpTimeouts(opening=0.5, reply=0.5))
            with pytest.raises(UnavailableError, match=r'set email\.tls = "implicit"') as caught:
                channel.open()
        assert caught.value.reply.verdict is ReplyVerdict.TRANSIENT

    def test_a_wrong_password_is_tried_once_and_never_shown(self, handler: Handler, account: Account) -> None:
        wrong = "Tr0ub4dor&3"
        reply = refused_at_the_door(replace(account, credentials=Credentials(USERNAME, Secret(wrong))))
        assert reply.verdict is ReplyVerdict.CONFIGURATION
        assert reply.text.startswith("535")
        assert "creds.csv" in reply.text
        assert wrong not in reply.text
        assert handler.logins == 1

    def test_no_starttls(self, handler: Handler, account: Account) -> None:
        with post_office(handler) as port:
            reply = refused_at_the_door(replace(account, port=port))
        assert reply.verdict is ReplyVerdict.CONFIGURATION
        assert "no STARTTLS" in reply.text
        assert handler.mails == handler.logins == 0

    def test_no_login_where_one_is_configured(self, handler: Handler, authority: Authority, account: Account) -> None:
        with post_office(handler, tls_context=authority.context(), auth_exclude_mechanism=["LOGIN", "PLAIN"]) as port:
            reply = refused_at_the_door(replace(account, port=port))
        assert reply.verdict is ReplyVerdict.CONFIGURATION
        assert "no login" in reply.text

    def test_credentials_never_travel_in_the_clear(self, handler: Handler, account: Account) -> None:
        with post_office(handler, authenticator=handler.authenticate, auth_require_tls=False) as port:
            reply = refused_at_the_door(replace(account, port=port, tls=Tls.NONE))
        assert reply.verdict is ReplyVerdict.CONFIGURATION
        assert handler.logins == 0

    def test_tls_on_a_port_that_speaks_plainly(self, handler: Handler, account: Account) -> None:
        with post_office(handler) as port:
            reply = refused_at_the_door(replace(account, port=port, tls=Tls.IMPLICIT))
        assert reply.verdict is ReplyVerdict.CONFIGURATION
        assert "email.tls" in reply.text

    def test_nobody_there(self, account: Account) -> None:
        reply = refused_at_the_door(replace(account, port=free_port()))
        assert reply.verdict is ReplyVerdict.TRANSIENT
        assert "Connection refused" in reply.text

    def test_a_name_that_does_not_exist(self, account: Account) -> None:
        reply = refused_at_the_door(replace(account, server="mail.invalid"))
        assert reply.verdict is ReplyVerdict.TRANSIENT

    def test_an_authority_that_cannot_be_read(self, account: Account, tmp_path: Path) -> None:
        (tmp_path / "bad.pem").write_text("not a certificate")
        for path in (tmp_path / "bad.pem", tmp_path / "missing.pem"):
            reply = refused_at_the_door(replace(account, ca_file=path))
            assert reply.verdict is ReplyVerdict.CONFIGURATION
            assert str(path) in reply.text


class TestAnswers:
    def test_greylisting_of_one(self, handler: Handler, account: Account) -> None:
        handler.recipients[ADMIN] = "451 4.7.1 greylisted"
        replies = send(account)
        assert replies[ADMIN].verdict is ReplyVerdict.TRANSIENT
        assert not replies[ADMIN].whole_server
        assert replies[NOC].verdict is ReplyVerdict.ACCEPTED

    def test_one_unknown_recipient(self, handler: Handler, account: Account) -> None:
        handler.recipients[ADMIN] = "550 5.1.1 no such user"
        replies = send(account)
        assert (replies[ADMIN].verdict, replies[NOC].verdict) == (ReplyVerdict.REFUSED, ReplyVerdict.ACCEPTED)

    def test_one_unknown_recipient_alone_while_the_server_knows_others(
        self, handler: Handler, account: Account
    ) -> None:
        handler.recipients[ADMIN] = "550 5.1.1 no such user"
        assert send(account, ADMIN)[ADMIN].verdict is ReplyVerdict.REFUSED
        assert handler.taken == []

    def test_everybody_refused_means_us(self, handler: Handler, account: Account) -> None:
        handler.recipients = dict.fromkeys((ADMIN, NOC), "554 5.7.1 relay access denied")
        for recipients in [(ADMIN, NOC), (ADMIN,)]:
            replies = send(account, *recipients)
            assert {(reply.verdict, reply.whole_server) for reply in replies.values()} == {
                (ReplyVerdict.CONFIGURATION, True)
            }

    def test_a_refusal_while_the_others_are_greylisted_proves_nothing(self, handler: Handler, account: Account) -> None:
        handler.recipients = {ADMIN: "550 5.1.1 no such user", NOC: "451 greylisted"}
        reply = send(account, ADMIN)[ADMIN]
        assert (reply.verdict, reply.whole_server) == (ReplyVerdict.CONFIGURATION, False)

    def test_a_refused_sender(self, handler: Handler, account: Account) -> None:
        handler.sender = "553 5.7.1 not your address"
        reply = send(account)[NOC]
        assert (reply.verdict, reply.whole_server) == (ReplyVerdict.CONFIGURATION, True)
        assert "email.sender" in reply.text

    def test_a_mail_that_is_not_wanted_now(self, handler: Handler, account: Account) -> None:
        handler.content = "451 4.3.0 filter is away"
        assert {reply.verdict for reply in send(account).values()} == {ReplyVerdict.TRANSIENT}

    def test_a_mail_that_is_not_wanted_at_all_is_held(self, handler: Handler, account: Account) -> None:
        handler.content = "554 5.7.1 looks like spam"
        reply = send(account)[ADMIN]
        assert (reply.verdict, reply.whole_server) == (ReplyVerdict.CONFIGURATION, False)

    def test_closing(self, handler: Handler, account: Account) -> None:
        handler.sender = "421 4.3.2 closing"
        replies = send(account, ADMIN, JOERG)
        assert {(r.verdict, r.whole_server) for r in replies.values()} == {(ReplyVerdict.TRANSIENT, True)}
        assert handler.mails == 1

    def test_a_server_without_smtputf8_holds_only_those(
        self, handler: Handler, authority: Authority, account: Account
    ) -> None:
        with post_office(
            handler, tls_context=authority.context(), authenticator=handler.authenticate, enable_SMTPUTF8=False
        ) as port:
            replies = send(replace(account, port=port), ADMIN, JOERG)
        assert (replies[ADMIN].verdict, replies[JOERG].verdict) == (ReplyVerdict.ACCEPTED, ReplyVerdict.CONFIGURATION)


def test_from_the_outbox_to_the_server(handler: Handler, account: Account, tmp_path: Path) -> None:
    """The whole way, with the dispatcher's own thread."""
    database = Database.open(tmp_path / "state.db")
    outbox = Outbox(database)
    dispatcher = Dispatcher(outbox, lambda: account, channel_for, SystemClock(), on_change=None, random=Random(1))
    dispatcher.start()
    notification = Notification(
        NotificationKind.FAILED, NOON, host="10.1.1.1", description="Bücherei", outage=1, started=NOON, steady=NOON
    )
    database.transaction(lambda connection: outbox.add([notification], connection))
    dispatcher.nudge()
    for _ in range(100):
        if dispatcher.status().health is MailHealth.OK:
            break
        time.sleep(0.05)
    dispatcher.stop()
    database.close()
    ((recipients, content),) = handler.taken
    assert recipients == [ADMIN, NOC]
    assert parse(content)["Subject"] == "[DOWN] Bücherei (10.1.1.1)"
