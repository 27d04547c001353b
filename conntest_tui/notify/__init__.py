"""Events -> mails delivered: composed when the server's door is open, stored before they are sent, never lost."""

from conntest_tui.notify.account import Account, account_of, machine_name
from conntest_tui.notify.channel import Transport, UnavailableError
from conntest_tui.notify.channel_factory import transport_for
from conntest_tui.notify.delivery_run import Receipt
from conntest_tui.notify.dispatcher import Courier
from conntest_tui.notify.send_test_mail import Answer, send_test

__all__ = [
    "Account",
    "Answer",
    "Courier",
    "Receipt",
    "Transport",
    "UnavailableError",
    "account_of",
    "machine_name",
    "send_test",
    "transport_for",
]
