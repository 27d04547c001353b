"""The commands that print what comes with the program: the manual, and what many sites need."""

import os
import sys
from pathlib import Path

import click

from conntest_tui.cli.output import laid_out, page, reader_may_leave, say, say_in_pieces, topics
from conntest_tui.cli.shell_completion import topics_that_begin
from conntest_tui.text import shown


@click.command()
@click.argument("topic", required=False, shell_complete=topics_that_begin)
def docs(topic: str | None) -> None:
    """Show the page of the manual about TOPIC; without one: which topics there are."""
    if topic is not None:
        with reader_may_leave():
            say(laid_out(page(topic), sys.stdout).removesuffix("\n"))
        return
    known = topics()
    for name, title in known.items():
        say(f"{name:<{max(map(len, known))}}  {title}")


@click.command()
@click.pass_context
def man(context: click.Context) -> None:
    """Print the manual page, with all commands, as roff.

    To install it: `conntest-tui man | install -D -m 644 /dev/stdin /usr/local/share/man/man1/conntest-tui.1`
    """
    from conntest_tui.cli.manual_page import manual_page

    program = context.find_root().command
    if isinstance(program, click.Group):
        with reader_may_leave():
            say_in_pieces([manual_page(program, "conntest-tui", os.environ)], end="")


@click.command()
@click.argument("what", type=click.Choice(("rules", "dashboard", "example")))
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
def fleet(what: str, directory: Path | None) -> None:
    """Show what many sites need on Prometheus: alerting rules, or a Grafana dashboard; or write an example into DIR.

    The example is all files of a centre and of a site behind NAT; nothing that exists is touched.
    """
    from conntest_tui.cli.fleet_command import fleet_file, write_fleet_example

    if what != "example":
        say(fleet_file(what).removesuffix("\n"))
        return
    if directory is None:
        raise click.UsageError("Name a directory: conntest-tui fleet example DIR")
    for path in write_fleet_example(directory):
        say(f"wrote {shown(path)}")
    say("next: write your sites into prometheus.yml; conntest-tui docs sites goes on from there")


REFERENCE_COMMANDS = (docs, man, fleet)
