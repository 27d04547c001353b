"""A disk that is full while mail goes out: after the program's end nobody is told again what was delivered."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from conntest_tui.store import fallback_journal
from tests.notify.world import NOC, World, text_of
from tests.system.disks import ext4_disk, fill, small_disk
from tests.system.lab import Lab, needs_lab
from tests.system.mail_process import MailProcess
from tests.system.program import STARTED, Program
from tests.system.site import write_site
from tests.system.terminal import wait_until

pytestmark = pytest.mark.system


Disk = Callable[[Path], AbstractContextManager[Path]]


def crowd(world: World) -> int:
    """Let hosts fail until the state lives in memory, and some more; return how many have failed."""
    for number in range(1, 60):
        world.fail(f"10.1.1.{number}")
        world.run(1)
        if "kept in memory" in (world.database.trouble or ""):
            break
    else:
        raise AssertionError("there is still room")
    for more in range(number + 1, number + 4):
        world.fail(f"10.1.1.{more}")
        world.run(1)
    return number + 3


def killed(disk: Path, room: Path) -> World:
    """Return the world as it goes on where there is room, after the end of the one on that disk."""
    shutil.copytree(disk, room, ignore=shutil.ignore_patterns("filler", "lost+found"))
    world = World(room / "state.db")
    world.run(3_600)
    return world


@pytest.mark.parametrize("any_disk", [small_disk, ext4_disk])
def test_what_was_delivered_on_a_full_disk_is_not_told_again_after_a_kill(tmp_path: Path, any_disk: Disk) -> None:
    with any_disk(tmp_path) as disk:
        before = World(disk / "state.db")
        fill(disk)
        failed = crowd(before)
        assert len(before.server.subjects(NOC)) == failed
        after = killed(disk, tmp_path / "room")
        before.database.close()
    assert after.server.arrived == []
    after.fail("10.1.1.99")
    after.run(60)
    assert len(after.server.arrived) == 2
    assert "already" not in text_of(after.server.messages(NOC)[0])
    after.database.close()


def test_a_restart_on_the_full_disk_knows_it_too(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        before = World(disk / "state.db")
        fill(disk)
        failed = crowd(before)
        shutil.copytree(disk, tmp_path / "evidence", ignore=shutil.ignore_patterns("filler"))
        before.database.close()
        fill(disk)
        again = World(disk / "state.db")
        again.run(3_600)
        assert again.server.arrived == []
        again.fail("10.1.1.99")
        again.run(60)
        assert len(again.server.arrived) == 2
        after = killed(disk, tmp_path / "room")
        again.database.close()
    assert after.server.arrived == []
    assert len(after.outbox.queries.entries(100, after.clock.now())) == failed + 1
    after.database.close()


def test_what_was_forgotten_is_told_with_a_word_about_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fallback_journal, "FALLBACK_BYTES", 2 * 1024)
    with small_disk(tmp_path) as disk:
        before = World(disk / "state.db")
        fill(disk)
        crowd(before)
        after = killed(disk, tmp_path / "room")
        before.database.close()
    assert "some of what happened then is lost" in after.database.warning
    after.fail("10.1.1.99")
    after.run(60)
    assert len(after.server.arrived) >= 2
    assert all("You may know this already" in text_of(mail) for _, mail in after.server.arrived)
    after.database.close()


@needs_lab
def test_the_program_killed_on_a_full_disk_tells_nobody_twice(lab: Lab, tmp_path: Path) -> None:
    hosts = [f"10.77.0.{number}" for number in range(2, 82, 2)]
    with small_disk(tmp_path) as disk, MailProcess(tmp_path, enter=lab.enter) as server:
        server.start()
        site = write_site(
            tmp_path / "site", "".join(f"{host}\n" for host in hosts), server, interval=1.0, attempts=1, timeout=0.3
        )
        output, state = tmp_path / "output", disk / "state"
        with Program(site, state, output, enter=lab.enter) as program:
            program.wait_for(STARTED)
            wait_until((state / "state.db.reserve").exists, 10, "the state is there")
            filler = fill(disk)
            down: list[str] = []
            while "kept in memory" not in program.told or len(server.subjects) <= len(down) - 1:
                assert len(down) < len(hosts)
                down.append(hosts[len(down)])
                lab.cut_off(down[-1])
                wait_until(lambda: len(server.subjects) >= len(down), 20, "it is told")
            program.kill()
        filler.unlink()
        with Program(site, state, output, enter=lab.enter) as program:
            program.wait_for(STARTED)
            extra = hosts[-1]
            lab.cut_off(extra)
            wait_until(lambda: any(extra in subject for subject in server.subjects), 20, "it is told")
            assert program.terminate() == 0
    subjects = server.subjects
    assert len(subjects) == len(down) + 1, subjects
