"""A state that version 1.0.0 has written is opened, taken over, and gone on with."""

import sqlite3
from pathlib import Path

from conntest_tui.model import Host, State
from tests.fakes import FakeClock
from tests.stage import LINK_DOWN, Stage

DUMP = Path(__file__).parent.parent / "store" / "version_1.sql"
LAST = 1_790_001_800.0


def test_what_it_knew_lives_on(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "state.db")
    connection.executescript(DUMP.read_text())
    connection.close()

    hosts = [Host("10.0.0.1", "Router"), Host("10.0.0.2", "Printer"), Host("10.0.0.3")]
    stage = Stage(tmp_path, hosts, clock=FakeClock(LAST + 300))
    names = ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    stage.fails(*names, fate=LINK_DOWN)
    stage.rounds()

    router = stage.status("10.0.0.1")
    assert router.standing.outage is not None
    assert router.standing.state is State.UNWATCHED
    assert (router.standing.outage.id, router.standing.outage.acknowledged) == (1, "Sam has it")
    assert stage.status("10.0.0.2").standing.mark is not None
    assert stage.subjects == ["[LINK LOST] own IPv4 link is lost: no route"], "it was lost for ten minutes by now"

    stage.answers(*names)
    stage.rounds()
    assert {status.standing.state for status in stage.snapshots[-1].statuses} == {State.UP}
    assert [subject.split()[0] for subject in stage.subjects[1:]] == ["[UP", "[LINK"]
    stage.stop()

    stage.start()
    assert stage.snapshots[-1].problems == ()
    stage.stop()
