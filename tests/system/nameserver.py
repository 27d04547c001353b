"""Name servers of a laboratory: real ones, dnsmasq and unbound, and a scripted one for what they do not do on demand.

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

DEAD, FIRST, SECOND, THIRD = "10.77.53.9", "10.77.53.1", "10.77.53.2", "10.77.53.3"
"""An address where nobody answers, that of the name server, and those of servers behind it."""

needs_dnsmasq = pytest.mark.skipif(not shutil.which("dnsmasq"), reason="needs dnsmasq (Debian: dnsmasq-base)")
needs_unbound = pytest.mark.skipif(not shutil.which("unbound"), reason="needs unbound")

_SERVFAIL, _REFUSED = 2, 5
_TRUNCATED = 0x0200


def resolver(lab: Lab, *servers: str, search: str = "", rows: Iterable[str] = (), order: str = "files dns") -> None:
    """Give `near` a resolv.conf and an /etc/hosts of its own, which `ip netns exec` puts in place.

    Args:
        lab: where.
        servers: the name servers, the first one first.
        search: a domain to look names up in.
        rows: what /etc/hosts has beside localhost.
        order: who is asked for a name, as in nsswitch.conf(5).
    """
    place = Path("/etc/netns", lab.near)
    place.mkdir(parents=True, exist_ok=True)
    lines = [*([f"search {search}"] if search else []), *(f"nameserver {server}" for server in servers)]
    (place / "resolv.conf").write_text("".join(f"{line}\n" for line in lines))
    (place / "nsswitch.conf").write_text(f"hosts: {order}\n")
    (place / "hosts").write_text("".join(f"{row}\n" for row in ("127.0.0.1 localhost", *rows)))


def without_resolver(lab: Lab) -> None:
    """Take it away again."""
    shutil.rmtree(Path("/etc/netns", lab.near), ignore_errors=True)


class Dnsmasq:
    """A dnsmasq in `far`; gone with the context."""

    def __init__(
        self, lab: Lab, directory: Path, rows: Iterable[str], *options: str, address: str = FIRST, ttl: int = 0
    ) -> None:
        """Begin to serve these rows, each as in /etc/hosts: `10.77.4.1 name`; with further options of dnsmasq."""
        self._hosts, self._log = directory / f"zone-{address}", directory / f"queries-{address}"
        self._address, self._ttl = address, ttl
        self._hosts.write_text("".join(f"{row}\n" for row in rows))
        self._lab, self._options = lab, options
        run("ip", "-n", lab.far, "addr", "replace", f"{address}/32", "dev", "lo")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                *("ip", "netns", "exec", self._lab.far, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null"),
                *("--no-resolv", "--no-hosts", "--user=root", "--pid-file=", f"--listen-address={self._address}"),
                *("--bind-interfaces", f"--addn-hosts={self._hosts}", "--local=/example/", f"--local-ttl={self._ttl}"),
                *("--log-queries", f"--log-facility={self._log}"),
                *self._options,
            ],
            stderr=subprocess.DEVNULL,
        )
        _listening(self._process.pid, self._address)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def say(self, *rows: str) -> None:
        """Serve these rows from now on, or from the next start on."""
        self._hosts.write_text("".join(f"{row}\n" for row in rows))
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGHUP)

    def answers(self, name: str, what: str) -> int:
        """Return how often it has answered a question for a name so: `NXDOMAIN`, `NODATA-IPv4`, an address."""
        return sum(line.endswith(f" {name} is {what}") for line in self._log.read_text().splitlines())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _listening(pid: int, address: str) -> None:
    sockets, local = Path(f"/proc/{pid}/net/udp"), socket.inet_aton(address)[::-1].hex().upper()
    wait_until(lambda: f" {local}:0035 " in sockets.read_text(), 10, f"a name server listens at {address}")


EXPIRED = 35
"""Seconds for which unbound serves what is too old when nobody tells it anything newer."""


class Unbound:
    """An unbound in `far`, at FIRST; gone with the context."""

    def __init__(self, lab: Lab, directory: Path, *, zone: Iterable[str] = (), forward: Iterable[str] = ()) -> None:
        """Begin to serve the records of `zone`, for `example.`, or to ask others.

        Args:
            lab: where.
            directory: for its files.
            zone: lines of a zone file (RFC 1035, section 5).
            forward: addresses of name servers to ask; what they said serves for a while when they are silent.
        """
        records, self._log = directory / "example.zone", directory / "replies"
        head = ("$ORIGIN example.", "$TTL 60", "@ SOA ns root 1 60 60 60 1", "@ NS ns")
        records.write_text("\n".join([*head, *zone, ""]))
        lines = [
            *("server:", 'directory: ""', 'chroot: ""', 'username: ""', 'pidfile: ""', "num-threads: 1"),
            *("use-syslog: no", f'logfile: "{self._log}"', "log-replies: yes", 'module-config: "iterator"'),
            *(f"interface: {FIRST}", "access-control: 0.0.0.0/0 allow"),
            *("outbound-msg-retry: 1", "infra-cache-max-rtt: 1000", "infra-host-ttl: 1"),  # fails within seconds
            *("serve-expired: yes", f"serve-expired-ttl: {EXPIRED}"),
            *("remote-control:", "control-enable: no"),
        ]
        if forward:
            lines += ["forward-zone:", 'name: "."', *(f"forward-addr: {address}" for address in forward)]
        else:
            lines += ["auth-zone:", 'name: "example."', f'zonefile: "{records}"', "fallback-enabled: no"]
        settings = directory / "unbound.conf"
        settings.write_text("\n".join([*lines, ""]))
        run("ip", "-n", lab.far, "addr", "replace", f"{FIRST}/32", "dev", "lo")
        command = ["ip", "netns", "exec", lab.far, "unbound", "-d", "-c", str(settings)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        _listening(self._process.pid, FIRST)

    def answers(self, name: str, code: str) -> int:
        """Return how often it has answered a question for a name with this code: `SERVFAIL`, `NOERROR`."""
        return sum(f" {name}. A IN {code} " in line for line in self._log.read_text().splitlines())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


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
