"""What can be done with hosts, from every screen that shows some: recheck, acknowledge, mute, copy."""

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import reactive

from conntest_tui.model import HostStatus, State
from conntest_tui.model.requests import Acknowledge, Mute, Recheck, Unacknowledge, Unmute
from conntest_tui.text import DAY, HOUR, count
from conntest_tui.tui.dialogs import Choice, ChoiceDialog, NoteDialog
from conntest_tui.tui.list_navigation import SelectableView
from conntest_tui.tui.screens.base import SAID, BaseScreen, DetailsWanted
from conntest_tui.tui.table.arrangement import HostBoard, Selection
from conntest_tui.tui.table.view_options import TableSection, View

NO_HOST = "There is no host to act on."
ONE_HOST_ONLY = "A group is selected. Select one of its hosts for that."
UNSETTLED = "The list is just being put in order. Try again when it is."
NOTHING_FAILS = "No host is failing: there is nothing to recheck."

ACKNOWLEDGE_EXPLAINED = "No reminders until it recovers. Everybody sees the note."
GIVE_BACK, CHANGE_NOTE = "Give it back: reminders go on", "Change the note"

MUTES: tuple[tuple[str, float | None], ...] = (
    ("for 1 hour", HOUR),
    ("for 4 hours", 4 * HOUR),
    ("for 1 day", DAY),
    ("until it is unmuted", None),
)
"""For how long a host can be muted: how it is said, and seconds."""

_NOT_DOWN = {
    State.UP: "is up",
    State.PENDING: "has not been probed yet",
    State.SUSPECT: "has not failed often enough yet",
    State.UNWATCHED: "cannot be watched just now",
}

_FAILING = frozenset({State.DOWN, State.UNREACHABLE, State.SUSPECT})


def rechecking(hosts: Sequence[HostStatus]) -> str:
    """Return what is said when some hosts are being probed."""
    return f"Rechecking {hosts[0].host.label if len(hosts) == 1 else count(len(hosts), 'host')}"


def rechecking_all(number: int) -> str:
    """Return what is said when a sweep of all hosts begins."""
    return f"Rechecking all {count(number, 'host')}"


def rechecking_failing(number: int) -> str:
    """Return what is said when the hosts that fail are being probed."""
    return f"Rechecking {count(number, 'failing host')}"


def why_not_acknowledge(status: HostStatus) -> str:
    """Return why there is nothing to acknowledge about a host, empty when there is."""
    if status.standing.outage is not None:
        return ""
    so_far = _NOT_DOWN.get(status.standing.state, "has no outage")
    return f"{status.host.label} {so_far}: there is nothing to acknowledge."


def acknowledged(status: HostStatus, note: str) -> str:
    """Return what is said when an outage was taken."""
    said = f"Acknowledged {status.host.label}"
    return f"{said}: {note}" if note else f"{said}: no reminders until it recovers"


def given_back(status: HostStatus) -> str:
    """Return what is said when an outage was given back."""
    return f"Gave {status.host.label} back: reminders go on"


def is_acknowledged(status: HostStatus) -> str:
    """Return the title of the choice for a host that somebody has taken."""
    note = status.standing.outage.acknowledged if status.standing.outage is not None else None
    return f"{status.host.label} is acknowledged: {note}" if note else f"{status.host.label} is acknowledged"


def muted(status: HostStatus, how_long: str) -> str:
    """Return what is said when a host was muted; `how_long` is one of `MUTES`."""
    return f"Muted {status.host.label} {how_long}: no mail about it"


def unmuted(status: HostStatus) -> str:
    """Return what is said when a host was unmuted."""
    return f"Unmuted {status.host.label}: mail about it goes out again"


def why_not_unmute(status: HostStatus) -> str:
    """Return why a host cannot be unmuted, empty when it can."""
    if status.standing.muted:
        return ""
    return f"{status.host.label} is not muted."


def copied(address: str) -> str:
    """Return what is said when an address was copied."""
    return f"Copied {address}"


def menu_entries(selection: Selection, board: HostBoard, view: View) -> list[tuple[str, str]]:
    """Return (label, action) for what makes sense with a host or a section as it stands, the likeliest first."""
    if isinstance(selection, TableSection):
        return [
            ("Unfold" if view.is_folded(selection) else "Fold", "open"),
            ("Fold all groups", "fold_all"),
            ("Unfold all groups", "unfold_all"),
            ("Recheck these hosts", "recheck"),
        ]
    status = board.status_of(selection)
    if status is None:
        return []
    offered = [("Details", "open"), ("Recheck", "recheck")]
    if status.standing.outage is not None:
        taken = status.standing.outage.acknowledged is not None
        offered.append(("Give back, or change the note" if taken else "Acknowledge", "acknowledge"))
    if status.standing.muted:
        offered.append(("Unmute", "unmute"))
    return [*offered, ("Mute", "mute"), ("Copy the address", "copy")]


