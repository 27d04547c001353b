"""Notifications of every kind, and the mails they come to."""

from dataclasses import replace

from conntest_tui.model import Behind, Notification, NotificationKind
from conntest_tui.notify.mail_account import Signature
from conntest_tui.notify.mail_drafts import Draft, arrange, compose
from conntest_tui.notify.send_test_mail import draft_test_mail
from conntest_tui.text import HOUR, MINUTE
from tests.fakes import NOON

FAILED = Notification(
    NotificationKind.FAILED,
    NOON,
    host="10.1.1.254",
    description="Cisco Router",
    location="Bldg 6 MDF 101",
    group="Building 406",
    outage=5,
    started=NOON,
    reason="no reply to 3 attempts",
    failures=1,
    sweep=418,
    id=1,
)

LINK = Notification(NotificationKind.LINK_BACK, NOON + 832, started=NOON, duration=832, sweep=9, id=7)
FLAPPING = replace(FAILED, kind=NotificationKind.FLAPPING, outage=None, reason="", failures=0, changes=6, id=3)
LINK_LOST = Notification(
    NotificationKind.LINK_LOST,
    NOON + 600,
    host="own link #7",
    outage=7,
    started=NOON,
    duration=600,
    reason="the own IPv4 and IPv6 link is lost: no carrier",
    failures=2,
    sweep=20,
    id=7,
)

CAUSE = Notification(
    NotificationKind.CAUSE,
    NOON + 300,
    host="no route #8",
    description="no route to 35 hosts of Building 406",
    outage=8,
    started=NOON,
    duration=300,
    reason="no route to 35 hosts of Building 406: their site, or this machine's routing",
    failures=2,
    behind=tuple(Behind(f"10.4.0.{n}", f"Access switch {n}") for n in range(2, 37)),
    sweep=418,
    id=8,
)


def later(notification: Notification, kind: NotificationKind, seconds: float, **changes: object) -> Notification:
    follows = replace(
        notification, kind=kind, at=notification.started + seconds, duration=seconds, id=notification.id + 100
    )
    return replace(follows, **changes)  # type: ignore[arg-type]  # mypy cannot see through the names


def failures(number: int) -> list[Notification]:
    return [
        replace(
            FAILED,
            host=f"10.{n // 250}.{n % 250}.1",
            description=f"Switch {n}",
            location=f"Rack {n % 7}",
            group=f"Building {n % 30}",
            outage=n + 1,
            id=n + 1,
        )
        for n in range(number)
    ]


BY = Signature("noc1.company.net", "office", "conntest-tui -c /etc/office")


def message(*notifications: Notification, moment: float, late: bool = False, digest_above: int = 5) -> Draft:
    (told,) = arrange(notifications, late=late, digest_above=digest_above)
    return compose(told, moment, late=late, renotify=HOUR, quiet=30 * MINUTE, signature=BY)


RESTORED = later(FAILED, NotificationKind.RESTORED, 2 * HOUR + 13 * MINUTE, failures=27)
REASONS = ("no reply to 3 attempts", "no reply to 3 attempts", "host unreachable, says 10.77.255.254")
CORE = replace(
    FAILED,
    host="10.4.0.1",
    description="Core switch",
    behind=tuple(Behind(f"10.4.0.{n}", f"Access switch {n}") for n in range(2, 37)),
)

WHEN_IT_BEGAN_TO_FLAP = later(FAILED, NotificationKind.RESTORED, 90, failures=2, sweep=418)
MIXED = (
    *failures(4),
    *(later(n, NotificationKind.REMINDER, 3 * HOUR, sweep=418) for n in failures(9)[6:]),
    *(later(n, NotificationKind.RESTORED, HOUR, sweep=418) for n in failures(12)[10:]),
)

LATE = (
    *failures(7),
    *(later(n, NotificationKind.RESTORED, 10 * MINUTE, sweep=420) for n in failures(5)),
    FLAPPING,
    later(replace(FAILED, outage=99, host="10.9.9.9", id=50), NotificationKind.RESTORED, 5 * HOUR, sweep=421),
    LINK,
)

