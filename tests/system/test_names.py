"""Names over a real resolver and real name servers: nobody is called down because name service has a bad day.

The program runs in a network of its own, whose resolv.conf names the servers; dnsmasq, or a scripted server for what
that does not do on demand, answers in the other one. B4 to B9 are the cases of the field: on version 1.0.0 each of
them called live hosts down, or up what was never asked.
"""

import json
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.system.lab import Lab, laboratory, needs_lab, run
from tests.system.mdns import Mdns, needs_mdns
from tests.system.nameserver import (
    DEAD,
    FIRST,
    SECOND,
    THIRD,
    Dnsmasq,
    Scripted,
    Unbound,
    needs_dnsmasq,
    needs_unbound,
    resolver,
    without_resolver,
)
from tests.system.terminal import wait_until
from tests.system.test_judging import Watch, ip

pytestmark = [pytest.mark.system, needs_lab, needs_dnsmasq]

ROUTER = "10.77.4.1 router.example"


@pytest.fixture
def lab() -> Generator[Lab, None, None]:
    with laboratory() as built:
        resolver(built, FIRST)
        try:
            yield built
        finally:
            without_resolver(built)


def check(lab: Lab, directory: Path, hosts: str, seconds: float = 90) -> tuple[int, dict[str, dict[str, object]]]:
    (directory / "hosts.csv").write_text(hosts, encoding="utf-8")
    (directory / "settings.toml").write_text('attempts = 1\ntimeout = 0.5\n[email]\ndelivery = "off"\n')
    command = [*lab.enter, sys.executable, "-m", "conntest_tui", "-c", str(directory), "check", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
    return done.returncode, {host["host"]: host for host in json.loads(done.stdout)["hosts"]}


def asks(lab: Lab, *addresses: str, seconds: float = 20) -> None:
    """Wait until each of these addresses is asked once more."""
    lab.note_asked()
    wait_until(lambda: lab.asked().issuperset(addresses), seconds, f"{len(addresses)} addresses are asked")


@pytest.mark.timeout(180)
def test_b4_a_thousand_names_are_up_within_a_minute_although_the_first_name_server_is_dead(
    lab: Lab, tmp_path: Path
) -> None:
    addresses = {f"h{number}.example": f"10.77.{8 + (number >> 8)}.{number & 255}" for number in range(1000)}
    lab.cut_off(DEAD)
    resolver(lab, DEAD, FIRST)
    rows = [f"{address} {name}" for name, address in addresses.items()]
    lab.note_asked()
    with Dnsmasq(lab, tmp_path, rows), Watch(lab, tmp_path, "\n".join(addresses) + "\n", interval=30) as watch:
        wait_until(lambda: lab.asked() == set(addresses.values()), 60, "all are asked")
        asks(lab, *addresses.values(), seconds=40)
        assert watch.calls_nobody_down()
        assert watch.subjects == []


def test_b5_a_restart_without_name_service_goes_on_with_the_last_good_addresses(lab: Lab, tmp_path: Path) -> None:
    hosts = "router.example\nswitch.example\n"
    with Dnsmasq(lab, tmp_path, [ROUTER, "10.77.4.2 switch.example"]) as server:
        with Watch(lab, tmp_path, hosts) as watch:
            for _ in range(3):
                asks(lab, "10.77.4.1", "10.77.4.2")
            assert watch.program.terminate() == 0
        server.stop()
        (tmp_path / "site" / "hosts.csv").write_text(hosts + "new.example\n")
        with watch.again() as second:
            second.wait_for_mail(1)
            assert second.calls_nobody_down()
            assert second.subjects == ["[NOT WATCHED] no name service for new.example"]
            lab.cut_off("10.77.4.2")
            second.program.wait_for("failed: switch.example: no reply to 1 attempt")


def test_b6_only_names_and_a_network_that_is_not_up_at_boot(lab: Lab, tmp_path: Path) -> None:
    """With a name server across that network, so nothing is known until it is up."""
    run("ip", "-n", lab.far, "link", "set", "cable", "down")
    served, hosts = [ROUTER, "10.77.4.2 switch.example"], "router.example\nswitch.example\n"
    with Dnsmasq(lab, tmp_path, served), Watch(lab, tmp_path, hosts, interval=2) as watch:
        watch.wait_for_mail(1)
        assert watch.calls_nobody_down()
        assert watch.subjects == ["[NOT WATCHED] no name service for 2 hosts"]
        run("ip", "-n", lab.far, "link", "set", "cable", "up")
        asks(lab, "10.77.4.1", "10.77.4.2", seconds=90)
        assert watch.wait_for_mail(2)[1].startswith("[WATCHED AGAIN after ")
        assert watch.calls_nobody_down()


@pytest.mark.parametrize(("how", "options"), [("NXDOMAIN", ()), ("NODATA-IPv4", ("--txt-record=router.example,text",))])
def test_b7_a_name_that_is_gone_is_down_only_when_its_last_address_is_silent(
    lab: Lab, tmp_path: Path, how: str, options: tuple[str, ...]
) -> None:
    rows = [ROUTER, "10.77.4.8 other.example"]
    with Dnsmasq(lab, tmp_path, rows, *options) as server, Watch(lab, tmp_path, "router.example\n10.77.9.1\n") as watch:
        asks(lab, "10.77.4.1")
        server.say(*rows[1:])
        wait_until(lambda: server.answers("router.example", how) > 0, 60, "name service says that it is gone")
        for _ in range(3):
            asks(lab, "10.77.9.1")
        assert watch.calls_nobody_down()
        asks(lab, "10.77.4.1")
        lab.cut_off("10.77.4.1")
        watch.program.wait_for("failed: router.example: no reply to 1 attempt; the name is gone")


@pytest.mark.parametrize("lost", ["silent", "unreachable"])
def test_b8_a_name_that_loses_a_family_is_reached_over_the_other(lab: Lab, tmp_path: Path, lost: str) -> None:
    rows = ["fd77::41 router.example", ROUTER]
    with Dnsmasq(lab, tmp_path, rows), Watch(lab, tmp_path, "router.example\nfd77::99\n10.77.9.1\n") as watch:
        asks(lab, "fd77::41", "fd77::99", "10.77.9.1")
        if lost == "silent":
            lab.cut_off("fd77::41")
        else:
            ip(lab, "-6 route add unreachable fd77::41")
        asks(lab, "10.77.4.1")
        for _ in range(3):
            asks(lab, "10.77.9.1")
        assert watch.calls_nobody_down()
        lab.cut_off("10.77.4.1")
        if lost == "silent":
            watch.program.wait_for("failed: router.example: no reply to 1 attempt, nor at 1 more address", 40)


def test_b9_what_no_host_can_have_is_neither_asked_nor_up(lab: Lab, tmp_path: Path) -> None:
    nonsense = {"none": "0.0.0.0", "multi": "224.0.0.1", "last": "255.255.255.255", "reserved": "240.0.0.1"}
    own = {"loop": "127.0.0.1", "six": "::1", "me": "192.0.2.1"}
    rows = [f"{address} {name}.example" for name, address in (nonsense | own).items()]
    hosts = "".join(f"{name}.example\n" for name in nonsense | own)
    with Dnsmasq(lab, tmp_path, [*rows, ROUTER]):
        status, found = check(lab, tmp_path, hosts + "router.example\n127.0.0.1\n")
    states = {name: host["state"] for name, host in found.items()}
    assert states == {
        **{f"{name}.example": "unwatched" for name in nonsense | own},
        "router.example": "up",
        "127.0.0.1": "up",
    }
    assert status == 2
    assert found["none.example"]["reason"] == "name service says that 0.0.0.0 means no address"
    assert found["me.example"]["reason"] == "name service says 192.0.2.1, which is this machine itself"


def test_b9_a_move_is_told(lab: Lab, tmp_path: Path) -> None:
    with Dnsmasq(lab, tmp_path, [ROUTER]) as server, Watch(lab, tmp_path, "router.example\n") as watch:
        asks(lab, "10.77.4.1")
        server.say("10.77.4.2 router.example")
        watch.program.wait_for("router.example: has moved from 10.77.4.1 to 10.77.4.2", 60)
        assert watch.calls_nobody_down()


def test_the_system_s_resolver_decides(lab: Lab, tmp_path: Path) -> None:
    """Aliases, search domains, /etc/hosts and international names: whatever getaddrinfo(3) knows."""
    resolver(lab, FIRST, search="branch.example", rows=["10.77.4.3 door.example"])
    served = [ROUTER, "10.77.4.2 printer.branch.example", "10.77.4.4 xn--mnchen-3ya.example"]
    with Dnsmasq(lab, tmp_path, served, "--cname=www.example,router.example"):
        status, found = check(lab, tmp_path, "www.example\nprinter\ndoor.example\nm\u00fcnchen.example\n")
    assert {name: (host["state"], host["address"]) for name, host in found.items()} == {
        "www.example": ("up", "10.77.4.1"),
        "printer": ("up", "10.77.4.2"),
        "door.example": ("up", "10.77.4.3"),
        "xn--mnchen-3ya.example": ("up", "10.77.4.4"),
    }
    assert status == 0


def test_the_order_of_nsswitch_conf_is_kept(lab: Lab, tmp_path: Path) -> None:
    found = []
    with Dnsmasq(lab, tmp_path, [ROUTER]):
        for order in ("files dns", "dns files", "files"):
            resolver(lab, FIRST, rows=["10.77.4.3 router.example"], order=order)
            found.append(check(lab, tmp_path, "router.example\n")[1]["router.example"]["address"])
    assert found == ["10.77.4.3", "10.77.4.1", "10.77.4.3"]


@needs_mdns
def test_a_name_of_multicast_dns_is_found_and_serves_when_its_device_tells_it_no_more(lab: Lab, tmp_path: Path) -> None:
    resolver(lab, FIRST, order="files mdns_minimal [NOTFOUND=return] dns")
    with (
        Mdns(lab, tmp_path, ["10.77.4.3 camera.local"]) as device,
        Watch(lab, tmp_path, "camera.local\n10.77.9.1\n") as watch,
    ):
        asks(lab, "10.77.4.3")
        device.stop()
        for _ in range(35):  # it is looked up again after half a minute at most
            asks(lab, "10.77.4.3", "10.77.9.1")
        assert watch.calls_nobody_down()
        lab.cut_off("10.77.4.3")
        watch.program.wait_for("failed: camera.local: no reply to 1 attempt; the name is gone", 30)


def test_one_of_many_addresses_answers(lab: Lab, tmp_path: Path) -> None:
    """All addresses are tried before a name is down, be they forty of which one answers."""
    rows = [f"10.77.4.{number} pool.example" for number in range(1, 41)]
    lab.cut_off(*(f"10.77.4.{number}" for number in range(1, 41) if number != 30))
    with Dnsmasq(lab, tmp_path, rows):
        status, found = check(lab, tmp_path, "pool.example\ngone.example\n")
    assert status == 1
    assert found["gone.example"]["state"] == "unresolved"
    assert (found["pool.example"]["state"], found["pool.example"]["address"]) == ("up", "10.77.4.30")
    assert len(found["pool.example"]["addresses"]) == 40  # type: ignore[arg-type] # a list


@pytest.mark.parametrize(
    ("how", "state"),
    [
        ("servfail", "unwatched"),
        ("refused", "unwatched"),
        ("silent", "unwatched"),
        ("truncated", "unwatched"),
        ("empty", "unresolved"),
        ("slow", "up"),
        ("well", "up"),
    ],
)
def test_whatever_a_name_server_does(lab: Lab, tmp_path: Path, how: str, state: str) -> None:
    with Scripted(lab):
        status, found = check(lab, tmp_path, f"{how}.example\n10.77.9.1\n")
    assert {name: host["state"] for name, host in found.items()} == {f"{how}.example": state, "10.77.9.1": "up"}
    assert status == {"unwatched": 2, "unresolved": 1, "up": 0}[state]


ZONE = [
    "www CNAME one",
    "one CNAME two",
    "two CNAME three",
    "three CNAME router",
    "router A 10.77.4.1",
    "six AAAA fd77::41",
    *(f"pool A 10.77.5.{number}" for number in range(1, 61)),  # 1,000 bytes: does not fit UDP without EDNS
    *(f"crowd A 10.77.6.{number}" for number in range(1, 81)),
    "lost CNAME nowhere",
    "ring CNAME ring2",
    "ring2 CNAME ring",
]


@needs_unbound
def test_unbound_serves_chains_one_family_and_an_answer_that_needs_tcp(lab: Lab, tmp_path: Path) -> None:
    names = ["www", "six", "pool", "lost", "ring", "nowhere"]
    with Unbound(lab, tmp_path, zone=ZONE):
        _, found = check(lab, tmp_path, "".join(f"{name}.example\n" for name in names) + "10.77.9.1\n")
        lab.firewall("tcp dport 53 drop")
        _, without = check(lab, tmp_path, "pool.example\n10.77.9.1\n")
    states = {name: found[f"{name}.example"]["state"] for name in names}
    assert states == dict.fromkeys(names[:3], "up") | dict.fromkeys(names[3:], "unresolved")
    assert (found["www.example"]["address"], found["six.example"]["address"]) == ("10.77.4.1", "fd77::41")
    assert len(found["pool.example"]["addresses"]) == 60  # type: ignore[arg-type] # a list
    assert without["pool.example"]["state"] == "unwatched"


@needs_unbound
def test_no_more_than_64_of_eighty_addresses_are_asked(lab: Lab, tmp_path: Path) -> None:
    lab.cut_off("10.77.6.0/24")
    lab.note_asked()
    with Unbound(lab, tmp_path, zone=ZONE):
        status, found = check(lab, tmp_path, "crowd.example\n10.77.9.1\n")
    assert status == 1
    assert found["crowd.example"]["reason"] == "no reply to 1 attempt, nor at 63 more addresses"
    assert len(lab.asked() - {"10.77.9.1"}) == 64


@needs_unbound
@pytest.mark.timeout(300)
def test_a_forwarder_serves_what_is_expired_and_finds_back(lab: Lab, tmp_path: Path) -> None:
    served = [ROUTER, "10.77.4.2 switch.example"]
    with (
        Dnsmasq(lab, tmp_path, served, address=SECOND, ttl=1) as second,
        Dnsmasq(lab, tmp_path, served, address=THIRD, ttl=1) as third,
        Unbound(lab, tmp_path, forward=[SECOND, THIRD]) as forwarder,
        Watch(lab, tmp_path, "router.example\nswitch.example\n10.77.9.1\n") as watch,
    ):
        asks(lab, "10.77.4.1", "10.77.4.2")
        second.stop()
        third.stop()
        before = forwarder.answers("router.example", "NOERROR")
        wait_until(lambda: forwarder.answers("router.example", "NOERROR") > before, 40, "what is expired is served")
        for _ in range(3):
            asks(lab, "10.77.4.1", "10.77.4.2")
        assert watch.calls_nobody_down()
        lab.cut_off("10.77.4.2")
        watch.program.wait_for("failed: switch.example: no reply to 1 attempt", 30)
        third.say("10.77.4.3 router.example", "10.77.4.4 switch.example")
        third.start()
        watch.program.wait_for("router.example: has moved from 10.77.4.1 to 10.77.4.3", 90)
        watch.program.wait_for("restored: switch.example", 90)
        assert "failed: router.example" not in watch.program.told


BUILDING = "10.77.9.1\n10.77.9.2\n"
BEYOND = ("10.77.4.0/22", "10.77.9.0/24", FIRST)  # whatever lies behind the uplink, name service included


def test_an_uplink_by_name_shows_that_the_link_is_lost_and_back(lab: Lab, tmp_path: Path) -> None:
    with Dnsmasq(lab, tmp_path, [ROUTER]), Watch(lab, tmp_path, BUILDING, uplinks=["router.example"]) as watch:
        asks(lab, "10.77.4.1", "10.77.9.1", "10.77.9.2")
        lab.cut_off(*BEYOND)
        watch.program.wait_for("link lost: IPv4: ", 40)
        lab.restore(*BEYOND)
        watch.program.wait_for("link back: IPv4", 40)
        assert watch.calls_nobody_down()
        lab.cut_off("10.77.9.2", FIRST)  # the uplink answers, although name service does not
        watch.program.wait_for("failed: 10.77.9.2: no reply to 1 attempt", 40)
        assert watch.program.told.count(" failed: ") == 1


def test_an_uplink_whose_name_is_not_known_yet_is_as_silent_as_name_service(lab: Lab, tmp_path: Path) -> None:
    """It begins while everything beyond the router is lost: nothing shows that the hosts are to blame."""
    lab.cut_off(*BEYOND)
    with Dnsmasq(lab, tmp_path, [ROUTER]), Watch(lab, tmp_path, BUILDING, uplinks=["router.example"]) as watch:
        asks(lab, "10.77.9.1", "10.77.9.2")
        watch.program.wait_for("link lost: IPv4: no host answers, nor does name service for an uplink", 60)
        assert watch.calls_nobody_down()
        lab.restore(*BEYOND)
        watch.program.wait_for("link back: IPv4", 60)
        asks(lab, "10.77.4.1", seconds=90)
        assert watch.calls_nobody_down()


def test_an_uplink_that_is_a_host_and_still_being_looked_up_is_no_host_without_name_service(
    lab: Lab, tmp_path: Path
) -> None:
    """The look-up takes ten seconds, for two name servers are dead; a sweep waits for five."""
    lab.cut_off(DEAD, THIRD)
    resolver(lab, DEAD, THIRD, FIRST)
    hosts = "10.77.9.1\nrouter.example\n"
    with Dnsmasq(lab, tmp_path, [ROUTER]), Watch(lab, tmp_path, hosts, uplinks=["router.example"]) as watch:
        asks(lab, "10.77.4.1", "10.77.9.1", seconds=30)
        assert "router.example" not in watch.program.told
        assert watch.subjects == []


def test_a_parent_by_name_excuses_its_children_when_name_service_is_behind_it(lab: Lab, tmp_path: Path) -> None:
    hosts = "switch.example,Switch\nprinter.example,Printer,,parent=switch.example\n10.77.9.1\n"
    served = ["10.77.4.1 switch.example", "10.77.4.2 printer.example"]
    with Dnsmasq(lab, tmp_path, served) as server, Watch(lab, tmp_path, hosts) as watch:
        asks(lab, "10.77.4.1", "10.77.4.2")
        server.stop()
        lab.cut_off("10.77.4.1", "10.77.4.2")
        assert watch.wait_for_mail(1) == ["[DOWN] Switch and 1 behind it"]
        lab.restore("10.77.4.1", "10.77.4.2")
        watch.program.wait_for("restored: switch.example", 30)
        assert watch.program.told.count(" failed: ") == 1


def test_a_parent_that_cannot_be_looked_up_blames_nobody_and_excuses_nobody(lab: Lab, tmp_path: Path) -> None:
    lab.cut_off(FIRST)
    hosts = "switch.example,Switch\n10.77.4.2,Printer,,parent=switch.example\n10.77.9.1\n"
    with Watch(lab, tmp_path, hosts) as watch:
        asks(lab, "10.77.4.2")
        assert watch.calls_nobody_down()
        lab.cut_off("10.77.4.2")
        watch.program.wait_for("failed: 10.77.4.2 Printer: no reply to 1 attempt", 60)
        wait_until(lambda: "[DOWN] Printer (10.77.4.2)" in watch.subjects, 20, "it is mailed")


def test_names_come_and_go_by_a_reload_while_name_service_does_not_answer(lab: Lab, tmp_path: Path) -> None:
    hosts = tmp_path / "site" / "hosts.csv"
    served = [ROUTER, "10.77.4.2 switch.example", "10.77.4.3 printer.example"]
    with Dnsmasq(lab, tmp_path, served) as server, Watch(lab, tmp_path, "router.example\nswitch.example\n") as watch:
        asks(lab, "10.77.4.1", "10.77.4.2")

        hosts.write_text("router.example,Router\nprinter.example\n")  # one is another row, one is new, one is gone
        watch.program.reload()
        asks(lab, "10.77.4.1", "10.77.4.3")
        lab.note_asked()
        asks(lab, "10.77.4.1", "10.77.4.3")
        assert "10.77.4.2" not in lab.asked()

        server.stop()
        hosts.write_text("router.example,Router\nswitch.example\nnew.example\n10.77.9.1\n")
        watch.program.reload()
        asks(lab, "10.77.4.1", "10.77.4.2", "10.77.9.1")  # what was good before it went is known still
        assert watch.wait_for_mail(1) == ["[NOT WATCHED] no name service for new.example"]
        assert watch.calls_nobody_down()

        server.say(*served, "10.77.4.4 new.example")
        server.start()
        asks(lab, "10.77.4.4", seconds=90)
        assert watch.calls_nobody_down()


def test_nobody_who_quits_waits_for_a_name(lab: Lab, tmp_path: Path) -> None:
    lab.cut_off(DEAD)
    resolver(lab, DEAD)
    hosts = "".join(f"h{number}.example\n" for number in range(300))
    with Watch(lab, tmp_path, hosts) as watch:
        watch.program.wait_for("started: watching")
        assert watch.program.terminate(3) == 0
