"""The client's side of SMTP (RFC 5321) with TLS (RFC 3207, RFC 8314): replies in, commands and verdicts out.

Nothing here knows a socket or a clock; see `smtp_steps_and_reply_reader` for how one is carried out. The one rule above
all: a recipient is served only by a positive reply to the end of DATA, and refused for good only by a reply of its own
on a connection that lived to show that it takes others.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from conntest_tui.config import Credentials, Tls
from conntest_tui.notify.channel import Reply, ReplyVerdict, UnavailableError, hold
from conntest_tui.notify.smtp_login import log_in
from conntest_tui.notify.smtp_replies import CLOSING, TOO_MANY, Envelope, SmtpStage, judge
from conntest_tui.notify.smtp_steps_and_reply_reader import (
    NO_REPLY,
    Answer,
    Exchange,
    Hear,
    LostError,
    Say,
    Secure,
    Transfer,
)

ASKED = 3
"""Other recipients that a server is asked about when it refuses somebody and has accepted none."""

_READY = 354

# Bytes: no mail of ours is anywhere near. The twenty digits that RFC 1870 allows are more than SQLite has for a number.
_BOUNDLESS = 1 << 40

# RFC 3463: 4.5.3 is too many recipients, 4.3.1 no room for so much; old servers give no status.
_NO_ROOM = frozenset({"", "5.3", "3.1"})

# RFC 5321, section 4.5.2: a line that begins with a dot gets another one.
_LONELY_DOT = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SmtpTimeouts:
    """How long a server may take, in seconds.

    Attributes:
        opening: until it is connected, safe and logged in, over all its addresses. Some answer everything late, to
            tire those who send spam (Exim's `delay`, Sendmail's greet_pause).
        reply: for one reply; those of the opening included.
        content: until it has taken a mail whose bytes it has. Servers filter before they answer; a client that leaves
            too early sends twice (RFC 5321, section 4.5.3.2.6).
        transaction: for all of one mail, up to its last byte.
        leaving: for its farewell.
    """

    opening: float = 120.0
    reply: float = 30.0
    content: float = 180.0
    transaction: float = 300.0
    leaving: float = 2.0


class SmtpSession:
    """One connection's conversation: opened, any number of transactions, closed.

    Attributes:
        known: whether the two have introduced each other, as safely as it was wanted: what is left is the login.
        proven: whether the server has accepted a recipient over this connection.
        named: whether it was asked about a recipient of the last mail.
        turned_away: whether it did not want the last mail itself, for any recipient.
        over: whether nothing more can be said.
        errors: negative replies to recipients so far; servers end connections that collect them.
    """

    def __init__(self, name: str, timeouts: SmtpTimeouts) -> None:
        """Begin; `name` is what this machine calls itself, a domain or an address literal (RFC 5321, 4.1.3)."""
        self._name, self._timeouts = name, timeouts
        self._extensions: dict[str, str] = {}
        self._unclean = False  # whether a transaction may be open on the server's side
        self.known = False
        self.proven = False
        self.named = self.turned_away = False
        self.over = False
        self.errors = 0

    @property
    def most_bytes(self) -> int | None:
        """Bytes that a mail may have, as the server says (RFC 1870); None when it does not, or any will do."""
        size = self._extensions.get("SIZE", "")
        most = int(size) if size.isascii() and size.isdigit() else 0
        return most if 0 < most < _BOUNDLESS else None

    # ------------------------------------------------------------ opening, leaving

    def greet(self, tls: Tls) -> Exchange[None]:
        """Hear who is there: the first that a server says, and what many of them delay on purpose.

        Args:
            tls: how the conversation is made safe; `Tls.AUTO` is not for here.

        Raises:
            UnavailableError: the server does not want to talk, or there is no TLS.
            LostError: the connection ended.
        """
        if tls is Tls.IMPLICIT:
            yield Secure(self._timeouts.reply)
        try:
            greeting = yield Hear(self._timeouts.reply)
        except LostError as error:
            if error.silent and tls is not Tls.IMPLICIT:
                hint = 'if that port wants TLS from the first byte, set email.tls = "implicit"'
                raise LostError(f"{error.why} ({hint})", said=False, silent=True) from None
            raise
        self._demand(SmtpStage.CONNECT, greeting)

    def open(self, tls: Tls, credentials: Credentials | None) -> Exchange[None]:
        """Introduce ourselves, make the connection safe, log in; it has greeted.

        Args:
            tls: as for `greet`.
            credentials: None to send without logging in.

        Raises:
            UnavailableError: the server does not let us in.
            LostError: the connection ended.
        """
        yield from self._introduce()
        if tls is Tls.STARTTLS:
            if "STARTTLS" not in self._extensions:
                raise UnavailableError(hold("the server offers no STARTTLS: it would not be safe", SmtpStage.TLS.value))
            self._demand(SmtpStage.TLS, (yield self._say("STARTTLS")))
            # What the server said before is forgotten (RFC 3207, section 4.2).
            yield Secure(self._timeouts.reply)
            yield from self._introduce()
        self.known = True
        if credentials is not None:
            yield from log_in(self._extensions.get("AUTH", ""), credentials, self._timeouts.reply)

    def close(self) -> Exchange[None]:
        """Take leave. What was accepted stays accepted, whatever the server makes of it.

        Raises:
            LostError: the connection ended.
        """
        if not self.over:
            self.over = True
            yield Say(b"QUIT", self._timeouts.leaving)

    def _introduce(self) -> Exchange[None]:
        self._extensions = {}
        answer = yield self._say(f"EHLO {self._name}")
        if answer.code >= 500:  # RFC 5321, section 3.2: an old server, or one that does not like the name
            old = yield self._say(f"HELO {self._name}")
            self._demand(SmtpStage.HELLO, old)
            return
        self._demand(SmtpStage.HELLO, answer)
        for line in answer.lines[1:]:
            keyword, _, rest = line.partition(" ")
            if keyword.upper().startswith("AUTH="):  # as some servers wrote it before RFC 4954
                keyword, rest = "AUTH", f"{keyword[5:]} {rest}"
            known = self._extensions.get(keyword.upper(), "")
            self._extensions[keyword.upper()] = f"{known} {rest}".strip()

    def _demand(self, stage: SmtpStage, answer: Answer) -> None:
        """Let only a positive answer through."""
        reply = judge(stage, answer)
        if reply.verdict is not ReplyVerdict.ACCEPTED:
            self.over = _ends(answer)
            raise UnavailableError(reply)

    def _say(self, line: str) -> Say:
        return Say(line.encode(), self._timeouts.reply)

    # ------------------------------------------------------------ a transaction

    def deliver(
        self, content: bytes, sender: str, recipients: Sequence[str], others: Sequence[str] = ()
    ) -> Exchange[dict[str, Reply]]:
        """Hand one mail over.

        Args:
            content: its final bytes, with CRLF.
            sender: the envelope's sender.
            recipients: the envelope's recipients, all ASCII or none.
            others: recipients to ask the server about, should it refuse some and accept none.

        Returns:
            what became of it, for each recipient. Recipients that are missing found no room in this transaction
            (RFC 5321, section 4.5.3.1.10): they are to be tried in the next one.
        """
        envelope, self.named, self.turned_away = Envelope(recipients), False, False
        options = f" SIZE={len(content)}" if "SIZE" in self._extensions else ""
        if not recipients[0].isascii():
            if "SMTPUTF8" not in self._extensions:
                text = "the server carries no address beyond ASCII (use another one in email_recipients.csv)"
                return dict.fromkeys(recipients, Reply(ReplyVerdict.CONFIGURATION, text))
            options += " SMTPUTF8"
        try:
            yield from self._reset()
            trouble = yield from self._name_sender(sender, options)
            if trouble is not None:
                return dict.fromkeys(recipients, trouble)
            yield from self._name_recipients(recipients, envelope)
            if envelope.accepted:
                yield from self._hand_over(content, envelope)
            else:
                yield from self._look_into_refusals(sender, envelope, others)
        except LostError as error:
            self.over = True
            envelope.lose(error)
        return envelope.replies

    def _reset(self) -> Exchange[None]:
        """Drop what is left of an earlier transaction."""
        if self._unclean:
            answer = yield self._say("RSET")
            if not answer.positive:
                raise LostError(_odd("RSET", answer), said=True)
            self._unclean = False

    def _name_sender(self, sender: str, options: str = "") -> Exchange[Reply | None]:
        """Begin a transaction; return why the sender will not do, None when it does."""
        self._unclean = True
        answer = yield self._say(f"MAIL FROM:<{sender}>{options}")
        if answer.positive:
            return None
        self.over = _ends(answer)
        return judge(SmtpStage.SENDER, answer)

    def _name_recipients(self, recipients: Sequence[str], envelope: Envelope) -> Exchange[None]:
        for recipient in recipients:
            envelope.before, envelope.asked, self.named = envelope.asked, recipient, True
            answer = yield self._say(f"RCPT TO:<{recipient}>")
            if _ends(answer):
                raise LostError(judge(SmtpStage.RECIPIENT, answer).text, said=True)
            self.proven = self.proven or answer.positive
            self.errors += not answer.positive
            if envelope.accepted and answer.code in TOO_MANY and answer.status in _NO_ROOM:
                envelope.crowded = recipient
                break  # the others have the next transaction
            envelope.take(recipient, answer)
        envelope.asked = None

    def _hand_over(self, content: bytes, envelope: Envelope) -> Exchange[None]:
        """Send the mail itself, and note what the server says to it for all that it has accepted."""
        answer = yield self._say("DATA")
        if answer.code == _READY:
            envelope.confirm()
            envelope.settle((yield from self._transfer(content)))
            return
        if answer.positive or _ends(answer):
            raise LostError(_odd("DATA", answer), said=True)
        self.turned_away = True
        envelope.settle(judge(SmtpStage.CONTENT, answer))
        yield from self._reset()
        envelope.confirm()

    def _transfer(self, content: bytes) -> Exchange[Reply]:
        """Send the bytes, and return what the server says to them."""
        try:
            yield Transfer(_LONELY_DOT.sub(b"..", content), self._timeouts.content)
            answer = yield Say(b".", self._timeouts.content, whole=True)
        except LostError as error:
            if not error.said:
                raise
            why = error.why
        else:
            self._unclean = False
            self.over = _ends(answer)
            if answer.code == CLOSING or not self.over:
                self.turned_away = not answer.positive
                return judge(SmtpStage.CONTENT, answer)
            why = _odd("the mail", answer)
        self.over = True
        text = f"whether the server has taken the mail is not known, it is sent once more: {why}"
        return Reply(ReplyVerdict.AMBIGUOUS, text, whole_server=True)

    def _look_into_refusals(self, sender: str, envelope: Envelope, others: Sequence[str]) -> Exchange[None]:
        """Find out what it means that no recipient was accepted: is it these recipients, or perhaps us?

        If the server has not accepted anybody over this connection yet, it is asked about others, who are sent nothing.
        """
        yield from self._reset()
        answers: list[Answer] = []
        if envelope.refusals and not self.proven and others and (yield from self._name_sender(sender)) is None:
            for other in others[:ASKED]:
                answer = yield self._say(f"RCPT TO:<{other}>")
                if _ends(answer):
                    raise LostError(_odd("RCPT", answer), said=True)
                answers.append(answer)
                self.errors += not answer.positive
                self.proven = answer.positive
                if self.proven:
                    break
        if self.over:
            raise LostError("the server ended the conversation", said=True)
        yield from self._reset()
        if self.proven or not envelope.refusals:
            envelope.confirm()
        else:
            envelope.doubt(whole_server=all(answer.code >= 500 for answer in answers))


def _ends(answer: Answer) -> bool:
    """Return whether nothing sensible can follow an answer: the server leaves, or what it says does not belong."""
    return answer.code in (NO_REPLY, CLOSING) or 300 <= answer.code < 400


def _odd(what: str, answer: Answer) -> str:
    if answer.code == CLOSING:
        return answer.text
    return f"an answer to {what} that makes no sense: {answer.text}"


def literal(address: str) -> str:
    """Return an IP address as an address literal (RFC 5321, section 4.1.3)."""
    number = address.partition("%")[0]
    return f"[IPv6:{number}]" if ":" in number else f"[{number}]"
