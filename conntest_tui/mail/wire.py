"""The connection to a mail server: opened within a time limit, cut off at a time limit, read within bounds."""

import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

_LONGEST_LINE = 4096  # bytes; RFC 5321, section 4.5.3.1.5 asks for 512
_MOST_LINES = 200  # of one reply

# What getaddrinfo(3) returns: family, type, protocol, canonical name, address.
_Found = list[tuple[Any, Any, int, str, Any]]


def dial(server: str, port: int, seconds: float) -> socket.socket:
    """Return a TCP connection to a server, trying each of its addresses.

    Args:
        server: its name or address.
        port: its port.
        seconds: how long all of it may take, the look-up of the name included.

    Raises:
        OSError: there is none; a time-out is an OSError too.
    """
    deadline = time.monotonic() + seconds
    trouble: OSError = TimeoutError(f"no answer within {seconds:g} s")
    for family, kind, protocol, _, address in _look_up(server, port, seconds):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(left)
            connection.connect(address)
        except OSError as error:
            connection.close()
            trouble = error
        else:
            return connection
    raise trouble


def _look_up(server: str, port: int, seconds: float) -> _Found:
    """Return the addresses of a server.

    In a thread of its own: the resolver knows no time limit, and a dead name server would hold up everything.
    """
    found: list[_Found] = []
    trouble: list[OSError] = []

    def ask() -> None:
        try:
            found.append(socket.getaddrinfo(server, port, type=socket.SOCK_STREAM))
        except OSError as error:
            trouble.append(error)

    thread = threading.Thread(target=ask, name="mail-lookup", daemon=True)
    thread.start()
    thread.join(seconds)
    if found:
        return found[0]
    raise trouble[0] if trouble else TimeoutError(f"no answer from name service within {seconds:g} s")


class Client(smtplib.SMTP):
    """One conversation with a mail server, over a connection that is open already."""

    def __init__(self, connection: socket.socket, server: str) -> None:
        """Speak over `connection`; `server` is the name that the certificate must have."""
        # Without a name of its own smtplib would ask name service for one, which may hang. An address is as good
        # (RFC 5321, section 4.1.4).
        super().__init__(local_hostname=_own_address(connection))
        self._server = server
        # Shuts the connection down from another thread, whatever smtplib and ssl do with theirs.
        self._handle = connection.dup()
        self._overdue = ""
        self.sock = connection

    def secure(self, context: ssl.SSLContext) -> None:
        """Go on under TLS; the server's certificate must be valid for its name.

        What the server said before is forgotten, also what it may have said too early (RFC 3207, sections 4.2, 6).

        Raises:
            OSError: there is no secure connection; `ssl.SSLError` is one.
        """
        assert self.sock is not None  # noqa: S101 - for the type checker
        self.sock = context.wrap_socket(self.sock, server_hostname=self._server)
        self.file = None
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False

    def getreply(self) -> tuple[int, bytes]:
        """Return a reply: its code, -1 if it has none, and its text, lines separated by LF.

        Unlike smtplib's own it reads within bounds, so that an endless reply fills no memory.

        Raises:
            SMTPServerDisconnected: the connection is lost, or the reply is too long.
        """
        assert self.sock is not None  # noqa: S101 - for the type checker
        if self.file is None:
            self.file = self.sock.makefile("rb")
        lines: list[bytes] = []
        while len(lines) < _MOST_LINES:
            try:
                line = self.file.readline(_LONGEST_LINE)
            except OSError as error:
                raise self._lost(str(error.strerror or error)) from None
            if not line:
                raise self._lost("connection closed by the server")
            lines.append(line[4:].strip())
            if not line[:3].isdigit():
                return -1, line.strip()
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)
        raise self._lost("the server's answer does not end")

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Cut the connection off when what is done inside takes longer.

        Time-outs of sockets count from byte to byte, so a server that says one now and then would never end.
        """
        if self.sock is not None:
            self.sock.settimeout(seconds)
        watchdog = threading.Timer(seconds, self._cut, (seconds,))
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        finally:
            watchdog.cancel()

    def hang_up(self, seconds: float) -> None:
        """Take leave of the server if it is still there, and close the connection. Never raises."""
        # What was accepted stays accepted, whatever the server makes of QUIT.
        with suppress(OSError, smtplib.SMTPException), self.within(seconds):
            if self.sock is not None:
                self.quit()
        with suppress(OSError):
            self.close()
        self._handle.close()

    def _cut(self, seconds: float) -> None:
        self._overdue = f"no end within {seconds:g} s"
        with suppress(OSError):
            self._handle.shutdown(socket.SHUT_RDWR)

    def _lost(self, why: str) -> smtplib.SMTPServerDisconnected:
        """Close the connection, and return the exception that says so."""
        self.close()
        return smtplib.SMTPServerDisconnected(self._overdue or why)


def _own_address(connection: socket.socket) -> str:
    """Return this end's address as a literal (RFC 5321, section 4.1.3)."""
    address = str(connection.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
