"""`man`: the manual page (man(7)), made of the commands themselves, so that it fits the program that prints it.

Click tells the commands, their options and what they do; here stand what it does not know: exit statuses, files,
variables, examples.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from textwrap import wrap

import click

from conntest_tui import __version__

SUMMARY = "ping hosts, show them live, mail people when one fails"

EXIT_STATUSES = (
    ("0", "All is well. `check`: every host is up. The console was quit."),
    (
        "1",
        "`check`, `status`: something is down. `test-mail`, `report --mail`, `ack` and so on: not all was done.",
    ),
    ("2", "It cannot do its work: configuration, permission, usage, or no monitor to ask; hosts could not be judged."),
    ("3", "The program itself is at fault."),
    ("128 + n", "Signal n ended the console or `check`. `run` ends with 0 on SIGTERM, which is how it is stopped."),
)

FILES = (
    ("hosts.csv", "What is watched: address, description, location and options, one host per row."),
    ("server_info.csv", "Address and port of the mail server."),
    ("creds.csv", "User name and password for it, for its owner alone."),
    ("email_recipients.csv", "Who gets mail."),
    ("settings.toml", "Every setting, each with a default."),
    ("state.db, logs/", "In the state directory: what is known of the hosts, what happened, and the daily logs."),
    ("/run/conntest/*.sock", "The socket of a service; `attach` finds it by itself."),
)

VARIABLES = (
    ("CONNTEST_CONFIG", "The configuration directory, where -c does not name one."),
    ("CONNTEST_SMTP_PASSWORD_FILE", "A file that holds the mail password, in place of creds.csv."),
    ("CREDENTIALS_DIRECTORY", "Set by systemd: where conntest-smtp-password of LoadCredential= is."),
    ("RUNTIME_DIRECTORY, XDG_RUNTIME_DIR", "Where the socket for other consoles is made."),
    ("NOTIFY_SOCKET, WATCHDOG_USEC", "Set by systemd: `run` says when it is ready, and that it lives."),
    ("XDG_CONFIG_HOME, XDG_STATE_HOME, HOME", "Where the user's own configuration and state are."),
    ("VISUAL, EDITOR", "What opens hosts.csv from the console."),
    ("NO_COLOR", "The console does without colours."),
    ("ESCDELAY", "Milliseconds after which a lone Escape counts."),
)

EXAMPLES = (
    ("A first look, without permissions, files or mail:", "conntest-tui demo"),
    ("Starter files, what is wrong with them, and the console:", "conntest-tui init DIR"),
    ("", "conntest-tui -c DIR validate"),
    ("", "conntest-tui -c DIR"),
    ("One sweep, for a script:", "conntest-tui -c DIR check --json"),
    ("The unit of a service, and what several people do with it:", "conntest-tui -c /etc/conntest service"),
    ("", "conntest-tui attach"),
    ("", "conntest-tui status"),
    ("", "conntest-tui ack 10.1.1.7 --note 'on it'"),
)

_ESCAPES = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"}
_CODE = re.compile(r"`([^`]+)`")
_SENTENCE = re.compile(r"(?<=[.:?]) (?=[A-Z\\])")


def manual_page(group: click.Group, name: str, environ: Mapping[str, str]) -> str:
    """Return the page as roff.

    Args:
        group: the program's commands.
        name: what it is called.
        environ: its SOURCE_DATE_EPOCH, POSIX seconds, is the date of the page in place of today
            (https://reproducible-builds.org/specs/source-date-epoch/).
    """
    return "\n".join(_lines(group, name, environ)) + "\n"


def _lines(group: click.Group, name: str, environ: Mapping[str, str]) -> Iterator[str]:
    epoch = environ.get("SOURCE_DATE_EPOCH", "")
    made = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
    context = click.Context(group, info_name=name)
    yield f'.TH "{_roff(name.upper())}" 1 {made:%Y-%m-%d} "{_roff(f"{name} {__version__}")}" "User Commands"'
    yield from (".SH NAME", rf"{_roff(name)} \- {_roff(SUMMARY)}")
    yield from (".SH SYNOPSIS", _usage(group, context))
    yield ".SH DESCRIPTION"
    yield from _paragraphs(group.help or "")
    yield from _options(group, context)
    yield ".SH COMMANDS"
    for command_name in group.list_commands(context):
        command = group.get_command(context, command_name)
        if command is not None and not command.hidden:
            inner = click.Context(command, parent=context, info_name=command_name)
            yield f".SS {_usage(command, inner)}"
            yield from _paragraphs(command.help or "")
            yield from _options(command, inner)
    for heading, rows in (("EXIT STATUS", EXIT_STATUSES), ("FILES", FILES), ("ENVIRONMENT", VARIABLES)):
        yield f".SH {heading}"
        for term, text in rows:
            yield from _item(rf"\fB{_roff(term)}\fR", text)
    yield ".SH EXAMPLES"
    for number, (text, command_line) in enumerate(EXAMPLES):
        yield from (".PP",) if number and text else ()
        yield from (_roff(text),) if text else ()
        yield from (".RS 4", ".nf", rf"\fB{_roff(command_line)}\fR", ".fi", ".RE")
    yield from (".SH SEE ALSO", ".BR fping (8),", ".BR systemd.service (5)", ".PP")
    yield rf"The manual is part of the program: \fB{_roff(f'{name} docs')}\fR lists its pages."


def _usage(command: click.Command, context: click.Context) -> str:
    pieces = command.collect_usage_pieces(context)
    if len(command.get_params(context)) == sum(isinstance(one, click.Argument) for one in command.params) + 1:
        pieces.remove("[OPTIONS]")  # it has --help alone
    return " ".join([rf"\fB{_roff(context.command_path)}\fR", *(rf"\fI{_roff(piece)}\fR" for piece in pieces)])


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for option in command.params:
        record = option.get_help_record(context) if isinstance(option, click.Option) else None
        if record is not None:
            words = record[0].split(" ")
            term = " ".join(rf"\f{'B' if word.startswith('-') else 'I'}{_roff(word)}\fR" for word in words)
            yield from _item(term, record[1])


def _item(term: str, text: str) -> Iterator[str]:
    yield from (".TP", term, _text(text))


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip())):
        yield from (".PP",) if number else ()
        yield _text(" ".join(paragraph.split()))


def _text(text: str) -> str:
    """Return running text in short lines: what stands in backticks is bold, and each sentence has a line of its own."""
    parts = _CODE.split(text)
    made = "".join(rf"\fB{_roff(part)}\fR" if number % 2 else _roff(part) for number, part in enumerate(parts))
    sentences = _SENTENCE.split(made)
    lines = [line for one in sentences for line in wrap(one, 79, break_long_words=False, break_on_hyphens=False)]
    return "\n".join(map(_no_request, lines))


def _roff(text: str) -> str:
    return "".join(_ESCAPES.get(c, c) if c.isascii() else f"\\[u{ord(c):04X}]" for c in text)


def _no_request(line: str) -> str:
    """Return a line of text as one: a point at its beginning would make a request of it."""
    return rf"\&{line}" if line.startswith(".") else line
