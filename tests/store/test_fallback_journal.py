"""What was written while the database was in memory: kept in a file of its own, and taken in by the next start."""

import os
import shutil
from pathlib import Path

import pytest

from conntest_tui.store import Database, History, fallback_journal
from conntest_tui.store import database_files_and_disk_errors as database_files
from conntest_tui.store.fallback_journal import DOUBTFUL, FALLBACK_BYTES, FallbackFile
from conntest_tui.store.writer_and_readers import Parameters, Write
from tests.fakes import NOON, FakeClock
from tests.store.samples import damage, events, failure, outage_store_in, texts


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def in_memory(path: Path, clock: FakeClock) -> Database:
    """Open a database, let it know of one outage, and have it move into memory as a full disk makes it."""
    database = Database.open(path, clock=clock)
    outage_store_in(database).record(failure(1))
    ((pages,),) = database.rows("PRAGMA page_count")
    database.rows(f"PRAGMA max_page_count = {pages}")
    while not database.trouble or "kept in memory" not in database.trouble:
        outage_store_in(database).record(events(1))
    return database


def killed(database: Database, path: Path) -> Path:
    """Return where the state is as a kill at this moment would leave it."""
    copy = path.parent.with_name(f"{path.parent.name}-killed") / path.name
    shutil.copytree(path.parent, copy.parent)
    database.close()
    return copy


def outages(database: Database) -> list[int]:
    return [found.id for found in outage_store_in(database).open_outages()]


def test_a_kill_in_memory_loses_nothing(path: Path, clock: FakeClock) -> None:
    database = in_memory(path, clock)
    for number in range(2, 12):
        outage_store_in(database).record(failure(number))
    known = texts(database)
    again = Database.open(killed(database, path), clock=clock)
    assert (outages(again), texts(again)) == (list(range(1, 12)), known)
    assert (again.trouble, again.warning, again.may_have_been_mailed(clock.wall)) == (None, "", None)
    again.close()


def test_it_is_taken_in_once(path: Path, clock: FakeClock) -> None:
    database = in_memory(path, clock)
    outage_store_in(database).record(failure(2))
    copy = killed(database, path)
    for _ in range(2):
        again = Database.open(copy, clock=clock)
        assert outages(again) == [1, 2]
        assert again.rows("SELECT count(*) FROM notice") == [(2,)]
        again.close()


def test_a_start_that_dies_after_taking_it_in_takes_it_in_once_too(path: Path, clock: FakeClock) -> None:
    database = in_memory(path, clock)
    outage_store_in(database).record(failure(2))
    copy = killed(database, path)
    left = copy.with_name("state.db.spill").read_bytes()
    Database.open(copy, clock=clock).close()
    copy.with_name("state.db.spill").write_bytes(left)
    again = Database.open(copy, clock=clock)
    assert again.rows("SELECT count(*) FROM notice") == [(2,)]
    assert again.may_have_been_mailed(clock.wall) == NOON
    again.close()


def test_what_came_home_is_not_taken_in_again(path: Path, clock: FakeClock) -> None:
    database = in_memory(path, clock)
    outage_store_in(database).record(failure(2))
    assert "safe on disk" in database.recover()
    outage_store_in(database).record(failure(3))
    again = Database.open(killed(database, path), clock=clock)
    assert (outages(again), again.warning) == ([1, 2, 3], "")
    again.close()


def test_a_record_that_was_cut_off_is_none(path: Path, clock: FakeClock) -> None:
    database = in_memory(path, clock)
    before = outages(database)
    outage_store_in(database).record(failure(2))
    file = path.with_name("state.db.spill")
    content = file.read_bytes()
    outage_store_in(database).record(failure(3))
    first = next(n for n, (old, new) in enumerate(zip(content, file.read_bytes(), strict=True)) if old != new)
    copy = killed(database, path)
    with copy.with_name("state.db.spill").open("r+b") as spilled:
        spilled.seek(first + 40)
        spilled.write(b"\xa5")
    again = Database.open(copy, clock=clock)
    assert outages(again) == [*before, 2]
    again.close()


