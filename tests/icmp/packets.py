"""What the far side would send: replies and errors, built without the code under test."""

import struct

from conntest_tui.icmp.packet import Version


def plain_checksum(data: bytes) -> int:
    """RFC 1071, word by word with the carry brought round at once."""
    total = 0
    for index in range(0, len(data), 2):
        total += data[index] << 8 | (data[index + 1] if index + 1 < len(data) else 0)
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def with_checksum(message: bytes) -> bytes:
    """An ICMP message with its checksum put right."""
    zeroed = message[:2] + b"\0\0" + message[4:]
    return message[:2] + plain_checksum(zeroed).to_bytes(2) + message[4:]


def ipv4(payload: bytes, *, source: bytes, destination: bytes, options: bytes = b"", protocol: int = 1) -> bytes:
    """An IPv4 packet."""
    first = 0x45 + len(options) // 4
    size = 20 + len(options) + len(payload)
    header = struct.pack("!BBHHHBBH4s4s", first, 0, size, 1, 0, 64, protocol, 0, source, destination) + options
    return header[:10] + plain_checksum(header).to_bytes(2) + header[12:] + payload


def ipv6(payload: bytes, *, source: bytes, destination: bytes, protocol: int = 58) -> bytes:
    """An IPv6 packet."""
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload), protocol, 64, source, destination) + payload


def with_checksum_v6(message: bytes, *, source: bytes, destination: bytes) -> bytes:
    """An ICMPv6 message with its checksum put right, over the pseudo-header too (RFC 8200, section 8.1)."""
    pseudo = source + destination + struct.pack("!II", len(message), 58)
    zeroed = message[:2] + b"\0\0" + message[4:]
    return message[:2] + plain_checksum(pseudo + zeroed).to_bytes(2) + message[4:]


def echo_reply(version: Version, request: bytes) -> bytes:
    """The reply that a host makes of a request: the type changes, and the checksum with it."""
    kind = 0 if version is Version.V4 else 129
    return with_checksum(bytes([kind]) + request[1:])


def error_message(kind: int, code: int, quoted: bytes) -> bytes:
    """An ICMP error that quotes a packet."""
    return with_checksum(struct.pack("!BBHI", kind, code, 0, 0) + quoted)
