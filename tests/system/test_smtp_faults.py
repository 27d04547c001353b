"""Mail servers that break off, hang, or never stop talking."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from conntest_tui.clock import SystemClock
from conntest_tui.config import Delivery, Tls
from conntest_tui.model import MailHealth, Notification, NotificationKind
from conntest_tui.model.notifications import Message
from conntest_tui.notify import Account, Dispatcher, UnavailableError
from conntest_tui.notify.channel import Reply, ReplyVerdict
from conntest_tui.notify.happy_eyeballs import Address, connect, look_up
from conntest_tui.notify.smtp_channel import SmtpChannel
from conntest_tui.notify.smtp_connection import SmtpConnection
from conntest_tui.notify.smtp_session import SmtpTimeouts
from conntest_tui.notify.smtp_steps_and_reply_reader import Exchange, Hear, LostError, Say
from conntest_tui.store import Database, Outbox
from tests.fakes import NOON
from tests.notify.post_office import (
    LOOPBACK,
    Authority,
    Script,
    greet,
    hear,
    say,
    scripted,
    serve,
    take_mail,
    until_data,
)
from tests.notify.smtp_model import BEHAVIOURS, Behaviour, Fault, Server, behind_a_socket
from tests.timing import least

pytestmark = pytest.mark.system

ADMIN = "admin@company.example"
MAIL = b"Subject: [DOWN] x\r\n\r\nDown.\r\n"
SHORT = SmtpTimeouts(opening=0.5, reply=0.5, content=0.5, transaction=2.0, leaving=0.2)


def account(port: int, tls: Tls = Tls.NONE) -> Account:
    return Account(Delivery.SMTP, "monitor@company.example", (ADMIN,), LOOPBACK, port, tls=tls)


def send(script: Script) -> Reply:
    with scripted(script) as port:
        channel = SmtpChannel(account(port), SHORT)
        channel.open()
        reply = channel.send(Message("<1@x>", "down", "monitor@company.example", [ADMIN], MAIL))[ADMIN]
        channel.close()
    return reply


def knock(script: Script, tls: Tls = Tls.NONE) -> Reply:
    """Return what is said of a server that does not let us in, which is found out soon."""
    replies = []

    def knock_once() -> float:
        with scripted(script) as port:
            channel = SmtpChannel(account(port, tls), SHORT)
            began = time.monotonic()
            with pytest.raises(UnavailableError) as caught:
                channel.open()
            channel.close()
            took = time.monotonic() - began
        replies.append(caught.value.reply)
        return took

    bound = 2 * SHORT.opening + SHORT.leaving
    assert least(knock_once, bound) < bound
    return replies[-1]


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
    assert reply.verdict in {ReplyVerdict.TRANSIENT, ReplyVerdict.CONFIGURATION}


@pytest.mark.parametrize("script", [hang, drip(b"\x16"), lambda connection: connection.close()])
def test_a_tls_handshake_that_does_not_end(script: Script) -> None:
    assert knock(script, Tls.IMPLICIT).whole_server


@pytest.mark.parametrize("banner", ["SSH-2.0-OpenSSH_9.6", "HTTP/1.1 400 Bad Request", "554 no SMTP service here"])
def test_something_that_is_no_mail_server(banner: str) -> None:
    reply = knock(lambda connection: say(connection, banner))
    assert reply.verdict is ReplyVerdict.CONFIGURATION
    assert "server_info.csv" in reply.text


def test_a_busy_server() -> None:
    assert knock(lambda connection: say(connection, "421 too busy")).verdict is ReplyVerdict.TRANSIENT


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
        channel = SmtpChannel(replace(account(port, Tls.STARTTLS), ca_file=authority.file), SHORT)
        channel.open()
        assert channel.most_bytes == 1_000_000  # as it says under TLS
        channel.close()


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
    assert (reply.verdict, reply.whole_server) == (ReplyVerdict.TRANSIENT, True)


def after_data(act: Act) -> Script:
    def conversation(connection: socket.socket) -> None:
        until_data(connection)
        act(connection)

    return in_conversation(conversation)


def after_mail(act: Act) -> Script:
    def conversation(connection: socket.socket) -> None:
        take_mail(connection)
        act(connection)

    return after_data(conversation)


def nothing(_: socket.socket) -> None:
    return


@pytest.mark.parametrize("script", [after_data(nothing), after_data(hear)], ids=["drop at DATA", "drop in mid-DATA"])
def test_without_the_last_dot_it_certainly_did_not_arrive(script: Script) -> None:
    """Or nobody knows, where the kernel took the dot before it heard that the server is gone."""
    reply = send(script)
    assert reply.whole_server
    assert reply.verdict in (ReplyVerdict.TRANSIENT, ReplyVerdict.AMBIGUOUS)


@pytest.mark.parametrize(
    "script",
    [
        after_mail(nothing),
        after_mail(hang),
        after_mail(drip(b"250-taken\r\n")),
        after_mail(drip(b"250")),
        after_mail(lambda connection: connection.sendall(b"250 20")),
        after_mail(lambda connection: say(connection, "what?")),
    ],
    ids=["drop after DATA", "silence", "endless answer", "dribbled answer", "half an answer", "nonsense"],
)
def test_after_the_last_dot_nobody_knows(script: Script) -> None:
    reply = send(script)
    assert (reply.verdict, reply.whole_server) == (ReplyVerdict.AMBIGUOUS, True)


_ON_SOCKETS = ("close", "reset", "silence", "half a line", "garbage", "421 and hang-up", "550 and hang-up")


@pytest.mark.parametrize("behaviour", [b for b in BEHAVIOURS if b.name in _ON_SOCKETS], ids=str)
@pytest.mark.parametrize("step", ["banner", "ehlo", "mail", "rcpt", "data", "body", "dot", "rset", "quit"])
def test_rows_of_the_table_on_real_sockets(step: str, behaviour: Behaviour) -> None:
    """See `tests.notify.test_smtp_channel` for what must hold, and for the whole of it."""
    third = "third@company.example"
    everybody = (ADMIN, "second@company.example", third)
    unknown = frozenset({third}) if step == "rset" else frozenset()
    server = Server([Fault(step, behaviour, ADMIN if step == "rcpt" else "")], unknown=unknown)
    with behind_a_socket(server) as port:
        channel = SmtpChannel(replace(account(port), recipients=everybody), SHORT)
        left: tuple[str, ...] = everybody
        for _ in range(4):
            server.taken.clear()
            began = time.monotonic()
            try:
                channel.open()
                replies = channel.send(Message("<1@x>", "down", "monitor@company.example", left, MAIL))
            except UnavailableError as error:
                replies = dict.fromkeys(left, error.reply)
            channel.close()
            assert time.monotonic() - began < 20
            accepted = {to for to, reply in replies.items() if reply.verdict is ReplyVerdict.ACCEPTED}
            taken = {to for to, _ in server.taken}
            assert accepted <= taken
            # What the server says out of turn may come before its answer to the dot, or behind it.
            assert {replies[to].verdict for to in taken - accepted} <= {ReplyVerdict.AMBIGUOUS}
            left = tuple(to for to in left if replies[to].verdict not in (ReplyVerdict.ACCEPTED, ReplyVerdict.REFUSED))
        assert left == ()
        assert {to for to, reply in replies.items() if reply.verdict is ReplyVerdict.REFUSED} <= unknown


def test_the_answer_to_the_last_dot_is_waited_for_however_long_the_naming_took() -> None:
    """Whoever leaves then sends twice (RFC 5321, section 4.5.3.2.6)."""

    def conversation(act: Hear | Say) -> Exchange[int]:
        answer = yield act
        return answer.code

    with behind_a_socket(Server()) as port:
        address = Address(socket.AF_INET, ("127.0.0.1", port))
        connection, _ = connect([address], 5.0)
        wire = SmtpConnection(connection, address, "localhost", ssl.create_default_context())
        assert wire.carry_out(conversation(Hear(5.0)), 5.0) == 220
        assert wire.carry_out(conversation(Say(b"RSET", 5.0, whole=True)), -1.0) == 250
        with pytest.raises(LostError, match="no answer within 5 s"):
            wire.carry_out(conversation(Say(b"RSET", 5.0)), -1.0)
        wire.close()


def test_accepted_stays_accepted_when_quit_fails() -> None:
    assert send(after_mail(lambda connection: say(connection, "250 taken"))).verdict is ReplyVerdict.ACCEPTED


def test_a_server_that_hangs_at_quit_is_left() -> None:
    def script(connection: socket.socket) -> None:
        say(connection, "250 taken")
        hang(connection)

    began = time.monotonic()
    assert send(after_mail(script)).verdict is ReplyVerdict.ACCEPTED
    assert time.monotonic() - began < 2


def test_a_dead_resolver_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()

    def never(*_: object, **__: object) -> list[object]:
        answer.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    began = time.monotonic()
    with pytest.raises(OSError, match="name service"):
        look_up("mail.company.example", 25, 0.2)
    assert time.monotonic() - began < 10
    answer.set()


class TestSeveralAddresses:
    """One name, several addresses: 127.0.0.0/8 is all ours, so each test takes addresses of its own."""

    @contextmanager
    def full(self, host: str) -> Iterator[int]:
        """An address that lets connections wait for ever: nobody accepts, and the queue is full. Yield its port."""
        with socket.socket() as listener, ExitStack() as waiting:
            listener.bind((host, 0))
            listener.listen(0)
            for _ in range(4):
                client = waiting.enter_context(socket.socket())
                client.setblocking(False)
                client.connect_ex(listener.getsockname())
            yield int(listener.getsockname()[1])

    def test_a_silent_one_is_overtaken_by_the_next(self) -> None:
        with self.full("127.0.0.2") as port, socket.create_server(("127.0.0.3", port)):
            silent, good = (Address(socket.AF_INET, (host, port)) for host in ("127.0.0.2", "127.0.0.3"))
            connection, address = connect([silent, good], 20)
            connection.close()
            assert address == good

    def test_one_that_refuses_and_one_that_this_machine_cannot_reach(self) -> None:
        with socket.create_server(("127.0.0.3", 0)) as listener:
            port = listener.getsockname()[1]
            others = [Address(socket.AF_INET, ("127.0.0.2", port)), Address(socket.AF_INET6, ("2001:db8::1", port))]
            connection, address = connect([*others, Address(socket.AF_INET, ("127.0.0.3", port))], 20)
            connection.close()
            assert str(address) == f"127.0.0.3:{port}"

    def test_none_of_them(self) -> None:
        with self.full("127.0.0.2") as port:
            addresses = [Address(socket.AF_INET, (f"127.0.0.{n}", port)) for n in (2, 3)]
            with pytest.raises(OSError, match="none of 2 addresses") as caught:
                connect(addresses, 1.0)
        assert "127.0.0.3" in str(caught.value)
        assert "Connection refused" in str(caught.value)
        assert "no answer" in str(caught.value)

    def test_the_good_one_comes_first_the_next_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """One takes connections and never says a word: it has its share of the time once, and no more."""
        visits = []

        def mute(connection: socket.socket) -> None:
            visits.append(1)
            hang(connection)

        with scripted(mute) as port, socket.create_server(("127.0.0.3", port)) as listener:
            listener.settimeout(10)
            done = threading.Event()
            talk = partial(serve, listener, greet, done)
            thread = threading.Thread(target=talk, daemon=True)
            thread.start()
            found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in (LOOPBACK, "127.0.0.3")]
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
            patient = replace(SHORT, opening=4.0)  # half of it for each, also for the good one
            channel = SmtpChannel(replace(account(port), server="mail.company.example"), patient)
            for _ in range(3):
                channel.open()
                assert channel.peer == f"127.0.0.3:{port}"
                channel.close()
            done.set()
            thread.join(20)
        assert visits == [1]


def test_stopping_does_not_wait_for_a_server_that_hangs(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "state.db")
    outbox = Outbox(database)
    knocked = threading.Event()

    def script(connection: socket.socket) -> None:
        knocked.set()
        hang(connection)

    with scripted(script) as port:
        dispatcher = Dispatcher(
            outbox, lambda: account(port), lambda known: SmtpChannel(known, SmtpTimeouts(opening=4.0)), SystemClock()
        )
        database.transaction(
            lambda connection: outbox.add(
                [Notification(NotificationKind.FAILED, NOON, host="10.1.1.1", outage=1, started=NOON, steady=NOON)],
                connection,
            )
        )
        dispatcher.start()
        assert knocked.wait(5)
        began = time.monotonic()
        dispatcher.stop()
        database.close()
        assert time.monotonic() - began < 3
        dispatcher._thread.join(20)
        assert dispatcher.status().health is not MailHealth.OK
