"""Whatever may happen in the middle of a second look: nobody alive is called down, no outage gets lost."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conntest_tui.icmp import Fate
from conntest_tui.model import Host, State
from conntest_tui.model.requests import Acknowledge, Mute, Recheck, Reload
from tests.monitor.look_stage import HOST, OTHER, REFUSED, LookStage, begun, break_down, is_look, recheck
from tests.stage import LINK_DOWN


def kill(stage: LookStage) -> None:
    stage.looks.clear()
    stage.kill()
    stage.start()
    stage.settle()


def stop(stage: LookStage) -> None:
    stage.stop()
    stage.looks.clear()
    stage.start()
    stage.settle()


def reload(stage: LookStage) -> None:
    stage.ask(Reload())
    stage.settle()


def acknowledge(stage: LookStage) -> None:
    stage.ask(Acknowledge([HOST], "mine"))
    stage.settle()


def recheck_another(stage: LookStage) -> None:
    stage.fails(OTHER)
    stage.ask(Recheck([OTHER]))
    stage.settle()
    stage.answers(OTHER)


def sleep(stage: LookStage) -> None:
    """The machine is suspended while the look is under way: what it has found proves nothing."""
    fate = stage.fate

    def slept(name: str) -> Fate:
        stage.clock.pass_(100.0)
        return fate(name)

    stage.fate = slept  # type: ignore[method-assign] # for this look only
    stage.look()
    stage.fate = fate  # type: ignore[method-assign]
    assert stage.state_of is State.SUSPECT


def refuse_thread(stage: LookStage) -> None:
    """The look is lost, and the system has no thread for the next one either, once."""
    spawn, refusals = stage.spawn, [1]

    def short(work: Callable[[], None]) -> None:
        if is_look(work) and refusals:
            refusals.pop()
            raise RuntimeError("can't start new thread")
        spawn(work)

    stage.spawn = short
    kill(stage)


def sweep_again(stage: LookStage) -> None:
    stage.sweep()


def lose_the_link(stage: LookStage) -> None:
    """This machine's own link is lost while the look is made, and back for the next sweep."""
    stage.fails(HOST, OTHER, fate=LINK_DOWN)
    stage.look()
    assert stage.state_of is State.UNWATCHED
    stage.answers(OTHER)
    stage.fails(HOST)


def refuse_locally(stage: LookStage) -> None:
    """A firewall of this machine comes in between, and goes."""
    stage.fails(HOST, fate=REFUSED)
    stage.look()
    assert stage.state_of is State.UNWATCHED
    stage.fails(HOST)


MIDDLES = [
    kill,
    stop,
    reload,
    acknowledge,
    recheck,
    recheck_another,
    sleep,
    break_down,
    refuse_thread,
    sweep_again,
    lose_the_link,
    refuse_locally,
]


@pytest.mark.parametrize("failures", [1, 2])
@pytest.mark.parametrize("middle", MIDDLES)
def test_a_dead_host_is_told_once_whatever_happens_in_the_middle(
    tmp_path: Path, middle: Callable[[LookStage], None], failures: int
) -> None:
    stage = LookStage(tmp_path, failures=failures)
    stage.sweep()
    stage.fails(HOST)
    for _ in range(failures):
        stage.sweep()
    middle(stage)
    assert stage.subjects == []
    stage.look()
    for _ in range(failures):
        stage.sweep()
        stage.look()
    assert stage.subjects == [f"[DOWN] {HOST}"]
    assert stage.status(OTHER).standing.state is State.UP
    stage.answers(HOST)
    stage.sweep()
    assert stage.subjects[-1].startswith("[UP")


@pytest.mark.parametrize("middle", MIDDLES)
def test_a_live_host_is_never_told_whatever_happens_in_the_middle(
    tmp_path: Path, middle: Callable[[LookStage], None]
) -> None:
    stage = begun(tmp_path)
    middle(stage)
    stage.answers(HOST, OTHER)
    stage.look()
    for _ in range(3):
        stage.sweep()
        stage.look()
    assert stage.subjects == []
    assert stage.state_of is State.UP
    assert not stage.state.outage_store.open_outages()


def test_muted_in_the_middle_it_is_down_and_not_mailed(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.ask(Mute([HOST], None))
    stage.settle()
    stage.look()
    assert stage.state_of is State.DOWN
    assert stage.subjects == []


def test_removed_in_the_middle_it_is_nobody_any_more(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.change(replace(stage.config.current, hosts=(Host(OTHER),)))
    stage.ask(Reload())
    stage.settle()
    stage.look()
    assert [status.host.name for status in stage.snapshots[-1].statuses] == [OTHER]
    assert stage.subjects == []


def test_more_failures_wanted_in_the_middle_are_waited_for(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    row = Host(HOST, failures=3)
    stage.change(replace(stage.config.current, hosts=(row, Host(OTHER))))
    stage.ask(Reload())
    stage.settle()
    stage.look()
    assert stage.state_of is State.SUSPECT
    stage.sweep()
    stage.look()
    assert stage.subjects == []
    stage.sweep()
    stage.look()
    assert len(stage.subjects) == 1
