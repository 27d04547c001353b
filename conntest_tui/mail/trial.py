"""The trial: one real letter to each recipient, now, past the outbox, to see whether mail works."""

from dataclasses import dataclass
from uuid import uuid4

from conntest_tui.clock import Clock, SystemClock
from conntest_tui.config import Delivery
from conntest_tui.mail.accounts import Account
from conntest_tui.mail.classify import Verdict
from conntest_tui.mail.compose import trial_draft
from conntest_tui.mail.transport import Transport, UnavailableError


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one recipient's letter.

    Attributes:
        recipient: the address.
        accepted: whether the server took it.
        text: the server's words, or why it was not asked.
    """

    recipient: str
    accepted: bool
    text: str


def send_test(account: Account, transport: Transport, clock: Clock | None = None) -> list[Answer]:
    """Send a letter to every recipient of an account; return what became of each."""
    try:
        transport.open()
        return [_send_one(account, transport, recipient, clock or SystemClock()) for recipient in account.recipients]
    except UnavailableError as error:
        return [Answer(recipient, accepted=False, text=error.reply.text) for recipient in account.recipients]
    finally:
        transport.close()


def _send_one(account: Account, transport: Transport, recipient: str, clock: Clock) -> Answer:
    from conntest_tui.mail.message import Headers, write  # noqa: PLC0415 - the email package is slow to import

    moment = clock.now().wall
    how = f"{account.server}:{account.port}" if account.delivery is Delivery.SMTP else str(account.mailbox)
    draft = trial_draft(moment, recipient, how)
    message_id = f"<test.{uuid4().hex}@conntest-tui.invalid>"
    letter = write(draft, Headers(account.sender, [recipient], message_id, (), moment))
    reply = transport.send(letter, account.sender, [recipient])[recipient]
    return Answer(recipient, reply.verdict is Verdict.ACCEPTED, reply.text)
