"""What a raw socket gets of what comes in: the kernel sorts it by identifier, whatever the headers look like."""

import ipaddress
import socket
import struct
from collections.abc import Generator
from contextlib import closing

import pytest

from conntest_tui.icmp import Network
from conntest_tui.icmp import source_address_and_filter as socket_options
from conntest_tui.icmp.icmp_socket import EchoSocket, SocketKind, open_socket
from conntest_tui.icmp.packet import REQUEST_TYPE, Version
from conntest_tui.model import Outcome, Target
from tests.icmp.packets import echo_reply, error_message, ipv4, ipv6, with_checksum, with_checksum_v6
from tests.system.netns import Namespace, connect, namespaces, need

pytestmark = pytest.mark.system

NEAR = {Version.V4: ipaddress.ip_address("10.78.0.1").packed, Version.V6: ipaddress.ip_address("fd78::1").packed}
FAR = {Version.V4: ipaddress.ip_address("10.78.0.2").packed, Version.V6: ipaddress.ip_address("fd78::2").packed}
OPTIONS = bytes([1] * 8)  # eight times "no operation"


class Sender:
    """Sends whole packets from `far` to `near`."""

    def __init__(self, space: Namespace, version: Version) -> None:
        family = socket.AF_INET if version is Version.V4 else socket.AF_INET6
        self.version = version
        self._socket = space.run(lambda: socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW))

    def send(self, message: bytes, *, options: bytes = b"") -> None:
        own, near = FAR[self.version], NEAR[self.version]
        if self.version is Version.V4:
            packet = ipv4(with_checksum(message), source=own, destination=near, options=options)
            self._socket.sendto(packet, (socket.inet_ntop(socket.AF_INET, near), 0))
        else:
            packet = ipv6(with_checksum_v6(message, source=own, destination=near), source=own, destination=near)
            self._socket.sendto(packet, (socket.inet_ntop(socket.AF_INET6, near), 0, 0, 0))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def cable() -> Generator[tuple[Namespace, Namespace], None, None]:
    need()
    with namespaces("near", "far") as (near, far):
        connect(near, far)
        yield near, far


@pytest.fixture(params=list(Version), ids=lambda version: version.name)
def sender(cable: tuple[Namespace, Namespace], request: pytest.FixtureRequest) -> Generator[Sender, None, None]:
    sender = Sender(cable[1], request.param)
    yield sender
    sender.close()


@pytest.fixture
def opened(cable: tuple[Namespace, Namespace], sender: Sender) -> Generator[EchoSocket, None, None]:
    with closing(cable[0].run(lambda: open_socket(sender.version, SocketKind.RAW))) as opened:
        yield opened


def request(version: Version, identifier: int, text: bytes) -> bytes:
    return with_checksum(struct.pack("!BBHHH", REQUEST_TYPE[version], 0, 0, identifier, 1) + text)


def error_about(version: Version, identifier: int, text: bytes, *, options: bytes = b"", cut: int = 99) -> bytes:
    """An error about a request that quotes so many bytes of its ICMP message."""
    quoted, own, destination = request(version, identifier, text), NEAR[version], FAR[version]
    if version is Version.V4:
        packet = ipv4(quoted, source=own, destination=destination, options=options)
        return error_message(3, 1, packet[: 20 + len(options) + cut])
    return error_message(1, 3, ipv6(quoted, source=own, destination=destination)[: 40 + cut])


def texts(opened: EchoSocket) -> list[bytes]:
    """The last five bytes of every packet that has come in."""
    return [packet[-5:] for packet in opened.receive().packets]


def test_replies_pass_that_carry_our_identifier(sender: Sender, opened: EchoSocket) -> None:
    version, own = sender.version, opened.identifier
    for identifier, text in ((own ^ 1, b"wrong"), (own, b"right"), (own ^ 0x8000, b"wrong"), (own, b"again")):
        sender.send(echo_reply(version, request(version, identifier, text)))

    assert texts(opened) == [b"right", b"again"]


