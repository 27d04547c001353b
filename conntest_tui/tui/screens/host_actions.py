"""What can be done with hosts, from every screen that shows some: recheck, acknowledge, mute, copy."""

from abc import abstractmethod
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.worker import Worker

from conntest_tui.clock import Clock
from conntest_tui.model import HostStatus, State
from conntest_tui.model.requests import Acknowledge, Mute, Recheck, Request, RequestAnswer, Unacknowledge, Unmute
from conntest_tui.text import count
from conntest_tui.tui.attachment_phrases import zones_apart
from conntest_tui.tui.delivery_phrases import HostMails
from conntest_tui.tui.dialogs import Choice, ChoiceDialog, NoteDialog
from conntest_tui.tui.list_navigation import SelectableView
from conntest_tui.tui.mute_dialog import MuteDialog, MuteWanted
from conntest_tui.tui.screens import host_action_texts as texts
from conntest_tui.tui.screens.base import SAID, BaseScreen, DetailsWanted
from conntest_tui.tui.screens.host_action_texts import Targets
from conntest_tui.tui.screens.hosts_file_actions import add_host, edit_host
from conntest_tui.tui.screens.run_commands import ONE_HOST_ONLY, CommandsWanted
from conntest_tui.tui.selected_line import DetailLine
from conntest_tui.tui.source_bridge import background_query
from conntest_tui.tui.table.arrangement import HostBoard, Selection
from conntest_tui.tui.table.view_options import TableSection, View

_FAILING = frozenset({State.DOWN, State.UNREACHABLE, State.SUSPECT})


def menu_entries(selection: Selection, targets: Targets, view: View) -> list[tuple[str, str]]:
    """Return (label, action) for what makes sense, the likeliest first.

    Args:
        selection: the selected line.
        targets: whom the keys are about: what is marked, else what is selected.
        view: how the hosts are shown.
    """
    offered: list[tuple[str, str]] = []
    if isinstance(selection, TableSection):
        offered += [
            ("Unfold" if view.is_folded(selection) else "Fold", "open"),
            ("Fold all groups", "fold_all"),
            ("Unfold all groups", "unfold_all"),
        ]
    elif len(targets.hosts) == 1:
        offered.append(("Details", "open"))
    if not targets.hosts:
        return offered
    many = len(targets.hosts) > 1
    offered.append((f"Recheck {count(len(targets.hosts))}" if many else "Recheck", "recheck"))
    if targets.untaken:
        offered.append((f"Acknowledge {count(targets.untaken)}" if many else "Acknowledge", "acknowledge"))
    elif targets.taken:
        offered.append(("Give back, or change the note", "acknowledge"))
    if not many and targets.planned:
        offered.append(("Unmute, or take back what is planned", "unmute"))
    elif targets.muted:
        offered.append((f"Unmute {count(len(targets.muted))}" if many else "Unmute", "unmute"))
    mute, copy = (f"Mute {count(len(targets.hosts))}", "Copy the addresses") if many else ("Mute", "Copy the address")
    offered += ((mute, "mute"), (copy, "copy"))
    return offered if many else [*offered, ("Run a command", "run_command"), ("Edit its row", "edit_host")]


