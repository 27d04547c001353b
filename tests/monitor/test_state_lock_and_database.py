"""The state directory: ours, private, and nothing in it that leads elsewhere."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from conntest_tui.errors import StateLockedError, StoreError
from conntest_tui.monitor import StateDirectory
from tests.fakes import FakeClock
from tests.files import mode
from tests.stage import Stage

STRANGER = 12_345


def used(directory: Path) -> Path:
    """Return a state directory in which everything is that a monitor makes."""
    stage = Stage(directory, ["10.0.0.1"])
    stage.fails("10.0.0.1")
    stage.rounds()
    stage.stop()
    for made in ("mailbox", "mailbox/tmp", "mailbox/new", "mailbox/cur"):
        (directory / made).mkdir(mode=0o700)
    return directory


def refusal(directory: Path) -> str:
    """Return why a state directory is refused."""
    with pytest.raises(StoreError) as caught:
        StateDirectory.open(directory, FakeClock())
    assert caught.value.hint
    return str(caught.value)


def test_parents_are_private_too_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        StateDirectory.open(tmp_path / "a" / "b" / "state", FakeClock()).close()
    finally:
        os.umask(before)
    assert [mode(tmp_path / made) for made in ("a", "a/b", "a/b/state")] == [0o700] * 3
    assert {mode(found) for found in (tmp_path / "a" / "b" / "state").iterdir()} == {0o600}


def test_modes_of_our_own_are_mended_and_told(tmp_path: Path) -> None:
    state = used(tmp_path / "state")
    (log,) = (state / "logs").glob("log_*.txt")
    wrong = [state, state / "state.db", state / "monitor.lock", state / "logs", log, state / "mailbox" / "new"]
    for path in wrong:
        path.chmod(0o777)
    stage = Stage(state, ["10.0.0.1"])
    assert {mode(path) for path in wrong} == {0o700}
    told = " ".join(event.text for event in stage.events)
    assert all(f"{path} was open to others (mode 0777): it is 0700 now" in told for path in wrong)


@pytest.mark.parametrize(
    "name",
    [
        "state.db",
        "state.db-wal",
        "state.db-shm",
        "state.db-recorder",
        "state.db.reserve",
        "state.db.spill",
        "monitor.lock",
        "last_good.json",
        "logs/log",
    ],
)
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: Path(path).symlink_to("/dev/null")], ids=["fifo", "link"])
def test_links_and_fifos_among_our_files_are_refused(tmp_path: Path, name: str, make: Callable[[Path], None]) -> None:
    state = used(tmp_path / "state")
    (log,) = (state / "logs").glob("log_*.txt")
    path = log if name == "logs/log" else state / name
    path.unlink(missing_ok=True)
    make(path)
    assert refusal(state).startswith(f"{path} is a ")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("name", ["state.db", "state.db.spill", "last_good.json"])
def test_a_file_that_somebody_else_has_put_there_is_refused(tmp_path: Path, name: str) -> None:
    """Version 1.0.0 made the directory open to everybody under umask 000; what the spill says is made as SQL."""
    state = used(tmp_path / "state")
    (state / name).touch()
    os.chown(state / name, STRANGER, STRANGER)
    assert refusal(state).startswith(f"{state / name} belongs to user {STRANGER}")


@pytest.mark.parametrize("name", ["logs", "mailbox", "mailbox/new", "mailbox/tmp", "mailbox/cur"])
def test_a_directory_of_ours_that_is_a_link_is_refused(tmp_path: Path, name: str) -> None:
    state = used(tmp_path / "state")
    (state / name).rename(tmp_path / "moved")
    (state / name).symlink_to(tmp_path / "moved")
    assert refusal(state) == f"{state / name} is a link, where a directory should be"


def test_the_directory_itself_may_be_reached_by_a_link(tmp_path: Path) -> None:
    """As systemd's DynamicUser= has it: /var/lib/conntest leads to /var/lib/private/conntest."""
    used(tmp_path / "private")
    (tmp_path / "state").symlink_to("private")
    StateDirectory.open(tmp_path / "state", FakeClock()).close()


def test_a_directory_of_somebody_else_is_refused_and_nothing_is_made_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o755)
    monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
    assert "belongs to" in refusal(state)
    assert list(state.iterdir()) == []


def made_and_written(directory: Path) -> dict[Path, tuple[int, ...]]:
    """What tells that a file of a directory was made anew, changed or written; that it was read does not."""
    found = {path: path.lstat() for path in directory.iterdir()}
    return {path: (one.st_ino, one.st_mode, one.st_uid, one.st_size, one.st_mtime_ns) for path, one in found.items()}


def test_beside_somebody_elses_monitor_nothing_is_made_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = StateDirectory.open(tmp_path / "state", FakeClock())
    before = made_and_written(tmp_path / "state")
    monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
    with pytest.raises(StateLockedError, match=f"a running monitor of .* \\(process {os.getpid()}\\)"):
        StateDirectory.open(tmp_path / "state", FakeClock())
    assert made_and_written(tmp_path / "state") == before
    monkeypatch.undo()
    running.close()


def test_a_directory_that_anybody_could_replace_is_refused_and_not_made(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)
    assert "is writable by everybody" in refusal(tmp_path / "shared" / "a" / "state")
    assert list((tmp_path / "shared").iterdir()) == []


def test_what_is_refused_can_be_opened_again_once_it_is_gone(tmp_path: Path) -> None:
    state = used(tmp_path / "state")
    (state / "state.db.reserve").unlink()
    (state / "state.db.reserve").symlink_to("/dev/null")
    refusal(state)
    (state / "state.db.reserve").unlink()
    StateDirectory.open(state, FakeClock()).close()


def test_a_state_that_was_removed_while_the_monitor_runs_keeps_others_out(tmp_path: Path) -> None:
    state = tmp_path / "state"
    stage = Stage(state, ["10.0.0.1"])
    stage.rounds()
    shutil.rmtree(state)
    stage.rounds()
    with pytest.raises(StateLockedError, match=f"process {os.getpid()}"):
        StateDirectory.open(state, FakeClock())
    stage.stop()
    StateDirectory.open(state, FakeClock()).close()


def test_two_monitors_that_a_removed_state_has_let_in_are_told_of_each_other(tmp_path: Path) -> None:
    state = tmp_path / "state"
    first = Stage(state, ["10.0.0.1"])
    shutil.rmtree(state)
    second = Stage(state, ["10.0.0.1"])
    first.rounds()
    assert any("stop one of the two" in event.text for event in first.events)
    second.stop()
    first.rounds()
    assert any(event.text.endswith("well again") for event in first.events)
    first.stop()
