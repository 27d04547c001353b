"""A mail server as a model: lines in, bytes out, with one fault at one step. It runs in memory and behind a socket."""

import socket
import ssl
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from conntest_tui.notify.happy_eyeballs import Address
from conntest_tui.notify.smtp_connection import Connector, SmtpConnection
from conntest_tui.notify.smtp_steps_and_reply_reader import (
    Act,
    Answer,
    Exchange,
    Hear,
    LostError,
    ReplyReader,
    Say,
    Secure,
    Transfer,
    carry_out,
)

T = TypeVar("T")

LIMIT_OF_ERRORS = 20  # Postfix: smtpd_hard_error_limit


class End(Enum):
    """What becomes of the connection behind an answer."""

    STAYS = "stays"
    CLOSE = "close"
    RESET = "reset"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a server does instead of what it should: says something, and perhaps ends the connection."""

    name: str
    says: bytes = b""
    end: End = End.STAYS

    def __str__(self) -> str:
        return self.name


def _coded(*codes: str) -> Iterator[Behaviour]:
    for code in codes:
        words = f"{code} no".encode() if " " not in code else code.encode()
        yield Behaviour(code, words + b"\r\n")
        yield Behaviour(f"{code} and hang-up", words + b"\r\n", End.CLOSE)


BEHAVIOURS = (
    Behaviour("close", end=End.CLOSE),
    Behaviour("reset", end=End.RESET),
    Behaviour("silence", end=End.SILENCE),
    *_coded(
        "250",
        "354",
        "421",
        "450",
        "451",
        "452",
        "450 4.7.1 Error: too much mail from you",
        "452 4.5.3 Error: too many recipients",
        "530",
        "535",
        "550",
        "550 5.1.1 no such user",
        "550 5.4.5 Daily user sending limit exceeded",
        "550 5.7.1 relay access denied",
        "551",
        "552",
        "552 5.3.4 message too large",
        "553",
        "554",
    ),
    Behaviour("garbage", b"HTTP/1.1 400 Bad Request\r\n"),
    Behaviour("garbage and hang-up", b"\x16\x03\x01\x02\r\n", End.CLOSE),
    Behaviour("half a line", b"250 2", End.CLOSE),
    Behaviour("half a line and silence", b"250 2", End.SILENCE),
    Behaviour("half a reply", b"250-first\r\n", End.CLOSE),
    Behaviour("two codes in one reply", b"250-first\r\n550 second\r\n"),
    Behaviour("a line without end", b"250 " + b"x" * 50_000, End.SILENCE),
    Behaviour("a reply without end", b"250-x\r\n" * 1_000, End.SILENCE),
    Behaviour("control characters", b"250 \x1b[31mred\x07\x00\xff\r\n"),
    Behaviour("more than it was asked", b"250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n"),
)

STEPS = ("connect", "banner", "ehlo", "starttls", "tls", "ehlo again", "auth", "username", "password", "mail", "rcpt",
         "data", "body", "dot", "rset", "quit")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a server misbehaves, and how.

    Attributes:
        step: at which step.
        behaviour: what it does there.
        recipient: only when this one is named: just now (`rcpt`), or among others (`data`, `dot`); empty for any.
        message: only at the n-th mail over a connection, from 1; 0 for any.
        times: so often in all.
    """

    step: str
    behaviour: Behaviour
    recipient: str = ""
    message: int = 0
    times: int = 1


