import subprocess
import sys


def test_garbage_ends_nothing_and_is_written_nowhere() -> None:
    """In a process of its own: pytest takes what is logged, and the console draws on standard error."""
    command = [sys.executable, "-m", "tests.api.fuzz", "4"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert "and it answers" in run.stdout
