"""What an operator writes for a host, a mail address or HELO -> its one normal form, or why it cannot be one.

No name is looked up here.
"""

import ipaddress
import re
import socket

from conntest_tui.config.problems import Refused, echo
from conntest_tui.model.hosts_and_names import unusable, unusable_v4
from conntest_tui.text import clean

_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_DOTTED_QUAD = re.compile(rf"{_BYTE}\.{_BYTE}\.{_BYTE}\.{_BYTE}")
_FOUR_PARTS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
# What has nothing to hint at.
_PLAIN = re.compile(r"[A-Za-z0-9_\[][A-Za-z0-9_.:%\[\]-]*")
_LEADING_ZERO = re.compile(r"(?:[0-9]+\.)*0[0-9]+(?:\.[0-9]+)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

# RFC 1123, section 2.1, and the underscore, which resolvers look up like any other character (RFC 2181, section 11).
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_LONGEST_LABEL = 63
_LONGEST_NAME = 253

# netdevice(7): IFNAMSIZ is 16 with the final NUL.
_INTERFACE = re.compile(r"[!-.0-~]{1,15}")
_NUMBERS = re.compile(r"\.*[0-9][0-9.]*")
_ZONE = re.compile(r"[!-~]{1,15}")

# IDNA 2003 (which getaddrinfo speaks here) maps these away, IDNA 2008 keeps them: two different hosts.
_AMBIGUOUS = frozenset("ßς\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")
_DOTS = re.compile("[.\N{IDEOGRAPHIC FULL STOP}\N{FULLWIDTH FULL STOP}\N{HALFWIDTH IDEOGRAPHIC FULL STOP}]")

FOUR_NUMBERS = "write four numbers 0-255"
HOST_ALONE = "write the address or the name alone"

_NAMED = re.compile(r"[^<>]*<(?P<address>[^<>]*)>")

# RFC 5321, section 4.1.2 (Dot-string), with what RFC 6531 adds: every character beyond ASCII.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")

# RFC 5321, section 4.5.3.1, in octets.
_LONGEST_LOCAL_PART = 64
_LONGEST_ADDRESS = 254

_HINT = "write it as name@domain"


def host_name(written: str) -> str:
    """Return the identity of a host: its address in normal form, or its name in lower case, as IDNA has it (RFC 3490).

    IPv4 is a dotted quad without leading zeros and nothing else, because resolvers read `010.1.1.1` as 8.1.1.1 and
    `10.1` as 10.0.0.1. IPv6 is normalised (RFC 5952) and keeps its zone; an IPv4-mapped address becomes the IPv4 one.

    Args:
        written: what the file has, without spaces around it.

    Raises:
        Refused: it can be no host.
    """
    quad = _DOTTED_QUAD.fullmatch(written)
    if quad:
        _refuse(unusable_v4(socket.inet_aton(written)), written)
        return written
    if not _PLAIN.fullmatch(written):
        _hint(written)
    if ":" in written:
        return _ipv6(written)
    return domain_name(written)


def own_source(written: str) -> str:
    """Return what echo requests are to leave from: an address in normal form, or the name of an interface.

    Raises:
        Refused: it can be neither.
    """
    if ":" in written or _NUMBERS.fullmatch(written):
        address = host_name(written)
        if ipaddress.ip_address(address).is_loopback:
            raise Refused(f"nothing leaves this machine from {address}", "write an address that others can reply to")
        return address
    if _INTERFACE.fullmatch(written) and written not in {".", ".."}:
        return written
    raise Refused(f"{echo(written)} is no address and no interface", 'write "10.0.0.5" or "eth1"')


def is_address(text: str) -> bool:
    """Return whether a text has the form of an address, be it one that no host can have."""
    if ":" not in text:
        return _FOUR_PARTS.fullmatch(text) is not None
    try:
        ipaddress.IPv6Address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def _refuse(why: str, written: str) -> None:
    if why:
        raise Refused(f"{written} {why}", "write the address of one host")


def _hint(written: str) -> None:
    """Refuse what is plainly something else, with a hint that fits it."""
    said = echo(written)
    if not written:
        raise Refused("the address is missing", "write an address or a name before the first comma")
    if ";" in written or "\t" in written:
        delimiter = "a semicolon" if ";" in written else "a tab"
        raise Refused(f"{said} holds {delimiter}: wrong delimiter", "separate the fields by commas")
    if "://" in written:
        raise Refused(f"{said} is a URL", HOST_ALONE)
    if "/" in written:
        raise Refused(f"{said} is no single host", "write each address of a network on a row of its own, without /")
    if written.startswith("-"):
        raise Refused(f"{said} looks like an option of a command", HOST_ALONE)
    if clean(written) != written:
        raise Refused(f"{said} holds characters that do not print", "type the address anew")
    if any(character.isspace() for character in written):
        raise Refused(f"{said} holds a space", HOST_ALONE)


def _ipv6(written: str) -> str:
    if written.count(":") == 1 or "]:" in written:
        raise Refused(f"{echo(written)} has a port, and echo requests have none", HOST_ALONE)
    bare = written[1:-1] if written.startswith("[") and written.endswith("]") else written
    try:
        address = ipaddress.IPv6Address(bare)
    except ValueError as error:
        raise Refused(f"{echo(written)} is not an address", "write IPv6 like 2001:db8::1 or fe80::1%eth0") from error
    mapped = address.ipv4_mapped
    if mapped is not None:
        _refuse(unusable(mapped), str(mapped))
    elif not address.is_link_local:
        _refuse(unusable(address), echo(written))
    _check_zone(address)
    return str(mapped or address)


def _check_zone(address: ipaddress.IPv6Address) -> None:
    """A link-local address says nothing without its zone (RFC 4007, section 6), and no other has one."""
    zone, link_local = address.scope_id, address.is_link_local
    if link_local and not zone:
        raise Refused(f"{address} is link-local and lacks its zone", f"name the interface: {address}%eth0")
    if zone and not link_local:
        raise Refused(f"{echo(str(address))} has a zone, but is not link-local", "leave out the % and what follows")
    if zone and not _ZONE.fullmatch(zone):
        raise Refused(f"{echo(zone)} is not the name of an interface", "name the interface: fe80::1%eth0")


def domain_name(written: str) -> str:
    """Return a name in lower case and, when it is an international one, in its ASCII form.

    Raises:
        Refused: it can be no name of a host.
    """
    name = _to_ascii(written)
    labels = name.removesuffix(".").split(".")
    # No top-level domain is a number, so this is a mistyped address (RFC 1123, section 2.1), and some resolvers
    # would make one of it (inet_aton(3)). Digits of other scripts are as wrong.
    if _NUMBER.fullmatch(labels[-1]) or (not written.isascii() and _DOTS.split(written)[-1].isdecimal()):
        zeros = " without leading zeros" if _LEADING_ZERO.fullmatch(name) else ""
        raise Refused(f"{echo(written)} is not an address", FOUR_NUMBERS + zeros)
    for label in labels:
        if not _LABEL.fullmatch(label):
            if len(label) > _LONGEST_LABEL:
                raise Refused(f"{echo(written)} has a part longer than {_LONGEST_LABEL} characters", "shorten the name")
            hint = "use letters, digits and hyphens, and single dots between the parts"
            raise Refused(f"{echo(written)} is not a host name", hint)
    return name


def _to_ascii(written: str) -> str:
    """Return the form of a name that name servers know."""
    name = written
    if not written.isascii() and len(written) <= _LONGEST_NAME:
        if not _AMBIGUOUS.isdisjoint(written):
            raise Refused(
                f"{echo(written)} means different hosts in IDNA 2003 and 2008", "write the form that begins with xn--"
            )
        try:
            name = written.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise Refused(f"{echo(written)} is not a host name", "write the form that begins with xn--") from error
    if len(name) > _LONGEST_NAME:
        raise Refused(f"{echo(written)} is longer than {_LONGEST_NAME} characters", "shorten the name")
    return name.lower()


def mail_address(written: str) -> str:
    """Return a mail address with its domain in lower case and in ASCII; of `Name <a@b>` only the address.

    The local part stays as it is: only its own server may say which letters matter (RFC 5321, section 2.4).

    Raises:
        Refused: it is no address, or one that cannot be in a header safely.
    """
    said = echo(written)
    named = _NAMED.fullmatch(written)
    address = (named["address"] if named else written).strip()
    if ";" in address:
        raise Refused(f"{said} holds a semicolon", "separate addresses by commas")
    local_part, _, domain = address.rpartition("@")
    printable = clean(local_part) == local_part and not any(map(str.isspace, local_part))
    if not printable or not _LOCAL_PART.fullmatch(local_part) or not domain:
        raise Refused(f"{said} is not a mail address", _HINT)
    try:
        name = domain_name(domain)
    except Refused as refused:
        raise Refused(f"{said} is not a mail address: {refused.text}", _HINT) from refused
    if name.endswith("."):  # only now: the full stop of other scripts has become ours
        raise Refused(f"{said} is not a mail address", _HINT)
    address = f"{local_part}@{name}"
    if len(local_part.encode()) > _LONGEST_LOCAL_PART or len(address.encode()) > _LONGEST_ADDRESS:
        raise Refused(f"{said} is too long for a mail address", _HINT)
    return address


def helo_name(written: str) -> str:
    """Return a name for HELO: a domain in ASCII, or an address literal (RFC 5321, section 4.1.3).

    Raises:
        Refused: it is neither.
    """
    inner = written.removeprefix("[").removesuffix("]").removeprefix("IPv6:")
    try:
        number = ipaddress.ip_address(inner)
    except ValueError:
        pass
    else:
        return f"[IPv6:{number}]" if number.version == 6 else f"[{number}]"
    return domain_name(written)
