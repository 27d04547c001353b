"""Which transport an account asks for."""

from collections.abc import Callable

from conntest_tui.config import Delivery
from conntest_tui.notify.account import Account
from conntest_tui.notify.channel import Transport, UnavailableError, hold
from conntest_tui.notify.maildir_channel import MaildirTransport

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
        return MaildirTransport(account.mailbox)
    from conntest_tui.notify.smtp_channel import SmtpTransport  # noqa: PLC0415 - ssl is slow to import

    return SmtpTransport(account)
