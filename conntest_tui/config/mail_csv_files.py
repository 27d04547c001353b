"""server_info.csv, creds.csv and email_recipients.csv -> who gets mail, through which server, as whom."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from conntest_tui.config.credentials import Credentials, Login, credentials_of, read_login
from conntest_tui.config.csv_line_syntax import split
from conntest_tui.config.heartbeat_settings import read_authorities
from conntest_tui.config.host_and_mail_addresses import host_name, mail_address
from conntest_tui.config.parse_settings_toml import SettingsFile
from conntest_tui.config.problems import FileProblems, Refused, echo
from conntest_tui.config.read_files import (
    CREDENTIALS_FILE,
    MEGABYTE,
    RECIPIENTS_FILE,
    SERVER_FILE,
    SETTINGS_FILE,
    DirectoryReader,
    TextLine,
)
from conntest_tui.config.settings import Delivery, Tls

_PORT = re.compile(r"[1-9][0-9]{0,4}")
_HIGHEST_PORT = 65_535

_MAILDIR_SENDER = "conntest-tui@localhost"
_MAILDIR_RECIPIENT = "operator@localhost"

_ELSE = 'or set email.delivery = "maildir" in settings.toml'
_CREATE_SERVER = f"create it with one row, server_address,port, {_ELSE}"
_CREATE_CREDENTIALS = f"create it with one row, username,password, or empty for a server without login, {_ELSE}"
_CREATE_RECIPIENTS = f"create it with mail addresses, {_ELSE}"


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that mail is handed to.

    Attributes:
        address: its address or name, in the normal form of `Host.name`.
        port: TCP port, 1 to 65535.
    """

    address: str
    port: int


def parse_server(lines: Iterable[TextLine], problems: FileProblems) -> MailServer | None:
    """Return the one row of server_info.csv, `server_address,port`; None when it cannot be used."""
    rows = _rows(lines, problems)
    for number, _ in rows[1:]:
        problems.add(number, "there is a second mail server", "keep one row: server_address,port")
    if not rows:
        if not problems.count:
            problems.add(None, "there is no mail server in the file", "write one row: server_address,port")
        return None
    number, fields = rows[0]
    if len(fields) != 2:
        problems.add(number, f"the row has {len(fields)} fields", "write two: server_address,port")
        return None
    server = problems.checked(number, host_name, fields[0])
    port = problems.checked(number, _port, fields[1])
    return MailServer(server, port) if server and port else None


def _port(written: str) -> int:
    if not _PORT.fullmatch(written) or int(written) > _HIGHEST_PORT:
        said = f"{echo(written)} is not a port" if written else "the port is missing"
        raise Refused(said, f"write a number from 1 to {_HIGHEST_PORT}, such as 587")
    return int(written)


def parse_recipients(lines: Iterable[TextLine], problems: FileProblems) -> tuple[str, ...]:
    """Return every address of email_recipients.csv once, in their order."""
    recipients: dict[str, None] = {}
    for number, fields in _rows(lines, problems):
        for field in filter(None, fields):
            address = problems.checked(number, mail_address, field)
            if address:
                recipients[address] = None
    return tuple(recipients)


def _rows(lines: Iterable[TextLine], problems: FileProblems) -> list[tuple[int, list[str]]]:
    """Return the number and the fields of every row; blank rows and those that begin with `#` are left out."""
    rows = []
    for line in lines:
        if not line.text.lstrip().startswith("#"):
            fields = problems.checked(line.number, split, line.text)
            if fields and any(fields):
                rows.append((line.number, fields))
    return rows


@dataclass(frozen=True, slots=True)
class MailSetup:
    """Who gets mail, through which server, from whom; see `Config`."""

    server: MailServer | None
    credentials: Credentials | None
    recipients: tuple[str, ...]
    sender: str
    trusted: str = ""


def read_mail(reader: DirectoryReader, toml: SettingsFile, environ: Mapping[str, str]) -> MailSetup:
    """Read the files that `email.delivery` asks for; what is wrong with them is noted there."""
    match toml.settings.email.delivery:
        case Delivery.SMTP:
            return _read_smtp(reader, toml, environ)
        case Delivery.MAILDIR:
            recipients = _read_recipients(reader, missing=None) or (_MAILDIR_RECIPIENT,)
        case Delivery.OFF:
            recipients = ()
    return MailSetup(None, None, recipients, toml.settings.email.sender or _MAILDIR_SENDER)


def _read_smtp(reader: DirectoryReader, toml: SettingsFile, environ: Mapping[str, str]) -> MailSetup:
    # A delivery that cannot be understood may well mean that no mail file is needed.
    certain = "email.delivery" not in toml.faulty
    server = reader.parse(SERVER_FILE, parse_server, None, missing=_CREATE_SERVER if certain else None, limit=MEGABYTE)
    login = read_login(reader, environ, missing=_CREATE_CREDENTIALS if certain else None)
    recipients = _read_recipients(reader, missing=_CREATE_RECIPIENTS if certain else None)
    if login and toml.settings.email.tls is Tls.NONE:
        text = 'email.tls = "none" would send the password in the clear'
        reader.problems_of(SETTINGS_FILE).add(
            toml.line("email.tls"), text, 'set it to "auto", or empty creds.csv if the server needs no login'
        )
    trusted = read_authorities(reader, toml.settings.email.ca_file, toml.line("email.ca_file"), "email")
    credentials = credentials_of(reader, login, environ)
    return MailSetup(server, credentials, recipients, _sender(reader, toml, login), trusted)


def _read_recipients(reader: DirectoryReader, *, missing: str | None) -> tuple[str, ...]:
    """Return the recipients; that there are none is a problem where the file must be there."""

    def parse(lines: Iterable[TextLine], problems: FileProblems) -> tuple[str, ...]:
        recipients = parse_recipients(lines, problems)
        if missing and not recipients and not problems.count:
            problems.add(None, "there is no recipient in the file", "write mail addresses, separated by commas")
        return recipients

    return reader.parse(RECIPIENTS_FILE, parse, (), missing=missing, limit=MEGABYTE)


def _sender(reader: DirectoryReader, toml: SettingsFile, login: Login | None) -> str:
    """Return the address that mail comes from."""
    if toml.settings.email.sender:
        return toml.settings.email.sender
    try:
        return mail_address(login.username if login else "")
    except Refused:
        pass
    uncertain = not toml.faulty.isdisjoint({"email.sender", "email.delivery"})
    if not uncertain and not reader.problems_of(CREDENTIALS_FILE).count:
        reader.problems_of(SETTINGS_FILE).add(
            toml.line("email.sender"),
            "mail has no sender: the username in creds.csv is not a mail address",
            'set email.sender = "conntest@your.domain"',
        )
    return ""
