"""What this program logs in with at the mail server: creds.csv, or a password file that a supervisor hands over."""

import codecs
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, SupportsIndex

from conntest_tui.config.csv_line_syntax import split_exactly
from conntest_tui.config.problems import FileProblems, Problem, Refused
from conntest_tui.config.read_files import CREDENTIALS_FILE, MEGABYTE, DirectoryReader, TextLine, read
from conntest_tui.private import user_name
from conntest_tui.text import shell, shown

_MASK = "********"

_QUOTE_IT = 'quote a password that holds commas: username,"pass,word"'

# systemd.exec(5), LoadCredential=: a directory that only the service can read.
_CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
CREDENTIAL = "conntest-smtp-password"
"""What the password is called there."""

_PASSWORD_FILE = "CONNTEST_SMTP_PASSWORD_FILE"  # noqa: S105 - the name of a variable, no password


class Secret:
    """A text that only `reveal` gives away. Its mask does not show how long it is."""

    __slots__ = ("_clear",)

    def __init__(self, clear: str) -> None:
        self._clear = clear

    def reveal(self) -> str:
        """Return the text itself."""
        return self._clear

    def __repr__(self) -> str:
        return _MASK

    def __format__(self, format_spec: str) -> str:
        return format(_MASK, format_spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._clear == other._clear

    def __hash__(self) -> int:
        return hash(self._clear)

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a secret cannot be pickled or copied")


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
        password: None when it is in a file of its own.
        spaced: whether the password begins or ends with a space and no quotes say that this is meant.
    """

    username: str
    password: Secret | None
    spaced: bool = False


def read_login(reader: DirectoryReader, environ: Mapping[str, str], *, missing: str | None) -> Login | None:
    """Return what creds.csv says; None when it is empty: a server that needs no login.

    Args:
        reader: takes what is wrong with the file.
        environ: may name a password file: then the username alone is enough.
        missing: a hint for when the file is not there; None when it need not be there.
    """
    elsewhere = password_file(environ)

    def parse(lines: Iterable[TextLine], problems: FileProblems) -> Login | None:
        login = parse_login(lines, problems, password_elsewhere=elsewhere is not None)
        if elsewhere and not login and not problems.count:
            text = f"there is no username to the password in {shown(elsewhere)}"
            problems.add(None, text, "write the username as its one row")
        return login

    login = reader.parse(CREDENTIALS_FILE, parse, None, missing=missing, limit=MEGABYTE)
    if login and login.spaced:
        text = "the password begins or ends with a space"
        reader.warnings.append(Problem(CREDENTIALS_FILE, None, text, "delete it, or put quotes around the password"))
    if login and login.password and CREDENTIALS_FILE in reader.shared:
        reader.warnings.append(_readable_by_others(CREDENTIALS_FILE, reader.directory / CREDENTIALS_FILE))
    return login


def parse_login(lines: Iterable[TextLine], problems: FileProblems, *, password_elsewhere: bool) -> Login | None:
    """Return the one row of creds.csv, `username,password`; None when there is none or it cannot be used.

    Nothing is a comment here, because a username or a password may begin with any character. No problem repeats
    anything of the file.
    """
    rows = [line for line in lines if line.text.strip()]
    for line in rows[1:]:
        problems.add(line.number, "there is a second row", "keep one row: username,password")

    def parse(row: str) -> Login:
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
        return Login(username, _checked_password(password) if password else None, spaced)

    return problems.checked(rows[0].number, parse, rows[0].text) if rows else None


def _checked_password(clear: str) -> Secret:
    """Return a password that can log in, or refuse it without repeating anything of it."""
    if not clear.isascii() or not clear.isprintable():
        raise Refused(
            "the password holds characters beyond printable ASCII, which mail servers do not agree on how to read",
            "change it to ASCII letters, digits and signs",
        )
    return Secret(clear)


def password_file(environ: Mapping[str, str]) -> Path | None:
    """Return the file that holds the password, None when creds.csv does.

    systemd's directory may hold other credentials only; a file that the operator names must be there.
    """
    if directory := environ.get(_CREDENTIALS_DIRECTORY):
        credential = Path(directory, CREDENTIAL)
        if os.path.lexists(credential):
            return credential
    return _named_file(environ)


def _named_file(environ: Mapping[str, str]) -> Path | None:
    named = environ.get(_PASSWORD_FILE)
    return Path(named) if named else None


def credentials_of(reader: DirectoryReader, login: Login | None, environ: Mapping[str, str]) -> Credentials | None:
    """Return the login with its password, be it in a file of its own; None when it lacks one or there is none."""
    password = login.password if login else None
    elsewhere = password_file(environ)
    if elsewhere:
        name = shown(elsewhere)
        password, shared = reader.guarded(name, lambda: read_password(elsewhere), (password, False))
        if shared and elsewhere == _named_file(environ):
            # Those of systemd are its own to guard, and not to be changed (systemd.exec(5)).
            reader.warnings.append(_readable_by_others(name, elsewhere))
    return Credentials(login.username, password) if login and password else None


def read_password(path: Path) -> tuple[Secret, bool]:
    """Return the one line of a password file, and whether its mode lets group or others at it.

    Raises:
        Refused: there is no such file, or it holds something else. The text repeats nothing of it.
    """
    content = read(path, limit=MEGABYTE)
    data = content.data.removeprefix(codecs.BOM_UTF8).removesuffix(b"\n").removesuffix(b"\r")
    if not data:
        raise Refused("the file holds no password", "write the password on its one line")
    if b"\n" in data or b"\r" in data:
        raise Refused("the file holds more than one line", "write nothing but the password into it")
    # The replacement character is not ASCII either, so it is refused with the right reason.
    return _checked_password(data.decode("ascii", "replace")), content.shared


def load_credentials(directory: Path, environ: Mapping[str, str]) -> Credentials | None:
    """Return the login, whatever is wrong with the other files; None when it cannot be read, or there is none."""
    reader = DirectoryReader(directory)
    found = credentials_of(reader, read_login(reader, environ, missing=None), environ)
    return None if reader.problems() else found


def _readable_by_others(file: str, path: Path) -> Problem:
    """Warn of a password that others can read.

    Files of root's that a service reads by its group (0640 root:conntest) are usual: `chmod 600` alone would keep the
    service out.
    """
    me, name = os.geteuid(), shell(path)
    hint = f"run: chmod 600 {name}"
    try:
        owner = path.stat().st_uid
    except OSError:  # it has gone meanwhile
        owner = me
    if me and owner != me:
        hint = f"run as root: chown {user_name(me)} {name} && chmod 600 {name}"
    return Problem(file, None, "other users of this machine can read the password", hint)
