"""The account: all that mail needs of the configuration, who signs, and what this machine is called, in one value."""

import ipaddress
import queue
import shlex
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conntest_tui.config import Config, Credentials, Delivery, NoHomeError, Tls, state_directory
from conntest_tui.notify.mail_body_text_and_html import safe_line
from conntest_tui.text import clean

_PROGRAM = "conntest"
_LONGEST_NAME = 30  # bytes: one encoded word holds it (RFC 2047, section 2), for some readers put spaces between two
_SPECIAL = str.maketrans(dict.fromkeys('()<>[]:;@\\,"', " "))  # RFC 5322, section 3.2.3: these need quoting in a name

MAILBOX = "mailbox"
"""The directory of the embedded mailbox, within the state directory."""

LOOKUP_SECONDS = 2.0
"""Seconds that a name service gets at most; one that is dead would take its own time-outs, 5 s a server and more."""

_LONGEST_DOMAIN = 253  # characters of a domain name (RFC 1035, section 2.3.4)


@dataclass(frozen=True, slots=True)
class Signature:
    """Who writes.

    Attributes:
        machine: the name of the machine, the full one where it has one; empty when it is not known.
        configuration: the name of the configuration.
        command: what opens its console.
        acknowledge: the key of the console that acknowledges.
        mute: the key that mutes.
        look: the key that opens the selected host.
    """

    machine: str = ""
    configuration: str = ""
    command: str = "conntest-tui"
    acknowledge: str = "a"
    mute: str = "m"
    look: str = "enter"

    @property
    def sender(self) -> str:
        """The name beside the sender's address: `conntest office`; short, and without what would need quotes."""
        name, machine = (_plain(text) for text in (self.configuration, self.machine.partition(".")[0]))
        if name.lower().startswith(_PROGRAM):  # /etc/conntest: the machine says more
            name = machine or name[len(_PROGRAM) :].strip(" -_.")
        return f"{_PROGRAM} {name.encode()[:_LONGEST_NAME].decode(errors='ignore').strip()}".strip()

    @property
    def lines(self) -> tuple[str, ...]:
        """What a mail ends with: how to act, and who wrote it."""
        there = f" on {self.machine}" if self.machine else ""
        named = f", configuration {self.configuration}" if self.configuration else ""
        keys = f"{self.acknowledge} to acknowledge, {self.mute} to mute, {self.look} to look at the selected host"
        return (
            f"In the console ({self.command}{there}) press {keys}.",
            f"Written by conntest-tui{there}{named}.",
        )


def _plain(text: str) -> str:
    """Return a text as words that need no quotes in an address."""
    return " ".join(safe_line(text).translate(_SPECIAL).split())


UNKNOWN_SIGNATURE = Signature()
"""An origin of which nothing is known."""


def signature(directory: Path, state: Path, keys: Mapping[str, str], machine: str) -> Signature:
    """Return the origin of the mails of one configuration.

    Args:
        directory: where the configuration is.
        state: where its state is; the command says so when it is not where it would be looked for.
        keys: what the operator has bound otherwise: ids of the console's bindings -> keys, separated by commas.
        machine: the name of this machine.
    """
    absolute = directory.absolute()
    words = ["conntest-tui", "-c", str(absolute)]
    if state.absolute() != _usual_state(absolute):
        words += ["--state", str(state.absolute())]

    def key(name: str, otherwise: str) -> str:
        return clean(keys.get(name, "").split(",")[0].strip()) or otherwise

    return Signature(
        machine=machine,
        configuration=clean(absolute.name),
        command=clean(shlex.join(words)),
        acknowledge=key("host.acknowledge", UNKNOWN_SIGNATURE.acknowledge),
        mute=key("host.mute", UNKNOWN_SIGNATURE.mute),
        look=key("table.open", UNKNOWN_SIGNATURE.look),
    )


def _usual_state(directory: Path) -> Path | None:
    """Return where the state of a configuration is by default; None for a user without a home."""
    try:
        return state_directory(None, directory).absolute()
    except NoHomeError:
        return None


# ---------------------------------------------------------------- the account


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
        trusted: a fingerprint of that file.
        login_lost: whether a login is needed and cannot be read just now: mail has to wait.
        mailbox: directory of the embedded mailbox.
        digest_above: more notifications than this in one sweep make one mail.
        renotify: seconds between mails about an outage that goes on.
        quiet: seconds without a change after which a host does not flap any more.
        signature: who writes.
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
    signature: Signature = UNKNOWN_SIGNATURE


def account_of(config: Config, state: Path, machine: str = "") -> Account:
    """Return the account of a configuration.

    Args:
        config: the configuration in force.
        state: the state directory, where the embedded mailbox is.
        machine: the name of this machine, see `machine_name`. When it is a full one, a sender that is not configured
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
        signature=signature(config.directory, state, config.settings.console.keys, machine),
    )


# ---------------------------------------------------------------- this machine


@cache
def machine_name() -> str:
    """Return the full name of this machine, else what it calls itself; asked once, see `full_name`."""
    return full_name() or clean(socket.gethostname())


def full_name(seconds: float = LOOKUP_SECONDS) -> str:
    """Return the fully qualified host name of this machine in lower case, empty when it has none that others know.

    The name that the kernel has is asked of the resolver (/etc/hosts, then DNS) for its canonical form
    (getaddrinfo(3), AI_CANONNAME), in a thread of its own.

    Args:
        seconds: to wait for the resolver at most; after that the kernel's own name must do.
    """
    own = socket.gethostname()
    answers: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(_canonical(own)), name="full name", daemon=True).start()
    try:
        canonical = answers.get(timeout=max(0.0, seconds))
    except queue.Empty:
        canonical = ""
    return next((found for found in map(_presentable, (canonical, own)) if found), "")


def _canonical(name: str) -> str:
    """Return what the resolver calls a name, empty when it knows none."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
    except (OSError, UnicodeError):  # UnicodeError: a label that is too long for IDNA
        return ""
    return found[0][3] if found else ""


def _presentable(name: str) -> str:
    """Return a name in lower case without its last dot; empty when it says nothing to another machine."""
    name = name.rstrip(".").lower()
    labels = name.split(".")
    if len(labels) < 2 or len(name) > _LONGEST_DOMAIN or "localhost" in labels or labels[-1] == "localdomain":
        return ""
    if not all(_is_label(label) for label in labels):
        return ""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name
    return ""


def _is_label(label: str) -> bool:
    """Return whether this is letters, digits and hyphens (RFC 952 as amended by RFC 1123, section 2.1)."""
    inner = label.replace("-", "")
    return label.isascii() and inner.isalnum() and label[0] != "-" and label[-1] != "-" and len(label) <= 63
