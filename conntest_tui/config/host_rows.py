"""One row of hosts.csv -> its host and its options, or what it is instead: a range, a mistyped address."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from conntest_tui.config.csv_line_syntax import COLUMNS, split
from conntest_tui.config.host_and_mail_addresses import FOUR_NUMBERS, HOST_ALONE, host_name, is_address
from conntest_tui.config.problems import FileProblems, NewlyRefused, Refused, echo
from conntest_tui.config.settings import LONGEST_TIMEOUT, MOST_ATTEMPTS, MOST_FAILURES, SHORTEST_TIMEOUT
from conntest_tui.model import Host

MOST_FIELDS = 64
"""Fields of a row, beyond which it is something else; empty ones at its end do not count."""

_WHOLE = re.compile(r"[0-9]{1,4}")
_DECIMAL = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,6})?")

_ONE_A_ROW = "write each host on a row of its own"

_NUMBER = "[0-9]{1,3}"
# Spreadsheets and word processors make other dashes of a hyphen.
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_ORDINARY = re.compile(r"[a-z](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9_-]+)*")
_PLAIN = re.compile("[a-z0-9._-]+")
_RANGE = re.compile(
    # 10.1.1.1-20, 10.1.1-4.5, 10.1.1.1-10.1.1.20
    rf"(?=.*-)(?:{_NUMBER}(?:-{_NUMBER})?\.){{2,7}}{_NUMBER}(?:-{_NUMBER})?"
    r"|[0-9]+\.[0-9.]+(?:\s+-\s+|\s*~\s*|\s*\.\.+\s*|\s+to\s+|\s*->\s*)[0-9.]+"
)
_PATTERN = re.compile(r"(?:[a-z0-9._-]+\[[a-z0-9:,.!^-]+\]|[a-z0-9._-]*\{[a-z0-9,.-]+\})[a-z0-9._\[\]{}:,-]*")
_MAC = re.compile(r"(?:[0-9a-fx]{2}[:-]){5}[0-9a-fx]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}")
_BLANK_LETTER = re.compile(r"[a-z]|x{1,3}|n{1,3}|y{1,3}")
_LOOKS_LIKE_DIGITS = re.compile("[0-9oil]{1,3}")
_PREFIX = re.compile(r"(?P<host>[0-9.]+|[0-9a-f:.]*:[0-9a-f:.]*)/(?P<bits>[0-9]{1,3})")
_NOTHING = frozenset({"tbd", "tba", "tbc", "none", "null", "nil", "unknown", "undefined", "n/a", "?", "??", "-", "--"})
_DIGITS = str.maketrans("oil", "011")

_FOREIGN = tuple(
    (re.compile(pattern), text, hint)
    for pattern, text, hint in (
        (
            r"^[0-9]+(?:\.[0-9]+)?e\+[0-9]+$",
            "is a number that a spreadsheet has made",
            "format the column as text, and type it anew",
        ),
        ("^['`]", "begins with an apostrophe", "delete it"),
        (r"^(?://|/\*|<!--|rem )", "looks like a comment", "write ## before a comment"),
        (r"\|", "holds a bar: wrong delimiter", "separate the fields by commas"),
        (r"\\", "holds a backslash", HOST_ALONE),
        ("^[^/:]*@", "names a user", HOST_ALONE),
        (
            rf"^(?:{_NUMBER}(?:\.{_NUMBER}){{3}}|[0-9a-f]*:[0-9a-f:]+) ",
            "holds more than the address",
            "put a comma after the address",
        ),
    )
)


def row_fields(text: str) -> list[str]:
    """Return the fields of a row, without the empty ones that a spreadsheet adds at its end."""
    text = text.rstrip(", \t")
    few = text.count(",") < MOST_FIELDS
    fields = split(text) if few or '"' in text else []
    if not few and not 0 < len(fields) <= MOST_FIELDS:
        raise Refused(f"the row has more than {MOST_FIELDS} fields", "is it the right file?")
    return fields


def row_host(fields: Sequence[str]) -> str:
    """Return the name of the host that a row is about; see `host_name`.

    Raises:
        NewlyRefused: version 1.0.0 took it for a name, but it is a range, a mistyped address, or in the wrong column.
        Refused: it can be no host.
    """
    written = fields[0]
    try:
        name = host_name(written)
    except Refused as refused:
        raise _swapped(fields) or mistyped(written) or refused from refused
    doubt = None if is_address(written) else mistyped(written) or _swapped(fields)
    if doubt:
        raise NewlyRefused(doubt.text, doubt.hint)
    return name


def is_host_row(fields: Sequence[str]) -> bool:
    """Return whether `row_host` takes a row."""
    try:
        row_host(fields)
    except Refused:
        return False
    return True


def foreign_name(fields: Sequence[str]) -> str:
    """Refuse a header with other columns.

    Raises:
        NewlyRefused: version 1.0.0 took it for a host.
        Refused: it did not.
    """
    named = ", ".join(echo(field) for field in fields[:6] if field)
    text = f"this is a header, and its columns ({named}) are not those that are read here"
    hint = f"put the columns in the order {COLUMNS} and delete this row, or use: conntest-tui import"
    try:
        host_name(fields[0])
    except Refused:
        raise Refused(text, hint) from None
    raise NewlyRefused(text, hint)


def _swapped(fields: Sequence[str]) -> Refused | None:
    """Return what is said of a row whose address is not in its first field, None when there is none at all."""
    written, others = fields[0], fields[1:]
    if len(fields) >= 4 and all(_WHOLE.fullmatch(number) for number in fields[:4]):
        return Refused(f"{echo(','.join(fields[:4]))} has commas in the place of dots", "write an address with dots")
    address = next(filter(is_address, others), None)
    if address is None or is_address(written):
        return None
    what = f"{echo(written)} is no address, but {echo(address)} is" if written else "the address is missing"
    hint = f"write the address first: {echo(address)},{echo(written) or 'description'}"
    if "." in written:
        hint += f" - or, to watch the name, more than an address: {echo(written)},at {echo(address)}"
    return Refused(f"{what}: are the columns swapped?", hint)


def parse_options(host: Host, fields: list[str], problems: FileProblems) -> Host:
    """Return a host with what the fields after the third say; what cannot be used becomes a problem of its line.

    Older versions wrote a `0` as the fourth, which says nothing.
    """
    chosen: dict[str, Any] = {}
    for field in fields[1:] if fields[:1] == ["0"] else fields:
        if not field:
            continue
        written, equals, value = field.partition("=")
        key = written.strip().lower()
        if not equals:
            text, hint = f"{echo(written)} is not key=value", 'put quotes around a text that holds commas: "a, b"'
            problems.add(host.line, text, hint)
        elif key not in _OPTIONS:
            problems.add(host.line, f"{echo(written)} is not an option", f"the options are {', '.join(_OPTIONS)}")
        elif key in chosen:
            problems.add(host.line, f"{key} is twice on the row", "keep one of the two")
        else:
            chosen[key] = getattr(host, key)
            try:
                chosen[key] = _OPTIONS[key](value.strip())
            except Refused as refused:
                problems.refuse(host.line, refused, prefix=f"{key}: ")
    return replace(host, **chosen) if chosen else host


def _whole(value: str, most: int, unit: str = "") -> int:
    if not _WHOLE.fullmatch(value) or not 1 <= int(value) <= most:
        raise Refused(f"{echo(value)} is not allowed", f"write a whole number {unit}from 1 to {most}")
    return int(value)


def _timeout(value: str) -> float:
    seconds = float(value) if _DECIMAL.fullmatch(value) else math.nan
    if not SHORTEST_TIMEOUT <= seconds <= LONGEST_TIMEOUT:
        allowed = f"write a number of seconds from {SHORTEST_TIMEOUT:g} to {LONGEST_TIMEOUT:g}"
        raise Refused(f"{echo(value)} is not allowed", allowed)
    return seconds


def _mail_wanted(value: str) -> bool:
    if value.lower() not in {"on", "off"}:
        raise Refused(f"{echo(value)} is not allowed", "write mail=on or mail=off")
    return value.lower() == "on"


_OPTIONS: dict[str, Callable[[str], object]] = {  # the names are those of the fields of `Host`
    "parent": host_name,
    "attempts": lambda value: _whole(value, MOST_ATTEMPTS),
    "timeout": _timeout,
    "failures": lambda value: _whole(value, MOST_FAILURES, "of sweeps "),
    "mail": _mail_wanted,
}


def mistyped(written: str) -> Refused | None:
    """Return what is wrong with what is written for a host, None when nothing shows it.

    Args:
        written: no address in its normal form.
    """
    said, plain = echo(written), written.translate(_DASHES).lower()
    if plain in _NOTHING:
        return Refused(f"{said} says that there is no address", "put a # before the row until there is one")
    if _MAC.fullmatch(plain):
        return Refused(f"{said} is a MAC address", "write its IP address or its name")
    if _ORDINARY.fullmatch(plain):
        return None
    return _several(plain, said) or _nearly_address(plain, said) or _foreign(plain, said)


def _several(plain: str, said: str) -> Refused | None:
    if _RANGE.fullmatch(plain) or _PATTERN.fullmatch(plain):
        return Refused(f"{said} is a range", _ONE_A_ROW)
    if "*" in plain:
        return Refused(f"{said} means many hosts", _ONE_A_ROW)
    prefix = _PREFIX.fullmatch(plain)
    if prefix and (prefix["bits"] == "128" if ":" in plain else prefix["bits"] == "32" or _host_part(prefix["host"])):
        return Refused(f"{said} is no single host", f"leave out /{prefix['bits']}")
    return None


def _host_part(address: str) -> bool:
    """Return whether an address is hardly that of a network."""
    return address.count(".") == 3 and not address.endswith((".0", "."))


def _nearly_address(plain: str, said: str) -> Refused | None:
    """Return what is wrong with four parts that are nearly an address."""
    labels = plain.removesuffix(".").split(".")
    first, last, numbers = labels[0], labels[-1], sum(map(str.isdecimal, labels))
    if not _PLAIN.fullmatch(plain) or not first or not last:
        return None
    if len(labels) == 4 and numbers >= 2 and all(map(_LOOKS_LIKE_DIGITS.fullmatch, labels)) and numbers < 4:
        meant = plain.removesuffix(".").translate(_DIGITS)
        return Refused(f"{said} has letters among its digits", f"write {meant} if that is meant")
    blanks = "x" if len(labels) < 4 else ""
    if first.isdecimal() and all(n.isdecimal() or _is_blank(n, blanks) for n in labels) and numbers < len(labels) <= 4:
        return Refused(f"{said} is not an address: a letter stands for a number", FOUR_NUMBERS)
    if len(labels) == 4 and numbers == 3 and last[0].isdecimal():
        digits = re.match("[0-9]+", last)
        meant = f": {'.'.join(labels[:3])}.{digits[0]}" if digits else ""
        return Refused(f"{said} is a mistyped address", f"write the address alone{meant}")
    return None


def _is_blank(label: str, only: str) -> bool:
    return bool(_BLANK_LETTER.fullmatch(label)) and (not only or set(label) == set(only))


def _foreign(plain: str, said: str) -> Refused | None:
    """Return what is wrong with what other programs write in the place of a host."""
    for pattern, text, hint in _FOREIGN:
        if pattern.search(plain):
            return Refused(f"{said} {text}", hint)
    return None
