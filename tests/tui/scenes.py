"""Networks to look at: the statuses, snapshots and events that the tests show on screen."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from conntest_tui.clock import Instant
from conntest_tui.model import (
    Event,
    EventKind,
    Host,
    HostStatus,
    MailHealth,
    MailStatus,
    Mark,
    MutedWith,
    MutePlan,
    Outage,
    Outcome,
    ProbeResult,
    Snapshot,
    Standing,
    State,
    SweepProgress,
)
from conntest_tui.model.snapshot import SAMPLE_SIZE, pack_samples
from tests.fakes import NOON

NOW = Instant(NOON, NOON)
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

HOSTS = (
    Host("10.1.1.254", "Cisco Router", "Bldg 6 MDF 101", "Building 406"),
    Host("10.1.2.7", "Switch 7", "Bldg 6 MDF 101", "Building 406", parent="10.1.1.254"),
    Host("10.1.2.8", "Switch 8", "Bldg 6 MDF 102", "Building 406", parent="10.1.1.254"),
    Host("10.1.2.9", "Printer", "Bldg 6 2nd fl.", "Building 406"),
    Host("10.1.2.10", "Door controller", "Bldg 6 lobby", "Building 406", mail=False),
    Host("10.1.3.1", "Core switch", "Bldg 2 MDF 001", "Headquarters"),
    Host("mail.company.net", "Mail server", "Bldg 2 rack A4", "Headquarters"),
    Host("2001:db8:17::53", "Name server", "Bldg 2 rack A5", "Headquarters"),
    Host("10.1.3.80", "Intranet", "Bldg 2 rack A5", "Headquarters"),
    Host("10.1.3.81", "Badge reader, north door", "Bldg 2 north door", "Headquarters"),
    Host("10.9.0.1", "VPN gateway", "Data centre", "Branch offices"),
    Host("10.9.1.1", "Oslo router", "Oslo", "Branch offices"),
    Host("10.9.2.1", "Lyon router", "Lyon", "Branch offices"),
    Host("10.9.3.1", "Kyoto router 京都", "京都", "Branch offices"),
)

IDLE = SweepProgress(289, False, 14, 14, NOON - 192, NOON + 108, 300.0, "raw sockets")
RUNNING = replace(IDLE, running=True, done=9, started=NOON - 9, next=NOON + 291)
MAIL_OK = MailStatus(MailHealth.OK, "250 accepted", 0, NOON - 857)

INTRANET_DOWN = 3 * HOUR + 1234
"""Seconds for which the intranet has been down in `trouble`."""

ADMIN, NOC = "admin@company.net", "noc@company.net"


BUSY = (1.0, 1.1, 0.9, 1.2, 1.0, 1.6, 1.0, 0.8, 1.3, 2.1, 1.1, 1.0, 1.0, 0.9, 3.1, 1.2, 1.0, 1.0, 1.5, 1.1)
"""How a round-trip time goes up and down, as multiples of the usual one."""


def sweeps(rtt: float, number: int = 60, *, shift: int = 0) -> bytes:
    """Return the samples of so many sweeps around the usual one; `shift` makes them another host's."""
    return pack_samples(rtt * BUSY[(at * (1 + shift % 3) + shift) % len(BUSY)] for at in range(number))


def up(host: Host, rtt: float = 0.00041, since: float = NOON - 12 * DAY) -> HostStatus:
    """Return a host that replies."""
    return HostStatus(
        host,
        Standing(State.UP, since),
        ProbeResult(host.name, Outcome.REPLY, host.name, rtt, attempts=1),
        samples=sweeps(rtt, shift=len(host.description)),
    )


def down(
    host: Host, seconds: float = 862.0, *, mailed: bool = True, note: str | None = None, by: str = ""
) -> HostStatus:
    """Return a host that has been down for some seconds and about which a mail went out at once.

    Its bar has a cross for each sweep since then.
    """
    lost = min(60, math.ceil(seconds / 300))
    began = Instant(NOON - seconds, NOON - seconds)
    outage = Outage(1, host.name, began, "no reply to 3 attempts", mailed=began.steady if mailed else None)
    next_mail = began.wall + HOUR if mailed and note is None else None
    return HostStatus(
        host,
        Standing(State.DOWN, began.wall, replace(outage, acknowledged=note, acknowledged_by=by), next_mail=next_mail),
        ProbeResult(host.name, Outcome.SILENT, host.name, attempts=3, reason=outage.reason),
        samples=sweeps(0.0004, 60 - lost) + pack_samples([math.inf] * lost),
    )


def unreachable(host: Host, behind: str, seconds: float = 862.0) -> HostStatus:
    """Return a host behind a parent that is down."""
    status = down(host, seconds, mailed=False)
    assert status.standing.outage is not None
    return judged(status, state=State.UNREACHABLE, outage=replace(status.standing.outage, behind=behind))


