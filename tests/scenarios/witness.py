"""The witness: sees every mail when it is handed over and every moment when the program rests, and objects to lies.

What it swears to holds in every scenario, whatever happens in it:

- a mail says down only of a host whose outage is open in the store, and up only of one whose outage is over;
- it says for how long as the store knows it;
- no mail tells of a host that is muted, or of one behind it;
- nobody is told twice that an outage began, or that it ended, nor of the end before the beginning;
- the same mail arrives twice only when nobody could know that it had arrived, and then with the same Message-ID;
- reminders keep their distance;
- nothing is called down that answers;
- the screen shows what the store knows.
"""

import re
from collections import defaultdict
from dataclasses import dataclass

from conntest_tui.model import Event, EventKind, NotificationKind, Outage, State
from conntest_tui.outages.rules import over
from conntest_tui.text import span
from tests.scenarios.scene import Scene
from tests.stage import Mail

_BEGIN = (NotificationKind.FAILED, NotificationKind.STEADY, NotificationKind.LINK_LOST, NotificationKind.CAUSE)
_HOST_DOWN = (NotificationKind.FAILED, NotificationKind.REMINDER, NotificationKind.STEADY)
_GO_ON = (
    *_HOST_DOWN,
    NotificationKind.LINK_LOST,
    NotificationKind.LINK_REMINDER,
    NotificationKind.CAUSE,
    NotificationKind.CAUSE_REMINDER,
)
_END = (NotificationKind.RESTORED, NotificationKind.REMOVED, NotificationKind.LINK_BACK, NotificationKind.CAUSE_OVER)
_SILENCING = (EventKind.MUTED, EventKind.REMOVED)
_FAILING = (State.DOWN, State.SUSPECT, State.UNREACHABLE)
_COMPOSED = "SELECT created FROM letter WHERE message_id = ?"


@dataclass(frozen=True, slots=True)
class Told:
    """One notice that a mail tells."""

    kind: NotificationKind
    host: str
    outage: int | None
    duration: float


