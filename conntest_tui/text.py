"""Words that several rooms share: text from files made harmless, paths, spans of time, moments in local time."""

import os
import re
import shlex
import unicodedata
from datetime import UTC, datetime

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# Cc: control (ESC, BEL, NUL, CR, LF ...), Cf: format (bidi overrides, zero-width), Zl and Zp: line and paragraph
# separators, Cs: lone surrogates. None of them may reach a terminal, a log line or a mail header.
_HARMFUL = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})

# What takes no cell of its own beside another character (UAX #11 and UAX #29): marks, the vowels and finals that Hangul
# syllables are put together of and its fillers, the skin tones of emoji, tags and what is reserved beside them.
_ON_TOP = frozenset({"Mn", "Mc", "Me"})
_JOINING = frozenset(
    map(chr, (*range(0x1160, 0x1200), *range(0xD7B0, 0xD800), 0x3164, 0xFFA0, *range(0x1F3FB, 0x1F400)))
) | frozenset(map(chr, range(0xE0000, 0xE1000)))
MOST_MARKS = 8
"""Marks that a character may carry. No script that people write needs more; a pile of 130,000 floods a terminal."""

_FORMULA = tuple("=+-@\t\r\n＝＋－＠'")

_MAIL_ADDRESS = re.compile(r"(?<!\S)\S*@\S*")  # begins with a word: else each of its characters would be tried

MINUTE, HOUR, DAY = 60, 3600, 86400


def clean(text: str) -> str:
    """Return `text` with every control, format and separator character replaced by U+FFFD.

    Of the marks that pile up on one character only `MOST_MARKS` stay: they take no cell, so that no width limits them.
    """
    if text.isascii() and text.isprintable():
        return text
    made, marks = [], 0
    for c in text:
        category = unicodedata.category(c)
        marks = marks + 1 if category in _ON_TOP or c in _JOINING else 0
        if marks <= MOST_MARKS:
            made.append(REPLACEMENT if category in _HARMFUL else c)
    return "".join(made)


def without_addresses(text: str) -> str:
    """Return a text with every address of mail hidden: who gets mail is nobody's affair but the operator's."""
    return _MAIL_ADDRESS.sub("(an address)", text)


def shown(path: str | os.PathLike[str]) -> str:
    r"""Return a path for a person: what is no UTF-8, or does not print, is escaped (`B\xfcro`, `a\x1bb`).

    A path may hold any bytes (path_resolution(7)); Python keeps those that are no text as lone surrogates (PEP 383),
    which no file, database, mail or terminal takes. This is the one place that makes a text of a path.
    """
    text = os.fspath(path)
    if text.isascii() and text.isprintable():
        return text
    text = _bytes_of(text).decode("utf-8", "backslashreplace")
    return "".join(c.encode("unicode_escape").decode() if unicodedata.category(c) in _HARMFUL else c for c in text)


def shell(path: str | os.PathLike[str]) -> str:
    r"""Return a path as a word of a shell command: where `shown` escapes, as bash and zsh read it (`$'B\xfcro'`)."""
    text = os.fspath(path)
    if shown(text) == text:
        return shlex.quote(text)
    plain = (chr(byte) if 32 <= byte < 127 and byte not in b"'\\" else f"\\x{byte:02x}" for byte in _bytes_of(text))
    return f"$'{''.join(plain)}'"


def _bytes_of(path: str) -> bytes:
    """Return a path as the system has it."""
    try:
        return os.fsencode(path)
    except UnicodeEncodeError:  # a text of settings.toml that this locale has no bytes for
        return path.encode("utf-8", "surrogatepass")


def count(number: int, noun: str = "host") -> str:
    """Return a number of things: `1 host`, `2,000 hosts`."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def handled_phrase(down: int, handled: int) -> str:
    """Return how many of the hosts that are down somebody has acknowledged or muted: `both handled`, `3 handled`."""
    if handled < down:
        return f"{handled} handled"
    return {1: "handled", 2: "both handled"}.get(down, "all handled")


def acknowledgement(note: str, by: str) -> str:
    """Return how somebody has taken an outage: `acknowledged by anna: on it`; without a name where `by` is empty."""
    return "acknowledged" + (f" by {by}" if by else "") + (f": {note}" if note else "")


def folded(text: str) -> str:
    """Return a text to search in or for: without case, and one spelling of each character.

    `é` is one character or two, which nobody sees (UAX #15): files of one system and keys of another differ in it.
    """
    return text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text.casefold())


def csv_cell(text: str) -> str:
    """Return a cell of a CSV file that no spreadsheet takes for a formula (OWASP, CSV Injection).

    One that would be begins with an apostrophe; so does one that begins with an apostrophe, so that taking one away
    gives it back.
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_bytes(exported: str) -> bytes:
    """Return what such a text is as a file: UTF-8, with the mark by which Excel knows that, where it matters."""
    return exported.encode("utf-8" if exported.isascii() else "utf-8-sig")


def international(name: str) -> str:
    """Return a host's name as people write it: `bücher.example` for `xn--bcher-kva.example` (RFC 3490, ToUnicode).

    A name stays as it is when it is none of those, and when the other form would not lead back to it.
    """
    if "xn--" not in name:
        return name
    try:
        written = name.encode("ascii").decode("idna")
        same = written.encode("idna").decode("ascii") == name
    except UnicodeError:
        return name
    return written if same and clean(written) == written else name


def span(seconds: float) -> str:
    """Return a length of time as a person says it, to two units: `8s`, `14m 22s`, `2h 13m`, `3d 4h`."""
    total = max(0, int(seconds))
    if total < MINUTE:
        return f"{total}s"
    if total < HOUR:
        minutes, rest = divmod(total, MINUTE)
        return f"{minutes}m {rest}s" if rest else f"{minutes}m"
    if total < DAY:
        hours, rest = divmod(total // MINUTE, 60)
        return f"{hours}h {rest}m" if rest else f"{hours}h"
    days, rest = divmod(total // HOUR, 24)
    return f"{days}d {rest}h" if rest else f"{days}d"


def local(at: float) -> datetime:
    """Return POSIX seconds as an aware datetime in this machine's time zone."""
    return datetime.fromtimestamp(at, UTC).astimezone()


def iso(at: float) -> str:
    """Return POSIX seconds as ISO 8601 local time with its offset, to the second: `2026-11-22T03:00:00+01:00`."""
    return local(at).isoformat(timespec="seconds")


def milliseconds(seconds: float) -> str:
    """Return a round-trip time in two or three significant digits: `38 µs`, `0.41 ms`, `12.3 ms`, `230 ms`."""
    value = seconds * 1000
    if value < 0.0995:
        return f"{value * 1000:.0f} µs"
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} ms"
