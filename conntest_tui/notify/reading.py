"""A stored letter as a person reads it on a screen: who, to whom, when, what about, and its text."""

from conntest_tui.text import clean

SHOWN_HEADERS = ("From", "To", "Date", "Subject", "Message-ID", "In-Reply-To")


def readable(content: bytes) -> str:
    """Return a letter's headers, an empty line, and its text part; without control characters but for line ends."""
    from email import message_from_bytes, policy  # noqa: PLC0415 - slow to import, and most sessions open no letter

    message = message_from_bytes(content, policy=policy.default)
    heads = [f"{name}: {message[name]}" for name in SHOWN_HEADERS if message[name]]
    body = message.get_body(("plain",))
    text = str(body.get_content()) if body is not None else ""
    return "\n".join(clean(line) for line in [*heads, "", *text.splitlines()])
