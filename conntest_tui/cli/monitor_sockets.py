"""Which monitor a command is about: where it listens, or why no one can be asked."""

import errno
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from conntest_tui.errors import ConntestError
from conntest_tui.private import LOCK_FILE
from conntest_tui.text import shown

SERVICES = "/run", "conntest*/*.sock"
"""Where services have their sockets: `RuntimeDirectory=` of systemd."""


class NoMonitorError(ConntestError):
    """No monitor can be asked."""

    title = "No monitor"


def socket_of(state: Path) -> Path | None:
    """Return the socket of the monitor that runs on a state, None when none does, or none that this user can find."""
    from conntest_tui.api.socket_place import announced_socket  # noqa: PLC0415

    found = announced_socket(state)
    return found if found is not None and _refusal(found) == 0 else None


def some_socket(state: Path) -> Path | None:
    """Return the socket of the monitor on a state, else that of the only service on this machine."""
    found = socket_of(state)
    if found is None:
        served = [path for path in services() if _refusal(path) == 0]
        found = served[0] if len(served) == 1 else None
    return found


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


def find_monitor(state: Path, socket: Path | None) -> Path:
    """Return where the monitor listens that a command is about.

    Args:
        state: its state directory, as far as this user can see into it.
        socket: where the user says that it listens; None: find it by the state, else take the only service.

    Raises:
        NoMonitorError: none listens, or none that this user may ask.
    """
    if socket is not None:
        if refused := _refusal(socket):
            raise _no_monitor(f"at {shown(socket)}", refused, socket)
        return socket
    found = some_socket(state)
    if found is not None:
        return found
    found_services = services()
    if len(served := [path for path in found_services if _refusal(path) == 0]) > 1:
        raise NoMonitorError(
            f"none runs on {shown(state)}, and there are {len(served)} services: {', '.join(map(shown, served))}",
            hint="say which one is meant: --socket PATH",
        )
    if closed := [path for path in found_services if _refusal(path) in (errno.EACCES, errno.EPERM)]:
        raise _no_monitor(f"at {shown(closed[0])}", errno.EACCES, closed[0])
    if _is_closed(state):
        raise NoMonitorError(
            f"{_user()} may not look into {shown(state)}, where it is said where one listens",
            hint="say where it is: --socket PATH; who may use it: conntest-tui docs api",
        )
    raise NoMonitorError(
        f"none runs on {shown(state)}", hint="start one (conntest-tui run), or say where it listens: --socket PATH"
    )


def _no_monitor(where: str, refused: int, socket: Path) -> NoMonitorError:
    if refused in (errno.EACCES, errno.EPERM):
        return NoMonitorError(
            f"{where} one may listen, and {_user()} may not open that",
            hint="the group of attach.group may: conntest-tui docs api",
        )
    if refused in (errno.ENOENT, errno.ECONNREFUSED):
        return NoMonitorError(f"nobody listens {where}", hint="start it (conntest-tui run), or name another socket")
    return NoMonitorError(f"{shown(socket)}: {os.strerror(refused)}", hint="name the socket of a monitor")


def _refusal(path: Path) -> int:
    """Return why one cannot connect to a socket, an error number of the system; 0 when one can."""
    from conntest_tui.api.socket_http import connect_error  # noqa: PLC0415

    return connect_error(path)


def _user() -> str:
    from conntest_tui.model.requests import Requester  # noqa: PLC0415

    return Requester.of(os.geteuid()).name


def services() -> Sequence[Path]:
    """Return the sockets in the directories of services, whoever listens there."""
    directory, pattern = SERVICES
    return sorted(Path(directory).glob(pattern))


def _is_closed(state: Path) -> bool:
    """Return whether this user cannot look into a directory that may be there."""
    try:
        (state / LOCK_FILE).stat()
    except OSError as error:
        return error.errno == errno.EACCES
    return not os.access(state / LOCK_FILE, os.R_OK)
