"""The commands about the files of a configuration, and what is made of them: nothing is watched by these."""

import os
import sys
from pathlib import Path

import click

from conntest_tui.cli.console_command import check_keys
from conntest_tui.cli.output import ExitStatus, complain, say, tell_answers, warn
from conntest_tui.cli.places_and_signals import Places
from conntest_tui.cli.shell_completion import directories, files
from conntest_tui.config.directories_and_starter_files import absolute, working_directory, write_example
from conntest_tui.text import count, shell, shown

DIRECTORY = click.Path(path_type=Path, readable=False)
"""A directory as it is typed; our own words say what to do about one that cannot be used."""


@click.command()
@click.pass_obj
def validate(places: Places) -> None:
    """Read the configuration and show every problem: exit status 0 none, 2 some."""
    from conntest_tui.config import load_at_rest
    from conntest_tui.config.hosts_file import hosts_summary

    config, _ = load_at_rest(places.config)
    check_keys(config)
    warn(config)
    mail = config.settings.email.delivery.value
    say(
        f"{shown(places.config)}: well. {hosts_summary(config.hosts, config.rows)}; "
        f"mail by {mail} to {count(len(config.recipients), 'recipient')}."
    )


@click.command()
@click.argument("directory", required=False, type=DIRECTORY, shell_complete=directories)
@click.option("--operators", metavar="NAME,...", help="Users who may act on the running monitor (attach.operators).")
@click.option("--group", default="", metavar="NAME", help="The group that may look at it (attach.group).")
@click.pass_obj
def init(places: Places, directory: Path | None, operators: str | None, group: str) -> None:
    """Write starter files into DIRECTORY (else the configuration directory). Nothing that exists is touched."""
    from conntest_tui.config.read_files import SETTINGS_FILE

    target = directory or places.config
    names = [name for part in (operators or "").split(",") if (name := part.strip())]
    written = write_example(target, names, group)
    for path in written:
        say(f"wrote {shown(path)}")
    if not written:
        say(f"{shown(target)}: every file is there already; nothing was written")
    if (names or group) and target / SETTINGS_FILE not in written:
        complain(f"{shown(target / SETTINGS_FILE)} was there before: write operators and group there, under [attach]")
        sys.exit(ExitStatus.UNUSABLE)
    say(f"next: edit them, then run: conntest-tui -c {shell(target)} validate")


@click.command("import")
@click.argument("source", metavar="FILE", shell_complete=files)
@click.option("--columns", metavar="HOST=N,...", help="Columns of a table: host=2,description=1,location=4,group=3.")
@click.option("--write", is_flag=True, help="Write hosts.csv; without it only a diff is shown.")
@click.pass_obj
def import_hosts(places: Places, source: str, columns: str | None, write: bool) -> None:
    """Show what FILE would add to hosts.csv, as a diff.

    It may be a folder of the four-file script, an nmap report (-oX), host definitions of Nagios or Icinga, an Ansible
    inventory, a backup of Uptime Kuma or a table, - for one of these on standard input; or a prefix like 10.1.1.0/24,
    which is swept for who answers. Exit status 2 also when all of it is left out.
    """
    from conntest_tui.cli.import_command import import_into

    import_into(places.config, source, columns, write=write)


@click.command("test-mail")
@click.pass_obj
def test_mail(places: Places) -> None:
    """Send a mail to every recipient now and show each one's answer: exit status 0 all accepted, 1 not."""
    from conntest_tui.config import load_at_rest
    from conntest_tui.notify import account_of, channel_for, machine_name, send_test

    config, _ = load_at_rest(places.config)
    warn(config)
    mail = account_of(config, places.state, machine_name())
    sys.exit(tell_answers(send_test(mail, channel_for(mail))))


@click.command()
@click.pass_obj
def paths(places: Places) -> None:
    """Show where the configuration and the state are."""
    say(f"configuration  {shown(places.config)}")
    say(f"state          {shown(places.state)}")


@click.command()
@click.option("--user", default="conntest", metavar="NAME", show_default=True, help="Who it runs as.")
@click.pass_obj
def service(places: Places, user: str) -> None:
    """Print the unit that makes a service of `run` (systemd), for this program, configuration and state.

    The state is in /var/lib/conntest, where --state does not say otherwise. What would keep it from running is said as
    a warning, with what to do. `conntest-tui docs service` goes from nothing to a service that several people share.
    """
    from conntest_tui.cli.service_command import print_service

    state = absolute(places.state_option, working_directory()) if places.state_option else None
    print_service(places.config, state, user, os.environ.get("CONNTEST_SMTP_PASSWORD_FILE"))


CONFIGURATION_COMMANDS = (validate, init, import_hosts, test_mail, paths, service)
"""All of them."""
