"""The first start, without a configuration: three questions make one. An answer is tried before it is written."""

import select
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import click

from conntest_tui.cli.output import say
from conntest_tui.config import Config, load
from conntest_tui.config.directories_and_starter_files import is_unmade
from conntest_tui.config.first_files import FirstMail, first_files, move, put, tried_beside
from conntest_tui.config.host_and_mail_addresses import host_name, mail_address
from conntest_tui.config.hosts_csv_rows import new_row
from conntest_tui.config.problems import Refused
from conntest_tui.errors import MailError
from conntest_tui.model import Outcome, ProbeResult
from conntest_tui.model.requests import NewHost
from conntest_tui.notify.send_now import MailAnswer
from conntest_tui.text import count, milliseconds, shell, shown

MOST_PINGED = 20
"""Hosts of which it is shown one by one whether they answered."""

_PORT = 587
_PASTE = 0.05  # seconds: nobody types a second line so soon
_HIGHEST_PORT = 65_535
_NO_STARTTLS = "STARTTLS"

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Ways:
    """How the answers are got and tried.

    Attributes:
        ask: returns the answer to a question; the second argument is whether it must not be seen.
        tell: says a line.
        ping: probes the hosts of a configuration once.
        send: sends a test mail to every recipient of a configuration.
        pasted: returns what has been typed already behind an answer, with spaces between the lines.
    """

    ask: Callable[[str, bool], str]
    tell: Callable[[str], None]
    ping: Callable[[Config], Sequence[ProbeResult]]
    send: Callable[[Config], Sequence[MailAnswer]]
    pasted: Callable[[], str] = str


