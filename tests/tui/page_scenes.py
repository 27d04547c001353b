"""What a source knows beside the snapshots, for the pages: reports, mails, settings."""

import math
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from conntest_tui.clock import Instant
from conntest_tui.model import (
    Event,
    EventKind,
    Host,
    HostStatus,
    MailHealth,
    MailStatus,
    Outage,
    Snapshot,
    Standing,
    State,
)
from conntest_tui.model.hosts_and_names import NameRecord
from conntest_tui.model.query_results import (
    Availability,
    DeliveryState,
    DeliveryStatus,
    HostReport,
    Inventory,
    OutboxEntry,
    Setting,
    Setup,
)
from tests.fakes import NOON
from tests.tui.fake_source import FakeQueries, FakeSource
from tests.tui.scenes import (
    ADMIN,
    DAY,
    HOSTS,
    HOUR,
    INTRANET_DOWN,
    MINUTE,
    NOC,
    down,
    events,
    mutes,
    probed,
    snapshot,
    trouble,
    unreachable,
    up,
)

ROUTER = HOSTS[0].name
SERVER = "451 4.7.1 greylisted, come back in five minutes"

MAIL_TEXT = """\
From: conntest@company.net
To: noc@company.net, admin@company.net
Date: Mon, 21 Sep 2026 15:58:59 +0200
Subject: [DOWN] Cisco Router (10.1.1.254) - Bldg 6 MDF 101
Message-ID: <outage-1.5f2c@company.net>

Cisco Router (10.1.1.254) is down.

  since     2026-09-21T15:58:58+02:00
  reason    no reply to 3 attempts
  behind it 10.1.2.7, 10.1.2.8
"""


def delivery(
    recipient: str,
    state: DeliveryState,
    *,
    tries: int = 1,
    wait: float | None = None,
    reply: str = "",
    ambiguous: bool = False,
    ago: float = 857,
) -> DeliveryStatus:
    """Return a mail's way to one recipient, as it is since `ago` seconds; it is tried again after `wait` seconds."""
    due = None if wait is None else NOON + wait
    return DeliveryStatus(recipient, state, tries, due, reply, ambiguous, NOON - ago)


def arrived(ago: float) -> tuple[DeliveryStatus, ...]:
    """Return the deliveries of a mail that both recipients got so many seconds ago."""
    return tuple(delivery(whom, DeliveryState.SENT, reply="250 2.0.0 Ok", ago=ago) for whom in (ADMIN, NOC))


def mails() -> list[OutboxEntry]:
    """Return an outbox in which every state occurs, as `SourceQueries.outbox` orders it."""
    state = DeliveryState
    half = (
        delivery(ADMIN, state.SENT, reply="250 2.0.0 Ok"),
        delivery(NOC, state.QUEUED, tries=4, wait=107, reply=SERVER, ambiguous=True, ago=193),
    )
    held = (delivery(NOC, state.HELD, tries=2, wait=540, reply="535 5.7.8 authentication failed", ago=300),)
    lost = (delivery("old@company.net", state.REFUSED, tries=1, reply="550 5.1.1 no such mailbox", ago=2 * DAY),)
    stopped = (delivery(NOC, state.DISCARDED, tries=3, reply="connection refused", ago=12 * DAY),)
    router = "Cisco Router (10.1.1.254) - Bldg 6 MDF 101"
    intranet = "[DOWN] Intranet (10.1.3.80) - Bldg 2 rack A5"
    at = INTRANET_DOWN - 3, 9.5 * HOUR - 3, 10 * HOUR - 3, 9 * DAY
    return [
        OutboxEntry(None, 31, "removed", "[NO LONGER WATCHED] Plotter (10.1.2.11) - Bldg 6", NOON - 40),
        OutboxEntry(12, None, "down", f"[DOWN] {router}", NOON - 861, half),
        OutboxEntry(11, None, "flapping", "[FLAPPING] Oslo router (10.9.1.1) - Oslo", NOON - 899, held),
        OutboxEntry(7, None, "up", "[UP after 4m 10s] Printer (10.1.2.9) - Bldg 6 2nd fl.", NOON - 2 * DAY, lost),
        OutboxEntry(10, None, "down", intranet, NOON - at[0], arrived(at[0])),
        OutboxEntry(9, None, "up", f"[UP after 30m] {router}", NOON - at[1], arrived(at[1])),
        OutboxEntry(8, None, "down", f"[DOWN] {router}", NOON - at[2], arrived(at[2])),
        OutboxEntry(6, None, "up", "[UP after 12m] Lyon router (10.9.2.1) - Lyon", NOON - at[3], arrived(at[3])),
        OutboxEntry(5, None, "digest", "[DOWN 5 hosts] Headquarters", NOON - 12 * DAY - 300, stopped),
    ]


