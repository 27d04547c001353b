"""Name servers of a laboratory: a real dnsmasq, and a scripted one for what dnsmasq does not do on demand.

`python -m tests.system.nameserver ADDRESS` is the scripted one. What it does to a query is the first label of the name:
`servfail`, `refused`, `silent`, `truncated` (UDP only, and nothing over TCP), `slow` (an answer after 2 seconds) or
`empty` (no error and no data); every other name has the address 10.77.4.1.
"""

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import pytest

from tests.system.lab import Lab, run
from tests.system.terminal import wait_until

DEAD, FIRST = "10.77.53.9", "10.77.53.1"
"""An address where nobody answers, and that of the name server."""

needs_dnsmasq = pytest.mark.skipif(not shutil.which("dnsmasq"), reason="needs dnsmasq (Debian: dnsmasq-base)")

_SERVFAIL, _REFUSED = 2, 5
_TRUNCATED = 0x0200


def resolver(lab: Lab, *servers: str, search: str = "", rows: Iterable[str] = ()) -> None:
    """Give `near` a resolv.conf and an /etc/hosts of its own, which `ip netns exec` puts in place.

    Args:
        lab: where.
        servers: the name servers, the first one first.
        search: a domain to look names up in.
        rows: what /etc/hosts has beside localhost.
    """
    place = Path("/etc/netns", lab.near)
    place.mkdir(parents=True, exist_ok=True)
    lines = [*([f"search {search}"] if search else []), *(f"nameserver {server}" for server in servers)]
    (place / "resolv.conf").write_text("".join(f"{line}\n" for line in lines))
    (place / "nsswitch.conf").write_text("hosts: files dns\n")
    (place / "hosts").write_text("".join(f"{row}\n" for row in ("127.0.0.1 localhost", *rows)))


def without_resolver(lab: Lab) -> None:
    """Take it away again."""
    shutil.rmtree(Path("/etc/netns", lab.near), ignore_errors=True)


class Dnsmasq:
    """A dnsmasq in `far`; gone with the context."""

    def __init__(self, lab: Lab, directory: Path, rows: Iterable[str], *options: str) -> None:
        """Begin to serve these rows, each as in /etc/hosts: `10.77.4.1 name`; with further options of dnsmasq."""
        self._hosts, self._log = directory / "zone", directory / "queries"
        self._hosts.write_text("".join(f"{row}\n" for row in rows))
        self._lab, self._options = lab, options
        run("ip", "-n", lab.far, "addr", "replace", f"{FIRST}/32", "dev", "lo")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                *("ip", "netns", "exec", self._lab.far, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null"),
                *("--no-resolv", "--no-hosts", "--user=root", "--pid-file=", f"--listen-address={FIRST}"),
                *("--bind-interfaces", f"--addn-hosts={self._hosts}", "--local=/example/", "--local-ttl=0"),
                *("--log-queries", f"--log-facility={self._log}"),
                *self._options,
            ],
            stderr=subprocess.DEVNULL,
        )
        sockets = Path(f"/proc/{self._process.pid}/net/udp")
        wait_until(lambda: ":0035 " in sockets.read_text(), 10, "dnsmasq listens at port 53")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def say(self, *rows: str) -> None:
        """Serve these rows from now on."""
        self._hosts.write_text("".join(f"{row}\n" for row in rows))
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGHUP)

    def answers(self, name: str, what: str) -> int:
        """Return how often it has answered a question for a name so: `NXDOMAIN`, `NODATA-IPv4`, an address."""
        return sum(line.endswith(f" {name} is {what}") for line in self._log.read_text().splitlines())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Scripted:
    """The scripted name server in `far`; gone with the context."""

    def __init__(self, lab: Lab) -> None:
        run("ip", "-n", lab.far, "addr", "replace", f"{FIRST}/32", "dev", "lo")
        command = ["ip", "netns", "exec", lab.far, sys.executable, "-m", __name__, FIRST]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"serving\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def _question(query: bytes) -> tuple[list[str], int, int]:
    """Return the labels of the name, the type, and where the question ends (RFC 1035, section 4.1)."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]
    return labels, struct.unpack_from("!H", query, at + 1)[0], at + 5


def _reply(query: bytes) -> bytes:
    labels, kind, end = _question(query)
    how = labels[0]
    if how == "silent":
        return b""
    if how == "slow":
        time.sleep(2)
    flags = 0x8180 | {"servfail": _SERVFAIL, "refused": _REFUSED, "truncated": _TRUNCATED}.get(how, 0)
    answer = b""
    if kind == 1 and how not in {"servfail", "refused", "truncated", "empty"}:
        answer = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 4) + socket.inet_aton("10.77.4.1")
    return query[:2] + struct.pack("!HHHHH", flags, 1, int(bool(answer)), 0, 0) + query[12:end] + answer


def _serve(address: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as served:
        served.bind((address, 53))
        print("serving", flush=True)  # noqa: T201 - whoever began it waits for this

        def answer(query: bytes, who: tuple[str, int]) -> None:
            reply = _reply(query)
            if reply:
                served.sendto(reply, who)

        while True:
            query, who = served.recvfrom(4096)
            threading.Thread(target=answer, args=(query, who), daemon=True).start()


if __name__ == "__main__":
    _serve(sys.argv[1])