class Witness:
    """Watches a scene from its first moment."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._arrived: set[tuple[str, str]] = set()
        self._begun: dict[str, set[int]] = defaultdict(set)
        self._ended: dict[str, set[int]] = defaultdict(set)
        self._swept = 0
        scene.post.inspect = self.mail
        scene.heard = self.event
        scene.settled = self.moment

    # ------------------------------------------------------------ mails

    def mail(self, mail: Mail) -> None:
        """Look at a mail that is being handed over."""
        told = self._told_by(mail)
        assert told, f"nobody knows what {mail.subject} tells"
        taken = mail.recipient not in self._scene.post.replies
        # What may have arrived already is repeated as it is, whatever happened since.
        if (mail.recipient, mail.message_id) not in self._scene.post.maybe:
            self._tells_of_nobody_muted(mail, told)
            self._is_true(mail, told)
            if taken:
                self._is_news(mail, told)
        if taken:
            self._arrived.add((mail.recipient, mail.message_id))
            self._begun[mail.recipient] |= {one.outage for one in told if one.outage and one.kind in _BEGIN}
            self._ended[mail.recipient] |= {one.outage for one in told if one.outage and one.kind in _END}

    def _told_by(self, mail: Mail) -> list[Told]:
        rows = self._scene.state.database.rows(
            "SELECT notice.kind, notice.host, notice.outage, duration FROM letter "
            "JOIN telling ON telling.letter = letter.id JOIN notice ON notice.id = telling.notice "
            "WHERE message_id = ? ORDER BY notice.id",
            (mail.message_id,),
        )
        return [Told(NotificationKind(kind), host, outage, duration) for kind, host, outage, duration in rows]

    def _tells_of_nobody_muted(self, mail: Mail, told: list[Told]) -> None:
        muted = self._muted()
        assert muted.isdisjoint(one.host for one in told), f"{mail.subject} tells of {muted}, muted"

    def _muted(self) -> set[str]:
        """Return who is muted, and who is behind one of them."""
        muted = {mark.host for mark in self._scene.state.outage_store.marks() if mark.muted}
        hosts = self._scene.config.current.hosts
        for _ in hosts:
            muted |= {host.name for host in hosts if host.parent in muted}
        return muted

    def _is_true(self, mail: Mail, told: list[Told]) -> None:
        over_now = {one.outage: one for one in told if one.kind in _END}
        for one in told:
            if one.outage is None:
                continue
            outage = self._outage(one)
            if outage.ended is None:
                assert one.outage not in over_now, f"{mail.subject}: {outage} is not over"
            elif one.kind in _GO_ON:
                assert one.outage in over_now, f"{mail.subject} does not say that {outage} is over"
            elif one.kind in _END:
                lasted = outage.ended.steady - outage.started.steady
                assert abs(one.duration - lasted) < 1, f"{mail.subject}: {outage} lasted {lasted} s"
        down = {one.host for one in told if one.outage and one.kind in _HOST_DOWN and one.outage not in over_now}
        claimed = claimed_down(mail.text)
        assert claimed.number == len(down), f"{mail.subject} should call {len(down)} hosts down"
        assert claimed.named <= down, f"{mail.subject} calls {claimed.named - down} down"
        if len(told) == 1 and claimed.lasting:
            composed = self._scene.state.database.rows(_COMPOSED, (mail.message_id,))[0][0]
            lasting = composed - self._outage(told[0]).started.steady
            said = [span(lasting + more) for more in (-1, 0, 1)]
            assert claimed.lasting in said, f"{mail.subject}: down for {claimed.lasting}, in truth {said[1]}"

    def _is_news(self, mail: Mail, told: list[Told]) -> None:
        begun, ended = set(self._begun[mail.recipient]), self._ended[mail.recipient]
        assert (mail.recipient, mail.message_id) not in self._arrived, f"{mail.subject} arrives twice"
        for one in told:
            if one.outage is None:
                continue
            assert one.outage not in ended, f"{mail.subject} comes after the end of {one}"
            if one.kind in _BEGIN:
                assert one.outage not in begun, f"{mail.subject} begins {one} again"
                begun.add(one.outage)
            if (
                one.kind in _END and one.kind is not NotificationKind.LINK_BACK
            ):  # that may be the first that is told of it
                assert one.outage in begun or self._was_silenced(one.host), f"{mail.subject} ends the untold {one}"

    def _outage(self, one: Told) -> Outage:
        return next(outage for outage in self._scene.state.outage_store.outages(one.host) if outage.id == one.outage)

    def _was_silenced(self, host: str) -> bool:
        """Return whether mails about a host were dropped on the operator's word, for it or one that it is behind."""
        parents = {one.name: one.parent for one in self._scene.config.current.hosts}
        silenced = {event.host for _, event in self._scene.diary if event.kind in _SILENCING}
        above: str | None = host
        for _ in range(len(parents) + 1):
            if above in silenced:
                return True
            above = parents.get(above or "")
        return False

    # ------------------------------------------------------------ moments

    def event(self, event: Event) -> None:
        """Look at an event when it is told."""
        if event.kind in (EventKind.FAILED, EventKind.UNREACHABLE, EventKind.RESTORED):
            assert event.mail.startswith(("mailed: ", "not mailed: ")), f"nobody knows why {event} was mailed"
        if event.kind is EventKind.FAILED:
            assert self._scene.may_be_silent(event.host), f"{event}, but it answers"

    def moment(self) -> None:
        """Look at the screen when the program has done what was due."""
        snapshot = self._scene.snapshots[-1]
        statuses, swept = snapshot.statuses, snapshot.sweep.number != self._swept
        self._swept = snapshot.sweep.number
        for status in statuses:
            if status.standing.state in _FAILING:
                assert self._scene.may_be_silent(status.host.name), f"{status} has answered"
            elif status.standing.state is State.UP and swept:
                assert self._scene.may_be_up(status.host.name), f"{status} has not answered"
        stored = {outage.host: outage for outage in self._scene.state.outage_store.open_outages()}
        shown = [(s.host.name, s.standing.outage) for s in statuses if s.standing.outage]
        own = {name: outage for name, outage in shown if outage.host == name}
        causes = {outage.host: outage for name, outage in shown if outage.host != name}
        assert own == {host: outage for host, outage in stored.items() if " " not in host}
        assert causes.items() <= stored.items()

    def look_back(self) -> None:
        """Look at the whole when it is over."""
        mailed: dict[int, float] = {}
        for at, event in self._scene.diary:
            if event.outage and event.mail.startswith("mailed: ") and event.kind is not EventKind.FLAPPING:
                since = at - mailed.get(event.outage, -1e9)
                if event.mail == "mailed: reminder":
                    assert over(since, self._scene.settings.renotify), f"{event} {since} s after the last mail"
                mailed[event.outage] = at

    def find_all_well(self) -> None:
        """After everything has healed: nothing is open, nothing waits, and whoever should have been told was told."""
        scene = self._scene
        assert not scene.state.outage_store.open_outages()
        refused = set(scene.post.replies)  # who got mail before is never refused for good: for them it is held
        assert not scene.state.outbox.fresh()
        assert scene.state.outbox.waiting().keys() <= refused
        assert {way.recipient for way in scene.state.outbox.queries.under_way()} <= refused
        assert {status.standing.state for status in scene.snapshots[-1].statuses} == {State.UP}
        begun, ended = self._owed("mailed: first failure"), self._owed("mailed: recovery")
        for recipient in scene.recipients:
            if recipient not in scene.post.replies:
                assert not begun - self._begun[recipient], f"{recipient} was not told of the failures {begun}"
                assert not ended - self._ended[recipient], f"{recipient} was not told of the recoveries {ended}"

    def _owed(self, mail: str) -> set[int]:
        """Return the outages of which the log says that this was mailed, but for hosts that the operator silenced."""
        return {
            event.outage
            for _, event in self._scene.diary
            if event.mail == mail and event.outage and event.host and not self._was_silenced(event.host)
        }


# ---------------------------------------------------------------- what mails claim

_HEADLINES = (
    re.compile(r"(\S+) is down[:,.]"),
    re.compile(r"(\S+) is still down, for "),
    re.compile(r"(\S+) does not flap any more: it stays down[:,.]"),
)
_LASTING = re.compile(r"(?:^  For +|^\S+ is still down, for )(.+?)(?: now[:,.].*)?$", re.MULTILINE)
_SECTION = re.compile(r"^(?:Still down|Down|Stopped flapping, and down) \((\d+)\).*:\n((?:  .*\n)+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Claimed:
    """The hosts that a mail says are down now: how many, those that it names, and for how long if it is but one."""

    number: int
    named: frozenset[str]
    lasting: str = ""


def claimed_down(text: str) -> Claimed:
    """Return which hosts a mail says are down now."""
    single = next((found[1] for headline in _HEADLINES if (found := headline.match(text))), None)
    if single is not None:
        lasting = _LASTING.search(text)
        return Claimed(1, frozenset({single}), lasting[1] if lasting and "flap" not in text else "")
    sections = _SECTION.findall(text)
    lines = [line.split() for _, listed in sections for line in listed.splitlines()]
    named = frozenset(words[0].rstrip(";") for words in lines if words[0] != "...")
    return Claimed(sum(int(number) for number, _ in sections), named)
