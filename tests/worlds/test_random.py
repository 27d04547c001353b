"""Whatever is wrong, in whatever order: the laws hold.

`CONNTEST_WORLDS=5000 python -m pytest -n0 --timeout=0 tests/worlds/test_random.py` lives in so many, other ones each
time.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from conntest_tui.icmp.icmp_socket import SocketKind
from tests.scenarios.scene import RAM
from tests.worlds import laws
from tests.worlds.policer import Policer
from tests.worlds.stage import Life
from tests.worlds.truth import INTERVAL, REMOTE, Fault, What

WORLDS = int(os.environ.get("CONNTEST_WORLDS", "0"))
HEALING = 8 * INTERVAL

_TARGETS = {
    What.HOST: REMOTE,
    What.ROUTE: ("4", "6", "10.1.", "10.2.", "10.3.", "fd01"),
    What.FIREWALL: ("4", "6", "10.1.", "10.3.", "fd01"),
    What.CARRIER: ("",),
    What.NAMES: ("",),
}
# Long enough to be seen as it is: what begins and ends within a sweep shows half of itself.
_lasting = st.integers(4, 14).map(lambda number: 150.0 * number)


@st.composite
def faults(draw: st.DrawFn) -> list[Fault]:
    """Draw a few faults; those of one thing do not touch."""
    found: list[Fault] = []
    for _ in range(draw(st.integers(1, 4))):
        what = draw(st.sampled_from([What.HOST, What.HOST, *What]))
        who = draw(st.sampled_from(_TARGETS[what]))
        begin = draw(st.integers(1, 30)) * 100.0 + draw(st.sampled_from([0.5, 3.0, 50.0]))
        end = begin + draw(_lasting)
        if not any(f.what is what and f.who == who and f.begin < end + 900 and begin < f.end + 900 for f in found):
            found.append(Fault(what, who, begin, end))
    return found


# What a second look can stand: 20 requests a second.
policers = st.sampled_from(
    [
        [],
        [],
        [Policer(20)],
        [Policer(20, 1)],
        [Policer(20, by_second=True)],
        [Policer(1, 1, each=True)],
        [Policer(20, who="10.1."), Policer(20, 1, who="fd01")],
        [Policer(20, 1, begin=2000.0)],
        [Policer(20, 1, end=2500.0)],
        [Policer(20, local=True)],
    ]
)
restarts = st.lists(st.integers(1, 60).map(lambda number: 90.0 * number), max_size=2, unique=True)
chosen = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(SocketKind),
        "failures": st.sampled_from([1, 1, 2]),
        "rate": st.sampled_from([1000, 1000, 5]),
        "uplink": st.sampled_from([{"hosts": []}, {"hosts": ["10.0.0.254"]}, {"hosts": ["10.0.0.254", "fd01::1"]}]),
    }
)


@pytest.mark.long
@pytest.mark.timeout(0 if WORLDS else 900)  # 200 take 60 s of a processor
@settings(
    max_examples=WORLDS or 200,
    derandomize=not WORLDS,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(faults(), policers, restarts, chosen)
def test_the_laws_hold(
    faults: Sequence[Fault], policers: Sequence[Policer], restarts: Sequence[float], chosen: dict[str, object]
) -> None:
    note("\n".join(map(str, [*faults, *policers])))
    with TemporaryDirectory(dir=RAM) as directory:
        life = Life(Path(directory), faults, policers=map(replace, policers), **chosen)  # type: ignore[arg-type]  # settings by name
        end = max(fault.end for fault in faults) + HEALING
        life.live(end, [moment for moment in restarts if moment < end - 2 * INTERVAL])
        assert not laws.broken(life), "\n".join(
            f"{at:.0f} {n.kind.value} {n.host}" for at, n in life.book.notifications
        )
        life.stop()
