"""Every scenario, as it is written, and under strains that must not change a mail."""

import re
from pathlib import Path

import pytest

from tests.scenarios.acting import act, compare
from tests.scenarios.language import parse
from tests.scenarios.scene import Strain

PLAYS = sorted(Path(__file__).with_name("plays").glob("*.scenario"))

# What goes by the wall clock comes at other times when that is set.
STRAINED = [
    pytest.param(play, strain, id=f"{play.stem}-{strain.value}")
    for play in PLAYS
    for strain in Strain
    if strain is not Strain.ASTRAY or not re.search(r" mutes \S+ from ", play.read_text())
]


@pytest.mark.parametrize(("play", "strain"), STRAINED)
def test_it_comes_as_the_scenario_says(play: Path, strain: Strain, state: Path) -> None:
    scenario = parse(play.read_text())
    scene, _ = act(scenario, state, strain)
    compare(scenario, scene, strain)
