"""Mail servers that break off, hang, or never stop talking."""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conntest_tui.clock import SystemClock
from conntest_tui.config import Delivery, Tls
from conntest_tui.mail import Account, Courier, UnavailableError
from conntest_tui.mail.classify import Reply, Verdict
from conntest_tui.mail.smtp import Patience, SmtpTransport
from conntest_tui.mail.wire import dial
from conntest_tui.model import MailHealth, Notice, NoticeKind
from conntest_tui.store import Database, Outbox
from tests.fakes import NOON
from tests.mail.post_office import LOOPBACK, Authority, Script, greet, hear, say, scripted, take_letter, until_data

pytestmark = pytest.mark.system

ADMIN = "admin@company.example"
LETTER = b"Subject: [DOWN] x\r\n\r\nDown.\r\n"
SHORT = Patience(opening=0.5, letter=0.5, leaving=0.2)


def account(port: int, tls: Tls = Tls.NONE) -> Account:
    return Account(Delivery.SMTP, "monitor@company.example", (ADMIN,), LOOPBACK, port, tls=tls)


def send(script: Script) -> Reply:
    with scripted(script) as port:
        transport = SmtpTransport(account(port), SHORT)
        transport.open()
        reply = transport.send(LETTER, "monitor@company.example", [ADMIN])[ADMIN]
        transport.close()
    return reply


def knock(script: Script, tls: Tls = Tls.NONE) -> Reply:
    with scripted(script) as port:
        transport = SmtpTransport(account(port, tls), SHORT)
        began = time.monotonic()
        with pytest.raises(UnavailableError) as caught:
            transport.open()
        transport.close()
        assert time.monotonic() - began < 2 * SHORT.opening + SHORT.leaving
    return caught.value.reply


def hang(connection: socket.socket) -> None:
    """Say nothing until the client goes away."""
    while connection.recv(4096):
        pass


def drip(line: bytes) -> Script:
    """Say the same for ever, so that no time-out between bytes ever strikes."""

    def script(connection: socket.socket) -> None:
        for _ in range(1000):
            connection.sendall(line)
            time.sleep(0.01)

    return script


def flood(line: bytes) -> Script:
    def script(connection: socket.socket) -> None:
        for _ in range(100_000):
            connection.sendall(line * 100)

    return script


@pytest.mark.parametrize(
    "script",
    [hang, drip(b"220-welcome\r\n"), drip(b"x"), flood(b"220-welcome\r\n"), lambda connection: connection.close()],
    ids=["silence", "endless banner", "endless line", "flood", "closed at once"],
)
@pytest.mark.parametrize("tls", [Tls.NONE, Tls.STARTTLS])
def test_a_server_that_does_not_let_us_in(script: Script, tls: Tls) -> None:
    reply = knock(script, tls)
    assert reply.whole_server
    assert reply.verdict in {Verdict.TRANSIENT, Verdict.CONFIGURATION}


@pytest.mark.parametrize("script", [hang, drip(b"\x16"), lambda connection: connection.close()])
def test_a_tls_handshake_that_does_not_end(script: Script) -> None:
    assert knock(script, Tls.IMPLICIT).whole_server


@pytest.mark.parametrize("banner", ["SSH-2.0-OpenSSH_9.6", "HTTP/1.1 400 Bad Request", "554 no SMTP service here"])
def test_something_that_is_no_mail_server(banner: str) -> None:
    reply = knock(lambda connection: say(connection, banner))
    assert reply.verdict is Verdict.CONFIGURATION
    assert "server_info.csv" in reply.text


def test_a_busy_server() -> None:
    assert knock(lambda connection: say(connection, "421 too busy")).verdict is Verdict.TRANSIENT


