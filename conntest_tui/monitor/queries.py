"""What screens ask the store, from any thread, while the monitor goes on.

Nothing here raises: what cannot be read is missing from the answer, and the monitor itself says what is wrong with
the store.
"""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import NamedTuple

from conntest_tui.clock import Clock
from conntest_tui.config.config_and_inventory import inventory
from conntest_tui.errors import StoreError
from conntest_tui.model import Event, EventKind, Host
from conntest_tui.model.notifications import Message
from conntest_tui.model.query_results import (
    PERIODS,
    Availability,
    FilePlace,
    HostReport,
    Inventory,
    NewHostCheck,
    OutboxEntry,
    Setup,
)
from conntest_tui.model.requests import NewHost
from conntest_tui.monitor.added_hosts import Drafts, place_of
from conntest_tui.monitor.config_source import ConfigSource
from conntest_tui.monitor.state_lock_and_database import StateDirectory, ask
from conntest_tui.notify import Dispatcher
from conntest_tui.store import History, Hour
from conntest_tui.store.unwatched_time import unwatched_seconds
from conntest_tui.text import HOUR, folded, shown

MOST_ROUNDS = 5_000
"""Rounds that a plot gets one by one; before them it gets hours. A week has 2,016 at five minutes."""

MOST_OUTAGES, MOST_MAILS, MOST_EVENTS = 100, 50, 200
"""What a report of one host holds at most."""

NEWEST_MAILS = 5
"""Mails that are enough to say what became of the last one."""

_ARRIVED = "delivered: "
_GONE = "This mail is not in the store any more."


class Kept(NamedTuple):
    """Where the answers are."""

    state: StateDirectory
    files: ConfigSource
    dispatcher: Dispatcher
    clock: Clock


