"""What a server's answer means."""

import pytest

from conntest_tui.mail.classify import LONGEST_REPLY, Stage, Verdict, judge, nobody_accepted, plain


@pytest.mark.parametrize(
    ("stage", "code", "verdict", "whole_server"),
    [
        (Stage.CONNECT, 220, Verdict.ACCEPTED, False),
        (Stage.CONNECT, 421, Verdict.TRANSIENT, True),
        (Stage.CONNECT, 554, Verdict.CONFIGURATION, True),
        (Stage.CONNECT, -1, Verdict.CONFIGURATION, True),
        (Stage.TLS, 454, Verdict.TRANSIENT, True),
        (Stage.TLS, 502, Verdict.CONFIGURATION, True),
        (Stage.LOGIN, 535, Verdict.CONFIGURATION, True),
        (Stage.LOGIN, 454, Verdict.TRANSIENT, True),
        (Stage.SENDER, 250, Verdict.ACCEPTED, False),
        (Stage.SENDER, 452, Verdict.TRANSIENT, True),
        (Stage.SENDER, 530, Verdict.CONFIGURATION, True),
        (Stage.SENDER, 550, Verdict.CONFIGURATION, True),
        (Stage.RECIPIENT, 251, Verdict.ACCEPTED, False),
        (Stage.RECIPIENT, 450, Verdict.TRANSIENT, False),
        (Stage.RECIPIENT, 451, Verdict.TRANSIENT, False),
        (Stage.RECIPIENT, 421, Verdict.TRANSIENT, True),
        (Stage.RECIPIENT, 552, Verdict.TRANSIENT, False),
        (Stage.RECIPIENT, 550, Verdict.REFUSED, False),
        (Stage.RECIPIENT, 554, Verdict.REFUSED, False),
        (Stage.RECIPIENT, 530, Verdict.CONFIGURATION, True),
        (Stage.CONTENT, 250, Verdict.ACCEPTED, False),
        (Stage.CONTENT, 451, Verdict.TRANSIENT, False),
        (Stage.CONTENT, 554, Verdict.CONFIGURATION, False),
        (Stage.CONTENT, 999, Verdict.TRANSIENT, True),
    ],
)
def test_verdicts(stage: Stage, code: int, verdict: Verdict, *, whole_server: bool) -> None:
    reply = judge(stage, code, b"words")
    assert (reply.verdict, reply.whole_server) == (verdict, whole_server)


def test_a_no_says_what_to_do() -> None:
    assert judge(Stage.LOGIN, 535, b"5.7.8 bad").text == "535 5.7.8 bad (check username and password in creds.csv)"


def test_a_server_that_accepts_nobody_means_us() -> None:
    reply = nobody_accepted(judge(Stage.RECIPIENT, 554, b"5.7.1 Relay access denied"), whole_server=True)
    assert reply.verdict is Verdict.CONFIGURATION
    assert reply.text.startswith("554 5.7.1 Relay access denied (it accepts nobody: check creds.csv")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (b"one\r\ntwo\nthree", "one two three"),
        (b"\x1b[31mred\x07", "[31mred"),
        ("Größe".encode("latin-1"), "Gr e"),
        (b"x" * 10_000, "x" * (LONGEST_REPLY - 3) + "..."),
    ],
)
def test_words_are_one_harmless_line(words: bytes, told: str) -> None:
    assert plain(words) == told
