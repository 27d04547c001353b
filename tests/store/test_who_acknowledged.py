"""Who has acknowledged an outage: of what older versions wrote, their events say it, as far as that is certain."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from conntest_tui.clock import Instant
from conntest_tui.model import Outage
from conntest_tui.store import Database
from conntest_tui.store.fallback_journal import FALLBACK_BYTES, FallbackFile, fingerprint
from conntest_tui.store.schema import APPLICATION_ID, STEPS, VERSION
from conntest_tui.store.state_reader import StateReader
from conntest_tui.store.writer_and_readers import Write
from tests.fakes import NOON, FakeClock
from tests.store.samples import outage_store_in

ROUTER = "10.1.1.254"
OUTAGE = "INSERT INTO outage (id, host, started_steady, started_wall, reason, failures, mails, acknowledged) VALUES "
TAKEN: Write = (f"{OUTAGE} (:id, :host, 1.0, 1.0, 'no reply', 3, 1, :note)", [])
SAID: Write = (
    "INSERT INTO event (at, kind, text, host, outage, mail) VALUES (:at, :kind, :text, :host, :outage, '')",
    [],
)


def version_6(path: Path, *writes: Write) -> None:
    """Make a database of version 6 in which this was written."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("\n".join(STEPS[:6]))
        for sql, rows in writes:
            connection.executemany(sql, rows)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 6")
        connection.commit()
    path.chmod(0o600)


def taken(note: str | None, number: int = 1, host: str = ROUTER) -> Write:
    return TAKEN[0], [{"id": number, "host": host, "note": note}]


def said(text: str, number: int = 1, host: str = ROUTER, kind: str = "acknowledged") -> Write:
    return SAID[0], [{"at": NOON, "kind": kind, "text": text, "host": host, "outage": number}]


def authors(database: Database) -> dict[int, str]:
    return dict(database.rows("SELECT id, acknowledged_by FROM outage"))


@pytest.mark.parametrize(
    ("text", "note", "by"),
    [
        ("10.1.1.1 Router acknowledged by anna", "", "anna"),
        ("10.1.1.1 Router acknowledged by anna: on it", "on it", "anna"),
        ("10.1.1.1 x acknowledged by y acknowledged by anna: : by", ": by", "anna"),
        ("10.1.1.1 Büro ☎ acknowledged by jörg: Küche: 5 % [x] *", "Küche: 5 % [x] *", "jörg"),
        ("10.1.1.1 Router acknowledged: seen", "seen", ""),
        ("10.1.1.1 Router acknowledged", "", ""),
        ("10.1.1.1 was acknowledged by all of us acknowledged", "", ""),
        ("10.1.1.1 acknowledged by acknowledged: seen", "seen", ""),
        ("10.1.1.1 Router acknowledged by anna: on it", "another note", ""),
        ("10.1.1.1 Router acknowledged by anna", "on it", ""),
        ("10.1.1.1 Router acknowledged by anna: on it", "", ""),
        ("acknowledged by anna: on it", "on it", ""),
    ],
)
def test_the_event_says_it_where_that_is_certain(path: Path, text: str, note: str, by: str) -> None:
    version_6(path, taken(note), said(text))
    database = Database.open(path)
    assert outage_store_in(database).open_outages() == (
        Outage(1, ROUTER, Instant(1.0, 1.0), "no reply", 3, mails=1, acknowledged=note, acknowledged_by=by),
    )
    database.close()


def test_the_newest_event_of_each_outage_counts(path: Path) -> None:
    version_6(
        path,
        *(taken("on it", number) for number in (1, 2, 3)),
        taken("cable", 4, "no route #4"),
        taken(None, 5, "10.1.2.7"),
        said(f"{ROUTER} acknowledged by anna: on it"),
        said(f"{ROUTER} no longer acknowledged (by bob)", kind="unacknowledged"),
        said(f"{ROUTER} acknowledged by bob: on it"),
        said(f"{ROUTER} acknowledged by eve: on it", 2),
        said("no route #4 acknowledged by anna: cable", 4, "no route #4"),
        said("10.1.2.7 acknowledged by anna: on it", 5, "10.1.2.7"),
    )
    database = Database.open(path)
    assert authors(database) == {1: "bob", 2: "eve", 3: "", 4: "anna", 5: ""}
    database.close()
    again = Database.open(path)
    assert authors(again) == {1: "bob", 2: "eve", 3: "", 4: "anna", 5: ""}
    again.close()


def test_a_report_of_what_is_not_brought_up_yet_knows_it(path: Path) -> None:
    version_6(path, taken("on it"), said(f"{ROUTER} acknowledged by anna: on it"))
    with StateReader(path) as state:
        assert state.look("SELECT acknowledged_by FROM outage") == [("anna",)]


@pytest.mark.parametrize("still_full", [False, True])
def test_what_version_6_wrote_in_memory_leaves_no_wrong_name(path: Path, *, still_full: bool) -> None:
    """The outage is taken by somebody else while the disk is full, and the program is killed and upgraded then."""
    version_6(path, taken("on it"), said(f"{ROUTER} acknowledged by anna: on it"))
    with closing(sqlite3.connect(path)) as connection:
        base = fingerprint(connection)
    file = FallbackFile(path.with_name(f"{path.name}.spill"))
    assert file.hold()
    file.begin(base, NOON)
    file.add([("UPDATE outage SET acknowledged = :note", [{"note": "mine"}])])
    file.add([said(f"{ROUTER} acknowledged by bob: mine")])
    spill = path.with_name(f"{path.name}.spill")
    content = spill.read_bytes()
    spill.write_bytes(content.replace(f'"schema": {VERSION}'.encode(), b'"schema": 6', 1))
    assert spill.stat().st_size == FALLBACK_BYTES
    if still_full:  # a start on a disk that still takes nothing notes in the file that it goes on from there
        again = FallbackFile(spill)
        again.begin(base, NOON)
        again.add([("UPDATE outage SET failures = 9", [()])])
    database = Database.open(path, clock=FakeClock())
    assert database.warning == ""
    assert authors(database) == {1: "bob"}
    assert database.rows("SELECT acknowledged, failures FROM outage") == [("mine", 9 if still_full else 3)]
    database.close()
