"""A monitor over a simulated network that is shown over HTTP, and a plain client that asks it."""

import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from http.client import HTTPConnection
from typing import NamedTuple

from conntest_tui.config.settings import HostSeries, HttpSettings, MetricsSettings
from conntest_tui.demo import open_demo
from conntest_tui.model import Event
from conntest_tui.monitor import FixedConfig, Monitor
from conntest_tui.web.http_listener import HttpListener
from tests.api.served import NoWatcher, wait_for
from tests.ports import free_port


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Events:
    """A watcher that keeps what happened."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def snapshot(self, snapshot: object) -> None:
        """Nothing to keep."""

    def happened(self, events: Sequence[Event]) -> None:
        self.events += events

    def texts(self) -> list[str]:
        return [event.text for event in self.events]


class Listening:
    """A demo monitor that runs and is shown."""

    def __init__(self, *, listen: str = "", hosts: tuple[str, ...] = ()) -> None:
        self.port = free_port()
        self.monitor: Monitor = open_demo(1, sweep=0.1)
        self.set(listen or f"127.0.0.1:{self.port}", hosts)
        self.events, self.stopped = Events(), threading.Event()
        self.monitor.watchers.subscribe(self.events)
        self.listener = HttpListener(self.monitor)
        self.thread = threading.Thread(target=self.monitor.run, args=(NoWatcher(), self.stopped), daemon=True)
        self.thread.start()
        self.listener.start()

    def set(self, listen: str, hosts: tuple[str, ...] = (), series: HostSeries = HostSeries.TROUBLE) -> None:
        """Change the settings, as a reload does."""
        files = self.monitor.parts.files
        assert isinstance(files, FixedConfig)
        changed = {"http": HttpSettings(listen=listen, hosts=hosts), "metrics": MetricsSettings(hosts=series)}
        files.current = replace(files.current, settings=files.current.settings.model_copy(update=changed))

    def wait(self, listen: str = "") -> None:
        """Wait until it listens, on this address."""
        wait_for(lambda: str(self.listener.listens_on) == (listen or f"127.0.0.1:{self.port}"))

    def close(self) -> None:
        self.listener.close()
        self.stopped.set()
        self.thread.join(5)

    def ask(
        self, path: str = "/", headers: Mapping[str, str] | None = None, method: str = "GET", *, at: str = "127.0.0.1"
    ) -> Answer:
        connection = HTTPConnection(at, self.port, timeout=10)
        try:
            connection.putrequest(method, path, skip_host="Host" in (headers or {}), skip_accept_encoding=True)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            connection.endheaders()
            response = connection.getresponse()
            return Answer(response.status, dict(response.headers), response.read())
        finally:
            connection.close()

    def send(self, data: bytes, seconds: float = 10) -> bytes:
        """Send bytes as they are, and return what comes back until the other end closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as wire:
            wire.sendall(data)
            got = b""
            with suppress(TimeoutError, ConnectionError):
                while piece := wire.recv(65_536):
                    got += piece
            return got