class HostActionsScreen(BaseScreen):
    """A screen on which a host, or a section of hosts, is selected.

    Attributes:
        board: the newest snapshot, ready to be shown; None before the first one.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "recheck", "Recheck", id="host.recheck", tooltip="Probe the selected host or group now"),
        Binding("R", "recheck_all", "All", id="hosts.recheck", tooltip="Recheck all: probe every host now"),
        Binding("f", "recheck_failing", "Failing", id="failing.recheck", tooltip="Recheck every host that fails now"),
        Binding(
            "a", "acknowledge", "Ack", id="host.acknowledge", tooltip="Acknowledge: take the outage, or give it back"
        ),
        Binding("m", "mute", "Mute", id="host.mute", tooltip="Send no mail about the selected host for some time"),
        Binding("u", "unmute", "Unmute", show=False, id="host.unmute", tooltip="Send mail about it again"),
        Binding("y", "copy", "Copy", show=False, id="host.copy", tooltip="Copy the address to the clipboard"),
    ]

    board: reactive[HostBoard | None] = reactive(None, repaint=False)

    @property
    def selection(self) -> Selection | None:
        """What is selected."""
        raise NotImplementedError  # by a subclass: Textual's metaclass leaves no room for ABCMeta

    @property
    def unsettled(self) -> bool:
        """Whether another host may be meant than the one that is still selected: the list is being put in order."""
        return False

    def take_hold(self) -> Selection | None:
        """Return what is selected, to do something with it."""
        return self.selection

    def on_selectable_view_opened(self, message: SelectableView.Opened) -> None:
        """Show everything about a host."""
        if isinstance(message.key, str):
            self.post_message(DetailsWanted(message.key))

    # ------------------------------------------------------------ rechecking

    def action_recheck(self) -> None:
        """Probe the selected host, or all hosts of the selected section, now."""
        if self.unsettled:
            self.refuse(UNSETTLED)
            return
        hosts = self.board.hosts_of(self.take_hold()) if self.board is not None else ()
        if not hosts:
            self.refuse(NO_HOST)
            return
        self._recheck(hosts, rechecking(hosts))

    def action_recheck_all(self) -> None:
        number = len(self.board.snapshot.statuses) if self.board is not None else 0
        if number == 0:
            self.refuse(NO_HOST)
            return
        self.request(Recheck(None), rechecking_all(number))

    def action_recheck_failing(self) -> None:
        statuses = self.board.snapshot.statuses if self.board is not None else ()
        failing = [status for status in statuses if status.standing.state in _FAILING]
        if not failing:
            self.refuse(NOTHING_FAILS)
            return
        self._recheck(failing, rechecking_failing(len(failing)))

    def _recheck(self, hosts: Collection[HostStatus], done: str) -> None:
        self.request(Recheck([status.host.name for status in hosts]), done)

    # ------------------------------------------------------------ outages

    def action_acknowledge(self) -> None:
        """Take the outage of the selected host with a note; one that is taken can be given back."""
        status = self._one_host()
        if status is None:
            return
        refusal = why_not_acknowledge(status)
        if refusal:
            self.refuse(refusal)
        elif status.standing.acknowledged:
            self._ask_to_give_back(status)
        else:
            self._ask_for_note(status)

    def _ask_for_note(self, status: HostStatus, note: str = "") -> None:
        def take(typed: str | None) -> None:
            if typed is not None:
                self.request(Acknowledge((status.host.name,), typed), acknowledged(status, typed))

        title = f"Acknowledge {status.host.label}"
        self.app.push_screen(NoteDialog(title, ACKNOWLEDGE_EXPLAINED, note), take)

    def _ask_to_give_back(self, status: HostStatus) -> None:
        note = (status.standing.outage.acknowledged if status.standing.outage is not None else None) or ""

        def give_back() -> None:
            self.request(Unacknowledge((status.host.name,)), given_back(status))

        acts = (give_back, lambda: self._ask_for_note(status, note))
        choices = (Choice(GIVE_BACK, "g"), Choice(CHANGE_NOTE, "n"))
        self.app.push_screen(ChoiceDialog(is_acknowledged(status), choices), _doing(acts))

    # ------------------------------------------------------------ mutes

    def action_mute(self) -> None:
        status = self._one_host()
        if status is None:
            return

        def mute(chosen: int | None) -> None:
            if chosen is not None:
                how_long, seconds = MUTES[chosen]
                self.request(Mute((status.host.name,), seconds), muted(status, how_long))

        choices = [Choice(how_long, str(number)) for number, (how_long, _) in enumerate(MUTES, start=1)]
        self.app.push_screen(ChoiceDialog(f"Mute {status.host.label}", choices), mute)

    def action_unmute(self) -> None:
        status = self._one_host()
        if status is None:
            return
        refusal = why_not_unmute(status)
        if refusal:
            self.refuse(refusal)
            return
        self.request(Unmute((status.host.name,)), unmuted(status))

    # ------------------------------------------------------------ the rest

    def action_copy(self) -> None:
        status = self._one_host()
        if status is not None:
            address = status.result.address or status.host.name
            self.app.copy_to_clipboard(address)
            self.say(copied(address))

    def _one_host(self) -> HostStatus | None:
        """Return the selected host; say so when none is."""
        if self.unsettled:
            self.refuse(UNSETTLED)
            return None
        status = self.board.status_of(self.take_hold()) if self.board is not None else None
        if status is None:
            self.refuse(NO_HOST if self.selection is None else ONE_HOST_ONLY)
        return status

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
