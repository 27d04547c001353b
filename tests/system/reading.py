"""What a mail says about outages, read from its text part as its recipient reads it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum


class Says(Enum):
    """What a mail says about one outage."""

    DOWN = "down"
    STILL_DOWN = "still down"
    STAYS_DOWN = "stays down after flapping"
    WAS_DOWN = "was down"
    UP = "up"


OPENING = frozenset({Says.DOWN, Says.STAYS_DOWN, Says.WAS_DOWN})
CLOSING = frozenset({Says.UP, Says.WAS_DOWN})


@dataclass(frozen=True, slots=True)
class Told:
    """What one mail says about one outage.

    Attributes:
        host: the host's name.
        since: POSIX seconds, whole: when the outage began; with STAYS_DOWN, when the mail was written.
        says: what it says.
    """

    host: str
    since: int
    says: Says


_SUBJECTS = {
    "[DOWN]": Says.DOWN,
    "[STILL DOWN ": Says.STILL_DOWN,
    "[DOWN, flapped ": Says.STAYS_DOWN,
    "[WAS DOWN ": Says.WAS_DOWN,
    "[UP ": Says.UP,
}
_HEADINGS = {
    "Down": Says.DOWN,
    "Still down": Says.STILL_DOWN,
    "Stopped flapping, and down": Says.STAYS_DOWN,
    "Were down, up again": Says.WAS_DOWN,
    "Up again": Says.UP,
}

_SINGLE_HOST = re.compile(r"^  Host +(\S+)$", re.MULTILINE)
_SINGLE_SINCE = re.compile(r"^  (?:Down|Flapping) since +(\S+)$", re.MULTILINE)
_TIMES = r"(?:since|from|flapping since) ([^ ,:]+T[^ ,]*[^ ,:])"
_HEADING = re.compile(rf"^(\S.*?) \([0-9]+\)(?: {_TIMES}.*)?.*:$")
_LINE = re.compile(r"^  (?:.*\()?([0-9.]+)\)?(?: -.*|;.*)?$")
_OWN_TIMES = re.compile(rf"; {_TIMES}")
_LEFT_OUT = re.compile(r"^  \.\.\. and [0-9]+ more$", re.MULTILINE)


def parse(content: bytes) -> EmailMessage:
    """Return a mail's bytes as a message."""
    return message_from_bytes(content, policy=policy.default)


def read(content: bytes) -> frozenset[Told]:
    """Return everything that a mail says about outages."""
    mail = parse(content)
    body = mail.get_body(("plain",))
    assert body is not None
    text = str(body.get_content()).replace("\r\n", "\n")
    written = int(mail["Date"].datetime.timestamp())
    found = _single(str(mail["Subject"]), text) if _SINGLE_HOST.search(text) else _digest(text)
    return frozenset(
        Told(host, written if says is Says.STAYS_DOWN else int(datetime.fromisoformat(since).timestamp()), says)
        for host, since, says in found
    )


def leaves_out(content: bytes) -> bool:
    """Return whether a mail only counts some of what it tells."""
    body = parse(content).get_body(("plain",))
    assert body is not None
    return bool(_LEFT_OUT.search(str(body.get_content()).replace("\r\n", "\n")))


def _single(subject: str, text: str) -> Iterator[tuple[str, str, Says]]:
    says = next((says for tag, says in _SUBJECTS.items() if subject.startswith(tag)), None)
    host, since = _SINGLE_HOST.search(text), _SINGLE_SINCE.search(text)
    if says and host and since:
        yield host[1], since[1], says


def _digest(text: str) -> Iterator[tuple[str, str, Says]]:
    says: Says | None = None
    common: str | None = None
    for line in text.split("\n"):
        if heading := _HEADING.match(line):
            says, common = _HEADINGS.get(heading[1]), heading[2]
        elif says and (told := _LINE.match(line)):
            own = _OWN_TIMES.search(line)
            since = own[1] if own else common
            assert since, f"nobody knows since when: {line}"
            yield told[1], since, says
