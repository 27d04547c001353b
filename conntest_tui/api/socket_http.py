"""HTTP over a Unix socket, as one asks: a connection, one question, and who is at the other end."""

import errno
import math
import os
import socket
import struct
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from conntest_tui.api.json_values import JsonValueError, as_object, loads
from conntest_tui.api.socket_place import peer
from conntest_tui.model.requests import Requester
from conntest_tui.text import clean

QUERY_PATIENCE = 10.0
"""Seconds that a question may take."""


_TIMEVAL = struct.Struct("ll")  # struct timeval of setsockopt(2): seconds, microseconds


class SocketConnection(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path, self._patience = path, timeout

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        # Where many connect at once the kernel keeps one waiting; a time limit of Python's would not wait at all.
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _TIMEVAL.pack(math.ceil(self._patience), 0))
        self.sock.connect(os.fspath(self._path))
        self.sock.settimeout(self._patience)


def call(path: Path, target: str, body: bytes | None = None, timeout: float = QUERY_PATIENCE) -> dict[str, Any]:
    """Return what a monitor answers to one question.

    Raises:
        OSError: it cannot be reached, or not in time.
        HTTPException: it speaks no HTTP.
        JsonValueError: it refuses, and the text says why; or its answer is none.
    """
    with closing(SocketConnection(path, timeout)) as connection:
        headers = {} if body is None else {"Content-Type": "application/json"}
        connection.request("GET" if body is None else "POST", target, body, headers)
        response = connection.getresponse()
        said = as_object(loads(response.read()), "answer")
        if response.status != 200:
            raise JsonValueError(clean(str(said.get("error", response.reason))))
        return said


def connect_error(path: Path) -> int:
    """Return why one cannot connect to a socket, an error number of the system (errno(3)); 0 when one can."""
    with closing(socket.socket(socket.AF_UNIX)) as end:
        end.settimeout(1.0)
        try:
            refused = end.connect_ex(os.fspath(path))
        except OSError:  # the path is too long for a socket (unix(7)), which Python notices itself
            return errno.ENAMETOOLONG
        return 0 if refused == errno.EAGAIN else refused  # so many wait that there is no room


def server_of(path: Path) -> Requester | None:
    """Return the user who listens at a socket; see `peer`. None where that is not known.

    Raises:
        OSError: nobody does.
    """
    with closing(socket.socket(socket.AF_UNIX)) as end:
        end.settimeout(1.0)
        end.connect(os.fspath(path))
        user = peer(end)
        return None if user is None else Requester.of(user)
