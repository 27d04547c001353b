"""Files that are written under a running monitor, as scp, editors, rsync and Ansible do it: nothing half is taken."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.program import Program, needs_root

pytestmark = [pytest.mark.system, needs_root]

HOSTS = "".join(f"127.0.0.{number},Host {number},\n" for number in range(1, 9)) + "printer.invalid,Printer,\n"
LONGER = HOSTS + "127.0.0.99,New,\n"
ROW = len("127.0.0.1,Host 1,\n")

Writer = Callable[[Path, str], None]


def in_pieces(path: Path, text: str) -> None:
    """As scp and cp over a slow line: truncated, then written in place, here a row at a time."""
    with path.open("w") as file:
        for start in range(0, len(text), ROW):
            file.write(text[start : start + ROW])
            file.flush()
            time.sleep(0.25)


def in_pieces_over_a_bad_line(path: Path, text: str) -> None:
    """The same, with breaks that are longer than a second."""
    with path.open("w") as file:
        for end in (ROW * 3, ROW * 6, len(text)):
            file.write(text[file.tell() : end])
            file.flush()
            time.sleep(1.5)


def in_place(path: Path, text: str) -> None:
    """As rsync --inplace: over the old contents, and cut to the new length in the end."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.ftruncate(descriptor, ROW * 3)
        for start in range(0, len(text), ROW):
            os.pwrite(descriptor, text[start : start + ROW].encode(), start)
            time.sleep(0.25)
        os.ftruncate(descriptor, len(text))
    finally:
        os.close(descriptor)


def away_and_back(path: Path, text: str) -> None:
    """As editors that keep the old file: renamed, and after a moment there is a new one."""
    path.rename(path.with_suffix(".csv~"))
    time.sleep(0.6)
    path.write_text(text)


def emptied_first(path: Path, text: str) -> None:
    """As nano and `>`: empty for a moment."""
    path.write_text("")
    time.sleep(0.6)
    path.write_text(text)


def renamed_over(path: Path, text: str) -> None:
    """As Ansible and most editors: at once."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    site.mkdir()
    (site / "hosts.csv").write_text(HOSTS)
    (site / "email_recipients.csv").write_text("one@example.com\ntwo@example.com\n")
    settings = 'interval = 1\nattempts = 1\ntimeout = 0.3\n[email]\ndelivery = "maildir"\n'
    (site / "settings.toml").write_text(settings)
    return site


@pytest.mark.parametrize(
    "writer", [in_pieces, in_pieces_over_a_bad_line, in_place, away_and_back, emptied_first, renamed_over]
)
def test_nothing_half_is_taken_while_sweeps_go_on(site: Path, writer: Writer) -> None:
    with Program(site, site.parent / "state", site.parent / "output") as program:
        program.wait_for("failed: printer.invalid")
        writer(site / "hosts.csv", LONGER)
        program.wait_for("added: 127.0.0.99")
        for word in ("removed", "trouble", "restored"):
            assert word not in program.told
        assert program.told.count("] DOWN") + program.told.count("[DOWN] Printer") == 1
        assert program.terminate() == 0


def test_a_reload_waits_for_the_writer_too(site: Path) -> None:
    with Program(site, site.parent / "state", site.parent / "output") as program:
        program.wait_for("started: watching")
        with (site / "hosts.csv").open("w") as file:
            for start in range(0, len(LONGER), ROW):
                file.write(LONGER[start : start + ROW])
                file.flush()
                program.reload()
                time.sleep(0.2)
        program.wait_for("added: 127.0.0.99")
        assert "removed" not in program.told
        assert "trouble" not in program.told


def test_a_start_on_a_watch_that_goes_on_waits_for_the_writer(site: Path) -> None:
    with Program(site, site.parent / "state", site.parent / "output") as program:
        program.wait_for("failed: printer.invalid")
        program.terminate()
    with (site / "hosts.csv").open("w") as file:
        file.write(HOSTS[:ROW])
        file.flush()
        with Program(site, site.parent / "state", site.parent / "output") as program:
            for start in range(ROW, len(HOSTS), ROW):
                time.sleep(0.3)
                file.write(HOSTS[start : start + ROW])
                file.flush()
            program.wait_for("started: watching 9 hosts")
            program.wait_for("still failing: printer.invalid")
            assert "removed" not in program.told


def test_a_recipient_on_a_second_row_gets_the_alert_that_falls_into_the_writing(site: Path, tmp_path: Path) -> None:
    (site / "hosts.csv").write_text("127.0.0.1,,\n")
    with Program(site, tmp_path / "state", tmp_path / "output") as program:
        program.wait_for("started: watching")
        renamed_over(site / "hosts.csv", "127.0.0.1,,\nprinter.invalid,,\n")
        with (site / "email_recipients.csv").open("w") as file:
            for piece in ("one@example.com\n", *["#\n"] * 12, "two@example.com\n"):
                file.write(piece)
                file.flush()
                time.sleep(0.25)
        program.wait_for("failed: printer.invalid")
        program.wait_for("[DOWN] printer.invalid")
        time.sleep(0.5)
    mails = [path.read_text() for path in (tmp_path / "state" / "mailbox" / "new").iterdir()]
    assert {line for mail in mails for line in mail.splitlines() if line.startswith("Delivered-To")} == {
        "Delivered-To: one@example.com",
        "Delivered-To: two@example.com",
    }
