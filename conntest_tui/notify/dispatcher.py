"""The dispatcher: takes what the outbox holds, has mails composed, and delivers them."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from random import Random, SystemRandom

from conntest_tui.clock import Clock
from conntest_tui.config import Delivery
from conntest_tui.errors import ConntestError
from conntest_tui.model import MailHealth, MailStatus, Notification
from conntest_tui.model.monitor_figures import DeliveryResult
from conntest_tui.model.query_results import OutboxEntry
from conntest_tui.notify import episode_text
from conntest_tui.notify.backoff import ServerBackoff
from conntest_tui.notify.channel import Channel, Reply, ReplyVerdict, UnavailableError
from conntest_tui.notify.channel_factory import ChannelFor
from conntest_tui.notify.delivery_run import Delivered, DeliveryRun
from conntest_tui.notify.mail_account import Account
from conntest_tui.notify.outage_episodes import episodes_of
from conntest_tui.notify.outbox_composer import Composer
from conntest_tui.store.notification_queue import Outbox
from conntest_tui.store.outbox_queries import DeliveryCounts
from conntest_tui.text import DAY

LIFETIME = 5.0 * DAY
"""Seconds after which what could not be delivered is given up (RFC 5321, section 4.5.4.1)."""

FAULT_PAUSE = 30.0
"""Seconds to rest after a fault of the program itself."""

JOIN = 0.2
"""Seconds that `stop` waits at most."""

MOST_NAMED = 5
"""Recipients that the line about lost mail names."""


class Dispatcher:
    """Delivers the outbox: at least once to each recipient, in order, and never a failure that is over as if it lasted.

    `step` does all the work, in whichever thread calls it; `start` runs it in a daemon thread, so that a mail server
    that hangs holds up neither the monitor nor its end.

    Attributes:
        look_again: asks for fresh evidence about some hosts before a mail about them goes out that had to wait;
            returns the seconds to wait for it at most, until `looked_again` is called; 0 when there is nothing to
            wait for. Called in the dispatcher's thread.
        delivered: called, in the dispatcher's thread, with every mail that the server has accepted for somebody. For
            the log: what is accepted while the program ends may be missing there, and only there.
        deliveries: what the attempts of this process came to; changed in the dispatcher's thread alone.
    """

    def __init__(
        self,
        outbox: Outbox,
        account: Callable[[], Account],
        channel_for: ChannelFor,
        clock: Clock,
        *,
        on_change: Callable[[], None] | None = None,
        random: Random | None = None,
    ) -> None:
        """Take over an outbox. What waits in it has waited since an earlier process: it is late.

        Args:
            outbox: what to deliver.
            account: returns the account in force; asked each time, so that a change takes effect at once.
            channel_for: returns the way out for an account.
            clock: the time.
            on_change: called in the dispatcher's thread when the status has changed.
            random: spreads the attempts of many monitors.
        """
        self._outbox = outbox
        self._account = account
        self._channel_for = channel_for
        self._clock = clock
        self._on_change = on_change
        self._random = random or SystemRandom()
        self.look_again: Callable[[Collection[str]], float] = lambda _hosts: 0.0
        self.delivered: Delivered = lambda _message, _recipients, _at: None
        self.deliveries = Counter(dict.fromkeys(DeliveryResult, 0))
        self._backoff = ServerBackoff(self._random)
        self._composer = Composer(outbox)
        self._known: Account | None = None
        self._channel: Channel | None = None  # kept from visit to visit: it learns how the server is
        self._status = MailStatus()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._retry, self._looked = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)
        outbox.note(clock.now().steady, late=True)

    # ------------------------------------------------------------ from any thread

    def start(self) -> None:
        """Begin to deliver, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a mail under way is not waited for. Its outcome is then unknown, and it is repeated."""
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
        """Stop this mail, or drop this notification."""
        if entry.message is not None:
            self._outbox.messages.discard(entry.message, self._clock.now().wall)
        if entry.notification is not None:
            self._outbox.discard(entry.notification)
        self._wake.set()

    def status(self) -> MailStatus:
        """Return how mail is doing, as of the last step."""
        return self._status

    def entries(self, limit: int) -> list[OutboxEntry]:
        """Return what the outbox screen lists: what waits, what is under way or lost, then what was sent."""
        now = self._clock.now()
        waiting = preview(self._outbox.not_composed(limit), now.wall)
        trouble = self._outbox.queries.open_entries(limit, now)
        shown = {entry.message for entry in trouble}
        settled = [entry for entry in self._outbox.queries.entries(limit, now) if entry.message not in shown]
        return [*waiting, *trouble, *settled][:limit]

    def entries_about(self, host: str, limit: int) -> list[OutboxEntry]:
        """Return what waits about one host, then the mails about it; each newest first."""
        now = self._clock.now()
        waiting = preview(self._outbox.not_composed(limit, host), now.wall)
        return [*waiting, *self._outbox.queries.for_host(host, limit, now)][:limit]

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
            self._outbox.drop_pending()
            self._publish(MailStatus(MailHealth.OFF))
            return None
        self._take_over(account)
        if self._looked.is_set():
            self._looked.clear()
            self._backoff.resume()
        self._outbox.note(now.steady, late=self._backoff.remaining(now.steady) > 0)
        expired = self._composer.give_up(account, now.steady - LIFETIME, now)
        expired += self._outbox.messages.expire(now.steady - LIFETIME, now.wall)
        self.deliveries[DeliveryResult.EXPIRED] += expired
        if not self._backoff.remaining(now.steady) and self._is_due(now.steady):
            self._visit(account)
        return self._conclude()

    def _take_over(self, account: Account) -> None:
        """Begin anew with the server when the operator has changed something, or wants it so."""
        changed = account != self._known
        if changed:
            self._channel = None
            self._outbox.forget_recipients(account.recipients, self._clock.now().wall)
        if self._retry.is_set() or (changed and self._known is not None):
            self._retry.clear()
            self._backoff.reset()
            self._outbox.messages.release(self._clock.now().steady)
        self._known = account

    def _is_due(self, steady: float) -> bool:
        return self._composer.ready() or self._outbox.messages.is_due(steady)

    def _visit(self, account: Account) -> None:
        """Go to the mail server, once."""
        try:
            channel = self._channel = self._channel or self._channel_for(account)
            channel.open()
            if self._looks_again():
                return
            run = DeliveryRun(
                self._outbox,
                account,
                channel,
                self._clock,
                random=self._random,
                delivered=self.delivered,
                counts=self.deliveries,
            )
            trouble = run.run(self._stopping.is_set)
            if run.accepted or trouble is None:
                self._backoff.note_success()
        except UnavailableError as error:
            trouble = error.reply
        finally:
            if self._channel is not None:
                self._channel.close()
        if trouble is not None:
            self._backoff.note_failure(trouble, self._clock.now().steady)
            self._postpone(trouble)

    def _looks_again(self) -> bool:
        """Ask, once after a trouble, for fresh evidence of what waited meanwhile; return whether it is waited for.

        The server may be back because the link is that had failed: then what waits is about to be over.
        """
        hosts = self._composer.outdated() if self._backoff.stale else frozenset()
        seconds = self.look_again(hosts) if hosts else 0.0
        if seconds:
            self._backoff.pause(self._clock.now().steady + seconds)
        return seconds > 0

    def _postpone(self, trouble: Reply) -> None:
        """Note on everything that waits why it waits."""
        now = self._clock.now()
        held = trouble.verdict is ReplyVerdict.CONFIGURATION
        self._outbox.note(now.steady, late=True)
        self._outbox.messages.postpone(trouble.text, self._backoff.until, now.wall, held=held)

    def _conclude(self) -> float | None:
        """Bring the status up to date; return the seconds until something is due."""
        now, counts = self._clock.now(), self._outbox.queries.counts()
        waits = [counts.next_try - now.steady] if counts.next_try is not None else []
        waits += [0.0] if self._composer.ready() else []
        delay = max(min(waits), self._backoff.remaining(now.steady), 0.0) if waits else None
        next_try = None if delay is None else now.wall + delay
        self._publish(assess(counts, self._outbox.size(), self._backoff.trouble, next_try))
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


def assess(counts: DeliveryCounts, uncomposed: int, trouble: Reply | None, next_try: float | None) -> MailStatus:
    """Return the state of mail; what the operator must correct comes first.

    Args:
        counts: the mails in numbers.
        uncomposed: notifications of which no mail is composed yet.
        trouble: the last trouble with the server as a whole, None when there was none since it accepted a mail.
        next_try: POSIX seconds of the next attempt, None when nothing waits.
    """
    waiting = uncomposed + counts.under_way
    server = trouble if waiting else None
    health, text = MailHealth.IDLE, ""
    if server is not None and server.verdict is ReplyVerdict.CONFIGURATION:
        health, text = MailHealth.HELD, server.text
    elif counts.held:
        health, text = MailHealth.HELD, _about(counts)
    elif server is not None:
        health, text = MailHealth.WAITING, server.text
    elif counts.tried:
        health, text = MailHealth.WAITING, _about(counts)
    elif counts.lost:
        health, text = MailHealth.LOST, f"{counts.lost} not delivered, for good{_to(counts.lost_to)}: {counts.reply}"
    elif counts.delivered is not None:
        health = MailHealth.OK
    return MailStatus(health, text, waiting, counts.delivered, next_try)


def _about(counts: DeliveryCounts) -> str:
    """Return the server's words about one recipient with that recipient's name, which not every server says."""
    if len(counts.reply_to) != 1 or counts.reply_to[0] in counts.reply:
        return counts.reply
    return f"{counts.reply_to[0]}: {counts.reply}"


def _to(recipients: Sequence[str]) -> str:
    """Name those to whom something was lost."""
    if not recipients:
        return ""
    others = len(recipients) - MOST_NAMED
    return f", to {', '.join(recipients[:MOST_NAMED])}" + (f" and {others} more" if others > 0 else "")


def preview(notifications: Sequence[Notification], moment: float) -> list[OutboxEntry]:
    """Return one entry per notification, newest first, with the subject that a mail about it alone would have.

    Args:
        notifications: what waits.
        moment: now, POSIX seconds.
    """
    found = []
    for notification in notifications:
        episode = episodes_of([notification])[0]
        found.append(
            OutboxEntry(
                None, notification.id, episode.kind.value, episode_text.subject(episode, moment), notification.at
            )
        )
    return found[::-1]
