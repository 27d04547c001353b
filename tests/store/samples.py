"""What the store tests store."""

import sqlite3
from pathlib import Path

from conntest_tui.clock import Instant
from conntest_tui.model import Event, EventKind, Judgement, Notification, NotificationKind, Outage
from conntest_tui.store import Database, OutageStore, Outbox
from tests.fakes import NOON


def event(text: str = "10.1.1.254 failed", at: float = NOON, host: str | None = "10.1.1.254") -> Event:
    return Event(at, EventKind.FAILED, text, host=host, outage=1, mail="mailed: first failure")


def events(count: int) -> Judgement:
    return Judgement(events=tuple(event(f"{number} failed") for number in range(count)))


def outage(number: int = 1, host: str = "10.1.1.254", *, started: float = NOON, ended: float | None = None) -> Outage:
    end = None if ended is None else Instant(ended, ended)
    return Outage(number, host, Instant(started, started), "no reply to 3 attempts", ended=end)


def failure(number: int = 1) -> Judgement:
    """An outage with its event and its notification, as the tracker judges a first failure."""
    notification = Notification(NotificationKind.FAILED, NOON, host="10.1.1.254", outage=number)
    return Judgement(events=(event(),), notifications=(notification,), outages=(outage(number),))


def outage_store_in(database: Database) -> OutageStore:
    return OutageStore(database, Outbox(database))


def texts(database: Database) -> list[str]:
    """The texts of all events, oldest first."""
    return [found.text for found in reversed(outage_store_in(database).events(limit=100_000))]


def stored_texts(path: Path) -> list[str]:
    """The texts of all events in a file, as the next start finds them."""
    database = Database.open(path)
    try:
        return texts(database)
    finally:
        database.close()


def foreign_file(path: Path) -> bytes:
    """Put another program's database there; return its bytes."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipe (name TEXT)")
    connection.commit()
    connection.close()
    return path.read_bytes()


def newer_file(path: Path) -> bytes:
    """Put a database of a future version there; return its bytes."""
    Database.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    return path.read_bytes()


def damage(path: Path, table: str, *, newest: bool = False) -> None:
    """Overwrite one of the pages of a table or index, the middle one or the newest, as a dying disk does."""
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT pageno FROM dbstat WHERE name = ? ORDER BY pageno", (table,)).fetchall()
    connection.close()
    pages = [page for (page,) in found]
    with path.open("r+b") as file:
        file.seek(((pages[-1] if newest else pages[len(pages) // 2]) - 1) * 4096)
        file.write(b"\xa5" * 4096)
