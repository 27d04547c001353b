"""What a terminal sends, cut into the key Escape and all else: most of what it sends begins with Escape's character."""

import math
import re
import time
from collections.abc import Callable, Collection, Iterator

from textual.constants import ESCAPE_DELAY

ESCAPE = "\x1b"
"""The character, and as a piece of what `EscapeSplitter` returns the key."""

_INTRODUCERS = frozenset("[O")  # CSI and SS3: whatever a terminal sends without being asked, and what it is asked for
_WORDWISE = frozenset("bf\x7f")  # what terminals send for alt with left, right and backspace: a word at a time
_ANSWER = re.compile(
    r"\x1b[\]PX^_][^\x1b\x07]*(?:\x07|\x1b\\)"  # a control string (ECMA-48, 5.6): colours, names
    r"|\x1b\[[?>=][\d;]*[cmnRSu]"  # kinds of terminals, states
    r"|\x1b\[(?:(?!48;)[\d;]+[tx]|[\d;]+\$y)"  # sizes of the window (48: of ours, unasked), the line, modes
    r"|\x1b\[(?!1;)\d+;\d+R"  # a position, which in the first row is F3 with shift
)
"""What an earlier program has asked, and a far terminal answers to us; no key sends it."""

_BEGUN = re.compile(
    r"\x1b(?:P(?:[\d>!][^\x1b\x07]*\x1b?)?"  # names and settings: a control string has no end of its own
    r"|\](?:[\dlL][^\x1b\x07]*\x1b?)?"  # colours, titles
    r"|_(?:G[^\x1b\x07]*\x1b?)?"  # pictures
    r"|\[[0-?]*[ -/]*)?\Z"  # CSI, parameters, intermediates: all but the final byte
)
"""What may be a sequence of which the rest comes with the next read: the line cuts anywhere."""

_BY_HAND = 2
"""Characters of one that somebody may have typed: Escape and one more."""

_PASTE, _PASTED = "\x1b[200~", "\x1b[201~"  # around what is pasted, in which nothing is a key
_NO_TEXT = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""What is left out of that: colours and the like, for which not every terminal looks; the parser would find keys."""

_REST = 1.0  # seconds that the rest of a sequence may take from its beginning
_PASTE_REST = 5.0  # seconds without anything after which what is pasted has ended, though its end has not come


class EscapeSplitter:
    """Cuts what a terminal sends where a key Escape is one of its own, and leaves out what no key sends."""

    def __init__(self, alternates: Collection[str] = (), clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing read.

        Args:
            alternates: characters whose keys together with alt do something, which a terminal sends as Escape and the
                character. With every other one these are two keys, as people press alt for a reason.
            clock: returns seconds on a steady clock.
        """
        self._alternates = frozenset(alternates)
        self._after = _INTRODUCERS | self._alternates
        self._clock = clock
        self._begun = ""  # a sequence of which the rest may follow; Escape alone is one too
        self._since = 0.0
        self._pasting = False
        self._pasted = ""
        self._recent = ""  # the last of what was read: the line may cut a sequence anywhere

    @property
    def patience(self) -> float:
        """Seconds for which what has come may wait for more, which would make something else of it."""
        if self._pasting:
            return max(0.0, self._since + _PASTE_REST - self._clock())
        if not self._begun:
            return math.inf
        return max(0.0, self._since + (ESCAPE_DELAY if len(self._begun) <= _BY_HAND else _REST) - self._clock())

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
                if at >= 0:  # not before: the parser does not wait long for the rest of a sequence
                    yield self._end_paste()
                    continue
            self._pasting ^= at >= 0
            if self._pasting:
                self._since = self._clock()

    def expire(self) -> Iterator[str]:
        """Yield what no longer waits for anything to follow; half of an answer is none, and no keys either."""
        if self.patience > 0:
            return
        if self._pasting:
            yield self._end_paste()
            return
        begun, self._begun, self._recent = self._begun, "", ""
        if begun[1:] in self._alternates:
            yield begun
        elif len(begun) <= _BY_HAND:
            yield ESCAPE
            yield from begun[1:]

    def _end_paste(self) -> str:
        pasted, self._pasted, self._pasting, self._recent = self._pasted, "", False, ""
        return f"{_NO_TEXT.sub('', pasted)}{_PASTED}"

    def _cut(self, text: str, after: Collection[str]) -> Iterator[str]:
        goes_on, text = bool(self._begun), _ANSWER.sub("", self._begun + text)
        begun = _BEGUN.search(text)
        self._begun = begun[0] if begun else ""
        if not goes_on or self._begun != text or len(text) <= _BY_HAND:
            self._since = self._clock()
        text = text.removesuffix(self._begun)
        begin = at = 0  # of the piece that is to be yielded, and of what has not been looked at
        while (at := text.find(ESCAPE, at)) >= 0:
            if text[at + 1 : at + 2] in after:
                at += 2
                continue
            if begin < at:
                yield text[begin:at]
            begin = at = at + 1
            yield ESCAPE
        if begin < len(text):
            yield text[begin:]
