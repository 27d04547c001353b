"""Ten minutes of garbage for the API of the real `run`: `python -m tests.api.fuzz --seconds 600`. Needs root.

Two send it at once, one who may act and one who may only look, into a monitor in a network namespace of its own. All
the while an honest client is answered in time and an honest viewer never loses the monitor; its memory stays bounded;
in the end it stops as it should, and of what it has stored, logged and printed no line was forged.
"""

import argparse
import json
import multiprocessing
import os
import random
import re
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

from conntest_tui.api.client import AttachedMonitor
from conntest_tui.api.socket_http import call
from conntest_tui.model import Event, Snapshot
from conntest_tui.text import clean
from tests.api.garbage import Rude
from tests.system.program import Program
from tests.system.terminal import wait_until

IN_TIME = 5.0
"""Seconds within which an honest question is answered; after so many an attached console gives the monitor up."""

MOST_MEMORY = 600 << 20
"""Bytes that the monitor may grow by: a hundred connections with a body of 16 MB are more than there ever are."""

SETTINGS = """
interval = 7
attempts = 1
timeout = 0.5
email.delivery = "off"
[attach]
group = "games"
"""

# A network of its own: garbage may name hosts, and no packet leaves. 192.0.2.9 is silent.
_ALONE = (
    "ip link set lo up; ip link add name away type veth peer name far; ip link set far up; "
    'ip addr add 192.0.2.1/24 dev away; ip link set away up; exec "$@"'
)

_AUTHORS = {  # the beginning up to the author, and the only author there is
    "acknowledged": r"[^:]* acknowledged by root(: .*)?",
    "unacknowledged": r".* no longer acknowledged \(by root\)",
    "muted": r".* \((\w+ )?by root\)",
    "unmuted": r".* no longer muted( \((\w+ )?by root\))?",
    "mute planned": r".* \(by root\)",
    "rechecked": r".* rechecked by root: .*|second look.*",
    "discarded": r".* \(by root\)",
    "added": r".* added to hosts\.csv \(by root\)",
}


class Viewer:
    """An honest console.

    Attributes:
        lost: how often it has lost the monitor.
        events: what it was told.
    """

    def __init__(self) -> None:
        self.lost, self.events, self._gone = 0, list[Event](), False

    def snapshot(self, snapshot: Snapshot) -> None:
        self.lost += (snapshot.gone is not None) and not self._gone
        self._gone = snapshot.gone is not None

    def happened(self, events: Sequence[Event]) -> None:
        self.events += events


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it; lengths in seconds, memory in bytes."""

    sent: int
    asked: int
    slowest: float
    grown: int
    lost: int
    events: int

    def __str__(self) -> str:
        return (
            f"garbage {self.sent:,} times; {self.asked:,} honest questions, the slowest {self.slowest:.2f} s; "
            f"memory grew by {self.grown / 2**20:.0f} MB; a viewer lost the monitor {self.lost} times; "
            f"{self.events:,} events, no author forged, no control character"
        )


def fuzz(seconds: float, seed: int, directory: Path) -> Found:
    """Do it; whatever is not as it should be is raised."""
    site, runtime = directory / "site", directory / "run"
    for made in (site, runtime):
        made.mkdir(mode=0o755)
    directory.chmod(0o755)
    (site / "hosts.csv").write_text("127.0.0.1,Loop,here\n192.0.2.9,Lost,away\n")
    (site / "settings.toml").write_text(SETTINGS)
    output, state = directory / "output", directory / "state"
    enter = ("unshare", "--net", "sh", "-c", _ALONE, "sh")
    with Program(site, state, output, enter=enter, environment={"RUNTIME_DIRECTORY": str(runtime)}) as program:
        program.wait_for("failed: 192.0.2.9")
        wait_until(lambda: any(runtime.glob("*.sock")), 10, "the socket is there")
        (path,) = runtime.glob("*.sock")
        found = _attack(path, program, seconds, seed)
        events = _all_events(path)
        assert program.terminate() == 0, program.told[-3_000:]
    _check_events(events)
    lines = output.read_text() + "".join(log.read_text() for log in (state / "logs").glob("*"))
    for line in lines.splitlines():
        assert line == clean(line), repr(line)
        assert "Traceback" not in line, lines[-3_000:]
    assert found.slowest < IN_TIME, found
    assert found.grown < MOST_MEMORY, found
    assert found.lost == 0, found
    return found


def _attack(path: Path, program: Program, seconds: float, seed: int) -> Found:
    fork = multiprocessing.get_context("fork")
    said: Queue[Any] = fork.Queue()
    rude = [fork.Process(target=_be_rude, args=(path, seed, user, seconds, said)) for user in (0, 65_534)]
    viewer, stopped = Viewer(), threading.Event()
    for process in rude:
        process.start()
    thread = threading.Thread(target=AttachedMonitor(lambda: path).run, args=(viewer, stopped), daemon=True)
    thread.start()
    before, most, slowest, asked = _memory(program.pid), 0, 0.0, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        assert call(path, "/v1", timeout=20)["api"] == 1
        slowest, asked, most = max(slowest, time.monotonic() - began), asked + 1, max(most, _memory(program.pid))
        time.sleep(0.2)
    answers = [said.get(timeout=30) for _ in rude]
    for process in rude:
        process.join(30)
    stopped.set()
    thread.join(2)
    faults = [fault for _, found in answers for fault in found]
    assert not faults, faults[:3]
    return Found(sum(sent for sent, _ in answers), asked, slowest, most - before, viewer.lost, len(viewer.events))


def _be_rude(path: Path, seed: int, user: int, seconds: float, said: "Queue[Any]") -> None:
    """Send garbage as a user; one who may only look connects as often as anybody may."""
    if user:
        os.setgroups([])
        os.setresgid(*[path.stat().st_gid] * 3)
        os.setresuid(user, user, user)
    rude = Rude(path, seed + user, crowd=200 if user else 50)
    rude.send(seconds)
    said.put((rude.sent, rude.faults[:10]))


def _memory(process: int) -> int:
    """Return the resident memory of a process: proc(5)."""
    text = Path(f"/proc/{process}/status").read_text()
    return int(re.findall(r"^VmRSS:\s+(\d+) kB", text, re.MULTILINE)[0]) << 10


def _all_events(path: Path) -> list[dict[str, Any]]:
    """Return every event that is stored, page by page."""
    found: list[dict[str, Any]] = []
    while page := call(path, "/v1/events?limit=10000" + (f"&before={found[-1]['id']}" if found else ""))["answer"]:
        found += page
    return found


def _check_events(events: Sequence[dict[str, Any]]) -> None:
    """Make sure that everybody is named as the kernel names them, and that nothing but text is in it."""
    assert any(event["kind"] == "acknowledged" for event in events)
    for event in events:
        text = json.dumps(event, ensure_ascii=False)
        assert text == clean(text), text
        form = _AUTHORS.get(event["kind"])
        assert form is None or re.fullmatch(form, event["text"]), event


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        print(f"seed {asked.seed}: {fuzz(asked.seconds, asked.seed, Path(directory))}")  # noqa: T201


if __name__ == "__main__":
    main()