@dataclass
class Server:
    """The server: what it knows, and what it has taken, over all connections.

    Attributes:
        faults: what it does wrong.
        unknown: recipients that it refuses.
        room: recipients that it takes in one transaction.
        taken: what it took and said so: (recipient, content).
        held: contents that it has got to the last dot and not said no to, whatever else: (recipient, content).
        refused: recipients to whom it said 5yz.
        connections: how many it has had; farewells: how often it heard QUIT.
        tls: whether it offers STARTTLS; login: whether it offers AUTH.
        pace: seconds that it takes for each answer.
    """

    faults: Sequence[Fault] = ()
    unknown: frozenset[str] = frozenset()
    room: int = 1000
    tls: bool = False
    login: str = ""
    size: int = 0
    pace: float = 0.0
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    held: list[tuple[str, bytes]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    met: list[Fault] = field(default_factory=list)
    connections: int = 0
    farewells: int = 0

    def misbehaves(self, step: str, recipients: Sequence[str], message: int) -> Behaviour | None:
        for fault in self.faults:
            concerned = not fault.recipient or fault.recipient in recipients
            meant = fault.step == step and concerned and fault.message in (0, message)
            if meant and self.met.count(fault) < fault.times:
                self.met.append(fault)
                return fault.behaviour
        return None


class Session:
    """One connection to the server, as bytes."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._message = 0
        self._errors = 0
        self._named: list[str] = []
        self._begun = False  # whether a transaction is open: RFC 5321, section 4.1.4 has no MAIL in it
        self.in_body = False
        self._body = b""
        self._login: list[str] = []
        self._ehlos = 0
        self.end = End.STAYS
        server.connections += 1

    @property
    def pace(self) -> float:
        return self._server.pace

    def greet(self) -> bytes:
        for step in ("connect", "banner"):
            answer = self._instead(step)
            if answer is not None:
                return answer
        return b"220 mail.example ESMTP\r\n"

    def handshake(self) -> bytes:
        return self._instead("tls") or b""

    def body(self, content: bytes) -> bytes:
        answer = self._instead("body")
        self._body += content
        return answer or b""

    def say(self, line: bytes) -> bytes:
        """Return what the server answers to a line."""
        if self.end is End.SILENCE:
            if self.in_body:
                self._server.held += [(recipient, self._body) for recipient in self._named]
            return b""
        if self.in_body:
            return self._dot()
        if self._login:
            return self._answer(self._login.pop(0), b"334 UGFzc3dvcmQ6\r\n" if self._login else b"235 welcome\r\n")
        verb = line.split(b" ")[0].split(b":")[0].upper().decode("ascii", "replace")
        answers = {
            "EHLO": self._hello,
            "HELO": self._hello,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._recipient,
            "DATA": self._data,
        }
        self._begun = self._begun and verb != "RSET"
        self._server.farewells += verb == "QUIT"
        plain = {"STARTTLS": b"220 go ahead\r\n", "RSET": b"250 ok\r\n", "QUIT": b"221 bye\r\n"}
        return answers[verb](line) if verb in answers else self._answer(verb.lower(), plain[verb])

    def _hello(self, _line: bytes) -> bytes:
        self._ehlos += 1
        return self._answer("ehlo" if self._ehlos == 1 else "ehlo again", self._extensions())

    def _auth(self, line: bytes) -> bytes:
        if b"LOGIN" not in line:
            return self._answer("auth", b"235 welcome\r\n")
        self._login = ["username", "password"]
        return self._answer("auth", b"334 VXNlcm5hbWU6\r\n")

    def _mail(self, _line: bytes) -> bytes:
        if self._begun:
            return b"503 5.5.1 nested MAIL command\r\n"
        self._message += 1
        self._named, self._begun = [], True
        return self._answer("mail", b"250 ok\r\n")

    def _data(self, _line: bytes) -> bytes:
        answer = self._answer("data", b"354 go on\r\n")
        self.in_body = answer.startswith(b"354") and self.end is End.STAYS
        return answer

    def _extensions(self) -> bytes:
        lines = ["mail.example", "SMTPUTF8"]
        lines += ["STARTTLS"] if self._server.tls and self._ehlos == 1 else []
        lines += [f"AUTH {self._server.login}"] if self._server.login else []
        lines += [f"SIZE {self._server.size}"] if self._server.size else []
        return "".join(f"250{' ' if line is lines[-1] else '-'}{line}\r\n" for line in lines).encode()

    def _recipient(self, line: bytes) -> bytes:
        recipient = line.partition(b"<")[2].partition(b">")[0].decode()
        answer = self._answer("rcpt", self._opinion(recipient), recipient)
        if answer.startswith(b"2") and answer.endswith(b"\n"):
            self._named.append(recipient)
        elif answer.startswith(b"5"):
            self._server.refused.add(recipient)
        self._errors += not answer.startswith(b"2")
        if self._errors >= LIMIT_OF_ERRORS:
            self.end = End.CLOSE
            return b"421 4.7.0 too many errors\r\n"
        return answer

    def _opinion(self, recipient: str) -> bytes:
        if recipient in self._server.unknown:
            return b"550 5.1.1 no such user\r\n"
        if len(self._named) >= self._server.room:
            return b"452 4.5.3 too many recipients\r\n"
        return b"250 ok\r\n"

    def _dot(self) -> bytes:
        self.in_body = self._begun = False
        got = [(recipient, self._body) for recipient in self._named]
        self._body = b""
        self._server.held += got
        answer = self._answer("dot", b"250 2.0.0 queued\r\n")
        reader = ReplyReader()
        reader.feed(answer)
        heard = reader.take()
        if heard is not None and heard.positive:
            self._server.taken += got
        elif heard is not None and heard.code >= 400:
            del self._server.held[-len(got) :]
        return answer

    def _answer(self, step: str, normal: bytes, recipient: str = "") -> bytes:
        instead = self._instead(step, recipient)
        return normal if instead is None else instead

    def _instead(self, step: str, recipient: str = "") -> bytes | None:
        named = [recipient] if recipient else self._named
        behaviour = self._server.misbehaves(step, named, self._message)
        if behaviour is None:
            return None
        self.end = behaviour.end
        return behaviour.says


class ModelLine(SmtpConnection):
    """A connection to the model, in memory."""

    def __init__(self, session: Session, peer: Address) -> None:
        self.own, self.peer = "192.0.2.9", peer
        self.waited = 0.0
        self._left, self._pace = 0.0, session.pace
        self._session = session
        self._reader = ReplyReader()
        self._reader.feed(session.greet())

    def carry_out(self, exchange: Exchange[T], seconds: float) -> T:
        assert seconds > 0
        self._left = seconds
        return carry_out(exchange, self._perform)

    def close(self) -> None:
        self._session.end = End.CLOSE

    def _perform(self, act: Act) -> Answer:
        session = self._session
        match act:
            case Hear():
                return self._wait(act.seconds, said=False)
            case Say(line):
                early = self._reader.take()
                if early is not None or not self._reader.idle:
                    raise LostError("out of turn", said=False)
                self._mind_the_end()
                self._reader.feed(session.say(line))
                return self._wait(act.seconds, said=True)
            case Secure():
                self._reader = ReplyReader()
                self._mind_the_end()
                self._reader.feed(session.handshake())
                if session.end is not End.STAYS or not self._reader.idle:
                    raise LostError("no TLS", said=False)
            case Transfer(content):
                self._mind_the_end()
                self._reader.feed(session.body(content))
                self._mind_the_end()
        return Answer(200)

    def _mind_the_end(self) -> None:
        if self._session.end in (End.CLOSE, End.RESET):
            raise LostError("connection closed by the server", said=False)

    def _wait(self, seconds: float, *, said: bool) -> Answer:
        took = min(self._pace, seconds, self._left)
        self.waited += took
        self._left -= took
        if took < self._pace:
            raise LostError("no answer in time", said=said, silent=True)
        answer = self._reader.take()
        if answer is not None:
            return answer
        if self._session.end in (End.CLOSE, End.RESET):
            raise LostError("connection closed by the server", said=said)
        self.waited += seconds
        raise LostError("no answer in time", said=said, silent=self._reader.idle)


class ModelConnector(Connector):
    """Leads to model servers, by the text of their address."""

    def __init__(self, *servers: Server) -> None:
        self.servers = {Address(2, (f"192.0.2.{number}", 25)): server for number, server in enumerate(servers, 1)}
        self.lines: list[ModelLine] = []

    def look_up(self, server: str, port: int, seconds: float) -> list[Address]:
        assert server
        assert port
        assert seconds > 0
        return list(self.servers)

    def connect(self, addresses: Sequence[Address], server: str, context: ssl.SSLContext, seconds: float) -> ModelLine:
        assert server
        assert context.check_hostname
        assert seconds > 0
        line = ModelLine(Session(self.servers[addresses[0]]), addresses[0])
        self.lines.append(line)
        return line


@contextmanager
def behind_a_socket(server: Server) -> Iterator[int]:
    """Run the model behind a real socket; yield its port on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        done = threading.Event()
        thread = threading.Thread(target=_accept, args=(listener, server, done), daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            done.set()
            thread.join(10)


def _accept(listener: socket.socket, server: Server, done: threading.Event) -> None:
    while not done.is_set():
        with suppress(TimeoutError, OSError):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(10)
                _converse(connection, Session(server))


def _converse(connection: socket.socket, session: Session) -> None:
    connection.sendall(session.greet())
    stream, body = connection.makefile("rb"), b""
    while session.end is End.STAYS and (line := stream.readline()):
        if session.in_body and line != b".\r\n":
            body += line
            if len(body) == len(line):  # something of the mail has come
                connection.sendall(session.body(b""))
            continue
        if session.in_body:
            session.body(body)
            body = b""
        connection.sendall(session.say(line.rstrip(b"\r\n")))
    if session.end is End.SILENCE:
        while connection.recv(4096):
            pass
    elif session.end is End.RESET:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
