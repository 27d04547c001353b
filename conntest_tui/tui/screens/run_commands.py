"""Running a command of the operator's own for a host."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from textual.message import Message

from conntest_tui.model import HostStatus
from conntest_tui.tui.dialogs import Choice, ChoiceDialog
from conntest_tui.tui.own_commands import CommandRefusedError, OwnCommand, offered
from conntest_tui.tui.screens.hosts_file_actions import ProgramWanted
from conntest_tui.tui.toasts_bell_title import AlertingApp

SIMULATED = "These hosts are imagined: no command can reach them."
ONE_HOST_ONLY = "A command is run for one host. Select one, and mark none."
NOTHING_OFFERED = (
    "No command is offered: write one below [console.commands] in settings.toml, such as "
    'mtr = "mtr {address}"; traceroute, mtr and ssh are offered where they are installed.'
)

_KEYS = "123456789"


@dataclass
class CommandsWanted(Message):
    """The operator wants to run a command for a host.

    Attributes:
        status: the host.
    """

    status: HostStatus


def choose_command(app: AlertingApp, status: HostStatus, find: Callable[[str], str | None] = shutil.which) -> None:
    """Let the operator choose among the commands for a host, and have it run."""
    wanted = app.preferences.commands
    commands = [] if wanted is None else offered(wanted, find)
    if not commands:
        app.notify(SIMULATED if wanted is None else NOTHING_OFFERED, severity="warning", markup=False)
        return

    def chosen(number: int | None) -> None:
        if number is not None:
            _run(app, commands[number], status, find)

    choices = [
        Choice(_label(command, status), _KEYS[at] if at < len(_KEYS) else "") for at, command in enumerate(commands)
    ]
    app.push_screen(ChoiceDialog(f"Run for {status.host.label}", choices), chosen)


def _label(command: OwnCommand, status: HostStatus) -> str:
    line = command.line(status)
    return line if line.startswith(command.name) else f"{command.name}: {line}"


def _run(app: AlertingApp, command: OwnCommand, status: HostStatus, find: Callable[[str], str | None]) -> None:
    try:
        arguments = command.for_host(status)
    except CommandRefusedError as refused:
        app.notify(str(refused), severity="warning", markup=False)
        return
    if find(arguments[0]) is None:
        why = f"{command.name} is not run: there is no program {arguments[0]}."
        app.notify(why, severity="warning", markup=False)
        return
    app.post_message(ProgramWanted(arguments, says_goodbye=True, then=lambda _: None))
