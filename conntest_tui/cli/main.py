"""The commands: find the configuration, call one package, print, exit."""

import os
import signal
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import NoReturn

import click

from conntest_tui import __version__
from conntest_tui.cli.configuration_commands import CONFIGURATION_COMMANDS, DIRECTORY
from conntest_tui.cli.console_command import collector_off, console
from conntest_tui.cli.monitor_sockets import find_monitor, service_on, socket_of
from conntest_tui.cli.output import (
    ExitStatus,
    complain,
    flush,
    prepare,
    reader_may_leave,
    say_in_pieces,
    silence,
    warn,
)
from conntest_tui.cli.places_and_signals import Places
from conntest_tui.cli.reference_commands import REFERENCE_COMMANDS
from conntest_tui.cli.shell_commands import SHELL_COMMANDS
from conntest_tui.cli.shell_completion import VARIABLE, directories, groups_that_begin
from conntest_tui.config.directories_and_starter_files import absolute, working_directory
from conntest_tui.config.problems import ConfigError
from conntest_tui.errors import ConntestError
from conntest_tui.held_signals import Signals
from conntest_tui.text import shown

# Whatever a command needs beyond this is imported where it is used: the console's first paint must not wait for the
# table of `check`, nor `validate` for Textual.

NAMES_PATIENCE = 60.0
"""Seconds that `check` waits for names: a thousand take 25 when the first name server is dead."""


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-c", "--config", "config_option", metavar="DIR", type=DIRECTORY, shell_complete=directories, help="Configuration."
)
@click.option(
    "--state",
    "state_option",
    metavar="DIR",
    type=DIRECTORY,
    shell_complete=directories,
    help="Database, logs, mailbox.",
)
@click.option("--quiet", is_flag=True, help="The console rings no bell and shows no toasts about hosts.")
@click.version_option(__version__, prog_name="conntest-tui")
@click.pass_context
def cli(context: click.Context, config_option: Path | None, state_option: Path | None, quiet: bool) -> None:
    """Watch the hosts of hosts.csv and mail people when one fails. Without a command: the console.

    The configuration is DIR, else $CONNTEST_CONFIG, else the working directory if it holds hosts.csv, else the
    user's own (see `conntest-tui paths`).
    """
    signals: Signals = context.obj or Signals()
    if context.invoked_subcommand != run.name:
        signals.release()  # what the system does about them is right
    context.obj = Places(config_option, state_option, quiet, signals)
    if context.invoked_subcommand is None:
        sys.exit(console_of(context.obj))


def console_of(places: Places) -> int:
    """Run the console until it is quit, attached where a monitor runs on its state or files; return the exit status."""
    config, state = places.config, places.state
    found = socket_of(state)
    if found is None and places.state_option is None:
        found = service_on(config)
    if found is None:
        return console(config, state, quiet=places.quiet)
    from conntest_tui.cli.attached_console import attach

    return attach(found, config, quiet=places.quiet)


@cli.command()
@click.option("--json", "json_wanted", is_flag=True, help="One JSON object instead of a table.")
@click.pass_obj
def check(places: Places, json_wanted: bool) -> None:
    """Sweep once and show what answered: exit status 0 all up, 1 something down, 2 cannot run, or cannot judge."""
    from conntest_tui.cli.check_hosts_command import as_json, as_table, sweep_once
    from conntest_tui.cli.text_table import layout_console
    from conntest_tui.config import load_at_rest
    from conntest_tui.icmp import Network

    config, _ = load_at_rest(places.config)
    warn(config)
    network = Network(rate=config.settings.rate, source=config.settings.source, patience=NAMES_PATIENCE)
    network.check()
    started = time.time()
    found = sweep_once(config, network)
    if json_wanted:
        say_in_pieces(as_json(config, found, started))
    else:
        say_in_pieces(as_table(config, found, layout_console()), end="")
    sys.exit(found.status)


@cli.command()
@click.pass_obj
def run(places: Places) -> None:
    """Watch without a screen: events as lines on standard output. SIGTERM stops, SIGHUP reads the files again."""
    places.signals.hold()
    places.signals.end_at_once()
    from conntest_tui.api.server import ApiServer
    from conntest_tui.cli.headless_run_command import Output, Supervisor, run_headless
    from conntest_tui.monitor import open_monitor
    from conntest_tui.web.http_listener import HttpListener

    monitor = open_monitor(places.config, places.state)
    server, listener = ApiServer(monitor, places.state), HttpListener(monitor)
    server.start()
    listener.start()
    with closing(Output(sys.stdout)) as output, closing(server), closing(listener):
        run_headless(monitor, output.write, Supervisor(os.environ, time.monotonic), places.signals)


