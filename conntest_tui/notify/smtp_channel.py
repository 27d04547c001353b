"""Delivery by SMTP: to whichever address of the server answers, and so that no recipient sinks another one."""

import ssl
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from conntest_tui.config import Tls
from conntest_tui.model.notifications import Message
from conntest_tui.notify.channel import Reply, ReplyVerdict, UnavailableError, hold, lost
from conntest_tui.notify.happy_eyeballs import Address
from conntest_tui.notify.mail_account import Account, full_name
from conntest_tui.notify.smtp_connection import Connector, SmtpConnection
from conntest_tui.notify.smtp_session import SmtpSession, SmtpTimeouts, literal
from conntest_tui.notify.smtp_steps_and_reply_reader import LostError
from conntest_tui.text import shown

IMPLICIT_TLS_PORT = 465  # RFC 8314, section 7.3

MOST_ADDRESSES = 4
"""Addresses of a server that get a share of the time of one opening."""

PATIENT_ENDS = 2
"""Connections in a row that end while recipients are named, after which each recipient is asked by itself. One that
ends without a suspect counts twice."""

MOST_ERRORS = 9
"""Refused recipients after which a connection is renewed: Postfix answers slowly from 10 on, and ends it at 20."""


class SmtpChannel:
    """Hands mails to the mail server of an account, many over one connection.

    It remembers from one opening to the next which address was good, and which recipients are better asked alone.

    Attributes:
        peer: the address that answered last, as a person writes it.
    """

    def __init__(
        self, account: Account, timeouts: SmtpTimeouts | None = None, connector: Connector | None = None
    ) -> None:
        self.peer = ""
        self._account = account
        self._connector = connector or Connector()
        self._timeouts = timeouts or SmtpTimeouts()
        self._name = account.helo
        self._open_connection: tuple[SmtpConnection, SmtpSession] | None = None
        self._good: Address | None = None
        self._failed: Counter[Address] = Counter()  # openings that came to nothing there
        self._suspects: Counter[str] = Counter()  # recipient: connections that ended when it was in question
        self._ends = 0  # such connections in a row, over all recipients
        self._welcome: set[str] = set()  # recipients for whom the server has taken something
        self._room: int | None = None  # recipients that the server takes in one transaction, once it has said so
        self._taken = 0  # mails over this connection

    @property
    def most_bytes(self) -> int | None:
        """Bytes that a mail may have, as the server says; None when it does not."""
        return self._open_connection[1].most_bytes if self._open_connection else None

    def open(self) -> None:
        """Connect, make the connection safe, log in.

        Raises:
            UnavailableError: one of these failed.
        """
        self._room = None
        self._name = self._name or full_name()
        self._open()

    def send(self, message: Message) -> Mapping[str, Reply]:
        """Hand a mail over; see `Channel.send`.

        Addresses beyond ASCII get a transaction of their own: a server without SMTPUTF8 (RFC 6531) refuses those,
        and only those. So do recipients at which a connection has ended before.
        """
        replies: dict[str, Reply] = {}
        waiting = self._groups(message.recipients)
        while waiting:
            group = waiting.pop(0)
            answers = self._deliver(message, group)
            again = self._again(group, answers)
            if again:
                waiting = [*self._groups(again), *waiting]
                waiting.sort(key=self._suspicion)
            replies |= {to: reply for to, reply in answers.items() if to not in again}
            trouble = next((reply for to, reply in answers.items() if to not in again and reply.whole_server), None)
            if trouble is not None:
                rest = [to for group in waiting for to in group]
                return replies | dict.fromkeys(rest, lost(f"not tried: {trouble.text}"))
        return replies

    def close(self) -> None:
        """Say QUIT and close the connection."""
        if self._open_connection is None:
            return
        (connection, session), self._open_connection = self._open_connection, None
        with suppress(LostError):  # what was accepted stays accepted
            connection.carry_out(session.close(), self._timeouts.leaving)
        connection.close()

    # ------------------------------------------------------------ who goes with whom

    def _groups(self, recipients: Sequence[str]) -> list[list[str]]:
        """Return who is named in which transaction: those without suspicion together, the least suspect first."""
        found: list[list[str]] = []
        for ascii_only in (True, False):
            some = [recipient for recipient in recipients if recipient.isascii() is ascii_only]
            alone = [to for to in some if self._suspects[to] or self._ends >= PATIENT_ENDS]
            together = [to for to in some if to not in alone]
            size = self._room or len(together)
            found += [together[at : at + size] for at in range(0, len(together), size)] if together else []
            found += [[recipient] for recipient in alone]
        return sorted(found, key=self._suspicion)

    def _suspicion(self, group: Sequence[str]) -> int:
        return self._suspects[group[0]]

    def _again(self, group: Sequence[str], answers: Mapping[str, Reply]) -> list[str]:
        """Return who of a group is asked again at once, in other company: no recipient sinks another one."""
        if len(group) == 1:
            return []
        again = [recipient for recipient in group if recipient not in answers]
        if again:
            self._room = len(group) - len(again)
        if self._ended_at_recipients():
            unsettled = (ReplyVerdict.TRANSIENT, ReplyVerdict.CONFIGURATION)
            again += [to for to, reply in answers.items() if reply.verdict in unsettled]
        return again

    def _deliver(self, message: Message, group: Sequence[str]) -> dict[str, Reply]:
        """Hand a mail over to some recipients, and learn from what the server does."""
        known = [to for to in self._account.recipients if to not in group and to.isascii() and not self._suspects[to]]
        known.sort(key=lambda to: to not in self._welcome)
        try:
            answers = self._transaction(message, group, known)
        except UnavailableError as error:
            return dict.fromkeys(group, error.reply)
        accepted = [to for to, reply in answers.items() if reply.verdict is ReplyVerdict.ACCEPTED]
        self._welcome.update(accepted)
        for recipient in accepted:
            del self._suspects[recipient]
        if accepted:
            self._ends = 0
            self._taken += 1
        elif self._ended_at_recipients():
            suspicion = {to: reply.suspicion for to, reply in answers.items() if reply.suspicion}
            self._ends += 1 if suspicion else PATIENT_ENDS
            self._suspects.update(suspicion or dict.fromkeys(group if len(group) == 1 else (), 1))
        # Where the server takes mail for others, whatever it does to one recipient is a matter of that one.
        its_own = accepted or (len(group) == 1 and self._welcome.difference(group))
        if self._session.named and its_own:
            answers = {to: replace(reply, whole_server=False) for to, reply in answers.items()}
        return answers

    def _transaction(self, message: Message, group: Sequence[str], others: Sequence[str]) -> dict[str, Reply]:
        """Have one transaction, over a new connection where the old one is of no more use.

        Raises:
            UnavailableError: there is no new connection.
        """
        if self._open_connection is None or self._session.over or self._session.errors >= MOST_ERRORS:
            self._renew()
        taken = self._taken
        answers = self._hand_over(message, group, others)
        if self._session.over and taken and not self._session.named:
            # It has taken mails over this connection, and then ended it before a recipient was named: enough for one.
            self._renew()
            answers = self._hand_over(message, group, others)
        return answers

    def _hand_over(self, message: Message, group: Sequence[str], others: Sequence[str]) -> dict[str, Reply]:
        connection, session = self._connected
        exchange = session.deliver(message.content, message.sender, group, others)
        return connection.carry_out(exchange, self._timeouts.transaction)

    def _ended_at_recipients(self) -> bool:
        """Return whether the last transaction came to nothing once recipients were named."""
        if self._open_connection is None:
            return False
        _, session = self._open_connection
        return session.named and (session.over or session.turned_away)

    # ------------------------------------------------------------ connections

    @property
    def _connected(self) -> tuple[SmtpConnection, SmtpSession]:
        if self._open_connection is None:
            raise UnavailableError(lost("not connected"))
        return self._open_connection

    @property
    def _session(self) -> SmtpSession:
        return self._connected[1]

    def _renew(self) -> None:
        self.close()
        self._open()

    def _open(self) -> None:
        account, deadline = self._account, time.monotonic() + self._timeouts.opening
        if account.credentials and account.tls is Tls.NONE:
            text = 'with email.tls = "none" the password would travel in the clear'
            raise UnavailableError(hold(text, 'set it to "auto", or empty creds.csv if the server needs no login'))
        context = self._context()
        left = self._addresses()
        troubles: list[Reply] = []
        while left and len(troubles) < MOST_ADDRESSES and time.monotonic() < deadline:
            share = (deadline - time.monotonic()) / min(len(left), MOST_ADDRESSES)
            until = time.monotonic() + share
            try:
                connection = self._connector.connect(
                    left, account.server, context, min(share / 2, self._timeouts.reply)
                )
            except OSError as error:
                troubles.append(lost(error.strerror or "it cannot be reached"))
                break
            session = SmtpSession(self._name or literal(connection.own), self._timeouts)
            trouble = self._try(connection, session, until - time.monotonic(), deadline)
            if trouble is None:
                self._open_connection, self._taken = (connection, session), 0
                self._good, self.peer = connection.peer, str(connection.peer)
                del self._failed[connection.peer]
                return
            connection.close()
            self._failed[connection.peer] += 1
            troubles.append(trouble)
            if session.known:
                break  # it is the login, and a wrong password counts at each address
            left = [other for other in left if other != connection.peer]
        raise UnavailableError(self._sum(troubles or [lost("no answer in time")]))

    def _try(self, connection: SmtpConnection, session: SmtpSession, share: float, deadline: float) -> Reply | None:
        """Open a conversation; return why that failed, None when it did not.

        Args:
            connection: to one of the server's addresses.
            session: what is said over it.
            share: seconds for its greeting. A server that has greeted lives, and may take what is left for the rest.
            deadline: of the whole opening, steady time.
        """
        tls = self._account.tls
        if tls is Tls.AUTO:
            tls = Tls.IMPLICIT if self._account.port == IMPLICIT_TLS_PORT else Tls.STARTTLS
        try:
            connection.carry_out(session.greet(tls), share)
            left = max(deadline - time.monotonic(), 0.001)
            connection.carry_out(session.open(tls, self._account.credentials), left)
        except UnavailableError as error:
            return error.reply
        except LostError as error:
            return lost(error.why)
        return None

    def _addresses(self) -> list[Address]:
        """Return the server's addresses: the one that was good before first, those that failed most last."""
        account = self._account
        try:
            found = self._connector.look_up(account.server, account.port, self._timeouts.reply)
        except OSError as error:
            raise UnavailableError(self._sum([lost(str(error.strerror))])) from None
        return sorted(found, key=lambda address: (address != self._good, self._failed[address]))

    def _sum(self, troubles: Sequence[Reply]) -> Reply:
        """Return the trouble with the server that its addresses have: one that passes by itself, if there is one."""
        chosen = next((reply for reply in troubles if reply.verdict is ReplyVerdict.TRANSIENT), troubles[0])
        reasons = "; ".join(dict.fromkeys(reply.text for reply in (chosen, *troubles)))
        speaks = reasons[:3].isdigit()  # a server's own words say enough
        return replace(chosen, text=reasons if speaks else f"{self._account.server}:{self._account.port}: {reasons}")

    def _context(self) -> ssl.SSLContext:
        """Return what checks that the server's certificate is valid and its own (RFC 9525)."""
        if self._account.tls is Tls.NONE:
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # not used, and authorities take time to load
        path = self._account.ca_file
        try:
            return ssl.create_default_context(cafile=str(path) if path else None)
        except OSError as error:  # ssl.SSLError is one
            why = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
            text = f"email.ca_file {shown(path or '')} cannot be used: {why}"
            raise UnavailableError(hold(text, "name a readable PEM file in settings.toml")) from None
