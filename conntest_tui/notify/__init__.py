"""Events -> mails delivered: composed when the server's door is open, stored before they are sent, never lost."""

from conntest_tui.notify.accounts import Account, account
from conntest_tui.notify.courier import Courier
from conntest_tui.notify.machine import machine_name
from conntest_tui.notify.rounds import Receipt
from conntest_tui.notify.transport import Transport, UnavailableError
from conntest_tui.notify.transport_factory import transport_for
from conntest_tui.notify.trial import Answer, send_test

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
