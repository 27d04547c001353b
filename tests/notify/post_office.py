"""Real mail servers on loopback: one that behaves (aiosmtpd, with TLS and AUTH), one that follows any script."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.ports import free_port

LOOPBACK = "127.0.0.1"
USERNAME, PASSWORD = "monitor@company.example", "correct horse battery staple"


class Authority:
    """A throw-away certificate authority."""

    def __init__(self, directory: Path) -> None:
        self._ca = trustme.CA()
        self.file = directory / "authority.pem"
        self._ca.cert_pem.write_to_path(str(self.file))

    def context(self, name: str = LOOPBACK, *, not_before: datetime | None = None) -> ssl.SSLContext:
        """Return what a server with a certificate for `name` needs."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._ca.issue_cert(name, not_before=not_before).configure_cert(context)
        return context


@dataclass
class Handler:
    """What the well-behaved server says; every answer can be changed.

    Attributes:
        recipients: its answer to RCPT, by address; others are accepted.
        sender: its answer to MAIL.
        content: its answer to the mail.
        taken: what it took: (recipients, mail).
        logins: how often somebody tried to log in.
    """

    recipients: dict[str, str] = field(default_factory=dict)
    sender: str = "250 OK"
    content: str = "250 taken"
    taken: list[tuple[list[str], bytes]] = field(default_factory=list)
    logins: int = 0
    mails: int = 0

    async def handle_MAIL(  # noqa: N802 - aiosmtpd names its hooks so
        self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self.mails += 1
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.sender

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names its hooks so
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        answer = self.recipients.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - as above
        if self.content.startswith("250"):
            self.taken.append((list(envelope.rcpt_tos), bytes(envelope.original_content)))
        return self.content

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        self.logins += 1
        assert isinstance(data, LoginPassword)
        right = data.login == USERNAME.encode() and data.password == PASSWORD.encode()
        return AuthResult(success=right, handled=False)


@contextmanager
def post_office(handler: Handler, **options: Any) -> Iterator[int]:
    """Run the well-behaved server; yield its port."""
    port = free_port()
    controller = Controller(handler, hostname=LOOPBACK, port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


Script = Callable[[socket.socket], None]
"""What a server does with one connection; the connection is closed when it returns."""


@contextmanager
def scripted(script: Script) -> Iterator[int]:
    """Run a server that follows a script, for one connection after the other; yield its port."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        listener.settimeout(0.05)
        done = threading.Event()
        thread = threading.Thread(target=serve, args=(listener, script, done), daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            done.set()
            thread.join(5)


def serve(listener: socket.socket, script: Script, done: threading.Event) -> None:
    while not done.is_set():
        with suppress(TimeoutError, OSError):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(5)
                script(connection)


def say(connection: socket.socket, *lines: str) -> None:
    connection.sendall("".join(f"{line}\r\n" for line in lines).encode())


def hear(connection: socket.socket) -> str:
    """Return the next command of the client."""
    line = b""
    while not line.endswith(b"\r\n"):
        byte = connection.recv(1)
        if not byte:
            break
        line += byte
    return line.decode().strip()


def greet(connection: socket.socket) -> None:
    """Let a client in that needs neither TLS nor a login."""
    say(connection, "220 mail.company.example ESMTP")
    hear(connection)
    say(connection, "250-mail.company.example", "250 SIZE 1000000")


def until_data(connection: socket.socket) -> None:
    """Take an envelope, up to the invitation to send the mail."""
    while (command := hear(connection)) and not command.startswith("DATA"):
        say(connection, "250 OK")
    say(connection, "354 go on")


def take_mail(connection: socket.socket) -> None:
    """Take all of a mail, to its last dot."""
    taken = b""
    while not taken.endswith(b"\r\n.\r\n") and (byte := connection.recv(1)):
        taken += byte
