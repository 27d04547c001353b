"""Which monitor a command or a console is about, and who may go on with its watch."""

import errno
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conntest_tui.api.client import AttachedMonitor
from conntest_tui.api.hello import Hello, machine_number
from conntest_tui.cli.monitor_sockets import NoMonitorError, SocketFinder, find_monitor
from conntest_tui.cli.watch_take_over import OTHERS, TakeOverSource, why_not_take_over
from conntest_tui.clock import Instant
from conntest_tui.model.requests import Requester
from conntest_tui.store.state_lock import StateLock

Listen = Callable[[Path], Path]


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Listen at a socket until the test is over."""
    with ExitStack() as stack:

        def begin(path: Path) -> Path:
            path.parent.mkdir(parents=True, exist_ok=True)
            end = stack.enter_context(socket.socket(socket.AF_UNIX))
            end.bind(os.fspath(path))
            end.listen()
            return path

        yield begin


def left(path: Path) -> Path:
    """Return a socket that a monitor which was killed has left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(os.fspath(path))
    return path


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    lock = StateLock.take(tmp_path / "state")
    try:
        yield tmp_path / "state"
    finally:
        lock.release()


def announce(state: Path, path: Path) -> None:
    (state / "monitor.lock").write_text(f"1\n{path}\n")


@pytest.fixture(autouse=True)
def _runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conntest_tui.cli.monitor_sockets.SERVICES", (str(tmp_path / "run"), "conntest*/*.sock"))


def find(state: Path, tmp_path: Path) -> Path:
    return find_monitor(state, option="conntest-tui attach", environ={"XDG_RUNTIME_DIR": str(tmp_path / "user")})


def test_the_monitor_of_the_state_comes_first(state: Path, tmp_path: Path, listen: Listen) -> None:
    announce(state, own := listen(state / "attach.sock"))
    listen(tmp_path / "run" / "conntest" / "conntest-a.sock")
    assert find(state, tmp_path) == own


@pytest.mark.parametrize("place", ["run/conntest-site/conntest-a.sock", "user/conntest-b.sock"])
def test_else_the_only_one_that_is_there(state: Path, tmp_path: Path, listen: Listen, place: str) -> None:
    announce(state, left(state / "attach.sock"))
    left(tmp_path / "run" / "conntest" / "conntest-gone.sock")
    only = listen(tmp_path / place)
    assert find(state, tmp_path) == only


def test_several_are_named(state: Path, tmp_path: Path, listen: Listen) -> None:
    both = [listen(tmp_path / "run" / f"conntest {name}" / "conntest-a.sock") for name in ("one", "two")]
    with pytest.raises(NoMonitorError, match="say which one") as raised:
        find(state, tmp_path)
    assert raised.value.title == "2 monitors run here"
    assert raised.value.hint.splitlines() == [f"  conntest-tui attach '{path}'" for path in both]


def test_where_none_is_it_says_where_it_has_looked(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce(state, own := left(state / "attach.sock"))
    service = left(tmp_path / "run" / "conntest" / "conntest-a.sock")
    with pytest.raises(NoMonitorError, match="none that you can reach") as raised:
        find(state, tmp_path)
    assert raised.value.hint.splitlines() == [
        "looked at",
        f"  {own}: nobody listens there",
        f"  {service}: nobody listens there",
        "start one (conntest-tui run), or name its socket: conntest-tui attach PATH",
    ]
    service.unlink()
    own.unlink()
    (state / "monitor.lock").write_text("1\n")  # as long as the monitor has none
    with pytest.raises(NoMonitorError) as raised:
        find(state, tmp_path)
    assert raised.value.hint.splitlines()[1] == f"  {state / 'monitor.lock'}: it names no socket"
    (state / "monitor.lock").unlink()
    monkeypatch.setattr(socket.socket, "connect_ex", lambda *_: errno.EACCES)
    other = left(tmp_path / "user" / "conntest-b.sock")
    with pytest.raises(NoMonitorError) as raised:
        find(state, tmp_path)
    assert raised.value.hint.splitlines()[1:-1] == [
        f"  {state / 'monitor.lock'}: no monitor has run there",
        f"  {other}: you may not open it",
        "the members of attach.group may open it: conntest-tui docs api",
    ]
    other.unlink()
    with pytest.raises(NoMonitorError) as raised:
        find(tmp_path / "none", tmp_path)
    assert raised.value.hint.splitlines()[1:-1] == [
        f"  {tmp_path / 'none' / 'monitor.lock'}: not there, or closed to you",
        f"  {tmp_path / 'run' / 'conntest*' / '*.sock'}: there is none",
    ]


def hello(state: Path) -> Hello:
    return Hello("run", Instant(0.0, 0.0), machine=machine_number(), state=str(state), configuration=str(state))


def test_a_monitor_that_was_away_is_found_where_it_is_now_and_no_other(
    state: Path, tmp_path: Path, listen: Listen
) -> None:
    first = left(tmp_path / "run" / "conntest" / "conntest-a.sock")
    finder = SocketFinder(first)
    assert finder() == first
    finder.hello = hello(state)
    listen(tmp_path / "run" / "conntest-other" / "conntest-b.sock")
    assert finder() == first
    announce(state, now := listen(state / "attach.sock"))
    assert finder() == now
    finder.hello = replace(finder.hello, machine="another one")  # a path of that machine is none of this one
    assert finder() == first


def test_a_fault_while_the_watch_is_taken_over_is_no_silence(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (state / "hosts.csv").write_text("127.0.0.1,Loop,here\n")
    (state / "settings.toml").write_text('email.delivery = "off"\n')
    server, fault = Requester(os.geteuid(), "conntest"), OSError(errno.EMFILE, "too many open files")
    attached = SimpleNamespace(hello=hello(state), server=server, view_only=False, is_gone=True)
    source = TakeOverSource(cast("AttachedMonitor", attached))
    assert source.take_over().result(10) == OTHERS  # the fixture has the lock

    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr("conntest_tui.cli.watch_take_over.open_monitor", fail)
    assert source.take_over().exception(10) is fault


def why_not(at: Path, /, *, view_only: bool = False, uid: int | None = None, **more: Any) -> str:
    user = Requester(os.geteuid() if uid is None else uid, "conntest")
    attached = SimpleNamespace(hello=replace(hello(at), **more), server=user, view_only=view_only)
    return why_not_take_over(cast("AttachedMonitor", attached))


def test_who_can_go_on_with_the_watch_is_the_user_who_had_it_on_that_machine(state: Path) -> None:
    assert "is not there, or closed to you" in why_not(state)
    (state / "hosts.csv").touch()
    assert why_not(state) == ""
    assert why_not(state, view_only=True) == "this console only looks on"
    assert why_not(state, uid=os.geteuid() + 1).endswith("run conntest-tui as conntest")
    assert why_not(state, machine="another one", host="gateway") == "it ran on gateway: take the watch over there"
    assert "in memory" in why_not(state, state="")
    assert "you may not write its state" in why_not(state / "none")
