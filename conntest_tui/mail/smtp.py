"""Letters by SMTP (RFC 5321), with TLS (RFC 3207, RFC 8314) and AUTH (RFC 4954)."""

import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from conntest_tui.config import Tls
from conntest_tui.mail.accounts import Account
from conntest_tui.mail.classify import Reply, Stage, Verdict, hold, judge, lost, nobody_accepted, plain
from conntest_tui.mail.login import log_in
from conntest_tui.mail.transport import UnavailableError
from conntest_tui.mail.wire import Client, dial

IMPLICIT_TLS_PORT = 465  # RFC 8314, section 7.3


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server, in seconds.

    Attributes:
        opening: until it is connected, safe and logged in.
        letter: until it has taken a letter. Servers filter before they answer, and whoever leaves too early sends
            twice (RFC 5321, section 4.5.3.2.6).
        leaving: for its farewell.
    """

    opening: float = 30.0
    letter: float = 120.0
    leaving: float = 2.0


class SmtpTransport:
    """Hands letters to the mail server of an account, many over one connection."""

    def __init__(self, account: Account, patience: Patience | None = None) -> None:
        self._account = account
        self._patience = patience or Patience()
        self._client: Client | None = None
        self._proven = False  # whether the server has accepted somebody over this connection

    def open(self) -> None:
        """Connect, make the connection safe, log in.

        Raises:
            UnavailableError: one of these failed.
        """
        account = self._account
        if account.credentials and account.tls is Tls.NONE:
            text = 'with email.tls = "none" the password would travel in the clear'
            raise UnavailableError(hold(text, 'set it to "auto", or empty creds.csv if the server needs no login'))
        context = self._context()
        with _told_as_unavailable(f"{account.server}:{account.port}"):
            connection = dial(account.server, account.port, self._patience.opening)
            self._client, self._proven = Client(connection, account.server), False
            client = self._client
            with client.within(self._patience.opening):
                self._greet(client, context)
                if account.credentials:
                    log_in(client, account.credentials)

    def send(self, letter: bytes, sender: str, recipients: Sequence[str]) -> Mapping[str, Reply]:
        """Hand a letter over; see `Transport.send`.

        Addresses beyond ASCII get a transaction of their own: a server without SMTPUTF8 (RFC 6531) refuses those,
        and only those.
        """
        replies: dict[str, Reply] = {}
        for ascii_only in (True, False):
            some = [recipient for recipient in recipients if recipient.isascii() is ascii_only]
            gone = next((reply.text for reply in replies.values() if reply.whole_server), None)
            if gone is not None:
                replies |= dict.fromkeys(some, lost(f"not tried: {gone}"))
            elif some:
                replies |= self._transaction(letter, sender, some, utf8=not ascii_only)
        return replies

    def close(self) -> None:
        """Say QUIT and close the connection."""
        if self._client is not None:
            self._client.hang_up(self._patience.leaving)
            self._client = None

    # ------------------------------------------------------------ opening

    def _context(self) -> ssl.SSLContext:
        """Return what checks that the server's certificate is valid and its own (RFC 9525)."""
        path = self._account.ca_file
        try:
            return ssl.create_default_context(cafile=str(path) if path else None)
        except OSError as error:  # ssl.SSLError is one
            text = f"email.ca_file {path} cannot be used: {error.strerror or error}"
            raise UnavailableError(hold(text, "name a readable PEM file in settings.toml")) from None

    def _greet(self, client: Client, context: ssl.SSLContext) -> None:
        tls = self._account.tls
        if tls is Tls.AUTO:
            tls = Tls.IMPLICIT if self._account.port == IMPLICIT_TLS_PORT else Tls.STARTTLS
        if tls is Tls.IMPLICIT:
            client.secure(context)
        _demand(Stage.CONNECT, client.getreply())
        _demand(Stage.CONNECT, client.ehlo())
        if tls is Tls.STARTTLS:
            if not client.has_extn("starttls"):
                raise UnavailableError(hold("the server offers no STARTTLS: it would not be safe", Stage.TLS.value))
            _demand(Stage.TLS, client.docmd("STARTTLS"))
            client.secure(context)
            _demand(Stage.TLS, client.ehlo())

    # ------------------------------------------------------------ sending

    def _transaction(self, letter: bytes, sender: str, recipients: Sequence[str], *, utf8: bool) -> dict[str, Reply]:
        client, replies = self._client, dict[str, Reply]()
        if client is None:
            return dict.fromkeys(recipients, lost("not connected"))
        if utf8 and not client.has_extn("smtputf8"):
            text = "the server carries no address beyond ASCII (use another one in email_recipients.csv)"
            return dict.fromkeys(recipients, Reply(Verdict.REFUSED, text))
        options = [f"size={len(letter)}"] if client.has_extn("size") else []
        options += ["SMTPUTF8"] if utf8 else []
        try:
            with client.within(self._patience.letter):
                replies |= _envelope(client, sender, recipients, options)
                accepted = [recipient for recipient, reply in replies.items() if reply.verdict is Verdict.ACCEPTED]
                if accepted:
                    self._proven = True
                    replies |= dict.fromkeys(accepted, _hand_over(client, letter))
                else:
                    client.rset()
                    replies |= self._doubted(client, sender, replies)
        except (OSError, smtplib.SMTPException) as error:
            unanswered = [recipient for recipient in recipients if recipient not in replies]
            replies |= dict.fromkeys(unanswered, lost(str(error)))
        return replies

    def _doubted(self, client: Client, sender: str, replies: Mapping[str, Reply]) -> Mapping[str, Reply]:
        """Return what refusals mean: these recipients, if the server accepts anybody else; if not, perhaps us.

        If it has not yet, it is asked about other recipients, without sending them anything.
        """
        refused = [recipient for recipient, reply in replies.items() if reply.verdict is Verdict.REFUSED]
        if self._proven or not refused:
            return replies
        others = [to for to in self._account.recipients if to not in replies and to.isascii()][:_ASKED]
        answers = {**replies, **_envelope(client, sender, others, ())} if others else replies
        client.rset()
        verdicts = {reply.verdict for reply in answers.values()}
        self._proven = Verdict.ACCEPTED in verdicts
        if self._proven:
            return replies
        return {to: nobody_accepted(replies[to], whole_server=verdicts == {Verdict.REFUSED}) for to in refused}


