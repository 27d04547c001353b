"""What `check` says: the JSON is a promise to scripts, the table is for people."""

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from conntest_tui.cli.check_hosts_command import Check, as_json, as_table, sweep_once
from conntest_tui.cli.output import ExitStatus
from conntest_tui.config import Config, Settings
from conntest_tui.icmp import Fate, Network, SimulatedNetwork
from conntest_tui.model import Host, Outcome, Refusal, SweepReport, Target
from tests.fakes import NOON, FakeClock
from tests.icmp.test_retries import limited
from tests.icmp.world import Coming, Request, World

HOSTS = (
    Host("10.0.0.1", "Router", "Bldg 6", "Building 6"),
    Host("10.0.0.2", "[/red]", "", "Building 6", attempts=5),
    Host("printer.invalid", "Printer"),
)

FATES = {
    "10.0.0.1": Fate(Outcome.REPLY, rtt=0.0004123),
    "10.0.0.2": Fate(Outcome.SILENT),
    "printer.invalid": Fate(Outcome.UNRESOLVED),
}

CONFIG = Config(Path("site"), HOSTS, Settings(), {}, None, None, (), "", ())


def report() -> Check:
    return sweep_once(CONFIG, SimulatedNetwork(lambda name, _at: FATES[name], clock=FakeClock()))


def told(config: Config, check: Check) -> Any:
    return json.loads("".join(as_json(config, check, NOON)))


def test_the_json_is_what_the_json_module_writes_byte_for_byte() -> None:
    """Scripts that read line by line rely on it since 1.0.0."""
    hosts = (
        Host("10.0.0.1", 'A "quoted" \\ word', "Büro, 2. OG", "東京"),
        Host("two.example"),
        Host("gone.example"),
    )
    check = sweep_once(replace(CONFIG, hosts=hosts), SimulatedNetwork(lambda *_: UP, clock=FakeClock()))
    addresses = {"two.example": ("10.0.0.7", "2001:db8::7"), "gone.example": ()}
    check = replace(check, report=replace(check.report, addresses=addresses), limited="about 100 a second come back")

    written = "".join(as_json(replace(CONFIG, hosts=hosts), check, NOON))

    assert [host["addresses"] for host in json.loads(written)["hosts"]] == [
        ["10.0.0.1"],
        ["10.0.0.7", "2001:db8::7"],
        [],
    ]
    assert written == json.dumps(json.loads(written), ensure_ascii=False, indent=1)


def test_the_json_has_every_promised_key_and_no_other() -> None:
    found = told(CONFIG, report())
    assert set(found) == {"sweep", "hosts"}
    assert set(found["sweep"]) == {"started", "seconds", "hosts", "up", "down", "sent", "strays", "limited"}
    assert found["sweep"]["started"] == "2026-09-21T16:13:20+02:00"
    assert (found["sweep"]["hosts"], found["sweep"]["up"], found["sweep"]["down"]) == (3, 1, 2)
    assert found["hosts"][0] == {
        "host": "10.0.0.1",
        "address": "10.0.0.1",
        "description": "Router",
        "location": "Bldg 6",
        "group": "Building 6",
        "state": "up",
        "rtt_ms": 0.4123,
        "attempts": 1,
        "reason": None,
        "addresses": ["10.0.0.1"],
    }


def test_what_does_not_apply_is_null() -> None:
    silent, nameless = told(CONFIG, report())["hosts"][1:]
    assert (silent["state"], silent["rtt_ms"], silent["reason"]) == ("down", None, "no reply to 5 attempts")
    assert (nameless["state"], nameless["address"], nameless["reason"]) == ("unresolved", None, "name not found")


def table(config: Config, check: Check, width: int = 120) -> list[str]:
    return "".join(as_table(config, check, Console(file=io.StringIO(), width=width))).splitlines()


