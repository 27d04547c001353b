"""Routers that limit echo requests: whom one `check` finds, beside fping: `python -m tests.bench.limited` prints JSON.

Needs root, fping, ip (iproute2) and nft. Everybody is alive behind an nftables policer (burst 5); both programs go to
a network with a policer of its own, one after the other. Ours is the whole of `check` at default settings, its start
and its second look in it; fping is given two retries, 10 ms between requests and two seconds for each reply.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.system.lab import Lab, laboratory
from tests.system.policer import fping, hosts_of, network, police

CASES = ((1000, 100), (100, 20), (300, 50), (1000, 20))  # live hosts, requests a second that pass


def ours(lab: Lab, hosts: list[str]) -> tuple[int, float, str | None]:
    """Whom `check` finds, seconds, and what it says of limits."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "hosts.csv").write_text("\n".join(hosts) + "\n")
        Path(directory, "settings.toml").write_text('[email]\ndelivery = "off"\n')
        command = [*lab.enter, sys.executable, "-m", "conntest_tui", "-c", directory, "check", "--json"]
        begun = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        sweep = json.loads(done.stdout)["sweep"]
        return sweep["up"], round(time.perf_counter() - begun, 1), sweep["limited"]


def measure(count: int, rate: int) -> dict[str, Any]:
    """One case."""
    with laboratory() as lab:
        police(lab, rate, network(1), network(2))
        found, seconds, said = ours(lab, hosts_of(1, count))
        begun = time.perf_counter()
        theirs = len(fping(lab, hosts_of(2, count)))
        return {
            "live": count,
            "rate": rate,
            "found": {"ours": found, "fping": theirs},
            "seconds": {"ours": seconds, "fping": round(time.perf_counter() - begun, 1)},
            "limited": said,
        }


if __name__ == "__main__":
    sys.stdout.write(json.dumps([measure(count, rate) for count, rate in CASES], indent=2) + "\n")