def mails_about(first: Snapshot) -> dict[str, list[OutboxEntry]]:
    """Return the mails about the hosts that fail in a scene in which everybody got them."""
    outages = [(status.host, status.standing.outage) for status in first.statuses]
    return {
        outage.host: [
            OutboxEntry(
                number,
                None,
                "down",
                f"[DOWN] {host.description} ({host.name}) - {host.location}",
                outage.started.wall + 1,
                arrived(NOON - outage.started.wall - 5),
            )
        ]
        for number, (host, outage) in enumerate(outages, start=100)
        if outage is not None and outage.mailed is not None
    }


def week(seed: int = 7, *, interval: float = 300.0, ends: float = NOON) -> list[tuple[float, float]]:
    """Return a week of sweeps: busy days, some losses, a night without a watch, one very slow reply; then silence."""
    random = Random(seed)
    found: list[tuple[float, float]] = []
    at = ends - 7 * DAY + 38  # so that the first sweep of the outage is one
    while at < ends - 20:
        day = (at - ends) / DAY
        busy = 1 + 0.8 * max(0.0, math.sin((at / DAY) * 2 * math.pi - 1.2))
        rtt = 0.0021 * busy * random.lognormvariate(0, 0.16)
        if -3.45 < day < -3.1:
            at += interval
            continue
        if at >= ends - 862 or random.random() < 0.004 or -1.62 < day < -1.58 or 10 * HOUR >= ends - at > 9.5 * HOUR:
            rtt = math.inf
        elif random.random() < 0.006:
            rtt *= 6
        found.append((at, rtt))
        at += interval
    return [(at, math.nan if -3.1 <= (at - ends) / DAY < -3.097 else rtt) for at, rtt in found]


def report() -> HostReport:
    """Return what is known about the router."""

    def instant(ago: float) -> Instant:
        return Instant(NOON - ago, NOON - ago)

    outages = (
        Outage(9, ROUTER, instant(862), "no reply to 3 attempts", 3, mailed=NOON - 862, mails=1),
        Outage(7, ROUTER, instant(10 * HOUR), "no reply to 3 attempts", 6, instant(9.5 * HOUR), mails=2),
        Outage(
            4,
            ROUTER,
            instant(1.62 * DAY),
            "host unreachable, says 10.1.0.1",
            11,
            instant(1.58 * DAY),
            acknowledged="new power supply",
            acknowledged_by="ann",
        ),
        Outage(2, ROUTER, instant(40 * DAY), "no reply to 3 attempts", 2, instant(40 * DAY - 312), mails=2),
    )
    kind, name, quiet = EventKind, "10.1.1.254 Cisco Router", "no reply to 3 attempts"
    started, ended, muted = "mailed: first failure", "mailed: recovered", "not mailed: muted until 2026-09-20 03:25"
    happened = [
        (262, kind.STILL_FAILING, f"{name} still failing after 10m: {quiet}", "not mailed: next reminder at 16:58"),
        (857, kind.DELIVERED, "delivered: [DOWN] Cisco Router (10.1.1.254) - Bldg 6 MDF 101", f"to {ADMIN}"),
        (862, kind.FAILED, f"{name} failed: {quiet}", started),
        (9.5 * HOUR, kind.RESTORED, f"{name} restored after 30m", ended),
        (10 * HOUR, kind.FAILED, f"{name} failed: {quiet}", started),
        (1.7 * DAY - 4 * HOUR, kind.UNMUTED, f"{name} no longer muted", ""),
        (1.58 * DAY, kind.RESTORED, f"{name} restored after 57m 36s", muted),
        (1.61 * DAY, kind.ACKNOWLEDGED, f"{name} acknowledged by ann: new power supply", ""),
        (1.62 * DAY, kind.FAILED, f"{name} failed: host unreachable, says 10.1.0.1", muted),
        (1.7 * DAY, kind.MUTED, f"{name} muted until 2026-09-20 03:25", ""),
        (40 * DAY - 312, kind.RESTORED, f"{name} restored after 5m 12s", ended),
        (40 * DAY, kind.FAILED, f"{name} failed: {quiet}", started),
    ]
    return HostReport(
        ROUTER,
        outages,
        availability(),
        tuple(entry for entry in mails() if "Router (10.1.1.254)" in entry.subject),
        tuple(
            Event(NOON - ago, what, text, ROUTER, mail=mail, id=90 - n)
            for n, (ago, what, text, mail) in enumerate(happened)
        ),
    )


