"""The seam between the dispatcher and the ways out: what a channel is, and what it says became of a mail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from conntest_tui.errors import MailError


class ReplyVerdict(Enum):
    """What an answer means."""

    ACCEPTED = "accepted"  # the server has taken responsibility
    TRANSIENT = "transient"  # not now: try again
    REFUSED = "refused"  # this recipient never
    CONFIGURATION = "configuration"  # not before the operator corrects something: hold
    AMBIGUOUS = "ambiguous"  # the connection was lost when the mail may have been accepted: repeat the same bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a mail, for one recipient.

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
    """Return what it means that a connection failed before a mail could have been accepted."""
    return Reply(ReplyVerdict.TRANSIENT, text, whole_server=True)


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
    """A way out for mails. Used by one thread: opened, given any number of mails, closed, opened again."""

    @property
    def peer(self) -> str:
        """Which address of the server answered last, for a person; empty when there is none."""

    @property
    def most_bytes(self) -> int | None:
        """Bytes that a mail may have, as of the last `open`; None when no limit is known."""

    def open(self) -> None:
        """Get ready to hand mails over: connect, make it safe, log in.

        Raises:
            UnavailableError: it cannot be used now.
        """

    def send(self, message: bytes, sender: str, recipients: Sequence[str]) -> Mapping[str, Reply]:
        """Hand one mail over, when open.

        Args:
            message: its final bytes, with CRLF.
            sender: the envelope's sender.
            recipients: the envelope's recipients.

        Returns:
            what became of it, for each recipient. After a reply with `whole_server` nothing more can be sent.
        """

    def close(self) -> None:
        """Take leave; never raises, and may be called at any time."""
