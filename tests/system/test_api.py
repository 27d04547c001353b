"""The API of the real program: `conntest-tui docs api` with its curl examples as they stand there."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import conntest_tui
from tests.system.program import Program, needs_root
from tests.system.terminal import wait_until

pytestmark = [pytest.mark.system, needs_root]

SETTINGS = 'interval = 7\nemail.delivery = "off"\n'


def small_site(directory: Path, settings: str = SETTINGS) -> Path:
    """Write a configuration of two hosts that are up, without mail; return its directory."""
    site = directory / "site"
    site.mkdir()
    (site / "hosts.csv").write_text("127.0.0.1,Loop,here\n127.0.0.2,Other,here\n")
    (site / "settings.toml").write_text(settings)
    return site


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_examples_of_the_manual_work_as_they_stand(tmp_path: Path) -> None:
    page = (Path(conntest_tui.__file__).parent / "docs" / "api.md").read_text()
    commands = [line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    find, *asked = commands
    assert len(asked) == 6
    state = tmp_path / "state"
    with Program(small_site(tmp_path), state, tmp_path / "lines", environment={"XDG_RUNTIME_DIR": ""}) as program:
        program.wait_for("started: watching")
        lock = state / "monitor.lock"
        wait_until(lambda: len(lock.read_text().splitlines()) == 2, 10, "the lock file says where the socket is")
        said = []
        for command in asked:
            run = subprocess.run(
                ["sh", "-c", f'STATE="{state}"\n{find}\n{command}'],
                capture_output=True,
                text=True,
                check=False,
                timeout=20,
            )
            assert run.returncode == (28 if "--max-time" in command else 0), run.stderr
            said.append([json.loads(line) for line in run.stdout.splitlines()])
        hello, snapshot, events, report, watched, answer = said
        assert hello[0]["may_act"] is True
        assert snapshot[0]["snapshot"]["statuses"][0]["host"]["name"] == "127.0.0.1"
        assert "watching" in events[0]["answer"][-1]["text"]
        assert report[0]["answer"]["host"] == "127.0.0.1"
        assert [next(iter(line)) for line in watched][:3] == ["hello", "snapshot", "history"]
        assert answer[0]["answer"] == {"done": ["127.0.0.1"]}
        program.wait_for("by root")
        assert program.terminate() == 0
    assert not Path(lock.read_text().splitlines()[1]).exists()
