"""What the kernel lets through to a raw ICMP socket: replies to our own requests, and errors that quote one of them.

A raw socket gets a copy of every ICMP packet of the machine: of `ping` in a terminal, of other sweeps, of a flood. Two
filters keep what is none of our business from ever being queued: by type, and by identifier, in a program of classic
BPF. Sources: raw(7), ipv6(7), socket(7), bpf(4) of FreeBSD for the instructions, linux/filter.h for their encoding.
"""

import contextlib
import ctypes
import socket
import sys
from collections.abc import Sequence
from struct import Struct

from conntest_tui.icmp.packet import ERROR_TYPES, REPLY_TYPE, Version

_SOL_RAW, _ICMP_FILTER, _ICMP6_FILTER = 255, 1, 1
_SO_ATTACH_FILTER = 26

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


def pass_own_only(raw: socket.socket, version: Version, identifier: int, *, errors: bool = True) -> None:
    """Let only echo replies with this identifier through, and errors that quote a packet with it.

    What cannot be set up is left out: then more arrives than need be, and is found to prove nothing.

    Args:
        raw: a raw socket of ICMP or ICMPv6.
        version: which of them.
        identifier: of our requests.
        errors: whether errors are wanted at all.
    """
    _pass_types(raw, version, [REPLY_TYPE[version], *(ERROR_TYPES[version] if errors else ())])
    program = _program(version, identifier)
    code = ctypes.create_string_buffer(b"".join(_INSTRUCTION.pack(*line) for line in program))
    with contextlib.suppress(OSError):
        raw.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, _PROGRAM.pack(len(program), ctypes.addressof(code)))


def _pass_types(raw: socket.socket, version: Version, types: Sequence[int]) -> None:
    """Let only packets of these types through, which costs the kernel less: on loopback our own requests come by."""
    blocked = (1 << 256) - 1
    for kind in types:
        blocked &= ~(1 << kind)
    if version is Version.V4:
        raw.setsockopt(_SOL_RAW, _ICMP_FILTER, (blocked & 0xFFFFFFFF).to_bytes(4, sys.byteorder))
    else:
        words = (blocked >> shift & 0xFFFFFFFF for shift in range(0, 256, 32))
        mask = b"".join(word.to_bytes(4, sys.byteorder) for word in words)
        raw.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, mask)


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
