"""Where echo requests leave this machine: wherever its routes lead to, or from an address or interface of choice."""

import ipaddress
import socket
import sys
from dataclasses import dataclass
from struct import Struct

from conntest_tui.icmp.ip_addresses import SocketAddress, bytes_of, numeric_v6, socket_address, version_of
from conntest_tui.icmp.packet import Version

# Options of Linux that the socket module does not name (include/uapi/linux: in.h, in6.h). They choose the interface for
# sending only, want no privileges (SO_BINDTODEVICE does), and let replies come in wherever they do.
_UNICAST_IF = {Version.V4: (socket.IPPROTO_IP, 50), Version.V6: (socket.IPPROTO_IPV6, 76)}
_INDEX = Struct("!I")


class SourceAddressError(OSError):
    """This machine does not have, or cannot use, the address or interface that requests are to leave from."""


@dataclass(frozen=True, slots=True)
class SourceAddress:
    """Where requests leave from.

    Attributes:
        name: an address, which matters to its own version of IP only, or an interface; empty: as the routes lead.
    """

    name: str = ""

    def address(self) -> bytes:
        """Return the address in bytes, see `icmp.ip_addresses`; none (`b""`) when it is an interface.

        Raises:
            SourceAddressError: its zone is no interface of this machine.
        """
        if not self.name:
            return b""
        try:
            parsed = ipaddress.ip_address(self.name)
        except ValueError:
            return b""
        if isinstance(parsed, ipaddress.IPv4Address):
            return bytes_of((self.name, 0))
        try:
            return numeric_v6(self.name)
        except OSError:
            raise SourceAddressError(f"no interface {self.name.partition('%')[2]}, which is chosen as source") from None

    def interface(self) -> int:
        """Return the number of the interface; 0 when it is an address, or none is chosen.

        Raises:
            SourceAddressError: this machine has no such interface.
        """
        if not self.name or self.address():
            return 0
        try:
            return socket.if_nametoindex(self.name)
        except OSError:
            raise SourceAddressError(f"no interface {self.name}, which is chosen as source") from None

    def bind_address(self, version: Version) -> SocketAddress | None:
        """Return what to bind a socket of this version to; None when it is nothing special."""
        address = self.address()
        return socket_address(address) if address and version_of(address) is version else None

    def choose_interface(self, opened: socket.socket, version: Version) -> None:
        """Have a socket send through the interface.

        Raises:
            SourceAddressError: this machine has no such interface, or its kernel cannot choose.
        """
        interface = self.interface()
        if not interface:
            return
        if sys.platform != "linux":
            raise SourceAddressError(f"only Linux sends through an interface of choice: {self.name}")
        try:
            opened.setsockopt(*_UNICAST_IF[version], _INDEX.pack(interface))
        except OSError as error:
            raise SourceAddressError(f"requests cannot be sent through {self.name}: {error.strerror}") from error


ANYWHERE = SourceAddress()
