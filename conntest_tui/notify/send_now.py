"""Mails that go at once, past the outbox: to each recipient, and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass

from conntest_tui.model.notifications import Message
from conntest_tui.notify.channel import Channel, ReplyVerdict, UnavailableError
from conntest_tui.notify.mail_account import Account


@dataclass(frozen=True, slots=True)
class MailAnswer:
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


def send_now(account: Account, channel: Channel, written: Callable[[str], Message]) -> list[MailAnswer]:
    """Send a mail to every recipient of an account; return what became of each.

    Where the connection ends, the recipient has a second try over a new one.

    Args:
        account: whose recipients they are.
        channel: the way out.
        written: returns the mail to one recipient; the channel is open by then, and knows what the server takes.
    """
    results: list[MailAnswer] = []
    connected = False
    try:
        for recipient in account.recipients:
            for last in (False, True):
                if not connected:
                    channel.open()
                reply = channel.send(written(recipient))[recipient]
                connected = not reply.whole_server
                if not connected:
                    channel.close()
                ended = reply.verdict is ReplyVerdict.TRANSIENT and (reply.whole_server or reply.suspicion)
                if last or not ended:
                    break
            results.append(MailAnswer(recipient, reply.verdict is ReplyVerdict.ACCEPTED, reply.text, channel.peer))
    except UnavailableError as error:
        left = account.recipients[len(results) :]
        results += [MailAnswer(recipient, accepted=False, text=error.reply.text) for recipient in left]
    finally:
        channel.close()
    return results
