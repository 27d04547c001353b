"""Which monitor writes: its name beside the sender's address, and the end of each of its mails."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conntest_tui.config import ConsoleSettings, EmailSettings, FlappingSettings, NoHomeError, Settings, state_directory
from conntest_tui.notify import account_of
from conntest_tui.notify.account import Signature, signature
from conntest_tui.notify.drafts import Draft
from conntest_tui.notify.mime import write
from conntest_tui.text import clean
from conntest_tui.tui.keymap_check import own_bindings
from tests.notify.test_account import CONFIG
from tests.notify.test_mime import HEADERS
from tests.notify.world import parse

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

    monkeypatch.setattr("conntest_tui.notify.account.state_directory", no_home)
    written = signature(OFFICE, Path("/var/lib/conntest"), {}, MACHINE)
    assert written.command == "conntest-tui -c /etc/office --state /var/lib/conntest"
