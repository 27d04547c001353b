"""Events -> mails delivered: composed when the server takes them, stored before they are sent, never lost."""

from conntest_tui.notify.channel import Channel, UnavailableError
from conntest_tui.notify.channel_factory import channel_for
from conntest_tui.notify.dispatcher import Dispatcher
from conntest_tui.notify.mail_account import Account, account_of, machine_name
from conntest_tui.notify.send_now import MailAnswer
from conntest_tui.notify.send_test_mail import send_test

__all__ = [
    "Account",
    "Channel",
    "Dispatcher",
    "MailAnswer",
    "UnavailableError",
    "account_of",
    "channel_for",
    "machine_name",
    "send_test",
]
