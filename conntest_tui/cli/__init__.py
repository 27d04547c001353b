"""The command line: the only place that prints and exits."""

from conntest_tui.cli.main import main

__all__ = ["main"]
