"""Snapshots of made-up sites, as large as wanted, with every kind of trouble."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from conntest_tui.clock import Instant
from conntest_tui.model import (
    Host,
    HostStatus,
    MailHealth,
    MailStatus,
    Mark,
    MutePlan,
    Outage,
    Outcome,
    ProbeResult,
    Snapshot,
    Standing,
    State,
    SweepProgress,
)
from conntest_tui.model.monitor_figures import DeliveryResult, MonitorFigures
from conntest_tui.model.probes import SweepFigures
from tests.fakes import NOON

NOW = Instant(NOON, NOON)
HOSTILE = 'a"b\\c\nd</td><script>alert(1)</script>&amp;[/red]'


def up(host: Host, rtt: float = 0.0004) -> HostStatus:
    result = ProbeResult(host.name, Outcome.REPLY, "10.0.0.1", rtt, 1)
    return HostStatus(host, Standing(State.UP, NOON - 3600), result)


def down(host: Host, number: int = 1, *, ago: float = 862.0, note: str | None = None, by: str = "") -> HostStatus:
    began = Instant(NOON - ago, NOON - ago)
    outage = Outage(number, host.name, began, "no reply to 3 attempts", 3, acknowledged=note, acknowledged_by=by)
    result = ProbeResult(host.name, Outcome.SILENT, "10.0.0.1", None, 3, "no reply to 3 attempts")
    return HostStatus(host, Standing(State.DOWN, began.wall, outage, failures=3), result)


def muted(status: HostStatus, seconds: float | None = 3600.0, reason: str = "") -> HostStatus:
    until = None if seconds is None else NOW.steady + seconds
    mute = MutePlan(NOON - 60, None if seconds is None else NOON + seconds, reason)
    mark = Mark(status.host.name, muted=True, muted_until=until, mute=mute)
    return replace(status, standing=replace(status.standing, mark=mark))


def behind(host: Host, parent: str, number: int = 2) -> HostStatus:
    status = down(host, number)
    outage = replace(status.standing.outage or Outage(0, "", NOW, ""), behind=parent)
    return replace(status, standing=replace(status.standing, state=State.UNREACHABLE, outage=outage))


def unwatched(host: Host, cause: Outage | None, why: str = "no route") -> HostStatus:
    return HostStatus(host, Standing(State.UNWATCHED, NOON - 300, cause, why=why))


def suspect(host: Host) -> HostStatus:
    return replace(down(host), standing=Standing(State.SUSPECT, NOON - 30, failures=1))


def snapshot(
    statuses: Sequence[HostStatus], *, mail: MailHealth = MailHealth.OK, problems: tuple[str, ...] = ()
) -> Snapshot:
    sweep = SweepProgress(
        418, done=len(statuses), total=len(statuses), started=NOON - 30, next=NOON + 270, last=SweepFigures(1.25, 30, 4)
    )
    return Snapshot(
        NOON, "site <1>", tuple(statuses), sweep, MailStatus(mail, queued=3, delivered=NOON - 900), problems
    )


FIGURES = MonitorFigures(
    Instant(NOON - 7200, NOON - 7200),
    NOON,
    Instant(NOON - 20, NOON - 20),
    strays=17,
    mail_waits_since=NOON - 62.5,
    deliveries={DeliveryResult.DELIVERED: 12, DeliveryResult.REFUSED: 1},
)

ROUTER = Host("10.1.1.254", "Cisco Router", "Bldg 6 MDF 101", "Building 406")
SWITCH = Host("10.1.2.7", "Switch 7", "Bldg 6 MDF 101", "Building 406", parent="10.1.1.254")
PRINTER = Host("10.1.2.9", "Printer", "2nd floor", "Building 406", parent="10.1.2.7")
NO_ROUTE = Outage(
    17, "no route #17", Instant(NOON - 300, NOON - 300), "no route to 2 hosts: their site, or this machine's routing"
)


def every_trouble() -> Snapshot:
    """A site with a host in each state, a cause, a mute, an acknowledgement, and names from a hostile file."""
    statuses = (
        down(ROUTER, 1, note="on it", by="anna"),
        behind(SWITCH, ROUTER.name, 2),
        behind(PRINTER, ROUTER.name, 3),
        muted(down(Host("10.2.0.1", "Server", "", "Lab"), 4, ago=60.5)),
        down(Host("evil.example", HOSTILE, HOSTILE, HOSTILE), 5),
        suspect(Host("10.2.0.2", "", "", "Lab")),
        unwatched(Host("10.3.0.1", "", "", "Far"), NO_ROUTE),
        unwatched(Host("10.3.0.2", "", "", "Far"), NO_ROUTE),
        unwatched(Host("later.example", "", "", "Far"), None, "its name is being looked up"),
        HostStatus(Host("10.4.0.1", "new")),
        up(Host("10.5.0.1", "", "", ""), 0.000412345),
        up(Host("10.5.0.2", "", "", "Lab"), 0.2),
        muted(up(Host("10.5.0.3", "", "", "Lab"), 3.5), None, "rebuilt"),
    )
    return snapshot(statuses)


def large(count: int, status_of: Callable[[Host], HostStatus] = up, groups: int = 100) -> Snapshot:
    """A site of so many hosts."""
    hosts = [
        Host(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", f"Device {n}", f"Floor {n % 7}", f"Building {n % groups}")
        for n in range(count)
    ]
    return snapshot([status_of(host) for host in hosts])
