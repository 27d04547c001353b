"""Whom a second look asks, how fast, and what it proves."""

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conntest_tui.model import Host, Outcome, ProbeResult, Target
from conntest_tui.outages import Doubt, SecondLook, Seen
from conntest_tui.outages.icmp_rate_limit_detection import PATIENCE, RateLimits, Shape, is_limited, shape_of
from conntest_tui.outages.second_look import (
    CAREFUL,
    CONTROLS,
    ENOUGH,
    FASTEST,
    LEAST,
    LONGEST,
    PACE,
    SAMPLE,
    SHORTEST,
    Stage,
    controls_of,
    next_pace,
)
from conntest_tui.outages.second_look_candidates import of_one_sweep

ATTEMPTS, TIMEOUT = 3, 2.0


def targets(names: Collection[str]) -> list[Target]:
    return [Target(name, ATTEMPTS, TIMEOUT) for name in names]


def silent(name: str) -> ProbeResult:
    return ProbeResult(name, Outcome.SILENT, name, attempts=ATTEMPTS, reason="no reply to 3 attempts")


def answer(name: str, attempts: int = 1) -> ProbeResult:
    return ProbeResult(name, Outcome.REPLY, name, rtt=0.001, attempts=attempts)


def unasked(name: str) -> ProbeResult:
    return ProbeResult(name, Outcome.SILENT, name, reason="not asked: time was over")


def doubts(number: int, groups: int = 1, since: float = 0.0) -> list[Doubt]:
    return [Doubt(Host(f"h{n}", group=f"g{n % groups}"), since) for n in range(number)]


def look_at(found: Iterable[Doubt], interval: float = 300.0, **more: object) -> SecondLook:
    doubted = list(found)
    before = {doubt.host.name: silent(doubt.host.name) for doubt in doubted}
    return SecondLook(doubted, targets, interval, before=before, chance=Random(1), **more)  # type: ignore[arg-type]


def play(look: SecondLook, says: Callable[[str], ProbeResult]) -> tuple[list[Stage], Seen]:
    """Let a look go on to its end; what a stage does not reach in its time is not asked."""
    stages = []
    while (stage := look.next()) is not None:
        stages.append(stage)
        found, spent = [], 0.0
        for target in stage.targets:
            if spent >= stage.pace.seconds:
                found.append(unasked(target.name))
                continue
            found.append(says(target.name))
            spent += found[-1].attempts / stage.pace.rate
        dead = any(not result.alive and result.asked for result in found)
        look.take(found, spent + ATTEMPTS * TIMEOUT * dead)
    return stages, look.seen()


def names(results: Iterable[ProbeResult]) -> set[str]:
    return {result.name for result in results}


# ---------------------------------------------------------------- how fast


@pytest.mark.parametrize(
    ("number", "interval", "rate"),
    [
        (1, 300, PACE),
        (288, 300, PACE),  # 3 x 288 requests in 54 seconds
        (1000, 300, 3000 / 54),
        (800, 60, FASTEST),
        (1000, 60, PACE),  # too many: a sample first
        (100, 10, FASTEST),
        (60, 1, FASTEST),
    ],
)
def test_it_goes_as_slowly_as_its_time_allows(number: int, interval: float, rate: float) -> None:
    stage = look_at(doubts(number), interval).next()
    assert stage is not None
    assert stage.pace.rate == pytest.approx(rate)


@settings(deadline=None)
@given(st.integers(1, 3000), st.integers(1, 40), st.floats(1, 3600), st.floats(0, 1), st.integers(0, 9))
def test_it_ends_in_time_and_leaves_nobody_without_a_verdict(
    number: int, groups: int, interval: float, share: float, seed: int
) -> None:
    chance = Random(seed)
    dead = {f"h{n}" for n in range(number) if chance.random() < share}
    look = look_at(doubts(number, groups), interval)

    stages, seen = play(look, lambda name: silent(name) if name in dead else answer(name))

    spent = sum(len(stage.targets) for stage in stages if stage.pace.rate)
    assert spent <= 2 * number
    assert all(stage.pace.rate <= FASTEST for stage in stages)
    assert sum(stage.pace.seconds for stage in stages[:1]) <= max(SHORTEST, min(interval / 2, LONGEST))
    told = names(seen.results)
    assert told | seen.waiting == look.names
    assert not told & seen.waiting
    assert all(result.alive == (result.name not in dead) for result in seen.results if result.name in seen.answered)
    wrong = {result.name for result in seen.results if not result.alive} - dead
    assert not wrong or len(wrong) <= number * share  # only with a group of which a whole sample is dead


