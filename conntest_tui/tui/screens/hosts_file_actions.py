"""What can be done with hosts.csv, from every screen that shows hosts: add a host, edit the row of one."""

import asyncio
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from textual.message import Message
from textual.reactive import reactive
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


class HostsFileScreen(BaseScreen):
    """A screen on which hosts can be added, and their rows edited; its keys are among those of `HostActionsScreen`.

    Attributes:
        board: the newest snapshot, ready to be shown; None before the first one.
    """

    board: reactive[HostBoard | None] = reactive(None, repaint=False)

    @property
    def hosts_at_hand(self) -> Sequence[HostStatus]:
        """The selected host, or those of the selected group."""
        raise NotImplementedError  # by a subclass: Textual's metaclass leaves no room for ABCMeta

    # ------------------------------------------------------------ adding

    def action_add_host(self) -> None:
        """Add a host; the group of what is selected is the one to begin with."""
        at_hand, board = self.hosts_at_hand, self.board
        statuses = board.snapshot.statuses if board is not None else ()
        groups = tuple(filter(None, board.arrangement.roster.groups)) if board is not None else ()
        hosts = [status.host.display_name for status in statuses] if len(statuses) <= MOST_SUGGESTED else []
        group = at_hand[0].host.group if at_hand else ""
        self.app.push_screen(NewHostDialog(group, groups, hosts, self._check_host, self._add), self._added)

    async def _check_host(self, new: NewHost) -> NewHostCheck:
        return await background_query(partial(self.source.queries.check_new_host, new))

    async def _add(self, new: NewHost) -> RequestAnswer:
        return await asyncio.wrap_future(self.source.request(AddHost(new)))

    def _added(self, said: str | None) -> None:
        if said is not None:
            self.app.notify(said, markup=False, timeout=SAID)

    # ------------------------------------------------------------ editing

    def action_edit_host(self) -> None:
        """Open hosts.csv at the row of what is selected, in the operator's editor."""
        at_hand = self.hosts_at_hand
        name = at_hand[0].host.name if at_hand else ""

        async def look() -> None:
            self._edit(await background_query(partial(self.source.queries.place_of, name)))

        _: Worker[None] = self.app.run_worker(look, name="place")

    def _edit(self, place: FilePlace) -> None:
        if not place.path:
            self.app.notify(place.note, severity="warning", markup=False)
            return
        try:
            arguments = editor_command(place.path, place.line, os.environ, shutil.which)
        except NoEditorError as error:
            self.app.notify(str(error), severity="warning", markup=False)
            return

        def edited(end: ProgramEnd) -> None:
            if end.status is None:
                self.app.notify(f"{arguments[0]} {end.text}", severity="warning", markup=False)
                return
            self.request(Reload(), EDITED)
            if place.note:
                self.app.notify(place.note, severity="warning", markup=False)

        self.app.post_message(ProgramWanted(arguments, says_goodbye=False, then=edited))
