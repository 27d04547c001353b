"""The socket of a monitor, where the system grants no change of owners: as the service's unit has it."""

import errno
import grp
import os
from pathlib import Path

import pytest

from conntest_tui.api.socket_place import SocketPlaceError, bind


@pytest.fixture
def _no_chown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object, *_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))

    monkeypatch.setattr(os, "chown", refuse)


@pytest.mark.usefixtures("_no_chown")
def test_a_socket_that_has_the_group_already_keeps_it(tmp_path: Path) -> None:
    own = grp.getgrgid(os.getegid()).gr_name
    made, path = bind(tmp_path / "state", {"RUNTIME_DIRECTORY": str(tmp_path)}, own)
    with made:
        assert oct(path.stat().st_mode & 0o777) == "0o660"


@pytest.mark.usefixtures("_no_chown")
def test_a_group_that_cannot_be_given_is_said_and_no_socket_is_left_behind(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "run").mkdir()
    other = next(one.gr_name for one in grp.getgrall() if one.gr_gid != os.getegid())
    with pytest.raises(
        SocketPlaceError, match=rf"^attach.group: \w+ may not give the socket to {other}: become a member"
    ):
        bind(tmp_path / "state", {"RUNTIME_DIRECTORY": str(tmp_path / "run")}, other)
    assert not [*(tmp_path / "run").iterdir(), *(tmp_path / "state").iterdir()]


def test_of_places_that_cannot_be_used_the_best_one_is_named(tmp_path: Path) -> None:
    environment = {"RUNTIME_DIRECTORY": str(tmp_path / "missing")}
    with pytest.raises(SocketPlaceError, match=r"^no socket can be made: .*/missing/.*: No such file or directory$"):
        bind(tmp_path / "state", environment)
