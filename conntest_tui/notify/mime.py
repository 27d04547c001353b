"""Mails as bytes: headers, MIME, and a last look at what really came out (RFC 5322, RFC 2045)."""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, unquote
from textwrap import wrap

from conntest_tui.errors import MailError
from conntest_tui.notify.channel import MessageHead
from conntest_tui.notify.mail_body_text_and_html import encoded
from conntest_tui.notify.mail_drafts import LARGEST, Draft
from conntest_tui.text import clean, local

_OURS = frozenset({"Subject", "Message-ID", "In-Reply-To", "References"})

_MOST_BYTES = 39  # in one encoded word; its line may have 76 characters (RFC 2047, section 2)

SHOWN_HEADERS = ("From", "To", "Date", "Subject", "Message-ID", "In-Reply-To")


class _Policy(EmailPolicy):
    """Folds what is ours to fold: Python 3.11's own way loses spaces between words that it encodes."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """Return one header as lines with CRLF."""
        said, _, address = value.rpartition(" <")
        if name == "From" and not said.isascii() and address.isascii():
            lines = [f"{name}:", *(f" {word}" for word in _encoded_words(unquote(said))), f" <{address}"]
            return ("\r\n".join(["".join(lines[:2]), *lines[2:]]) + "\r\n").encode("ascii")
        if name not in _OURS:
            return super().fold_binary(name, value)
        if value.isascii():
            words = f"{name}: {value}"
            lines = wrap(words, 78, subsequent_indent=" ", break_long_words=False, break_on_hyphens=False)
        else:
            lines = [f"{name}:", *(f" {word}" for word in _encoded_words(value))]
            lines[:2] = ["".join(lines[:2])]
        return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _encoded_words(text: str) -> Iterator[str]:
    """Yield a text as encoded words (RFC 2047), each of whole characters; readers join them without the spaces."""
    word = b""
    for character in (*text, ""):
        encoded = character.encode()
        if word and (not encoded or len(word) + len(encoded) > _MOST_BYTES):
            yield f"=?utf-8?b?{b64encode(word).decode('ascii')}?="
            word = b""
        word += encoded


# ASCII only and short lines: no server has to know 8BITMIME, and nothing is re-encoded on the way.
_POLICY = _Policy(cte_type="7bit", linesep="\r\n")

_LONGEST_SUBJECT = 400
_BETWEEN_PARTS = 700  # bytes of a mail that are neither its headers nor its parts
_NOBODY = "undisclosed-recipients:;"


class MalformedError(MailError):
    """A mail did not come out as it was meant: it must not be sent."""

    title = "A mail could not be written"


def write_mail(compose: Callable[[int], Draft], head: MessageHead, most_bytes: int | None) -> tuple[Draft, bytes]:
    """Return what a mail says, and its final bytes: not more than the server takes, if it can be said in so few.

    Args:
        compose: returns the draft, given the bytes that both parts of its body may take in transfer.
        head: what is beside the body.
        most_bytes: what the whole mail may have; None when no limit is known.
    """
    draft, content = _written(compose(LARGEST), head)
    if most_bytes is not None and len(content) > most_bytes:
        frame = content.index(b"\r\n\r\n") + _BETWEEN_PARTS
        draft, content = _written(compose(most_bytes - frame), head)
    return draft, content


def _written(draft: Draft, head: MessageHead) -> tuple[Draft, bytes]:
    """Return a draft with its final bytes."""
    try:
        return draft, write(draft, head)
    except MalformedError:
        # Whatever this Python's email package does to that subject or name: plain ASCII is still an alert.
        plain = replace(draft, subject=draft.subject.encode("ascii", "replace").decode())
        return plain, write(plain, replace(head, name=""))


def write(draft: Draft, head: MessageHead) -> bytes:
    """Return the final bytes of a mail, with CRLF.

    Recipients with a local part beyond ASCII are left out of `To`, which only servers with SMTPUTF8 could carry
    (RFC 6532); the envelope has them.

    Raises:
        MalformedError: the headers did not come out as they were meant.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = _address(head.sender, head.name)
    to = [_address(recipient) for recipient in head.recipients if recipient.isascii()]
    message["To"] = to or _NOBODY
    message["Subject"] = _shortened(draft.subject.strip())
    message["Date"] = format_datetime(local(head.date))
    message["Message-ID"] = head.id
    if head.references:
        message["In-Reply-To"] = head.references[-1]
        message["References"] = " ".join(head.references)
    # RFC 3834, section 5: no vacation notice answers this; the second one says it to Microsoft Exchange.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(draft.text, cte=encoded(draft.text)[0])
    if draft.html:
        message.add_alternative(draft.html, subtype="html", cte=encoded(draft.html)[0])
        # Derived, so that the same mail is the same bytes; `=_` cannot occur in an encoded body (RFC 2045, section
        # 6.7).
        message.set_boundary(f"=_{hashlib.sha256(head.id.encode()).hexdigest()[:32]}")
    content = message.as_bytes()
    _look_again(message, content, (head.id, *head.references))
    return content


def _address(written: str, display_name: str = "") -> Address:
    name, _, domain = written.rpartition("@")
    return Address(display_name=display_name, username=name, domain=domain)


def _shortened(subject: str) -> str:
    return subject if len(subject) <= _LONGEST_SUBJECT else f"{subject[: _LONGEST_SUBJECT - 3]}..."


def _look_again(meant: EmailMessage, content: bytes, ids: Sequence[str]) -> None:
    """Read the bytes as a server would, and compare.

    Python's email package has let line breaks in a subject through as headers of their own (3.10.13 to 3.12.1), so
    trust in it is not enough.
    """
    if not content.isascii():
        raise MalformedError("it holds bytes beyond ASCII")
    if any(len(line) > 998 for line in content.split(b"\r\n")):
        raise MalformedError("it holds a line that is too long (RFC 5322, section 2.1.1)")
    found = BytesParser(policy=SMTP).parsebytes(content)
    if found.keys() != meant.keys():
        raise MalformedError("its headers are not those that were written")
    if [str(one) for one in found["From"].addresses] != [str(one) for one in meant["From"].addresses]:
        raise MalformedError("its sender does not read as it was written")
    if found["Subject"] != meant["Subject"]:
        raise MalformedError("its subject does not read as it was written")
    if any(message_id.encode() not in content for message_id in ids):
        raise MalformedError("its Message-IDs are not those that were written")
    if [part.get_content_type() for part in found.walk()] != [part.get_content_type() for part in meant.walk()]:
        raise MalformedError("its parts are not those that were written")


def readable(content: bytes) -> str:
    """Return a mail's headers, an empty line, and its text part; without control characters but for line ends."""
    message = message_from_bytes(content, policy=policy.default)
    heads = [f"{name}: {message[name]}" for name in SHOWN_HEADERS if message[name]]
    body = message.get_body(("plain",))
    text = str(body.get_content()) if body is not None else ""
    return "\n".join(clean(line) for line in [*heads, "", *text.splitlines()])