# ---------------------------------------------------------------- whom


def test_those_who_wait_for_longest_come_first() -> None:
    old, young = doubts(50, since=0.0), [Doubt(Host(f"y{n}"), 300.0) for n in range(50)]
    stage = look_at([*young, *old]).next()
    assert stage is not None
    assert {target.name for target in stage.targets[:50]} == {doubt.host.name for doubt in old}


def test_a_sample_of_each_group_comes_first_when_they_are_too_many() -> None:
    stages, seen = play(look_at(doubts(4000, 2)), silent)
    assert [len(stage.targets) for stage in stages] == [2 * SAMPLE]
    assert len(seen.results) == 4000
    assert not seen.waiting


def test_of_very_many_groups_some_of_each_are_asked() -> None:
    stages, seen = play(look_at(doubts(10_000, 400)), silent)
    assert len(stages[0].targets) == 400 * LEAST
    assert len(seen.results) == 10_000


def test_of_a_group_that_answers_the_others_are_asked_as_long_as_there_is_time() -> None:
    stages, seen = play(look_at(doubts(10_000, 2)), lambda name: answer(name) if name[-1] in "02468" else silent(name))
    odd = [result for result in seen.results if not result.alive]
    assert len(odd) == 5000, "one group is dead"
    assert len(stages) == 2
    asked = {target.name for stage in stages for target in stage.targets}
    assert len(asked) == 5000 + SAMPLE
    assert seen.waiting == {f"h{n}" for n in range(0, 10_000, 2)} - set(seen.answered)


def test_its_second_stage_has_what_time_the_first_has_left() -> None:
    look = look_at(doubts(10_000))
    first = look.next()
    assert first is not None
    look.take([answer(target.name) for target in first.targets], 20.0)
    second = look.next()
    assert second is not None
    assert second.pace.seconds == first.pace.seconds - 20 == LONGEST - ATTEMPTS * TIMEOUT - 20
    assert second.pace.rate == FASTEST


def related() -> list[Doubt]:
    """A switch behind a router that answers, and three hosts behind the switch."""
    return [
        Doubt(Host("switch"), 0.0, above=("router",)),
        *(Doubt(Host(f"h{n}"), 0.0, behind="switch") for n in range(3)),
    ]


def test_whoever_fails_in_a_chain_is_behind_its_top() -> None:
    hosts = [Host("router"), Host("switch", parent="router"), Host("printer", parent="switch")]
    found = of_one_sweep({"router", "switch", "printer"}, hosts)
    assert [(doubt.host.name, doubt.behind) for doubt in found] == [
        ("router", ""),
        ("switch", "router"),
        ("printer", "router"),
    ]


def test_behind_one_that_is_silent_again_nobody_is_asked() -> None:
    stages, seen = play(look_at(related()), lambda name: answer(name) if name == "router" else silent(name))
    assert [[target.name for target in stage.targets] for stage in stages] == [["router", "switch"]]
    assert names(seen.results) == {"router", "switch", "h0", "h1", "h2"}


def test_behind_one_that_answers_everybody_is() -> None:
    stages, seen = play(look_at(related()), lambda name: silent(name) if name == "h1" else answer(name))
    assert {target.name for target in stages[1].targets} == {"h0", "h1", "h2"}
    assert {result.name for result in seen.results if not result.alive} == {"h1"}


def test_a_parent_is_blamed_only_when_somebody_behind_it_is_silent_too() -> None:
    _, seen = play(look_at(related()), lambda name: silent(name) if name == "router" else answer(name))
    assert "router" not in names(seen.results)
    _, seen = play(look_at(related()), silent)
    assert "router" in names(seen.results)


def test_hosts_that_are_gone_are_asked_no_more() -> None:
    look = SecondLook(doubts(3), lambda _: [], 300.0, before={})
    assert look.next() is None
    assert look.seen().waiting == {"h0", "h1", "h2"}


# ---------------------------------------------------------------- how sure


