"""Which monitor a command or a console is about: where it listens, or where it was looked for; and where it is now.

What asks over sockets is imported where it is used: completion must answer before one notices.
"""

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from conntest_tui.errors import ConntestError
from conntest_tui.private import LOCK_FILE
from conntest_tui.text import shell, shown

if TYPE_CHECKING:
    from conntest_tui.api.hello import Hello

SERVICES = "/run", "conntest*/*.sock"
"""Where services have their sockets: `RuntimeDirectory=` of systemd."""

_CLOSED = frozenset({errno.EACCES, errno.EPERM})
_WHY = {
    **dict.fromkeys(_CLOSED, "you may not open it"),
    errno.ECONNREFUSED: "nobody listens there",
    errno.ENOENT: "it is not there",
}


class NoMonitorError(ConntestError):
    """No monitor can be asked."""

    title = "No monitor"


class SocketFinder:
    """Finds the monitor that was found once, again and again: the one of the same state, and no other.

    Attributes:
        hello: what that monitor has said of itself; None before it has.
    """

    def __init__(self, first: Path, hello: "Hello | None" = None) -> None:
        """Begin with the socket at which it was found."""
        self.hello = hello
        self._first = first

    def __call__(self) -> Path:
        """Return where it listens, or did last: after a restart, or when somebody has taken the watch over."""
        hello = self.hello
        if hello is None or not hello.is_here or not hello.state:
            return self._first
        return socket_of(Path(hello.state)) or self._first


def socket_of(state: Path) -> Path | None:
    """Return the socket of the monitor that runs on a state, None when none does, or none that this user can find."""
    from conntest_tui.api.socket_place import announced_socket  # noqa: PLC0415

    found = announced_socket(state)
    return found if found is not None and not _refusal(found) else None


def find_monitor(
    state: Path, socket: Path | None = None, *, option: str = "--socket", environ: Mapping[str, str] = os.environ
) -> Path:
    """Return where the monitor listens that is meant.

    Args:
        state: its state directory, as far as this user can see into it.
        socket: where the user says that it listens; None: that of the state, else the only one that this user can
            reach, of a service or of their own.
        option: how one is named on the command line.
        environ: says where monitors of this user have their sockets.

    Raises:
        NoMonitorError: there is none, and the text says where it was looked for; or there are several, and it names
            them.
    """
    from conntest_tui.api.socket_place import announced_socket  # noqa: PLC0415

    first = socket or announced_socket(state)
    tried = {} if first is None else {first: _refusal(first)}
    if first is not None and not tried[first]:
        return first
    others = [] if socket else [*services(), *_of_this_user(environ)]
    tried |= {path: _refusal(path) for path in sorted({*others} - {first})}
    served = [path for path, why in tried.items() if not why]
    if len(served) == 1:
        return served[0]
    if served:
        error = NoMonitorError("say which one", hint="\n".join(f"  {option} {shell(path)}" for path in served))
        error.title = f"{len(served)} monitors run here"
        raise error
    looked = [f"  {shown(path)}: {_WHY.get(why) or os.strerror(why)}" for path, why in tried.items()]
    if first is None:
        looked.insert(0, f"  {shown(state / LOCK_FILE)}: {_why_not_there(state)}")
    if not (socket or others):
        looked.append(f"  {'/'.join(SERVICES)}: there is none")
    allowed = ["the members of attach.group may open it: conntest-tui docs api"] if _CLOSED & {*tried.values()} else []
    todo = f"start one (conntest-tui run), or name its socket: {option} PATH"
    raise NoMonitorError("none that you can reach", hint="\n".join(["looked at", *looked, *allowed, todo]))


def _why_not_there(state: Path) -> str:
    """Return why a state does not say where a monitor listens."""
    if not os.access(state, os.R_OK | os.X_OK):
        return "not there, or closed to you"
    return "it names no socket" if (state / LOCK_FILE).exists() else "no monitor has run there"


def some_socket(state: Path) -> Path | None:
    """Return what `find_monitor` does, None when it finds none or several."""
    with suppress(NoMonitorError):
        return find_monitor(state)
    return None


def service_on(config: Path) -> Path | None:
    """Return the socket of a service that watches this very configuration: two monitors would mail everything twice."""
    real = os.path.realpath(config)
    for path in services():
        from http.client import HTTPException  # noqa: PLC0415 - most machines have no such service

        from conntest_tui.api.json_values import JsonValueError  # noqa: PLC0415
        from conntest_tui.api.socket_http import call  # noqa: PLC0415

        with suppress(OSError, HTTPException, JsonValueError):
            said = call(path, "/v1", timeout=1.0).get("configuration")
            if isinstance(said, str) and said and os.path.realpath(said) == real:
                return path
    return None


def services() -> Sequence[Path]:
    """Return the sockets in the directories of services, whoever listens there."""
    directory, pattern = SERVICES
    return sorted(Path(directory).glob(pattern))


def _of_this_user(environ: Mapping[str, str]) -> Iterator[Path]:
    own = environ.get("XDG_RUNTIME_DIR", "")
    return Path(own).glob("conntest-*.sock") if own.startswith("/") else iter(())


def _refusal(path: Path) -> int:
    """Return why one cannot connect to a socket, an error number of the system; 0 when one can."""
    from conntest_tui.api.socket_http import connect_error  # noqa: PLC0415

    return connect_error(path)