@cli.command("attach")
@click.argument("socket", required=False, type=click.Path(path_type=Path, readable=False))
@click.option("--view-only", is_flag=True, help="Change nothing from here.")
@click.pass_obj
def attach_console(places: Places, socket: Path | None, view_only: bool) -> None:
    """Show the console of a monitor that runs already: on SOCKET, on the state, or the only service here.

    Leaving it ends nothing. It needs no configuration.
    """
    from conntest_tui.cli.attached_console import attach

    found = (
        absolute(socket, working_directory()) if socket else find_monitor(places.state, option="conntest-tui attach")
    )
    sys.exit(attach(found, places.config, quiet=places.quiet, view_only=view_only))


@cli.command()
@click.option("--month", metavar="2026-10", help="Which month; without it the last one that is over.")
@click.option(
    *("--group", "only"),
    metavar="NAME",
    multiple=True,
    shell_complete=groups_that_begin,
    help="Only this group of hosts.csv; may be repeated.",
)
@click.option("--format", "form", type=click.Choice(["text", "csv", "json", "html"]), help="Without it text.")
@click.option("--mail", is_flag=True, help="Mail it to every recipient now, and show each one's answer.")
@click.pass_obj
def report(places: Places, month: str | None, only: tuple[str, ...], form: str | None, mail: bool) -> None:
    """Show what a month came to: availability of hosts and groups, outages and who took them.

    It reads the state database and changes nothing, whether a monitor runs or not. With --mail: exit status 0 all
    accepted, 1 not. `conntest-tui docs reports` says how the figures are computed.
    """
    from conntest_tui.cli.report_command import mailed_report, written_report

    if mail and (only or form):
        raise click.UsageError("--mail sends all of the month, as text and HTML: leave out --group and --format.")
    if mail:
        sys.exit(mailed_report(places.config, places.state, month, time.time()))
    written = written_report(places.config, places.state, month, only=only, form=form or "text", now=time.time())
    with reader_may_leave():
        say_in_pieces([written], end="")


@cli.command()
@click.option("--seed", default=1, show_default=True, help="Another number, another course of events.")
@click.pass_obj
@collector_off()
def demo(places: Places, seed: int) -> None:
    """Show the console over a simulated network: no privileges, no files, nothing sent."""
    from conntest_tui.demo import open_demo
    from conntest_tui.store.console_files import ConsoleFileStore
    from conntest_tui.tui import require_screen, run_console

    require_screen(os.environ)
    monitor = open_demo(seed)
    files = ConsoleFileStore(None, working_directory())  # nothing is kept; what one asks for is written
    sys.exit(run_console(monitor, monitor.clock, quiet=places.quiet, ends_watch=False, files=files))


for command in (*CONFIGURATION_COMMANDS, *SHELL_COMMANDS, *REFERENCE_COMMANDS):
    cli.add_command(command)


def main(signals: Signals | None = None) -> NoReturn:
    """Run the command line, and exit with its status.

    At once: Python would take a million hosts apart first, one by one. All of our threads are daemons, and whatever
    must be closed is closed by now.

    Args:
        signals: those that have been held since the first moment of the program.
    """
    prepare()
    signals = signals or Signals()
    if VARIABLE in os.environ:  # no command is run, which would do it
        signals.release()
    status = _status(signals)
    flush()
    os._exit(1 if isinstance(status, str) else status or ExitStatus.OK)


def _status(signals: Signals) -> int | str | None:
    """Run the command line; every error that an operator can meet ends here as a sentence."""
    status: int | str | None = ExitStatus.OK
    try:
        cli(prog_name="conntest-tui", standalone_mode=False, obj=signals)
    except SystemExit as stop:
        status = stop.code
    except click.exceptions.Exit as stop:  # --help, --version
        status = stop.exit_code
    except click.ClickException as error:  # usage
        status = ExitStatus.UNUSABLE
        with suppress(OSError):
            error.show()
    except (click.Abort, KeyboardInterrupt):
        status = 128 + signal.SIGINT
    except ConfigError as error:
        for problem in error.problems:
            complain(str(problem))
        number = len(error.problems)
        status = ExitStatus.UNUSABLE
        complain(f"conntest-tui: {'one problem' if number == 1 else f'{number} problems'} in the configuration")
    except ConntestError as error:
        status = ExitStatus.UNUSABLE
        complain(f"conntest-tui: {error.title}: {error}" + (f"\n{error.hint}" if error.hint else ""))
    except OSError as error:  # the machine's fault, and mostly that of the reader of the output
        silence(sys.stdout)
        where = f" ({shown(os.fsdecode(error.filename))})" if isinstance(error.filename, str | bytes) else ""
        status = ExitStatus.UNUSABLE
        complain(f"conntest-tui: the system refused: {error.strerror or error}{where}")
    except Exception:  # noqa: BLE001 - the outermost edge: our own fault, shown in full and with a status of its own
        import traceback

        complain(traceback.format_exc())
        complain("conntest-tui: a fault of the program itself; please report it with the lines above")
        status = ExitStatus.CRASHED
    return status
