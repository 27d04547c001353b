"""What this program logs in with at the mail server: creds.csv, or a password file that a supervisor hands over."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, SupportsIndex

from conntest_tui.config.csv_line_syntax import split_exactly
from conntest_tui.config.problems import FileProblems, Refused
from conntest_tui.config.read_files import MEGABYTE, TextLine, read

_MASK = "********"

_QUOTE_IT = 'quote a password that holds commas: username,"pass,word"'

# systemd.exec(5), LoadCredential=: a directory that only the service can read.
_CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
_CREDENTIAL = "conntest-smtp-password"
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


def parse_login(lines: Iterable[TextLine], findings: FileProblems, *, password_elsewhere: bool) -> Login | None:
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


@dataclass(frozen=True, slots=True)
class PasswordFile:
    """What a password file holds.

    Attributes:
        password: its one line.
        shared: whether its mode lets group or others at it.
    """

    password: Secret
    shared: bool


def password_file(environ: Mapping[str, str]) -> Path | None:
    """Return the file that holds the password, None when creds.csv does.

    systemd's directory may hold other credentials only; a file that the operator names must be there.
    """
    if directory := environ.get(_CREDENTIALS_DIRECTORY):
        credential = Path(directory, _CREDENTIAL)
        if os.path.lexists(credential):
            return credential
    return named_file(environ)


def named_file(environ: Mapping[str, str]) -> Path | None:
    """Return the password file that the operator names, None when there is none."""
    named = environ.get(_PASSWORD_FILE)
    return Path(named) if named else None


def read_password(path: Path) -> PasswordFile:
    """Return the one line of a password file.

    Raises:
        Refused: there is no such file, or it holds something else. The text repeats nothing of it.
    """
    content = read(path, limit=MEGABYTE)
    data = content.data.removeprefix(b"\xef\xbb\xbf").removesuffix(b"\n").removesuffix(b"\r")
    if not data:
        raise Refused("the file holds no password", "write the password on its one line")
    if b"\n" in data or b"\r" in data:
        raise Refused("the file holds more than one line", "write nothing but the password into it")
    # The replacement character is not ASCII either, so it is refused with the right reason.
    return PasswordFile(checked_password(data.decode("ascii", "replace")), content.shared)
