"""A scene: the stage with a time of its own. Sweeps and deliveries happen exactly when they are due."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum
from pathlib import Path

from conntest_tui.icmp import Fate
from conntest_tui.model import Event, Host
from conntest_tui.model.requests import Acknowledge, Mute, Recheck, Request, Unacknowledge, Unmute
from conntest_tui.notify.channel import Reply, ReplyVerdict, hold
from tests.fakes import NOON, FakeClock
from tests.stage import ALIVE, LINK_DOWN, RECIPIENT, SILENT, KilledError, Stage

GREYLISTED = Reply(ReplyVerdict.TRANSIENT, "451 greylisted, come back later")
UNKNOWN_USER = Reply(ReplyVerdict.REFUSED, "550 no such user")
BAD_PASSWORD = hold("535 authentication failed", "check username and password in creds.csv")

RAM = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""A directory for state that no power cut has to spare: thousands of commits take no time there."""

HOUR = 3600.0
MOST_STEPS = 20_000


class Strain(Enum):
    """What a scene can be played under; it must not change a single mail."""

    NONE = "as written"
    KILLS = "killed all the time"  # between any two sweeps, every other time
    ASTRAY = "wall clock astray"  # an hour forth or back before every sweep


class Scene(Stage):
    """Knows every verb of the scenario language, as a method.

    Attributes:
        began: steady time of the beginning.
        running: whether the program runs.
        diary: every event, with the seconds since the beginning.
        silence: when a name was last probed in vain.
        replied: when it last answered.
        heard: called with every event.
        settled: called whenever the program has done what was due.
    """

    def __init__(
        self,
        directory: Path,
        hosts: Sequence[Host],
        *,
        recipients: Sequence[str] = (RECIPIENT,),
        mail_behind: str | None = None,
        begins: datetime | None = None,
        strain: Strain = Strain.NONE,
        **settings: object,
    ) -> None:
        clock = FakeClock(begins.timestamp() if begins else NOON)
        self.began = clock.steady
        self.running = False
        self.diary: list[tuple[float, Event]] = []
        self.silence: dict[str, float] = {}
        self.replied: dict[str, float] = {}
        self.heard: Callable[[Event], None] = lambda _: None
        self.settled: Callable[[], None] = lambda: None
        self._strain = strain
        self._odd = False
        self._link_lost = False
        self._blinking: set[str] = set()
        self._nap = 0.0
        self._woke = -math.inf
        self._unheard: set[str] = set()
        self._mail_due = math.inf
        self._asked = False
        super().__init__(directory, hosts, clock=clock, recipients=recipients, **settings)
        self.post.reachable = lambda: not self._link_lost and mail_behind not in self.fates

    # ------------------------------------------------------------ time

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return self.clock.steady - self.began

    def pass_until(self, elapsed: float) -> None:
        """Let everything happen that is due before `elapsed` seconds after the beginning."""
        for _ in range(MOST_STEPS):
            due = self._next_due()
            if due >= elapsed:
                break
            if due == self._sweep_due() > self.elapsed:
                self._suffer(due)
            self.clock.pass_(max(0.0, due - self.elapsed))
            self.settle()
        else:
            raise AssertionError("the program never rests")
        self.clock.pass_(max(0.0, elapsed - self.elapsed))

    def settle(self) -> None:
        """Let everything happen that is due now."""
        self._asked = False
        try:
            self._work()
        except KilledError:
            self.kill()
            return
        self.monitor.turn(0)  # it says how mail is doing
        self.settled()

    def _work(self) -> None:
        for _ in range(5):
            self.monitor.turn(0)
            self.deliver()
            if self.inbox.empty():
                return
        raise AssertionError("monitor and dispatcher never rest")

    def deliver(self) -> None:
        """Let the dispatcher work as long as something is due."""
        for _ in range(50):
            wait = self.dispatcher.step()
            if wait is None or wait > 0:
                self._mail_due = math.inf if wait is None else self.elapsed + wait
                return
        raise AssertionError("the dispatcher never rests")

    def _next_due(self) -> float:
        """Return when the program has something to do, in seconds since the beginning."""
        if not self.running:
            return math.inf
        return self.elapsed if self._asked else min(self._sweep_due(), self._mail_due)

    def _sweep_due(self) -> float:
        return self.monitor.schedule.due - self.began

    def _suffer(self, sweep: float) -> None:
        """Bring the strain upon the scene, before the sweep that is due next."""
        self._odd = not self._odd
        if self._strain is Strain.ASTRAY:
            self.wall_clock_steps(HOUR if self._odd else -HOUR)
        elif self._strain is Strain.KILLS and self._odd:
            self.kill()
            self.clock.pass_(sweep - self.elapsed)
            self.start()

    # ------------------------------------------------------------ the program

    def start(self) -> None:
        if not self.running:
            super().start()
            self.running = True
            self._mail_due = self.elapsed

    def kill(self) -> None:
        if self.running:
            super().kill()
            self.running = False

    def stop(self) -> None:
        if self.running:
            super().stop()
            self.running = False

    def happened(self, events: Sequence[Event]) -> None:
        super().happened(events)
        for event in events:
            self.diary.append((self.elapsed, event))
            self.heard(event)

    def killed_at_the_next_mail(self) -> None:
        self.post.kills = True

    # ------------------------------------------------------------ network, machine, clock

    def fate(self, name: str) -> Fate:
        if self._nap:
            self.clock.pass_(self._nap)
            self._nap, self._woke = 0.0, self.elapsed
            self._unheard = {host.name for host in self.config.current.hosts}
        if self._woke == self.elapsed and name in self._unheard:
            self._unheard.remove(name)
            return SILENT  # its reply came while the machine slept
        fate = self._waking_fate(name)
        (self.replied if fate is ALIVE else self.silence)[name] = self.elapsed
        return fate

    def _waking_fate(self, name: str) -> Fate:
        if name in self._blinking:
            self._blinking.remove(name)
            return SILENT
        return LINK_DOWN if self._link_lost else self.fates.get(name, ALIVE)

    def may_be_silent(self, name: str | None) -> bool:
        """Return whether the last probe of a host was in vain, or one of several at the same time."""
        return name in self.silence and self.silence[name] >= self.replied.get(name, 0.0)

    def may_be_up(self, name: str) -> bool:
        """Return whether the last probe of a host was answered, or one of several at the same time."""
        return name in self.replied and self.replied[name] >= self.silence.get(name, 0.0)

    def fail(self, names: Sequence[str]) -> None:
        self.fails(*names)

    def answer(self, names: Sequence[str]) -> None:
        self.answers(*names)

    def no_route(self, names: Sequence[str]) -> None:
        self.fails(*names, fate=LINK_DOWN)

    def miss_one_probe(self, names: Sequence[str]) -> None:
        self._blinking |= set(names)

    def link_is_lost(self) -> None:
        self._link_lost = True

    def link_is_back(self) -> None:
        self._link_lost = False

    def machine_sleeps(self, seconds: float) -> None:
        self.clock.pass_(seconds)

    def machine_sleeps_in_a_sweep(self, seconds: float) -> None:
        """Let the machine fall asleep when the next sweep has just sent its requests."""
        self._nap = seconds

    def wall_clock_steps(self, seconds: float) -> None:
        self.clock.step_wall(seconds)

    # ------------------------------------------------------------ mail

    def mail_goes_away(self) -> None:
        self.post.away = True

    def mail_is_back(self) -> None:
        self.post.away = False
        self.post.door = None
        self.post.breaks_off = False

    def mail_refuses_the_password(self) -> None:
        self.post.door = BAD_PASSWORD

    def mail_breaks_off(self) -> None:
        self.post.breaks_off = True

    def mail_greylists(self, recipient: str) -> None:
        self.post.replies[recipient] = GREYLISTED

    def mail_refuses(self, recipient: str) -> None:
        self.post.replies[recipient] = UNKNOWN_USER

    def mail_accepts(self, recipient: str) -> None:
        self.post.replies.pop(recipient, None)

    # ------------------------------------------------------------ the operator

    def acknowledge(self, name: str, note: str = "") -> None:
        self._request(Acknowledge([name], note))

    def unacknowledge(self, name: str) -> None:
        self._request(Unacknowledge([name]))

    def mute(self, name: str, seconds: float | None = None) -> None:
        self._request(Mute([name], seconds))

    def plan_mute(self, name: str, window: tuple[float, float]) -> None:
        """Mute a host between two moments of the wall clock, as that has gone since the beginning."""
        start, end = window
        self._request(Mute([name], start=self.began + start, end=self.began + end, reason="works"))

    def unmute(self, name: str) -> None:
        self._request(Unmute([name]))

    def recheck(self, names: Sequence[str]) -> None:
        self._request(Recheck(names))

    def recheck_everything(self) -> None:
        self._request(Recheck(None))

    def hosts_csv_loses(self, names: Sequence[str]) -> None:
        self._edit([host for host in self.config.current.hosts if host.name not in names])

    def hosts_csv_gains(self, hosts: Sequence[Host]) -> None:
        changed = {host.name: host for host in hosts}
        kept = [changed.pop(host.name, host) for host in self.config.current.hosts]
        self._edit([*kept, *changed.values()])

    def settings_toml_says(self, setting: str, value: object) -> None:
        self.settings = self.settings.model_copy(update={setting: value})
        self._edit(self.config.current.hosts)

    def _request(self, request: Request) -> None:
        if self.running:
            self.ask(request)
            self._asked = True

    def _edit(self, hosts: Sequence[Host]) -> None:
        names = {host.name for host in hosts}
        known = [host if host.parent in names else replace(host, parent=None) for host in hosts]
        self.change(self.configuration(known))
