"""The daily log on real disks in real trouble."""

from pathlib import Path

import pytest

from conntest_tui.monitor.daily_log import DayLog
from tests.fakes import FakeClock
from tests.store.samples import event
from tests.system.disks import fill, mount

pytestmark = pytest.mark.system


def test_the_log_waits_for_a_full_disk_and_cuts_no_line(disk: Path) -> None:
    log = DayLog(disk / "logs", 150, FakeClock())
    log.write([event("first")])
    filler = fill(disk)
    told = [event(f"{number} {'x' * 300}") for number in range(100)]
    for one in told:
        log.write([one])
    assert log.trouble is not None
    assert "No space left on device" in log.trouble
    (file,) = (disk / "logs").iterdir()
    before = file.read_text().splitlines()
    assert len(before) > 5
    assert all(line.endswith("[mailed: first failure]") for line in before)

    filler.unlink()
    log.write([])
    assert log.trouble is None
    after = file.read_text().splitlines()
    assert after[: len(before)] == before
    assert [line.split()[2] for line in after] == ["first", *(str(number) for number in range(100))]


def test_a_read_only_disk_does_not_stop_the_log(disk: Path) -> None:
    log = DayLog(disk, 150, FakeClock())
    mount("-o", "remount,ro", str(disk))
    log.write([event("first")])
    assert log.trouble is not None
    assert "Read-only file system" in log.trouble
    mount("-o", "remount,rw", str(disk))
    log.write([event("second")])
    (file,) = disk.iterdir()
    assert [line.split()[2] for line in file.read_text().splitlines()] == ["first", "second"]
