"""What the console costs a line: `python -m tests.bench.line [--quick]` prints one JSON object.

Everything is judged on a model of the terminal's screen (pyte), at the end of a real pseudo-terminal.

- calm: bytes a second while nothing happens, 60 hosts that are up, a minute without a sweep; beside it htop and
  Textual's own DataTable of as many rows in which the same clock and durations tick, as ratios to ours.
- slow: seconds over a line of 960 bytes a second, from the key until the title of the help stands on the screen, until
  all of the page does, and from `q` until the process has ended; also with a terminal that never answers (`silent`).
- far: the same over a quick line with 200 ms each way.
- busy: the same as slow, while 300 hosts change once a second, which is more than the line carries.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from tests.system.slow_line import CONSOLE, SlowLine

SIZES = ((80, 24), (120, 40), (200, 60))
SLOW = 960
GOALS = {
    "calm.80x24": 100.0,
    "calm.200x60": 150.0,
    "slow.title": 1.0,
    "slow.page": 4.0,
    "slow.quit": 1.5,
    "silent.page": 4.0,
    "silent.quit": 1.0,
}
"""Not more than this: bytes a second, and seconds."""

Json = dict[str, Any]


def calm(seconds: float) -> Json:
    """Look on without touching anything, at every size side by side."""
    peers = {"console": CONSOLE, "data_table": (*CONSOLE, "60", "peer")}
    if shutil.which("htop"):
        peers["htop"] = ("htop",)
    found: dict[str, dict[str, float]] = {name: {} for name in peers}
    with ExitStack() as lines:
        open_ones = {
            (name, f"{columns}x{rows}"): lines.enter_context(SlowLine(command, size=(columns, rows)))
            for name, command in peers.items()
            for columns, rows in SIZES
        }
        time.sleep(10)
        before = {at: line.received for at, line in open_ones.items()}
        time.sleep(seconds)
        for (name, size), line in open_ones.items():
            found[name][size] = round((line.received - before[name, size]) / seconds, 1)
    ours = found.pop("console")
    times = {
        name: {size: round(bytes_ / ours[size], 1) for size, bytes_ in sizes.items()} for name, sizes in found.items()
    }
    return {"calm": ours, "peers_times_ours": times}


def pressed(command: Sequence[str], tries: int, **line_options: Any) -> Json:
    """Press `?` and, in the middle of another page, `q`; return the worst of some tries."""
    worst = {"title": 0.0, "page": 0.0, "quit": 0.0}
    for _ in range(tries):
        with SlowLine(command, **line_options) as line:
            line.wait_for("conntest", seconds=60)
            time.sleep(10)
            began = time.perf_counter()
            line.type("?")
            title = line.wait_for("Keys and signs", seconds=60) - began
            page = line.wait_for("esc closes", "q Quit", seconds=60) - began
            time.sleep(4)
            line.type("\x1b")
            time.sleep(0.5)
            began = time.perf_counter()
            line.type("\x11")
            leaving = line.wait_for_end(60) - began
        for name, seconds in (("title", title), ("page", page), ("quit", leaving)):
            worst[name] = max(worst[name], round(seconds, 2))
    return worst


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description="What the console costs a line.")
    parser.add_argument("--quick", action="store_true", help="a sixth of everything")
    quick = parser.parse_args().quick
    tries = 1 if quick else 3
    found = calm(10.0 if quick else 60.0)
    found["slow"] = pressed(CONSOLE, tries, rate=SLOW)
    found["silent"] = pressed(CONSOLE, tries, rate=SLOW, answers=False)
    found["far"] = pressed(CONSOLE, tries, delay=0.2)
    found["busy"] = pressed((*CONSOLE, "300", "busy"), tries, rate=SLOW)
    measured = {name: found[name.partition(".")[0]][name.partition(".")[2]] for name in GOALS}
    found["over_goal"] = [
        f"{name} is {measured[name]:g}, not {GOALS[name]:g}" for name in GOALS if measured[name] > GOALS[name]
    ]
    json.dump(found, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