class HostActionsScreen(BaseScreen):
    """A screen on which a host, or a section of hosts, is selected, or many are marked.

    Attributes:
        board: the newest snapshot, ready to be shown; None before the first one.
    """

    board: reactive[HostBoard | None] = reactive(None, repaint=False)

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "r", "recheck", "Recheck", id="host.recheck", tooltip="Probe the host, its group or what is marked now"
        ),
        Binding("R", "recheck_all", "All", id="hosts.recheck", tooltip="Recheck all: probe every host now"),
        Binding("f", "recheck_failing", "Failing", id="failing.recheck", tooltip="Recheck every host that fails now"),
        Binding(
            "a", "acknowledge", "Ack", id="host.acknowledge", tooltip="Acknowledge: take the outage, or give it back"
        ),
        Binding("m", "mute", "Mute", id="host.mute", tooltip="Send no mail: 4h, until 06:30, Sat 22:00 - Sun 04:00"),
        Binding(
            *("u", "unmute", "Unmute"),
            show=False,
            id="host.unmute",
            tooltip="Send mail about it again, or take back a planned mute",
        ),
        Binding("y", "copy", "Copy", show=False, id="host.copy", tooltip="Copy the address to the clipboard"),
        Binding(
            *("exclamation_mark", "run_command", "Run"),
            show=False,
            id="host.run",
            tooltip="Run ssh, mtr or a command of your own",
        ),
        Binding("n", "add_host", "New host", show=False, id="hosts.add", tooltip="Add a host to hosts.csv"),
        Binding("E", "edit_host", "Edit", show=False, id="host.edit", tooltip="Open its row of hosts.csv in $EDITOR"),
    ]

    @property
    @abstractmethod
    def selection(self) -> Selection | None:
        """What is selected."""

    @property
    def unsettled(self) -> bool:
        """Whether another host may be meant than the one that is still selected: the list is being put in order."""
        return False

    @property
    @abstractmethod
    def clock(self) -> Clock:
        """The clock of what is shown."""

    def take_hold(self) -> Selection | None:
        """Return what is selected, to do something with it."""
        return self.selection

    @property
    def targets(self) -> Targets:
        """The hosts that a key is about: those that are marked, else the selected one or those of the group."""
        return Targets(self.board.hosts_of(self.selection) if self.board is not None else ())

    def hint_of_many(self, targets: Targets) -> str:
        """Return how to do the same for many hosts, after a blank; empty where there is no such way."""
        del targets
        return ""

    def acted(self) -> None:
        """Take notice that something was decided about the targets."""

    def _take_targets(self) -> Targets | None:
        """Return the hosts that a key is about, to do something with them; say so when there are none."""
        if self.unsettled:
            self.refuse(texts.UNSETTLED)
            return None
        self.take_hold()
        targets = self.targets
        if not targets.hosts:
            self.refuse(texts.NO_HOST)
            return None
        return targets

    def _decide(self, request: Request, targets: Targets, done: str) -> None:
        """Have something decided about hosts, and say what came of it: `done`, which for many is but the verb."""
        self.acted()

        def came_of(answer: RequestAnswer) -> str:
            return texts.came_of(answer, targets, done)

        self.request(request, done if len(targets.hosts) == 1 else came_of)

    def action_add_host(self) -> None:
        """Add a host to hosts.csv, to the group of what is selected if nothing else is said."""
        add_host(self, self.board, self._at_hand())

    def action_edit_host(self) -> None:
        """Open hosts.csv in the operator's editor, at the row of what is selected."""
        edit_host(self, self._at_hand())

    def _at_hand(self) -> Sequence[HostStatus]:
        return self.board.hosts_of(self.take_hold()) if self.board is not None else ()

    def on_selectable_view_opened(self, message: SelectableView.Opened) -> None:
        """Show everything about a host."""
        if isinstance(message.key, str):
            self.post_message(DetailsWanted(message.key))

    def on_detail_line_mails_wanted(self, message: DetailLine.MailsWanted) -> None:
        """Ask what became of mails about the selected host, and show it."""
        line = self.query_one(DetailLine)

        async def ask() -> None:
            entries = await background_query(partial(self.source.queries.mails_about, message.about))
            if line.is_mounted:
                line.mails = HostMails(message.host, tuple(entries))

        _: Worker[None] = self.run_worker(ask, name="mails", group="mails", exclusive=True)

    # ------------------------------------------------------------ rechecking

    def action_recheck(self) -> None:
        """Probe the hosts now."""
        targets = self._take_targets()
        if targets is not None:
            self.request(Recheck(targets.names), texts.rechecking(targets))

    def action_recheck_all(self) -> None:
        number = len(self.board.snapshot.statuses) if self.board is not None else 0
        if number == 0:
            self.refuse(texts.NO_HOST)
            return
        self.request(Recheck(None), texts.rechecking_all(number))

    def action_recheck_failing(self) -> None:
        statuses = self.board.snapshot.statuses if self.board is not None else ()
        failing = [status.host.name for status in statuses if status.standing.state in _FAILING]
        if not failing:
            self.refuse(texts.NOTHING_FAILS)
            return
        self.request(Recheck(failing), texts.rechecking_failing(len(failing)))

    # ------------------------------------------------------------ outages

    def action_acknowledge(self) -> None:
        """Take the outages of the hosts with one note; those that are taken can be given back."""
        targets = self._take_targets()
        if targets is None:
            return
        refusal = texts.why_not_acknowledge(targets)
        if refusal:
            self.refuse(refusal)
        elif not targets.untaken:
            self._ask_to_give_back(Targets(targets.taken))
        else:
            self._ask_for_note(targets, targets.untaken)

    def _ask_for_note(self, targets: Targets, number: int, note: str = "", *, anew: bool = False) -> None:
        def take(typed: str | None) -> None:
            if typed is not None:
                self._decide(Acknowledge(targets.names, typed, anew), targets, texts.acknowledged(targets, typed))

        said = targets.said if len(targets.hosts) == 1 else targets.counted(number)
        explained = texts.acknowledge_explained(targets, number) + self.hint_of_many(targets)
        self.app.push_screen(NoteDialog(f"Acknowledge {said}", explained, note), take)

    def _ask_to_give_back(self, targets: Targets) -> None:
        def give_back() -> None:
            self._decide(Unacknowledge(targets.names), targets, texts.given_back(targets))

        def change() -> None:
            self._ask_for_note(targets, len(targets.hosts), texts.note_of(targets), anew=True)

        back = texts.GIVE_BACK if len(targets.hosts) == 1 else texts.GIVE_BACK_MANY
        choices = (Choice(back, "g"), Choice(texts.CHANGE_NOTE, "n"))
        self.app.push_screen(ChoiceDialog(texts.is_acknowledged(targets), choices), _doing((give_back, change)))

    # ------------------------------------------------------------ mutes

    def action_mute(self) -> None:
        targets = self._take_targets()
        if targets is None:
            return

        def mute(wanted: MuteWanted | None) -> None:
            if wanted is not None:
                times = wanted.times
                request = Mute(targets.names, times.seconds, times.start, times.end, wanted.reason)
                self._decide(request, targets, texts.muted(targets, times, self.clock.now()))

        statuses = self.board.snapshot.statuses if self.board is not None else ()
        known = list(texts.known_mutes(targets, statuses, self.clock.now()))
        if self.board is not None and (apart := zones_apart(self.board.snapshot)):
            known.insert(0, apart)
        self.app.push_screen(MuteDialog(f"Mute {targets.said}", known, lambda: self.clock.now().wall), mute)

    def action_unmute(self) -> None:
        targets = self._take_targets()
        if targets is None:
            return
        if len(targets.hosts) == 1 and targets.planned:
            self._ask_what_to_take_back(targets)
            return
        refusal = texts.why_not_unmute(targets)
        if refusal:
            self.refuse(refusal)
            return
        self._unmute(targets)

    def _ask_what_to_take_back(self, targets: Targets) -> None:
        """Ask which mute of a host is to end, or not to begin: the one in force, or which of the planned ones."""
        starts = [plan.start for plan in targets.planned]
        said = [texts.plan_line(plan, self.clock.now()) for plan in targets.planned]
        choices = [Choice(f"Take back {line}", str(number)) for number, line in enumerate(said, start=1)]

        def take_back(start: float, line: str) -> Callable[[], None]:
            return lambda: self._decide(Unmute(targets.names, start), targets, f"Took back for {targets.said}: {line}")

        acts = [take_back(start, line) for start, line in zip(starts, said, strict=True)]
        if targets.muted:
            choices.insert(0, Choice("Unmute now", "u"))
            acts.insert(0, lambda: self._unmute(targets))
        self.app.push_screen(ChoiceDialog(f"Mutes of {targets.said}", choices), _doing(acts))

    def _unmute(self, targets: Targets) -> None:
        muted = Targets(targets.muted)
        self._decide(Unmute(muted.names), muted, texts.unmuted(muted))

    # ------------------------------------------------------------ the rest

    def action_copy(self) -> None:
        """Copy the addresses of the hosts, one a line."""
        targets = self._take_targets()
        if targets is not None:
            if len(targets.hosts) > texts.MOST_COPIED:
                self.refuse(texts.too_many_to_copy(targets))
                return
            addresses = [status.result.address or status.host.name for status in targets.hosts]
            self.app.copy_to_clipboard("\n".join(addresses))
            self.say(texts.copied(addresses))

    def action_run_command(self) -> None:
        """Choose a command, and run it for the one host that the key is about; say so when there are more."""
        targets = self._take_targets()
        if targets is None:
            return
        if len(targets.hosts) > 1:
            self.refuse(ONE_HOST_ONLY)
        else:
            self.app.post_message(CommandsWanted(targets.hosts[0]))

    def say(self, text: str) -> None:
        """Say what was done."""
        self.notify(text, markup=False, timeout=SAID)

    def refuse(self, why: str) -> None:
        """Say why something cannot be done."""
        self.notify(why, severity="warning", markup=False)


def _doing(acts: Collection[Callable[[], None]]) -> Callable[[int | None], None]:
    """Return what carries out the chosen one of some acts."""

    def act(chosen: int | None) -> None:
        if chosen is not None:
            tuple(acts)[chosen]()

    return act
