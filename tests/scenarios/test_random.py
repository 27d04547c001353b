"""Whatever happens, in whatever order: the witness has nothing to object, and when all has healed, all is well.

`CONNTEST_SCENARIOS=2000 python -m pytest tests/scenarios/test_random.py` tries so many, other ones each time.
"""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from tests.scenarios.acting import act, moment
from tests.scenarios.language import parse
from tests.scenarios.scene import HOUR, RAM, Scene

EXAMPLES = int(os.environ.get("CONNTEST_SCENARIOS", "0"))

HOSTS = "router, switch behind router, printer behind switch, camera behind router, other1..other4, radio mail=off"
NAMES = ("router", "switch", "printer", "camera", "other1", "other2", "other3", "other4", "radio")
MAIL = ("noc@example.com", "slow@example.com", "gone@example.com")
HEALING = 2 * HOUR
QUIET = HOUR

Bout = list[tuple[int, str]]
"""Things that belong together: seconds after the first of them, and a sentence."""

some = st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True).map(", ".join)
one = st.sampled_from(NAMES)
behind_router = st.just("router, switch, printer, camera")
lasting = st.sampled_from([60, 250, 300, 600, 1200, 2700, 5400])


def begins_and_ends(first: str, last: str) -> Callable[[str, int], Bout]:
    """Return what makes a bout of two sentences."""
    return lambda who, seconds: [(0, first.format(who)), (seconds, last.format(who))]


def flaps(who: str, times: int) -> Bout:
    return [(300 * n, f"{who} {'answers' if n % 2 else 'fails'}") for n in range(2 * times)]


def passes(first: str, last: str, seconds: st.SearchStrategy[int] = lasting) -> st.SearchStrategy[Bout]:
    return st.builds(begins_and_ends(first, last), st.just(""), seconds)


def at_once(sentences: st.SearchStrategy[str]) -> st.SearchStrategy[Bout]:
    return sentences.map(lambda sentence: [(0, sentence)])


hosts = st.one_of(
    st.builds(begins_and_ends("{} fail", "{} answer"), some, lasting),
    st.builds(begins_and_ends("{} fail", "{} answer"), behind_router, lasting),
    st.builds(flaps, one, st.integers(2, 6)),
    at_once(st.one_of(some.map("{} fail".format), some.map("{} answer".format), some.map("{} miss one probe".format))),
    passes("own link is lost", "own link is back"),
    st.builds(begins_and_ends("no route leads to {}", "a route leads to {}"), some, lasting),
)
mail = st.one_of(
    passes("mail goes away", "mail is back"),
    passes("mail breaks off after every mail", "mail is back"),
    passes("mail refuses the password", "mail is back"),
    passes("mail greylists slow@example.com", "mail accepts slow@example.com"),
    at_once(st.just("mail refuses gone@example.com")),
)
machine = st.one_of(
    passes("program is killed", "program starts"),
    passes("program is killed while it hands over a mail", "program starts"),
    passes("program stops", "program starts"),
    passes("clock steps +1h", "clock steps -1h"),
    passes("clock steps -1h", "clock steps +1h"),
    at_once(st.sampled_from(["machine sleeps 1h", "machine sleeps 20m in the middle of a sweep"])),
)
operator = st.one_of(
    st.builds(begins_and_ends('operator acknowledges {} "Sam"', "operator gives {} back"), one, lasting),
    st.builds(begins_and_ends("operator mutes {}", "operator unmutes {}"), one, lasting),
    st.builds(begins_and_ends("hosts.csv loses {}", "hosts.csv gains {}"), one, lasting),
    at_once(one.map("operator mutes {} for 20m".format)),
    at_once(one.map("operator mutes {} from 40m to 1h20m".format)),
    at_once(one.map("operator mutes {} from 1h to 1h30m".format)),
    at_once(some.map("operator rechecks {}".format)),
    at_once(st.just("operator sweeps")),
    at_once(st.just("hosts.csv gains switch behind router, printer behind switch")),
)
bouts = st.lists(
    st.tuples(st.integers(0, 90).map(lambda n: 100 * n), st.one_of(hosts, hosts, mail, machine, operator)),
    min_size=5,
    max_size=15,
)
chosen = st.builds(
    "failures {}\nrenotify {}\nflapping.changes {}\nflapping.quiet {}\nstorm.minimum {}\n{}".format,
    st.sampled_from([1, 1, 1, 2, 3]),
    st.sampled_from(["15m", "1h"]),
    st.sampled_from([3, 4, 6]),
    st.sampled_from(["10m", "30m"]),
    st.integers(2, 5),
    st.sampled_from(["", "mail behind router", "uplink.hosts router"]),
)


@st.composite
def scenarios(draw: st.DrawFn) -> str:
    """Write a scenario."""
    happenings = sorted((start + at, what) for start, bout in draw(bouts) for at, what in bout)
    end = happenings[-1][0] + 600
    return "\n".join(
        [
            f"hosts {HOSTS}",
            f"mail to {', '.join(MAIL)}",
            draw(chosen),
            *(f"at {moment(at)} {what}" for at, what in happenings),
            f"until {moment(end)}",
        ]
    )


def heal(scene: Scene) -> None:
    """Let everything that can be well be well, and the program have the time to see it."""
    scene.answer(NAMES)
    scene.link_is_back()
    scene.mail_is_back()
    scene.mail_accepts("slow@example.com")
    scene.post.kills = False
    scene.start()
    for mark in scene.state.outage_store.marks():
        if mark.muted:
            scene.unmute(mark.host)
    scene.pass_until(scene.elapsed + HEALING)


@pytest.mark.long
@settings(
    max_examples=EXAMPLES or 25,
    derandomize=not EXAMPLES,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(scenarios())
def test_nothing_is_false_lost_or_doubled(text: str) -> None:
    note(text)
    with TemporaryDirectory(dir=RAM) as directory:
        scene, witness = act(parse(text), Path(directory))
        heal(scene)
        witness.look_back()
        witness.find_all_well()
        mails = len(scene.post.mails)
        scene.pass_until(scene.elapsed + QUIET)
        assert len(scene.post.mails) == mails, "quiet means quiet"
        scene.stop()
