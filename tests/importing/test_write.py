"""hosts.csv on disk: as a whole or not at all."""

import os
from pathlib import Path

import pytest

from conntest_tui.importing.hosts_csv_merge import current, replace_file
from conntest_tui.importing.imported_hosts import NotReadableError


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


def test_a_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    path = tmp_path / "hosts.csv"
    assert current(path) == b""

    replace_file(path, b"", b"after")

    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"after", 0o644)


def test_a_link_stays_and_its_target_is_replaced(path: Path) -> None:
    link = path.with_name("link.csv")
    link.symlink_to(path)

    replace_file(link, b"before", b"after")

    assert link.is_symlink()
    assert path.read_bytes() == b"after"


def test_a_file_that_has_changed_meanwhile_is_left_alone(path: Path) -> None:
    with pytest.raises(NotReadableError, match="has changed meanwhile"):
        replace_file(path, b"older", b"after")

    assert path.read_bytes() == b"before"
    assert list(path.parent.iterdir()) == [path]


def test_a_full_disk_leaves_everything_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(NotReadableError, match="No space left on device"):
        replace_file(path, b"before", b"after")
    assert path.read_bytes() == b"before"
    assert list(path.parent.iterdir()) == [path]


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotReadableError, match="nowhere cannot be written"):
        replace_file(tmp_path / "nowhere" / "hosts.csv", b"", b"after")
