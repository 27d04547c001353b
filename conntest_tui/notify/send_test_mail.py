"""The test mail: one real mail to each recipient, now, past the outbox, to see whether mail works."""

from dataclasses import dataclass
from uuid import uuid4

from conntest_tui.clock import Clock, SystemClock
from conntest_tui.config import Delivery
from conntest_tui.model.notifications import Message
from conntest_tui.notify.channel import Channel, MessageHead, Reply, ReplyVerdict, UnavailableError
from conntest_tui.notify.channel_factory import writer_for
from conntest_tui.notify.mail_account import UNKNOWN_SIGNATURE, Account, Signature
from conntest_tui.notify.mail_body_text_and_html import MailBody, MailTone, as_html, as_text, safe_line
from conntest_tui.notify.mail_drafts import Draft
from conntest_tui.notify.message_ids import domain_of
from conntest_tui.text import iso, shown


@dataclass(frozen=True, slots=True)
class MailTestResult:
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


def send_test(account: Account, channel: Channel, clock: Clock | None = None) -> list[MailTestResult]:
    """Send a mail to every recipient of an account; return what became of each.

    Where the connection ends, the recipient has a second try over a new one.
    """
    results: list[MailTestResult] = []
    connected = False
    try:
        for recipient in account.recipients:
            for last in (False, True):
                if not connected:
                    channel.open()
                reply = _send_one(account, channel, recipient, clock or SystemClock())
                connected = not reply.whole_server
                if not connected:
                    channel.close()
                ended = reply.verdict is ReplyVerdict.TRANSIENT and (reply.whole_server or reply.suspicion)
                if last or not ended:
                    break
            results.append(MailTestResult(recipient, reply.verdict is ReplyVerdict.ACCEPTED, reply.text, channel.peer))
    except UnavailableError as error:
        left = account.recipients[len(results) :]
        results += [MailTestResult(recipient, accepted=False, text=error.reply.text) for recipient in left]
    finally:
        channel.close()
    return results


def _send_one(account: Account, channel: Channel, recipient: str, clock: Clock) -> Reply:
    moment = clock.now().wall
    how = f"{account.server}:{account.port}" if account.delivery is Delivery.SMTP else shown(account.mailbox)
    draft = draft_test_mail(moment, recipient, how, account.signature)
    message_id = f"<test.{uuid4().hex}@{domain_of(account.sender, account.signature.machine)}>"
    head = MessageHead(account.sender, [recipient], message_id, (), moment, account.signature.sender)
    draft, content = writer_for(account)(lambda _: draft, head, None)
    return channel.send(Message(message_id, draft.subject, account.sender, [recipient], content))[recipient]


def draft_test_mail(moment: float, recipient: str, sent_by: str, signature: Signature = UNKNOWN_SIGNATURE) -> Draft:
    """Write the mail of `test-mail`.

    Args:
        moment: when it is written, POSIX seconds.
        recipient: whom it goes to.
        sent_by: how it is sent, for a person.
        signature: who writes.
    """
    body = MailBody(
        "Mail works.",
        ("This is the mail that conntest-tui was asked to send. Mails about failures come the same way.",),
        (("Sent to", safe_line(recipient)), ("Sent by", safe_line(sent_by)), ("Written", iso(moment))),
        footer=("Next mail: when a host fails.", *signature.lines),
        tone=MailTone.GOOD,
    )
    return Draft("test", "[TEST] conntest-tui can reach you", as_text(body), as_html(body))
