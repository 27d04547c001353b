"""Every setting of settings.toml: its default, its type and its range. All times are seconds."""

from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from conntest_tui.config.console_settings import ConsoleSettings
from conntest_tui.config.heartbeat_settings import HeartbeatSettings
from conntest_tui.config.host_and_mail_addresses import helo_name, host_name, mail_address, own_source
from conntest_tui.config.listen_address import ListenAddress, asked_name, listen_address
from conntest_tui.config.problems import Refused, echo
from conntest_tui.config.settings_table import SettingsTable, choice, located, number, switch
from conntest_tui.text import DAY, MINUTE

MOST_ATTEMPTS = 20
MOST_FAILURES = 100
SHORTEST_TIMEOUT = 0.01
LONGEST_TIMEOUT = 60.0

_MONTH = 31 * DAY


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


class LogSettings(SettingsTable):
    """The daily log files."""

    keep: int = number(150, 1, 36_500, "files")


class HistorySettings(SettingsTable):
    """How long the state remembers what the sweeps found.

    Attributes:
        samples: days for which every sweep is kept.
        hours: days for which the sums of every hour are kept.
    """

    samples: int = number(7, 1, 366, "days")
    hours: int = number(366, 1, 3_660, "days")


class EmailSettings(SettingsTable):
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

    delivery: Delivery = choice(Delivery.SMTP)
    tls: Tls = choice(Tls.AUTO)
    sender: str = Field(default="", description='a mail address, or "" for the username of creds.csv')
    helo: str = Field(default="", description='a host name, an address in brackets, or "" for this machine\'s own')
    ca_file: Path | None = Field(
        default=None, strict=False, description='the path of a PEM file, or "" for the authorities of the system'
    )
    digest_above: int = number(5, 0, 1_000, "notifications")

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
        return located(value, info)


class FlappingSettings(SettingsTable):
    """When a host flaps: so many changes of state within the window; it is over after the quiet time."""

    changes: int = number(6, 2, 1_000, "changes")
    window: float = number(3_600.0, 1, 7 * DAY, "seconds")
    quiet: float = number(30.0 * MINUTE, 1, 7 * DAY, "seconds")


class StormSettings(SettingsTable):
    """When outages count as a storm: those of this share (percent) of the hosts that were not down, and so many."""

    share: float = number(50.0, 1, 100, "percent")
    minimum: int = number(5, 2, 1_000_000, "hosts")


class UplinkSettings(SettingsTable):
    """The hosts whose silence means that this machine's own link is lost."""

    # Not strict: TOML has arrays and no tuples.
    hosts: tuple[str, ...] = Field(
        default=(), strict=False, max_length=100, description='at most 100 addresses: ["10.1.1.254", "10.1.2.254"]'
    )

    @field_validator("hosts")
    @classmethod
    def _check_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(host_name(written.strip()) for written in value))


class ReportSettings(SettingsTable):
    """Reports of months.

    Attributes:
        monthly: whether one is mailed on the first of each month, about the month that is over.
    """

    monthly: bool = switch(default=False)


class AttachSettings(SettingsTable):
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


class HttpSettings(SettingsTable):
    """Where the status page, the metrics and the health check can be asked for; nothing there acts.

    Attributes:
        listen: address and port; empty for nowhere. See `where`.
        hosts: names that it may be asked under, beside its own address and `localhost`.
    """

    listen: str = Field(default="", description='an address and a port, or "" for none: "127.0.0.1:9787"')
    # Not strict: TOML has arrays and no tuples.
    hosts: tuple[str, ...] = Field(
        default=(), strict=False, max_length=100, description='at most 100 names: ["status.example.com"]'
    )

    @property
    def where(self) -> ListenAddress | None:
        """Where to listen; None for nowhere."""
        return listen_address(self.listen) if self.listen else None

    @field_validator("listen")
    @classmethod
    def _check_listen(cls, value: str) -> str:
        return str(listen_address(value)) if value.strip() else ""

    @field_validator("hosts")
    @classmethod
    def _check_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(asked_name, value)))


class HostSeries(Enum):
    """Which hosts have series of their own in the metrics; open outages always have."""

    NONE = "none"
    TROUBLE = "trouble"  # those that are down, behind one that is down, or suspect
    ALL = "all"


class MetricsSettings(SettingsTable):
    """What the metrics tell."""

    hosts: HostSeries = choice(HostSeries.TROUBLE)


class GroupSettings(SettingsTable):
    """What a group of hosts.csv wants otherwise than all others; None where it does not."""

    failures: int | None = Field(
        default=None, ge=1, le=MOST_FAILURES, description="a whole number of sweeps from 1 to 100"
    )


class Settings(SettingsTable):
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
        heartbeat: see `HeartbeatSettings`.
        console: see `ConsoleSettings`.
        report: see `ReportSettings`.
        attach: see `AttachSettings`.
        http: see `HttpSettings`.
        metrics: see `MetricsSettings`.
        groups: what single groups want otherwise, by their heading: `[groups."Building 406"]`, below it `failures = 2`.
    """

    interval: float = number(300.0, 1, DAY, "seconds")
    attempts: int = number(3, 1, MOST_ATTEMPTS, "echo requests")
    timeout: float = number(2.0, SHORTEST_TIMEOUT, LONGEST_TIMEOUT, "seconds")
    rate: int = number(1_000, 0, 1_000_000, "echo requests per second")
    source: str = Field(default="", description='an address or an interface of this machine, or "" for any: "eth1"')
    failures: int = number(1, 1, MOST_FAILURES, "sweeps")
    renotify: float = number(3_600.0, 1, _MONTH, "seconds")
    log: LogSettings = LogSettings()
    history: HistorySettings = HistorySettings()
    email: EmailSettings = EmailSettings()
    flapping: FlappingSettings = FlappingSettings()
    storm: StormSettings = StormSettings()
    uplink: UplinkSettings = UplinkSettings()
    heartbeat: HeartbeatSettings = HeartbeatSettings()
    console: ConsoleSettings = ConsoleSettings()
    report: ReportSettings = ReportSettings()
    attach: AttachSettings = AttachSettings()
    http: HttpSettings = HttpSettings()
    metrics: MetricsSettings = MetricsSettings()
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
