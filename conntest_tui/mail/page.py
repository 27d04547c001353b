"""A letter's body: what it says, once, and how that reads as plain text and as HTML."""

from dataclasses import dataclass
from html import escape

from conntest_tui.text import clean

_STYLE = "font-family:sans-serif;font-size:14px;color:#1a1a1a"
_GREY = "color:#666666"


@dataclass(frozen=True, slots=True)
class Section:
    """A list under a heading.

    Attributes:
        title: the heading.
        lines: what it lists.
        more: how many it leaves out.
    """

    title: str
    lines: tuple[str, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """What the body of a letter says.

    Attributes:
        headline: the most important sentence.
        remarks: further sentences.
        facts: labels with what belongs to them.
        sections: lists.
    """

    headline: str
    remarks: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    sections: tuple[Section, ...] = ()


def as_text(page: Page) -> str:
    """Return a page as plain text."""
    blocks = [page.headline, *page.remarks]
    if page.facts:
        width = max(len(label) for label, _ in page.facts)
        blocks.append("\n".join(f"  {label:<{width}}  {value}" for label, value in page.facts))
    for section in page.sections:
        lines = [f"{section.title}:", *(f"  {line}" for line in section.lines)]
        blocks.append("\n".join([*lines, *([f"  ... and {section.more} more"] if section.more else [])]))
    text = "\n\n".join(blocks)
    return "\n".join(clean(line) for line in text.split("\n")) + "\n"


def as_html(page: Page) -> str:
    """Return a page as HTML: no scripts, no images, nothing that a mail reader would have to load."""
    parts = [f"<p style='font-size:16px'><b>{_html(page.headline)}</b></p>"]
    parts += [f"<p>{_html(remark)}</p>" for remark in page.remarks]
    if page.facts:
        rows = (
            f"<tr><td style='{_GREY};padding-right:16px'>{_html(label)}</td><td>{_html(value)}</td></tr>"
            for label, value in page.facts
        )
        parts.append("<table style='font-size:14px'>\n" + "\n".join(rows) + "\n</table>")
    for section in page.sections:
        items = "\n".join(f"<li>{_html(line)}</li>" for line in section.lines)
        more = f"\n<p style='{_GREY}'>... and {section.more} more</p>" if section.more else ""
        parts.append(f"<p><b>{_html(section.title)}</b></p>\n<ul>\n{items}\n</ul>{more}")
    body = "\n".join(parts)
    return f"<!DOCTYPE html>\n<html><body style='{_STYLE}'>\n{body}\n</body></html>\n"


def _html(text: str) -> str:
    return escape(clean(text))


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