def muted(status: HostStatus, seconds: float | None) -> HostStatus:
    """Return the same host, muted for some seconds from now, or until it is unmuted."""
    until = None if seconds is None else NOON + seconds
    return judged(status, mark=Mark(status.host.name, muted=True, muted_until=until))


def judged(status: HostStatus, **changes: object) -> HostStatus:
    """Return the same host with another standing: fields of `Standing`."""
    return replace(status, standing=replace(status.standing, **changes))  # type: ignore[arg-type] # see above


def probed(status: HostStatus, **changes: object) -> HostStatus:
    """Return the same host with another result: fields of `ProbeResult`."""
    return replace(status, result=replace(status.result, **changes))  # type: ignore[arg-type] # see above


def snapshot(statuses: Sequence[HostStatus], **changes: object) -> Snapshot:
    """Return a snapshot of these hosts between two sweeps, with mail in order."""
    base = Snapshot(NOON, "sample_config", tuple(statuses), IDLE, MAIL_OK)
    return replace(base, **changes)  # type: ignore[arg-type] # a test names fields of Snapshot


def everything_up() -> Snapshot:
    """Return a calm network."""
    milliseconds = (0.41, 0.52, 0.68, 2.3, 1.1, 0.19, 0.35, 0.44, 0.9, 1.4, 12.7, 31.2, 18.5, 230.1)
    return snapshot(
        [
            up(host, rtt / 1000, NOON - number * 31 * HOUR)
            for number, (host, rtt) in enumerate(zip(HOSTS, milliseconds, strict=True), start=1)
        ]
    )


def trouble() -> Snapshot:
    """Return a network in which every state and every word about mail occurs, in the middle of a sweep."""
    router, switch, other, printer, door, core, mail, names, intranet, badge, vpn, oslo, lyon, kyoto = HOSTS
    flapping = Mark(oslo.name, flapping_since=Instant(NOON - 900, NOON - 900))
    away = sweeps(0.0185, 40) + pack_samples([math.nan] * 6) + sweeps(0.06, 3) + sweeps(0.0185, 11)
    changes = pack_samples([*(0.031, math.inf, math.inf) * 5, 0.2, math.inf])
    blinking = sweeps(0.03, 38) + changes + sweeps(0.03, 5)
    statuses = [
        down(router),
        unreachable(switch, router.name),
        replace(unreachable(other, router.name), checking=True),
        up(printer, since=NOON - 2 * DAY),
        up(door, 0.0011),
        up(core, 0.00019),
        probed(up(mail, 0.00035), address="10.1.3.25", note="name service is down, using its last address"),
        up(names, 0.00044),
        down(intranet, INTRANET_DOWN, note="Ann is replacing the power supply"),
        muted(down(badge, 2 * DAY + 3 * HOUR), 4 * HOUR),
        judged(probed(up(vpn), rtt=None, reason="no reply to 3 attempts"), state=State.SUSPECT, since=NOON - 7),
        replace(judged(up(oslo, 0.0312, NOON - 65), mark=flapping), samples=blinking),
        replace(up(lyon, 0.0185, NOON - 9 * DAY), samples=away),
        HostStatus(kyoto),
    ]
    return snapshot(statuses, sweep=RUNNING)


