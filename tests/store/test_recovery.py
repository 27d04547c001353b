"""Files that are not what they should be: refused, put aside, saved as far as they go."""

from dataclasses import replace
from pathlib import Path

import pytest

from conntest_tui.errors import StoreError
from conntest_tui.model import Judgement, NotificationKind
from conntest_tui.model.query_results import DeliveryState
from conntest_tui.store import Database, Outbox, schema
from tests.fakes import FakeClock
from tests.store.outbox_steps import ADMIN, FAILED, add, seal_all, settle, waiting
from tests.store.samples import damage, events, failure, foreign_file, newer_file, outage, outage_store_in, texts


@pytest.mark.parametrize(("make", "why"), [(foreign_file, "another program"), (newer_file, "newer conntest-tui")])
def test_a_file_that_is_not_ours_is_refused_and_left_alone(tmp_path: Path, make: object, why: str) -> None:
    path = tmp_path / "state.db"
    assert callable(make)
    content = make(path)
    with pytest.raises(StoreError, match=why) as caught:
        Database.open(path)
    assert str(path) in str(caught.value)
    assert "--state" in caught.value.hint
    assert path.read_bytes() == content


def test_a_file_that_is_no_database_is_put_aside(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"host,description\n" * 1000)
    database = Database.open(path, clock=FakeClock())
    aside = path.with_name("state.db.corrupt-20260921T141320Z")
    assert aside.read_bytes() == b"host,description\n" * 1000
    assert aside.name in database.warning
    assert database.trouble is None
    outage_store_in(database).record(events(1))
    database.close()


def test_of_a_damaged_file_the_readable_rows_are_saved(path: Path) -> None:
    database = Database.open(path)
    outage_store_in(database).record(Judgement(outages=tuple(outage(number) for number in range(1, 2_001))))
    outage_store_in(database).record(failure(2_001))
    database.close()
    damage(path, "outage")

    database = Database.open(path, clock=FakeClock())
    saved = [found.id for found in outage_store_in(database).open_outages()]
    assert 1_500 < len(saved) < 2_001
    assert (saved[0], saved[-1]) == (1, 2_001)
    assert texts(database) == ["10.1.1.254 failed"]
    assert database.rows("SELECT outage FROM notice") == [(2_001,)]
    assert "was damaged" in database.warning
    assert "of its rows could be saved" in database.warning
    assert path.with_name("state.db.corrupt-20260921T141320Z").exists()
    database.close()


def test_a_second_damage_does_not_overwrite_what_the_first_left(path: Path) -> None:
    path.parent.mkdir()
    clock = FakeClock()
    for content in (b"first" * 1000, b"second" * 1000):
        path.write_bytes(content)
        Database.open(path, clock=clock).close()
    asides = sorted(path.parent.glob("state.db.corrupt-*"))
    assert [found.read_bytes()[:5] for found in asides] == [b"first", b"secon"]


def test_numbers_are_not_given_twice_after_damage(path: Path) -> None:
    database = Database.open(path)
    outage_store = outage_store_in(database)
    outage_store.record(Judgement(outages=(outage(4_100),)))
    database.transaction(lambda connection: connection.execute("DELETE FROM outage"))
    outage_store.record(Judgement(outages=tuple(outage(number) for number in range(1, 2_001))))
    database.close()
    damage(path, "outage")
    database = Database.open(path)
    assert database.warning
    assert outage_store_in(database).next_outage() == 4_101
    database.close()


def test_an_emptied_file_counts_as_lost_state(path: Path) -> None:
    Database.open(path).close()
    path.write_bytes(b"")
    database = Database.open(path)
    assert "had been emptied" in database.warning
    database.close()
    again = Database.open(path)
    assert again.warning == ""
    again.close()


def test_a_first_start_that_was_killed_is_no_lost_state(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as first:
        first.setattr(schema, "refuse_strangers", killed)
        with pytest.raises(ZeroDivisionError):
            Database.open(path)
    assert path.stat().st_size == 0
    database = Database.open(path)
    assert (database.warning, database.trouble) == ("", None)
    database.close()


def test_a_directory_in_the_place_of_the_file_is_refused(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match="Is a directory"):
        Database.open(path)


def test_a_file_in_the_place_of_the_directory_is_refused(path: Path) -> None:
    path.parent.touch()
    with pytest.raises(StoreError, match="File exists"):
        Database.open(path)


def test_an_end_is_news_when_damage_took_who_heard_of_the_beginning(path: Path) -> None:
    database = Database.open(path)
    outbox = Outbox(database)
    add(outbox, database, FAILED)
    seal_all(outbox)
    settle(outbox, 1, ADMIN, DeliveryState.SENT)
    database.close()
    damage(path, "telling")

    database = Database.open(path, clock=FakeClock())
    assert "was damaged" in database.warning
    outbox = Outbox(database)
    add(outbox, database, replace(FAILED, kind=NotificationKind.RESTORED))
    outbox.bind([ADMIN])
    assert [one.kind for one in waiting(outbox)] == [NotificationKind.RESTORED]
    database.close()
