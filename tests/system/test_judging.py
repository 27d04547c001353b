"""What proves what, for real: routes, carriers and firewalls go away under the running program, and nobody is down.

Each case of the field is the real program in a network of its own; what it mails lies in its embedded mailbox.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from email import message_from_bytes, policy
from pathlib import Path
from typing import Self

import pytest

from tests.system.lab import Lab, needs_lab, run
from tests.system.program import STARTED, Program
from tests.system.terminal import wait_until

pytestmark = [pytest.mark.system, needs_lab]

BUILDING = "# Building 4\n10.77.4.1,Switch\n10.77.4.2,Printer\n10.77.4.3,Camera\n"
OWN = "127.0.0.1,Loopback\n::1,Loopback over IPv6\n192.0.2.1,This machine\nfd78::1,This machine over IPv6\n"
OTHERS = "# Others\n10.77.9.1\nfd77::91\n"
SIX = "# Building 6\nfd77::61\nfd77::62\n"


class Watch:
    """The program over a few hosts in the lab, a sweep a second."""

    def __init__(self, lab: Lab, directory: Path, hosts: str, *, uplinks: Sequence[str] = (), **chosen: float) -> None:
        site = directory / "site"
        site.mkdir()
        (site / "hosts.csv").write_text(hosts)
        (site / "email_recipients.csv").write_text("noc@example.com\n")
        told = {"interval": 1, "attempts": 1, "timeout": 0.5} | chosen
        lines = [*(f"{setting} = {value}" for setting, value in told.items()), f"uplink.hosts = {list(uplinks)}"]
        (site / "settings.toml").write_text("\n".join([*lines, "[email]", 'delivery = "maildir"']) + "\n")
        self.lab = lab
        self._directory, self._state = directory, directory / "state"
        self.program = self._begin()

    def _begin(self) -> Program:
        return Program(self._directory / "site", self._state, self._directory / "told.txt", enter=self.lab.enter)

    def again(self) -> Self:
        """Start the program once more, on the state that it left."""
        self.program = self._begin()
        return self

    def __enter__(self) -> Self:
        self.program.wait_for(STARTED)
        return self

    def __exit__(self, *_: object) -> None:
        self.program.kill()

    @property
    def subjects(self) -> list[str]:
        """The subjects of what it has mailed, oldest first."""
        files = sorted((self._state / "mailbox" / "new").glob("*"), key=lambda file: file.stat().st_mtime_ns)
        messages = (message_from_bytes(file.read_bytes(), policy=policy.default) for file in files)
        return [str(message["Subject"]) for message in messages]

    def wait_for_mail(self, number: int) -> list[str]:
        wait_until(lambda: len(self.subjects) >= number, 20, f"{number} mails in the mailbox")
        return self.subjects

    def calls_nobody_down(self) -> bool:
        """Return whether no host was called down so far."""
        return " failed: " not in self.program.told and not [s for s in self.subjects if "DOWN" in s]


def ip(lab: Lab, command: str, where: str = "near") -> None:
    run("ip", "-n", lab.near if where == "near" else lab.far, *command.split())


def test_b1_the_link_goes_although_own_addresses_are_on_the_list(lab: Lab, tmp_path: Path) -> None:
    with Watch(lab, tmp_path, OWN + BUILDING) as watch:
        watch.program.wait_for("started")
        ip(lab, "link set cable down", "far")  # the cable is pulled: no carrier here
        watch.program.wait_for("link lost: IPv4: no carrier")
        ip(lab, "link set cable up", "far")
        watch.program.wait_for("link back: IPv4")
        assert watch.calls_nobody_down()
        assert not watch.subjects, "it did not last"


def test_b1_the_only_route_goes(lab: Lab, tmp_path: Path) -> None:
    with Watch(lab, tmp_path, OWN + BUILDING) as watch:
        ip(lab, "route del 10.77.0.0/16")
        watch.program.wait_for("link lost: IPv4: no route")
        ip(lab, "route add 10.77.0.0/16 via 192.0.2.2")
        watch.program.wait_for("link back: IPv4")
        assert watch.calls_nobody_down()


def test_b2_one_family_goes(lab: Lab, tmp_path: Path) -> None:
    with Watch(lab, tmp_path, OWN + BUILDING + SIX) as watch:
        ip(lab, "-6 route del fd77::/64")
        watch.program.wait_for("link lost: IPv6: no route")
        lab.cut_off("10.77.4.2")  # the other family is judged meanwhile
        watch.program.wait_for("failed: 10.77.4.2 Printer")
        ip(lab, "-6 route add fd77::/64 via fd78::2")
        watch.program.wait_for("link back: IPv6")
        assert watch.wait_for_mail(1) == ["[DOWN] Printer (10.77.4.2)"]


WALL = (
    "add table inet out; add chain inet out way {{ type filter hook output priority 0; }}; "
    "add rule inet out way {} drop"
)


@pytest.mark.parametrize(
    ("change", "subject", "hosts"),
    [
        (
            ("route add unreachable 10.77.4.0/24", "route del unreachable 10.77.4.0/24"),
            "no route to 3 hosts of Building 4",
            BUILDING,
        ),
        (
            ("-6 route add unreachable fd77::60/124", "-6 route del unreachable fd77::60/124"),
            "no route to 2 hosts of Building 6",
            SIX,
        ),
        (
            (WALL.format("ip daddr 10.77.4.0/24"), "delete table inet out"),
            "own firewall refuses 3 hosts of Building 4",
            BUILDING,
        ),
        (
            (WALL.format("ip6 daddr fd77::60/124"), "delete table inet out"),
            "own firewall refuses 2 hosts of Building 6",
            SIX,
        ),
    ],
    ids=["route", "route-v6", "firewall", "firewall-v6"],
)
def test_b3_what_the_own_kernel_refuses_is_one_cause(
    lab: Lab, tmp_path: Path, change: tuple[str, str], subject: str, hosts: str
) -> None:
    def make(command: str) -> None:
        if "table" in command:
            run(*lab.enter, "nft", "-f", "-", stdin=command)
        else:
            ip(lab, command)

    with Watch(lab, tmp_path, OWN + hosts + OTHERS) as watch:
        make(change[0])
        assert watch.wait_for_mail(1) == [f"[NOT WATCHED] {subject}"]
        make(change[1])
        told = watch.wait_for_mail(2)[1]
        assert told.startswith("[WATCHED AGAIN after ")
        assert told.endswith(subject)
        assert watch.calls_nobody_down()


def test_b6_only_names_and_no_name_service(lab: Lab, tmp_path: Path) -> None:
    """Where the lab is there is no name server, and no way to any."""
    with Watch(lab, tmp_path, "one.example\ntwo.example\n", interval=2) as watch:
        assert watch.wait_for_mail(1) == ["[NOT WATCHED] no name service for 2 hosts"]
        assert watch.calls_nobody_down()


def test_b11_a_parent_dies_after_it_has_answered_and_before_its_children_are_asked(lab: Lab, tmp_path: Path) -> None:
    """At four requests a second the children come last, some ten seconds after their parent."""
    others = "".join(f"10.77.9.{number}\n" for number in range(1, 33))
    children = [f"10.77.4.{number}" for number in range(11, 19)]
    rows = "".join(f"{child},Child,,parent=10.77.4.1\n" for child in children)
    lab.count("10.77.4.1")
    with Watch(lab, tmp_path, f"10.77.4.1,Switch\n{others}{rows}", interval=60, rate=4, renotify=60) as watch:
        wait_until(lambda: lab.counted() > 0, 20, "the parent is asked")
        lab.cut_off("10.77.4.1", *children)
        watch.program.wait_for(f"unreachable: {children[-1]} Child behind 10.77.4.1", 60)
        assert watch.wait_for_mail(1) == ["[DOWN] Switch and 8 behind it"]
        assert watch.program.told.count(" failed: 10.77.") == 1


def test_check_exits_2_when_nobody_is_down_and_some_could_not_be_judged(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "hosts.csv").write_text(BUILDING + OTHERS)
    (tmp_path / "settings.toml").write_text('attempts = 1\ntimeout = 0.5\n[email]\ndelivery = "off"\n')

    def check() -> tuple[int, list[str]]:
        command = [*lab.enter, sys.executable, "-m", "conntest_tui", "-c", str(tmp_path), "check", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        return done.returncode, [host["state"] for host in json.loads(done.stdout)["hosts"]]

    ip(lab, "route add unreachable 10.77.4.0/24")
    assert check() == (2, ["unwatched"] * 3 + ["up"] * 2)
    lab.cut_off("10.77.9.1")
    assert check() == (1, ["unwatched"] * 3 + ["down", "up"])
