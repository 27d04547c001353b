"""What this machine is called by others: a resolver that is dead, wrong or silly changes nothing for the worse."""

import socket
import threading
import time

import pytest

from conntest_tui.notify.account import full_name


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
