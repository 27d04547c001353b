"""Every scenario, as it is written, and under strains that must not change a mail."""

from pathlib import Path

import pytest

from tests.scenarios.acting import act, compare
from tests.scenarios.language import parse
from tests.scenarios.scene import Strain

PLAYS = sorted(Path(__file__).with_name("plays").glob("*.scenario"))


@pytest.mark.parametrize("strain", Strain, ids=lambda strain: strain.value)
@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.stem)
def test_it_comes_as_the_scenario_says(play: Path, strain: Strain, state: Path) -> None:
    scenario = parse(play.read_text())
    scene, _ = act(scenario, state, strain)
    compare(scenario, scene, strain)
