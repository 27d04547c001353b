"""What waits without a letter, as lines of the outbox screen."""

from collections.abc import Sequence

from conntest_tui.model import Notice
from conntest_tui.model.reports import OutboxEntry
from conntest_tui.notify import wording
from conntest_tui.notify.story import stories


def preview(notices: Sequence[Notice], moment: float) -> list[OutboxEntry]:
    """Return one entry per notice, newest first, with the subject that a letter about it alone would have.

    Args:
        notices: what waits.
        moment: now, POSIX seconds.
    """
    found = []
    for notice in notices:
        story = stories([notice])[0]
        found.append(OutboxEntry(None, notice.id, story.tale.value, wording.subject(story, moment), notice.at))
    return found[::-1]
