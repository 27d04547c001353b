"""The courier: takes what the outbox holds, has letters written, and brings them to their recipients."""

import threading
from collections.abc import Callable, Collection, Sequence
from random import Random, SystemRandom

from conntest_tui.clock import Clock
from conntest_tui.config import Delivery
from conntest_tui.errors import ConntestError
from conntest_tui.model import MailHealth, MailStatus, Notice
from conntest_tui.model.reports import OutboxEntry
from conntest_tui.notify import episode_text
from conntest_tui.notify.account import Account
from conntest_tui.notify.backoff import Gate
from conntest_tui.notify.channel import Reply, Transport, UnavailableError, Verdict
from conntest_tui.notify.channel_factory import TransportFor
from conntest_tui.notify.composer import Scribe
from conntest_tui.notify.delivery_run import Receipt, Round
from conntest_tui.notify.episodes import stories
from conntest_tui.store.outbox import Outbox
from conntest_tui.store.outbox_queries import Tally
from conntest_tui.text import DAY

LIFETIME = 5.0 * DAY
"""Seconds after which what could not be delivered is given up (RFC 5321, section 4.5.4.1)."""

FAULT_PAUSE = 30.0
"""Seconds to rest after a fault of the program itself."""

JOIN = 0.2
"""Seconds that `stop` waits at most."""


