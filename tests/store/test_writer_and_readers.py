"""Whoever looks at the state makes nobody wait who writes it, and sees what was committed last."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conntest_tui.clock import Instant
from conntest_tui.errors import StoreError
from conntest_tui.store import Database, OutageStore, Outbox
from conntest_tui.store.writer_and_readers import MOST_AT_ONCE
from tests.store.samples import events, failure, foreign_file, outage_store_in, texts

PATIENCE = 30.0


class Standstill:
    """Every search through the events stops in the middle, until it is let go on."""

    def __init__(self) -> None:
        self.reached, self._go_on = threading.Semaphore(0), threading.Event()

    def reach(self) -> None:
        """Wait until one more search stands still."""
        assert self.reached.acquire(timeout=PATIENCE)

    def go_on(self) -> None:
        self._go_on.set()

    def lower(self, text: str) -> str:
        """SQL's lower(), which the search asks for."""
        self.reached.release()
        assert self._go_on.wait(PATIENCE)
        return text.lower()


@pytest.fixture
def standstill(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standstill]:
    found, connect = Standstill(), sqlite3.connect

    def slow(*args: object, **kwargs: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **kwargs)  # type: ignore[call-overload]  # whatever it was given
        connection.create_function("lower", 1, found.lower)
        return connection

    monkeypatch.setattr(sqlite3, "connect", slow)
    yield found
    found.go_on()


def beside(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


# ---------------------------------------------------------------- nobody waits


def test_a_search_makes_no_writer_wait(path: Path, standstill: Standstill) -> None:
    database = Database.open(path)
    outage_store = outage_store_in(database)
    outage_store.record(events(3))
    found: list[str] = []
    search = beside(lambda: found.extend(event.text for event in outage_store.events(words="failed")))
    standstill.reach()

    writer = beside(lambda: outage_store.heartbeat(Instant(1.0, 1.0), 7))
    writer.join(5)
    written = not writer.is_alive()
    standstill.go_on()
    search.join(PATIENCE)
    writer.join(PATIENCE)
    assert written, "the heartbeat waited for the search"
    assert found == ["2 failed", "1 failed", "0 failed"]
    beat = outage_store.last_heartbeat()
    assert beat is not None
    assert beat.sweep == 7
    database.close()


def test_a_search_makes_no_other_question_wait(path: Path, standstill: Standstill) -> None:
    database = Database.open(path)
    outage_store = outage_store_in(database)
    outage_store.record(failure())
    searches = [beside(lambda: outage_store.events(words="failed")) for _ in range(MOST_AT_ONCE - 1)]
    for _ in searches:
        standstill.reach()
    answer = beside(lambda: outage_store.outages("10.1.1.254"))
    answer.join(5)
    answered = not answer.is_alive()
    standstill.go_on()
    for thread in (*searches, answer):
        thread.join(PATIENCE)
    assert answered
    database.close()


def test_the_end_waits_for_no_search(path: Path, standstill: Standstill) -> None:
    database = Database.open(path)
    outage_store = outage_store_in(database)
    outage_store.record(events(3))
    failures: list[StoreError] = []

    def search() -> None:
        try:
            outage_store.events(words="failed")
        except StoreError as error:
            failures.append(error)

    thread = beside(search)
    standstill.reach()
    closing = beside(database.close)
    closing.join(5)
    closed = not closing.is_alive()
    standstill.go_on()
    thread.join(PATIENCE)
    closing.join(PATIENCE)
    assert closed
    assert len(failures) == 1, "a search that was interrupted finds no database any more, and says so"


def test_the_outbox_page_asks_one_question_however_many_mails_there_are(path: Path) -> None:
    database = Database.open(path)
    asked: list[str] = []
    look = database.look

    def counted(sql: str, *parameters: object) -> object:
        asked.append(sql)
        return look(sql, *parameters)  # type: ignore[arg-type]  # whatever it was given

    def fill(connection: sqlite3.Connection) -> None:
        for number in range(1, 101):
            connection.execute(
                "INSERT INTO letter (message_id, kind, subject, sender, created, created_at, content) "
                "VALUES (?, 'down', ?, 'm@x.example', 1, 1, x'00')",
                (f"<{number}@x>", f"mail {number}"),
            )
            for recipient in ("b@x.example", "a@x.example")[: number % 3]:
                connection.execute(
                    "INSERT INTO delivery (letter, recipient, state, next_try, changed_at) VALUES (?, ?, 'sent', 0, 0)",
                    (number, recipient),
                )

    database.transaction(fill)
    database.look = counted  # type: ignore[method-assign, assignment]  # it counts, and asks
    entries = Outbox(database).queries.entries(100, Instant(0.0, 0.0))
    assert len(asked) == 1
    assert [entry.subject for entry in entries] == [f"mail {number}" for number in range(100, 0, -1)]
    assert [d.recipient for d in entries[2].deliveries] == ["a@x.example", "b@x.example"], "mail 98 has two"
    assert [len(entry.deliveries) for entry in entries[:3]] == [1, 0, 2]
    database.close()


# ---------------------------------------------------------------- what is seen


def test_what_was_committed_is_seen_at_once(path: Path) -> None:
    database = Database.open(path)
    outage_store = outage_store_in(database)
    for count in range(1, 20):
        outage_store.record(events(1))
        assert len(outage_store.events()) == count
    database.close()


def test_nothing_is_written_by_looking(path: Path) -> None:
    database = Database.open(path)
    with pytest.raises(StoreError, match="no such table"):
        database.look("SELECT * FROM nowhere")
    outage_store_in(database).record(events(1))
    assert (len(database.look("SELECT * FROM event")), database.trouble) == (1, None)
    database.close()


def test_a_file_that_takes_its_place_is_not_read(path: Path) -> None:
    database = Database.open(path)
    outage_store = outage_store_in(database)
    outage_store.record(events(2))
    other = path.with_name("other.db")
    foreign_file(other)
    other.rename(path)
    assert texts(database) == ["0 failed", "1 failed"]
    outage_store.record(events(1))
    assert len(texts(database)) == 3
    assert "safe on disk again" in database.recover()
    assert len(texts(database)) == 3
    outage_store.record(events(1))
    assert len(texts(database)) == 4
    database.close()


def test_in_memory_looking_sees_the_same() -> None:
    database = Database.open(None)
    outage_store = OutageStore(database, Outbox(database))
    outage_store.record(events(2))
    assert len(outage_store.events()) == 2
    database.close()
