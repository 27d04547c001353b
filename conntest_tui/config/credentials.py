"""Where the mail password may stand instead of creds.csv: in a file that a supervisor hands over."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conntest_tui.config.mail_files import checked_password
from conntest_tui.config.problems import Refused
from conntest_tui.config.read_files import MEGABYTE, read
from conntest_tui.config.secret import Secret

# systemd.exec(5), LoadCredential=: a directory that only the service can read.
_CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
_CREDENTIAL = "conntest-smtp-password"
_PASSWORD_FILE = "CONNTEST_SMTP_PASSWORD_FILE"  # noqa: S105 - the name of a variable, no password


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