@pytest.mark.parametrize(
    "content", [b"", b"x", b"{}", b'{"since": 1}', bytes(FALLBACK_BYTES), b"\xff" * FALLBACK_BYTES]
)
def test_a_file_of_nonsense_is_as_good_as_none(path: Path, clock: FakeClock, content: bytes) -> None:
    path.parent.mkdir()
    path.with_name("state.db.spill").write_bytes(content)
    database = Database.open(path, clock=clock)
    assert (database.trouble, database.warning, database.may_have_been_mailed(NOON)) == (None, "", None)
    assert path.with_name("state.db.spill").stat().st_size == FALLBACK_BYTES
    database.close()


def test_a_link_or_a_pipe_in_its_place_is_replaced_and_never_followed(path: Path, clock: FakeClock) -> None:
    path.parent.mkdir()
    file, other = path.with_name("state.db.spill"), path.with_name("somebody else's")
    other.write_bytes(b"theirs")
    for link in (True, False):
        file.unlink(missing_ok=True)
        if link:
            file.symlink_to(other)
        else:
            os.mkfifo(file)
        database = Database.open(path, clock=clock)
        assert (database.trouble, file.is_symlink(), file.stat().st_size) == (None, False, FALLBACK_BYTES)
        database.close()
    assert other.read_bytes() == b"theirs"


class TestWhatHadNoRoom:
    def test_it_is_known_that_something_is_lost(
        self, path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fallback_journal, "FALLBACK_BYTES", 4 * 1024)
        database = in_memory(path, clock)
        for number in range(2, 40):
            outage_store_in(database).record(failure(number))
        clock.pass_(3_600)
        again = Database.open(killed(database, path), clock=clock)
        kept = outages(again)
        assert kept == list(range(1, len(kept) + 1))
        assert 2 < len(kept) < 39
        assert "some of what happened then is lost" in again.warning
        assert again.may_have_been_mailed(clock.wall) == NOON
        assert again.may_have_been_mailed(clock.wall + DOUBTFUL) == NOON
        assert again.may_have_been_mailed(clock.wall + DOUBTFUL + 1) is None
        again.close()

    def test_the_doubt_outlives_an_early_end_and_ends_with_the_first_minutes(
        self, path: Path, clock: FakeClock
    ) -> None:
        database = Database.open(path, clock=clock)
        database.close()
        FallbackFile(path.with_name("state.db.spill")).admit_loss(NOON - 60)
        copy = killed(Database.open(path, clock=clock), path)
        FallbackFile(copy.with_name("state.db.spill")).admit_loss(NOON - 60)
        again = Database.open(copy, clock=clock)
        assert again.may_have_been_mailed(NOON) == NOON - 60
        again.recover()
        again.close()
        again = Database.open(copy, clock=clock)
        assert again.may_have_been_mailed(NOON) == NOON - 60
        clock.pass_(DOUBTFUL + 1)
        again.recover()
        assert again.may_have_been_mailed(NOON) is None
        again.close()
        again = Database.open(copy, clock=clock)
        assert (again.may_have_been_mailed(NOON), again.warning) == (None, "")
        again.close()

    def test_another_file_in_its_place_is_not_gone_on_from(self, path: Path, clock: FakeClock) -> None:
        database = in_memory(path, clock)
        outage_store_in(database).record(failure(2))
        copy = killed(database, path)
        other = Database.open(copy.with_name("other.db"), clock=clock)
        outage_store_in(other).record(failure(7))
        other.close()
        copy.with_name("other.db").replace(copy)
        for companion in ("-wal", "-shm"):
            copy.with_name(f"state.db{companion}").unlink(missing_ok=True)
        again = Database.open(copy, clock=clock)
        assert outages(again) == [7]
        assert again.may_have_been_mailed(clock.wall) == NOON
        again.close()

    def test_a_database_that_was_damaged_leaves_the_mark(self, path: Path, clock: FakeClock) -> None:
        database = Database.open(path, clock=clock)
        outage_store_in(database).record(events(5_000))
        database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        database.rows("PRAGMA shrink_memory")
        damage(path, "event")
        texts(database)
        assert "could be saved" in database.warning
        copy = killed(database, path)
        again = Database.open(copy, clock=clock)
        assert again.may_have_been_mailed(clock.wall) == NOON
        again.close()


