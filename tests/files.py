"""What several tests ask of files, and a disk that is full."""

import errno
import os
import stat
from pathlib import Path

import pytest


def mode(path: Path) -> int:
    """Return the permission bits of a file or directory, a link's own."""
    return stat.S_IMODE(path.lstat().st_mode)


def fill_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be no room for whatever is to be synced to the disk."""

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
