"""Signals that come before anybody can act on them are held, and lost by nobody."""

import os
import signal
import subprocess
import sys

from conntest_tui.held_signals import Signals

_OWN = signal.SIGHUP


def test_what_comes_early_is_done_when_somebody_can_do_it() -> None:
    done: list[str] = []
    signals = Signals()
    before = signal.getsignal(_OWN)
    signals.hold()
    try:
        os.kill(os.getpid(), _OWN)
        os.kill(os.getpid(), _OWN)
        assert done == []
        signals.pass_to({_OWN: lambda: done.append("reloaded")})
        assert done == ["reloaded"]
        os.kill(os.getpid(), _OWN)
        assert done == ["reloaded", "reloaded"]
    finally:
        signals.release()
    assert signal.getsignal(_OWN) is before


def test_a_signal_that_was_held_comes_to_whoever_had_it_before() -> None:
    came: list[int] = []
    before = signal.signal(_OWN, lambda number, _frame: came.append(number))
    try:
        signals = Signals()
        signals.hold()
        os.kill(os.getpid(), _OWN)
        assert came == []
        signals.release()
        assert came == [_OWN]
    finally:
        signal.signal(_OWN, before)


def _status(script: str) -> tuple[int, bytes]:
    before = "import os, signal; from conntest_tui.held_signals import Signals; held = Signals(); held.hold()\n"
    done = subprocess.run([sys.executable, "-c", before + script], capture_output=True, check=False, timeout=30)
    return done.returncode, done.stderr


def test_a_monitor_that_starts_ends_well_and_at_once() -> None:
    end = "os.kill(os.getpid(), signal.SIGTERM)"
    assert _status(f"{end}; held.end_at_once(); raise SystemExit(7)") == (0, b"")
    assert _status(f"held.end_at_once(); {end}; raise SystemExit(7)") == (0, b"")
    assert _status(f"held.release(); {end}") == (-signal.SIGTERM, b"")


def test_the_end_is_not_disturbed() -> None:
    assert _status("held.ignore(); os.kill(os.getpid(), signal.SIGTERM); raise SystemExit(7)") == (7, b"")


def test_the_entry_holds_them_before_it_imports_anything_slow() -> None:
    slow = "{'click', 'pydantic', 'pathlib', 'typing'}"
    script = f"import sys, conntest_tui.__main__; sys.exit(not sys.modules.keys().isdisjoint({slow}))"
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=30).returncode == 0
