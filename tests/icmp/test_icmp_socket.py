import errno
import os
import socket
from array import array
from contextlib import closing

import pytest
from icmplib import ICMPv4Socket

from conntest_tui.errors import ProbeError
from conntest_tui.icmp import Network
from conntest_tui.icmp.batch_io import PACKETS
from conntest_tui.icmp.icmp_socket import _SO_TIMESTAMPNS, EchoSocket, _keep_stamps_on, open_socket
from conntest_tui.icmp.ip_addresses import bytes_of
from conntest_tui.icmp.packet import Echo, Version


def grant(monkeypatch: pytest.MonkeyPatch, refusals: dict[bool, OSError]) -> None:
    """Let the kernel refuse ICMPv4 sockets: raw ones (True), datagram ones (False)."""

    def create(self: ICMPv4Socket, kind: int) -> socket.socket:  # noqa: ARG001 - as icmplib calls it
        refusal = refusals.get(kind == socket.SOCK_RAW)
        if refusal is not None:
            raise refusal
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    monkeypatch.setattr(ICMPv4Socket, "_create_socket", create)
    monkeypatch.setattr(EchoSocket, "_set_up", lambda _: None)


def test_raw_sockets_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    grant(monkeypatch, {})

    assert Network().method == "raw sockets"
    assert Network(prefer="datagram").method == "datagram sockets"


def test_datagram_sockets_serve_where_raw_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    grant(monkeypatch, {True: PermissionError(errno.EPERM, "Operation not permitted")})

    assert Network().method == "datagram sockets"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPROTONOSUPPORT])
def test_without_any_permission_one_message_says_what_to_run(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    grant(monkeypatch, {True: PermissionError(errno.EPERM, ""), False: OSError(number, "")})

    with pytest.raises(ProbeError, match="grants no ICMP sockets, neither raw nor datagram") as caught:
        Network().check()

    assert "sysctl -w net.ipv4.ping_group_range=" in caught.value.hint
    assert "setcap cap_net_raw+ep /" in caught.value.hint
    assert Network().method == "no ICMP sockets"


def test_a_preferred_kind_that_is_refused_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    grant(monkeypatch, {True: PermissionError(errno.EPERM, "")})

    with pytest.raises(ProbeError, match="grants no ICMP raw sockets"):
        Network(prefer="raw").check()


def test_a_machine_out_of_file_descriptors_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    grant(monkeypatch, {True: OSError(errno.EMFILE, "Too many open files")})

    with pytest.raises(ProbeError, match="Too many open files") as caught:
        Network().check()

    assert "ulimit -n" in caught.value.hint


def test_a_socket_that_cannot_be_set_up_is_closed_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    grant(monkeypatch, {})
    made: list[EchoSocket] = []

    def refuse(opened: EchoSocket) -> None:
        made.append(opened)
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(EchoSocket, "_set_up", refuse)

    with pytest.raises(ProbeError, match="Cannot allocate memory"):
        Network().check()

    assert made[0].fileno() == -1


def test_a_version_of_ip_that_is_not_spoken_here_is_no_matter_of_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    grant(monkeypatch, dict.fromkeys((True, False), OSError(errno.EAFNOSUPPORT, "Address family not supported")))

    with pytest.raises(OSError, match="Address family not supported"):
        open_socket(Version.V4)


@pytest.mark.system
@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("batched", [True, False], ids=["recvmmsg", "recvfrom"])
@pytest.mark.parametrize(("version", "address"), [(Version.V4, ("127.0.0.9", 0)), (Version.V6, ("::1", 0, 0, 0))])
def test_packets_are_received_whole_with_their_source(
    version: Version, address: tuple[str, int], batched: bool
) -> None:
    with closing(open_socket(version)) as opened:
        if not batched:
            opened._receiver = None
        echo = Echo(version, opened.identifier, array("Q"))
        requests = echo.requests(0, 200)
        for request in requests:
            opened.send(request, address)

        received = [opened.receive(), opened.receive()]

        assert [len(some.packets) for some in received] == [PACKETS, 200 - PACKETS]
        for some, first in zip(received, (0, PACKETS), strict=True):
            count = len(some.packets)
            assert echo.answered(some.packets) == list(range(first, first + count))
            assert list(some.sources) == [bytes_of(address)] * count
            assert all((seconds > 0) is batched for seconds in some.seconds)
            assert all(0 <= nanoseconds < 1_000_000_000 for nanoseconds in some.nanoseconds)
        assert not opened.receive().packets
        assert opened.errors() == []


@pytest.mark.system
@pytest.mark.usefixtures("loopback")
def test_a_receive_buffer_that_overflows_is_noticed_once() -> None:
    with closing(open_socket(Version.V4)) as opened:
        opened._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)  # as small as the kernel lets it be
        assert not opened.overflowed()

        for request in Echo(Version.V4, opened.identifier, array("Q")).requests(0, 100):
            opened.send(request, ("127.0.0.9", 0))

        assert opened.overflowed()
        assert len(opened.receive().packets) < 100
        assert not opened.overflowed()


@pytest.mark.system
@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("version", list(Version), ids=lambda version: version.name)
def test_the_kernel_goes_on_stamping_packets_when_a_sweep_is_over(version: Version) -> None:
    open_socket(version).close()

    with socket.socket(fileno=os.dup(_keep_stamps_on(version))) as kept:
        assert kept.getsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS) == 1


@pytest.mark.system
@pytest.mark.usefixtures("loopback")
def test_buffers_are_used_again_and_never_by_two_sockets() -> None:
    with closing(open_socket(Version.V4)) as one, closing(open_socket(Version.V4)) as other:
        first, second = one._receiver, other._receiver
        assert first is not None
        assert first is not second
    with closing(open_socket(Version.V4)) as another:
        another.close()
        another.close()
        with closing(open_socket(Version.V4)) as one, closing(open_socket(Version.V4)) as other:
            assert one._receiver is not other._receiver
            assert {first, second} & {one._receiver, other._receiver}


@pytest.mark.system
@pytest.mark.usefixtures("loopback")
def test_identifiers_are_fresh() -> None:
    identifiers = set()
    for _ in range(20):
        with closing(open_socket(Version.V4)) as opened:
            identifiers.add(opened.identifier)

    assert len(identifiers) > 10
