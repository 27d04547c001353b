"""Mails as people read them. Each kind has a golden file: look at it when it changes.

`CONNTEST_GOLDEN=write` in the environment writes them anew.
"""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from conntest_tui.model import Behind, NotificationKind
from conntest_tui.notify.channel import MessageHead
from conntest_tui.notify.mime import write
from tests.fakes import NOON
from tests.notify.mail_samples import CASES, FAILED, failures, later, message

GOLDEN = Path(__file__).with_name("golden")


def check_golden(path: Path, got: str) -> None:
    if os.environ.get("CONNTEST_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(got, encoding="utf-8")
    assert got == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_a_mail_reads_as_it_should(name: str) -> None:
    draft = CASES[name]
    check_golden(GOLDEN / f"{name}.txt", f"Subject: {draft.subject}\n\n{draft.text}\n{draft.html}")


def test_the_bytes_of_a_mail_are_as_they_should_be() -> None:
    root = "<outage-5.0123456789@company.net>"
    headers = MessageHead(
        "monitor@company.net",
        ["admin@company.net", "jörg@company.net", "noc@company.net"],
        "<outage-5.88.0123456789@company.net>",
        [root],
        NOON + 1,
    )
    content = write(CASES["beyond-ascii"], headers).decode("ascii")
    assert "\n" not in content.replace("\r\n", "")
    check_golden(GOLDEN / "mail.eml", content.replace("\r\n", "\n"))


@pytest.mark.parametrize("name", CASES)
def test_nothing_says_that_it_took_no_time(name: str) -> None:
    draft = CASES[name]
    for text in (draft.subject, draft.text):
        assert not re.search(r"\b(0s|1s)\b|letter|\blate\b", text)


@pytest.mark.parametrize("name", CASES)
def test_every_mail_ends_with_what_comes_next_how_to_act_and_who_wrote_it(name: str) -> None:
    upcoming, act, who = CASES[name].text.rstrip("\n").split("\n\n")[-1].split("\n")
    assert upcoming.startswith("Next mail: ")
    assert "conntest-tui -c /etc/office on noc1.company.net" in act
    assert act.endswith(" press a to acknowledge, m to mute, enter to look at the selected host.")
    assert who == "Written by conntest-tui on noc1.company.net, configuration office."


@pytest.mark.parametrize("name", CASES)
def test_a_mail_can_be_read_in_the_dark(name: str) -> None:
    """Ink and paper are both named, for light and for dark, and every ink stands out from its paper."""
    html = CASES[name].html
    assert "<meta name='color-scheme' content='light dark'>" in html
    assert "prefers-color-scheme: dark" in html
    light, dark = html.partition("@media")[0] + html.partition("</style>")[2], html.partition("@media")[2]
    dark = dark.partition("</style>")[0]
    assert "background:#ffffff" in light
    for paper, inks in (("#ffffff", re.findall(r"[;'\"{ ]color: ?(#[0-9a-f]{6})", light)), ("#121212", _inks(dark))):
        assert inks
        assert all(contrast(ink, paper) >= 4.5 for ink in inks)


def _inks(style: str) -> list[str]:
    return re.findall(r"[;{ ]color: ?(#[0-9a-f]{6})", style)


def contrast(ink: str, paper: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.1, success criterion 1.4.3)."""

    def light(colour: str) -> float:
        parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((light(ink), light(paper)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("characters", ["x", "ß", "漢", "🙂", "=", "<", "&"])
def test_no_mail_grows_over_64_kb_whatever_the_files_hold(characters: str) -> None:
    huge = characters * 5_000
    some = failures(300)
    told = [
        replace(
            n,
            description=f"{huge}{n.id}",
            location=huge,
            reason=huge,
            group=f"{n.id}{huge}",
            behind=(Behind(huge, huge),) * 99,
        )
        for n in some
    ]
    mixed = [*told, *(later(n, NotificationKind.RESTORED, 60.0) for n in told[:300])]
    for draft in (message(*mixed, moment=NOON, late=True), message(told[0], moment=NOON)):
        content = write(draft, MessageHead("a@b.example", ["c@d.example"], "<x@b.example>", [], NOON))
        assert len(content) < 64 * 1024


def test_an_international_name_reads_in_a_mail_as_hosts_csv_writes_it() -> None:
    behind = Behind("xn--bro-hoa.example", "Desk")
    bare = replace(FAILED, host="xn--bcher-kva.example", description="", behind=(behind,))
    named = replace(bare, description="Shelf")
    for notification, called in ((bare, "bücher.example"), (named, "Shelf (bücher.example)")):
        mail = message(notification, moment=NOON + 1)
        assert called in mail.text
        assert "Desk (büro.example)" in mail.text
        assert "xn--" not in mail.subject + mail.text
    assert "bücher.example" in message(*(replace(n, host=bare.host) for n in failures(1)), moment=NOON).subject
