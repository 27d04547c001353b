"""A stored letter on a screen: readable, and harmless."""

from conntest_tui.notify.mime import readable

LETTER = b"""From: conntest@example.com\r
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


def test_a_letter_shows_its_headers_and_its_plain_text() -> None:
    lines = readable(LETTER).splitlines()
    assert lines[:5] == [
        "From: conntest@example.com",
        "To: a@example.com",
        "Subject: [DOWN] Küche",
        "",
        "Küche is down.",
    ]
    assert not any("X-Other" in line or "<b>" in line for line in lines)


def test_no_control_character_reaches_the_screen() -> None:
    assert "\N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}" in readable(LETTER)


def test_a_letter_that_cannot_be_understood_shows_no_text() -> None:
    assert readable(b"") == ""
