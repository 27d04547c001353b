"""The way out: what a transport is."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from conntest_tui.errors import MailError
from conntest_tui.notify.classify import Reply


class UnavailableError(MailError):
    """The server cannot be used at all now.

    Attributes:
        reply: why, and for how long: until later (transient) or until the operator acts (configuration).
    """

    title = "The mail server cannot be used"

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


class Transport(Protocol):
    """A way out for letters. Used by one thread: opened, given any number of letters, closed, opened again."""

    @property
    def peer(self) -> str:
        """Which address of the server answered last, for a person; empty when there is none."""

    @property
    def most_bytes(self) -> int | None:
        """Bytes that a letter may have, as of the last `open`; None when nobody knows of a limit."""

    def open(self) -> None:
        """Get ready to hand letters over: connect, make it safe, log in.

        Raises:
            UnavailableError: it cannot be used now.
        """

    def send(self, letter: bytes, sender: str, recipients: Sequence[str]) -> Mapping[str, Reply]:
        """Hand one letter over, when open.

        Args:
            letter: its final bytes, with CRLF.
            sender: the envelope's sender.
            recipients: the envelope's recipients.

        Returns:
            what became of it, for each recipient. After a reply with `whole_server` nothing more can be sent.
        """

    def close(self) -> None:
        """Take leave; never raises, and may be called at any time."""
