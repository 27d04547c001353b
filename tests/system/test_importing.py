"""`import` for real: at a terminal, where it asks, and over a prefix that it sweeps."""

import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.system.program import needs_root

pytestmark = [pytest.mark.system]

PROGRAM = [sys.executable, "-m", "conntest_tui"]


def test_at_a_terminal_it_asks_which_columns_are_which(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("7,core,10.1.1.254,Bldg 6\n8,prn,10.1.1.7,Bldg 6\n")
    arguments = [*PROGRAM, "-c", str(tmp_path), "import", "--write", str(tmp_path / "table.csv")]

    child = pexpect.spawn(arguments[0], arguments[1:], encoding="utf-8", timeout=60, dimensions=(40, 200))
    child.expect("  3  .*10.1.1.254, 10.1.1.7")
    for question, answer in (("host", "three"), ("host", "3"), ("description", "2"), ("location", "4"), ("group", "")):
        child.expect(f"{question}: ")
        child.sendline(answer)
    child.expect("2 rows added to")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 0
    assert (tmp_path / "hosts.csv").read_text() == "10.1.1.254,core,Bldg 6\n10.1.1.7,prn,Bldg 6\n"


@needs_root
def test_a_prefix_is_swept_for_who_answers(tmp_path: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "-c", str(tmp_path), "import", "--write", "127.0.5.0/29"], capture_output=True, text=True, check=True
    )

    assert "the prefix 127.0.5.0/29: 6 rows added to" in done.stderr
    rows = (tmp_path / "hosts.csv").read_text().splitlines()
    assert rows == ["# 127.0.5.0/29", *(f"127.0.5.{n},," for n in range(1, 7))]


def test_what_another_program_writes_is_imported_through_a_pipe(tmp_path: Path) -> None:
    arguments = [*PROGRAM, "-c", str(tmp_path), "import", "--write", "-"]

    done = subprocess.run(arguments, input=b"10.1.1.254,core\n", capture_output=True, check=False)
    left_out = subprocess.run(
        arguments, input=b"host,description\n10.1.1.999,a\n10.1.1.998,b\n", capture_output=True, check=False
    )

    assert (done.returncode, (tmp_path / "hosts.csv").read_bytes()) == (0, b"10.1.1.254,core,\n")
    assert (left_out.returncode, left_out.stderr.count(b"not imported:")) == (2, 2)
