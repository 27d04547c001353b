"""Commands of the operator's own for a host: `[console.commands]` in settings.toml, and what is installed anyway.

No shell takes part: a template is split into arguments first, and only then the host's values are put into each.
"""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from conntest_tui.model import HostStatus
from conntest_tui.text import clean, shell

INSTALLED = {
    "mtr": "mtr {address}",
    "traceroute": "traceroute {address}",
    "ssh": "ssh {host}",
}
"""What is offered without a setting where it is installed, by its program."""

_PLACE = re.compile(r"\{(address|host|description)\}")


class CommandRefusedError(Exception):
    """A command cannot be run for a host; the text says why."""


@dataclass(frozen=True, slots=True)
class OwnCommand:
    """A command that can be run for a host.

    Attributes:
        name: what it is called.
        template: the program and its arguments, with `{address}`, `{host}` and `{description}` in them.
    """

    name: str
    template: tuple[str, ...]

    def for_host(self, status: HostStatus) -> Sequence[str]:
        """Return the program and its arguments for a host.

        Raises:
            CommandRefusedError: a value begins with `-`: the program would take it for an option.
        """
        host = status.host
        values = {
            "address": status.result.address or host.name,
            "host": host.name,
            "description": host.description,
        }

        def value(place: re.Match[str]) -> str:
            found = values[place[1]]
            if found.startswith("-"):
                said = clean(found)
                raise CommandRefusedError(
                    f"{self.name} is not run: the {place[1]} {said} begins with -, and would be taken for an option."
                )
            return found

        return [_PLACE.sub(value, argument) for argument in self.template]

    def line(self, status: HostStatus) -> str:
        """Return what would be run, for a person, or why it is not."""
        try:
            return " ".join(map(shell, self.for_host(status)))
        except CommandRefusedError as refused:
            return str(refused)


def offered(wanted: Mapping[str, str], find: Callable[[str], str | None]) -> list[OwnCommand]:
    """Return the operator's commands in their order, then those that are installed and called otherwise.

    Args:
        wanted: templates by name, each of which can be split.
        find: returns where a program is, None when there is none (`shutil.which`).
    """
    installed = {name: template for name, template in INSTALLED.items() if name not in wanted and find(name)}
    return [OwnCommand(name, tuple(shlex.split(text))) for name, text in (*wanted.items(), *installed.items())]
