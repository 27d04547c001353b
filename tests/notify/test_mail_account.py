"""From the configuration to the account, its signature, and what this machine is called."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conntest_tui.config import (
    Config,
    ConsoleSettings,
    Credentials,
    Delivery,
    EmailSettings,
    FlappingSettings,
    MailServer,
    NoHomeError,
    Secret,
    Settings,
    Tls,
    state_directory,
)
from conntest_tui.notify import UnavailableError, account_of, channel_for
from conntest_tui.notify.channel import ReplyVerdict
from conntest_tui.notify.mail_account import Signature, full_name, signature
from conntest_tui.notify.mail_drafts import Draft
from conntest_tui.notify.maildir_channel import MaildirChannel
from conntest_tui.notify.mime import write
from conntest_tui.notify.smtp_channel import SmtpChannel
from conntest_tui.text import clean
from conntest_tui.tui.keymap_check import own_bindings
from tests.notify.test_mime import HEADERS
from tests.notify.world import ACCOUNT, parse

CONFIG = Config(
    directory=Path("/etc/conntest"),
    hosts=(),
    settings=Settings(renotify=60.0, email=EmailSettings(tls=Tls.IMPLICIT, ca_file=Path("ca.pem"), digest_above=9)),
    origins={},
    server=MailServer("mail.company.example", 465),
    credentials=Credentials("monitor", Secret("hunter2")),
    recipients=("admin@company.example",),
    sender="monitor@company.example",
    warnings=(),
)


def test_an_account_is_what_mail_needs_of_the_configuration() -> None:
    found = account_of(CONFIG, Path("/var/lib/conntest"))
    assert (found.server, found.port, found.tls) == ("mail.company.example", 465, Tls.IMPLICIT)
    assert (found.sender, found.recipients) == (CONFIG.sender, CONFIG.recipients)
    assert found.ca_file == Path("/etc/conntest/ca.pem")
    assert found.mailbox == Path("/var/lib/conntest/mailbox")
    assert (found.digest_above, found.renotify) == (9, 60.0)


def test_an_account_never_shows_its_password() -> None:
    assert "hunter2" not in repr(account_of(CONFIG, Path()))


def test_a_new_password_makes_another_account() -> None:
    changed = replace(CONFIG, credentials=Credentials("monitor", Secret("hunter3")))
    assert account_of(CONFIG, Path()) == account_of(CONFIG, Path())
    assert account_of(changed, Path()) != account_of(CONFIG, Path())


def test_the_transport_follows_the_delivery() -> None:
    assert isinstance(channel_for(ACCOUNT), SmtpChannel)
    assert isinstance(channel_for(replace(ACCOUNT, delivery=Delivery.MAILDIR)), MaildirChannel)


@pytest.mark.parametrize(
    "impossible", [{"sender": "jörg@company.example"}, {"recipients": ()}, {"delivery": Delivery.OFF}]
)
def test_an_account_that_cannot_send_is_held_with_a_reason(impossible: dict[str, object]) -> None:
    with pytest.raises(UnavailableError) as caught:
        channel_for(replace(ACCOUNT, **impossible))  # type: ignore[arg-type]  # mypy cannot see through the names
    assert caught.value.reply.verdict is ReplyVerdict.CONFIGURATION


def test_importing_the_room_does_not_import_what_only_sending_needs() -> None:
    code = "import sys, conntest_tui.notify; sys.exit(bool({'ssl', 'conntest_tui.notify.mime'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---------------------------------------------------------------- who signs

OFFICE = Path("/etc/office")
USUAL_STATE = state_directory(None, OFFICE)
MACHINE = "noc1.company.example"


@pytest.mark.parametrize(
    ("signature", "name"),
    [
        (Signature(MACHINE, "office"), "conntest office"),
        (Signature(MACHINE, "conntest"), "conntest noc1"),
        (Signature("", "conntest-tui"), "conntest tui"),
        (Signature("odd,host\n<x>", "conntest"), "conntest odd host x"),
        (Signature("", "conntest"), "conntest"),
        (Signature(), "conntest"),
        (Signature("", 'a "quoted" <b@c>, d'), "conntest a quoted b c d"),
        (Signature("", "x" * 99), f"conntest {'x' * 30}"),
    ],
)
def test_the_name_beside_the_sender(signature: Signature, name: str) -> None:
    assert signature.sender == name


@given(st.text(max_size=200))
def test_whatever_a_directory_is_called_the_sender_reads_as_it_was_written(name: str) -> None:
    by = Signature("", clean(name))
    message = parse(write(Draft("x", "s", "t\n", "<p>h</p>\n"), replace(HEADERS, name=by.sender)))
    (address,) = message["From"].addresses
    assert (address.display_name, address.addr_spec) == (by.sender, HEADERS.sender)


@pytest.mark.parametrize(
    ("state", "keys", "command", "pressed"),
    [
        (USUAL_STATE, {}, "conntest-tui -c /etc/office", ("a", "m", "enter")),
        (
            Path("/var/lib/my state"),
            {"host.acknowledge": "f5, a", "host.mute": "f6", "table.open": "ctrl+o", "host.recheck": "x"},
            "conntest-tui -c /etc/office --state '/var/lib/my state'",
            ("f5", "f6", "ctrl+o"),
        ),
    ],
)
def test_how_to_act(state: Path, keys: Mapping[str, str], command: str, pressed: tuple[str, str, str]) -> None:
    act, who = signature(OFFICE, state, keys, MACHINE).lines
    acknowledge, mute, look = pressed
    assert act.startswith(f"In the console ({command} on {MACHINE}) press ")
    assert act.endswith(f" {acknowledge} to acknowledge, {mute} to mute, {look} to look at the selected host.")
    assert who == f"Written by conntest-tui on {MACHINE}, configuration office."


def test_the_keys_are_those_of_the_console() -> None:
    usual = {binding.id: binding.key for binding in own_bindings()}
    by = Signature()
    assert by.acknowledge == usual["host.acknowledge"]
    assert by.mute == usual["host.mute"]
    assert by.look == usual["table.open"]


def test_an_account_knows_who_writes() -> None:
    settings = Settings(console=ConsoleSettings(keys={"host.mute": "f6"}), flapping=FlappingSettings(quiet=60.0))
    found = account_of(replace(CONFIG, settings=settings), Path("/var/lib/conntest"), MACHINE)
    assert (found.signature.machine, found.signature.configuration, found.signature.mute) == (MACHINE, "conntest", "f6")
    assert found.quiet == 60.0


@pytest.mark.parametrize(
    ("wanted", "sender", "machine", "found"),
    [
        ("", "conntest-tui@localhost", MACHINE, f"conntest-tui@{MACHINE}"),
        ("", "conntest-tui@localhost", "noc1", "conntest-tui@localhost"),
        ("", "conntest-tui@localhost", "", "conntest-tui@localhost"),
        ("me@localhost", "me@localhost", MACHINE, "me@localhost"),
        ("", "monitor@company.example", MACHINE, "monitor@company.example"),
    ],
)
def test_a_sender_that_nobody_has_chosen_is_of_this_machine(wanted: str, sender: str, machine: str, found: str) -> None:
    config = replace(CONFIG, settings=Settings(email=EmailSettings(sender=wanted)), sender=sender)
    assert account_of(config, Path("/var/lib/conntest"), machine).sender == found


def test_a_user_without_a_home_is_told_where_the_state_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home(*_: object) -> Path:
        raise NoHomeError("no home")

    monkeypatch.setattr("conntest_tui.notify.mail_account.state_directory", no_home)
    written = signature(OFFICE, Path("/var/lib/conntest"), {}, MACHINE)
    assert written.command == "conntest-tui -c /etc/office --state /var/lib/conntest"


# ---------------------------------------------------------------- this machine


def resolver(monkeypatch: pytest.MonkeyPatch, own: str, canonical: str | Exception) -> None:
    def answer(name: str, *_args: object, **_named: object) -> list[tuple[object, ...]]:
        assert name == own
        if isinstance(canonical, Exception):
            raise canonical
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, canonical, ("192.0.2.1", 0))]

    monkeypatch.setattr(socket, "gethostname", lambda: own)
    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.mark.parametrize(
    ("own", "canonical", "name"),
    [
        ("noc1", "noc1.company.net", "noc1.company.net"),
        ("noc1", "NOC1.Company.net.", "noc1.company.net"),
        ("noc1.company.net", "localhost.localdomain", "noc1.company.net"),
        ("noc1.company.net", "localhost", "noc1.company.net"),
        ("noc1.company.net", socket.gaierror(-3, "Temporary failure in name resolution"), "noc1.company.net"),
        ("noc1", "noc1", ""),
        ("noc1", "", ""),
        ("noc1", socket.gaierror(-2, "Name or service not known"), ""),
        ("localhost", "localhost.company.net", ""),
        ("noc1.localdomain", "noc1.localdomain", ""),
        ("noc1", "192.0.2.7", ""),
        ("192.0.2.7", "2001:db8::7", ""),
        ("noc1", "noc1.company.net\r\nMAIL FROM:<x@y.example>", ""),
        ("noc1", "a..b", ""),
        ("noc1", f"noc1.{'x' * 64}.example", ""),
        (f"{'x' * 64}.example", UnicodeError("label too long"), ""),
        ("noc_1", "noc_1.company.net", ""),
    ],
)
def test_a_full_name_is_one_that_others_know(
    monkeypatch: pytest.MonkeyPatch, own: str, canonical: str | Exception, name: str
) -> None:
    resolver(monkeypatch, own, canonical)
    assert full_name() == name


def test_a_dead_resolver_costs_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def dead(*_args: object, **_named: object) -> list[tuple[object, ...]]:
        over.wait(30)
        return []

    monkeypatch.setattr(socket, "gethostname", lambda: "noc1.company.net")
    monkeypatch.setattr(socket, "getaddrinfo", dead)
    began = time.monotonic()
    assert full_name(0.05) == "noc1.company.net"
    assert time.monotonic() - began < 15
    over.set()


def test_the_real_resolver_is_asked() -> None:
    name = full_name()
    assert name == "" or ("." in name and name == name.lower())
