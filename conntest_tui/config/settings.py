"""Every setting of settings.toml: its default, its type and its range. All times are seconds."""

from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from conntest_tui.config.command_templates import check_command
from conntest_tui.config.host_and_mail_addresses import helo_name, host_name, mail_address, own_source
from conntest_tui.config.problems import Refused, echo
from conntest_tui.text import DAY, MINUTE, clean

MOST_ATTEMPTS = 20
MOST_FAILURES = 100
SHORTEST_TIMEOUT = 0.01
LONGEST_TIMEOUT = 60.0

_MONTH = 31 * DAY
_DEEPEST_ID = 2  # parts of a binding's id, beyond which nothing is looked for


class Delivery(Enum):
    """Where mail goes."""

    SMTP = "smtp"
    MAILDIR = "maildir"  # a mailbox in the state directory, each mail a file
    OFF = "off"


class Tls(Enum):
    """How the connection to the mail server is made safe."""

    AUTO = "auto"  # implicit on port 465, STARTTLS elsewhere
    IMPLICIT = "implicit"  # RFC 8314, section 3
    STARTTLS = "starttls"  # RFC 3207, required
    NONE = "none"  # in the clear, and never with credentials


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


COLUMNS = (
    *("state", "host", "address", "description", "location", "group", "parent"),
    *("rtt", "min", "avg", "max", "jitter", "sweeps", "loss", "for", "mail", "why"),
)
"""The columns of the console's table."""


def _number(default: float, lowest: float, highest: float, unit: str) -> Any:
    """Declare a setting that takes a number; an int default makes it a whole one."""
    kind = "a whole number" if isinstance(default, int) else "a number"
    allowed = f"{kind} of {unit} from {lowest:.16g} to {highest:.16g}"
    return Field(default=default, ge=lowest, le=highest, description=allowed)


def _choice(default: Enum) -> Any:
    """Declare a setting that takes one of a few words."""
    # Not strict: strict mode takes members of the Enum only, and TOML has words.
    return Field(
        default=default, strict=False, description=" or ".join(f'"{member.value}"' for member in type(default))
    )


def _switch(*, default: bool) -> Any:
    """Declare a setting that is on or off."""
    return Field(default=default, description="true or false")


class _SettingsTable(BaseModel):
    """A table of settings.toml: no unknown setting, no text for a number, no NaN, no infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class LogSettings(_SettingsTable):
    """The daily log files."""

    keep: int = _number(150, 1, 36_500, "files")


class HistorySettings(_SettingsTable):
    """How long the state remembers what the sweeps found.

    Attributes:
        samples: days for which every sweep is kept.
        hours: days for which the sums of every hour are kept.
    """

    samples: int = _number(7, 1, 366, "days")
    hours: int = _number(366, 1, 3_660, "days")


class EmailSettings(_SettingsTable):
    """How mail leaves.

    Attributes:
        delivery: where they go.
        tls: how the connection to the server is made safe.
        sender: address that mail comes from; empty means the username of creds.csv.
        helo: what this machine calls itself to the mail server (RFC 5321, section 4.1.1.1); empty means its full name,
            and its address where it has none.
        ca_file: PEM file with the authorities to trust, its path absolute or from the working directory; None means
            those of the system.
        digest_above: more notifications than this in one sweep make one mail.
    """

    delivery: Delivery = _choice(Delivery.SMTP)
    tls: Tls = _choice(Tls.AUTO)
    sender: str = Field(default="", description='a mail address, or "" for the username of creds.csv')
    helo: str = Field(default="", description='a host name, an address in brackets, or "" for this machine\'s own')
    ca_file: Path | None = Field(
        default=None, strict=False, description='the path of a PEM file, or "" for the authorities of the system'
    )
    digest_above: int = _number(5, 0, 1_000, "notifications")

    @field_validator("sender")
    @classmethod
    def _check_sender(cls, value: str) -> str:
        return mail_address(value) if value else ""

    @field_validator("helo")
    @classmethod
    def _check_helo(cls, value: str) -> str:
        return helo_name(value) if value else ""

    @field_validator("ca_file", mode="before")
    @classmethod
    def _locate_ca_file(cls, value: object, info: ValidationInfo) -> object:
        """Make the path start from the directory of the configuration, which is the context of the validation."""
        if not isinstance(value, str):
            return value
        if clean(value) != value:
            raise Refused(f"{echo(value)} holds characters that do not print", "type the path anew")
        return Path(info.context or "", value) if value else None


class FlappingSettings(_SettingsTable):
    """When a host flaps: so many changes of state within the window; it is over after the quiet time."""

    changes: int = _number(6, 2, 1_000, "changes")
    window: float = _number(3_600.0, 1, 7 * DAY, "seconds")
    quiet: float = _number(30.0 * MINUTE, 1, 7 * DAY, "seconds")


class StormSettings(_SettingsTable):
    """When outages count as a storm: those of this share (percent) of the hosts that were not down, and so many."""

    share: float = _number(50.0, 1, 100, "percent")
    minimum: int = _number(5, 2, 1_000_000, "hosts")


class UplinkSettings(_SettingsTable):
    """The hosts whose silence means that this machine's own link is lost."""

    # Not strict: TOML has arrays and no tuples.
    hosts: tuple[str, ...] = Field(
        default=(), strict=False, max_length=100, description='at most 100 addresses: ["10.1.1.254", "10.1.2.254"]'
    )

    @field_validator("hosts")
    @classmethod
    def _check_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(host_name(written.strip()) for written in value))


