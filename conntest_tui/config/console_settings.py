"""The settings of the console: what it does, how it looks, its columns, keys and commands."""

from collections.abc import Iterator, Mapping
from enum import Enum

from pydantic import Field, field_validator

from conntest_tui.config.command_templates import check_command
from conntest_tui.config.problems import Refused, echo
from conntest_tui.config.settings_table import SettingsTable, choice, number, switch
from conntest_tui.text import DAY, clean

COLUMNS = (
    *("state", "host", "address", "description", "location", "group", "parent"),
    *("rtt", "min", "avg", "max", "jitter", "sweeps", "loss", "for", "mail", "why"),
)
"""The columns of the console's table."""

_DEEPEST_ID = 2  # parts of a binding's id, beyond which nothing is looked for


class Theme(Enum):
    """The colours of the console."""

    DARK = "dark"
    LIGHT = "light"
    HIGH_CONTRAST = "high-contrast"
    ANSI = "ansi"  # the terminal's own


class Signs(Enum):
    """The characters of the console's signs."""

    AUTO = "auto"  # what the locale allows
    UNICODE = "unicode"
    ASCII = "ascii"


class Notices(Enum):
    """How the terminal is asked to show a notice of its own on the desktop."""

    OFF = "off"
    OSC9 = "osc9"  # iTerm2, kitty, WezTerm
    OSC777 = "osc777"  # foot, Ghostty, urxvt


class ConsoleSettings(SettingsTable):
    """What the console does and looks like; it counts from the next start on.

    Attributes:
        bell: whether the terminal's bell rings when a host fails.
        title: whether the terminal's title says how many hosts are down.
        toasts: whether a window shows up for a moment when hosts fail and recover.
        away: seconds without a key after which the next one shows what has changed; 0 means never.
        theme: its colours.
        signs: the characters of its signs.
        notices: how the terminal is asked for a notice on the desktop when a host fails.
        columns: which columns its table has, from left to right; empty means all of them, as far as there is room.
        keys: for the id of a key binding the keys that shall do it, parted by commas. Which ids and keys there are
            is for the console to say.
        commands: for the name of a command what is run for a host: a program and its arguments, in which `{address}`,
            `{host}` and `{description}` are put in. No shell takes part.
    """

    bell: bool = switch(default=True)
    title: bool = switch(default=True)
    toasts: bool = switch(default=True)
    away: float = number(600.0, 0, DAY, "seconds")
    theme: Theme = choice(Theme.DARK)
    signs: Signs = choice(Signs.AUTO)
    notices: Notices = choice(Notices.OFF)
    # Not strict: TOML has arrays and no tuples.
    columns: tuple[str, ...] = Field(
        default=(), strict=False, max_length=100, description='columns from left to right: ["state", "host", "rtt"]'
    )
    keys: dict[str, str] = Field(default_factory=dict, description='[console.keys], and below it "host.recheck" = "f5"')

    @field_validator("columns")
    @classmethod
    def _check_columns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        named = tuple(dict.fromkeys(written.strip().casefold() for written in value))
        for name in named:
            if name not in COLUMNS:
                raise Refused(f"there is no column {echo(name)}", f"the columns are {', '.join(COLUMNS)}")
        return named

    commands: dict[str, str] = Field(
        default_factory=dict, description='[console.commands], and below it mtr = "mtr {address}"'
    )

    @field_validator("commands", mode="before")
    @classmethod
    def _check_commands(cls, value: object) -> object:
        """Refuse what is no program with its arguments, in words that fit a table whose names are the operator's."""
        for name, template in value.items() if isinstance(value, dict) else ():
            check_command(name, template)
        return value

    @field_validator("keys", mode="before")
    @classmethod
    def _flatten_keys(cls, value: object) -> object:
        """Take `host.recheck = "f5"` for what it means: an id may be written with or without quotes."""
        return dict(_flat(value, ())) if isinstance(value, dict) else value


def _flat(table: Mapping[str, object], above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        path = (*above, name)
        if isinstance(value, dict) and len(path) <= _DEEPEST_ID:
            yield from _flat(value, path)
        elif isinstance(value, str) and value.strip() and clean(value) == value:
            yield ".".join(path), value
        else:
            raise Refused(f"{echo('.'.join(path))} has no keys", 'write them in quotes: "host.recheck" = "r,f5"')
