"""Mail addresses: what email_recipients.csv and email.sender may say -> one normal form; and the name for HELO."""

import ipaddress
import re

from conntest_tui.config.addresses import domain_name
from conntest_tui.config.problems import Refused, echo
from conntest_tui.text import clean

_NAMED = re.compile(r"[^<>]*<(?P<address>[^<>]*)>")

# RFC 5321, section 4.1.2 (Dot-string), with what RFC 6531 adds: every character beyond ASCII.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")

# RFC 5321, section 4.5.3.1, in octets.
_LONGEST_LOCAL_PART = 64
_LONGEST_ADDRESS = 254

_MEND = "write it as name@domain"


def mail_address(written: str) -> str:
    """Return a mail address with its domain in lower case and in ASCII; of `Name <a@b>` only the address.

    The local part stays as it is: only its own server may say which letters matter (RFC 5321, section 2.4).

    Raises:
        Refused: it is no address, or one that cannot stand in a header safely.
    """
    said = echo(written)
    named = _NAMED.fullmatch(written)
    address = (named["address"] if named else written).strip()
    if ";" in address:
        raise Refused(f"{said} holds a semicolon", "separate addresses by commas")
    local_part, _, domain = address.rpartition("@")
    if not _is_local_part(local_part) or not domain:
        raise Refused(f"{said} is not a mail address", _MEND)
    try:
        name = domain_name(domain)
    except Refused as refused:
        raise Refused(f"{said} is not a mail address: {refused.text}", _MEND) from refused
    if name.endswith("."):  # only now: the full stop of other scripts has become ours
        raise Refused(f"{said} is not a mail address", _MEND)
    address = f"{local_part}@{name}"
    if len(local_part.encode()) > _LONGEST_LOCAL_PART or len(address.encode()) > _LONGEST_ADDRESS:
        raise Refused(f"{said} is too long for a mail address", _MEND)
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


def _is_local_part(text: str) -> bool:
    printable = clean(text) == text and not any(map(str.isspace, text))
    return printable and _LOCAL_PART.fullmatch(text) is not None
