"""Headers are exactly those that were written, whatever the files hold."""

import unicodedata
from dataclasses import replace
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conntest_tui.model import Notification, NotificationKind
from conntest_tui.notify import mime
from conntest_tui.notify.channel import MessageHead
from conntest_tui.notify.mail_body_text_and_html import LONGEST_FIELD, encoded, safe_line
from conntest_tui.notify.mail_drafts import Draft, arrange, compose
from conntest_tui.notify.mime import MalformedError, readable, write
from tests.fakes import NOON
from tests.notify.world import parse

HEADERS = MessageHead("monitor@company.example", ["admin@company.example"], "<outage-5.ab@company.example>", [], NOON)
NAMES = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
]
NOTIFICATION = Notification(NotificationKind.FAILED, NOON, host="10.1.1.1", outage=5, started=NOON, id=1)


def written(notification: Notification) -> bytes:
    (told,) = arrange([notification], late=False, digest_above=5)
    return write(compose(told, NOON, late=False, renotify=3600), HEADERS)


@pytest.mark.parametrize(
    "evil",
    [
        "x\r\nBcc: victim@elsewhere.example",
        "=?utf-8?q?x=0D=0ABcc:_victim@elsewhere.example?=",
        "=?utf-8?b?eA0KQmNjOiB2aWN0aW1AZWxzZXdoZXJlLmV4YW1wbGU=?=",
        "a\x85b\u2028c\u2029d\x0be\x0cf",
        "\x1b]0;title\x07\x00",
        "\u202egnp.exe",
        "\udce9",
        "-" * 3000,
        "\n" * 3000,
        "<script>alert(1)</script>",
        "word " * 900,
        "漢" * 900,
    ],
)
@pytest.mark.parametrize("place", ["description", "location", "group", "reason", "host"])
def test_nothing_from_a_file_becomes_a_header(evil: str, place: str) -> None:
    content = written(replace(NOTIFICATION, **{place: evil}))  # type: ignore[arg-type]  # mypy cannot see through the name
    read = parse(content)
    assert list(read.keys()) == NAMES
    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert not read.defects
    html = read.get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=100))
def test_any_text_makes_a_well_formed_mail(description: str, location: str, reason: str) -> None:
    content = written(replace(NOTIFICATION, description=description, location=location, reason=reason))
    read = parse(content)
    assert list(read.keys()) == NAMES
    assert str(read["Subject"]).startswith("[DOWN] ")
    assert all(len(line) <= 78 for line in content.partition(b"\r\n\r\n")[0].split(b"\r\n") if b" " in line[1:])


@given(st.text(max_size=2000))
def test_a_field_is_one_short_harmless_line(text: str) -> None:
    cleaned = safe_line(text)
    assert len(cleaned) <= LONGEST_FIELD
    assert not {unicodedata.category(character) for character in cleaned} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert "=?" not in cleaned
    assert safe_line(cleaned) == cleaned


@pytest.mark.parametrize("subject", ["[DOWN] Bücherei  ☃ " * 9, "ß" * 400, "🙂" * 99, "a b " * 99, "é"])
def test_a_subject_reads_as_it_was_written(subject: str) -> None:
    content = write(Draft("x", subject, "t\n", "<p>h</p>\n"), HEADERS)
    assert parse(content)["Subject"] == subject.strip()


def test_a_thread_is_readable_also_with_many_references() -> None:
    references = [f"<outage-{n}.0123456789@monitoring.company.example>" for n in range(20)]
    read = parse(write(Draft("x", "s", "t\n", "<p>h</p>\n"), replace(HEADERS, references=references)))
    assert str(read["References"]).split() == references
    assert read["In-Reply-To"] == references[-1]


def test_recipients_beyond_ascii_stay_out_of_the_header() -> None:
    draft = Draft("x", "s", "t\n", "<p>h</p>\n")
    assert parse(write(draft, replace(HEADERS, recipients=["jörg@x.example", "a@x.example"])))["To"] == "a@x.example"
    assert parse(write(draft, replace(HEADERS, recipients=["jörg@x.example"])))["To"] == "undisclosed-recipients:;"


def test_the_same_mail_is_the_same_bytes() -> None:
    assert written(NOTIFICATION) == written(NOTIFICATION)


def test_a_header_that_slips_in_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(_: str) -> str:
        return "x\r\nBcc: victim@elsewhere.example"

    monkeypatch.setattr(mime, "_shortened", careless)
    monkeypatch.setattr(EmailMessage, "__setitem__", _unchecked)
    with pytest.raises(MalformedError):
        write(Draft("x", "s", "t\n", "<p>h</p>\n"), HEADERS)


def _unchecked(self: EmailMessage, name: str, value: object) -> None:
    """Set a header as an email package without checks would."""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    self._headers.append((name, text))  # type: ignore[attr-defined]  # a private list, known to this test alone


@pytest.mark.parametrize("characters", ["x", "=", "漢", "ß.", "a\n", "🙂\n", "漢" * 100 + "\n", "= \n"])
@pytest.mark.parametrize("begin", ["", "a\n" * 12])
def test_a_body_takes_no_more_than_was_reckoned_with(characters: str, begin: str) -> None:
    text = begin + characters * (6_000 // len(characters)) + "\n"
    mail = EmailMessage(policy=mime._POLICY)
    way, size = encoded(text)
    mail.set_content(text, cte=way)
    body = mail.as_bytes().partition(b"\r\n\r\n")[2]
    assert len(body) <= size < 1.4 * len(text.encode()) + 100 * (1 + text.count("\n") / 50)
    same = str(mail.get_content()).replace("\r\n", "\n") == text
    assert same


MESSAGE = b"""From: conntest@example.com\r
To: a@example.com\r
Subject: =?utf-8?q?=5BDOWN=5D_K=C3=BCche?=\r
X-Other: left out\r
MIME-Version: 1.0\r
Content-Type: multipart/alternative; boundary=b\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
K=C3=BCche is down.\r
=1B[31mred=07\r
--b\r
Content-Type: text/html; charset=utf-8\r
\r
<b>down</b>\r
--b--\r
"""


def test_a_mail_shows_its_headers_and_its_plain_text() -> None:
    lines = readable(MESSAGE).splitlines()
    assert lines[:5] == [
        "From: conntest@example.com",
        "To: a@example.com",
        "Subject: [DOWN] Küche",
        "",
        "Küche is down.",
    ]
    assert not any("X-Other" in line or "<b>" in line for line in lines)


def test_no_control_character_reaches_the_screen() -> None:
    assert "\N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}" in readable(MESSAGE)


def test_a_mail_that_cannot_be_understood_shows_no_text() -> None:
    assert readable(b"") == ""
