"""Multicast DNS (RFC 6762) in the laboratory: an avahi in each namespace, which libnss-mdns asks in `near`.

Both ends have a /run of their own, where avahi's socket lies; D-Bus is not needed.
"""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import pytest

from tests.system.lab import Lab
from tests.system.terminal import wait_until

needs_mdns = pytest.mark.skipif(
    not shutil.which("avahi-daemon") or not list(Path("/usr/lib").glob("*/libnss_mdns_minimal.so.2")),
    reason="needs avahi-daemon and libnss-mdns",
)

_SETTINGS = """\
[server]
host-name={name}
use-ipv4=yes
use-ipv6=no
allow-interfaces=cable
enable-dbus=no
[publish]
publish-hinfo=no
publish-workstation=no
"""


class Mdns:
    """A device in `far` that has names of its own, and what asks for such names in `near`; gone with the context."""

    def __init__(self, lab: Lab, directory: Path, rows: Iterable[str]) -> None:
        """Begin to answer for these rows, each as in /etc/hosts: `10.77.4.1 name.local`."""
        self._names = Path("/etc/netns", lab.far, "avahi")
        self._names.mkdir(parents=True)
        (self._names / "hosts").write_text("".join(f"{row}\n" for row in rows))
        self._lab = lab
        lab.private = _own_run(directory / "run-near")
        self._near = _begin([*lab.enter], directory / "run-near", "asking")
        far = ["ip", "netns", "exec", lab.far, *_own_run(directory / "run-far")]
        self._far = _begin(far, directory / "run-far", "device")

    def stop(self) -> None:
        """Let the device say goodbye, and be silent."""
        self._far.terminate()
        self._far.wait(timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self._near, self._far):
            process.kill()
            process.wait()
        self._lab.private = ()
        shutil.rmtree(self._names.parent)


def _own_run(directory: Path) -> tuple[str, ...]:
    """Return what to put before a command that is to have a directory as its /run, with the mounts that it needs."""
    (directory / "avahi-daemon").mkdir(parents=True, exist_ok=True)
    return ("unshare", "--mount", "sh", "-c", f'mount --bind "{directory}" /run && exec "$@"', "sh")


def _begin(enter: list[str], directory: Path, name: str) -> subprocess.Popen[bytes]:
    settings = directory / "avahi.conf"
    settings.write_text(_SETTINGS.format(name=name))
    options = ("--no-drop-root", "--no-chroot", "--no-rlimits", "--no-proc-title")
    log = directory / "log"
    with log.open("wb") as lines:
        process = subprocess.Popen([*enter, "avahi-daemon", "-f", str(settings), *options], stderr=lines)
    wait_until(lambda: "Server startup complete" in log.read_text(), 20, "avahi is up")
    return process
