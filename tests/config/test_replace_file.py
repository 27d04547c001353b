"""A file is written anew as a whole or not at all, and keeps its rights; what cannot be written says why."""

import os
import subprocess
from pathlib import Path

import pytest

from conntest_tui.config.replace_file import ChangedMeanwhileError, NotReplacedError, read_current, replace_file
from tests.files import fill_disk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "hosts.csv"
    path.write_bytes(b"before")
    return path


def test_the_file_is_replaced_and_keeps_its_mode(path: Path) -> None:
    path.chmod(0o640)

    replace_file(path, b"before", b"after")

    assert (path.read_bytes(), path.stat().st_mode & 0o7777) == (b"after", 0o640)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_file_keeps_its_owner(path: Path) -> None:
    os.chown(path, 1, 2)

    replace_file(path, b"before", b"after")

    assert (path.stat().st_uid, path.stat().st_gid) == (1, 2)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file immutable")
def test_a_file_that_is_immutable_is_not_called_read_only_by_its_mode(path: Path) -> None:
    if subprocess.run(["chattr", "+i", path], check=False, capture_output=True).returncode:
        pytest.skip("this file system knows no immutable files")
    try:
        with pytest.raises(NotReplacedError) as error:
            replace_file(path, b"before", b"after")
    finally:
        subprocess.run(["chattr", "-i", path], check=True)
    assert str(error.value) == f"{path} cannot be written: its mode is 0644, and the system refuses all the same"
    assert "chattr" in error.value.hint


def test_a_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    path = tmp_path / "hosts.csv"
    assert read_current(path) == b""

    replace_file(path, b"", b"after")

    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"after", 0o644)


def test_a_link_stays_and_its_target_is_replaced(path: Path) -> None:
    link = path.with_name("link.csv")
    link.symlink_to(path)

    replace_file(link, b"before", b"after")

    assert link.is_symlink()
    assert path.read_bytes() == b"after"


def test_a_file_that_has_changed_meanwhile_is_left_alone(path: Path) -> None:
    with pytest.raises(ChangedMeanwhileError, match="has changed meanwhile"):
        replace_file(path, b"older", b"after")

    assert path.read_bytes() == b"before"
    assert list(path.parent.iterdir()) == [path]


def test_a_full_disk_leaves_everything_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_disk(monkeypatch)

    with pytest.raises(NotReplacedError, match="No space left on device"):
        replace_file(path, b"before", b"after")
    assert path.read_bytes() == b"before"
    assert list(path.parent.iterdir()) == [path]


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotReplacedError, match="nowhere cannot be written"):
        replace_file(tmp_path / "nowhere" / "hosts.csv", b"", b"after")


def test_a_read_only_file_is_left_alone_and_said(path: Path) -> None:
    path.chmod(0o444)

    with pytest.raises(NotReplacedError, match=r"it is read-only \(mode 0444\)"):
        replace_file(path, b"before", b"after")
    assert (path.read_bytes(), list(path.parent.iterdir())) == (b"before", [path])


def test_extended_attributes_are_kept(path: Path) -> None:
    try:
        os.setxattr(path, "user.conntest", b"kept")
    except (OSError, AttributeError):
        pytest.skip("this file system has none")

    replace_file(path, b"before", b"after")

    assert os.getxattr(path, "user.conntest") == b"kept"


def test_a_file_whose_owner_cannot_be_kept_is_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    os.chown(path, *((1, 2) if os.geteuid() == 0 else (-1, os.getgroups()[-1])))
    if (path.stat().st_uid, path.stat().st_gid) == (os.geteuid(), os.getegid()):
        pytest.skip("this user has one group")
    monkeypatch.setattr(os, "fchown", refused)

    with pytest.raises(NotReplacedError, match=r"its owner .* and its group could not be kept"):
        replace_file(path, b"before", b"after")
    assert (path.read_bytes(), list(path.parent.iterdir())) == (b"before", [path])
