"""The embedded mailbox."""

import mailbox
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from conntest_tui.model.notifications import Message
from conntest_tui.notify.channel import ReplyVerdict, UnavailableError
from conntest_tui.notify.maildir_channel import MaildirChannel

MESSAGE = b"Subject: [DOWN] x\r\nMessage-ID: <a@b>\r\n\r\nDown.\r\n"
TO = ["admin@company.example", "jörg@company.example"]


def mail_to(recipients: Sequence[str]) -> Message:
    return Message("<1@x>", "down", "monitor@company.example", recipients, MESSAGE)


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def channel(tmp_path: Path) -> MaildirChannel:
    channel = MaildirChannel(tmp_path / "mailbox")
    channel.open()
    return channel


def test_each_recipient_gets_a_private_copy(channel: MaildirChannel, tmp_path: Path) -> None:
    replies = channel.send(mail_to(TO))
    assert [reply.verdict for reply in replies.values()] == [ReplyVerdict.ACCEPTED] * 2
    box = mailbox.Maildir(tmp_path / "mailbox", create=False)
    assert {str(message["Delivered-To"]) for message in box} >= {TO[0]}
    assert all(message["Return-Path"] == "<monitor@company.example>" for message in box)
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "mailbox").rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "mailbox").iterdir()} == {0o700}
    assert not list((tmp_path / "mailbox" / "tmp").iterdir())


def test_a_repeated_mail_makes_no_second_copy(channel: MaildirChannel, tmp_path: Path) -> None:
    channel.send(mail_to(TO))
    channel.send(mail_to(TO))
    assert len(list((tmp_path / "mailbox" / "new").iterdir())) == 2


def test_nor_does_it_after_somebody_has_read_it(channel: MaildirChannel, tmp_path: Path) -> None:
    channel.send(mail_to(TO[:1]))
    (new,) = (tmp_path / "mailbox" / "new").iterdir()
    new.rename(tmp_path / "mailbox" / "cur" / f"{new.name}:2,S")
    channel.send(mail_to(TO[:1]))
    assert not list((tmp_path / "mailbox" / "new").iterdir())


def test_what_a_crash_left_in_tmp_is_written_anew(channel: MaildirChannel, tmp_path: Path) -> None:
    channel.send(mail_to(TO[:1]))
    (new,) = (tmp_path / "mailbox" / "new").iterdir()
    whole = new.read_bytes()
    (tmp_path / "mailbox" / "tmp" / new.name).write_bytes(whole[:9] + b"x" * 999)
    new.unlink()
    channel.send(mail_to(TO[:1]))
    assert new.read_bytes() == whole


def test_a_mailbox_that_cannot_be_made_is_trouble_that_passes(tmp_path: Path) -> None:
    (tmp_path / "mailbox").write_text("a file in the way")
    with pytest.raises(UnavailableError) as caught:
        MaildirChannel(tmp_path / "mailbox").open()
    assert caught.value.reply.verdict is ReplyVerdict.TRANSIENT
    assert "see that this user may write there" in str(caught.value)


def test_a_directory_that_vanishes_delays_the_mail(channel: MaildirChannel, tmp_path: Path) -> None:
    (tmp_path / "mailbox" / "tmp").rmdir()
    (reply,) = channel.send(mail_to(TO[:1])).values()
    assert (reply.verdict, reply.whole_server) == (ReplyVerdict.TRANSIENT, True)
    channel.open()
    assert channel.send(mail_to(TO[:1]))[TO[0]].verdict is ReplyVerdict.ACCEPTED


def test_a_link_in_the_place_of_the_mailbox_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    for name in ("mailbox", "other/new"):
        place = tmp_path / name
        place.parent.mkdir(mode=0o700, exist_ok=True)
        place.symlink_to(tmp_path / "elsewhere")
        mailbox = place if name == "mailbox" else place.parent
        with pytest.raises(UnavailableError, match="is a link, where a directory should be"):
            MaildirChannel(mailbox).open()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_nothing_is_written_through_a_link_nor_taken_for_a_mail(channel: MaildirChannel, tmp_path: Path) -> None:
    channel.send(mail_to(TO[:1]))
    box, precious = tmp_path / "mailbox", tmp_path / "precious"
    (new,) = (box / "new").iterdir()
    new.unlink()
    precious.write_text("data")
    for place in (new, box / "tmp" / new.name, box / "cur" / f"{new.name}:2,S"):
        place.symlink_to(precious)
    channel.send(mail_to(TO[:1]))
    assert precious.read_text() == "data"
    assert not new.is_symlink()
    assert b"Down." in new.read_bytes()


def test_in_a_state_of_somebody_else_no_mailbox_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, look = tmp_path / "state", os.lstat

    def theirs(path: Path) -> os.stat_result:
        found = look(path)
        return os.stat_result((*found[:4], 12_345, *found[5:])) if Path(path) == state else found

    state.mkdir()
    monkeypatch.setattr(os, "lstat", theirs)
    with pytest.raises(UnavailableError, match="belongs to user 12345"):
        MaildirChannel(state / "mailbox").open()
    assert list(state.iterdir()) == []
