"""An address and a port to listen on, as settings.toml writes it, and the names under which others may ask for it."""

import ipaddress
import re
from typing import NamedTuple

from conntest_tui.config.host_and_mail_addresses import domain_name, host_name
from conntest_tui.config.problems import Refused, echo

_WRITTEN = re.compile(r"(?P<address>\[[^\[\]]*\]|[^:\[\]]*):(?P<port>[0-9]{1,5})", re.ASCII)
_HIGHEST_PORT = 65_535
_HINT = 'write "127.0.0.1:9787", "[::1]:9787" or "localhost:9787"'


class ListenAddress(NamedTuple):
    """Where to listen: a numeric address without brackets, and a port."""

    address: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether nobody beyond this machine can connect to it."""
        return ipaddress.ip_address(self.address.partition("%")[0]).is_loopback

    def __str__(self) -> str:
        """Return it as settings.toml writes it."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def listen_address(written: str) -> ListenAddress:
    """Return where to listen.

    Args:
        written: `127.0.0.1:9787`, `[::1]:9787`, `localhost:9787`, `0.0.0.0:9787` or `[::]:9787` for every address.

    Raises:
        Refused: it is none of these.
    """
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        raise Refused(f"{echo(written)} is no address with a port", _HINT)
    port = int(found["port"])
    if not 1 <= port <= _HIGHEST_PORT:
        raise Refused(f"{echo(written)} has no port from 1 to {_HIGHEST_PORT}", _HINT)
    address = "127.0.0.1" if found["address"].lower() == "localhost" else found["address"].strip("[]")
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise Refused(f"{echo(written)} has no numeric address before its port", _HINT) from None
    if (":" in address) is not written.strip().startswith("["):
        raise Refused(f"{echo(written)} is no address with a port", _HINT)
    return ListenAddress(address, port)


def asked_name(written: str) -> str:
    """Return a name that others may use for this machine, as the Host header of HTTP has it, without a port.

    Raises:
        Refused: it can be neither a name nor an address.
    """
    named = written.strip().lower()
    if not named or named.count(":") == 1 or named.startswith("[") is not named.endswith("]"):
        raise Refused(f"{echo(written)} is no name", 'write names without a port: ["status.example.com"]')
    bare = named.removeprefix("[").removesuffix("]")
    return host_name(bare) if ":" in bare or bare.replace(".", "").isdigit() else domain_name(bare)
