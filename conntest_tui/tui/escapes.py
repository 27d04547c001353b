"""The key Escape told from the sequences that begin with its character.

A terminal sends the one byte 0x1b for Escape, and the same byte in front of everything that has no character: arrows,
mouse, replies, the ends of what is pasted (ECMA-48, 5.4; xterm's control sequences). What follows tells them apart, and
on a slow line the next key may follow at once.
"""

from collections.abc import Collection, Iterator

ESCAPE = "\x1b"
"""The character, and as a piece of what `Escapes` returns the key."""

_INTRODUCERS = frozenset("[O")  # CSI and SS3: whatever a terminal sends without being asked, and what it is asked for
_WORDWISE = frozenset("bf\x7f")  # what terminals send for alt with left, right and backspace: a word at a time
_PASTE, _PASTED = "\x1b[200~", "\x1b[201~"  # around what is pasted, in which nothing is a key


class Escapes:
    """Cuts what a terminal sends where a key Escape is one of its own."""

    def __init__(self, alternates: Collection[str] = ()) -> None:
        """Begin with nothing read.

        Args:
            alternates: characters whose keys together with alt do something, which a terminal sends as Escape and the
                character. With every other one these are two keys, as nobody presses alt without a reason.
        """
        self._after = _INTRODUCERS | frozenset(alternates)
        self._waits = False
        self._pasting = False
        self._pasted = ""
        self._recent = ""  # the last of what was read: the line may cut a sequence anywhere

    @property
    def waits(self) -> bool:
        """Whether the character has come that is a key if nothing follows soon."""
        return self._waits

    def feed(self, text: str, *, editing: bool = False) -> Iterator[str]:
        """Take what was read, and yield it in pieces: `ESCAPE` for the key, anything else to be understood.

        Args:
            text: what was read.
            editing: whether it goes to a line of text, in which one moves a word at a time.
        """
        while text:
            awaited = _PASTED if self._pasting else _PASTE
            at = (self._recent + text).find(awaited)
            end = at + len(awaited) - len(self._recent) if at >= 0 else len(text)
            part, text = text[:end], text[end:]
            self._recent = "" if at >= 0 else (self._recent + part)[1 - len(awaited) :]
            if not self._pasting:
                yield from self._cut(part, self._after | _WORDWISE if editing else self._after)
            else:
                self._pasted += part
                if at >= 0:  # not before: whoever understands it does not wait for the rest of a sequence for long
                    yield self._pasted
                    self._pasted = ""
            self._pasting ^= at >= 0

    def expire(self) -> Iterator[str]:
        """Yield what no longer waits for anything to follow."""
        if self._waits:
            self._waits, self._recent = False, ""
            yield ESCAPE

    def _cut(self, text: str, after: Collection[str]) -> Iterator[str]:
        text = ESCAPE * self._waits + text
        self._waits = text.endswith(ESCAPE)
        begin = at = 0  # of the piece that is to be yielded, and of what has not been looked at
        while (at := text.find(ESCAPE, at)) >= 0:
            if text[at + 1 : at + 2] in after:
                at += 2
                continue
            if begin < at:
                yield text[begin:at]
            begin = at = at + 1
            if at < len(text):
                yield ESCAPE
        if begin < len(text):
            yield text[begin:]