def test_errors_pass_that_quote_our_identifier(sender: Sender, opened: EchoSocket) -> None:
    version, own = sender.version, opened.identifier
    for identifier, text in ((own ^ 1, b"wrong"), (own, b"right"), (own ^ 0x8000, b"wrong"), (own, b"again")):
        sender.send(error_about(version, identifier, text))
    sender.send(error_about(version, own, b"short", cut=5))  # does not reach the identifier
    sender.send(error_about(version, own, b"", cut=8))

    received = list(opened.receive().packets)
    assert [packet[-5:] for packet in received[:2]] == [b"right", b"again"]
    assert [packet[-4:-2] for packet in received[2:]] == [own.to_bytes(2)]


def test_headers_with_options_are_seen_through(cable: tuple[Namespace, Namespace]) -> None:
    sender = Sender(cable[1], Version.V4)
    with closing(cable[0].run(lambda: open_socket(Version.V4, SocketKind.RAW))) as opened:
        for identifier, text in ((opened.identifier ^ 1, b"wrong"), (opened.identifier, b"right")):
            sender.send(echo_reply(Version.V4, request(Version.V4, identifier, text)), options=OPTIONS)
            sender.send(error_about(Version.V4, identifier, text, options=OPTIONS), options=OPTIONS)
            sender.send(error_about(Version.V4, identifier, text, options=OPTIONS))
            sender.send(error_about(Version.V4, identifier, text), options=OPTIONS)

        assert texts(opened) == [b"right"] * 4
    sender.close()


def test_neither_requests_nor_errors_that_nobody_asked_for_come_in(sender: Sender, opened: EchoSocket) -> None:
    asked = request(sender.version, opened.identifier, b"asked")
    sender.send(asked)
    sender.send(b"\x0d" + asked[1:] if sender.version is Version.V4 else b"\x8b" + asked[1:])  # other types
    sender.send(echo_reply(sender.version, request(sender.version, opened.identifier, b"reply")))

    assert texts(opened) == [b"reply"]


def test_what_came_before_the_filter_is_thrown_away(
    cable: tuple[Namespace, Namespace], sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*arguments: object) -> None:
        for _ in range(3):
            sender.send(echo_reply(sender.version, request(sender.version, 4711, b"early")))
        pass_own_only(*arguments)  # type: ignore[arg-type]

    pass_own_only = socket_options.pass_own_only
    monkeypatch.setattr("conntest_tui.icmp.icmp_socket.pass_own_only", late)
    with closing(cable[0].run(lambda: open_socket(sender.version, SocketKind.RAW))) as opened:
        assert texts(opened) == []


def test_a_kernel_that_refuses_the_filter_does_no_harm(
    cable: tuple[Namespace, Namespace], sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_options, "_SO_ATTACH_FILTER", 9999)  # an option that no kernel knows
    near, version = cable[0], sender.version
    with closing(near.run(lambda: open_socket(version, SocketKind.RAW))) as opened:
        sender.send(echo_reply(version, request(version, opened.identifier ^ 1, b"wrong")))
        assert texts(opened) == [b"wrong"]

    host, nobody = ("10.78.0.2", "10.78.0.3") if version is Version.V4 else ("fd78::2", "fd78::3")
    targets = [Target(host, 1, 0.5), Target(nobody, 1, 0.5)]
    first, second = near.run(lambda: Network(rate=0, prefer="raw").sweep(targets)).results
    assert (first.outcome, second.alive) == (Outcome.REPLY, False)


def test_two_sweeps_at_once_do_not_get_each_others_replies(cable: tuple[Namespace, Namespace]) -> None:
    near, far = cable
    far.ip("route replace local 10.77.0.0/16 dev lo", "route replace local fd77::/64 dev lo")
    near.ip("route replace 10.77.0.0/16 via 10.78.0.2", "route replace fd77::/64 via fd78::2")
    names = [[f"10.77.{n >> 8}.{n & 255}", f"fd77::{n + 1:x}"] for n in range(1000)]
    targets = [Target(name, 1, 1.0) for both in names for name in both]
    network = Network(rate=0, prefer="raw")

    running = [near.start(lambda: network.sweep(targets)) for _ in range(3)]
    reports = [future.result(timeout=60) for future in running]

    assert {result.alive for report in reports for result in report.results} == {True}
    assert [report.strays for report in reports] == [0, 0, 0]
