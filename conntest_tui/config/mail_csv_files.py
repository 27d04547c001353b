"""server_info.csv, creds.csv and email_recipients.csv -> who gets mail, through which server, as whom."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from conntest_tui.config.credentials import (
    Credentials,
    Login,
    Secret,
    named_file,
    parse_login,
    password_file,
    read_password,
)
from conntest_tui.config.csv_line_syntax import split
from conntest_tui.config.host_and_mail_addresses import host_name, mail_address
from conntest_tui.config.problems import FileProblems, Problem, Refused, echo
from conntest_tui.config.read_files import (
    CREDENTIALS_FILE,
    MEGABYTE,
    RECIPIENTS_FILE,
    SERVER_FILE,
    SETTINGS_FILE,
    DirectoryReader,
    TextLine,
    read,
    why_unreadable,
)
from conntest_tui.config.settings import Delivery, Tls
from conntest_tui.config.settings_file import SettingsFile
from conntest_tui.private import user_name
from conntest_tui.text import shell, shown

_Value = TypeVar("_Value")

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


def parse_server(lines: Iterable[TextLine], findings: FileProblems) -> MailServer | None:
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


def parse_recipients(lines: Iterable[TextLine], findings: FileProblems) -> tuple[str, ...]:
    """Return every address of email_recipients.csv once, in their order."""
    recipients: dict[str, None] = {}
    for number, fields in _rows(lines, findings):
        for field in filter(None, fields):
            address = _checked(mail_address, field, number, findings)
            if address:
                recipients[address] = None
    return tuple(recipients)


def _rows(lines: Iterable[TextLine], findings: FileProblems) -> list[tuple[int, list[str]]]:
    """Return the number and the fields of every row; blank rows and those that begin with `#` are left out."""
    rows = []
    for line in lines:
        if line.text.lstrip().startswith("#"):
            continue
        fields = _checked(split, line.text, line.number, findings)
        if fields and any(fields):
            rows.append((line.number, fields))
    return rows


def _checked(parse: Callable[[str], _Value], text: str, number: int, findings: FileProblems) -> _Value | None:
    """Parse a field or a line; None after noting why it was refused."""
    try:
        return parse(text)
    except Refused as refused:
        findings.refuse(number, refused)
        return None


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


def load_credentials(directory: Path, environ: Mapping[str, str]) -> Credentials | None:
    """Return the login, whatever is wrong with the other files; None when it cannot be read, or there is none."""
    reader = DirectoryReader(directory)
    found = _credentials(reader, _read_login(reader, environ, missing=None), environ)
    return None if reader.problems() else found


def _read_smtp(reader: DirectoryReader, toml: SettingsFile, environ: Mapping[str, str]) -> MailSetup:
    # A delivery that cannot be understood may well mean that no mail file is needed.
    certain = "email.delivery" not in toml.faulty
    server = _read_server(reader, missing=_CREATE_SERVER if certain else None)
    login = _read_login(reader, environ, missing=_CREATE_CREDENTIALS if certain else None)
    recipients = _read_recipients(reader, missing=_CREATE_RECIPIENTS if certain else None)
    if login and toml.settings.email.tls is Tls.NONE:
        text = 'email.tls = "none" would send the password in the clear'
        reader.findings(SETTINGS_FILE).add(
            toml.line("email.tls"), text, 'set it to "auto", or empty creds.csv if the server needs no login'
        )
    trusted = _read_ca_file(reader, toml)
    credentials = _credentials(reader, login, environ)
    return MailSetup(server, credentials, recipients, _sender(reader, toml, login), trusted)


def _read_server(reader: DirectoryReader, *, missing: str | None) -> MailServer | None:
    with reader.reading(SERVER_FILE):
        file = reader.open(SERVER_FILE, missing=missing, limit=MEGABYTE)
        return parse_server(file.lines, file.findings) if file else None
    return None


def _read_recipients(reader: DirectoryReader, *, missing: str | None) -> tuple[str, ...]:
    """Return the recipients; that there are none is a problem where the file must be there."""
    with reader.reading(RECIPIENTS_FILE):
        file = reader.open(RECIPIENTS_FILE, missing=missing, limit=MEGABYTE)
        if not file:
            return ()
        recipients = parse_recipients(file.lines, file.findings)
        if missing and not recipients and not file.findings.count:
            file.findings.add(None, "there is no recipient in the file", "write mail addresses, separated by commas")
        return recipients
    return ()


def _read_login(reader: DirectoryReader, environ: Mapping[str, str], *, missing: str | None) -> Login | None:
    """Return what creds.csv says; None when it is empty: a server that needs no login."""
    with reader.reading(CREDENTIALS_FILE):
        return _parse_creds(reader, environ, missing=missing)
    return None


def _parse_creds(reader: DirectoryReader, environ: Mapping[str, str], *, missing: str | None) -> Login | None:
    file = reader.open(CREDENTIALS_FILE, missing=missing, limit=MEGABYTE)
    if not file:
        return None
    elsewhere = password_file(environ)
    login = parse_login(file.lines, file.findings, password_elsewhere=elsewhere is not None)
    if elsewhere and not login and not file.findings.count:
        text = f"there is no username to the password in {shown(elsewhere)}"
        file.findings.add(None, text, "write the username as its one row")
    if login and login.spaced:
        text = "the password begins or ends with a space"
        reader.warnings.append(Problem(CREDENTIALS_FILE, None, text, "delete it, or put quotes around the password"))
    if login and login.password and file.shared:
        reader.warnings.append(_readable(CREDENTIALS_FILE, reader.directory / CREDENTIALS_FILE))
    return login


def _readable(file: str, path: Path) -> Problem:
    """Warn of a password that others can read.

    Files of root's that a service reads by its group (0640 root:conntest) are usual: `chmod 600` alone would keep the
    service out.
    """
    me, name = os.geteuid(), shell(path)
    hint = f"run: chmod 600 {name}"
    if me and _owner(path) not in (me, None):
        hint = f"run as root: chown {user_name(me)} {name} && chmod 600 {name}"
    return Problem(file, None, "other users of this machine can read the password", hint)


def _owner(path: Path) -> int | None:
    """Return the number of the user to whom a file belongs; None when it has gone meanwhile."""
    try:
        return path.stat().st_uid
    except OSError:
        return None


def _credentials(reader: DirectoryReader, login: Login | None, environ: Mapping[str, str]) -> Credentials | None:
    password: Secret | None = login.password if login else None
    elsewhere = password_file(environ)
    if elsewhere:
        name = shown(elsewhere)
        with reader.reading(name):
            try:
                found = read_password(elsewhere)
            except Refused as refused:
                reader.findings(name).refuse(None, refused)
            else:
                password = found.password
                if found.shared and elsewhere == named_file(environ):
                    # Those of systemd are its own to guard, and not to be changed (systemd.exec(5)).
                    reader.warnings.append(_readable(name, elsewhere))
    return Credentials(login.username, password) if login and password else None


def _sender(reader: DirectoryReader, toml: SettingsFile, login: Login | None) -> str:
    """Return the address that mail comes from."""
    if toml.settings.email.sender:
        return toml.settings.email.sender
    try:
        return mail_address(login.username if login else "")
    except Refused:
        pass
    uncertain = not toml.faulty.isdisjoint({"email.sender", "email.delivery"})
    if not uncertain and not reader.findings(CREDENTIALS_FILE).count:
        reader.findings(SETTINGS_FILE).add(
            toml.line("email.sender"),
            "mail has no sender: the username in creds.csv is not a mail address",
            'set email.sender = "conntest@your.domain"',
        )
    return ""


def _read_ca_file(reader: DirectoryReader, toml: SettingsFile) -> str:
    """Return the SHA-256 of email.ca_file, "" when there is none; note that it holds no certificate."""
    path = toml.settings.email.ca_file
    if not path:
        return ""
    reader.also.append(path)
    try:
        data = read(path, limit=MEGABYTE).data
        # RFC 7468, section 5.1; OpenSSL also writes TRUSTED CERTIFICATE.
        if b"CERTIFICATE-----" in data:
            return hashlib.sha256(data).hexdigest()
        text, hint = "the file holds no certificate", "name a file in PEM form"
    except Refused as refused:
        text, hint = refused.text, refused.hint
    except (OSError, MemoryError) as error:
        text, hint = why_unreadable(error), "name another file"
    reader.findings(SETTINGS_FILE).add(toml.line("email.ca_file"), f"email.ca_file: {text}", hint)
    return ""
