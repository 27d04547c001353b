"""Kill the program again and again while hosts flap and the mail server misbehaves; prints one JSON object.

`python -m tests.bench.kill [--kills 100] [--seed N] [--flapping]`, as root, in the repository. Exit status 1 and the
complaints on standard error when an alert was lost, called sent without the server's word for it, told twice under two
names, told too late, or left behind. With the same seed the same things happen, though not at the same moments of the
program. The server's faults, at every step of a conversation, are in `tests/system/chaos_faults.py`.

Version 1.0.0, 50 kills with seed 12: 55 tidings lost, 8 deliveries called sent that were not, 4 given up for good.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import SystemRandom

from tests.system.chaos import Ordeal, Plan
from tests.system.chaos_server import RECIPIENTS
from tests.system.chaos_visit import VISITS
from tests.system.lab import laboratory
from tests.system.verdict import Verdict, gather


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="how often the program is killed at least")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6), help="another one, another life")
    parser.add_argument("--flapping", action="store_true", help="let the rule about flapping hosts have its way")
    parser.add_argument("--keep", type=Path, help="an empty directory for everything that is left of it")
    chosen = parser.parse_args()
    plan = Plan(chosen.kills, chosen.seed, chosen.flapping)
    with tempfile.TemporaryDirectory() as temporary:
        return torment(plan, chosen.keep or Path(temporary))


def torment(plan: Plan, directory: Path) -> int:
    """Go through an ordeal, print its figures, and return the exit status."""
    began = time.monotonic()
    with laboratory() as lab:
        ordeal = Ordeal(lab, directory.absolute(), plan)
        ordeal.run()
    verdict = Verdict(gather(ordeal.mail, ordeal.database, ordeal.output, RECIPIENTS), RECIPIENTS)
    complaints = verdict.complaints()
    visits = (ordeal.mail / VISITS).read_text().splitlines()
    figures = {
        "kills": ordeal.kills,
        "seed": plan.seed,
        "flapping": plan.flapping,
        "recipients": len(RECIPIENTS),
        **verdict.figures(),
        "complaints": len(complaints),
        "faults": dict(Counter(visit.partition(":")[0] for visit in visits).most_common()),
        "different_faults": len(set(visits)),
        "seconds_to_heal": round(ordeal.seconds, 1),
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(figures, indent=1))  # noqa: T201 - this is what it is for
    for complaint in complaints:
        print(complaint, file=sys.stderr)  # noqa: T201 - as above
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
