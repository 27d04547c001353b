"""A configuration with a password, the program on it, and every form in which the password could show."""

import base64
import os
import subprocess
import sys
from pathlib import Path

from tests.notify.post_office import LOOPBACK, PASSWORD, USERNAME, Authority
from tests.ports import free_port
from tests.system.program import Program
from tests.system.terminal import Terminal

UP, DOWN = "127.0.0.1", "printer.invalid"  # a name that never has an address is down without a packet

FORMS = tuple(
    form
    for clear in (PASSWORD, f"\0{USERNAME}\0{PASSWORD}")
    for form in (clear, base64.b64encode(clear.encode()).decode(), repr(clear)[1:-1], clear.encode().hex())
)
"""Every way in which the password could show."""


def shown(data: bytes | str) -> list[str]:
    """Return the forms of the password that stand in some data."""
    found = data if isinstance(data, bytes) else data.encode()
    # A terminal may have broken it into two lines.
    joined = found.replace(b"\n", b"")
    return [form for form in FORMS if form.encode() in found or form.encode() in joined]


def write_guarded_site(tmp_path: Path, authority: Authority) -> Path:
    """Write a configuration with a login, whose mail server nobody has started yet; swept every second."""
    directory = tmp_path / "my site"  # with a space, as some have it
    directory.mkdir()
    (directory / "hosts.csv").write_text(f"{UP},,\n{DOWN},,\n")
    (directory / "server_info.csv").write_text(f"{LOOPBACK},{free_port()}\n")
    (directory / "creds.csv").write_text(f"{USERNAME},{PASSWORD}\n")
    (directory / "creds.csv").chmod(0o600)
    (directory / "email_recipients.csv").write_text("noc@company.example\n")
    chosen = f'interval = 1\nattempts = 1\ntimeout = 0.3\n[email]\nca_file = "{authority.file}"\n'
    (directory / "settings.toml").write_text(chosen)
    return directory


def use(site: Path, port: int) -> None:
    """Let a site mail through the server on this port."""
    (site / "server_info.csv").write_text(f"{LOOPBACK},{port}\n")


def conntest(site: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "conntest_tui", "-c", str(site), "--state", str(site.parent / "state"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | variables,
    )


def run(site: Path, **variables: str) -> Program:
    return Program(site, site.parent / "state", site.parent / "output", environment=variables)


def files_below(directory: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()}


def console(site: Path, tmp_path: Path, *python: str, columns: int = 120) -> Terminal:
    state = tmp_path / "state"
    return Terminal([sys.executable, *python, "-c", str(site), "--state", str(state)], tmp_path, columns=columns)
