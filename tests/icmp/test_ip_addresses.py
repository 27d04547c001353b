import socket

import pytest

from conntest_tui.icmp.ip_addresses import (
    SocketAddress,
    all_v4,
    bare,
    bytes_of,
    numeric,
    socket_address,
    text_of,
    version_of,
)
from conntest_tui.icmp.packet import Version

LOOPBACK = socket.if_nametoindex("lo")


def test_ipv4_addresses_are_known_among_other_names() -> None:
    names = ["10.1.1.254", "router", "::1", "10.1", "010.1.1.1", "10.1.1.300", "", "a\0b", "255.255.255.255"]

    assert all_v4(names) == [bytes([10, 1, 1, 254]), *[b""] * 7, b"\xff" * 4]


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("::1", "::1"),
        ("2001:DB8:0:0::9", "2001:db8::9"),
        ("fe80::1%lo", "fe80::1%lo"),
        (f"fe80::1%{LOOPBACK}", "fe80::1%lo"),
    ],
)
def test_ipv6_addresses_are_brought_into_their_normal_form(name: str, normal: str) -> None:
    assert text_of(numeric(name)) == normal


@pytest.mark.parametrize("name", ["router", "a:b", "", "a\0b", "1::2::3"])
def test_anything_else_may_be_a_name(name: str) -> None:
    with pytest.raises(ValueError, match=r"is no address|embedded null"):
        numeric(name)


@pytest.mark.parametrize("zone", ["nowhere", ""])
def test_a_zone_that_is_no_interface_is_told_apart(zone: str) -> None:
    with pytest.raises(OSError, match=r"No such device|no interface"):
        numeric(f"fe80::1%{zone}")


@pytest.mark.parametrize(
    ("address", "version", "in_header"),
    [
        (("10.1.2.3", 0), Version.V4, bytes([10, 1, 2, 3])),
        (("::1", 0, 0, 0), Version.V6, bytes(15) + b"\1"),
        (("fe80::1", 0, 0, LOOPBACK), Version.V6, b"\xfe\x80" + bytes(13) + b"\1"),
    ],
)
def test_an_address_in_bytes_keeps_everything(address: SocketAddress, version: Version, in_header: bytes) -> None:
    in_bytes = bytes_of(address)

    assert socket_address(in_bytes) == address
    assert version_of(in_bytes) is version
    assert bare(in_bytes) == in_header


def test_the_same_address_on_two_links_is_two_addresses() -> None:
    assert bytes_of(("fe80::1", 0, 0, 1)) != bytes_of(("fe80::1", 0, 0, 2))


def test_an_interface_that_went_away_leaves_its_number() -> None:
    assert text_of(bytes_of(("fe80::1", 0, 0, 99_999))) == "fe80::1%99999"
