"""A mail's body: what it says, once, and how that reads as plain text and as HTML."""

import re
from dataclasses import dataclass
from enum import Enum
from html import escape

from conntest_tui.text import REPLACEMENT, clean

LONGEST_FIELD = 120

LONGEST_REASON = 300

_LOOKED_AT = 8 * LONGEST_FIELD  # of a text that may be as long as its author liked


class MailTone(Enum):
    """The colour beside the most important sentence, on white and on black; the words say the same."""

    BAD = ("#c62828", "#ff6b6b")
    GOOD = ("#2e7d32", "#66bb6a")
    CALM = ("#5f6368", "#9aa0a6")


@dataclass(frozen=True, slots=True)
class MailSection:
    """A list under a heading.

    Attributes:
        title: the heading.
        lines: what it lists.
        more: how many it leaves out.
        common: what all lines have in common; it follows the heading as it is.
    """

    title: str
    lines: tuple[str, ...]
    more: int = 0
    common: str = ""


@dataclass(frozen=True, slots=True)
class MailBody:
    """What the body of a mail says.

    Attributes:
        headline: the most important sentence.
        remarks: further sentences.
        facts: labels with what belongs to them.
        sections: lists.
        footer: the sentences at the end: what comes next, how to act, who wrote it.
        tone: whether that is good news.
    """

    headline: str
    remarks: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    sections: tuple[MailSection, ...] = ()
    footer: tuple[str, ...] = ()
    tone: MailTone = MailTone.CALM


def as_text(body: MailBody) -> str:
    """Return a page as plain text."""
    blocks = [body.headline, *body.remarks]
    if body.facts:
        width = max(len(label) for label, _ in body.facts)
        blocks.append("\n".join(f"  {label:<{width}}  {value}" for label, value in body.facts))
    for section in body.sections:
        colon = ":" if section.lines or section.more else ""
        lines = [f"{section.title}{section.common}{colon}", *(f"  {line}" for line in section.lines)]
        blocks.append("\n".join([*lines, *([f"  ... and {section.more:,} more"] if section.more else [])]))
    blocks.append("\n".join(body.footer))
    text = "\n\n".join(block for block in blocks if block)
    return "\n".join(clean(line) for line in text.split("\n")) + "\n"


# Both ways of saying it: clients that drop <style> keep the attributes, white paper and dark ink, as they are; those
# that know dark mode take the second half. A background that is named keeps dark ink off dark paper.
_STYLE = """:root { color-scheme: light dark; supported-color-schemes: light dark; }
.t { white-space: nowrap; }
@media (prefers-color-scheme: dark) {
body, .page { background: #121212 !important; color: #e8e8e8 !important; }
.dim { color: #b0b0b0 !important; }
.rule { border-color: #3c3c3c !important; }
.head { border-color: %s !important; }
}"""
_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}")  # not to be broken
_PAGE = (
    "margin:0;padding:12px;background:#ffffff;color:#1a1a1a;font-family:sans-serif;font-size:15px;line-height:1.4;"
    "overflow-wrap:anywhere"
)
_DIM = "color:#595959"


def as_html(body: MailBody) -> str:
    """Return a page as HTML: no scripts, no images, nothing that a mail reader would have to load."""
    on_white, on_black = body.tone.value
    bar = f"margin:0 0 12px;padding-left:10px;border-left:5px solid {on_white}"
    parts = [f"<p class='head' style='{bar};font-size:17px'><b>{_html(body.headline)}</b></p>"]
    parts += [f"<p>{_html(remark)}</p>" for remark in body.remarks]
    if body.facts:
        rows = (
            f"<tr><td class='dim' style='{_DIM};padding:1px 14px 1px 0;vertical-align:top;white-space:nowrap'>"
            f"{_html(label)}</td><td>{_html(value)}</td></tr>"
            for label, value in body.facts
        )
        parts.append("<table style='font-size:15px;border-spacing:0'>\n" + "\n".join(rows) + "\n</table>")
    parts += [_section(section) for section in body.sections]
    if body.footer:
        lines = "<br>\n".join(map(_html, body.footer))
        rule = "margin:18px 0 0;padding-top:8px;border-top:1px solid #d0d0d0;font-size:13px"
        parts.append(f"<p class='dim rule' style='{_DIM};{rule}'>{lines}</p>")
    content = "\n".join(parts)
    return (
        "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>\n"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
        "<meta name='color-scheme' content='light dark'>\n"
        "<meta name='supported-color-schemes' content='light dark'>\n"
        f"<style>\n{_STYLE % on_black}\n</style></head>\n"
        f"<body class='page' bgcolor='#ffffff' style='{_PAGE}'>\n{content}\n</body></html>\n"
    )


def _section(section: MailSection) -> str:
    common = f"<span class='dim' style='{_DIM}'>{_html(section.common)}</span>" if section.common else ""
    items = "\n".join(f"<li>{_html(line)}</li>" for line in section.lines)
    listed = f"\n<ul style='margin:4px 0;padding-left:20px'>\n{items}\n</ul>" if items else ""
    more = f"\n<p class='dim' style='{_DIM};margin:4px 0'>... and {section.more:,} more</p>" if section.more else ""
    return f"<p style='margin:14px 0 0'><b>{_html(section.title)}</b>{common}</p>{listed}{more}"


def _html(text: str) -> str:
    return _STAMP.sub(r"<span class='t'>\g<0></span>", escape(clean(text)))


_LINE = 76  # characters of an encoded line at most (RFC 2045, section 6.7 (5) and 6.8)
_LITERAL = bytes(byte for byte in range(32, 127) if byte != ord("=")) + b"\n"


def encoded(text: str) -> tuple[str, int]:
    """Return the transfer encoding that takes the fewest bytes for a body with LF, and how many these are at most.

    Python's email package would choose by the first ten lines alone, and what follows may take three times the room.

    Returns:
        `7bit`, `quoted-printable` or `base64` (RFC 2045, section 6), and the bytes of the body in it, with CRLF.
    """
    data = text.encode()
    lines = data.count(b"\n") + 1
    if text.isascii() and max(map(len, text.split("\n"))) <= _LINE:
        return "7bit", len(data) + lines
    escaped = len(data) + 2 * len(data.translate(None, _LITERAL))
    quoted = escaped + 3 * (escaped // (_LINE - 3) + lines)  # a line ends early rather than within a =XX
    whole = (len(data) + lines + 2) // 3 * 4
    return min(("quoted-printable", quoted), ("base64", whole + 2 * (whole // _LINE + 1)), key=lambda way: way[1])


# ---------------------------------------------------------------- harmless lines


def safe_line(text: str, longest: int = LONGEST_FIELD) -> str:
    """Return a text from a file as one harmless line of at most so many characters.

    Control, format and separator characters become spaces. `=?` is broken up: it would begin an encoded word
    (RFC 2047, section 2), and Python's email package decodes those it finds in a subject, line breaks included.
    """
    visible = clean(text[:_LOOKED_AT]).replace(REPLACEMENT, " ")
    line = " ".join(visible.split()).replace("=?", "= ?")
    return cut(line, longest)


def cut(line: str, longest: int) -> str:
    """Return a line with at most so many characters."""
    return line if len(line) <= longest else f"{line[: longest - 3]}..."
