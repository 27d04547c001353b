"""The seam between the dispatcher and the ways out: messages go in, and a verdict for each recipient comes back.

The dispatcher knows nothing of a channel's format: what is sent is written once, by the channel's own side (see
`conntest_tui.notify.channel_factory.writer_for`), and stored before the first attempt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from conntest_tui.errors import MailError
from conntest_tui.model.notifications import Message

CHECK_ADDRESS = "check the address in email_recipients.csv"
"""What to do about a recipient who is refused."""


@dataclass(frozen=True, slots=True)
class MessageHead:
    """What a message is, beside what it says.

    Attributes:
        sender: the address it comes from.
        recipients: the addresses it goes to.
        id: unique, and the same at every attempt; in the form of a Message-ID, with angle brackets.
        references: the ids of the messages that it follows, the first one first.
        date: POSIX seconds.
        name: what is shown beside the sender's address; of words without quotes.
    """

    sender: str
    recipients: Sequence[str]
    id: str
    references: Sequence[str]
    date: float
    name: str = ""


class ReplyVerdict(Enum):
    """What an answer means."""

    ACCEPTED = "accepted"  # taken: the other side has the responsibility
    TRANSIENT = "transient"  # surely not taken: try again later
    REFUSED = "refused"  # not for this recipient, for good
    CONFIGURATION = "configuration"  # not before the operator corrects something: hold
    AMBIGUOUS = "ambiguous"  # it may have been taken, nobody knows: repeat the same message


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a message, for one recipient.

    Attributes:
        verdict: what it means.
        text: one line for the operator: the server's words, and what to do about them.
        whole_server: whether the server cannot be used for other mails either, for now.
        suspicion: how likely the connection ended because of this recipient, which is then better asked by itself:
            0 not, 1 it was in question when it ended, 2 it had just been refused.
    """

    verdict: ReplyVerdict
    text: str
    whole_server: bool = False
    suspicion: int = 0


def hold(text: str, hint: str) -> Reply:
    """Return what it means that nothing can be sent before the operator corrects something.

    Args:
        text: what is wrong.
        hint: what to do about it.
    """
    return Reply(ReplyVerdict.CONFIGURATION, f"{text} ({hint})", whole_server=True)


def lost(text: str) -> Reply:
    """Return what it means that a connection failed before a message could have been taken."""
    return Reply(ReplyVerdict.TRANSIENT, text, whole_server=True)


def not_final(reply: Reply) -> Reply:
    """Return what a refusal means for a recipient for whom something was taken before: held, and tried again."""
    words = reply.text.removesuffix(f" ({CHECK_ADDRESS})")
    hint = f"it has taken mail for this address before: {CHECK_ADDRESS}"
    return replace(reply, verdict=ReplyVerdict.CONFIGURATION, text=f"{words} ({hint})")


class UnavailableError(MailError):
    """The server cannot be used at all now.

    Attributes:
        reply: why, and for how long: until later (transient) or until the operator acts (configuration).
    """

    title = "The mail server cannot be used"

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


class Channel(Protocol):
    """A way out for messages. Used by one thread: opened, given any number of them, closed, opened again."""

    @property
    def peer(self) -> str:
        """Which address of the server answered last, for a person; empty when there is none."""

    @property
    def most_bytes(self) -> int | None:
        """Bytes that a message's content may have, as of the last `open`; None when no limit is known."""

    def open(self) -> None:
        """Get ready to hand messages over: connect, make it safe, log in.

        Raises:
            UnavailableError: it cannot be used now.
        """

    def send(self, message: Message) -> Mapping[str, Reply]:
        """Hand one message over, when open.

        Returns:
            what became of it, for each recipient. After a reply with `whole_server` nothing more can be sent.
        """

    def close(self) -> None:
        """Take leave; never raises, and may be called at any time."""
