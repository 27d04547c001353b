"""The second look: nobody alive is called down, no outage gets lost."""

import math
from pathlib import Path

import pytest

from conntest_tui.icmp import Fate
from conntest_tui.model import EventKind, Host, State
from conntest_tui.monitor.second_look_sweeps import LOOKS
from conntest_tui.outages.second_look import CONTROLS
from tests.monitor.look_stage import HOST, OTHER, REFUSED, LookStage, begun, break_down, break_down_look, recheck


def test_a_dead_host_is_down_once_the_look_has_found_it_silent_too(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    began = stage.clock.steady
    stage.look()
    assert stage.state_of is State.DOWN
    assert not stage.status(HOST).checking
    assert stage.subjects == [f"[DOWN] {HOST}"]
    (outage,) = stage.state.outage_store.open_outages()
    assert (outage.failures, outage.started.steady) == (1, began)
    stage.sweep()
    assert not stage.looks, "who is down needs no second look"
    assert stage.kinds(HOST) == [EventKind.FAILED, EventKind.DELIVERED, EventKind.STILL_FAILING]


def test_one_that_answers_it_was_never_down(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    assert stage.status(HOST).history[-1] == math.inf
    stage.answers(HOST)
    stage.look()
    assert stage.state_of is State.UP
    assert stage.subjects == []
    assert stage.kinds(HOST) == []
    assert stage.status(HOST).history[-1] == pytest.approx(0.001)
    assert "1 silent host answered a second look: 10.0.0.1" in stage.log
    stage.kill()
    stage.start()
    assert stage.status(HOST).history[-1] == pytest.approx(0.001, rel=0.1), "the store knows it too"


def test_the_next_sweep_does_not_wait_for_it(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    sweeps = len(stage.status(OTHER).history)
    stage.sweep()
    stage.sweep()
    assert len(stage.status(OTHER).history) == sweeps + 2
    assert len(stage.looks) == 1, "one at a time"


def test_a_recheck_that_finds_it_alive_outweighs_a_look_that_began_before(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.clock.pass_(1.0)
    stage.answers(HOST)
    recheck(stage)
    assert stage.state_of is State.UP
    stage.fails(HOST)  # what the look has asked for a moment ago
    stage.look()
    assert stage.state_of is State.UP
    assert stage.subjects == []


def test_a_look_says_nothing_about_a_failure_that_came_after_it_began(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    for happens in (stage.answers, stage.fails):
        stage.clock.pass_(1.0)
        happens(HOST)
        recheck(stage)
    stage.looks.pop(0)()
    stage.settle()
    assert stage.state_of is State.SUSPECT
    assert stage.subjects == []
    stage.look()
    assert stage.subjects == [f"[DOWN] {HOST}"]


def test_rechecks_in_a_hurry_do_not_take_its_place(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    for _ in range(5):
        stage.clock.pass_(1.0)
        recheck(stage)
    assert stage.state_of is State.SUSPECT
    assert stage.subjects == []


def test_uplinks_that_are_silent_as_well_leave_it_in_doubt(tmp_path: Path) -> None:
    uplink = "10.0.0.254"
    stage = LookStage(tmp_path, uplinks=(uplink,))
    stage.sweep()
    stage.fails(HOST)
    stage.sweep()
    stage.fails(OTHER, uplink)
    stage.look()
    assert stage.state_of is State.SUSPECT
    assert stage.subjects == []
    stage.answers(OTHER, uplink)
    stage.sweep()
    stage.look()
    assert stage.subjects == [f"[DOWN] {HOST}"]


def test_an_uplink_alone_that_is_silent_is_down(tmp_path: Path) -> None:
    stage = LookStage(tmp_path, uplinks=(HOST,))
    stage.sweep()
    stage.fails(HOST)
    stage.sweep()
    stage.look()
    assert stage.subjects == [f"[DOWN] {HOST}"]


def test_a_sweep_that_finds_it_alive_outweighs_a_look_that_began_before(tmp_path: Path) -> None:
    stage = begun(tmp_path, interval=5.0)
    stage.answers(HOST)
    stage.sweep()
    stage.fails(HOST)
    stage.looks.pop()()
    stage.settle()
    assert stage.state_of is State.UP
    assert stage.subjects == []


def test_a_reply_that_is_older_than_the_last_sweep_does_not_end_the_doubt(tmp_path: Path) -> None:
    stage = begun(tmp_path, interval=5.0)
    stage.sweep()
    stage.answers(HOST)  # in the old look only
    stage.looks.pop()()
    stage.fails(HOST)
    stage.settle()
    assert stage.state_of is State.SUSPECT
    for _ in range(2):
        stage.sweep()
        stage.look()
    assert stage.subjects == [f"[DOWN] {HOST}"]


def test_replies_that_are_always_older_than_the_last_sweep_begin_the_waiting_anew(tmp_path: Path) -> None:
    """A look takes longer than the interval, and a router drops what the sweeps ask."""
    stage = begun(tmp_path, interval=5.0)
    for _ in range(150):
        stage.sweep()
        stage.answers(HOST)  # the look has asked before the sweep did
        looks, stage.looks[:] = list(stage.looks), []
        for look in looks:
            look()
        stage.fails(HOST)
        stage.settle()
    assert stage.subjects == []
    assert stage.state_of is State.SUSPECT
    stage.look()
    assert stage.subjects == [f"[DOWN] {HOST}"], "and now it is dead"
    (outage,) = stage.state.outage_store.open_outages()
    assert stage.clock.steady - outage.started.steady < 20


def test_when_every_look_is_lost_it_is_judged_as_it_is_after_ten_minutes(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    began = stage.clock.steady
    for _ in range(3):
        if stage.looks:
            break_down(stage)
        stage.sweep()
    assert stage.subjects == [f"[DOWN] {HOST}"]
    assert stage.post.mails[0].moment - began == pytest.approx(600, abs=20)


def hidden_site(tmp_path: Path) -> LookStage:
    """Something blocks this machine after a sweep in which one of eight hosts was silent; its look is over."""
    stage = LookStage(tmp_path, *(f"10.0.0.{n}" for n in range(1, 9)))
    stage.sweep()
    stage.fails(HOST)
    stage.sweep()
    stage.fails(*(f"10.0.0.{n}" for n in range(1, 9)))
    stage.clock.pass_(6.0)
    stage.looks.pop(0)()
    stage.settle()
    assert stage.state_of is State.SUSPECT
    assert stage.subjects == []
    return stage


def test_of_whom_a_look_cannot_tell_the_next_one_begins_at_once(tmp_path: Path) -> None:
    stage = hidden_site(tmp_path)
    assert len(stage.looks) == 1
    stage.answers(*(f"10.0.0.{n}" for n in range(2, 9)))
    stage.look()
    assert stage.subjects == [f"[DOWN] {HOST}"]


def test_after_some_looks_that_tell_nothing_the_next_sweep_is_waited_for(tmp_path: Path) -> None:
    stage = hidden_site(tmp_path)
    for _ in range(LOOKS - 1):
        stage.clock.pass_(6.0)
        stage.looks.pop(0)()
        stage.settle()
    assert not stage.looks
    stage.answers(*(f"10.0.0.{n}" for n in range(2, 9)))
    stage.sweep()
    assert len(stage.looks) == 1
    stage.look()
    assert stage.subjects == [f"[DOWN] {HOST}"]


# ---------------------------------------------------------------- a firewall of this machine


def refused(tmp_path: Path) -> LookStage:
    """A firewall of this machine has refused a host in a sweep, and let the other one through."""
    stage = LookStage(tmp_path)
    stage.sweep()
    stage.fails(HOST, fate=REFUSED)
    stage.sweep()
    assert stage.state_of is State.UP, "nothing is known about it"
    assert stage.status(HOST).checking
    return stage


def test_who_is_refused_in_part_is_asked_more_slowly(tmp_path: Path) -> None:
    stage = refused(tmp_path)
    assert math.isnan(stage.status(HOST).history[-1])
    stage.answers(HOST)
    stage.look()
    assert stage.state_of is State.UP
    assert stage.kinds(HOST) == []
    assert stage.status(HOST).history[-1] == pytest.approx(0.001)


def test_who_is_dead_behind_a_firewall_that_lets_some_through_is_down(tmp_path: Path) -> None:
    stage = refused(tmp_path)
    stage.fails(HOST)
    stage.look()
    assert stage.subjects == [f"[DOWN] {HOST}"]


def test_who_is_refused_for_good_is_told_after_two_sweeps(tmp_path: Path) -> None:
    stage = refused(tmp_path)
    stage.look()
    assert stage.state_of is State.UNWATCHED
    assert stage.subjects == []
    stage.sweep()
    stage.look()
    assert stage.subjects == [f"[NOT WATCHED] own firewall refuses {HOST}"]
    stage.sweep()
    assert not stage.looks, "that is told"


def test_when_the_look_at_who_is_refused_is_lost_it_is_judged_as_it_is(tmp_path: Path) -> None:
    stage = refused(tmp_path)
    break_down_look(stage)
    stage.sweep()
    assert stage.state_of is State.UNWATCHED


# ---------------------------------------------------------------- many


def site(groups: int, each: int) -> list[Host]:
    return [Host(f"10.{g}.{n >> 8}.{n & 255}", group=f"Building {g}") for g in range(groups) for n in range(each)]


def test_a_dead_site_is_one_message_after_a_sample_of_each_group(tmp_path: Path) -> None:
    hosts = site(3, 2000)
    stage = LookStage(tmp_path, *hosts)
    stage.sweep()
    dead = [host.name for host in hosts if host.group != "Building 0"]
    stage.fails(*dead)
    stage.sweep()
    asked: list[str] = []
    fate = stage.fate

    def heard(name: str) -> Fate:
        asked.append(name)
        return fate(name)

    stage.fate = heard  # type: ignore[method-assign] # it listens to who is asked
    stage.look()
    assert len(asked) == 2 * 64 + CONTROLS
    assert [subject.split("]")[0] for subject in stage.subjects] == ["[DOWN 4,000 hosts"]
    assert "4,000 of 6,000 hosts failed in one sweep: Building 1 (2,000), Building 2 (2,000)" in stage.log


def test_of_a_group_that_answers_in_part_everybody_is_asked(tmp_path: Path) -> None:
    hosts = site(1, 2000)
    stage = LookStage(tmp_path, *hosts)
    stage.sweep()
    stage.fails(*(host.name for host in hosts))
    stage.sweep()
    stage.answers(*(host.name for host in hosts[::2]))
    stage.look()
    states = [status.standing.state for status in stage.snapshots[-1].statuses]
    assert (states.count(State.UP), states.count(State.DOWN)) == (1000, 1000)


def test_a_parent_that_answers_has_those_behind_it_asked(tmp_path: Path) -> None:
    children = [Host(f"10.0.1.{n}", parent=HOST) for n in range(1, 5)]
    stage = LookStage(tmp_path, HOST, OTHER, *children)
    stage.sweep()
    stage.fails(HOST, *(child.name for child in children))
    stage.sweep()
    stage.answers(HOST, children[0].name)
    stage.look()
    assert stage.state_of is State.UP
    assert stage.status(children[0].name).standing.state is State.UP
    assert stage.subjects == [f"[DOWN] {child.name}" for child in children[1:]]
