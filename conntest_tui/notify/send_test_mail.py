"""The trial: one real mail to each recipient, now, past the outbox, to see whether mail works."""

from dataclasses import dataclass
from uuid import uuid4

from conntest_tui.clock import Clock, SystemClock
from conntest_tui.config import Delivery
from conntest_tui.notify.account import UNKNOWN, Account, Origin
from conntest_tui.notify.channel import Reply, Transport, UnavailableError, Verdict
from conntest_tui.notify.drafts import Draft
from conntest_tui.notify.mail_body import Page, Tone, as_html, as_text, field
from conntest_tui.notify.message_ids import domain_of
from conntest_tui.text import iso, shown


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one recipient's mail.

    Attributes:
        recipient: the address.
        accepted: whether the server took it.
        text: the server's words, or why it was not asked.
        peer: which address of the server answered; empty when none did, or there is none.
    """

    recipient: str
    accepted: bool
    text: str
    peer: str = ""


def send_test(account: Account, transport: Transport, clock: Clock | None = None) -> list[Answer]:
    """Send a mail to every recipient of an account; return what became of each.

    Where the connection ends, the recipient has a second try over a new one.
    """
    answers: list[Answer] = []
    connected = False
    try:
        for recipient in account.recipients:
            for last in (False, True):
                if not connected:
                    transport.open()
                reply = _send_one(account, transport, recipient, clock or SystemClock())
                connected = not reply.whole_server
                if not connected:
                    transport.close()
                ended = reply.verdict is Verdict.TRANSIENT and (reply.whole_server or reply.suspicion)
                if last or not ended:
                    break
            answers.append(Answer(recipient, reply.verdict is Verdict.ACCEPTED, reply.text, transport.peer))
    except UnavailableError as error:
        left = account.recipients[len(answers) :]
        answers += [Answer(recipient, accepted=False, text=error.reply.text) for recipient in left]
    finally:
        transport.close()
    return answers


def _send_one(account: Account, transport: Transport, recipient: str, clock: Clock) -> Reply:
    from conntest_tui.notify.mime import Headers, write  # noqa: PLC0415 - the email package is slow to import

    moment = clock.now().wall
    how = f"{account.server}:{account.port}" if account.delivery is Delivery.SMTP else shown(account.mailbox)
    draft = trial_draft(moment, recipient, how, account.origin)
    message_id = f"<test.{uuid4().hex}@{domain_of(account.sender, account.origin.machine)}>"
    letter = write(draft, Headers(account.sender, [recipient], message_id, (), moment, account.origin.sender))
    return transport.send(letter, account.sender, [recipient])[recipient]


def trial_draft(moment: float, recipient: str, sent_by: str, by: Origin = UNKNOWN) -> Draft:
    """Write the mail of `test-mail`.

    Args:
        moment: when it is written, POSIX seconds.
        recipient: whom it goes to.
        sent_by: how it is sent, for a person.
        by: who writes.
    """
    page = Page(
        "Mail works.",
        ("This is the mail that conntest-tui was asked to send. Mails about failures come the same way.",),
        (("Sent to", field(recipient)), ("Sent by", field(sent_by)), ("Written", iso(moment))),
        footer=("Next mail: when a host fails.", *by.lines),
        tone=Tone.GOOD,
    )
    return Draft("test", "[TEST] conntest-tui can reach you", as_text(page), as_html(page))