class Queries:
    """Reads what the monitor keeps. Thread-safe, as its database is."""

    def __init__(self, kept: Callable[[], Kept]) -> None:
        """Answer from this.

        Args:
            kept: returns where the answers are; raises `StoreError` while there are none.
        """
        self._kept = kept
        self._drafts = Drafts()

    def events(
        self,
        limit: int,
        *,
        before: int | None = None,
        kinds: Collection[EventKind] = (),
        words: str = "",
        about_mail: bool = False,
        host: str | None = None,
    ) -> list[Event]:
        """Return stored events, newest first; see `OutageStore.events`."""

        def question() -> list[Event]:
            store = self._kept().state.outage_store
            asked = partial(store.events, limit=limit, before=before, kinds=kinds, words=words)
            return asked(about_mail=about_mail, host=host)

        return ask(question, [])

    def events_after(self, number: int, limit: int) -> list[Event]:
        """Return the oldest stored events with a greater number, oldest first; see `OutageStore.events_after`."""
        return ask(lambda: self._kept().state.outage_store.events_after(number, limit), [])

    def host_report(self, host: str) -> HostReport:
        """Return what is known about a host."""

        def question() -> HostReport:
            state, _, dispatcher, clock = self._kept()
            now, events = clock.now(), partial(state.outage_store.events, limit=MOST_EVENTS, host=host)
            planned = state.outage_store.planned_times(host, now.wall - PERIODS[-1])
            news = events(kinds=set(EventKind) - {EventKind.STILL_FAILING})
            repetitions = events(kinds={EventKind.STILL_FAILING})  # asked for by themselves: they are many
            return HostReport(
                host,
                outages=tuple(state.outage_store.outages(host, limit=MOST_OUTAGES)),
                availability=tuple(_availability(state.history, host, now.wall, planned)),
                messages=tuple(dispatcher.entries_about(host, MOST_MAILS)),
                events=tuple(sorted([*news, *repetitions], key=lambda event: -event.id)),
                names=state.address_cache.of(host),
            )

        return ask(question, HostReport(host))

    def samples(self, host: str, since: float) -> list[tuple[float, float]]:
        """Return what the sweeps since then (POSIX seconds) found about a host, oldest first.

        Returns:
            pairs of POSIX seconds and the round-trip time in seconds, `math.inf` for a failure, `math.nan` where
            nothing was watched. What is too old, or too much, to be shown sweep by sweep is shown by the hour: its
            usual time, and a failure if there was one.
        """

        def question() -> list[tuple[float, float]]:
            history = self._kept().state.history
            found = history.samples(host, max(since, history.began(MOST_ROUNDS) or since))
            first = found[0][0] if found else self._kept().clock.now().wall
            hours = [pair for hour in history.hours(host, since, first) for pair in _of_hour(hour)]
            return [*hours, *found]

        return ask(question, [])

    def outbox(self, limit: int) -> list[OutboxEntry]:
        """Return what waits, what is under way or lost, then what was delivered; each newest first."""
        return ask(lambda: self._kept().dispatcher.entries(limit), [])

    def mails_about(self, host: str) -> list[OutboxEntry]:
        """Return the newest few mails about a host, newest first; what waits without a mail yet comes before them."""
        return ask(lambda: self._kept().dispatcher.entries_about(host, NEWEST_MAILS), [])

    def message(self, number: int) -> str:
        """Return a mail as a person reads it: headers, an empty line, its text."""
        from conntest_tui.notify.mime import readable  # noqa: PLC0415 - the email package is slow to import

        content = ask(lambda: self._kept().state.outbox.queries.content(number), None)
        return _GONE if content is None else readable(content)

    def arrived_mail(self, event: Event) -> str:
        """Return the mail that an event says has arrived, as a person reads it."""
        subject = event.text.removeprefix(_ARRIVED)
        number = ask(lambda: self._kept().state.outbox.queries.arrived_at(event.at, subject), None)
        return _GONE if number is None else self.message(number)

    def setup(self) -> Setup:
        """Return what is in force."""

        def question() -> Setup:
            state, files, _, _ = self._kept()
            path = state.database.path
            return Setup(
                inventory=inventory(files.current),
                problems=tuple(files.problems),
                state="in memory: it ends with the program" if path is None else shown(path.parent),
                size=ask(state.database.size, 0),
            )

        return ask(question, Setup(Inventory("being read", (), (), ()), state="not open yet"))

    def check_new_host(self, new: NewHost) -> NewHostCheck:
        """Return what would come of adding a host as it is typed so far, after what is watched now."""
        try:
            return self._drafts.check(new, self._kept().files)
        except StoreError as error:
            return NewHostCheck(str(error))

    def hosts(self, limit: int, prefix: str = "") -> list[Host]:
        """Return the hosts whose names begin with a text, in the order of hosts.csv: so many at most."""
        wanted = folded(prefix)
        found = (
            host for host in self._hosts() if host.name.startswith(wanted) or folded(host.shown).startswith(wanted)
        )
        return list(islice(found, limit))

    def groups(self) -> list[str]:
        """Return the headings of the groups that have hosts, in the order of hosts.csv."""
        return [group for group in dict.fromkeys(host.group for host in self._hosts()) if group]

    def addresses(self) -> Mapping[str, tuple[str, ...]]:
        """Return all addresses of each host that is a name, as name service gave them last."""

        def question() -> Mapping[str, tuple[str, ...]]:
            return self._kept().state.address_cache.addresses()

        return ask(question, {})

    def _hosts(self) -> tuple[Host, ...]:
        nobody: tuple[Host, ...] = ()
        return ask(lambda: self._kept().files.current.hosts, nobody)

    def place_of(self, host: str) -> FilePlace:
        """Return where hosts.csv is, and the line of a host in it; an empty name is none in particular."""
        try:
            return place_of(host, self._kept().files)
        except StoreError as error:
            return FilePlace(note=str(error))


def arrived(message: Message, recipients: Sequence[str], at: float) -> Event:
    """Return the event of a mail that has arrived: one event, with all who have got it this time."""
    host = message.hosts[0] if len(message.hosts) == 1 else None
    return Event(at, EventKind.DELIVERED, f"{_ARRIVED}{message.subject}", host, mail=f"to {', '.join(recipients)}")


def _availability(
    history: History, host: str, now: float, planned: Sequence[tuple[float, float]]
) -> Iterator[Availability]:
    """Yield how a host answered over each of `PERIODS`, and for how long nobody watched it."""
    longest = now - PERIODS[-1]
    samples = history.samples(host, max(longest, history.began(MOST_ROUNDS) or longest))
    hours = history.hours(host, longest, (samples[0][0] if samples else now) + HOUR)
    for period in PERIODS:
        found = history.availability(host, now - period, now, planned)
        yield replace(found, unwatched=unwatched_seconds(samples, hours, now - period, now))


def _of_hour(hour: Hour) -> list[tuple[float, float]]:
    """Return an hour as samples, half an hour apart."""
    middle = hour.at + HOUR / 2
    if math.isnan(hour.rtt):
        return [(hour.at, math.inf), (middle, math.inf)]
    lost = [(hour.at, math.inf)] if hour.failed else []
    return [*lost, (hour.at, hour.rtt), (middle, hour.rtt)]
