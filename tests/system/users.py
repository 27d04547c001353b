"""Other users: what it needs to run the program as one, and users and groups that a test makes and removes again."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

import conntest_tui


def _closed_to_others() -> str:
    """Return the directory that keeps other users from running this Python and this program; empty for none."""
    needed = {sys.executable, os.path.realpath(sys.executable), os.__file__, pytest.__file__, conntest_tui.__file__}
    above = {directory for path in needed for directory in Path(path).parents}
    return next((str(directory) for directory in sorted(above) if directory.stat().st_mode & 0o005 != 0o005), "")


needs_open_python = pytest.mark.skipif(
    bool(_closed_to_others()), reason=f"other users may not run this program: {_closed_to_others()} is closed to them"
)

needs_useradd = pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(shutil.which, ("useradd", "userdel", "groupadd", "setpriv"))),
    reason="needs root, useradd and setpriv",
)


@contextmanager
def users(group: str, **member: bool) -> Iterator[dict[str, str]]:
    """Make a group, and users whose names carry this process's id; yield the names, the group's under `group`.

    Args:
        group: what the group is for.
        member: for each user whether it is a member.
    """
    name = f"ct{os.getpid()}{group}"
    made = {user: f"ct{os.getpid()}{user}" for user in member}
    try:
        _run("groupadd", "--system", name)
        for user, login in made.items():
            groups = ["--groups", name] if member[user] else []
            _run("useradd", "--system", "--no-create-home", "--shell", "/bin/sh", *groups, login)
        yield {**made, "group": name}
    finally:
        for login in made.values():
            subprocess.run(["userdel", login], check=False, capture_output=True)
        subprocess.run(["groupdel", name], check=False, capture_output=True)


def as_user(login: str) -> Sequence[str]:
    """Return what to put before a command that a user is to run, with the groups that the user has."""
    return ("setpriv", f"--reuid={login}", f"--regid={login}", "--init-groups")


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
