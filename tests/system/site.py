"""A configuration directory as an operator has it: the four files, settings, a mail server with TLS and a login."""

import json
from pathlib import Path
from typing import Protocol

from tests.system.mailserver import PASSWORD, USER


class MailServer(Protocol):
    """A mail server on 127.0.0.1 that knows `USER`.

    Attributes:
        port: where it listens.
        authority: the PEM file that its certificate is to be checked with.
    """

    port: int
    authority: Path


def write_site(directory: Path, hosts: str, mail: MailServer, **chosen: float) -> Path:
    """Write a configuration that mails through `mail`; return its directory."""
    directory.mkdir(exist_ok=True)
    (directory / "hosts.csv").write_text(hosts)
    (directory / "server_info.csv").write_text(f"127.0.0.1,{mail.port}\n")
    (directory / "creds.csv").write_text(f"{USER},{PASSWORD}\n")
    (directory / "creds.csv").chmod(0o600)
    (directory / "email_recipients.csv").write_text("noc@example.com\n")
    lines = [f"{setting} = {json.dumps(value)}" for setting, value in chosen.items()]
    lines += ["[email]", 'sender = "conntest@example.com"', f"ca_file = {json.dumps(str(mail.authority))}"]
    (directory / "settings.toml").write_text("\n".join(lines) + "\n")
    return directory


def let_others_in(directory: Path) -> None:
    """Let other users into a directory of pytest's, through those above it up to the first that everybody may enter."""
    for closed in (directory, *directory.parents):
        mode = closed.stat().st_mode
        if closed != directory and mode & 0o005 == 0o005:
            return
        closed.chmod(mode | 0o055)
