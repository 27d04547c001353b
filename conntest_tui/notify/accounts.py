"""The account: everything that mail needs to know of the configuration, in one value."""

from dataclasses import dataclass
from pathlib import Path

from conntest_tui.config import Config, Credentials, Delivery, Tls
from conntest_tui.notify.origin import UNKNOWN, Origin, origin

MAILBOX = "mailbox"
"""The directory of the embedded mailbox, within the state directory."""


@dataclass(frozen=True, slots=True)
class Account:
    """How mails leave, and to whom. Two accounts are equal when nothing about mail has changed.

    Attributes:
        delivery: by SMTP, into the embedded mailbox, or not at all.
        sender: address that mails come from.
        recipients: addresses that they go to.
        server: name or address of the mail server.
        port: its TCP port.
        tls: how the connection to it is made safe.
        helo: what this machine calls itself to the server; empty for its full name.
        credentials: username and password, None to send without logging in.
        ca_file: PEM file with the authorities to trust, None for the system's.
        trusted: what tells the contents of that file from other ones.
        login_lost: whether a login is needed and cannot be read just now: mail has to wait.
        mailbox: directory of the embedded mailbox.
        digest_above: more notices than this in one sweep make one mail.
        renotify: seconds between mails about an outage that goes on.
        quiet: seconds without a change after which a host does not flap any more.
        origin: who writes.
    """

    delivery: Delivery
    sender: str
    recipients: tuple[str, ...]
    server: str = ""
    port: int = 0
    tls: Tls = Tls.AUTO
    helo: str = ""
    credentials: Credentials | None = None
    ca_file: Path | None = None
    trusted: str = ""
    login_lost: bool = False
    mailbox: Path = Path(MAILBOX)
    digest_above: int = 5
    renotify: float = 3600.0
    quiet: float = 1800.0
    origin: Origin = UNKNOWN


def account(config: Config, state: Path, machine: str = "") -> Account:
    """Return the account of a configuration.

    Args:
        config: the configuration in force.
        state: the state directory, where the embedded mailbox is.
        machine: the name of this machine, see `machine_name`. When it is a full one, a sender that nobody has chosen
            is of its domain.
    """
    email = config.settings.email
    local_part, _, domain = config.sender.rpartition("@")
    chosen = email.sender or domain != "localhost" or "." not in machine
    return Account(
        delivery=email.delivery,
        sender=config.sender if chosen else f"{local_part}@{machine}",
        recipients=config.recipients,
        server=config.server.address if config.server else "",
        port=config.server.port if config.server else 0,
        tls=email.tls,
        helo=email.helo,
        credentials=config.credentials,
        ca_file=config.directory / email.ca_file if email.ca_file else None,
        trusted=config.trusted,
        login_lost=config.login_lost,
        mailbox=state / MAILBOX,
        digest_above=email.digest_above,
        renotify=config.settings.renotify,
        quiet=config.settings.flapping.quiet,
        origin=origin(config.directory, state, config.settings.console.keys, machine),
    )
