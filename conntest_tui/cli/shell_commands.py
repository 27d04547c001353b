"""The commands that ask a running monitor: what they are called and what they take.

What they do is imported where it is used: completion must answer before one notices.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from conntest_tui.cli.monitor_sockets import SocketFinder, find_monitor
from conntest_tui.cli.output import ExitStatus, complain, reader_may_leave, say, say_in_pieces
from conntest_tui.cli.places_and_signals import Places
from conntest_tui.cli.shell_completion import HOW_TO, SCRIPTS, groups_that_begin, hosts_that_begin, script_of
from conntest_tui.config.directories_and_starter_files import absolute, working_directory

if TYPE_CHECKING:
    from conntest_tui.cli.remote_snapshot import ChosenHosts, RemoteSnapshot

MOST_LINES = 1_000_000
"""Events that are shown at once; all are held in memory until then."""

_Command = Callable[..., None]

_socket = click.option(
    "--socket",
    metavar="PATH",
    type=click.Path(path_type=Path, readable=False),
    help="Where the monitor listens, if it is not found.",
)


@dataclass(frozen=True, slots=True)
class AskedMonitor:
    """A monitor that a command is about.

    Attributes:
        places: of this run.
        socket: where it listens, if that was said.
    """

    places: Places
    socket: Path | None

    def find(self) -> Path:
        """Return where it listens; see `find_monitor`."""
        socket = absolute(self.socket, working_directory()) if self.socket else None
        return find_monitor(self.places.state, socket)


@dataclass(frozen=True, slots=True)
class AskedHosts(AskedMonitor):
    """The hosts of a monitor that a command is about, see `HostChoice`."""

    names: tuple[str, ...]
    groups: tuple[str, ...]
    terms: str

    @property
    def is_everybody(self) -> bool:
        """Whether none was chosen."""
        return not (self.names or self.groups or self.terms)

    def look(self) -> "tuple[RemoteSnapshot, ChosenHosts]":
        """Return what the monitor shows, and the hosts that were chosen.

        Raises:
            click.UsageError: what was typed cannot be understood.
            NoMonitorError: no monitor can be asked.
        """
        from conntest_tui.cli.remote_snapshot import HostChoice, choose, look

        choice = HostChoice(self.names, self.groups, self.terms)
        choice.check()
        view = look(self.find(), history=choice.needs_history)
        return view, choose(view, choice)

    def act(self, act: "Callable[[RemoteSnapshot, ChosenHosts], ExitStatus]") -> NoReturn:
        """Have something done to the hosts, and end with the status of that."""
        if self.is_everybody:
            raise click.UsageError("which hosts? name them, or choose them by --group or --filter")
        with reader_may_leave():
            sys.exit(act(*self.look()))


def _about_monitor(command: _Command) -> _Command:
    """Give a command the monitor that it is about, as its first argument."""

    @_socket
    @click.pass_obj
    @wraps(command)
    def run(places: Places, /, socket: Path | None, **others: Any) -> None:
        command(AskedMonitor(places, socket), **others)

    return run


def _about_hosts(command: _Command) -> _Command:
    """Give a command the hosts that it is about, as its first argument."""

    @click.argument("names", metavar="[HOST]...", nargs=-1, shell_complete=hosts_that_begin)
    @click.option(
        *("--group", "groups"),
        metavar="NAME",
        multiple=True,
        shell_complete=groups_that_begin,
        help="The hosts of a group; may be given several times.",
    )
    @click.option("--filter", "terms", metavar="TERMS", default="", help="The hosts that pass a filter of the console.")
    @_socket
    @click.pass_obj
    @wraps(command)
    def run(
        places: Places,
        /,
        socket: Path | None,
        names: tuple[str, ...],
        groups: tuple[str, ...],
        terms: str,
        **others: Any,
    ) -> None:
        command(AskedHosts(places, socket, names, groups, terms), **others)

    return run


@click.command()
@click.option("--json", "json_wanted", is_flag=True, help="One JSON object instead of a table.")
@_about_hosts
def status(asked: AskedHosts, json_wanted: bool) -> None:
    """Show what the monitor knows. Exit status 0 all up, 1 something down, 2 no monitor, or not judged."""
    from conntest_tui.cli.status_output import status_json, status_of, status_table

    with reader_may_leave():
        view, chosen = asked.look()
        if json_wanted:
            say_in_pieces(status_json(view, chosen.hosts))
        else:
            say_in_pieces(status_table(view, chosen.hosts), end="")
    for why in chosen.missing:
        complain(f"conntest-tui: {why}")
    known = status_of(chosen.hosts)
    sys.exit(ExitStatus.UNUSABLE if chosen.missing and known is ExitStatus.OK else known)


@click.command()
@click.option(
    "-n",
    "lines",
    metavar="N",
    type=click.IntRange(0, MOST_LINES),
    default=20,
    show_default=True,
    help="So many at most.",
)
@click.option("-f", "--follow", is_flag=True, help="Go on, and show what happens, until it is interrupted.")
@click.option("--json", "json_wanted", is_flag=True, help="One JSON object a line.")
@click.option(
    *("--host", "hosts"), metavar="HOST", multiple=True, shell_complete=hosts_that_begin, help="Only about this host."
)
@_about_monitor
def events(asked: AskedMonitor, lines: int, follow: bool, json_wanted: bool, hosts: tuple[str, ...]) -> None:
    """Show what happened last. The newest is at the end; --follow goes on through restarts of the monitor."""
    from conntest_tui.cli.events_output import EventChoice, Follower, hello_of, name_of, newest_events, newest_number

    path = asked.find()
    find = SocketFinder(path, hello_of(path))
    with reader_may_leave():
        choice = EventChoice([name_of(path, host) for host in hosts], as_json=json_wanted)
        last = newest_number(path)
        for event in newest_events(path, lines, last, choice):
            choice.show(event)
        if follow:
            Follower(find, choice.show, last).run()


@click.command()
@click.option("--note", metavar="TEXT", default="", help="Who does what about it; everybody sees it.")
@click.option("--anew", is_flag=True, help="Also what is acknowledged already: this note takes the place of the other.")
@_about_hosts
def ack(asked: AskedHosts, note: str, anew: bool) -> None:
    """Take the outages of hosts. No reminders until they recover."""
    from conntest_tui.cli.host_requests import Act, act_on
    from conntest_tui.model.requests import Acknowledge

    asked.act(partial(act_on, act=Act("acknowledged", partial(Acknowledge, note=note, anew=anew))))


@click.command()
@_about_hosts
def unack(asked: AskedHosts) -> None:
    """Give the outages of hosts back. Reminders go on."""
    from conntest_tui.cli.host_requests import Act, act_on
    from conntest_tui.model.requests import Unacknowledge

    asked.act(partial(act_on, act=Act("given back", Unacknowledge)))


@click.command()
@click.option("--for", "length", metavar="TIME", help="For how long: 4h, 90m, 1d 12h.")
@click.option("--from", "start", metavar="MOMENT", help="From when on: 22:00, Sat 22:00, 2026-12-01 22:00.")
@click.option("--until", "end", metavar="MOMENT", help="Until when: 06:30, tomorrow 06:00; or unmuted: without an end.")
@click.option("--reason", metavar="TEXT", default="", help="Why; everybody sees it.")
@_about_hosts
def mute(asked: AskedHosts, length: str | None, start: str | None, end: str | None, reason: str) -> None:
    """Send no mail about hosts for a time. Nor about those behind them; all are watched as always."""
    from conntest_tui.cli.host_requests import mute as do
    from conntest_tui.cli.host_requests import mute_times

    asked.act(partial(do, times=mute_times(length, start, end, time.time()), reason=reason))


@click.command()
@click.option("--planned", is_flag=True, help="Take back the mutes that are to begin, and end none.")
@_about_hosts
def unmute(asked: AskedHosts, planned: bool) -> None:
    """Send mail about hosts again."""
    from conntest_tui.cli.host_requests import drop_planned
    from conntest_tui.cli.host_requests import unmute as do

    asked.act(drop_planned if planned else do)


@click.command()
@_about_hosts
def recheck(asked: AskedHosts) -> None:
    """Probe hosts now. Without any: all of them. What comes of it are events."""
    from conntest_tui.cli.host_requests import Act, act_on, recheck_everybody
    from conntest_tui.model.requests import Recheck

    if asked.is_everybody:
        with reader_may_leave():
            sys.exit(recheck_everybody(asked.look()[0]))
    asked.act(partial(act_on, act=Act("rechecking", Recheck)))


@click.command()
@_about_monitor
def reload(asked: AskedMonitor) -> None:
    """Have the monitor read its files again. Waiting mail is tried at once too."""
    from conntest_tui.cli.host_requests import reload as do
    from conntest_tui.cli.remote_snapshot import look

    with reader_may_leave():
        sys.exit(do(look(asked.find())))


@click.command()
@click.argument("shell", required=False, type=click.Choice(list(SCRIPTS)))
def completion(shell: str | None) -> None:
    """Print what completes words in a shell. Without SHELL: how to switch it on."""
    with reader_may_leave():
        say(script_of(shell) if shell else HOW_TO)


SHELL_COMMANDS = (status, events, ack, unack, mute, unmute, recheck, reload, completion)
"""All of them."""
