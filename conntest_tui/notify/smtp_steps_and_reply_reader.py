"""What goes over an SMTP connection: what a client does, and what a server answers (RFC 5321). No sockets here.

A conversation is a generator: it yields what is to be done next and is sent the server's answer, or a `LostError` is
thrown into it. So the same conversation runs over a socket (`smtp_connection`) and, in tests, against any server
one can think of.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TypeVar

from conntest_tui.text import REPLACEMENT, clean

LONGEST_TEXT = 300
"""Characters of a server's words that are kept."""

LONGEST_LINE = 2048
"""Bytes; RFC 5321, section 4.5.3.1.5 asks for 512."""

MOST_LINES = 100
"""Of one reply."""

NO_REPLY = 0
"""The code of an answer that no mail server gives."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's reply, harmless to show: without control characters, and not too long.

    Attributes:
        code: 200 to 599; `NO_REPLY` when it was none of a mail server.
        lines: its text, line by line.
    """

    code: int
    lines: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The code and the words, on one line."""
        words = " ".join(line for line in self.lines if line)
        return _cut(f"{self.code} {words}".strip() if self.code else words)

    @property
    def positive(self) -> bool:
        """Whether the server did what it was asked."""
        return 200 <= self.code < 300

    @property
    def status(self) -> str:
        """The enhanced status code without its class (RFC 3463): `7.1` of `5.7.1`; empty when there is none."""
        first = self.lines[0].split(" ", 1)[0] if self.lines else ""
        kind, _, detail = first.partition(".")
        wellformed = kind == str(self.code)[:1] and all(part.isdigit() for part in detail.split("."))
        return detail if wellformed and detail.count(".") == 1 else ""


class LostError(Exception):
    """The connection is of no more use.

    Attributes:
        why: in a few words, for the operator.
        said: whether the server may have got what was said last; False is certain.
        silent: whether the server just said nothing until the limit.
    """

    def __init__(self, why: str, *, said: bool, silent: bool = False) -> None:
        super().__init__(why)
        self.why, self.said, self.silent = why, said, silent


@dataclass(frozen=True, slots=True)
class Say:
    """Send a line, and hear the reply. It may hold a password: nothing shows it.

    Attributes:
        line: without its end.
        seconds: until the reply has ended.
        whole: whether it gets all of that time, even if the conversation has used up its own.
    """

    line: bytes = field(repr=False)
    seconds: float
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Hear:
    """Hear a reply that comes unasked, within so many seconds: the greeting."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Secure:
    """Go on under TLS, within so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Transfer:
    """Send bytes that get no answer, within so many seconds."""

    content: bytes = field(repr=False)
    seconds: float


Act = Say | Hear | Secure | Transfer
_T = TypeVar("_T")
Exchange = Generator[Act, Answer, _T]
"""A conversation; what comes back for `Secure` and `Transfer` means nothing."""


def carry_out(exchange: Exchange[_T], perform: Callable[[Act], Answer]) -> _T:
    """Have a conversation, and return what it comes to.

    Args:
        exchange: the conversation.
        perform: does one thing and returns the answer; a `LostError` of it is thrown into the conversation.
    """
    try:
        act = next(exchange)
        while True:
            try:
                answer = perform(act)
            except LostError as error:
                act = exchange.throw(error)
            else:
                act = exchange.send(answer)
    except StopIteration as end:
        result: _T = end.value
        return result


class ReplyReader:
    """Puts replies together from the bytes that come in, within bounds."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._code = ""
        self._lines: list[str] = []

    @property
    def idle(self) -> bool:
        """Whether nothing has come in that no reply was made of."""
        return not self._bytes and not self._lines

    def feed(self, data: bytes) -> None:
        """Take what has come in."""
        self._bytes += data

    def take(self) -> Answer | None:
        """Return the next reply; None while its last line has not ended.

        What is no reply becomes an answer with `NO_REPLY`: nothing sensible can follow.
        """
        while (end := self._bytes.find(b"\n")) >= 0:
            line = bytes(self._bytes[:end]).rstrip(b"\r")
            del self._bytes[: end + 1]
            answer = self._add(line)
            if answer is not None:
                self._code, self._lines = "", []
                return answer
        return Answer(NO_REPLY, ("a line that does not end",)) if len(self._bytes) > LONGEST_LINE else None

    def _add(self, line: bytes) -> Answer | None:
        code, mark = line[:3].decode("ascii", "replace"), line[3:4]
        wellformed = code.isascii() and code.isdigit() and "2" <= code[0] <= "5" and mark in (b"", b" ", b"-")
        if not wellformed or (self._lines and code != self._code) or len(line) > LONGEST_LINE:
            return Answer(NO_REPLY, (harmless(line),))
        self._code = code
        self._lines.append(harmless(line[4:]))
        if len(self._lines) > MOST_LINES:
            return Answer(NO_REPLY, ("a reply that does not end",))
        return None if mark == b"-" else Answer(int(code), tuple(self._lines))


def harmless(words: bytes) -> str:
    """Return a server's words on one line, without anything that could act on a terminal, and not too long."""
    line = clean(words[:LONGEST_LINE].decode("utf-8", "replace")).replace(REPLACEMENT, " ")
    return _cut(" ".join(line.split()))


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 3]}..."
