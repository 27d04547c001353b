"""The mail server of `mailserver.py` as a process that tests start, stop and read."""

import subprocess
import sys
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Self

from tests.system.mailserver import make_certificates
from tests.system.terminal import wait_until


class MailProcess:
    """A mail server on 127.0.0.1, perhaps in a namespace; its mails stay when it goes away."""

    def __init__(self, directory: Path, *, port: int = 2525, enter: Sequence[str] = ()) -> None:
        self.directory = directory
        self.port = port
        self.authority = make_certificates(directory)
        self._enter = enter
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        listening = self.directory / "listening"
        listening.unlink(missing_ok=True)
        self._process = subprocess.Popen([*self._enter, sys.executable, "-m", *self.program()])
        wait_until(listening.exists, 20, "the mail server listens")

    def program(self) -> list[str]:
        """Return the module to run, and its arguments."""
        return ["tests.system.mailserver", str(self.port), str(self.directory)]

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)
            self._process = None

    @property
    def mails(self) -> list[EmailMessage]:
        """What was accepted, in that order."""
        return [
            message_from_bytes(path.read_bytes(), policy=policy.default)
            for path in sorted(self.directory.glob("*.eml"))
        ]

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]
