"""When the next round begins after the operator has changed the interval in settings.toml."""

from dataclasses import replace
from pathlib import Path

import pytest

from conntest_tui.config.settings import Settings
from conntest_tui.model.requests import Reload
from conntest_tui.monitor.background_sweeps import Schedule
from tests.stage import Stage


@pytest.mark.parametrize(
    ("interval", "due"),
    [
        pytest.param(60.0, 70.0, id="shorter"),
        pytest.param(295.0, 300.0, id="hardly shorter"),
        pytest.param(300.0, 300.0, id="as before"),
        pytest.param(3600.0, 300.0, id="longer"),
    ],
)
def test_a_reload_may_bring_the_next_round_forward_and_never_puts_it_off(
    tmp_path: Path, interval: float, due: float
) -> None:
    stage = Stage(tmp_path, ["10.0.0.1"], interval=300.0)
    stage.settle()
    stage.clock.pass_(10)
    settings = Settings.model_validate({"interval": interval})
    stage.change(replace(stage.config.current, settings=settings))
    stage.ask(Reload())
    stage.settle()
    stage.clock.pass_(due - 11)
    stage.settle()
    assert stage.snapshots[-1].sweep.number == 1
    stage.clock.pass_(1)
    stage.settle()
    assert stage.snapshots[-1].sweep.number == 2
    assert stage.monitor.schedule.due == pytest.approx(stage.clock.steady + interval)


def test_a_round_is_brought_forward_by_the_shortest_interval_that_was_asked_for() -> None:
    schedule = Schedule(100.0)
    schedule.plan(100.0, 300.0)
    for now, interval, due in ((110.0, 60.0, 170.0), (120.0, 600.0, 170.0), (130.0, 10.0, 140.0)):
        schedule.shorten(now, interval)
        assert schedule.due == due