_ASKED = 3
"""Other recipients that a server is asked about."""


def _envelope(client: Client, sender: str, recipients: Sequence[str], options: Sequence[str]) -> dict[str, Reply]:
    """Name the sender and the recipients, and return what the server says to each recipient."""
    answer = judge(Stage.SENDER, *client.mail(sender, options))
    if answer.verdict is not Verdict.ACCEPTED:
        return dict.fromkeys(recipients, answer)
    return {recipient: judge(Stage.RECIPIENT, *client.rcpt(recipient)) for recipient in recipients}


def _hand_over(client: Client, letter: bytes) -> Reply:
    """Send the letter itself, and return what the server says to it."""
    code, words = client.docmd("DATA")
    if code != 354:
        return judge(Stage.CONTENT, code, words) if code >= 400 else lost(f"an odd answer to DATA: {code}")
    try:
        client.send(_LONELY_DOT.sub(b"..", letter) + b".\r\n")
        code, words = client.getreply()
    except (OSError, smtplib.SMTPException) as error:
        text = f"the connection was lost while the letter was handed over: {plain(str(error))}"
        return Reply(Verdict.AMBIGUOUS, text, whole_server=True)
    if code < 200:
        return Reply(Verdict.AMBIGUOUS, f"an odd answer to the letter: {plain(words)}", whole_server=True)
    return judge(Stage.CONTENT, code, words)


# RFC 5321, section 4.5.2: a line that begins with a dot gets another one.
_LONELY_DOT = re.compile(rb"^\.", re.MULTILINE)


def _demand(stage: Stage, answer: tuple[int, bytes]) -> None:
    """Let only a positive answer through."""
    reply = judge(stage, *answer)
    if reply.verdict is not Verdict.ACCEPTED:
        raise UnavailableError(reply)


@contextmanager
def _told_as_unavailable(server: str) -> Iterator[None]:
    """Turn what can go wrong with a connection into `UnavailableError`."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        mend = "let the server have a valid certificate for that name, or name its authority in email.ca_file"
        raise UnavailableError(hold(f"{server}: certificate refused: {error.verify_message}", mend)) from None
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        raise UnavailableError(lost(f"{server}: connection closed by the server")) from None
    except ssl.SSLError as error:
        raise UnavailableError(hold(f"{server}: no TLS: {error.reason}", Stage.TLS.value)) from None
    except OSError as error:
        raise UnavailableError(lost(f"{server}: {error.strerror or error}")) from None
    except smtplib.SMTPException as error:
        raise UnavailableError(lost(f"{server}: {error}")) from None