def test_what_somebody_slipped_in_before_tls_is_forgotten(tmp_path: Path) -> None:
    """RFC 3207: what came in the clear behind the answer to STARTTLS must not count after it."""
    authority = Authority(tmp_path)

    def script(connection: socket.socket) -> None:
        say(connection, "220 hello")
        hear(connection)
        say(connection, "250-hello", "250 STARTTLS")
        hear(connection)
        say(connection, "220 go ahead", "250-evil", "250 AUTH PLAIN")
        with authority.context().wrap_socket(connection, server_side=True) as safe:
            hear(safe)
            say(safe, "250-honest", "250 SIZE 1000000")
            hear(safe)

    with scripted(script) as port:
        transport = SmtpTransport(replace(account(port, Tls.STARTTLS), ca_file=authority.file), SHORT)
        transport.open()
        assert transport._client is not None
        assert set(transport._client.esmtp_features) == {"size"}
        transport.close()


Act = Callable[[socket.socket], object]


def in_conversation(act: Act) -> Script:
    """Let the client in, then act."""

    def script(connection: socket.socket) -> None:
        greet(connection)
        act(connection)

    return script


@pytest.mark.parametrize(
    "act",
    [hear, hang],
    ids=["closed after MAIL", "silence after MAIL"],
)
def test_before_data_it_certainly_did_not_arrive(act: Act) -> None:
    reply = send(in_conversation(act))
    assert (reply.verdict, reply.whole_server) == (Verdict.TRANSIENT, True)


def after_data(act: Act) -> Script:
    def conversation(connection: socket.socket) -> None:
        until_data(connection)
        act(connection)

    return in_conversation(conversation)


def after_letter(act: Act) -> Script:
    def conversation(connection: socket.socket) -> None:
        take_letter(connection)
        act(connection)

    return after_data(conversation)


def nothing(_: socket.socket) -> None:
    return


@pytest.mark.parametrize(
    "script",
    [
        after_data(nothing),
        after_data(hear),
        after_letter(nothing),
        after_letter(hang),
        after_letter(drip(b"250-taken\r\n")),
        after_letter(lambda connection: say(connection, "what?")),
    ],
    ids=["drop at DATA", "drop in mid-DATA", "drop after DATA", "silence", "endless answer", "nonsense"],
)
def test_after_data_nobody_knows(script: Script) -> None:
    reply = send(script)
    assert (reply.verdict, reply.whole_server) == (Verdict.AMBIGUOUS, True)


def test_accepted_stays_accepted_when_quit_fails() -> None:
    assert send(after_letter(lambda connection: say(connection, "250 taken"))).verdict is Verdict.ACCEPTED


def test_a_server_that_hangs_at_quit_is_left() -> None:
    def script(connection: socket.socket) -> None:
        say(connection, "250 taken")
        hang(connection)

    began = time.monotonic()
    assert send(after_letter(script)).verdict is Verdict.ACCEPTED
    assert time.monotonic() - began < 2


def test_a_dead_resolver_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()

    def never(*_: object, **__: object) -> list[object]:
        answer.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    began = time.monotonic()
    with pytest.raises(TimeoutError, match="name service"):
        dial("mail.company.example", 25, 0.2)
    assert time.monotonic() - began < 10
    answer.set()


def test_stopping_does_not_wait_for_a_server_that_hangs(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "state.db")
    outbox = Outbox(database)
    knocked = threading.Event()

    def script(connection: socket.socket) -> None:
        knocked.set()
        hang(connection)

    with scripted(script) as port:
        courier = Courier(
            outbox, lambda: account(port), lambda known: SmtpTransport(known, Patience(opening=4.0)), SystemClock()
        )
        with database.transaction() as connection:
            outbox.add(
                [Notice(NoticeKind.FAILED, NOON, host="10.1.1.1", outage=1, started=NOON, steady=NOON)], connection
            )
        courier.start()
        assert knocked.wait(5)
        began = time.monotonic()
        courier.stop()
        database.close()
        assert time.monotonic() - began < 3
        courier._thread.join(20)
        assert courier.status().health is not MailHealth.OK
