"""What can be done with hosts, from every screen that shows some: recheck, acknowledge, mute, copy."""

from collections.abc import Callable, Collection
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import reactive

from conntest_tui.model import HostStatus, State
from conntest_tui.tui.dialogs.choice import Choice, ChoiceDialog
from conntest_tui.tui.dialogs.note import NoteDialog
from conntest_tui.tui.layout.arrange import Spot
from conntest_tui.tui.layout.board import Board
from conntest_tui.tui.screens.plain import PlainScreen
from conntest_tui.tui.source import Source
from conntest_tui.tui.texts import replies
from conntest_tui.tui.texts.phrases import label

_SAID = 3.0  # seconds that an answer to a key stays in front of the table
_FAILING = frozenset({State.DOWN, State.UNREACHABLE, State.SUSPECT})


class ActingScreen(PlainScreen):
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
        Binding("m", "mute", "Mute", id="host.mute", tooltip="Send no letters about the selected host for some time"),
        Binding("u", "unmute", "Unmute", show=False, id="host.unmute", tooltip="Send letters about it again"),
        Binding("y", "copy", "Copy", show=False, id="host.copy", tooltip="Copy the address to the clipboard"),
    ]

    board: reactive[Board | None] = reactive(None, repaint=False)

    @property
    def source(self) -> Source:
        """Whom to ask for it."""
        raise NotImplementedError  # by a subclass: Textual's metaclass leaves no room for ABCMeta

    @property
    def spot(self) -> Spot | None:
        """What is selected."""
        raise NotImplementedError  # by a subclass: Textual's metaclass leaves no room for ABCMeta

    def take_hold(self) -> Spot | None:
        """Return what is selected, to do something with it."""
        return self.spot

    # ------------------------------------------------------------ rechecking

    def action_recheck(self) -> None:
        """Probe the selected host, or all hosts of the selected section, now."""
        hosts = self.board.hosts_of(self.take_hold()) if self.board is not None else ()
        if not hosts:
            self.refuse(replies.NO_HOST)
            return
        self._recheck(hosts)
        self.say(replies.rechecking(hosts))

    def action_recheck_all(self) -> None:
        """Probe every host now."""
        number = len(self.board.snapshot.statuses) if self.board is not None else 0
        if number == 0:
            self.refuse(replies.NO_HOST)
            return
        self.source.recheck(None)
        self.say(replies.rechecking_all(number))

    def action_recheck_failing(self) -> None:
        """Probe every host that fails now."""
        statuses = self.board.snapshot.statuses if self.board is not None else ()
        failing = [status for status in statuses if status.state in _FAILING]
        if not failing:
            self.refuse(replies.NOTHING_FAILS)
            return
        self._recheck(failing)
        self.say(replies.rechecking_failing(len(failing)))

    def _recheck(self, hosts: Collection[HostStatus]) -> None:
        self.source.recheck([status.host.name for status in hosts])

    # ------------------------------------------------------------ outages

    def action_acknowledge(self) -> None:
        """Take the outage of the selected host with a note; one that is taken can be given back."""
        status = self._one_host()
        if status is None:
            return
        refusal = replies.why_not_acknowledge(status)
        if refusal:
            self.refuse(refusal)
        elif status.outage is not None and status.outage.acknowledged is not None:
            self._ask_to_give_back(status, status.outage.acknowledged)
        else:
            self._ask_for_note(status)

    def _ask_for_note(self, status: HostStatus, note: str = "") -> None:
        def take(typed: str | None) -> None:
            if typed is not None:
                self.source.acknowledge(status.host.name, typed)
                self.say(replies.acknowledged(status, typed))

        title = f"Acknowledge {label(status.host)}"
        self.app.push_screen(NoteDialog(title, replies.ACKNOWLEDGE_EXPLAINED, note), take)

    def _ask_to_give_back(self, status: HostStatus, note: str) -> None:
        def give_back() -> None:
            self.source.unacknowledge(status.host.name)
            self.say(replies.given_back(status))

        acts = (give_back, lambda: self._ask_for_note(status, note))
        choices = (Choice(replies.GIVE_BACK, "g"), Choice(replies.CHANGE_NOTE, "n"))
        self.app.push_screen(ChoiceDialog(replies.is_acknowledged(status), choices), _doing(acts))

    # ------------------------------------------------------------ mutes

    def action_mute(self) -> None:
        """Send no letters about the selected host, for a time to be chosen."""
        status = self._one_host()
        if status is None:
            return

        def mute(chosen: int | None) -> None:
            if chosen is not None:
                how_long, seconds = replies.MUTES[chosen]
                self.source.mute(status.host.name, seconds)
                self.say(replies.muted(status, how_long))

        choices = [Choice(how_long, str(number)) for number, (how_long, _) in enumerate(replies.MUTES, start=1)]
        self.app.push_screen(ChoiceDialog(f"Mute {label(status.host)}", choices), mute)

    def action_unmute(self) -> None:
        """Send letters about the selected host again."""
        status = self._one_host()
        if status is None:
            return
        refusal = replies.why_not_unmute(status)
        if refusal:
            self.refuse(refusal)
            return
        self.source.unmute(status.host.name)
        self.say(replies.unmuted(status))

    # ------------------------------------------------------------ the rest

    def action_copy(self) -> None:
        """Copy the address of the selected host to the clipboard of the terminal."""
        status = self._one_host()
        if status is not None:
            address = status.address or status.host.name
            self.app.copy_to_clipboard(address)
            self.say(replies.copied(address))

    def _one_host(self) -> HostStatus | None:
        """Return the selected host; say so when none is."""
        status = self.board.status_of(self.take_hold()) if self.board is not None else None
        if status is None:
            self.refuse(replies.NO_HOST if self.spot is None else replies.ONE_HOST_ONLY)
        return status

    def say(self, text: str) -> None:
        """Say what was done."""
        self.notify(text, markup=False, timeout=_SAID)

    def refuse(self, why: str) -> None:
        """Say why something cannot be done."""
        self.notify(why, severity="warning", markup=False)


def _doing(acts: Collection[Callable[[], None]]) -> Callable[[int | None], None]:
    """Return what carries out the chosen one of some acts."""

    def act(chosen: int | None) -> None:
        if chosen is not None:
            tuple(acts)[chosen]()

    return act
