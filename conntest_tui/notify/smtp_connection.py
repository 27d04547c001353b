"""An SMTP conversation over a socket: every act within its time limit, every reply within bounds."""

import select
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeVar

from conntest_tui.notify.channel import Reply, UnavailableError, hold, lost
from conntest_tui.notify.happy_eyeballs import Address, connect, look_up
from conntest_tui.notify.smtp_replies import SmtpStage
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

_CHUNK = 16_384  # bytes
_NOTHING = Answer(200)
_CLOSED = "connection closed by the server"
_NOT_YET_VALID = 9  # X509_V_ERR_CERT_NOT_YET_VALID (openssl-verification-options(1))

# Reasons of OpenSSL for what is no TLS at all on the other side.
_PLAIN = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "PACKET_LENGTH_TOO_LONG"})
_OUTDATED = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE"})

_T = TypeVar("_T")


class SmtpConnection:
    """One connection to a mail server, which carries conversations.

    Attributes:
        own: this end's IP address.
        peer: the other end.
    """

    def __init__(self, connection: socket.socket, peer: Address, server: str, context: ssl.SSLContext) -> None:
        """Take a connection over.

        Args:
            connection: open already; it is closed by `close`.
            peer: the other end.
            server: the name that the certificate must have.
            context: checks that it is valid.
        """
        self.peer = peer
        self.own = str(connection.getsockname()[0])
        self._connection = connection
        self._server = server
        self._context = context
        self._reader = ReplyReader()
        self._until = 0.0

    def carry_out(self, exchange: Exchange[_T], seconds: float) -> _T:
        """Have a conversation, and return what it comes to.

        Args:
            exchange: the conversation.
            seconds: that all of it may take, but for what is to be waited for in any case (`Say.whole`).

        Raises:
            LostError: the connection ended, and the conversation does not say what that means.
            UnavailableError: it says that the server cannot be used.
        """
        self._until = time.monotonic() + seconds
        return carry_out(exchange, self._perform)

    def close(self) -> None:
        """Close the connection; never raises."""
        with suppress(OSError):
            self._connection.close()

    def _perform(self, act: Act) -> Answer:
        deadline = time.monotonic() + act.seconds
        if not (isinstance(act, Say) and act.whole):
            deadline = min(deadline, self._until)
        match act:
            case Hear():
                return self._hear(deadline, act.seconds, said=False)
            case Say(line):
                self._mind_what_came_unasked()
                self._send(line + b"\r\n", deadline, act.seconds)
                return self._hear(deadline, act.seconds, said=True)
            case Transfer(content):
                self._send(content, deadline, act.seconds)
            case Secure():
                self._secure(deadline, act.seconds)
        return _NOTHING

    def _mind_what_came_unasked(self) -> None:
        """Let nothing that the server said too early count as the answer to what is said next.

        Raises:
            LostError: it said something, or it has gone.
        """
        poll = select.poll()
        poll.register(self._connection, select.POLLIN)
        if self._reader.idle and poll.poll(0):
            with suppress(TimeoutError):  # TLS has messages of its own
                self._receive(0.0, said=False)
        answer = self._reader.take()
        if answer is not None or not self._reader.idle:
            raise LostError(answer.text if answer is not None else "the server speaks out of turn", said=False)

    def _hear(self, deadline: float, seconds: float, *, said: bool) -> Answer:
        while (answer := self._reader.take()) is None:
            try:
                self._receive(deadline - time.monotonic(), said=said)
            except TimeoutError:
                raise LostError(f"no answer within {seconds:g} s", said=said, silent=self._reader.idle) from None
        return answer

    def _receive(self, seconds: float, *, said: bool) -> None:
        """Take what comes in within so many seconds.

        Raises:
            TimeoutError: nothing did.
            LostError: the connection ended.
        """
        if seconds < 0:
            raise TimeoutError
        self._connection.settimeout(seconds)
        try:
            data = self._connection.recv(_CHUNK)
        except (TimeoutError, BlockingIOError, ssl.SSLWantReadError):
            raise TimeoutError from None
        except OSError as error:
            raise LostError(_words(error), said=said) from None
        if not data:
            raise LostError(_CLOSED, said=said)
        self._reader.feed(data)

    def _send(self, data: bytes, deadline: float, seconds: float) -> None:
        """Hand bytes to the kernel.

        Raises:
            LostError: not all of them could be.
        """
        left = memoryview(data)
        while left:
            self._connection.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                left = left[self._connection.send(left[:_CHUNK]) :]
            except (TimeoutError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                raise LostError(f"the server did not take all of it within {seconds:g} s", said=False) from None
            except OSError as error:
                raise LostError(_words(error), said=False) from None

    def _secure(self, deadline: float, seconds: float) -> None:
        """Go on under TLS; the server's certificate must be valid for its name (RFC 9525).

        Raises:
            LostError: there is no secure connection, for now.
            UnavailableError: there is none before the operator corrects something.
        """
        # What came in the clear behind the answer to STARTTLS must not count after it (RFC 3207, section 6).
        self._reader = ReplyReader()
        self._connection.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            name = self._server.removesuffix(".")  # no certificate has it (RFC 6066, section 3)
            self._connection = self._context.wrap_socket(self._connection, server_hostname=name)
        except TimeoutError:
            raise LostError(f"no TLS within {seconds:g} s", said=False) from None
        except ssl.SSLCertVerificationError as error:
            raise UnavailableError(_certificate(error)) from None
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            raise LostError(_CLOSED, said=False) from None
        except ssl.SSLError as error:
            raise UnavailableError(_no_tls(error)) from None
        except ValueError:  # a name that no certificate can have
            raise UnavailableError(hold(f"{self._server!r} is no name for TLS", SmtpStage.CONNECT.value)) from None
        except OSError as error:
            raise LostError(_words(error), said=False) from None


class Connector:
    """How mail servers are found and reached; tests have ways of their own."""

    def look_up(self, server: str, port: int, seconds: float) -> list[Address]:
        """Return the addresses of a server; see `happy_eyeballs.look_up`."""
        return look_up(server, port, seconds)

    def connect(
        self, addresses: Sequence[Address], server: str, context: ssl.SSLContext, seconds: float
    ) -> SmtpConnection:
        """Return a connection to whichever of a server's addresses takes one first.

        Raises:
            OSError: none did.
        """
        connection, address = connect(addresses, seconds)
        return SmtpConnection(connection, address, server, context)


def _words(error: OSError) -> str:
    """Return what became of a connection, in words of ours where the system's say less."""
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | BrokenPipeError):
        return _CLOSED
    if isinstance(error, ConnectionResetError):
        return "connection reset by the server"
    if isinstance(error, ssl.SSLError):
        return f"TLS broke down ({error.reason or 'no reason given'})"
    return error.strerror or "connection lost"


def _certificate(error: ssl.SSLCertVerificationError) -> Reply:
    """Return what it means that a certificate was refused."""
    if error.verify_code == _NOT_YET_VALID:
        return lost("the server's certificate is not yet valid: is the clock of this machine set?")
    hint = "let the server have a valid certificate for that name, or name its authority in email.ca_file"
    return hold(f"certificate refused: {error.verify_message}", hint)


def _no_tls(error: ssl.SSLError) -> Reply:
    """Return what it means that TLS did not come about."""
    if error.reason in _PLAIN:
        return hold("the server does not speak TLS there", SmtpStage.TLS.value)
    if error.reason in _OUTDATED:
        return hold("the server speaks only TLS that is out of date", "ask its administrator for TLS 1.2 or newer")
    return hold(f"no TLS with the server ({error.reason or 'no reason given'})", SmtpStage.TLS.value)