def is_wanted(directory: Path, state: Path) -> bool:
    """Return whether to offer it: there is no file of a configuration, no state of an earlier run, and a person."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    seen = all(stream is not None and stream.isatty() for stream in streams)
    return seen and is_unmade(directory) and not _is_used(state)


def _is_used(state: Path) -> bool:
    try:
        return any(state.iterdir())
    except FileNotFoundError:
        return False
    except OSError:  # said when it is opened
        return True


def at_terminal(directory: Path, state: Path) -> bool:
    """Ask at this terminal; see `make`.

    Raises:
        ConfigError: the files cannot be written.
        ProbeError: this machine grants no ICMP socket.
    """
    from conntest_tui.cli.check_hosts_command import sweep_once  # noqa: PLC0415 - only a first start needs these
    from conntest_tui.icmp import Network  # noqa: PLC0415
    from conntest_tui.notify import account_of, channel_for, machine_name, send_test  # noqa: PLC0415

    with suppress(ImportError):
        import readline  # noqa: F401, PLC0415 - arrows edit an answer, and what is pasted is one

    network = Network(patience=10.0)
    network.check()

    def ask(question: str, hidden: bool) -> str:
        return str(click.prompt(question, default="", show_default=False, hide_input=hidden, prompt_suffix=" ")).strip()

    def send(config: Config) -> Sequence[MailAnswer]:
        account = account_of(config, state, machine_name())
        return send_test(account, channel_for(account))

    return make(directory, Ways(ask, say, lambda config: sweep_once(config, network).results, send, _pasted))


def _pasted() -> str:
    """Return the lines that are there already: a terminal without bracketed paste sends a column as so many answers."""
    lines = []
    with suppress(EOFError):
        while select.select([sys.stdin], [], [], _PASTE)[0]:
            lines.append(input())
    return " ".join(lines)


def make(directory: Path, ways: Ways) -> bool:
    """Ask, try and write; return whether there is a configuration now.

    Args:
        directory: where it shall be.
        ways: how the answers are got and tried.

    Raises:
        ConfigError: the files cannot be written; nothing is.
    """
    ways.tell(f"There is no configuration yet. Three questions make one in {shown(directory)}")
    ways.tell("(another place: conntest-tui -c DIR). Nothing is written before the last answer; ctrl+c leaves.")
    with tried_beside(directory) as trial:
        ways.tell("\n1. What shall be watched? Addresses or names, with spaces between them; nothing: leave.")
        hosts = _until(ways, ">", lambda answer: _hosts(f"{answer} {ways.pasted()}"))
        if not hosts:
            return False
        put(first_files(hosts, None), trial)
        _ping(load(trial), ways)
        mail = _mail(ways, trial, hosts)
        put(first_files(hosts, mail), trial)
        written = move(trial, directory)
    ways.tell(f"\nWritten: {', '.join(path.name for path in written)} in {shown(directory)}.")
    ways.tell(f"More hosts: n in the console, or conntest-tui -c {shell(directory)} import FILE. ? shows every key.")
    return True


def _until(ways: Ways, question: str, read: Callable[[str], _Answer]) -> _Answer:
    """Ask until the answer can be used."""
    while True:
        try:
            return read(ways.ask(question, False))
        except Refused as refused:
            ways.tell(f"   {refused.text}: {refused.hint}.")


def _hosts(answer: str) -> list[NewHost]:
    found = {new_row(NewHost(word))[0].name: NewHost(word) for word in answer.replace(",", " ").split()}
    return list(found.values())


def _ping(config: Config, ways: Ways) -> None:
    ways.tell(f"   A ping to {'it' if len(config.hosts) == 1 else 'each'} ...")
    results = ways.ping(config)
    for host, result in list(zip(config.hosts, results, strict=True))[:MOST_PINGED]:
        if result.outcome is Outcome.REPLY and result.rtt is not None:
            ways.tell(f"   {host.display_name} answers in {milliseconds(result.rtt)}")
        else:
            ways.tell(f"   {host.display_name}: {result.reason}. It is watched all the same.")
    if len(results) > MOST_PINGED:
        alive = sum(result.alive for result in results)
        ways.tell(f"   {count(len(results))} in all: {alive} answered.")


# ---------------------------------------------------------------- mail


def _mail(ways: Ways, trial: Path, hosts: Sequence[NewHost]) -> FirstMail | None:
    """Ask how mail leaves, and to whom, until a test mail is accepted or it is left at that."""
    while True:
        ways.tell(f"\n2. Through which mail server? mail.example.com, or with a port other than {_PORT}:")
        ways.tell("   mail.example.com:25. Nothing: no mail for now.")
        server = _until(ways, ">", _server)
        if server is None:
            return None
        username = _until(ways, "   Username there (nothing: no login)?", _username)
        password = _password(ways, username)
        ways.tell("\n3. Who gets mail? Mail addresses, with spaces between them.")
        recipients = _until(ways, ">", _recipients)
        mail = FirstMail(*server, recipients, username, password, _sender(ways, username, recipients))
        accepted = _try(ways, trial, hosts, mail)
        if accepted is not None:
            return accepted


def _server(answer: str) -> tuple[str, int] | None:
    if not answer:
        return None
    name, colon, port = answer.rpartition(":")
    if not colon or (":" in name and not name.endswith("]")):  # an IPv6 address without a port
        name, port = answer, str(_PORT)
    if not (port.isascii() and port.isdecimal() and 1 <= int(port[:6]) <= _HIGHEST_PORT):
        raise Refused(
            f"{port or 'nothing'} is not a port", f"write a number from 1 to {_HIGHEST_PORT}, such as {_PORT}"
        )
    return host_name(name), int(port)


def _username(answer: str) -> str:
    if answer.isascii() and answer.isprintable():
        return answer
    raise Refused("the username holds characters that SMTP cannot carry", "use an account with an ASCII name")


def _password(ways: Ways, username: str) -> str:
    while username:
        password = ways.ask("   Password (it is not shown)?", True)
        if password and password.isascii() and password.isprintable():
            return password
        ways.tell("   A password of printable ASCII characters is needed; mail servers do not agree on others.")
    return ""


def _recipients(answer: str) -> list[str]:
    found = list(dict.fromkeys(mail_address(word) for word in answer.replace(",", " ").split()))
    if not found:
        raise Refused("there is no recipient", "write at least one mail address")
    return found


def _sender(ways: Ways, username: str, recipients: Sequence[str]) -> str:
    """Return whom mail comes from, empty where the username says it."""
    try:
        mail_address(username)
    except Refused:
        usual = f"conntest@{recipients[0].rpartition('@')[2]}"
        return _until(ways, f"   From which address (nothing: {usual})?", lambda answer: mail_address(answer or usual))
    return ""


def _try(ways: Ways, trial: Path, hosts: Sequence[NewHost], mail: FirstMail) -> FirstMail | None:
    """Send a test mail; return how mail leaves, or None to ask again."""
    put(first_files(hosts, mail), trial)
    ways.tell("   A test mail to each ...")
    results = _sent(ways, load(trial))
    for result in results:
        ways.tell(f"   {'accepted' if result.accepted else 'NOT accepted'}: {result.recipient}: {result.text}")
    if all(result.accepted for result in results):
        return mail
    clear = not mail.username and not mail.in_the_clear and any(_NO_STARTTLS in result.text for result in results)
    ways.tell("   Enter asks again about mail; k keeps it as it is" + ("; c sends in the clear." * clear or "."))
    match ways.ask("  >", False).lower():
        case "k":
            return mail
        case "c" if clear:
            return _try(ways, trial, hosts, replace(mail, in_the_clear=True))
    return None


def _sent(ways: Ways, config: Config) -> Sequence[MailAnswer]:
    try:
        return ways.send(config)
    except MailError as error:
        return [MailAnswer(recipient, accepted=False, text=str(error)) for recipient in config.recipients]
