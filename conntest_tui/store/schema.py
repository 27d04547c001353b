"""The tables of the state database, and how an older file becomes a newer one.

Names of tables and columns are those of version 1.0.0, for its files live on. Where the code says it otherwise:
`notice` is a notification, `letter` a mail, `telling` which notifications a mail is about, `waiting` which ones wait
for whom, `delivery` a mail's way to one recipient, and `round` a sweep in the history.
"""

import sqlite3

from conntest_tui.errors import StoreError

APPLICATION_ID = 0x434E5454  # "CNTT", in bytes 68 to 71 of the file: https://sqlite.org/fileformat.html#application_id
VERSION = 7

# Tables that hold many bytes and nothing that an alert depends on.
BULK = frozenset({"event", "sample", "rollup"})


# ---------------------------------------------------------------- the tables

# AUTOINCREMENT, so that a number is never given twice: an outage's is the root of its mail thread.
_OUTAGES = """
CREATE TABLE outage (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    host TEXT NOT NULL,
    started_steady REAL NOT NULL,
    started_wall REAL NOT NULL,
    reason TEXT NOT NULL,
    failures INTEGER NOT NULL,
    ended_steady REAL,
    ended_wall REAL,
    mailed REAL,
    mails INTEGER NOT NULL,
    acknowledged TEXT,
    behind TEXT,
    seen_steady REAL,
    seen_wall REAL
) STRICT;
CREATE INDEX outage_host ON outage (host);
CREATE INDEX outage_ended ON outage (ended_wall);
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    host TEXT,
    outage INTEGER,
    mail TEXT NOT NULL
) STRICT;
CREATE INDEX event_at ON event (at);
CREATE INDEX event_repeated ON event (at) WHERE kind = 'still failing' AND mail NOT GLOB 'mailed: *';
CREATE INDEX event_host ON event (host) WHERE host IS NOT NULL;
CREATE TABLE mark (
    host TEXT PRIMARY KEY,
    muted INTEGER NOT NULL,
    muted_until REAL,
    flapping_steady REAL,
    flapping_wall REAL,
    flapping_told INTEGER NOT NULL,
    changes BLOB NOT NULL,
    failing_steady REAL,
    failing_wall REAL,
    failures INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE heartbeat (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    steady REAL NOT NULL,
    wall REAL NOT NULL,
    sweep INTEGER NOT NULL
) STRICT;
"""

# A sample is found by its round and segment in one number, a roll-up by its day and segment: rows are appended in the
# order of time, and blobs share pages (in a table WITHOUT ROWID most of them would take one each).
_HISTORY = """
CREATE TABLE series (
    place INTEGER PRIMARY KEY,
    host TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE round (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    rolled INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX round_at ON round (at);
CREATE INDEX round_pending ON round (at) WHERE NOT rolled;
CREATE TABLE sample (
    id INTEGER PRIMARY KEY,
    codes BLOB NOT NULL
) STRICT;
CREATE TABLE rollup (
    id INTEGER PRIMARY KEY,
    hours BLOB NOT NULL
) STRICT;
"""

_OUTBOX = """
CREATE TABLE notice (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    at REAL NOT NULL,
    host TEXT NOT NULL,
    description TEXT NOT NULL,
    location TEXT NOT NULL,
    host_group TEXT NOT NULL,
    outage INTEGER,
    started REAL NOT NULL,
    duration REAL NOT NULL,
    reason TEXT NOT NULL,
    failures INTEGER NOT NULL,
    behind TEXT NOT NULL,
    sweep INTEGER NOT NULL,
    last_down REAL,
    first_up REAL,
    changes INTEGER NOT NULL,
    steady REAL NOT NULL,
    fresh INTEGER NOT NULL DEFAULT 1,
    late INTEGER NOT NULL DEFAULT 0,
    seen REAL
);
CREATE INDEX notice_fresh ON notice (outage) WHERE fresh;
CREATE TABLE waiting (
    notice INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    PRIMARY KEY (notice, recipient)
) WITHOUT ROWID;
CREATE TABLE letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    sender TEXT NOT NULL,
    created REAL NOT NULL,
    created_at REAL NOT NULL,
    content BLOB NOT NULL
);
CREATE TABLE delivery (
    letter INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try REAL NOT NULL,
    reply TEXT NOT NULL DEFAULT '',
    ambiguous INTEGER NOT NULL DEFAULT 0,
    changed_at REAL NOT NULL,
    PRIMARY KEY (letter, recipient)
) WITHOUT ROWID;
CREATE INDEX delivery_state ON delivery (state, changed_at);
CREATE VIEW under_way AS SELECT * FROM delivery WHERE state IN ('queued', 'held');
CREATE TABLE telling (
    letter INTEGER NOT NULL,
    notice INTEGER NOT NULL,
    host TEXT NOT NULL,
    outage INTEGER,
    PRIMARY KEY (letter, notice)
) WITHOUT ROWID;
CREATE INDEX telling_notice ON telling (notice);
CREATE INDEX telling_host ON telling (host);
CREATE INDEX telling_outage ON telling (outage);
CREATE TABLE mail_token (
    token TEXT NOT NULL
);
"""

# Since version 2: what keeps this machine from asking hosts (the outage of a cause is a row of `outage`), and since
# when the hosts that are up are up, for a restart is no change of state.
_CAUSES = """
ALTER TABLE mark ADD COLUMN refused_steady REAL;
ALTER TABLE mark ADD COLUMN refused_wall REAL;
ALTER TABLE mark ADD COLUMN refusal TEXT NOT NULL DEFAULT '';
ALTER TABLE mark ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
CREATE TABLE cause (
    outage INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    members TEXT NOT NULL
) STRICT;
CREATE TABLE up (
    host TEXT PRIMARY KEY,
    since REAL NOT NULL
) STRICT, WITHOUT ROWID;
"""

