"""What is set on an ICMP socket: the source that requests leave from, and the filter of what comes in.

A raw socket gets a copy of every ICMP packet of the machine: of `ping` in a terminal, of other sweeps, of a flood. Two
filters keep what is none of our business from ever being queued: by type, and by identifier, in a program of classic
BPF. Sources: raw(7), ipv6(7), socket(7), bpf(4) of FreeBSD for the instructions, linux/filter.h for their encoding.
"""

import contextlib
import ctypes
import socket
import sys
from dataclasses import dataclass
from struct import Struct

from conntest_tui.icmp.ip_addresses import SocketAddress, numeric, socket_address, version_of
from conntest_tui.icmp.packet import ERROR_TYPES, REPLY_TYPE, Version

# Options of Linux that the socket module does not name (include/uapi/linux: in.h, in6.h). They choose the interface for
# sending only, want no privileges (SO_BINDTODEVICE does), and let replies come in wherever they do.
_UNICAST_IF = {Version.V4: (socket.IPPROTO_IP, 50), Version.V6: (socket.IPPROTO_IPV6, 76)}
_INDEX = Struct("!I")

_SO_ATTACH_FILTER = 26
_TYPE_FILTER = {Version.V4: (255, 1), Version.V6: (socket.IPPROTO_ICMPV6, 1)}  # ICMP_FILTER of SOL_RAW, ICMPV6_FILTER
_TYPE_WORDS = {Version.V4: Struct("=I"), Version.V6: Struct("=8I")}  # a bit per type, 1 for those that are blocked

_INSTRUCTION, _PROGRAM = Struct("=HBBI"), Struct("@HP")  # struct sock_filter, struct sock_fprog
# Operations; A and X are the two registers, k is the constant of an instruction.
_X_HEADER_LENGTH, _X_SET = 0xB1, 0x01  # X = the length of an IPv4 header that begins at k; X = k
_LOAD_BYTE, _LOAD_BYTE_AT_X, _LOAD_HALF_AT_X = 0x30, 0x50, 0x48  # A = packet[k], one byte; A = packet[X + k], 1 or 2
_AND, _SHIFT_LEFT, _ADD, _ADD_X, _TO_X = 0x54, 0x64, 0x04, 0x0C, 0x07  # A &= k; A <<= k; A += k; A += X; X = A
_IF_EQUAL = 0x15  # whether A == k: skips one number of instructions, or another
_RETURN = 0x06  # how many bytes of the packet to keep: k

_HEADER, _IDENTIFIER = 8, 4  # of ICMP: its length, and where the identifier stands in it
_IPV6_HEADER = 40

Instruction = tuple[int, int, int, int]  # operation, instructions to skip when true and when false, k


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
        try:
            return numeric(self.name)
        except ValueError:
            return b""
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


def pass_own_only(raw: socket.socket, version: Version, identifier: int, *, errors: bool = True) -> None:
    """Let only echo replies with this identifier through, and errors that quote a packet with it.

    What cannot be set up is left out: then more arrives than need be, and is found to prove nothing.

    Args:
        raw: a raw socket of ICMP or ICMPv6.
        version: which of them.
        identifier: of our requests.
        errors: whether errors are wanted at all.
    """
    # By type first, which costs the kernel less: on loopback our own requests come by.
    passing = sum(1 << kind for kind in (REPLY_TYPE[version], *(ERROR_TYPES[version] if errors else ())))
    words = _TYPE_WORDS[version]
    raw.setsockopt(
        *_TYPE_FILTER[version], words.pack(*(~passing >> n & 0xFFFFFFFF for n in range(0, words.size * 8, 32)))
    )
    program = _program(version, identifier)
    code = ctypes.create_string_buffer(b"".join(_INSTRUCTION.pack(*line) for line in program))
    with contextlib.suppress(OSError):
        raw.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, _PROGRAM.pack(len(program), ctypes.addressof(code)))


def _program(version: Version, identifier: int) -> list[Instruction]:
    """Return the filter. Reading beyond the end of a packet drops it: no quote of ours is so short."""
    reply = REPLY_TYPE[version]
    # X is brought to where the header of our request, or of the reply to it, begins.
    if version is Version.V4:
        find = [
            (_X_HEADER_LENGTH, 0, 0, 0),
            (_LOAD_BYTE_AT_X, 0, 0, 0),
            (_IF_EQUAL, 6, 0, reply),
            (_LOAD_BYTE_AT_X, 0, 0, _HEADER),  # an error quotes our IPv4 header, which may have options
            (_AND, 0, 0, 0x0F),
            (_SHIFT_LEFT, 0, 0, 2),
            (_ADD_X, 0, 0, 0),
            (_ADD, 0, 0, _HEADER),
            (_TO_X, 0, 0, 0),
        ]
    else:  # the packet begins with the ICMPv6 header, and our requests have no extension headers
        find = [
            (_X_SET, 0, 0, 0),
            (_LOAD_BYTE, 0, 0, 0),
            (_IF_EQUAL, 1, 0, reply),
            (_X_SET, 0, 0, _HEADER + _IPV6_HEADER),
        ]
    drop, keep = (_RETURN, 0, 0, 0), (_RETURN, 0, 0, 0xFFFFFFFF)
    return [*find, (_LOAD_HALF_AT_X, 0, 0, _IDENTIFIER), (_IF_EQUAL, 0, 1, identifier), keep, drop]
