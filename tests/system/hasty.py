"""The program with a small share of its patience: `python -m tests.system.hasty ...` as `python -m conntest_tui ...`.

A life in the kill harness lasts some seconds, and the program waits for a silent mail server for half a minute and
more. Here its own limits strike within a life, so that a connection also ends because the program cut it off.
"""

from conntest_tui.cli.main import main
from conntest_tui.notify.smtp_session import SmtpTimeouts

SHARE = 1 / 40


def hurry() -> None:
    """Shorten every time limit of a conversation."""
    timeouts = SmtpTimeouts.__init__.__defaults__
    assert timeouts
    SmtpTimeouts.__init__.__defaults__ = tuple(seconds * SHARE for seconds in timeouts)


if __name__ == "__main__":
    hurry()
    main()