@pytest.mark.parametrize(
    ("answered", "attempts", "sure"),
    [
        (0, 1, True),
        (2, 3, True),  # too few to tell
        (3, 3, False),
        (20, 1, True),
        (1000, 1, True),
    ],
)
def test_silence_is_evidence_only_when_little_gets_lost(answered: int, attempts: int, sure: bool) -> None:
    found = [*doubts(answered), Doubt(Host("dead"), 0.0)]
    _, seen = play(look_at(found), lambda name: silent(name) if name == "dead" else answer(name, attempts))
    assert seen.sure is sure
    assert ("dead" in names(seen.results)) is sure
    assert ("dead" in seen.waiting) is not sure


def test_the_more_answer_the_less_may_get_lost() -> None:
    """One request of eleven lost: 20 live hosts are hardly ever silent three times, of 2,000 one is."""
    for number, sure in ((20, True), (2000, False)):
        look = look_at(doubts(number), 7200.0)
        stage = look.next()
        assert stage is not None
        look.take([answer(target.name, 1 + (n % 10 == 0)) for n, target in enumerate(stage.targets)], 1.0)
        assert look.seen().sure is sure


def test_after_one_that_was_too_fast_the_next_is_slower_than_what_came_through() -> None:
    look = look_at(doubts(860))
    _, seen = play(look, lambda name: answer(name, 2))
    assert not seen.sure
    assert next_pace(FASTEST, seen) == pytest.approx(CAREFUL * seen.rate)
    slow = look_at(doubts(860), fastest=12.0).next()
    assert slow is not None
    assert slow.pace.rate == 12
    _, seen = play(look_at(doubts(3)), answer)
    assert [next_pace(12.0, seen), next_pace(FASTEST, seen)] == [24.0, FASTEST]


# ---------------------------------------------------------------- controls


def told_of_one_dead(controls: int, says: Callable[[str], ProbeResult]) -> Seen:
    look = look_at([Doubt(Host("dead"), 0.0)], controls=[f"c{n}" for n in range(controls)])
    _, seen = play(look, lambda name: silent(name) if name == "dead" else says(name))
    return seen


@pytest.mark.parametrize(
    ("controls", "lost", "attempts", "sure"),
    [
        (CONTROLS, 0, 1, True),
        (CONTROLS, 1, 1, True),  # it has died since, or sleeps
        (CONTROLS, 2, 1, False),
        (CONTROLS, 0, 2, False),
        (ENOUGH, ENOUGH, 1, False),
        (ENOUGH - 1, ENOUGH - 1, 1, True),  # nothing can be told from so few
    ],
)
def test_controls_say_whether_silence_is_evidence(controls: int, lost: int, attempts: int, sure: bool) -> None:
    seen = told_of_one_dead(controls, lambda name: silent(name) if int(name[1:]) < lost else answer(name, attempts))
    assert seen.sure is sure
    assert ("dead" in names(seen.results), "dead" in seen.waiting) == (sure, not sure)
    assert names(seen.results) <= {"dead", *(f"c{n}" for n in range(lost, controls))}, "a control is not judged silent"
    assert seen.answered == ()


def test_after_one_of_which_nothing_came_back_the_next_is_no_slower_and_as_long_as_can_be() -> None:
    seen = told_of_one_dead(CONTROLS, silent)
    assert (seen.blocked, next_pace(50.0, seen)) == (True, 50.0)
    stage = look_at([Doubt(Host("dead"), 0.0)], controls=[f"c{n}" for n in range(CONTROLS)], slowest=0.0).next()
    assert stage is not None
    assert stage.pace.rate == pytest.approx(ATTEMPTS * (CONTROLS + 1) / (LONGEST - ATTEMPTS * TIMEOUT))
    assert not told_of_one_dead(CONTROLS, lambda name: silent(name) if name != "c3" else answer(name)).blocked
    assert not told_of_one_dead(0, silent).blocked, "nobody is known to be alive"


def test_a_look_that_loses_almost_everything_is_followed_by_a_slow_one() -> None:
    seen = told_of_one_dead(CONTROLS, lambda name: answer(name) if name in {"c1", "c2"} else silent(name))
    assert next_pace(50.0, seen) == 1.0


@pytest.mark.parametrize(("number", "fastest"), [(1, FASTEST), (100, FASTEST), (350, 1.0)])
def test_controls_are_asked_among_those_in_doubt_who_can_be_asked_in_time(number: int, fastest: float) -> None:
    controls = [f"c{n}" for n in range(CONTROLS)]
    stage = look_at(doubts(number), controls=controls, fastest=fastest).next()
    assert stage is not None
    order = [target.name for target in stage.targets]
    places = [order.index(name) for name in controls]
    in_time = min(number + CONTROLS, int(fastest * stage.pace.seconds / ATTEMPTS))
    assert places[-1] < in_time
    gaps = [later - earlier for earlier, later in pairwise([-1, *places, in_time])]
    assert max(gaps) - min(gaps) <= 1


