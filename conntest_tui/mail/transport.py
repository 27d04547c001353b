"""The ways out: what a transport is, and which one an account asks for."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from conntest_tui.config import Delivery
from conntest_tui.errors import MailError
from conntest_tui.mail.accounts import Account
from conntest_tui.mail.classify import Reply, hold


class UnavailableError(MailError):
    """The server cannot be used at all now.

    Attributes:
        reply: why, and for how long: until later (transient) or until the operator acts (configuration).
    """

    title = "The mail server cannot be used"

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


class Transport(Protocol):
    """A way out for letters. Used by one thread: opened, given any number of letters, closed, opened again."""

    @property
    def peer(self) -> str:
        """Which address of the server answered last, for a person; empty when there is none."""

    @property
    def most_bytes(self) -> int | None:
        """Bytes that a letter may have, as of the last `open`; None when nobody knows of a limit."""

    def open(self) -> None:
        """Get ready to hand letters over: connect, make it safe, log in.

        Raises:
            UnavailableError: it cannot be used now.
        """

    def send(self, letter: bytes, sender: str, recipients: Sequence[str]) -> Mapping[str, Reply]:
        """Hand one letter over, when open.

        Args:
            letter: its final bytes, with CRLF.
            sender: the envelope's sender.
            recipients: the envelope's recipients.

        Returns:
            what became of it, for each recipient. After a reply with `whole_server` nothing more can be sent.
        """

    def close(self) -> None:
        """Take leave; never raises, and may be called at any time."""


TransportFor = Callable[[Account], Transport]


def transport_for(account: Account) -> Transport:
    """Return the transport that an account asks for.

    Raises:
        UnavailableError: no letter can be sent: mail is off, there are no recipients, or the sender will not do.
    """
    if account.delivery is Delivery.OFF:
        raise UnavailableError(hold("mail is off", "set email.delivery in settings.toml"))
    if not account.recipients:
        raise UnavailableError(hold("there is nobody to write to", "name somebody in email_recipients.csv"))
    if account.login_lost:
        raise UnavailableError(hold("the login in creds.csv cannot be read", "mend what validate lists"))
    if not account.sender.isascii():
        text = f"the sender {account.sender} holds letters beyond ASCII, which few servers carry"
        raise UnavailableError(hold(text, "choose another email.sender in settings.toml"))
    if account.delivery is Delivery.MAILDIR:
        from conntest_tui.mail.maildir import MaildirTransport  # noqa: PLC0415 - as below

        return MaildirTransport(account.mailbox)
    from conntest_tui.mail.smtp import SmtpTransport  # noqa: PLC0415 - ssl is slow to import

    return SmtpTransport(account)
