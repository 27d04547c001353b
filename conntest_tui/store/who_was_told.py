"""Who was told what: what each recipient has heard of the subject of a new notification, as the mails of the store say.

What follows from that stands in `conntest_tui.model.notification_state_machine`.
"""

import json
import sqlite3
from collections.abc import Collection, Sequence

from conntest_tui.model import NotificationKind
from conntest_tui.model.notification_state_machine import NEWS, News, Told

# What who knows of the subject of fresh notifications: of the outage, or, without one, of what began just then. Whom
# NULL stands for is everybody. A mail from before it began is about another one, whose number a damaged file gave anew.
_SUBJECTS = "WITH news AS (SELECT * FROM notice WHERE fresh AND id IN (SELECT value FROM json_each(?)))"
_ALIKE = (
    "known.host = news.host AND known.outage IS news.outage "
    "AND (news.outage IS NOT NULL OR known.started = news.started)"
)
# What a subject begins with: once that is forgotten, nobody knows who heard of it. A host that is steady and down has
# an outage of which that is the first word.
_BEGINS = "known.kind IN ({})".format(
    ", ".join(f"'{kind.value}'" for kind in NEWS if NEWS[kind] is News.BEGINS or kind is NotificationKind.STEADY)
)
_TOLD = f"""
{_SUBJECTS}
SELECT news.id, recipient, max(CASE
    WHEN state = 'sent' OR ambiguous THEN {Told.SOMETHING.value}
    WHEN state IN ('queued', 'held') THEN {Told.COMING.value}
    ELSE {Told.UNKNOWN.value} END), max({_BEGINS})
FROM news JOIN telling ON telling.host = news.host JOIN notice AS known ON known.id = notice AND {_ALIKE}
JOIN letter AS mail ON mail.id = telling.letter AND mail.created > news.steady - news.duration - 1
JOIN delivery ON delivery.letter = mail.id GROUP BY news.id, recipient
UNION ALL SELECT news.id, recipient, {Told.COMING.value}, {_BEGINS}
FROM waiting CROSS JOIN notice AS known ON known.id = notice CROSS JOIN news ON {_ALIKE}
UNION ALL SELECT news.id, NULL, {Told.COMING.value}, {_BEGINS}
FROM notice AS known JOIN news ON known.id < news.id AND {_ALIKE} WHERE known.fresh
"""  # noqa: S608 - our own words
# Which of their subjects were told to nobody.
_KNOWN = f"""
{_SUBJECTS}
SELECT DISTINCT news.id FROM news JOIN notice AS known ON known.id < news.id AND {_ALIKE}
WHERE {_BEGINS} AND known.id NOT IN (SELECT notice FROM telling)
"""  # noqa: S608 - our own words


def told_of(
    numbers: Sequence[int], searched: Collection[int], recipients: Sequence[str], connection: sqlite3.Connection
) -> dict[tuple[int, str], Told]:
    """Return what recipients know of the subjects of fresh notifications; of one left out nothing is known at all.

    That somebody has heard nothing is known as long as the beginning is, the oldest that is purged.

    Args:
        numbers: the notifications.
        searched: for which of them also a subject is looked for that was told to nobody; that takes longer.
        recipients: the recipients.
        connection: of the caller's transaction.
    """
    if not numbers:
        return {}
    found = connection.execute(_TOLD, (json.dumps(numbers),)).fetchall()
    known = {number for number, *_, begins in found if begins}
    missing = [number for number in searched if number not in known]
    if missing:
        known |= {number for (number,) in connection.execute(_KNOWN, (json.dumps(missing),))}
    told = dict.fromkeys(((number, recipient) for number in known for recipient in recipients), Told.NOTHING)
    for number, whom, rank, _ in found:
        for recipient in recipients if whom is None else (whom,):
            told[number, recipient] = max(told.get((number, recipient), Told.UNKNOWN), Told(rank))
    return told