@pytest.mark.parametrize(
    ("hosts", "doubted", "found"),
    [
        ("a b c D e f g", "D", "a b c e f g"),
        (" ".join(f"h{n}" for n in range(30)) + " D", "D", " ".join(f"h{n}" for n in range(20, 30))),
        ("D " + " ".join(f"h{n}" for n in range(30)), "D", " ".join(f"h{n}" for n in range(10))),
        ("a D1 D2 D3 b", "D1 D2 D3", "a b"),
        ("D1 D2", "D1 D2", ""),
        ("a x D b", "D", "a b"),  # x is silent, too
        ("a router D b", "D", "a b"),
    ],
)
def test_controls_are_live_neighbours(hosts: str, doubted: str, found: str) -> None:
    asked = [Doubt(Host(name), 0.0, above=("router",)) for name in doubted.split()]
    assert " ".join(controls_of(asked, ((name, name != "x") for name in hosts.split()))) == found


@given(st.lists(st.booleans(), max_size=300))
def test_there_are_enough_controls_but_not_many(dead: list[bool]) -> None:
    hosts = [f"h{n}" for n in range(len(dead))]
    asked = [Doubt(Host(name), 0.0) for name, silence in zip(hosts, dead, strict=True) if silence]
    found = controls_of(asked, ((name, True) for name in hosts))
    assert len(found) == len(set(found)) < 2 * CONTROLS
    assert len(found) >= min(ENOUGH, dead.count(False)) * bool(asked)
    assert not set(found) & {doubt.host.name for doubt in asked}


# ---------------------------------------------------------------- limited on the way


def sweep_of(needed: Sequence[int]) -> Shape:
    """Return the shape of a sweep in which each host needed so many attempts; 0: it was silent."""
    found = [answer(f"h{n}", number) if number else silent(f"h{n}") for n, number in enumerate(needed)]
    return shape_of(found, 6.0 + len(needed) / 1000, ATTEMPTS, TIMEOUT)


MIXED = [0, 2, 1, 3, 0, 2, 3, 0, 2, 3] * 20
SORTED = sorted(MIXED)


@pytest.mark.parametrize(
    ("what", "needed", "answered", "sure", "limited"),
    [
        ("some answer at once, some late, some not at all", MIXED, 60, True, True),
        ("an outage of neighbours that ended in mid-sweep", SORTED, 60, True, False),
        ("a lossy line, on which the second look loses as much", MIXED, 60, False, False),
        ("dead hosts", [0, 1, 1, 1] * 25, 0, True, False),
        ("sleepy hosts here and there", [0, 1, 1, 1] * 25, 25, True, False),
        ("all is well", [1] * 200, 0, True, False),
        ("a host that was away for a moment", [1] * 100 + [0] + [1] * 100, 1, True, False),
        ("slow hosts that need a retry", [1, 2] * 100, 0, True, False),
    ],
)
def test_replies_are_limited_when_all_signs_say_so(
    what: str,
    needed: list[int],
    answered: int,
    sure: bool,
    limited: bool,
) -> None:
    assert is_limited(sweep_of(needed), answered, sure=sure) is limited, what


def test_it_is_told_until_some_sweeps_show_none() -> None:
    limits, seen = RateLimits(), Seen((), (), frozenset(), tuple(f"h{n}" for n in range(60)), sure=True, rate=10.0)
    limits.swept(sweep_of(MIXED))
    assert not limits.line
    limits.looked(seen)
    told = limits.line
    assert told
    for _ in range(PATIENCE):
        limits.swept(None)
        assert limits.line == told
    limits.swept(None)
    assert not limits.line


def test_a_rate_that_wavers_is_no_news() -> None:
    limits, seen = RateLimits(), Seen((), (), frozenset(), tuple(f"h{n}" for n in range(60)), sure=True, rate=10.0)
    told = set()
    for share in (1, 2, 1, 2):
        limits.swept(sweep_of(MIXED * share))
        limits.looked(seen)
        told.add(limits.line)
    assert len(told) == 1