def availability() -> tuple[Availability, ...]:
    """Return how the sweeps of `week` went, and those of a month of which nothing more was lost than that."""

    def over(days: float) -> Availability:
        found = [value for at, value in week() if at >= NOON - days * DAY and not math.isnan(value)]
        return Availability(len(found), sum(map(math.isinf, found)))

    week_long = over(7)
    return over(1), week_long, Availability(week_long.watched + 23 * 288, week_long.failed)


def setup(*problems: str, warnings: Sequence[str] = ()) -> Setup:
    """Return the settings of a small site."""
    settings = [
        ("interval", "300 (5m)", "default", "a number of seconds from 1 to 86400"),
        ("attempts", "3", "default", "a whole number of echo requests from 1 to 20"),
        ("timeout", "2", "default", "a number of seconds from 0.01 to 60"),
        ("rate", "1000", "default", "a whole number of echo requests per second from 0 to 1000000"),
        ("failures", "2", "settings.toml:4", "a whole number of sweeps from 1 to 100"),
        ("renotify", "3600 (1h)", "default", "a number of seconds from 1 to 2678400"),
        ("log.keep", "150", "default", "a whole number of files from 1 to 36500"),
        ("history.samples", "7", "default", "a whole number of days from 1 to 366"),
        ("history.hours", "366", "default", "a whole number of days from 1 to 3660"),
        ("email.delivery", "smtp", "default", '"smtp" or "maildir" or "off"'),
        ("email.tls", "starttls", "settings.toml:9", '"auto" or "implicit" or "starttls" or "none"'),
        ("email.sender", "conntest@company.net", "settings.toml:10", 'a mail address, or "" for the username'),
        ("uplink.hosts", "10.1.1.254", "settings.toml:14", "at most 100 addresses"),
    ]
    files = (
        ("hosts.csv", "14 hosts in 3 groups"),
        ("server_info.csv", "mail.company.net, port 587"),
        ("creds.csv", "a login; it is never shown"),
        ("email_recipients.csv", "admin@company.net, noc@company.net"),
        ("settings.toml", "4 settings set, the others at their defaults"),
    )
    inventory = Inventory("/etc/conntest", files, tuple(Setting(*setting) for setting in settings), tuple(warnings))
    return Setup(inventory, problems, "/var/lib/conntest", 3_400_000)


def half_mailed() -> list[Event]:
    """Return what led to `trouble` where mail does not get to everybody, oldest first; see `mails`."""
    some = [event for event in events() if not event.text.startswith("delivered: [FLAPPING]")]
    return [
        replace(event, mail=f"to {ADMIN}") if event.kind is EventKind.DELIVERED and event.host == ROUTER else event
        for event in some
    ]


