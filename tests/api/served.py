"""A monitor over a simulated network that is served, and a plain HTTP client that asks it."""

import json
import os
import socket
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from conntest_tui.api.server import ApiServer
from conntest_tui.demo import open_demo
from conntest_tui.monitor import Monitor


def wait_for(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def resident() -> float:
    """Return the resident set of this process in megabytes (VmRSS of proc_pid_status(5))."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS:"))) / 1024


class UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(os.fspath(self.path))


class NoWatcher:
    def snapshot(self, snapshot: object) -> None:
        pass

    def happened(self, events: object) -> None:
        pass


class Served:
    """A demo monitor that runs and is served."""

    def __init__(self, directory: Path) -> None:
        self.monitor: Monitor = open_demo(1, sweep=0.1)
        self.stopped = threading.Event()
        self.server = ApiServer(self.monitor, directory, {})
        self.thread = threading.Thread(target=self.monitor.run, args=(NoWatcher(), self.stopped), daemon=True)
        self.thread.start()
        self.server.start()
        self.path = directory / "attach.sock"
        wait_for(lambda: self.path.exists() and self.server.path is not None)

    def serve_again(self) -> None:
        """End the server, as if the monitor had been restarted, and begin another one."""
        self.server.close()
        self.server = ApiServer(self.monitor, self.path.parent, {})
        self.server.start()
        wait_for(lambda: self.path.exists() and self.server.path is not None)

    def close(self) -> None:
        self.server.close()
        self.stopped.set()
        self.thread.join(5)

    def ask(
        self, path: str, body: Any = None, headers: dict[str, str] | None = None, method: str = ""
    ) -> tuple[int, Any]:
        connection = UnixConnection(self.path)
        try:
            data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
            kind = {} if data is None else {"Content-Type": "application/json"}
            connection.request(method or ("GET" if data is None else "POST"), path, data, kind | (headers or {}))
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def watch(self, after: int | None = None) -> tuple[UnixConnection, HTTPResponse]:
        connection = UnixConnection(self.path)
        connection.request("GET", "/v1/watch" + ("" if after is None else f"?after={after}"))
        return connection, connection.getresponse()


def down_host(served: Served) -> str:
    found: list[str] = []

    def look() -> bool:
        _, said = served.ask("/v1/snapshot")
        statuses = (said["snapshot"] or {}).get("statuses", [])
        found[:] = [
            one["host"]["name"]
            for one in statuses
            if one.get("standing", {}).get("state") == "down"
            and (one["standing"]["outage"] or {}).get("acknowledged") is None
        ]
        return bool(found)

    wait_for(look, 20)
    return found[0]
