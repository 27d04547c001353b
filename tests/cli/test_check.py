"""What `check` says: the JSON is a promise to scripts, the table is for people."""

import io
import json
from pathlib import Path

from rich.console import Console

from conntest_tui.cli.check import as_json, as_table, sweep_once
from conntest_tui.config import Config, Settings
from conntest_tui.icmp import Fate, SimulatedNetwork
from conntest_tui.model import Host, Outcome, SweepReport
from tests.fakes import NOON, FakeClock

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


def report() -> SweepReport:
    return sweep_once(CONFIG, SimulatedNetwork(lambda name, _at: FATES[name], clock=FakeClock()))


def test_the_json_has_every_promised_key_and_no_other() -> None:
    told = json.loads(as_json(CONFIG, report(), NOON))
    assert set(told) == {"sweep", "hosts"}
    assert set(told["sweep"]) == {"started", "seconds", "hosts", "up", "down", "sent", "strays"}
    assert told["sweep"]["started"] == "2026-09-21T16:13:20+02:00"
    assert (told["sweep"]["hosts"], told["sweep"]["up"], told["sweep"]["down"]) == (3, 1, 2)
    assert told["hosts"][0] == {
        "host": "10.0.0.1",
        "address": "10.0.0.1",
        "description": "Router",
        "location": "Bldg 6",
        "group": "Building 6",
        "state": "up",
        "rtt_ms": 0.4123,
        "attempts": 1,
        "reason": None,
    }


def test_what_does_not_apply_is_null() -> None:
    silent, nameless = json.loads(as_json(CONFIG, report(), NOON))["hosts"][1:]
    assert (silent["state"], silent["rtt_ms"], silent["reason"]) == ("down", None, "no reply to 5 attempts")
    assert (nameless["state"], nameless["address"], nameless["reason"]) == ("unresolved", None, "name not found")


def test_the_table_has_trouble_first_and_shows_text_as_it_is() -> None:
    out = io.StringIO()
    as_table(CONFIG, report(), Console(file=out, width=120))
    lines = out.getvalue().splitlines()
    assert lines[1].startswith("▼ down")
    assert "[/red]" in lines[1]
    assert lines[2].startswith("▼ no address")
    assert lines[3].startswith("● up")
    assert lines[-1].startswith("2 down, 1 up;")
