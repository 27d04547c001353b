"""The heartbeat: where the monitor reports after each sweep that it still watches. That URL is a secret."""

import codecs
import hashlib
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from pydantic import ConfigDict, Field, ValidationInfo, field_serializer, field_validator

from conntest_tui.config.credentials import Secret
from conntest_tui.config.problems import Problem, Refused
from conntest_tui.config.read_files import MEGABYTE, SETTINGS_FILE, DirectoryReader, read, why_unreadable
from conntest_tui.config.settings_table import SettingsTable, choice, located
from conntest_tui.text import shell

_LONGEST_URL = 2_000  # characters
_WRITE_URL = "write the URL that the service shows, such as https://hc-ping.com/..."
_HEALTHCHECKS = re.compile(r"(^|\.)(hc-ping\.com|healthchecks\.io)$")


class HeartbeatKind(Enum):
    """Which service takes the heartbeat."""

    AUTO = "auto"  # as the URL looks
    HEALTHCHECKS = "healthchecks"
    UPTIME_KUMA = "uptime-kuma"
    PLAIN = "plain"  # any other: a GET while all is well, silence otherwise


class HeartbeatSettings(SettingsTable):
    """Where the monitor reports that it still watches.

    Attributes:
        url: of the service; None when there is none, or it is in a file.
        url_file: the file that holds the URL; None when there is none.
        kind: which service it is.
        ca_file: PEM file with the authorities to trust; None means those of the system.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)  # Secret

    url: Secret | None = Field(default=None, description='the URL that the service shows, or "" for no heartbeat')
    url_file: Path | None = Field(
        default=None, strict=False, description='the path of a file that holds the URL, or "" for none'
    )
    kind: HeartbeatKind = choice(HeartbeatKind.AUTO)
    ca_file: Path | None = Field(
        default=None, strict=False, description='the path of a PEM file, or "" for the authorities of the system'
    )

    @field_validator("url", mode="before")
    @classmethod
    def _check_url(cls, value: object) -> Secret | None:
        if isinstance(value, Secret) or value in ("", None):
            return value if isinstance(value, Secret) else None
        if not isinstance(value, str):  # it is not repeated: it may hold the URL
            raise Refused("this is no text", f"{_WRITE_URL}, in quotes")
        return checked_url(value)

    @field_validator("url_file", "ca_file", mode="before")
    @classmethod
    def _locate(cls, value: object, info: ValidationInfo) -> object:
        return located(value, info)

    @field_serializer("url")
    def _mask(self, url: Secret | None) -> str:
        return repr(url) if url else ""


@dataclass(frozen=True, slots=True)
class HeartbeatService:
    """The service that takes the heartbeat.

    Attributes:
        url: its URL.
        kind: what it is, never `AUTO`.
        ca_file: the authorities to trust, None for the system's.
        trusted: the SHA-256 of that file, "" without one.
    """

    url: Secret
    kind: HeartbeatKind
    ca_file: Path | None = None
    trusted: str = ""


def checked_url(written: str) -> Secret:
    """Return a URL that can be asked, or refuse it without repeating anything of it."""
    if not written.isascii() or not written.isprintable() or " " in written or len(written) > _LONGEST_URL:
        raise Refused("this is no URL", _WRITE_URL)
    try:
        parts = urlsplit(written)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an address in brackets that is none
        usable = False
    if not usable:
        raise Refused("this is no URL of a web server", _WRITE_URL)
    return Secret(written)


def kind_of(url: SplitResult) -> HeartbeatKind:
    """Return which service has such a URL."""
    if "/api/push/" in url.path:
        return HeartbeatKind.UPTIME_KUMA
    if _HEALTHCHECKS.search(url.hostname or "") or "/ping/" in url.path:  # the second is that of a server of one's own
        return HeartbeatKind.HEALTHCHECKS
    return HeartbeatKind.PLAIN


def read_heartbeat(reader: DirectoryReader, settings: HeartbeatSettings, line: int | None) -> HeartbeatService | None:
    """Return the service that the settings name, None when there is none; what is wrong is noted.

    Args:
        reader: takes what is wrong.
        settings: what settings.toml says of it.
        line: where it says so.
    """
    problems = reader.problems_of(SETTINGS_FILE)
    url = settings.url
    if settings.url_file:
        if url:
            problems.add(line, "heartbeat.url and heartbeat.url_file are both set", "keep one of them")
        url = _read_url(reader, settings.url_file, line)
    elif url and SETTINGS_FILE in reader.shared:
        hint = "put it into a file of its own that heartbeat.url_file names, and run chmod 600 on that"
        reader.warnings.append(
            Problem(SETTINGS_FILE, line, "other users of this machine can read the heartbeat's URL", hint)
        )
    if url is None:
        return None
    kind = kind_of(urlsplit(url.reveal())) if settings.kind is HeartbeatKind.AUTO else settings.kind
    return HeartbeatService(url, kind, settings.ca_file, read_authorities(reader, settings.ca_file, line, "heartbeat"))


def _read_url(reader: DirectoryReader, path: Path, line: int | None) -> Secret | None:
    """Return the one line of the file that holds the URL."""
    reader.also.append(path)
    try:
        content = read(path, limit=MEGABYTE)
        url = checked_url(content.data.removeprefix(codecs.BOM_UTF8).decode("ascii", "replace").strip())
    except Refused as refused:
        reader.problems_of(SETTINGS_FILE).refuse(line, refused, prefix="heartbeat.url_file: ")
        return None
    except (OSError, MemoryError) as error:
        text = f"heartbeat.url_file: {why_unreadable(error)}"
        reader.problems_of(SETTINGS_FILE).add(line, text, "name another file")
        return None
    if content.shared and not str(path).startswith("/run/credentials/"):  # those of systemd are its own to guard
        text = "other users of this machine can read heartbeat.url_file"
        reader.warnings.append(Problem(SETTINGS_FILE, line, text, f"run: chmod 600 {shell(path)}"))
    return url


def read_authorities(reader: DirectoryReader, path: Path | None, line: int | None, table: str) -> str:
    """Return the SHA-256 of a `ca_file`, "" when there is none; note that it holds no certificate.

    Args:
        reader: takes what is wrong.
        path: the file.
        line: where settings.toml names it.
        table: the table that it stands in.
    """
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
    reader.problems_of(SETTINGS_FILE).add(line, f"{table}.ca_file: {text}", hint)
    return ""


def load_heartbeat(directory: Path, settings: HeartbeatSettings) -> HeartbeatService | None:
    """Return the service, whatever is wrong with the other files; None when it cannot be read, or there is none."""
    reader = DirectoryReader(directory)
    found = read_heartbeat(reader, settings, None)
    return None if reader.problems() else found
