"""How mail is doing, in one word and one line."""

from collections.abc import Sequence

from conntest_tui.model import MailHealth, MailStatus
from conntest_tui.notify.classify import Reply, Verdict
from conntest_tui.store.outbox_queries import Tally

NAMED = 5
"""Recipients that the line about lost mail names."""


def assess(tally: Tally, facts: int, trouble: Reply | None, next_try: float | None) -> MailStatus:
    """Return the state of mail; what the operator must mend comes first.

    Args:
        tally: the letters in numbers.
        facts: notices of which no letter is composed yet.
        trouble: the last trouble with the server as a whole, None when there was none since it accepted a letter.
        next_try: POSIX seconds of the next attempt, None when nothing waits.
    """
    waiting = facts + tally.under_way
    server = trouble if waiting else None
    health, text = MailHealth.IDLE, ""
    if server is not None and server.verdict is Verdict.CONFIGURATION:
        health, text = MailHealth.HELD, server.text
    elif tally.held:
        health, text = MailHealth.HELD, _about(tally)
    elif server is not None:
        health, text = MailHealth.WAITING, server.text
    elif tally.tried:
        health, text = MailHealth.WAITING, _about(tally)
    elif tally.lost:
        health, text = MailHealth.LOST, f"{tally.lost} not delivered, for good{_to(tally.lost_to)}: {tally.reply}"
    elif tally.delivered is not None:
        health = MailHealth.OK
    return MailStatus(health, text, waiting, tally.delivered, next_try)


def _about(tally: Tally) -> str:
    """Return the server's words about one recipient with that recipient's name, which not every server says."""
    if len(tally.reply_to) != 1 or tally.reply_to[0] in tally.reply:
        return tally.reply
    return f"{tally.reply_to[0]}: {tally.reply}"


def _to(recipients: Sequence[str]) -> str:
    """Name those to whom something was lost."""
    if not recipients:
        return ""
    others = len(recipients) - NAMED
    return f", to {', '.join(recipients[:NAMED])}" + (f" and {others} more" if others > 0 else "")
