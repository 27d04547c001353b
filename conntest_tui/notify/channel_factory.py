"""Which channel an account asks for, and who writes the messages for it."""

from collections.abc import Callable

from conntest_tui.config import Delivery
from conntest_tui.notify.channel import Channel, MessageHead, UnavailableError, hold
from conntest_tui.notify.mail_account import Account
from conntest_tui.notify.mail_drafts import Draft
from conntest_tui.notify.maildir_channel import MaildirChannel

ChannelFor = Callable[[Account], Channel]

WriteMessage = Callable[[Callable[[int], Draft], MessageHead, int | None], tuple[Draft, bytes]]
"""What writes a message's content, see `conntest_tui.notify.mime.write_mail`."""


def channel_for(account: Account) -> Channel:
    """Return the channel that an account asks for.

    Raises:
        UnavailableError: no mail can be sent: mail is off, there are no recipients, or the sender will not do.
    """
    if account.delivery is Delivery.OFF:
        raise UnavailableError(hold("mail is off", "set email.delivery in settings.toml"))
    if not account.recipients:
        raise UnavailableError(hold("there are no recipients", "add one to email_recipients.csv"))
    if account.login_lost:
        raise UnavailableError(hold("the login in creds.csv cannot be read", "correct what validate lists"))
    if not account.sender.isascii():
        text = f"the sender {account.sender} holds characters beyond ASCII, which few servers carry"
        raise UnavailableError(hold(text, "choose another email.sender in settings.toml"))
    if account.delivery is Delivery.MAILDIR:
        return MaildirChannel(account.mailbox)
    from conntest_tui.notify.smtp_channel import SmtpChannel  # noqa: PLC0415 - ssl is slow to import

    return SmtpChannel(account)


def writer_for(_account: Account) -> WriteMessage:
    """Return what writes the messages of an account; unlike a channel there is always one: both channels take mails."""
    from conntest_tui.notify.mime import write_mail  # noqa: PLC0415 - the email package is slow to import

    return write_mail
