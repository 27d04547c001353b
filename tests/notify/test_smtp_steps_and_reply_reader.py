"""Replies from bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conntest_tui.notify.smtp_steps_and_reply_reader import (
    LONGEST_LINE,
    LONGEST_TEXT,
    MOST_LINES,
    NO_REPLY,
    Answer,
    ReplyReader,
)


def read(*pieces: bytes) -> list[Answer]:
    reader, found = ReplyReader(), []
    for piece in pieces:
        reader.feed(piece)
        while (answer := reader.take()) is not None:
            found.append(answer)
            if answer.code == NO_REPLY:
                return found
    return found


@pytest.mark.parametrize(
    ("said", "code", "text"),
    [
        (b"250 ok\r\n", 250, "250 ok"),
        (b"250 ok\n", 250, "250 ok"),
        (b"250\r\n", 250, "250"),
        (b"250-one\r\n250-two\r\n250 three\r\n", 250, "250 one two three"),
        (b"599 x\r\n", 599, "599 x"),
        (b"250 \x1b[31mred\x07\r\n", 250, "250 [31mred"),
        (b"250 Gr\xf6\xdfe\r\n", 250, "250 Gr e"),
        (b"250 " + b"x" * 1000 + b"\r\n", 250, "250 " + "x" * (LONGEST_TEXT - 7) + "..."),
        (b"199 x\r\n", NO_REPLY, "199 x"),
        (b"600 x\r\n", NO_REPLY, "600 x"),
        (b"25 x\r\n", NO_REPLY, "25 x"),
        (b"2500 x\r\n", NO_REPLY, "2500 x"),
        (b"250x\r\n", NO_REPLY, "250x"),
        (b"\r\n", NO_REPLY, ""),
        (b"\xb2\xb50 x\r\n", NO_REPLY, "0 x"),
        (b"250-a\r\n251 b\r\n", NO_REPLY, "251 b"),
        (b"250-a\r\nfoo\r\n", NO_REPLY, "foo"),
        (b"250 " + b"x" * LONGEST_LINE + b"\r\n", NO_REPLY, "250 " + "x" * (LONGEST_TEXT - 7) + "..."),
        (b"x" * (LONGEST_LINE + 1), NO_REPLY, "a line that does not end"),
        (b"250-x\r\n" * (MOST_LINES + 1), NO_REPLY, "a reply that does not end"),
    ],
)
def test_a_reply(said: bytes, code: int, text: str) -> None:
    first = read(said)[0]
    assert (first.code, first.text) == (code, text)


@pytest.mark.parametrize("said", [b"", b"2", b"250", b"250 20", b"250 ok\r", b"250-one\r\n", b"250-one\r\n250"])
def test_what_has_not_ended_counts_for_nothing(said: bytes) -> None:
    reader = ReplyReader()
    reader.feed(said)
    assert reader.take() is None
    assert reader.idle == (said == b"")


def test_what_follows_belongs_to_the_next_reply() -> None:
    assert [answer.text for answer in read(b"250 a\r\n250 b\r\n25", b"0 c\r\n")] == ["250 a", "250 b", "250 c"]


@pytest.mark.parametrize(
    ("words", "code", "status"),
    [
        ("5.1.1 x", 550, "1.1"),
        ("4.4.5", 450, "4.5"),
        ("5.1.1", 450, ""),
        ("5.1", 550, ""),
        ("5.1.1.1", 550, ""),
        ("5.x.1", 550, ""),
    ],
)
def test_the_enhanced_status(words: str, code: int, status: str) -> None:
    assert Answer(code, (words,)).status == status


def test_an_answer_without_words_has_no_status() -> None:
    assert Answer(250).status == ""
    assert Answer(250).positive


@given(st.binary(max_size=400), st.integers(1, 400))
def test_any_bytes_however_they_are_cut(said: bytes, size: int) -> None:
    whole = read(said)
    assert read(*(said[at : at + size] for at in range(0, len(said), size))) == whole
    assert all(line.isprintable() and len(line) <= LONGEST_TEXT for answer in whole for line in answer.lines)
    assert all(answer.code == NO_REPLY or 200 <= answer.code < 600 for answer in whole)
