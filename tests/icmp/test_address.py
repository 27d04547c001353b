import socket

import pytest

from conntest_tui.icmp.address import numeric, packed, sockaddr, text_of, text_of_sockaddr, texts_of, version_of
from conntest_tui.icmp.packet import Version

LOOPBACK = socket.if_nametoindex("lo")


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("10.1.1.254", ("10.1.1.254", 0)),
        ("::1", ("::1", 0, 0, 0)),
        ("2001:DB8:0:0::9", ("2001:db8::9", 0, 0, 0)),
        ("fe80::1%lo", ("fe80::1", 0, 0, LOOPBACK)),
        (f"fe80::1%{LOOPBACK}", ("fe80::1", 0, 0, LOOPBACK)),
    ],
)
def test_addresses_in_numbers_need_no_look_up(name: str, address: object) -> None:
    found, source = numeric(name)

    assert found == address
    assert source == sockaddr(found)


@pytest.mark.parametrize(
    "name", ["router", "router.example", "10.1", "010.1.1.1", "10.1.1.300", "a:b", "", "a\0b", "1::2::3"]
)
def test_anything_else_may_be_a_name(name: str) -> None:
    with pytest.raises(ValueError, match=r"is no address|embedded null"):
        numeric(name)


def test_a_zone_that_is_no_interface_is_told_apart() -> None:
    with pytest.raises(OSError, match=r"No such device|no interface"):
        numeric("fe80::1%nowhere")


@pytest.mark.parametrize("name", ["10.1.1.254", "2001:db8::9", "fe80::1%lo"])
def test_addresses_read_as_they_were_written(name: str) -> None:
    address, source = numeric(name)

    assert text_of(address) == name
    assert texts_of([address, None]) == [name, None]
    assert text_of_sockaddr(source, version_of(address)) == name


def test_an_interface_that_went_away_leaves_its_number() -> None:
    assert text_of(("fe80::1", 0, 0, 99_999)) == "fe80::1%99999"


def test_a_sockaddr_holds_the_bare_address() -> None:
    assert packed(sockaddr(("10.1.2.3", 0)), Version.V4) == bytes([10, 1, 2, 3])
    assert packed(sockaddr(("::1", 0, 0, 0)), Version.V6) == bytes(15) + b"\1"
