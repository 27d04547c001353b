"""The list of commands for the selected host, and what is said when one cannot be run."""

from dataclasses import replace

from textual.widgets import OptionList

from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.dialogs import ChoiceDialog
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import HOSTS, everything_up, snapshot, up
from tests.tui.seat import Seat, console


def listed(seat: Seat) -> list[str]:
    options = seat.app.screen.query_one(OptionList)
    return [" ".join(str(option.prompt).split()) for option in options.options]


async def test_the_list_shows_the_commands_as_they_would_be_run() -> None:
    wanted = Preferences(commands={"look": "sh -c true {address}", "none": "no-such-program {host}"})
    async with console(FakeSource(everything_up()), preferences=wanted) as seat:
        await seat.press("down", "!")
        await seat.until(lambda: isinstance(seat.app.screen, ChoiceDialog))
        assert listed(seat)[:2] == ["look: sh -c true 10.1.2.7 1", "none: no-such-program 10.1.2.7 2"]
        await seat.press("2")
        await seat.until(lambda: seat.toasts() == ["none is not run: there is no program no-such-program."])
        await seat.press("!", "1")  # Textual's driver for tests has no terminal that could be given away
        await seat.until(lambda: any("cannot be given to another program" in toast for toast in seat.toasts()))


async def test_a_value_like_an_option_is_refused() -> None:
    host = replace(HOSTS[0], description="-oProxyCommand=reboot")
    async with console(
        FakeSource(snapshot([up(host)])), preferences=Preferences(commands={"a": "sh {description}"})
    ) as seat:
        await seat.press("end", "!")
        await seat.until(lambda: isinstance(seat.app.screen, ChoiceDialog))
        await seat.press("1")
        await seat.until(lambda: any("begins with -" in toast for toast in seat.toasts()))


async def test_nothing_is_run_for_hosts_that_are_imagined() -> None:
    async with console(FakeSource(everything_up())) as seat:
        await seat.press("down", "!")
        await seat.until(lambda: seat.toasts() == ["These hosts are imagined: no command can reach them."])


async def test_a_group_is_no_host() -> None:
    async with console(FakeSource(everything_up()), preferences=Preferences(commands={})) as seat:
        await seat.press("home", "!")
        await seat.until(lambda: seat.toasts() == ["A command is run for one host. Select one, and mark none."])
