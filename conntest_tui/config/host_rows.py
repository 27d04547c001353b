"""What passes for a host name, or nearly, and is something else: a range, a mistyped address, a MAC address, a word.

Version 1.0.0 took some of these as names, looked them up for ever, and wrote mails about them.
"""

import re

from conntest_tui.config.problems import Refused, echo

_ONE_A_ROW = "write each host on a row of its own"
_FOUR_NUMBERS = "write four numbers 0-255"
_ALONE = "write the address or the name alone"

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
    (re.compile(pattern), text, mend)
    for pattern, text, mend in (
        (
            r"^[0-9]+(?:\.[0-9]+)?e\+[0-9]+$",
            "is a number that a spreadsheet has made",
            "format the column as text, and type it anew",
        ),
        ("^['`]", "begins with an apostrophe", "delete it"),
        (r"^(?://|/\*|<!--|rem )", "looks like a comment", "write ## before a comment"),
        (r"\|", "holds a bar: wrong delimiter", "separate the fields by commas"),
        (r"\\", "holds a backslash", _ALONE),
        ("^[^/:]*@", "names a user", _ALONE),
        (
            rf"^(?:{_NUMBER}(?:\.{_NUMBER}){{3}}|[0-9a-f]*:[0-9a-f:]+) ",
            "holds more than the address",
            "put a comma after the address",
        ),
    )
)


def mistyped(written: str) -> Refused | None:
    """Return what is wrong with what stands in the place of a host, None when nothing gives it away.

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
    return _several(plain, said) or _address(plain, said) or _foreign(plain, said)


def _several(plain: str, said: str) -> Refused | None:
    if _RANGE.fullmatch(plain) or _PATTERN.fullmatch(plain):
        return Refused(f"{said} is a range", _ONE_A_ROW)
    if "*" in plain:
        return Refused(f"{said} stands for many hosts", _ONE_A_ROW)
    prefix = _PREFIX.fullmatch(plain)
    if prefix and (prefix["bits"] == "128" if ":" in plain else prefix["bits"] == "32" or _host_part(prefix["host"])):
        return Refused(f"{said} is no single host", f"leave out /{prefix['bits']}")
    return None


def _host_part(address: str) -> bool:
    """Return whether an address is hardly that of a network."""
    return address.count(".") == 3 and not address.endswith((".0", "."))


def _address(plain: str, said: str) -> Refused | None:
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
        return Refused(f"{said} is not an address: a letter stands for a number", _FOUR_NUMBERS)
    if len(labels) == 4 and numbers == 3 and last[0].isdecimal():
        digits = re.match("[0-9]+", last)
        meant = f": {'.'.join(labels[:3])}.{digits[0]}" if digits else ""
        return Refused(f"{said} is a mistyped address", f"write the address alone{meant}")
    return None


def _is_blank(label: str, only: str) -> bool:
    return bool(_BLANK_LETTER.fullmatch(label)) and (not only or set(label) == set(only))


def _foreign(plain: str, said: str) -> Refused | None:
    """Return what is wrong with what other programs write in the place of a host."""
    for pattern, text, mend in _FOREIGN:
        if pattern.search(plain):
            return Refused(f"{said} {text}", mend)
    return None
