"""A small network of our own: the monitor in one namespace, 65,536 hosts in another, a cable between them."""

import json
import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from tests.system.terminal import wait_until

needs_lab = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("nft") or not shutil.which("ping"),
    reason="needs root, iproute2, nftables and ping for a network namespace of its own",
)

NETWORK = "10.77.0.0/16"
NETWORK6 = "fd77::/64"


def run(*command: str, stdin: str | None = None) -> str:
    """Run a command to its end; it must succeed."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


class Lab:
    """Two namespaces: `near`, where programs run, and `far`, where every address of the networks answers.

    `near` reaches `far` by the networks' routes alone; its loopback is its own.

    Attributes:
        private: what else to put before a command in `near`, such as what gives it mounts of its own.
    """

    def __init__(self) -> None:
        self.near = f"conntest-near-{os.getpid()}"
        self.far = f"conntest-far-{os.getpid()}"
        self.private: tuple[str, ...] = ()
        self._noting = False

    @property
    def enter(self) -> tuple[str, ...]:
        """What to put before a command that is to run in `near`."""
        return ("ip", "netns", "exec", self.near, *self.private)

    def build(self) -> None:
        for name in (self.near, self.far):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", self.near, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", self.far)
        for name, number in ((self.near, 1), (self.far, 2)):
            run("ip", "-n", name, "addr", "add", f"192.0.2.{number}/24", "dev", "cable")
            run("ip", "-n", name, "addr", "add", f"fd78::{number}/64", "dev", "cable", "nodad")
            run("ip", "-n", name, "link", "set", "cable", "up")
        run("ip", "-n", self.near, "route", "add", NETWORK, "via", "192.0.2.2")
        run("ip", "-n", self.near, "-6", "route", "add", NETWORK6, "via", "fd78::2")
        run("ip", "-n", self.far, "route", "add", "local", NETWORK, "dev", "lo")
        run("ip", "-n", self.far, "-6", "route", "add", "local", NETWORK6, "dev", "lo")
        # Only a router tells that something is unreachable.
        run("ip", "netns", "exec", self.far, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        self._nft("add table inet wall")
        self._nft("add set inet wall dead { type ipv4_addr; flags interval; auto-merge; }")
        self._nft("add set inet wall dead6 { type ipv6_addr; flags interval; auto-merge; }")
        self._nft("add chain inet wall way { type filter hook prerouting priority 0; }")
        self._nft("add rule inet wall way ip daddr @dead drop")
        self._nft("add rule inet wall way ip6 daddr @dead6 drop")

        # Neighbours are found when the link is ready, not at once.
        wait_until(lambda: self._reaches("10.77.255.254") and self._reaches("fd77::ffff"), 20, "the cable carries")

    def _reaches(self, address: str) -> bool:
        done = subprocess.run([*self.enter, "ping", "-c1", "-W1", address], check=False, capture_output=True)
        return done.returncode == 0

    def remove(self) -> None:
        for name in (self.near, self.far):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)

    def cut_off(self, *addresses: str) -> None:
        """Let these addresses fall silent."""
        self._change("add", addresses)

    def restore(self, *addresses: str) -> None:
        """Let these addresses answer again."""
        self._change("delete", addresses)

    def refuse(self, network: str) -> None:
        """Let the far end answer, as a router, that this network is unreachable."""
        family, way = ("-6", "fd78::2") if ":" in network else ("-4", "192.0.2.2")
        run("ip", "-n", self.far, family, "route", "add", "unreachable", network)
        run("ip", "-n", self.near, family, "route", "add", network, "via", way)

    def count(self, address: str) -> None:
        """Count the packets that reach an address from now on."""
        self._nft("add counter inet wall asked")
        self.firewall(f"ip daddr {address} counter name asked")

    def counted(self) -> int:
        """Return how many packets have reached the address that is counted."""
        words = run("ip", "netns", "exec", self.far, "nft", "list", "counter", "inet", "wall", "asked").split()
        return int(words[words.index("packets") + 1])

    def firewall(self, rule: str) -> None:
        """Let the far end apply a rule to whatever reaches it, such as `tcp dport 53 drop`."""
        self._nft(f"insert rule inet wall way {rule}")

    def note_asked(self) -> None:
        """Note from now on which addresses of the networks are sent echo requests, and forget those noted before."""
        if not self._noting:
            self._nft("add set inet wall met { type ipv4_addr; size 65536; flags dynamic; }")
            self._nft("add set inet wall met6 { type ipv6_addr; size 65536; flags dynamic; }")
            self.firewall("icmp type echo-request add @met { ip daddr }")
            self.firewall("icmpv6 type echo-request add @met6 { ip6 daddr }")
            self._noting = True
        self._nft("flush set inet wall met; flush set inet wall met6")

    def asked(self) -> set[str]:
        """Return those addresses."""
        tables = (("nft", "-j", "list", "set", "inet", "wall", name) for name in ("met", "met6"))
        listed = [json.loads(run("ip", "netns", "exec", self.far, *command))["nftables"] for command in tables]
        return {address for objects in listed for entry in objects for address in entry.get("set", {}).get("elem", [])}

    def _change(self, what: str, addresses: tuple[str, ...]) -> None:
        for suffix, colon in (("", False), ("6", True)):
            chosen = [address for address in addresses if (":" in address) is colon]
            if chosen:
                self._nft(f"{what} element inet wall dead{suffix} {{ {', '.join(chosen)} }}")

    def _nft(self, command: str) -> None:
        run("ip", "netns", "exec", self.far, "nft", "-f", "-", stdin=command)


@contextmanager
def laboratory() -> Generator[Lab, None, None]:
    """Build a lab, and take it down again whatever happens."""
    lab = Lab()
    try:
        lab.build()
        yield lab
    finally:
        lab.remove()
