"""server_info.csv, creds.csv and email_recipients.csv -> whom to tell, through which server, as whom."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from conntest_tui.config.addresses import host_name
from conntest_tui.config.mailbox import mail_address
from conntest_tui.config.problems import Findings, Refused, echo
from conntest_tui.config.read_files import Line
from conntest_tui.config.rows import split, split_exactly
from conntest_tui.config.secret import Secret

_Value = TypeVar("_Value")

_PORT = re.compile(r"[1-9][0-9]{0,4}")
_HIGHEST_PORT = 65_535

_QUOTE_IT = 'quote a password that holds commas: username,"pass,word"'


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that letters are handed to.

    Attributes:
        address: its address or name, in the normal form of `Host.name`.
        port: TCP port, 1 to 65535.
    """

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Credentials:
    """What this program logs in with at the mail server."""

    username: str
    password: Secret


@dataclass(frozen=True, slots=True)
class Login:
    """What creds.csv says.

    Attributes:
        username: the account.
        password: None when it stands in a file of its own.
        spaced: whether the password begins or ends with a space and no quotes say that this is meant.
    """

    username: str
    password: Secret | None
    spaced: bool = False


def parse_server(lines: Iterable[Line], findings: Findings) -> MailServer | None:
    """Return the one row of server_info.csv, `server_address,port`; None when it cannot be used."""
    rows = _rows(lines, findings)
    for number, _ in rows[1:]:
        findings.add(number, "there is a second mail server", "keep one row: server_address,port")
    if not rows:
        if not findings.count:
            findings.add(None, "there is no mail server in the file", "write one row: server_address,port")
        return None
    number, fields = rows[0]
    if len(fields) != 2:
        findings.add(number, f"the row has {len(fields)} fields", "write two: server_address,port")
        return None
    server = _checked(host_name, fields[0], number, findings)
    port = _checked(_port, fields[1], number, findings)
    return MailServer(server, port) if server and port else None


def _port(written: str) -> int:
    if not _PORT.fullmatch(written) or int(written) > _HIGHEST_PORT:
        said = f"{echo(written)} is not a port" if written else "the port is missing"
        raise Refused(said, f"write a number from 1 to {_HIGHEST_PORT}, such as 587")
    return int(written)


def parse_login(lines: Iterable[Line], findings: Findings, *, password_elsewhere: bool) -> Login | None:
    """Return the one row of creds.csv, `username,password`; None when there is none or it cannot be used.

    Nothing is a comment here, because a username or a password may begin with any character. No problem repeats
    anything of the file.

    Args:
        lines: the file.
        findings: its problems.
        password_elsewhere: a password file is given, so the username alone is enough.
    """
    rows = [line for line in lines if line.text.strip()]
    for line in rows[1:]:
        findings.add(line.number, "there is a second row", "keep one row: username,password")
    if not rows:
        return None
    try:
        return _login(rows[0].text, password_elsewhere=password_elsewhere)
    except Refused as refused:
        findings.refuse(rows[0].number, refused)
        return None


def _login(row: str, *, password_elsewhere: bool) -> Login:
    fields = split_exactly(row)
    if len(fields) > 2:
        raise Refused("the row has more than two fields", _QUOTE_IT)
    username = fields[0].strip()
    password = fields[1] if len(fields) == 2 else ""
    if not username:
        raise Refused("the username is missing", "write one row: username,password")
    if not password and not password_elsewhere:
        raise Refused("the password is missing", "write one row: username,password")
    if not username.isascii() or not username.isprintable():
        raise Refused("the username holds characters that SMTP cannot carry", "use an account with an ASCII name")
    spaced = '"' not in row and password != password.strip()
    return Login(username, checked_password(password) if password else None, spaced)


def checked_password(clear: str) -> Secret:
    """Return a password that can log in.

    Raises:
        Refused: it holds characters that it cannot travel with. The text repeats none of them.
    """
    if not clear.isascii() or not clear.isprintable():
        raise Refused(
            "the password holds characters beyond printable ASCII, which mail servers do not agree on how to read",
            "change it to ASCII letters, digits and signs",
        )
    return Secret(clear)


def parse_recipients(lines: Iterable[Line], findings: Findings) -> tuple[str, ...]:
    """Return every address of email_recipients.csv once, in their order."""
    recipients: dict[str, None] = {}
    for number, fields in _rows(lines, findings):
        for field in filter(None, fields):
            address = _checked(mail_address, field, number, findings)
            if address:
                recipients[address] = None
    return tuple(recipients)


def _rows(lines: Iterable[Line], findings: Findings) -> list[tuple[int, list[str]]]:
    """Return the number and the fields of every row; blank rows and those that begin with `#` are left out."""
    rows = []
    for line in lines:
        if line.text.lstrip().startswith("#"):
            continue
        fields = _checked(split, line.text, line.number, findings)
        if fields and any(fields):
            rows.append((line.number, fields))
    return rows


def _checked(parse: Callable[[str], _Value], text: str, number: int, findings: Findings) -> _Value | None:
    """Parse a field or a line; None after noting why it was refused."""
    try:
        return parse(text)
    except Refused as refused:
        findings.refuse(number, refused)
        return None
