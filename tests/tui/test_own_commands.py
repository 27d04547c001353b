"""Commands for a host: what is offered, and which arguments a program gets; no shell ever sees a value."""

from dataclasses import replace

import pytest

from conntest_tui.model import Host
from conntest_tui.tui.own_commands import CommandRefusedError, OwnCommand, offered
from tests.tui.scenes import probed, up

HOSTILE = """x; rm -rf / "$(reboot)" `id` 'a' \\ & | > *"""
PRINTER = Host("printer.example", "Printer", "Hall")


def arguments(template: str, host: Host = PRINTER, address: str | None = "10.1.1.5") -> list[str]:
    (command,) = offered({"it": template}, lambda _: None)
    return list(command.for_host(probed(up(host), address=address)))


def test_a_template_is_split_first_and_each_value_stays_in_one_argument() -> None:
    assert arguments("mtr --report {address}") == ["mtr", "--report", "10.1.1.5"]
    assert arguments("ssh 'admin'@{host} -p 22") == ["ssh", "admin@printer.example", "-p", "22"]
    hostile = replace(PRINTER, description=HOSTILE)
    assert arguments("echo {description} '{host} and {address}'", hostile) == [
        "echo",
        HOSTILE,
        "printer.example and 10.1.1.5",
    ]


def test_what_a_value_holds_is_not_read_again() -> None:
    assert arguments("echo {description}", replace(PRINTER, description="{host} {x}")) == ["echo", "{host} {x}"]


def test_a_host_that_has_never_answered_has_its_name_for_an_address() -> None:
    assert arguments("mtr {address}", address=None) == ["mtr", "printer.example"]


def test_a_value_that_begins_like_an_option_is_refused() -> None:
    with pytest.raises(CommandRefusedError) as refused:
        arguments("echo {description}", replace(PRINTER, description="-rf"))
    assert str(refused.value) == ("it is not run: the description -rf begins with -, and would be taken for an option.")
    assert arguments("echo {host}", replace(PRINTER, description="-rf")) == ["echo", "printer.example"]


def test_ones_own_come_first_and_what_is_installed_once() -> None:
    found = offered({"web": "w3m {host}", "ssh": "ssh -4 {host}"}, {"ssh": "/bin/ssh", "mtr": "/bin/mtr"}.get)

    assert found == [
        OwnCommand("web", ("w3m", "{host}")),
        OwnCommand("ssh", ("ssh", "-4", "{host}")),
        OwnCommand("mtr", ("mtr", "{address}")),
    ]
