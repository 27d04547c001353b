"""One way to fail: every error that an operator can meet, each with what to do about it.

ConntestError
+-- ConfigError     a file of the configuration cannot be used (carries every problem found)
+-- ProbeError      this machine grants no ICMP socket
+-- StoreError      the state database cannot be used
|   +-- StateLockedError   another monitor owns this state directory
+-- MailError       a mail was not accepted (kinds in conntest_tui.notify)
"""


class ConntestError(Exception):
    """Something the operator must know about.

    Attributes:
        title: a few words that name the trouble.
        hint: what the operator can do about it; empty when nothing can be done.
    """

    title = "conntest-tui cannot go on"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ProbeError(ConntestError):
    """No ICMP socket of either kind is granted."""

    title = "No permission to send echo requests"


class StoreError(ConntestError):
    """The state database cannot be opened, read or written."""

    title = "The state database cannot be used"


class StateLockedError(StoreError):
    """Another monitor holds the lock of this state directory."""

    title = "Another monitor is running on this state"


class MailError(ConntestError):
    """A mail could not be handed over."""

    title = "Mail was not accepted"
