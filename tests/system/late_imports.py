"""The program, noting what it imports after it should have imported everything.

`python -m tests.system.late_imports FILE ARGUMENTS...` runs the command line with these arguments. `FILE.ready` appears
when the program says that it is ready (`run`), or when the console has imported ahead; at the end FILE holds the names
of the modules that were imported after that.
"""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

from conntest_tui.cli.main import cli


def main(file: Path, arguments: Sequence[str]) -> None:
    """Run the program."""
    early: set[str] = set()
    # `run` must not get Textual, and all that it imports, from here.
    place, name = (
        ("conntest_tui.cli.headless_run_command", "Supervisor.ready")
        if "run" in arguments
        else ("conntest_tui.tui.app_runner", "import_ahead")
    )
    import_module(place)
    with patch(f"{place}.{name}", noting(place, name, early, file.with_suffix(".ready"))):
        try:
            cli(list(arguments), standalone_mode=False)
        finally:
            file.write_text("\n".join(sorted(sys.modules.keys() - early)))


def noting(place: str, name: str, early: set[str], ready: Path) -> Callable[..., None]:
    """Return what a function of a module does, and then notes what is imported by now."""
    found: Any = sys.modules[place]
    for part in name.split("."):
        found = getattr(found, part)

    def work(*arguments: Any) -> None:
        found(*arguments)
        early.update(sys.modules)
        ready.touch()

    return work


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