# Since version 3. Addresses are separated by blanks: none has one.
_NAMES = """
CREATE TABLE name (
    name TEXT PRIMARY KEY,
    addresses TEXT NOT NULL,
    confirmed REAL NOT NULL,
    gone REAL,
    answering TEXT NOT NULL,
    answering_since REAL
) STRICT, WITHOUT ROWID;
"""

# Since version 4: what a sweep took.
_FIGURES = """
ALTER TABLE round ADD COLUMN seconds REAL;
ALTER TABLE round ADD COLUMN sent INTEGER;
ALTER TABLE round ADD COLUMN strays INTEGER;
"""

# Since version 5: the mute in force and the planned ones as they were asked for (JSON, see `outage_rows`), and about
# whom mail is, or was, kept back; `planned` is 1 where that time is no fault of the host.
_MUTES = """
ALTER TABLE mark ADD COLUMN mute TEXT;
ALTER TABLE mark ADD COLUMN planned TEXT NOT NULL DEFAULT '[]';
CREATE TABLE muted (
    id INTEGER PRIMARY KEY,
    host TEXT NOT NULL,
    began REAL NOT NULL,
    ended REAL,
    planned INTEGER NOT NULL
) STRICT;
CREATE INDEX muted_host ON muted (host);
INSERT INTO muted (host, began, planned) SELECT host, strftime('%s', 'now'), 0 FROM mark WHERE muted;
"""

# Since version 6: which notifications a mute keeps back. What older versions dropped for it cannot be told from what
# else waits no longer: so it goes out to those who have not heard of it.
_KEPT_BACK = """
ALTER TABLE notice ADD COLUMN kept_back INTEGER NOT NULL DEFAULT 0;
UPDATE notice SET kept_back = 1 WHERE NOT fresh AND host IN (SELECT host FROM muted WHERE ended IS NULL);
"""

FILL_AUTHORS = """
UPDATE outage SET acknowledged_by = iif(before GLOB '?* acknowledged by ' AND name <> 'acknowledged', name, '')
FROM (
    WITH newest AS (
        SELECT outage AS id, host, text, max(id) FROM event
        WHERE kind = 'acknowledged' AND host IN (SELECT host FROM outage WHERE acknowledged IS NOT NULL)
        GROUP BY outage, host
    ), said AS (
        SELECT id, text, iif(acknowledged = '', '', ': ' || acknowledged) AS ending
        FROM newest JOIN outage USING (id, host) WHERE acknowledged IS NOT NULL
    ), head AS (
        SELECT id, substr(text, 1, length(text) - length(ending)) AS head FROM said
        WHERE substr(text, length(text) - length(ending) + 1) = ending
    ), word AS (
        SELECT id, head, rtrim(head, replace(head, ' ', '')) AS before FROM head
    )
    SELECT id AS number, before, substr(head, length(before) + 1) AS name FROM word
) WHERE number = outage.id
"""
"""Note who has acknowledged outages, of the newest event that says so: `10.1.1.254 Router acknowledged by anna: on it`.

The name, which has no blank, is the last word before the note; where it does not stand like that, or may be the end of
a sentence without one, it is not known.
"""

AUTHORS_SINCE = 7
"""The version since which an outage says who has acknowledged it."""

# Since version 7: of a report that is mailed, what the mail says, and the month whose report is mailed when it is over;
# and who has acknowledged an outage.
_REPORTS_AND_AUTHORS = f"""
ALTER TABLE notice ADD COLUMN written TEXT;
CREATE TABLE monthly_report (
    month TEXT NOT NULL
) STRICT;
ALTER TABLE outage ADD COLUMN acknowledged_by TEXT NOT NULL DEFAULT '';
{FILL_AUTHORS};
"""

STEPS = (f"{_OUTAGES}\n{_HISTORY}\n{_OUTBOX}", _CAUSES, _NAMES, _FIGURES, _MUTES, _KEPT_BACK, _REPORTS_AND_AUTHORS)
"""The way up to `VERSION`, in SQL: step n leads from version n to n + 1. A released step never changes.

What an older version has left in the fallback file is made in the tables of this one: let a step only add.
"""

# ---------------------------------------------------------------- a file and its version


def stamp(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return the application id and the schema version of a file; (0, 0) says that they are not set."""
    application_id = int(connection.execute("PRAGMA application_id").fetchone()[0])
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    return application_id, version


def tables(connection: sqlite3.Connection) -> list[str]:
    """Return the names of the tables that a file holds, without SQLite's own."""
    found = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY rootpage"
    )
    return [str(name) for (name,) in found]


def refuse_strangers(connection: sqlite3.Connection) -> None:
    """Let through what is ours and not from the future.

    Raises:
        StoreError: another program's file, or one written by a newer version of this program.
    """
    application_id, version = stamp(connection)
    empty = application_id == 0 and not tables(connection)
    if application_id != APPLICATION_ID and not empty:
        raise StoreError(
            "it is a SQLite database of another program",
            hint="choose another state directory with --state, or move that file away",
        )
    if version > VERSION and not empty:
        raise StoreError(
            f"it was written by a newer conntest-tui (schema {version}, this one knows {VERSION})",
            hint="run the newer version again, or choose another state directory with --state",
        )


def prepare(connection: sqlite3.Connection) -> None:
    """Bring a database to this version's tables, from an empty one or an older version, in one transaction.

    Raises:
        sqlite3.Error: the file cannot be written; it stays as it was.
    """
    _, version = stamp(connection)
    if version == VERSION:
        return
    stamps = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};"
    try:
        connection.executescript("\n".join(("BEGIN IMMEDIATE;", *STEPS[version:], stamps, "COMMIT;")))
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
