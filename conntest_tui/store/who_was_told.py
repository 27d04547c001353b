"""Who was told what: what each recipient has heard of the subject of news, as the mails of the store say.

What follows from that stands in `conntest_tui.model.notification_state_machine`; here its tables are in SQL.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from enum import Enum

from conntest_tui.model.notification_state_machine import ADMISSIONS, HEARD, NEWS, Decision, News, Told, depends_on

# About the same subject: the outage, or, without one, what began just then.
_ALIKE = (
    "known.host = news.host AND known.outage IS news.outage "
    "AND (news.outage IS NOT NULL OR known.started = news.started)"
)
# What each recipient knows of the subjects of fresh notifications. A mail or a notification from before a subject began
# is about another one, whose number a damaged file gave anew; whom a lost mail has told is not known. Whether a
# beginning is known is asked last: that reads all notifications, and mostly there is no need.
_ADMIT = f"""
INSERT OR IGNORE INTO waiting
WITH known AS NOT MATERIALIZED (
    SELECT *, CASE WHEN kind = 'steady' AND outage IS NOT NULL THEN 'begins' ELSE {{news}} END AS news FROM notice
), news AS MATERIALIZED (
    SELECT id, host, outage, started, steady - duration - 1 AS began, news FROM known WHERE fresh
), told (id, recipient, told) AS (
    SELECT news.id, delivery.recipient, CASE
        WHEN ambiguous THEN {Told.SOMETHING.value}
        WHEN {{heard}} <> {Told.GIVEN_UP.value} OR known.news = 'begins' THEN {{heard}}
        ELSE {Told.UNKNOWN.value} END
    FROM news CROSS JOIN telling ON telling.host = news.host CROSS JOIN known ON known.id = notice AND {_ALIKE}
    CROSS JOIN letter ON letter.id = telling.letter AND created > began
    CROSS JOIN delivery ON delivery.letter = letter.id
    UNION ALL SELECT news.id, waiting.recipient, {Told.COMING.value}
    FROM waiting CROSS JOIN known ON known.id = notice CROSS JOIN news ON {_ALIKE}
    UNION ALL SELECT news.id, every.value, {Told.COMING.value}
    FROM known CROSS JOIN news ON known.id < news.id AND {_ALIKE} CROSS JOIN json_each(:recipients) AS every
    WHERE known.fresh
), begun AS (
    SELECT news.id FROM known CROSS JOIN news ON {_ALIKE}
    WHERE known.news = 'begins' AND known.id <> news.id AND known.steady > began
    AND NOT EXISTS (SELECT 1 FROM telling WHERE notice = known.id AND letter NOT IN (SELECT id FROM letter))
), pair AS (
    SELECT news.id, news.news, every.value AS recipient, coalesce(max(told), {Told.UNKNOWN.value}) AS told
    FROM news CROSS JOIN json_each(:recipients) AS every
    LEFT JOIN told ON told.id = news.id AND told.recipient = every.value GROUP BY news.id, every.value
)
SELECT id, recipient FROM pair WHERE (news, CASE
    WHEN told > {Told.NOTHING.value} OR news NOT IN ({{doubtful}}) OR id NOT IN (SELECT id FROM begun) THEN told
    ELSE {Told.NOTHING.value} END) NOT IN (VALUES {{silent}})
"""  # noqa: S608 - our own words


def admit(recipients: Sequence[str], connection: sqlite3.Connection) -> None:
    """Let each fresh notification wait for those of these recipients to whom it is news.

    That somebody has heard nothing is known as long as the beginning is, the oldest that is purged.

    Args:
        recipients: the recipients.
        connection: of the caller's transaction.
    """
    statement = _ADMIT.format(
        news=_cases("kind", ((kind, _text(news)) for kind, news in NEWS.items())),
        heard=_cases("state", ((state, str(told.value)) for state, told in HEARD.items())),
        doubtful=", ".join(_text(news) for news in News if depends_on(news, Told.UNKNOWN, Told.NOTHING)) or "''",
        silent=", ".join(
            f"({_text(news)}, {told.value})"
            for (news, told), decision in ADMISSIONS.items()
            if decision is Decision.SILENT
        ),
    )
    connection.execute(statement, {"recipients": json.dumps(list(recipients))})


def _text(value: Enum) -> str:
    return f"'{value.value}'"


def _cases(column: str, cases: Iterable[tuple[Enum, str]]) -> str:
    """Return in SQL what a column's value stands for."""
    return f"CASE {column} {' '.join(f'WHEN {_text(value)} THEN {meaning}' for value, meaning in cases)} END"
