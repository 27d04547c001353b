"""The program's entry, as the command `conntest-tui` and as `python -m conntest_tui`."""

from __future__ import annotations

from conntest_tui.held_signals import TYPE_CHECKING, Signals

if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the command line, with the signals held before anything else is imported."""
    signals = Signals()
    signals.hold()
    from conntest_tui.cli import main as run  # noqa: PLC0415 - it takes 0.2 s, and a signal may come meanwhile

    run(signals)


if __name__ == "__main__":
    main()