SATURDAY = datetime(2026, 9, 26, 22, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()


def mutes() -> Snapshot:
    """Return a network with a host that is muted, two behind it, and one of which that is planned."""
    router, switch, other, printer, *rest = HOSTS
    planned = MutePlan(SATURDAY, SATURDAY + 6 * HOUR, "new firmware", "anna", NOON - DAY)
    later = MutePlan(SATURDAY + 7 * DAY, None, by="bob", made=NOON - DAY)
    now = MutePlan(NOON - HOUR, None, "cabling", "anna", NOON - HOUR)
    mark = Mark(router.name, muted=True, muted_until=NOON + 3 * HOUR, mute=now, planned=(planned,))
    with_it = MutedWith(router.name, NOON + 3 * HOUR)
    statuses = [
        judged(down(router), mark=mark),
        judged(unreachable(switch, router.name), muted_with=with_it),
        judged(up(other), muted_with=with_it),
        judged(up(printer), mark=Mark(printer.name, planned=(planned, later))),
        *(up(host, 0.001 * (1 + number)) for number, host in enumerate(rest)),
    ]
    return snapshot(statuses)


NO_ROUTE = "no route to 5 hosts of Building 406: their site, or this machine's routing"


def hidden() -> Snapshot:
    """Return a network of which this machine cannot ask one building, since a quarter of an hour."""
    since = Instant(NOON - 862, NOON - 862)
    cause = Outage(9, "no route #9", since, NO_ROUTE, 3, mailed=NOON - 562, mails=1)
    statuses = [
        replace(
            probed(status, rtt=None, reason="cannot send: network is unreachable"),
            standing=Standing(State.UNWATCHED, since.wall, cause, next_mail=NOON - 562 + HOUR),
            samples=status.samples[: -3 * SAMPLE_SIZE] + pack_samples([math.nan] * 3),
        )
        if status.host.group == "Building 406"
        else status
        for status in everything_up().statuses
    ]
    return snapshot(statuses, problems=(NO_ROUTE,))


def events() -> list[Event]:
    """Return what led to `trouble`, oldest first."""
    kind, both, quiet = EventKind, f"to {ADMIN}, {NOC}", "no reply to 3 attempts"
    return told(
        (DAY, kind.STARTED, "conntest-tui started: 14 hosts, every 5 min", ""),
        (20 * HOUR, kind.MUTED, "10.1.3.81 Badge reader, north door muted until 2026-09-21 20:13", ""),
        (4 * HOUR, kind.TROUBLE, "mail: 451 4.7.1 greylisted, trying again in 5 min", ""),
        (4 * HOUR - 300, kind.RELIEF, "mail: delivered after 5 min", ""),
        (INTRANET_DOWN, kind.FAILED, f"10.1.3.80 Intranet failed: {quiet}", "mailed: first failure"),
        (INTRANET_DOWN - 5, kind.DELIVERED, "delivered: [DOWN] Intranet (10.1.3.80) - Bldg 2 rack A5", both),
        (2 * HOUR, kind.ACKNOWLEDGED, "10.1.3.80 Intranet acknowledged: Ann is replacing the power supply", ""),
        (900, kind.FLAPPING, "10.9.1.1 Oslo router is flapping: 6 changes within 1h", "mailed: flapping began"),
        (895, kind.DELIVERED, "delivered: [FLAPPING] Oslo router (10.9.1.1) - Oslo", both),
        (862, kind.FAILED, f"10.1.1.254 Cisco Router failed: {quiet}", "mailed: first failure"),
        (862, kind.UNREACHABLE, f"10.1.2.7 Switch 7 unreachable behind 10.1.1.254: {quiet}", _BEHIND),
        (862, kind.UNREACHABLE, f"10.1.2.8 Switch 8 unreachable behind 10.1.1.254: {quiet}", _BEHIND),
        (857, kind.DELIVERED, "delivered: [DOWN] Cisco Router (10.1.1.254) - Bldg 6 MDF 101", both),
        (65, kind.RESTORED, "10.9.1.1 Oslo router restored after 3m 12s", "not mailed: flapping"),
        (7, kind.SUSPECT, f"10.9.0.1 VPN gateway did not answer: {quiet}", ""),
    )


_BEHIND = "not mailed: behind 10.1.1.254"


def told(*happened: tuple[float, EventKind, str, str]) -> list[Event]:
    """Return events by seconds ago, kind, text and mail, oldest first; a host is named first, or in brackets."""
    return [
        Event(NOON - ago, what, text, host, outage=number if host else None, mail=mail, id=number)
        for number, (ago, what, text, mail) in enumerate(happened, 1)
        for host in [next(iter(_HOST.findall(text)), None)]
    ]


_HOST = re.compile(r"(?:^|\()(\d+\.\d+\.\d+\.\d+)")


CROWD_DOWN = ((26, 862.0, None), (27, 862.0, None), (30, 410.0, "Ann replaces it"), (75, 95.0, None))
"""Which hosts are down in `crowd`: their place, for how long, and the note of who has taken it."""


def crowd() -> Snapshot:
    """Return a campus of 120 hosts in five buildings, with a little trouble in two of them."""
    kinds = ("Core switch", "Access point", "Printer", "Camera", "Door controller", "Projector")
    statuses = []
    for building in range(1, 6):
        for number in range(1, 25):
            kind = kinds[number % len(kinds)] if number > 1 else kinds[0]
            host = Host(
                f"10.{building}.{number // 8}.{10 + number}",
                f"{kind} {building}{number:02}",
                f"Bldg {building} floor {1 + number // 8}, room {building}{number:02}",
                f"Building {building}",
            )
            statuses.append(up(host, 0.0003 * (1 + number * building % 7), NOON - number * 7 * HOUR))
    for index, seconds, note in CROWD_DOWN:
        statuses[index] = down(statuses[index].host, seconds, note=note)
    return snapshot(statuses, sweep=replace(RUNNING, done=88, total=120), mail=replace(MAIL_OK, delivered=NOON - 90))


def crowd_events() -> list[Event]:
    """Return what led to `crowd`, oldest first."""
    kind, happened = EventKind, [(DAY, EventKind.STARTED, "conntest-tui started: 120 hosts, every 5 min", "")]
    for index, seconds, note in CROWD_DOWN:
        host = crowd().statuses[index].host
        subject = f"[DOWN] {host.description} ({host.name}) - {host.location}"
        happened += [
            (seconds, kind.FAILED, f"{host.label} failed: no reply to 3 attempts", "mailed: first failure"),
            (seconds - 5, kind.DELIVERED, f"delivered: {subject}", f"to {ADMIN}, {NOC}"),
        ]
        if note:
            happened.append((seconds - 120, kind.ACKNOWLEDGED, f"{host.label} acknowledged: {note}", ""))
    return told(*sorted(happened, key=lambda one: -one[0]))
