import subprocess
import sys

import pytest

from tests.system.program import needs_root


@pytest.mark.system
@needs_root
def test_garbage_ends_nothing_and_is_written_nowhere() -> None:
    """Ten minutes of it: `python -m tests.api.fuzz`."""
    command = [sys.executable, "-m", "tests.api.fuzz", "--seconds", "12", "--seed", "19"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=150)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert "no author forged, no control character" in run.stdout
