"""The collector of reference cycles is off while the console starts, and on whatever becomes of that."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from conntest_tui import tui
from conntest_tui.cli.main import cli
from conntest_tui.errors import ConntestError
from conntest_tui.monitor import Monitor
from conntest_tui.tui import app_runner
from conntest_tui.tui.app import ConsoleApp
from tests.fakes import FakeClock
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import everything_up
from tests.tui.seat import settled


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    assert gc.isenabled()
    yield
    gc.enable()


def test_it_is_on_after_a_start_into_a_broken_configuration(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["-c", str(tmp_path / "none"), "--state", str(tmp_path / "state")])
    assert result.exception
    assert gc.isenabled()


@pytest.mark.parametrize("failure", [ConntestError("no screen"), KeyboardInterrupt()])
def test_it_is_on_after_a_console_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, failure: BaseException) -> None:
    def broken(source: Monitor, *_: object, **__: object) -> int:
        assert not gc.isenabled()
        source.end()
        raise failure

    monkeypatch.setattr(tui, "run_console", broken)
    assert CliRunner().invoke(cli, ["demo"]).exit_code
    assert gc.isenabled()


async def test_it_is_on_while_a_list_is_never_read_and_spares_what_stays_once_one_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app_runner, "_STARTED", 0.01)
    app = ConsoleApp(FakeSource(everything_up()), FakeClock())
    assert app.board is None
    gc.disable()
    before = gc.get_freeze_count()
    app_runner._spare_what_stays(app)
    assert gc.isenabled()
    async with app.run_test():
        await settled(lambda: app.board is not None and gc.get_freeze_count() > before)
    assert gc.isenabled()
