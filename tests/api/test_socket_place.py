"""Where the socket is, and whom it lets in."""

import errno
import grp
import os
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from conntest_tui.api.socket_http import call, connect_error
from conntest_tui.api.socket_place import SocketPlaceError, bind, let_in, places
from conntest_tui.private import user_name

REFUSED = f"attach.group: {user_name(os.geteuid())} may not give the socket to "
OWN_GROUP = grp.getgrgid(os.getegid()).gr_name


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    made, path = bind(tmp_path, {})
    with made:
        yield path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_directory_of_a_service_comes_first_then_that_of_the_login(tmp_path: Path) -> None:
    service, login = tmp_path / "service", tmp_path / "login"
    service.mkdir()
    login.mkdir()
    environ = {"RUNTIME_DIRECTORY": f"{service}:/other", "XDG_RUNTIME_DIR": str(login)}
    assert [path.parent for path in places(tmp_path, environ)] == [service, login, tmp_path]


def test_the_directory_of_another_users_login_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    login = tmp_path / "login"
    login.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: login.stat().st_uid + 1)  # after `su` without a login of its own
    assert list(places(tmp_path, {"XDG_RUNTIME_DIR": str(login)})) == [tmp_path / "attach.sock"]


def test_nobody_else_is_let_in_unless_a_group_is_named(place: Path) -> None:
    assert mode(place) == 0o600
    let_in(place, OWN_GROUP)
    assert (mode(place), place.stat().st_gid) == (0o660, os.getegid())
    assert let_in(place, "") == ""
    assert mode(place) == 0o600
    let_in(place, OWN_GROUP)
    assert let_in(place, "no such group") == ""  # the configuration warns of that
    assert mode(place) == 0o600


@pytest.fixture
def _no_chown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object, *_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))

    monkeypatch.setattr(os, "chown", refuse)


@pytest.mark.usefixtures("_no_chown")
def test_who_may_change_no_owners_keeps_a_group_that_is_right_already_and_is_told_of_another(place: Path) -> None:
    let_in(place, OWN_GROUP)
    assert mode(place) == 0o660
    other = next(one.gr_name for one in grp.getgrall() if one.gr_gid != os.getegid())
    assert let_in(place, other).startswith(REFUSED + other)
    assert mode(place) == 0o600


def test_of_places_that_cannot_be_used_the_best_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(SocketPlaceError, match=r"^no socket can be made: .*/attach.sock: No such file"):
        bind(tmp_path / "state", {})


def test_a_directory_that_is_closed_to_the_group_is_told_in_a_sentence(place: Path) -> None:
    place.parent.chmod(0o700)
    why = let_in(place, OWN_GROUP)
    assert why.startswith(
        f"attach.group: members of {OWN_GROUP} cannot reach {place}: {place.parent} is closed to them"
    )
    assert "RuntimeDirectory=" in why
    place.parent.chmod(0o755)
    assert f"{place.parent} is closed" not in let_in(place, OWN_GROUP)


def test_who_comes_when_many_wait_for_the_monitor_waits_too(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(path))
        listener.listen(0)
        waiting = [socket.socket(socket.AF_UNIX) for _ in range(3)]
        for end in waiting:
            end.setblocking(False)
            end.connect_ex(os.fspath(path))  # until the kernel has no room
        assert connect_error(path) == 0
        said: list[object] = []
        client = threading.Thread(target=lambda: said.append(call(path, "/v1")), daemon=True)
        client.start()
        client.join(0.3)
        assert client.is_alive()
        for end in waiting:
            end.close()
        while not said:
            end, _ = listener.accept()
            with end:
                if end.recv(1000):
                    end.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
                    client.join(5)
        assert said == [{}]
