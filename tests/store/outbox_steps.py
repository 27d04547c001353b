"""What the tests of the outbox do again and again."""

from dataclasses import replace

from conntest_tui.clock import Instant
from conntest_tui.model import Behind, Notification, NotificationKind
from conntest_tui.model.notification_state_machine import DeliveryAct
from conntest_tui.model.query_results import DeliveryState
from conntest_tui.store import Database, Outbox
from conntest_tui.store.mail_queue import AttemptResult, NewMessage

ADMIN, NOC = "admin@company.example", "noc@company.example"
NOW = Instant(1000.0, 2000.0)
FAILED = Notification(
    NotificationKind.FAILED,
    1990.0,
    host="10.1.1.254",
    description="Cisco Router",
    location="Bldg 6 MDF 101",
    group="Building 6",
    outage=5,
    started=1980.0,
    duration=10.0,
    reason="no reply to 3 attempts",
    failures=2,
    behind=(Behind("10.1.2.1", "Switch 1"), Behind("10.1.2.2")),
    sweep=418,
    changes=3,
)
OTHER = replace(FAILED, host="10.1.1.7", outage=6)
_ACTS = {
    DeliveryState.SENT: DeliveryAct.ACCEPT,
    DeliveryState.QUEUED: DeliveryAct.DELAY,
    DeliveryState.HELD: DeliveryAct.HOLD,
    DeliveryState.REFUSED: DeliveryAct.REFUSE,
    DeliveryState.EXPIRED: DeliveryAct.EXPIRE,
}


def add(outbox: Outbox, database: Database, *notifications: Notification) -> None:
    database.transaction(lambda connection: outbox.add(notifications, connection))


def silence(outbox: Outbox, database: Database, host: str) -> None:
    database.transaction(lambda connection: outbox.silence([host], connection))


def waiting(outbox: Outbox, recipient: str = ADMIN) -> list[Notification]:
    return outbox.pending(recipient)


def message_about(*notifications: Notification, message_id: str = "<a@x>") -> NewMessage:
    return NewMessage(message_id, "down", "[DOWN]", "monitor@company.example", b"bytes", notifications)


def seal_all(outbox: Outbox, recipients: tuple[str, ...] = (ADMIN, NOC), **changes: str) -> None:
    outbox.bind(recipients)
    assert outbox.store_messages([message_about(*waiting(outbox), **changes)], recipients, NOW)


def settle(outbox: Outbox, message: int, recipient: str, state: DeliveryState, *, ambiguous: bool = False) -> None:
    result = AttemptResult(recipient, _ACTS[state], NOW.steady + 5, "words", ambiguous)
    outbox.messages.settle(message, [result], NOW.wall)


def states(outbox: Outbox) -> dict[str, DeliveryState]:
    (entry,) = outbox.queries.entries(10, NOW)
    return {delivery.recipient: delivery.state for delivery in entry.deliveries}
