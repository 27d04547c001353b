"""The supervisor's end of $NOTIFY_SOCKET (sd_notify(3)): what it heard, and when."""

import socket
import threading
import time
from pathlib import Path
from typing import Self


class Ear:
    """Listens in a thread of its own until the context ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard: list[tuple[float, str]] = []
        """(monotonic seconds, message), oldest first."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(0.1)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._socket.close()

    @property
    def messages(self) -> list[str]:
        return [message for _, message in self.heard]

    def _listen(self) -> None:
        while not self._done.is_set():
            try:
                message = self._socket.recv(1000).decode()
            except TimeoutError:
                continue
            self.heard.append((time.monotonic(), message))
