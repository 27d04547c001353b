"""A configuration directory that a test writes file by file."""

from pathlib import Path

import pytest

from conntest_tui.config import Config, ConfigError, load
from conntest_tui.model import Host

SMTP = ""  # the default delivery
MAILDIR = '[email]\ndelivery = "maildir"\n'
GOOD_ROW = "10.9.9.9,Good,Rack 1\n"


class Folder:
    """A directory with a configuration that loads, until a test spoils it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environ: dict[str, str] = {}
        self.write("hosts.csv", "10.1.1.1,Router,MDF 101\n")
        self.write("server_info.csv", "10.1.1.254,587\n")
        self.write("creds.csv", "monitor@company.net,secret\n")
        (path / "creds.csv").chmod(0o600)
        self.write("email_recipients.csv", "admin@company.net\n")
        self.write("settings.toml", MAILDIR)

    def write(self, file: str, content: str | bytes) -> Path:
        path = self.path / file
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def delivering_by_smtp(self) -> "Folder":
        self.write("settings.toml", SMTP)
        return self

    def load(self) -> Config:
        return load(self.path, self.environ)

    def problems(self) -> list[str]:
        """Load what must not load, and return what is said, a problem a line."""
        with pytest.raises(ConfigError) as caught:
            self.load()
        assert str(caught.value) == "\n".join(map(str, caught.value.problems))
        return str(caught.value).split("\n")

    def problem(self) -> str:
        """Return the one problem there is."""
        (only,) = self.problems()
        return only

    def hosts(self, content: str | bytes) -> tuple[Host, ...]:
        self.write("hosts.csv", content)
        return self.load().hosts

    def host(self, row: str) -> Host:
        (only,) = self.hosts(row)
        return only


def lenient(folder: Folder) -> Config:
    """Load as a watch does, which goes on without the rows that version 1.0.0 took."""
    return load(folder.path, folder.environ, lenient=True)
