"""`fleet`: what many sites need on Prometheus, Alertmanager and Grafana; its files are part of the package."""

import os
from contextlib import suppress
from pathlib import Path

from conntest_tui.errors import ConntestError
from conntest_tui.text import shown

_FILES = Path(__file__).parents[1] / "fleet_files"

_PRINTED = {"rules": "rules.yml", "dashboard": "dashboard.json"}

EXAMPLE = {
    "prometheus.yml": "prometheus.yml",
    "alertmanager.yml": "alertmanager.yml",
    "agent.yml": "agent.yml",
    "conntest_rules.yml": "rules.yml",
    "conntest_dashboard.json": "dashboard.json",
}
"""Files of the example, and where they come from."""


class FleetExampleError(ConntestError):
    """The example cannot be written."""

    title = "The example cannot be written"


def fleet_file(what: str) -> str:
    """Return the alerting rules (`rules`, YAML) or the dashboard (`dashboard`, JSON for Grafana)."""
    return (_FILES / _PRINTED[what]).read_text(encoding="utf-8")


def write_fleet_example(directory: Path) -> list[Path]:
    """Write the example into a directory, which is made when it does not exist.

    A file that is there already is left alone.

    Returns:
        The files that were written.

    Raises:
        FleetExampleError: the directory or a file cannot be written.
    """
    written = []
    path = directory
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, source in EXAMPLE.items():
            path = directory / name
            with suppress(FileExistsError), path.open("x", encoding="utf-8") as file:
                file.write((_FILES / source).read_text(encoding="utf-8"))
                written.append(path)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "it cannot be written"
        raise FleetExampleError(f"{shown(path)}: {reason}", hint="name another directory") from error
    return written