def test_the_history_takes_none_of_the_room(path: Path, clock: FakeClock) -> None:
    database = in_memory(path, clock)
    before = path.with_name("state.db.spill").read_bytes()
    for number in range(50):
        History(database).add(NOON + number, {f"10.1.1.{host}": 0.001 for host in range(200)})
    assert path.with_name("state.db.spill").read_bytes() == before
    database.close()


class TestTheWayBackToDisk:
    def test_it_takes_little_room(self, path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
        database = Database.open(path, clock=clock)
        outage_store_in(database).record(events(8_000))
        database.close()
        database = in_memory(path, clock)
        outage_store_in(database).record(failure(2))
        known = texts(database)
        room = 64 * 1024 + FALLBACK_BYTES
        assert database.size() > 2 * room
        monkeypatch.setattr(database_files, "free_bytes", lambda _: room - 1)
        assert database.recover() == ""
        monkeypatch.setattr(database_files, "free_bytes", lambda _: room)
        assert "safe on disk" in database.recover()
        database.close()
        again = Database.open(path, clock=clock)
        assert (texts(again), outages(again)) == (known, [1, 2])
        again.close()

    def test_the_next_transaction_finds_it_and_mend_says_so(self, path: Path, clock: FakeClock) -> None:
        database = in_memory(path, clock)
        outage_store_in(database).record(failure(2))
        assert database.trouble is not None
        clock.pass_(5)
        outage_store_in(database).record(failure(3))
        assert database.trouble is None
        assert "safe on disk" in database.recover()
        assert database.recover() == ""
        again = Database.open(killed(database, path), clock=clock)
        assert outages(again) == [1, 2, 3]
        again.close()

    def test_a_file_that_somebody_else_wrote_to_gets_the_whole(self, path: Path, clock: FakeClock) -> None:
        database = in_memory(path, clock)
        outage_store_in(database).record(failure(2))
        other = Database.open(path, clock=clock)
        outage_store_in(other).record(failure(9))
        other.close()
        assert "safe on disk" in database.recover()
        assert outages(database) == [1, 2]
        database.close()

    def test_too_many_writes_are_copied(self, path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("conntest_tui.store.fallback_journal.MOST_ROWS", 20)
        database = in_memory(path, clock)
        for number in range(2, 30):
            outage_store_in(database).record(failure(number))
        assert "safe on disk" in database.recover()
        database.close()
        again = Database.open(path, clock=clock)
        assert outages(again) == list(range(1, 30))
        again.close()


def test_every_kind_of_value_comes_back(tmp_path: Path) -> None:
    rows: list[Parameters] = [[1, None, 0.1, "\N{SNOWMAN}"], [b"\x00\xff\r\n", 2, "{}", -1.5]]
    writes: list[Write] = [
        ("INSERT INTO letter VALUES (?, ?, ?, ?)", rows),
        ("UPDATE notice SET late = :late", [{"late": b"x", "bytes": 1}]),
    ]
    file = FallbackFile(tmp_path / "spill")
    assert file.hold()
    file.begin("base", NOON)
    for write in writes:
        file.add([write])
    found = FallbackFile(tmp_path / "spill")
    assert found.head is not None
    assert (found.head.since, found.head.base, found.head.whole) == (NOON, "base", True)
    assert found.writes == writes


def test_what_somebody_else_has_written_there_is_not_made(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = in_memory(path, clock)
    outage_store_in(database).record(failure(2))
    copy = killed(database, path)
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    assert FallbackFile(copy.with_name("state.db.spill")).head is None
