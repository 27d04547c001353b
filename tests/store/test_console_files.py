"""The files of the console: its view is replaced as a whole, and what is taken along overwrites nothing."""

import os
import stat
from pathlib import Path
from threading import Thread

import pytest

from conntest_tui.store.console_files import VIEW_FILE, ConsoleFileStore


@pytest.fixture
def state(tmp_path: Path) -> Path:
    path = tmp_path / "state"
    path.mkdir(mode=0o700)
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_kept_is_read_again_and_nobody_elses(state: Path, tmp_path: Path) -> None:
    files = ConsoleFileStore(state, tmp_path)
    assert files.read() == ""
    for text in ('{"a": 1}\n', "münchen 京都\n"):
        files.keep(text)
        assert ConsoleFileStore(state, None).read() == text
    assert mode(state / VIEW_FILE) == 0o600
    assert [path.name for path in state.iterdir()] == [VIEW_FILE]


def test_a_disk_that_is_full_leaves_what_was_kept(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = ConsoleFileStore(state, tmp_path)
    files.keep("before")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.keep("after")
    monkeypatch.undo()
    assert files.read() == "before"
    files.keep("after")
    assert files.read() == "after"


def test_who_writes_at_the_same_time_takes_turns(state: Path) -> None:
    files = ConsoleFileStore(state, None)
    texts = [f"{number}" * 50_000 for number in range(8)]
    threads = [Thread(target=files.keep, args=(text,)) for text in texts for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert files.read() in texts


def test_no_link_is_followed(state: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    files = ConsoleFileStore(state, tmp_path)
    (state / VIEW_FILE).symlink_to(precious)
    with pytest.raises(OSError, match="is a link"):
        files.read()
    (state / f"{VIEW_FILE}.new").symlink_to(precious)
    with pytest.raises(OSError, match="is a link"):
        files.keep("theirs")
    assert precious.read_text() == "mine"


@pytest.mark.parametrize("data", [b"\xff\xfe", b"x" * ((1 << 20) + 1)], ids=["no text", "too long"])
def test_what_is_no_text_or_too_long_is_refused_and_set_aside(state: Path, data: bytes) -> None:
    (state / VIEW_FILE).write_bytes(data)
    files = ConsoleFileStore(state, None)
    with pytest.raises(ValueError, match=r"larger|utf-8"):
        files.read()
    files.set_aside()
    assert files.read() == ""
    assert (state / f"{VIEW_FILE}.broken").read_bytes() == data


def test_a_demo_keeps_nothing(tmp_path: Path) -> None:
    files = ConsoleFileStore(None, tmp_path)
    files.keep("x")
    assert files.read() == ""
    assert list(tmp_path.iterdir()) == []


def test_what_is_taken_along_goes_to_the_working_directory_and_overwrites_nothing(state: Path, tmp_path: Path) -> None:
    working = tmp_path / "work"
    working.mkdir()
    elsewhere = tmp_path / "elsewhere"
    (working / "a-2.csv").symlink_to(elsewhere)  # somebody expects us
    old = os.umask(0)
    try:
        added = [ConsoleFileStore(state, working).add("a.csv", text.encode()) for text in ("one", "two")]
    finally:
        os.umask(old)
    assert added == [str(working / "a.csv"), str(working / "a-3.csv")]
    assert [Path(path).read_text() for path in added] == ["one", "two"]
    assert [mode(Path(path)) for path in added] == [0o600, 0o600]
    assert not elsewhere.exists()


def test_where_there_is_no_working_directory_it_goes_to_the_state(state: Path, tmp_path: Path) -> None:
    for working in (None, tmp_path / "gone"):
        path = ConsoleFileStore(state, working).add("a.csv", b"x")
        assert Path(path).parent == state
    with pytest.raises(OSError, match="no directory"):
        ConsoleFileStore(None, None).add("a.csv", b"x")
    with pytest.raises(FileNotFoundError):
        ConsoleFileStore(None, tmp_path / "gone").add("a.csv", b"x")


def test_half_a_file_does_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        ConsoleFileStore(None, tmp_path).add("a.csv", b"x")
    assert list(tmp_path.iterdir()) == []
