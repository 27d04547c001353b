"""The lock: one monitor per state, however the last one ended."""

import errno
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from conntest_tui.errors import StateLockedError, StoreError
from conntest_tui.store import StateLock

HOLDER = """
import sys, time
from pathlib import Path
from conntest_tui.store.state_lock import StateLock
lock = StateLock.take(Path(sys.argv[1]))
print("locked", flush=True)
time.sleep(60)
"""


def test_the_lock_makes_a_private_directory(tmp_path: Path) -> None:
    lock = StateLock.take(tmp_path / "a" / "state")
    assert (tmp_path / "a" / "state").stat().st_mode & 0o777 == 0o700
    (file,) = (tmp_path / "a" / "state").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text() == f"{os.getpid()}\n"
    lock.release()


def test_a_second_one_is_told_who_has_it(tmp_path: Path) -> None:
    lock = StateLock.take(tmp_path)
    with pytest.raises(StateLockedError, match=f"process {os.getpid()}") as caught:
        StateLock.take(tmp_path)
    assert "--state" in caught.value.hint
    lock.release()


def test_a_released_lock_is_free(tmp_path: Path) -> None:
    for _ in range(3):
        lock = StateLock.take(tmp_path)
        lock.release()
        lock.release()


def test_a_killed_monitor_leaves_no_lock(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        with pytest.raises(StateLockedError, match=f"process {holder.pid}"):
            StateLock.take(tmp_path)
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
    lock = StateLock.take(tmp_path)
    assert (tmp_path / "monitor.lock").read_text() == f"{os.getpid()}\n"
    lock.release()


def test_a_lock_whose_file_was_removed_still_keeps_others_out(tmp_path: Path) -> None:
    lock = StateLock.take(tmp_path)
    (tmp_path / "monitor.lock").unlink()  # systemd-tmpfiles does so under /tmp, and so do people
    with pytest.raises(StateLockedError, match="process unknown"):
        StateLock.take(tmp_path)
    assert lock.keep() == ""
    with pytest.raises(StateLockedError, match=f"process {os.getpid()}"):
        StateLock.take(tmp_path)
    lock.release()
    StateLock.take(tmp_path).release()


def test_a_lock_whose_directory_was_removed_is_taken_anew(tmp_path: Path) -> None:
    state = tmp_path / "state"
    lock = StateLock.take(state)
    shutil.rmtree(state)
    assert lock.keep() == ""
    assert state.stat().st_mode & 0o777 == 0o700
    with pytest.raises(StateLockedError, match=f"process {os.getpid()}"):
        StateLock.take(state)
    lock.release()


def test_a_lock_says_who_has_come_when_its_directory_was_removed(tmp_path: Path) -> None:
    state = tmp_path / "state"
    lock = StateLock.take(state)
    shutil.rmtree(state)
    rival = StateLock.take(state)
    assert f"process {os.getpid()}" in lock.keep()
    rival.release()
    assert lock.keep() == ""
    lock.release()


def test_a_monitor_of_version_1_0_0_locks_the_file_alone(tmp_path: Path) -> None:
    with (tmp_path / "monitor.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write("17\n")
        file.flush()
        with pytest.raises(StateLockedError, match="process 17"):
            StateLock.take(tmp_path)
    StateLock.take(tmp_path).release()


def test_a_file_system_that_locks_no_directory_does_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fcntl.flock

    def flock(descriptor: int, operation: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))  # as on NFS
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    lock = StateLock.take(tmp_path)
    assert lock.keep() == ""
    with pytest.raises(StateLockedError):
        StateLock.take(tmp_path)
    lock.release()


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(StoreError, match="File exists") as caught:
        StateLock.take(tmp_path / "state")
    assert caught.value.hint


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("data")
    (tmp_path / "monitor.lock").symlink_to(tmp_path / "precious")
    with pytest.raises(StoreError):
        StateLock.take(tmp_path)
    assert (tmp_path / "precious").read_text() == "data"
