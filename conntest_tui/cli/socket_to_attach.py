"""Which monitor a console attaches to, or where it was looked for; and where one that was away listens now."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path

from conntest_tui.api.client import AttachError
from conntest_tui.api.hello import Hello
from conntest_tui.api.socket_http import connect_error
from conntest_tui.api.socket_place import announced_socket
from conntest_tui.cli.monitor_sockets import SERVICES, services
from conntest_tui.text import shell, shown

_WHY = {
    errno.EACCES: "you may not open it",
    errno.EPERM: "you may not open it",
    errno.ECONNREFUSED: "nobody listens there any more",
    errno.ENOENT: "it is not there any more",
}


class SocketFinder:
    """Finds the monitor that a console is attached to, again and again: the one of the same state, and no other.

    Attributes:
        hello: what that monitor has said of itself; None before it has.
    """

    def __init__(self, first: Path) -> None:
        """Begin with the socket at which it was found."""
        self.hello: Hello | None = None
        self._first = first

    def __call__(self) -> Path:
        """Return where it listens, or did last."""
        hello = self.hello
        if hello is not None and hello.is_here and hello.state:
            announced = announced_socket(Path(hello.state))  # after a restart, or for whom has taken the watch over
            if announced is not None and not connect_error(announced):
                return announced
        return self._first


def socket_to_attach(state: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the socket of the monitor on a state, else that of the only one that this user can reach.

    Raises:
        AttachError: there is none, and the text says where it was looked for; or there are several, and it names them.
    """
    announced = announced_socket(state)
    tried = [(announced, connect_error(announced))] if announced is not None else []
    if announced is not None and not tried[0][1]:
        return announced
    own = environ.get("XDG_RUNTIME_DIR", "")
    others = [*services(), *(Path(own).glob("conntest-*.sock") if own.startswith("/") else ())]
    tried += [(path, connect_error(path)) for path in sorted({*others} - {announced})]
    served = [path for path, why in tried if not why]
    if len(served) == 1:
        return served[0]
    if served:
        named = "\n".join(f"  conntest-tui attach {shell(path)}" for path in served)
        error = AttachError("say which one", hint=named)
        error.title = f"{len(served)} monitors run here"
        raise error
    looked = [f"  {shown(path)}: {_WHY.get(why) or os.strerror(why)}" for path, why in tried]
    if announced is None:
        why = "no monitor has run there" if os.access(state, os.R_OK | os.X_OK) else "not there, or closed to you"
        looked.insert(0, f"  {shown(state / 'monitor.lock')}: {why}")
    if not others:
        looked.append(f"  {'/'.join(SERVICES)}: there is none")
    hint = "\n".join(["looked at", *looked, "If it has another socket: conntest-tui attach SOCKET"])
    raise AttachError("none that you can reach", hint=hint)
