"""`--quiet` holds for the demo as it does for the console."""

import pytest
from click.testing import CliRunner

from conntest_tui import tui
from conntest_tui.cli.main import cli
from conntest_tui.monitor import Monitor
from conntest_tui.store.console_files import ConsoleFileStore


@pytest.mark.parametrize(("arguments", "quiet"), [(["--quiet", "demo"], True), (["demo"], False)])
def test_the_demo_is_as_quiet_as_it_was_told(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], quiet: bool
) -> None:
    told: list[bool] = []

    def run(source: Monitor, *_: object, quiet: bool, ends_watch: bool, files: ConsoleFileStore) -> int:
        assert not ends_watch
        files.keep("a demo keeps nothing")
        assert files.read() == ""
        told.append(quiet)
        source.end()
        return 0

    monkeypatch.setattr(tui, "run_console", run)
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    assert told == [quiet]