class Courier:
    """Delivers the outbox: at least once to each recipient, in order, and never a failure that is over as if it lasted.

    `step` does all the work, in whichever thread calls it; `start` runs it in a daemon thread, so that a mail server
    that hangs holds up neither the monitor nor its end.

    Attributes:
        look_again: asks for fresh evidence about some hosts before a letter about them goes out that had to wait;
            returns the seconds to wait for it at most, until `looked_again` is called; 0 when there is nothing to
            wait for. Called in the courier's thread.
        delivered: told, in the courier's thread, of every letter that the mail server has accepted for somebody. For
            the log: what is accepted while the program ends may be missing there, and only there.
    """

    def __init__(
        self,
        outbox: Outbox,
        account: Callable[[], Account],
        transport_for: TransportFor,
        clock: Clock,
        *,
        on_change: Callable[[], None] | None = None,
        random: Random | None = None,
    ) -> None:
        """Take over an outbox. What waits in it has waited since an earlier process: it is late.

        Args:
            outbox: what to deliver.
            account: returns the account in force; asked each time, so that a change takes effect at once.
            transport_for: returns the way out for an account.
            clock: tells the time.
            on_change: called in the courier's thread when the status has changed.
            random: spreads the attempts of many monitors.
        """
        self._outbox = outbox
        self._account = account
        self._transport_for = transport_for
        self._clock = clock
        self._on_change = on_change
        self._random = random or SystemRandom()
        self.look_again: Callable[[Collection[str]], float] = lambda _hosts: 0.0
        self.delivered: Callable[[Receipt], None] = lambda _receipt: None
        self._gate = Gate(self._random)
        self._scribe = Scribe(outbox)
        self._known: Account | None = None
        self._transport: Transport | None = None  # kept from visit to visit: it learns how the server is
        self._status = MailStatus()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._retry, self._looked = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        outbox.note(clock.now().steady, late=True)

    # ------------------------------------------------------------ from any thread

    def start(self) -> None:
        """Begin to deliver, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a letter under way is not waited for. Its outcome is then unknown, and it is repeated."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(JOIN)

    def nudge(self) -> None:
        """Look at the outbox and the account now: there is something new."""
        self._wake.set()

    def retry_now(self) -> None:
        """Try everything now, whatever the server said last."""
        self._retry.set()
        self._wake.set()

    def looked_again(self) -> None:
        """Take note that the evidence is in that `look_again` has asked for."""
        self._looked.set()
        self._wake.set()

    def discard(self, entry: OutboxEntry) -> None:
        """Deliver this letter, or tell of this notice, no more."""
        if entry.message is not None:
            self._outbox.letters.discard(entry.message, self._clock.now().wall)
        if entry.notification is not None:
            self._outbox.discard_fact(entry.notification)
        self._wake.set()

    def status(self) -> MailStatus:
        """Return how mail is doing, as of the last step."""
        return self._status

    def entries(self, limit: int) -> list[OutboxEntry]:
        """Return what the outbox screen lists: what waits, what is under way or lost, then what was sent."""
        now = self._clock.now()
        waiting = preview(self._outbox.untold(limit), now.wall)
        trouble = self._outbox.book.open_entries(limit, now)
        shown = {entry.message for entry in trouble}
        settled = [entry for entry in self._outbox.book.entries(limit, now) if entry.message not in shown]
        return [*waiting, *trouble, *settled][:limit]

    # ------------------------------------------------------------ the work

    def step(self) -> float | None:
        """Do everything that is due now.

        Returns:
            seconds until something is due again; None when nothing will be without a nudge.

        Raises:
            StoreError: the outbox cannot be read or written.
        """
        account = self._account()
        now = self._clock.now()
        if account.delivery is Delivery.OFF:
            self._outbox.drop_facts()
            self._publish(MailStatus(MailHealth.OFF))
            return None
        self._take_over(account)
        if self._looked.is_set():
            self._looked.clear()
            self._gate.wake()
        self._outbox.note(now.steady, late=self._gate.left(now.steady) > 0)
        self._scribe.give_up(account, now.steady - LIFETIME, now)
        self._outbox.letters.expire(now.steady - LIFETIME, now.wall)
        if not self._gate.left(now.steady) and self._is_due(now.steady):
            self._visit(account)
        return self._conclude()

    def _take_over(self, account: Account) -> None:
        """Begin anew with the server when the operator has changed something, or wants it so."""
        changed = account != self._known
        if changed:
            self._transport = None
            self._outbox.forget_recipients(account.recipients, self._clock.now().wall)
        if self._retry.is_set() or (changed and self._known is not None):
            self._retry.clear()
            self._gate.reset()
            self._outbox.letters.release(self._clock.now().steady)
        self._known = account

    def _is_due(self, steady: float) -> bool:
        return self._scribe.ready() or self._outbox.letters.is_due(steady)

    def _visit(self, account: Account) -> None:
        """Go to the mail server, once."""
        try:
            transport = self._transport = self._transport or self._transport_for(account)
            transport.open()
            if self._looks_again():
                return
            going = Round(self._outbox, account, transport, self._clock, random=self._random, delivered=self.delivered)
            trouble = going.run(self._stopping.is_set)
            if going.accepted or trouble is None:
                self._gate.open()
        except UnavailableError as error:
            trouble = error.reply
        finally:
            if self._transport is not None:
                self._transport.close()
        if trouble is not None:
            self._gate.close(trouble, self._clock.now().steady)
            self._postpone(trouble)

    def _looks_again(self) -> bool:
        """Ask, once after a trouble, for fresh evidence of what waited meanwhile; return whether it is waited for.

        The server may be back because the link is that had failed: then what waits is about to be over.
        """
        hosts = self._scribe.outdated() if self._gate.stale else frozenset()
        seconds = self.look_again(hosts) if hosts else 0.0
        if seconds:
            self._gate.rest(self._clock.now().steady + seconds)
        return seconds > 0

    def _postpone(self, trouble: Reply) -> None:
        """Note on everything that waits why it waits."""
        now = self._clock.now()
        held = trouble.verdict is Verdict.CONFIGURATION
        self._outbox.note(now.steady, late=True)
        self._outbox.letters.postpone(trouble.text, self._gate.until, now.wall, held=held)

    def _conclude(self) -> float | None:
        """Bring the status up to date; return the seconds until something is due."""
        now, tally = self._clock.now(), self._outbox.book.tally()
        waits = [tally.next_try - now.steady] if tally.next_try is not None else []
        waits += [0.0] if self._scribe.ready() else []
        delay = max(min(waits), self._gate.left(now.steady), 0.0) if waits else None
        next_try = None if delay is None else now.wall + delay
        self._publish(assess(tally, self._outbox.size(), self._gate.trouble, next_try))
        return delay

    def _publish(self, status: MailStatus) -> None:
        if status != self._status:
            self._status = status
            if self._on_change is not None:
                self._on_change()

    # ------------------------------------------------------------ the thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                delay = self.step()
            except Exception as error:  # noqa: BLE001 - the thread's outermost edge: mail must go on
                delay = self._report(error)
            self._wake.wait(delay)
            self._wake.clear()

    def _report(self, error: Exception) -> float:
        """Note a fault, without any text that is not our own: it may hold a secret."""
        code = getattr(error, "errno", None)
        text = str(error) if isinstance(error, ConntestError) else f"{type(error).__name__}{f' {code}' if code else ''}"
        status = MailStatus(MailHealth.WAITING, f"mail is interrupted: {text}", self._status.queued)
        if not self._stopping.is_set():
            self._publish(status)
        return FAULT_PAUSE


# ---------------------------------------------------------------- what the console shows of mail

NAMED = 5
"""Recipients that the line about lost mail names."""


def assess(tally: Tally, facts: int, trouble: Reply | None, next_try: float | None) -> MailStatus:
    """Return the state of mail; what the operator must mend comes first.

    Args:
        tally: the letters in numbers.
        facts: notices of which no letter is composed yet.
        trouble: the last trouble with the server as a whole, None when there was none since it accepted a letter.
        next_try: POSIX seconds of the next attempt, None when nothing waits.
    """
    waiting = facts + tally.under_way
    server = trouble if waiting else None
    health, text = MailHealth.IDLE, ""
    if server is not None and server.verdict is Verdict.CONFIGURATION:
        health, text = MailHealth.HELD, server.text
    elif tally.held:
        health, text = MailHealth.HELD, _about(tally)
    elif server is not None:
        health, text = MailHealth.WAITING, server.text
    elif tally.tried:
        health, text = MailHealth.WAITING, _about(tally)
    elif tally.lost:
        health, text = MailHealth.LOST, f"{tally.lost} not delivered, for good{_to(tally.lost_to)}: {tally.reply}"
    elif tally.delivered is not None:
        health = MailHealth.OK
    return MailStatus(health, text, waiting, tally.delivered, next_try)


def _about(tally: Tally) -> str:
    """Return the server's words about one recipient with that recipient's name, which not every server says."""
    if len(tally.reply_to) != 1 or tally.reply_to[0] in tally.reply:
        return tally.reply
    return f"{tally.reply_to[0]}: {tally.reply}"


def _to(recipients: Sequence[str]) -> str:
    """Name those to whom something was lost."""
    if not recipients:
        return ""
    others = len(recipients) - NAMED
    return f", to {', '.join(recipients[:NAMED])}" + (f" and {others} more" if others > 0 else "")


def preview(notices: Sequence[Notice], moment: float) -> list[OutboxEntry]:
    """Return one entry per notice, newest first, with the subject that a letter about it alone would have.

    Args:
        notices: what waits.
        moment: now, POSIX seconds.
    """
    found = []
    for notice in notices:
        story = stories([notice])[0]
        found.append(OutboxEntry(None, notice.id, story.tale.value, episode_text.subject(story, moment), notice.at))
    return found[::-1]
