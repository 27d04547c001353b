"""Where the status page is listened for, and by which names it may be asked: what is taken, refused, and warned of."""

import pytest

from conntest_tui.config.listen_address import asked_name, listen_address
from conntest_tui.config.problems import Refused
from tests.config.folder import MAILDIR, Folder


@pytest.mark.parametrize(
    ("written", "address", "port", "loopback"),
    [
        ("127.0.0.1:9787", "127.0.0.1", 9787, True),
        (" [::1]:9787 ", "::1", 9787, True),
        ("localhost:1", "127.0.0.1", 1, True),
        ("127.8.0.1:65535", "127.8.0.1", 65535, True),
        ("0.0.0.0:9787", "0.0.0.0", 9787, False),
        ("[::]:9787", "::", 9787, False),
        ("10.0.0.5:80", "10.0.0.5", 80, False),
        ("[fe80::1%eth0]:9787", "fe80::1%eth0", 9787, False),
    ],
)
def test_an_address_with_a_port_is_taken(written: str, address: str, port: int, loopback: bool) -> None:
    found = listen_address(written)
    assert (found.address, found.port, found.is_loopback) == (address, port, loopback)
    assert listen_address(str(found)) == found


@pytest.mark.parametrize(
    "written",
    [
        *("9787", ":9787", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:٩"),
        *("::1:9787", "[127.0.0.1]:9787", "[::1]", "[]:1", "example.com:9787", "*:9787", "010.0.0.1:1", "1:2:3"),
        *("http://127.0.0.1:9787", "127.0.0.1:9787/", "127.0.0.1:9787\n[x]", "127.0.0.1 :9787", "[[::1]]:1"),
    ],
)
def test_anything_else_is_refused_with_a_hint(written: str) -> None:
    with pytest.raises(Refused) as refused:
        listen_address(written)
    assert "127.0.0.1:9787" in refused.value.hint


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Status.Example.Com", "status.example.com"),
        ("[::1]", "::1"),
        ("10.0.0.5", "10.0.0.5"),
        ("bücher.de", "xn--bcher-kva.de"),
    ],
)
def test_a_name_to_be_asked_by_is_taken(written: str, name: str) -> None:
    assert asked_name(written) == name


@pytest.mark.parametrize("written", ["", "a:1", "a b", "*", "http://a", "a/b", "a..b", "10.0.0.256", "[::1", "x" * 300])
def test_what_is_no_name_is_refused(written: str) -> None:
    with pytest.raises(Refused):
        asked_name(written)


def test_others_that_could_read_it_are_warned_of(folder: Folder) -> None:
    def warnings(listen: str) -> list[str]:
        folder.write("settings.toml", f'http.listen = "{listen}"\n{MAILDIR}')
        return [str(one) for one in folder.load().warnings]

    for listen in ("", "127.0.0.1:9787", "[::1]:9787"):
        assert warnings(listen) == []
    (said,) = warnings("0.0.0.0:9787")
    assert "http.listen = 0.0.0.0:9787 can be read by every machine that reaches it, without a login" in said
    assert said.startswith("settings.toml:")


def test_a_bad_one_names_its_line(folder: Folder) -> None:
    folder.write("settings.toml", f'http.listen = "9787"\nhttp.hosts = ["a b"]\n{MAILDIR}')
    (listen, hosts) = folder.problems()
    assert str(listen).startswith("settings.toml:1: http.listen: 9787 is no address with a port")
    assert str(hosts).startswith("settings.toml:2: http.hosts: ")