CASES = {
    "failure": message(FAILED, moment=NOON + 1),
    "parent-with-many-behind": message(CORE, moment=NOON + 1),
    "parent-with-many-behind-reminder": message(
        later(CORE, NotificationKind.REMINDER, 2 * HOUR, failures=25), moment=NOON + 2 * HOUR
    ),
    "digest-with-a-parent": message(
        *(replace(n, reason=reason) for n, reason in zip(failures(3), REASONS, strict=True)),
        replace(CORE, outage=90, id=90),
        moment=NOON + 1,
        digest_above=3,
    ),
    "flapping-of-one-host": message(WHEN_IT_BEGAN_TO_FLAP, replace(FLAPPING, id=800), moment=NOON + 91),
    "failure-of-a-bare-address": message(replace(FAILED, description="", location="", group=""), moment=NOON + 1),
    "failure-told-late": message(FAILED, moment=NOON + 872, late=True),
    "reminder": message(later(FAILED, NotificationKind.REMINDER, 2 * HOUR, failures=25), moment=NOON + 2 * HOUR),
    "failure-taken-before-it-is-told": message(
        replace(FAILED, acknowledgement="acknowledged by anna: on it"), moment=NOON + 872, late=True
    ),
    "recovery-of-what-was-taken": message(
        replace(RESTORED, acknowledgement="acknowledged by anna: power supply\r\nBcc: x"), moment=RESTORED.at + 1
    ),
    "digest-with-what-is-taken": message(
        *(
            replace(n, acknowledgement=said)
            for n, said in zip(failures(3), ("", "acknowledged by anna: on it", "acknowledged"), strict=True)
        ),
        later(replace(FAILED, outage=90, id=90, acknowledgement="acknowledged by bob"), NotificationKind.RESTORED, 60),
        replace(CAUSE, acknowledgement="acknowledged by anna: cable ordered"),
        moment=NOON + HOUR,
        late=True,
    ),
    "recovery": message(RESTORED, moment=RESTORED.at + 1),
    "recovery-after-a-gap-in-the-watch": message(
        replace(RESTORED, watched=(NOON + HOUR, RESTORED.at)), moment=RESTORED.at + 1
    ),
    "past-outage": message(
        replace(FAILED, behind=(Behind("10.1.2.1"),)),
        later(FAILED, NotificationKind.RESTORED, 14 * MINUTE),
        moment=NOON + HOUR,
        late=True,
    ),
    "flapping": message(FLAPPING, moment=NOON + 1),
    "steady": message(later(FLAPPING, NotificationKind.STEADY, 2 * HOUR), moment=NOON + 2 * HOUR),
    "steady-and-down": message(
        later(FLAPPING, NotificationKind.STEADY, 2 * HOUR, outage=5, reason="no reply to 3 attempts", failures=7),
        moment=NOON + 2 * HOUR,
    ),
    "link-back": message(LINK, moment=LINK.at + 1),
    "link-lost": message(LINK_LOST, moment=LINK_LOST.at),
    "link-still-lost": message(later(LINK_LOST, NotificationKind.LINK_REMINDER, 2 * HOUR), moment=NOON + 2 * HOUR),
    "link-back-after-hours": message(
        LINK_LOST, later(LINK_LOST, NotificationKind.LINK_BACK, 3 * HOUR), moment=NOON + 3 * HOUR, late=True
    ),
    "cause": message(CAUSE, moment=CAUSE.at),
    "cause-goes-on": message(later(CAUSE, NotificationKind.CAUSE_REMINDER, 2 * HOUR), moment=NOON + 2 * HOUR),
    "cause-over": message(later(CAUSE, NotificationKind.CAUSE_OVER, 3 * HOUR), moment=NOON + 3 * HOUR),
    "digest-with-causes": message(
        *failures(2),
        CAUSE,
        replace(
            CAUSE,
            id=9,
            outage=9,
            host="full neighbour table #9",
            description="neighbour table full for 10.5.0.1 Lab gateway",
            reason="neighbour table full for 10.5.0.1 Lab gateway: raise net.ipv4.neigh.default.gc_thresh3 "
            "(net.ipv6.neigh.default.gc_thresh3) with sysctl",
            behind=(Behind("10.5.0.1", "Lab gateway"),),
        ),
        moment=CAUSE.at,
        digest_above=3,
    ),
    "digest": message(*failures(137), moment=NOON + 1),
    "digest-of-many-kinds": message(*MIXED, moment=NOON + 3 * HOUR),
    "late": message(*LATE, moment=NOON + 6 * HOUR, late=True),
    "test": draft_test_mail(NOON, "admin@company.net", "mail.company.net:587", BY),
    "beyond-ascii": message(
        replace(FAILED, host="xn--bcher-kva.example", description="Bücherei-Router ☃", location="3. Stock, Flügel Ö"),
        moment=NOON + 1,
    ),
}
