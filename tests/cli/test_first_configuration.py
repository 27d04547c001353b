"""The first start: what is asked, how the answers are tried, and what is written."""

import errno
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from conntest_tui.cli.first_configuration import Ways, make
from conntest_tui.config import Config, ConfigError, Delivery, Tls, load
from conntest_tui.model import Outcome, ProbeResult
from conntest_tui.notify.send_now import MailAnswer
from tests.files import mode

PASSWORD = ' a "quoted", secret '


class Person:
    """Somebody who answers, and what they are told."""

    def __init__(self, *answers: str, refusals: Sequence[str] = ()) -> None:
        self.answers = list(answers)
        self.refusals = list(refusals)
        self.said: list[str] = []
        self.hidden: list[str] = []
        self.sent: list[Config] = []

    def ask(self, question: str, hidden: bool) -> str:
        answer = self.answers.pop(0)
        if hidden:
            self.hidden.append(question)
        return answer

    def ping(self, config: Config) -> list[ProbeResult]:
        return [
            ProbeResult(host.name, Outcome.SILENT, reason="no reply to 3 attempts")
            if host.name.endswith("9")
            else ProbeResult(host.name, Outcome.REPLY, rtt=0.0004)
            for host in config.hosts
        ]

    def send(self, config: Config) -> list[MailAnswer]:
        self.sent.append(config)
        why = self.refusals.pop(0) if self.refusals else ""
        return [MailAnswer(recipient, not why, why or "250 kept") for recipient in config.recipients]

    def make(self, directory: Path) -> bool:
        made = make(directory, Ways(self.ask, self.said.append, self.ping, self.send))
        assert self.answers == []
        return made

    @property
    def text(self) -> str:
        return "\n".join(self.said)


def files(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_hosts_and_no_mail(tmp_path: Path) -> None:
    place = tmp_path / "a" / "site"
    person = Person("10.1.1.1, bücher.example 10.1.1.9 10.1.1.1", "")

    assert person.make(place)

    config = load(place)
    assert [host.name for host in config.hosts] == ["10.1.1.1", "xn--bcher-kva.example", "10.1.1.9"]
    assert config.settings.email.delivery is Delivery.OFF
    assert files(place) == ["hosts.csv", "settings.toml"]
    assert mode(place) == 0o700
    assert "10.1.1.1 answers in 0.40 ms" in person.text
    assert "10.1.1.9: no reply to 3 attempts. It is watched all the same." in person.text
    assert files(tmp_path) == ["a"]
    assert files(tmp_path / "a") == ["site"]


def test_mail_with_a_login(tmp_path: Path) -> None:
    answers = ("10.1.1.1", "mail.example.com", "monitor@example.com", PASSWORD, "noc@example.com, ann@example.com")
    person = Person(*answers)

    assert person.make(tmp_path)

    config = load(tmp_path)
    assert config.server is not None
    assert (config.server.address, config.server.port) == ("mail.example.com", 587)
    assert config.credentials is not None
    assert (config.credentials.username, config.credentials.password.reveal()) == ("monitor@example.com", PASSWORD)
    assert (config.sender, config.recipients) == ("monitor@example.com", ("noc@example.com", "ann@example.com"))
    assert config.warnings == ()
    assert mode(tmp_path / "creds.csv") == 0o600
    assert len(person.hidden) == 1
    assert PASSWORD.strip() not in person.text
    assert "accepted: noc@example.com: 250 kept" in person.text


def test_a_server_without_login_and_tls_is_asked_about_the_sender_and_the_clear(tmp_path: Path) -> None:
    refusal = "the server offers no STARTTLS: it would not be safe"
    person = Person("10.1.1.1", "127.0.0.1:25", "", "noc@example.com", "", "c", refusals=[refusal])

    assert person.make(tmp_path)

    config = load(tmp_path)
    assert config.settings.email.tls is Tls.NONE
    assert (config.credentials, config.sender) == (None, "conntest@example.com")
    assert [tried.settings.email.tls for tried in person.sent] == [Tls.AUTO, Tls.NONE]
    assert f"NOT accepted: noc@example.com: {refusal}" in person.text


def test_a_refused_mail_is_asked_about_again_or_kept_or_left_out(tmp_path: Path) -> None:
    mail = ("mail.example.com:465", "m@example.com", "x", "noc@example.com")
    person = Person("10.1.1.1", *mail, "", *mail, "k", refusals=["535 no", "535 no"])
    assert person.make(tmp_path / "kept")
    assert load(tmp_path / "kept").settings.email.delivery is Delivery.SMTP

    person = Person("10.1.1.1", *mail, "", "", refusals=["535 no"])
    assert person.make(tmp_path / "off")
    assert load(tmp_path / "off").settings.email.delivery is Delivery.OFF
    assert files(tmp_path / "off") == ["hosts.csv", "settings.toml"]


@pytest.mark.parametrize(
    ("answer", "server"),
    [("::1", ("::1", 587)), ("[::1]", ("::1", 587)), ("[::1]:25", ("::1", 25)), ("10.1.1.9:25", ("10.1.1.9", 25))],
)
def test_the_mail_server_may_be_an_address(tmp_path: Path, answer: str, server: tuple[str, int]) -> None:
    assert Person("10.1.1.1", answer, "u@x.y", "p", "a@b.c").make(tmp_path)
    found = load(tmp_path).server
    assert found is not None
    assert (found.address, found.port) == server


def test_what_cannot_be_used_is_asked_again(tmp_path: Path) -> None:
    answers = ("10.1.1.300", "10.1.1.1", "mail.example.com:x", "mail.example.com", "ü", "u", "", "ü", "p", "a", "a@b.c")
    person = Person(*answers, "not an address", "x@y.z")

    assert person.make(tmp_path)

    for said in ("10.1.1.300 is not an address", "x is not a port", "characters that SMTP cannot carry"):
        assert said in person.text
    assert "a is not a mail address" in person.text
    assert load(tmp_path).sender == "x@y.z"


def test_an_empty_answer_leaves_everything_as_it_is(tmp_path: Path) -> None:
    assert not Person("").make(tmp_path / "site")
    assert files(tmp_path) == []


def test_what_has_come_meanwhile_is_never_overwritten(tmp_path: Path) -> None:
    person = Person("10.1.1.1", "")

    def ping(config: Config) -> list[ProbeResult]:
        (tmp_path / "hosts.csv").write_text("10.9.9.9\n")
        return Person.ping(person, config)

    person.ping = ping  # type: ignore[method-assign]  # somebody else is at work at the same moment

    with pytest.raises(ConfigError, match=r"hosts\.csv: File exists"):
        person.make(tmp_path)
    assert (tmp_path / "hosts.csv").read_text() == "10.9.9.9\n"
    assert files(tmp_path) == ["hosts.csv"]


def test_a_file_system_without_links_that_fills_up_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM), source, None, target)

    def full(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink() == tmp_path / "hosts.csv":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left"):
        Person("10.1.1.1", "").make(tmp_path)
    assert files(tmp_path) == []
