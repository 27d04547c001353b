"""The origin of a mail: which monitor wrote it, and how its reader reaches that monitor's console."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conntest_tui.config import NoHomeError, state_directory
from conntest_tui.notify.wording import field
from conntest_tui.text import clean

_PROGRAM = "conntest"
_LONGEST_NAME = 30  # bytes: one encoded word holds it (RFC 2047, section 2), for some readers put spaces between two
_SPECIAL = str.maketrans(dict.fromkeys('()<>[]:;@\\,"', " "))  # RFC 5322, section 3.2.3: these need quoting in a name


@dataclass(frozen=True, slots=True)
class Origin:
    """Who writes.

    Attributes:
        machine: the name of the machine, the full one where it has one; empty when it is not known.
        configuration: the name of the configuration.
        command: what opens its console.
        acknowledge: the key of the console that acknowledges.
        mute: the key that mutes.
        look: the key that opens the selected host.
    """

    machine: str = ""
    configuration: str = ""
    command: str = "conntest-tui"
    acknowledge: str = "a"
    mute: str = "m"
    look: str = "enter"

    @property
    def sender(self) -> str:
        """The name beside the sender's address: `conntest office`; short, and without what would need quotes."""
        name, machine = (_plain(text) for text in (self.configuration, self.machine.partition(".")[0]))
        if name.lower().startswith(_PROGRAM):  # /etc/conntest: the machine says more
            name = machine or name[len(_PROGRAM) :].strip(" -_.")
        return f"{_PROGRAM} {name.encode()[:_LONGEST_NAME].decode(errors='ignore').strip()}".strip()

    @property
    def lines(self) -> tuple[str, ...]:
        """What a mail ends with: how to act, and who wrote it."""
        there = f" on {self.machine}" if self.machine else ""
        named = f", configuration {self.configuration}" if self.configuration else ""
        keys = f"{self.acknowledge} to acknowledge, {self.mute} to mute, {self.look} to look at the selected host"
        return (
            f"In the console ({self.command}{there}) press {keys}.",
            f"Written by conntest-tui{there}{named}.",
        )


def _plain(text: str) -> str:
    """Return a text as words that need no quotes in an address."""
    return " ".join(field(text).translate(_SPECIAL).split())


UNKNOWN = Origin()
"""An origin of which nothing is known."""


def origin(directory: Path, state: Path, keys: Mapping[str, str], machine: str) -> Origin:
    """Return the origin of the mails of one configuration.

    Args:
        directory: where the configuration is.
        state: where its state is; the command says so when it is not where it would be looked for.
        keys: what the operator has bound otherwise: ids of the console's bindings -> keys, separated by commas.
        machine: the name of this machine.
    """
    absolute = directory.absolute()
    words = ["conntest-tui", "-c", str(absolute)]
    if state.absolute() != _usual_state(absolute):
        words += ["--state", str(state.absolute())]

    def key(name: str, otherwise: str) -> str:
        return clean(keys.get(name, "").split(",")[0].strip()) or otherwise

    return Origin(
        machine=machine,
        configuration=clean(absolute.name),
        command=clean(shlex.join(words)),
        acknowledge=key("host.acknowledge", UNKNOWN.acknowledge),
        mute=key("host.mute", UNKNOWN.mute),
        look=key("table.open", UNKNOWN.look),
    )


def _usual_state(directory: Path) -> Path | None:
    """Return where the state of a configuration is when nobody says; None for a user without a home."""
    try:
        return state_directory(None, directory).absolute()
    except NoHomeError:
        return None
