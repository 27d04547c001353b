"""Five days of the simulated month, with everything that is kept for weeks kept for a day."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from conntest_tui.monitor import state_lock_and_database as state_directory
from conntest_tui.text import DAY
from tests.bench.month import simulate
from tests.scenarios.scene import RAM


@pytest.mark.long
def test_once_retention_works_nothing_grows_and_at_the_end_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    for kept in ("KEEP_EVENTS", "KEEP_REPETITIONS", "KEEP_MAILS", "KEEP_MAIL_BYTES"):
        monkeypatch.setattr(state_directory, kept, float(DAY))
    with TemporaryDirectory(dir=RAM) as directory:
        month = simulate(Path(directory), 40, 5, marks=range(1, 6), history={"samples": 1, "hours": 1})
    assert month.events["failed"] > 20
    assert month.mails > 20
    assert month.sizes[5].database <= 1.1 * month.sizes[2].database
    assert month.sizes[5].memory - month.sizes[2].memory < 2.0
    assert month.doubled == 0
    assert month.left == 0
