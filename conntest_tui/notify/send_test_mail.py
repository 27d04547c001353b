"""The test mail: one real mail to each recipient, now, past the outbox, to see whether mail works."""

from uuid import uuid4

from conntest_tui.clock import Clock, SystemClock
from conntest_tui.config import Delivery
from conntest_tui.model.notifications import Message
from conntest_tui.notify.channel import Channel, MessageHead
from conntest_tui.notify.channel_factory import writer_for
from conntest_tui.notify.mail_account import UNKNOWN_SIGNATURE, Account, Signature
from conntest_tui.notify.mail_body_text_and_html import MailBody, MailTone, as_html, as_text, safe_line
from conntest_tui.notify.mail_drafts import Draft
from conntest_tui.notify.message_ids import domain_of
from conntest_tui.notify.send_now import MailAnswer, send_now
from conntest_tui.text import iso, shown


def send_test(account: Account, channel: Channel, clock: Clock | None = None) -> list[MailAnswer]:
    """Send a mail to every recipient of an account; return what became of each, see `send_now`."""
    return send_now(account, channel, lambda recipient: _message(account, recipient, clock or SystemClock()))


def _message(account: Account, recipient: str, clock: Clock) -> Message:
    moment = clock.now().wall
    how = f"{account.server}:{account.port}" if account.delivery is Delivery.SMTP else shown(account.mailbox)
    draft = draft_test_mail(moment, recipient, how, account.signature)
    message_id = f"<test.{uuid4().hex}@{domain_of(account.sender, account.signature.machine)}>"
    head = MessageHead(account.sender, [recipient], message_id, (), moment, account.signature.sender)
    draft, content = writer_for(account)(lambda _: draft, head, None)
    return Message(message_id, draft.subject, account.sender, [recipient], content)


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
