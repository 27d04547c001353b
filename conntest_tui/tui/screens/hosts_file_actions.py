"""What can be done with hosts.csv, from every screen that shows hosts: add a host, edit the row of one."""

import asyncio
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from textual.message import Message
from textual.worker import Worker

from conntest_tui.model import HostStatus
from conntest_tui.model.query_results import FilePlace, NewHostCheck
from conntest_tui.model.requests import AddHost, NewHost, Reload, RequestAnswer
from conntest_tui.tui.editor_command import NoEditorError, editor_command
from conntest_tui.tui.new_host_dialog import MOST_SUGGESTED, NewHostDialog
from conntest_tui.tui.screens.base import SAID, BaseScreen
from conntest_tui.tui.source_bridge import background_query
from conntest_tui.tui.step_aside import ProgramEnd
from conntest_tui.tui.table.arrangement import HostBoard

EDITED = "The files are read again: what has changed is taken within seconds."


@dataclass
class ProgramWanted(Message):
    """The operator wants a program to have the terminal for a while.

    Attributes:
        arguments: the program and its arguments.
        says_goodbye: see `run_on_terminal`.
        then: called when the console is back.
    """

    arguments: Sequence[str]
    says_goodbye: bool
    then: Callable[[ProgramEnd], None]


def add_host(screen: BaseScreen, board: HostBoard | None, at_hand: Sequence[HostStatus]) -> None:
    """Let the operator add a host; the group of what is at hand is the one to begin with."""
    statuses = board.snapshot.statuses if board is not None else ()
    groups = tuple(filter(None, board.arrangement.roster.groups)) if board is not None else ()
    hosts = [status.host.display_name for status in statuses] if len(statuses) <= MOST_SUGGESTED else []
    group = at_hand[0].host.group if at_hand else ""

    async def check(new: NewHost) -> NewHostCheck:
        return await background_query(partial(screen.source.queries.check_new_host, new))

    async def add(new: NewHost) -> RequestAnswer:
        return await asyncio.wrap_future(screen.source.request(AddHost(new)))

    def added(said: str | None) -> None:
        if said is not None:
            screen.app.notify(said, markup=False, timeout=SAID)

    screen.app.push_screen(NewHostDialog(group, groups, hosts, check, add), added)


def edit_host(screen: BaseScreen, at_hand: Sequence[HostStatus]) -> None:
    """Open hosts.csv at the row of what is at hand, in the operator's editor."""
    name = at_hand[0].host.name if at_hand else ""

    async def look() -> None:
        _edit(screen, await background_query(partial(screen.source.queries.place_of, name)))

    _: Worker[None] = screen.app.run_worker(look, name="place")


def _edit(screen: BaseScreen, place: FilePlace) -> None:
    app = screen.app
    if not place.path:
        app.notify(place.note, severity="warning", markup=False)
        return
    try:
        arguments = editor_command(place.path, place.line, os.environ, shutil.which)
    except NoEditorError as error:
        app.notify(str(error), severity="warning", markup=False)
        return

    def edited(end: ProgramEnd) -> None:
        if end.status is None:
            app.notify(f"{arguments[0]} {end.text}", severity="warning", markup=False)
            return
        screen.request(Reload(), EDITED)
        if place.note:
            app.notify(place.note, severity="warning", markup=False)

    app.post_message(ProgramWanted(arguments, says_goodbye=False, then=edited))