def test_the_table_looks_the_same_whether_it_has_to_be_folded_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fits is laid out by ourselves, for Rich takes six minutes for a million hosts; the rest is left to it."""
    hosts = (Host("10.0.0.1", "東京 office", "Bldg 6"), Host("10.0.0.2", "Router"), Host("printer.invalid", "x" * 30))
    config = replace(CONFIG, hosts=hosts)
    check = sweep_once(config, SimulatedNetwork(lambda name, _at: FATES[name], clock=FakeClock()))

    ours = table(config, check)
    assert max(map(len, table(config, check, 60))) <= 60
    assert "x" * 30 not in "".join(table(config, check, 60))
    monkeypatch.setattr("conntest_tui.cli.check_hosts_command.table_width", lambda _widths: 10_000)
    assert table(config, check) == ours


def test_the_table_has_trouble_first_and_shows_text_as_it_is() -> None:
    lines = table(CONFIG, report())
    assert lines[1].startswith("▼ down")
    assert "[/red]" in lines[1]
    assert lines[2].startswith("▼ no address")
    assert lines[3].startswith("● up")
    assert lines[-1].startswith("2 down, 1 up;")


REFUSED = Fate(Outcome.UNSENDABLE, refusal=Refusal.FIREWALL)
UP = Fate(Outcome.REPLY, rtt=0.001)


class LookingUp(SimulatedNetwork):
    """A network where `gw` is still being looked up."""

    def sweep(self, targets: Sequence[Target], **how: Any) -> SweepReport:
        found = super().sweep([target for target in targets if target.name != "gw"], **how)
        return replace(found, pending=("gw",))


class TestWhatCouldNotBeJudged:
    """A host that this machine could not ask is neither up nor down."""

    def states(self, check: Check) -> list[str]:
        return [host["state"] for host in told(CONFIG, check)["hosts"]]

    def test_it_is_unwatched_and_counts_among_those_that_are_not_up(self) -> None:
        found = sweep_once(CONFIG, SimulatedNetwork(lambda n, _: REFUSED if n == "10.0.0.2" else UP, clock=FakeClock()))
        assert self.states(found) == ["up", "unwatched", "up"]
        sweep = told(CONFIG, found)["sweep"]
        assert (sweep["up"], sweep["down"]) == (2, 1)
        assert found.status is ExitStatus.UNUSABLE
        lines = table(CONFIG, found)
        assert lines[1].startswith("? unwatched")
        assert lines[-1].startswith("1 could not be judged, 2 up;")

    def test_a_host_that_is_down_counts_more(self) -> None:
        fates = {"10.0.0.1": REFUSED, "10.0.0.2": Fate(Outcome.SILENT), "printer.invalid": UP}
        found = sweep_once(CONFIG, SimulatedNetwork(lambda n, _: fates[n], clock=FakeClock()))
        assert found.status is ExitStatus.DOWN

    def test_silence_behind_silent_uplinks_says_nothing(self) -> None:
        settings = Settings.model_validate({"uplink": {"hosts": ["10.0.0.254"]}})
        config = replace(CONFIG, settings=settings)
        found = sweep_once(config, SimulatedNetwork(lambda *_: Fate(Outcome.SILENT), clock=FakeClock()))
        assert set(found.states) == {"unwatched"}
        assert len(found.results) == len(HOSTS)

    @pytest.mark.parametrize("listed", [True, False])
    def test_silence_says_nothing_while_an_uplink_is_still_being_looked_up(self, *, listed: bool) -> None:
        """A host that is such an uplink has its place in the list all the same."""
        names = ["10.0.0.1", "gw", "10.0.0.2"] if listed else ["10.0.0.1", "10.0.0.2"]
        settings = Settings.model_validate({"uplink": {"hosts": ["gw"]}})
        config = replace(CONFIG, hosts=tuple(map(Host, names)), settings=settings)
        found = sweep_once(config, LookingUp(lambda *_: Fate(Outcome.SILENT), clock=FakeClock()))
        assert [result.name for result in found.results] == names
        assert set(found.states) == {"unwatched"}
        assert found.status is ExitStatus.UNUSABLE

    def test_all_up_is_well(self) -> None:
        assert sweep_once(CONFIG, SimulatedNetwork(lambda *_: UP, clock=FakeClock())).status is ExitStatus.OK


class TestTheSecondLook:
    """Whoever is silent is asked once more, gently: behind a router that limits requests many are."""

    @staticmethod
    def check(number: int, rate: float, *dead: str, groups: int = 10) -> Check:
        through = limited(rate, 5)

        def fate(request: Request) -> Iterable[Coming]:
            passed = through(request)
            return [] if request.destination in dead else passed

        hosts = tuple(Host(f"10.9.{n // 250}.{n % 250 + 1}", group=f"{n % groups}") for n in range(number))
        world = World(fate)
        return sweep_once(replace(CONFIG, hosts=hosts), Network(clock=world, machine=world))

    @pytest.mark.parametrize(("number", "rate"), [(1000, 100), (100, 20)])
    def test_live_hosts_are_up_and_dead_ones_down(self, number: int, rate: float) -> None:
        found = self.check(number, rate)
        assert (found.status, set(found.states)) == (ExitStatus.OK, {"up"})
        assert f"about {rate:.0f} a second come back" in found.limited
        assert found.report.seconds <= 6 + number / 1000 + 60

        found = self.check(number, rate, "10.9.0.7")
        assert found.status is ExitStatus.DOWN
        assert [r.name for r, state in zip(found.results, found.states, strict=True) if state != "up"] == ["10.9.0.7"]

    def test_who_could_not_be_asked_well_enough_is_not_called_down(self) -> None:
        found = self.check(5000, 20)
        assert set(found.states) == {"up", "unwatched"}
        assert found.status is ExitStatus.UNUSABLE
        assert found.report.seconds <= 6 + 15 + 60

    def test_a_dead_site_is_down_however_large(self) -> None:
        site = [f"10.9.{n // 250}.{n % 250 + 1}" for n in range(5000) if n % 10 == 3]
        found = self.check(5000, 1e9, *site)
        assert (found.states.count("down"), found.states.count("up"), found.limited) == (500, 4500, "")
        assert found.report.seconds <= 11 + 60

    def test_a_parent_is_asked_before_those_behind_it(self) -> None:
        hosts = (Host("10.0.0.1"), *(Host(f"10.0.1.{n}", parent="10.0.0.1") for n in range(1, 200)))
        world = World(lambda _: [])
        found = sweep_once(replace(CONFIG, hosts=hosts), Network(clock=world, machine=world))
        assert found.states.count("down") == 200
        assert found.report.sent == 3 * 200 + 3
        assert found.report.seconds < 13

    def test_the_table_says_that_replies_are_limited(self) -> None:
        check = Check(SweepReport((), 1.0, 3), (), (), "replies are limited")
        assert table(replace(CONFIG, hosts=()), check)[-1] == "replies are limited"
