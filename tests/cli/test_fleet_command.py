"""`fleet`: its files are sound by the tools that will read them, and overwrite nothing."""

import json
import re
import shutil
import subprocess
import textwrap
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from conntest_tui.cli.fleet_command import EXAMPLE
from conntest_tui.cli.main import cli
from conntest_tui.cli.output import page
from conntest_tui.config import Settings

RULES_TESTS = sorted((Path(__file__).parents[1] / "fleet").glob("*_test.yml"))

needs_tools = pytest.mark.skipif(
    not (shutil.which("promtool") and shutil.which("amtool")),
    reason="needs promtool and amtool (Debian packages prometheus and prometheus-alertmanager)",
)


def fleet(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["fleet", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def tool(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(name="example")
def _example(tmp_path: Path) -> Path:
    fleet("example", str(tmp_path / "centre"))
    return tmp_path / "centre"


def test_the_example_is_what_is_printed_and_nothing_is_overwritten(example: Path) -> None:
    assert {path.name for path in example.iterdir()} == set(EXAMPLE)
    assert (example / "conntest_rules.yml").read_text() == fleet("rules")
    assert (example / "conntest_dashboard.json").read_text() == fleet("dashboard")
    (example / "prometheus.yml").write_text("mine")
    (example / "agent.yml").unlink()
    told = fleet("example", str(example))
    assert (example / "prometheus.yml").read_text() == "mine"
    assert [line for line in told.splitlines() if line.startswith("wrote")] == [f"wrote {example}/agent.yml"]


def test_what_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = CliRunner().invoke(cli, ["fleet", "example", str(tmp_path / "file")])
    assert "File exists" in str(done.exception)
    assert CliRunner().invoke(cli, ["fleet", "example"]).exit_code == 2
    assert CliRunner().invoke(cli, ["fleet", "nonsense"]).exit_code == 2


def blocks(language: str) -> list[str]:
    """Return the examples of docs/sites.md in a language."""
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```", page("sites"), re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for block in found]


def test_the_settings_in_the_manual_are_settings() -> None:
    read = [Settings.model_validate(tomllib.loads(block)) for block in blocks("toml")]
    assert [str(settings.heartbeat.url_file) for settings in read[:1]] == ["heartbeat.url"]
    assert read[1].http.listen == "10.1.0.5:9787"


def test_the_manual_names_every_alert_and_no_other() -> None:
    alerts = set(re.findall(r"- alert: (\w+)", fleet("rules")))
    assert set(re.findall(r"Conntest[A-Z]\w+", page("sites"))) == alerts


@pytest.mark.system
@needs_tools
class TestByTheToolsThatReadThem:
    def test_the_rules_are_sound(self, example: Path) -> None:
        assert "SUCCESS" in tool("promtool", "check", "rules", str(example / "conntest_rules.yml"))

    def test_the_rules_do_what_they_are_for(self) -> None:
        assert len(RULES_TESTS) == 2
        assert tool("promtool", "test", "rules", *map(str, RULES_TESTS)).count("SUCCESS") == 2

    def test_every_alert_has_a_unit_test(self) -> None:
        alerts = set(re.findall(r"- alert: (\w+)", fleet("rules")))
        tested = "".join(path.read_text() for path in RULES_TESTS)
        assert len(alerts) > 10
        assert [alert for alert in sorted(alerts) if alert not in tested] == []

    def test_the_configurations_are_sound(self, example: Path) -> None:
        tool("promtool", "check", "config", str(example / "prometheus.yml"))
        tool("promtool", "check", "config", "--agent", str(example / "agent.yml"))
        assert "SUCCESS" in tool("amtool", "check-config", str(example / "alertmanager.yml"))

    def test_the_manual_configures_what_prometheus_takes(self, tmp_path: Path) -> None:
        (block,) = blocks("yaml")
        (tmp_path / "prometheus.yml").write_text(block)
        tool("promtool", "check", "config", str(tmp_path / "prometheus.yml"))

    def test_every_option_in_the_manual_is_one(self) -> None:
        for block in blocks("sh"):
            for line in block.splitlines():
                program, *arguments = line.split()
                options = {word.partition("=")[0] for word in arguments if word.startswith("--")}
                if options:
                    known = set(re.findall(r"--[a-z][a-z.-]+[a-z]", tool(program, "--help")))
                    assert options <= known, line


def test_the_dashboard_holds_panels_that_do_not_overlap() -> None:
    board = json.loads(fleet("dashboard"))
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"]) > 10
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
        assert all(target["expr"] for target in panel["targets"])