class AttachSettings(_SettingsTable):
    """Who may attach a console to the monitor, beside its own user and root.

    Attributes:
        operators: names of users who may act; everybody else who can open the socket looks on.
        group: the group that may open the socket; empty for nobody.
    """

    # Not strict: TOML has arrays and no tuples.
    operators: tuple[str, ...] = Field(
        default=(), strict=False, max_length=100, description='at most 100 names of users: ["anna", "noc"]'
    )
    group: str = Field(default="", max_length=64, description="the name of a group of this machine")


class ConsoleSettings(_SettingsTable):
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

    bell: bool = _switch(default=True)
    title: bool = _switch(default=True)
    toasts: bool = _switch(default=True)
    away: float = _number(600.0, 0, DAY, "seconds")
    theme: Theme = _choice(Theme.DARK)
    signs: Signs = _choice(Signs.AUTO)
    notices: Notices = _choice(Notices.OFF)
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


class GroupSettings(_SettingsTable):
    """What a group of hosts.csv wants otherwise than all others; None where it does not."""

    failures: int | None = Field(
        default=None, ge=1, le=MOST_FAILURES, description="a whole number of sweeps from 1 to 100"
    )


class Settings(_SettingsTable):
    """Every setting; made without arguments it holds the defaults.

    Attributes:
        interval: seconds from one sweep's start to the next.
        attempts: echo requests to a host before its sweep counts as failed.
        timeout: seconds to wait for the reply to each of them.
        rate: echo requests per second at most; 0 means no limit.
        source: address or interface that echo requests leave from; empty means wherever the routes of this machine
            lead. An address matters to its own version of IP only.
        failures: consecutive failed sweeps before an outage opens.
        renotify: seconds between mails about an outage that goes on.
        log: see `LogSettings`.
        history: see `HistorySettings`.
        email: see `EmailSettings`.
        flapping: see `FlappingSettings`.
        storm: see `StormSettings`.
        uplink: see `UplinkSettings`.
        console: see `ConsoleSettings`.
        groups: what single groups want otherwise, by their heading: `[groups."Building 406"]`, below it `failures = 2`.
    """

    interval: float = _number(300.0, 1, DAY, "seconds")
    attempts: int = _number(3, 1, MOST_ATTEMPTS, "echo requests")
    timeout: float = _number(2.0, SHORTEST_TIMEOUT, LONGEST_TIMEOUT, "seconds")
    rate: int = _number(1_000, 0, 1_000_000, "echo requests per second")
    source: str = Field(default="", description='an address or an interface of this machine, or "" for any: "eth1"')
    failures: int = _number(1, 1, MOST_FAILURES, "sweeps")
    renotify: float = _number(3_600.0, 1, _MONTH, "seconds")
    log: LogSettings = LogSettings()
    history: HistorySettings = HistorySettings()
    email: EmailSettings = EmailSettings()
    flapping: FlappingSettings = FlappingSettings()
    storm: StormSettings = StormSettings()
    uplink: UplinkSettings = UplinkSettings()
    console: ConsoleSettings = ConsoleSettings()
    attach: AttachSettings = AttachSettings()
    groups: dict[str, GroupSettings] = Field(
        default_factory=dict, description='[groups."Building 406"], and below it failures = 2'
    )

    @field_validator("groups", mode="before")
    @classmethod
    def _check_groups(cls, value: object) -> object:
        """Refuse what a group cannot want, in words that fit a table whose names are the operator's own."""
        if not isinstance(value, dict):
            return value
        for name, group in value.items():
            if not isinstance(group, dict) or not group.keys() <= GroupSettings.model_fields.keys():
                raise Refused(f"{echo(name)} is no group", 'write [groups."Building 406"], and below it failures = 2')
            number = group.get("failures", 1)
            if type(number) is not int or not 1 <= number <= MOST_FAILURES:
                allowed = f"write a whole number of sweeps from 1 to {MOST_FAILURES}"
                raise Refused(f"failures of {echo(name)} is not allowed", allowed)
        return value

    @field_validator("source")
    @classmethod
    def _check_source(cls, value: str) -> str:
        return own_source(value.strip()) if value.strip() else ""


def all_settings(table: type[BaseModel] = Settings, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path of every setting (`email.tls`), and what it may hold, for a person."""
    for name, info in table.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from all_settings(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, info.description or ""


def tables() -> list[str]:
    """Return the names of the tables in settings.toml."""
    return sorted({path.partition(".")[0] for path, _ in all_settings() if "." in path})
