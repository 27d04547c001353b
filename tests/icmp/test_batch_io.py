"""Bursts through real sockets: each request goes where it should, and a refused one is found."""

from array import array
from contextlib import closing

import pytest

from conntest_tui.icmp.icmp_socket import EchoSocket, SocketKind, open_socket
from conntest_tui.icmp.ip_addresses import bytes_of
from conntest_tui.icmp.packet import Echo, Version

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("loopback")]

HOSTS = [f"127.0.3.{number}" for number in range(1, 60)]


def load(opened: EchoSocket, *names: str) -> Echo:
    echo = Echo(opened.version, opened.identifier, array("Q"))
    addresses = [bytes_of((name, 0, 0, 0) if ":" in name else (name, 0)) for name in names]
    opened.load(echo.requests(0, len(names)), addresses)
    return echo


def test_each_request_goes_to_its_own_address() -> None:
    with closing(open_socket(Version.V4, SocketKind.RAW)) as opened:
        for names in (HOSTS[:20], HOSTS[20:60], HOSTS[5:10]):  # more than at first, fewer than there is room for
            echo = load(opened, *names)
            sent = 0
            while sent < len(names):
                count = opened.send_burst(sent, min(8, len(names) - sent))
                assert count == min(8, len(names) - sent)
                sent += count

            received = opened.receive()
            assert echo.answered(received.packets) == list(range(len(names)))
            assert list(received.sources) == [bytes_of((name, 0)) for name in names]


def test_it_speaks_ipv6() -> None:
    with closing(open_socket(Version.V6, SocketKind.RAW)) as opened:
        echo = load(opened, "::1", "::1", "::1")

        assert opened.send_burst(0, 3) == 3
        assert echo.answered(opened.receive().packets) == [0, 1, 2]


def test_a_burst_ends_before_the_request_that_is_refused() -> None:
    with closing(open_socket(Version.V4, SocketKind.RAW)) as opened:
        echo = load(opened, "127.0.0.2", "127.0.0.3", "255.255.255.255", "127.0.0.4")

        assert opened.send_burst(0, 4) == 2
        with pytest.raises(PermissionError):  # nobody may broadcast without asking for it
            opened.send_burst(2, 2)
        assert opened.send_burst(3, 1) == 1
        assert echo.answered(opened.receive().packets) == [0, 1, 3]
