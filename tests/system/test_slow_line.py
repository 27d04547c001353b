"""The console on lines that are slow, far, silent or dead, in multiplexers, and when something else writes over it.

How fast is told in bytes that the line had to carry, which the machine's load does not change.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.system.slow_line import CONSOLE, SlowLine, is_alive
from tests.system.terminal import Terminal, needs_tmux

pytestmark = [pytest.mark.system]

SLOW = 960  # bytes a second: a modem, a serial console
HELP, HELP_END = "Keys and signs", "esc closes"
BUSY = (*CONSOLE, "300", "busy")
BASH = shutil.which("bash") or "bash"


def settled(line: SlowLine) -> SlowLine:
    line.wait_for("60 up", "q Quit")
    line.wait_for_calm()
    return line


def below_the_clock(line: SlowLine) -> list[object]:
    return list(line.looks[2:])


@pytest.mark.parametrize("answers", [True, False], ids=["answers", "silent"])
def test_over_a_slow_line_a_page_comes_at_once(answers: bool) -> None:
    with SlowLine(CONSOLE, rate=SLOW, answers=answers) as line:
        settled(line)
        before = line.received
        line.type("?")
        line.wait_for(HELP)
        assert line.received - before < SLOW
        line.wait_for(HELP_END, "q Quit", seconds=10)
        assert line.received - before < 4 * SLOW


@pytest.mark.parametrize("key", ["qy", "\x11"], ids=["q and y", "ctrl+q"])
@pytest.mark.parametrize("answers", [True, False], ids=["answers", "silent"])
def test_over_a_slow_line_leaving_waits_for_little(answers: bool, key: str) -> None:
    """In the middle of a page: what has not been sent of it is not worth anything any more."""
    with SlowLine(BUSY, size=(200, 60), rate=SLOW, answers=answers) as line:
        line.wait_for("conntest", seconds=60)
        time.sleep(3)
        before = line.received
        line.type(key)
        line.wait_for_end(20)
        assert line.received - before < 1.5 * SLOW


def test_over_a_slow_line_the_newest_screen_comes_and_no_old_one() -> None:
    """Everything changes once a second, which is more than the line carries: keys are answered all the same."""
    with SlowLine(BUSY, size=(120, 40), rate=SLOW) as line:
        line.wait_for("conntest", seconds=60)
        time.sleep(8)
        before = line.received
        line.type("?")
        line.wait_for(HELP, seconds=20)
        assert line.received - before < 2 * SLOW


def test_over_a_far_line_nothing_is_taken_for_slow() -> None:
    with SlowLine(CONSOLE, size=(200, 60), delay=0.2) as line:
        settled(line)
        before = time.monotonic()
        line.type("?")
        line.wait_for(HELP, HELP_END, "q Quit")
        assert time.monotonic() - before < 12  # 8 kB in windows of 192 B, a round trip each, take 16 s
        line.type("\x11")


def test_while_nobody_reads_little_is_kept_and_leaving_is_no_matter() -> None:
    with SlowLine(BUSY, size=(120, 40)) as line:
        line.wait_for("300", "q Quit")
        time.sleep(3)
        line.reads = False
        time.sleep(12)
        before = line.received
        line.reads = True
        time.sleep(1)
        assert line.received - before < 40_000
        line.reads = False
        line.type("\x11")
        line.wait_for_end(10)


def test_what_something_else_wrote_goes_with_a_key() -> None:
    with SlowLine(CONSOLE) as line:
        settled(line)
        right = below_the_clock(line)
        line.scribble()
        assert below_the_clock(line) != right
        line.type("\x0c")
        line.wait_until(lambda: below_the_clock(line) == right, 10, "the whole screen again")


@pytest.mark.parametrize("size", [(60, 15), (132, 43)])
def test_after_a_resize_everything_is_drawn_again(size: tuple[int, int]) -> None:
    with SlowLine(CONSOLE, size=size) as fresh, SlowLine(CONSOLE) as line:
        settled(fresh)
        settled(line)
        line.resize(*size)
        try:
            line.wait_until(lambda: below_the_clock(line) == below_the_clock(fresh), 30)
        except AssertionError:
            assert line.lines[2:] == fresh.lines[2:]
            assert below_the_clock(line) == below_the_clock(fresh)


@pytest.mark.parametrize(("rate", "delay"), [(SLOW, 0.1), (1e9, 0.4)], ids=["slow", "far"])
def test_the_shell_gets_no_answers(rate: float, delay: float) -> None:
    """What the terminal answers after the end would be typed into the shell."""
    command = (BASH, "-c", f"{' '.join(CONSOLE)}; stty echo; echo left; cat")
    with SlowLine(command, rate=rate, delay=delay) as line:
        settled(line)
        line.type("?")
        line.wait_for(HELP)
        line.type("\x1b")
        line.type("\x11")
        line.wait_for("left")
        time.sleep(1 + 2 * delay)
        assert "0n" not in line.text.partition("left")[2]


# ---------------------------------------------------------------- stopped by the shell


def shell(rate: float = 1e9) -> SlowLine:
    """Return a line to a shell with job control."""
    line = SlowLine((BASH, "--norc", "--noprofile", "-i"), rate=rate, environment={"PS1": "shell$ "})
    line.wait_for("shell$")
    line.type(f"{' '.join(CONSOLE)}\n")
    return settled(line)


def console_of(line: SlowLine) -> int:
    """Return the process that the shell has started."""
    return int(Path(f"/proc/{line.pid}/task/{line.pid}/children").read_text().split()[0])


def test_the_shell_can_have_the_terminal_for_a_while() -> None:
    with shell() as line:
        right = below_the_clock(line)
        line.type("\x1a")
        line.wait_for("Stopped")
        line.type("stty -a | grep -o ' icanon'; echo seen\n")
        line.wait_for(" icanon", "\nseen")
        time.sleep(0.3)  # all that took a few hundredths of a second: too short to be told as a stop
        line.type("fg\n")
        line.wait_for("was stopped for")  # for a moment, in the place of the keys
        line.wait_until(lambda: below_the_clock(line) == right, 20, "the whole screen again")


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP])
def test_it_comes_back_whoever_has_stopped_it(number: signal.Signals) -> None:
    with shell() as line:
        pid = console_of(line)
        for _ in range(3):
            os.kill(pid, number)
            line.wait_for("Stopped")
            time.sleep(0.3)
            line.type("\x15clear; fg\n")  # the shell got what was meant for the program
            line.wait_until(lambda: "q Quit" in line.text and "Stopped" not in line.text, 10, "it is back")
            time.sleep(0.3)  # what is typed before it has the terminal again is not meant for it
            line.type("?")
            line.wait_for(HELP)
            line.type("\x1b")
            line.wait_until(lambda: HELP not in line.text, 10, "the help has gone")
        line.type("\x11")
        line.wait_for("shell$")


def test_in_the_background_it_waits() -> None:
    with shell() as line:
        line.type("\x1a")
        line.wait_for("Stopped")
        line.type("bg\n")
        time.sleep(1)

        def is_stopped() -> bool:
            line.type("clear; jobs\n")
            time.sleep(0.5)
            return "Stopped" in line.text

        line.wait_until(is_stopped, 20, "it stops again")
        line.type("fg\n")
        line.wait_for("60 up", "q Quit")


def test_where_no_shell_would_continue_it_it_goes_on() -> None:
    """An orphaned process group is not stopped (POSIX, 11.1.4): it would never run again."""
    with SlowLine(CONSOLE) as line:
        settled(line)
        line.type("\x1a")
        line.type("?")
        line.wait_for(HELP)


def test_it_ends_with_its_terminal_though_nobody_passes_the_hangup_on() -> None:
    """`task` leads the session, and keeps SIGHUP for itself."""
    wrapper = "import signal, subprocess, sys; signal.signal(1, lambda *_: None); subprocess.call(sys.argv[1:])"
    with SlowLine((sys.executable, "-c", wrapper, *CONSOLE)) as line:
        settled(line)
        pid = console_of(line)
        line.hang_up()
        line.wait_until(lambda: not is_alive(pid), 10, "the end of the console")


# ---------------------------------------------------------------- serial terminals, and what others have asked


def test_a_terminal_that_stops_and_starts_the_output_does_not_end_the_watch() -> None:
    with SlowLine(CONSOLE) as line:
        settled(line)
        line.type("\x13")
        time.sleep(0.5)
        line.type("\x11")
        line.type("?")
        line.wait_for(HELP)
        line.type("\x11")
        line.wait_for_end()


def test_what_an_earlier_program_has_asked_is_not_typed() -> None:
    """vim, fish and others ask for colours and names when they start; on a far line somebody else gets the answers."""
    with SlowLine(CONSOLE) as line:
        settled(line)
        right = below_the_clock(line)
        for answer in (
            "]11;rgb:2121/2121/2121\x1b\\",
            "]10;rgb:aaaa/ffff/eeee\x07",
            "P>|iTerm2 3.6\x1b\\",
            "[?1;2c",
            "[9;1R",
            "[8;24;80t",
        ):
            line.type(f"\x1b{answer}")
            time.sleep(0.2)
        time.sleep(0.5)
        assert below_the_clock(line) == right
        line.type("?")
        line.wait_for(HELP)


# ---------------------------------------------------------------- multiplexers


@needs_tmux
def test_in_tmux(tmp_path: Path) -> None:
    with Terminal(list(CONSOLE), tmp_path, columns=80, lines=24, environment={"TERM": "screen-256color"}) as terminal:
        terminal.wait_for("60 up", "10.0.0.1", "q Quit")
        terminal.keys("?")
        terminal.wait_for(HELP, HELP_END)
        terminal.keys("Escape")
        time.sleep(0.5)
        terminal.keys("C-q")
        assert terminal.exit_status() == 0
        assert "0n" not in terminal.wait_for("shell again")


@pytest.mark.skipif(shutil.which("screen") is None, reason="needs GNU screen")
def test_in_screen(tmp_path: Path) -> None:
    sockets = tmp_path / "screen"
    sockets.mkdir(mode=0o700)
    session = ("screen", "-c", "/dev/null", "-U", "-S", "conntest-quiet")
    try:
        with SlowLine((*session, *CONSOLE), size=(100, 30), environment={"SCREENDIR": str(sockets)}) as line:
            line.wait_for("60 up", "10.0.0.1", "q Quit")
            line.type("?")
            line.wait_for(HELP, HELP_END)
            line.type("?")
            line.wait_until(lambda: HELP not in line.text, 10, "the help has gone")
            line.type("\x11")
            line.wait_for_end()
    finally:
        subprocess.run([*session, "-X", "quit"], env=os.environ | {"SCREENDIR": str(sockets)}, check=False)


# ---------------------------------------------------------------- terminals that can less


@pytest.mark.parametrize("command", [("demo",), ()], ids=["demo", "console"])
def test_a_terminal_without_a_screen_gets_a_sentence(command: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "conntest_tui", *command],
        env=os.environ | {"TERM": "dumb"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "TERM=dumb" in done.stderr
    assert "\x1b[?1049h" not in done.stdout + done.stderr


@pytest.mark.parametrize("without", ["</dev/null", "2>/dev/null", "<&-"])
def test_without_a_terminal_there_is_a_sentence(without: str) -> None:
    """It ran on with keys that nobody could press, or drew into the file."""
    script = f"{sys.executable} -m conntest_tui demo {without} | cat; echo ${{PIPESTATUS[0]}} left"
    with SlowLine((BASH, "-c", script)) as line:
        line.wait_for("2 left")
        assert ("needs a terminal" in line.text) is ("2>" not in without)


def test_a_terminal_of_16_colours_and_ascii_gets_no_more() -> None:
    with SlowLine(CONSOLE, environment={"TERM": "linux", "COLORTERM": "", "LC_ALL": "C"}) as line:
        line.wait_for("60 up", "q Quit")
        assert line.text.isascii()
        colours = {colour for row in line.looks for cell in row for colour in cell[1:3] if isinstance(colour, str)}
        assert not {colour for colour in colours if len(colour) == 6 and colour.isalnum() and not colour.isalpha()}
        line.type("\x11")
