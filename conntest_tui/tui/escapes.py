"""The key Escape told from the sequences that begin with its character.

A terminal sends the one byte 0x1b for Escape, and the same byte in front of everything that has no character: arrows,
mouse, replies (ECMA-48, 5.3; xterm's control sequences). What follows tells them apart, and on a slow line the next key
may follow at once.
"""

from collections.abc import Collection, Iterator

ESCAPE = "\x1b"
"""The character, and as a piece of what `Escapes` returns the key."""

# What follows in a sequence: CSI and SS3, then the strings DCS, SOS, OSC, PM and APC, in which a terminal replies.
_INTRODUCERS = frozenset("[OPX]^_")

# Terminals send these for alt with left, right and backspace: a word at a time.
_WORDWISE = frozenset("bf\x7f")


class Escapes:
    """Cuts what a terminal sends where a key Escape is one of its own."""

    def __init__(self, alternates: Collection[str] = ()) -> None:
        """Begin with nothing read.

        Args:
            alternates: characters whose keys together with alt do something, which a terminal sends as Escape and the
                character. With every other one these are two keys, as nobody presses alt without a reason.
        """
        self._after = _INTRODUCERS | _WORDWISE | frozenset(alternates)
        self._waits = False

    @property
    def waits(self) -> bool:
        """Whether the character has come that is a key if nothing follows soon."""
        return self._waits

    def feed(self, text: str) -> Iterator[str]:
        """Take what was read, and yield it in pieces: `ESCAPE` for the key, anything else to be understood."""
        text = ESCAPE * self._waits + text
        self._waits = text.endswith(ESCAPE)
        begin = at = 0  # of the piece that is to be yielded, and of what has not been looked at
        while (at := text.find(ESCAPE, at)) >= 0:
            if text[at + 1 : at + 2] in self._after:
                at += 2
                continue
            if begin < at:
                yield text[begin:at]
            begin = at = at + 1
            if at < len(text):
                yield ESCAPE
        if begin < len(text):
            yield text[begin:]

    def expire(self) -> Iterator[str]:
        """Yield what no longer waits for anything to follow."""
        if self._waits:
            self._waits = False
            yield ESCAPE
