"""The pictures are compared to the byte, so they are only ever made with the versions that draw them in CI."""

from importlib.metadata import requires, version

import pytest
import textual._wait
from packaging.requirements import Requirement

# Pilot looks this often whether the app has become idle: 20 ms twice per key make minutes of all these tests.
textual._wait.SLEEP_GRANULARITY = 1 / 200
textual._wait.SLEEP_IDLE = textual._wait.SLEEP_GRANULARITY / 4

DRAWING = ("textual", "rich", "pytest-textual-snapshot")


def pinned() -> dict[str, str]:
    """Return the versions that the `test` extra of pyproject.toml pins, by distribution."""
    wanted = [Requirement(line) for line in requires("conntest-tui") or ()]
    exact = {r.name: str(r.specifier).removeprefix("==") for r in wanted if str(r.specifier).startswith("==")}
    return {name: exact[name] for name in DRAWING}


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("update_snapshots", default=False):
        return
    found = {name: version(name) for name in DRAWING}
    if found != pinned():
        pytest.exit(f"--snapshot-update needs {pinned()}, here is {found}", returncode=2)
