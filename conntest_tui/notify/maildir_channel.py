"""The embedded mailbox: each mail a file in a Maildir (https://cr.yp.to/proto/maildir.html)."""

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from conntest_tui.model.notifications import Message
from conntest_tui.notify.channel import Reply, ReplyVerdict, UnavailableError, lost
from conntest_tui.private import NotOursError, check_way, keep_directory, open_file
from conntest_tui.text import shown

DIRECTORIES = ("tmp", "new", "cur")


class MaildirChannel:
    """Delivers into a Maildir: one copy per recipient, private, and safe on disk before it counts as accepted."""

    peer = ""
    most_bytes: int | None = None

    def __init__(self, mailbox: Path) -> None:
        """Deliver into `mailbox`; it is made when it is first opened."""
        self._mailbox = mailbox

    def open(self) -> None:
        """Make the mailbox if there is none. In somebody else's state nothing is made.

        Raises:
            UnavailableError: it cannot be made, or is not this user's own.
        """
        try:
            check_way(self._mailbox)
            for directory in (self._mailbox, *(self._mailbox / name for name in DIRECTORIES)):
                keep_directory(directory)
        except OSError as error:
            raise UnavailableError(self._trouble(error)) from error

    def send(self, message: Message) -> Mapping[str, Reply]:
        """Put a copy for each recipient into the mailbox; a copy that is there already is not put there again."""
        replies = {}
        for recipient in message.recipients:
            try:
                self._deliver(message.content, message.sender, recipient)
            except OSError as error:
                replies[recipient] = self._trouble(error)
            else:
                replies[recipient] = Reply(ReplyVerdict.ACCEPTED, f"put into {shown(self._mailbox)}")
        return replies

    def close(self) -> None:
        """Nothing stays open."""

    def _deliver(self, content: bytes, sender: str, recipient: str) -> None:
        # The same mail to the same recipient has the same name, so a repeated attempt makes no second copy.
        digest = hashlib.sha256(b"%s\n%s" % (recipient.encode(), content)).hexdigest()
        name = f"{digest[:32]}.conntest-tui"
        new, temporary = self._mailbox / "new" / name, self._mailbox / "tmp" / name
        if _is_file(new) or self._was_read(name):
            return
        # RFC 5321, section 4.4: the delivering system notes the envelope.
        envelope = f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n".encode()
        temporary.unlink(missing_ok=True)  # what a crash left, or whatever somebody has put there
        with os.fdopen(open_file(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
            file.write((envelope + content).replace(b"\r\n", b"\n"))
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(new)
        _sync_directory(new.parent)

    def _was_read(self, name: str) -> bool:
        """Return whether a mail reader has moved the mail to `cur`, where flags follow its name."""
        with os.scandir(self._mailbox / "cur") as found:
            return any(entry.name.partition(":")[0] == name and entry.is_file(follow_symlinks=False) for entry in found)

    def _trouble(self, error: OSError) -> Reply:
        if isinstance(error, NotOursError):
            return lost(f"{shown(error.filename)} {error.strerror} ({error.hint})")
        hint = f"make room on the disk of {shown(self._mailbox)} and see that this user may write there"
        return lost(f"{shown(self._mailbox)}: {error.strerror} ({hint})")


def _is_file(path: Path) -> bool:
    """Whether there is a file itself, not a link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _sync_directory(directory: Path) -> None:
    """Put the directory's entries on disk: without that a power cut can take a renamed file back (fsync(2))."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