def queries() -> FakeQueries:
    """Return a source's knowledge of the network that `trouble` shows."""
    found = FakeQueries(half_mailed())
    found.reports[ROUTER] = report()
    found.history = week()
    found.entries = mails()
    found.messages = {entry.message: MAIL_TEXT for entry in mails() if entry.message is not None}
    found.in_force = setup(
        warnings=["creds.csv: other users of this machine can read the password; run: chmod 600 creds.csv"]
    )
    return found


def muted_router() -> FakeSource:
    """Return a source with a router that is muted, is to be muted again, and was muted for some hours."""
    known, asked = report(), queries()
    spared = tuple(replace(one, planned=4 * HOUR) for one in known.availability)
    asked.reports[ROUTER] = replace(known, availability=spared)
    return FakeSource(mutes(), queries=asked)


def busy() -> FakeSource:
    """Return a source with trouble, and much to tell about it."""
    waiting = MailStatus(MailHealth.WAITING, f"{NOC}: {SERVER}", 3, NOON - 857, NOON + 107)
    problems = (f"mail: {waiting.text}",)
    return FakeSource(replace(trouble(), mail=waiting, problems=problems), queries=queries())


def named() -> FakeSource:
    """Return a source whose first host is a name that is gone and had many addresses, one of which answers."""
    name = "core-gateway.branch-office-oslo.company.example"
    addresses = ("2001:db8:5a3c:1104:9e6b:ff:fe21:81a4", *(f"10.77.5.{number}" for number in range(1, 61)))
    known = NameRecord(name, addresses, NOON - 2 * HOUR, NOON - 2 * HOUR, addresses[2], NOON - 12 * DAY)
    host = replace(HOSTS[0], name=name)
    status = probed(up(host), address=addresses[2], note=f"the name is gone, {addresses[2]} is its last known address")
    found = queries()
    past = report()
    found.reports[name] = replace(
        past,
        host=name,
        names=known,
        outages=past.outages[1:],
        messages=past.messages[1:],
        events=tuple(replace(event, text=event.text.replace(ROUTER, name)) for event in past.events if event.id < 88),
    )
    return FakeSource(snapshot([status, *map(up, HOSTS[1:])]), queries=found)


def quiet() -> FakeSource:
    """Return a source that has just begun, with nothing to tell."""
    return FakeSource(snapshot([HostStatus(host) for host in HOSTS], mail=MailStatus()))


GROUPS = ("Building 1 - Offices", "Building 2 - Laboratories", "Building 4 - Lecture halls", "Building 6", "Car park")


def campus(count: int) -> Snapshot:
    """Return many hosts in five groups, some of them in trouble."""
    random = Random(3)
    statuses = []
    for number in range(count):
        name = f"10.{number // 65_536}.{number // 256 % 256}.{number % 256}"
        host = Host(name, f"Device {number}", f"floor {number % 7}", GROUPS[number * len(GROUPS) // count])
        statuses.append(_of_campus(host, random.random()))
    return snapshot(statuses)


def _of_campus(host: Host, luck: float) -> HostStatus:
    if luck < 0.01:
        return down(host)
    if luck < 0.014:
        return down(host, note="known")
    if luck < 0.024:
        return unreachable(host, "10.0.0.1")
    if luck < 0.03:
        return HostStatus(host, Standing(State.SUSPECT, NOON - MINUTE))
    return up(host)


def many() -> FakeSource:
    """Return a source of a few hundred hosts."""
    return FakeSource(campus(320), queries=queries())


def thousands() -> FakeSource:
    """Return a source of ten thousand hosts."""
    return FakeSource(campus(10_000), queries=queries())


def branch_host(group: int) -> Host:
    """Return a host of one of the many small groups of `branches`."""
    return Host(f"10.9.{group}.2", "Switch 2", "Rack 2", f"Branch {group}")


def branches(*trouble: HostStatus, groups: int = 100) -> Snapshot:
    """Return many small groups of which some hosts fail."""
    hosts = [
        Host(f"10.9.{group}.{number}", f"Switch {number}", f"Rack {number}", f"Branch {group}")
        for group in range(groups)
        for number in range(5)
    ]
    other = {status.host.name: status for status in trouble}
    return snapshot([other.get(host.name) or up(host) for host in hosts])
