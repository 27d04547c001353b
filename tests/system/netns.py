"""Network namespaces for tests: networks of our own, with hosts that answer, fall silent or lie.

Everything is made in namespaces whose names carry this process's id, and removed with them. Needs root, `ip`
(iproute2), and, where a test says so, `nft` and /dev/net/tun.
"""

import contextlib
import ctypes
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from itertools import count
from pathlib import Path
from typing import Literal, TypeVar

import pytest

T = TypeVar("T")

Kind = Literal["raw", "datagram"]
"""The two kinds of ICMP sockets, as `Network` takes them."""

_CLONE_NEWNET = 0x40000000
_CAPABILITY_VERSION_3 = 0x20080522
_libc = ctypes.CDLL(None, use_errno=True)
_numbers = count(1)


def lacking(*, nft: bool = False, tun: bool = False) -> str:
    """Why this machine cannot run such a test; empty when it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "network namespaces need ip (iproute2)"
    if nft and shutil.which("nft") is None:
        return "this network needs nft (nftables)"
    if tun and not Path("/dev/net/tun").exists():
        return "this network needs /dev/net/tun"
    if subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode:
        return "this machine refuses network namespaces"
    return ""


def need(*, nft: bool = False, tun: bool = False) -> None:
    """Skip the test that calls this if it cannot run here."""
    reason = lacking(nft=nft, tun=tun)
    if reason:
        pytest.skip(reason)


class Namespace:
    """A network namespace with nothing in it but a loopback interface."""

    def __init__(self, name: str) -> None:
        self.name = name

    def ip(self, *commands: str) -> None:
        """Run `ip` commands inside, all in one go: `link set lo up`."""
        self._run(["ip", "-n", self.name, "-batch", "-"], "\n".join(commands))

    def wait_for_link(self, name: str) -> None:
        """Wait until an interface carries packets: the kernel takes up to a second, and drops them meanwhile."""
        limit = time.monotonic() + 5
        while " state UP " not in self._run(["ip", "-n", self.name, "link", "show", name]):
            assert time.monotonic() < limit, f"{name} in {self.name} does not come up"
            time.sleep(0.01)

    def nft(self, rules: str) -> None:
        """Load rules of nftables inside."""
        self._run(["ip", "netns", "exec", self.name, "nft", "-f", "-"], rules)

    def sysctl(self, name: str, value: str) -> None:
        """Set a kernel parameter of the network inside: `net/ipv4/ip_forward`."""
        self.run(lambda: Path("/proc/sys", name).write_text(value))

    def run(self, call: Callable[[], T], *, capabilities: bool = True) -> T:
        """Call something in a thread inside, and return what it returns."""
        return self.start(call, capabilities=capabilities).result(timeout=100)

    def start(self, call: Callable[[], T], *, capabilities: bool = True) -> "Future[T]":
        """Call something in a thread inside; without `capabilities` that thread has no privileges at all."""
        future: Future[T] = Future()

        def work() -> None:
            try:
                self._enter()
                if not capabilities:
                    _drop_capabilities()
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001 - handed on to whoever asks for the result
                future.set_exception(error)

        threading.Thread(target=work, name=f"in {self.name}", daemon=True).start()
        return future

    def _enter(self) -> None:
        with Path("/run/netns", self.name).open("rb") as handle:
            _check(_libc.setns(handle.fileno(), _CLONE_NEWNET))

    @staticmethod
    def _run(command: list[str], text: str = "") -> str:
        done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _drop_capabilities() -> None:
    """Take every capability from the calling thread, for good (capset(2))."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _check(_libc.capset(header, nothing))


@contextlib.contextmanager
def namespaces(*roles: str) -> Iterator[tuple[Namespace, ...]]:
    """Make a namespace for each role, with its loopback interface up; remove them all in the end."""
    made: list[Namespace] = []
    try:
        for role in roles:
            space = Namespace(f"conntest-{os.getpid()}-{next(_numbers)}-{role}")
            subprocess.run(["ip", "netns", "add", space.name], check=True)
            made.append(space)
            space.ip("link set lo up")
        yield tuple(made)
    finally:
        for space in made:
            subprocess.run(["ip", "netns", "del", space.name], check=True)


def connect(near: Namespace, far: Namespace) -> None:
    """Lay a cable from `near` to `far`: interface `cable` on both, 10.78.0.1 and 10.78.0.2, fd78::1 and fd78::2."""
    near.ip(f"link add cable type veth peer name cable netns {far.name}")
    for space, last in ((near, 1), (far, 2)):
        space.ip(
            f"addr add 10.78.0.{last}/30 dev cable",
            f"addr add fd78::{last}/64 dev cable nodad",
            f"addr add fe80::{last}/64 dev cable nodad",
            "link set cable up",
        )
    for space in (near, far):
        space.wait_for_link("cable")


def populate(near: Namespace, far: Namespace) -> None:
    """Put 65,536 hosts behind `far`: 10.77.0.0/16 and fd77::/64 answer there, and `near` knows the way."""
    near.ip("route add 10.77.0.0/16 via 10.78.0.2", "route add fd77::/64 via fd78::2")
    far.ip("route add local 10.77.0.0/16 dev lo", "route add local fd77::/64 dev lo")


def grant_datagram_sockets(space: Namespace) -> None:
    """Allow ICMP datagram sockets to everybody inside (icmp(7))."""
    space.sysctl("net/ipv4/ping_group_range", "0 2147483647")
