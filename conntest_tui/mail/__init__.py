"""Events -> mails delivered: composed when the server's door is open, stored before they are sent, never lost."""

from conntest_tui.mail.accounts import Account, account
from conntest_tui.mail.courier import Courier
from conntest_tui.mail.machine import machine_name
from conntest_tui.mail.rounds import Receipt
from conntest_tui.mail.transport import Transport, UnavailableError
from conntest_tui.mail.transport_factory import transport_for
from conntest_tui.mail.trial import Answer, send_test

__all__ = [
    "Account",
    "Answer",
    "Courier",
    "Receipt",
    "Transport",
    "UnavailableError",
    "account",
    "machine_name",
    "send_test",
    "transport_for",
]
