"""The composer: notifications in the outbox become mails in the outbox, final to the byte, before anything is sent."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from conntest_tui.clock import Instant
from conntest_tui.model import Notification, NotificationKind
from conntest_tui.model.notification_state_machine import Flight
from conntest_tui.model.query_results import DeliveryState
from conntest_tui.notify.channel import MessageHead
from conntest_tui.notify.channel_factory import writer_for
from conntest_tui.notify.mail_account import Account
from conntest_tui.notify.mail_drafts import arrange, compose
from conntest_tui.notify.message_ids import MessageIds
from conntest_tui.notify.outage_episodes import Episode
from conntest_tui.store.mail_queue import NewMessage
from conntest_tui.store.notification_queue import Outbox

_GOES_ON = frozenset(
    {
        NotificationKind.FAILED,
        NotificationKind.REMINDER,
        NotificationKind.FLAPPING,
        NotificationKind.LINK_LOST,
        NotificationKind.LINK_REMINDER,
        NotificationKind.CAUSE,
        NotificationKind.CAUSE_REMINDER,
    }
)


ADDED = 1024
"""Bytes that servers on the way may add to a mail, whose size is counted with them."""

SHORTEST = 4096
"""Bytes below which no mail is shortened."""


def usable(most_bytes: int | None) -> int | None:
    """Return the bytes that a mail may have as it is written, of those that the server takes; None without a limit."""
    return None if most_bytes is None else max(most_bytes - ADDED, most_bytes * 3 // 4)


class Composer:
    """Composes mails for the dispatcher. Used by the dispatcher's thread only."""

    def __init__(self, outbox: Outbox, most_bytes: int | None = None) -> None:
        """Compose for an outbox.

        Args:
            outbox: holds the notifications, and takes the mails.
            most_bytes: what a mail may have, as the server says; None when it does not.
        """
        self._outbox = outbox
        self._most_bytes = usable(most_bytes)

    def compose_all(self, account: Account, now: Instant) -> None:
        """Compose what waits and can be sent now.

        A mail under way that certainly has not arrived is taken back when there is news about one of its hosts:
        what it says goes into the new mail. News about a host wait as long as a mail about it may have arrived.
        """
        if self._outbox.fresh():
            self._outbox.bind(account.recipients)
        self._outbox.take_back_outdated()
        self._compose(self._outbox.ready(), account, now, DeliveryState.QUEUED)

    def take_back_oversized(self) -> None:
        """Take back what is too large for the server and certainly has not arrived: it is composed again, shorter."""
        if self._most_bytes is not None:
            larger = self._outbox.queries.larger_than(max(self._most_bytes, SHORTEST))
            self._outbox.messages.withdraw_all(larger)

    def ready(self) -> bool:
        """Return whether something waits that could be sent if the server took mails."""
        return self._outbox.fresh() or bool(self._outbox.ready())

    def outdated(self) -> frozenset[str]:
        """Return the hosts of which something has waited for the mail server, and can still be composed anew."""
        hosts = self._outbox.late_hosts()
        hosts |= {host for way in self._outbox.queries.under_way() if way.flight is Flight.BEGUN for host in way.hosts}
        return frozenset(hosts - {""})

    def give_up(self, account: Account, before: float, now: Instant) -> int:
        """Compose what has waited since before a steady time, as expired mails; return how many deliveries."""
        if not self._outbox.overdue(before):
            return 0
        self._outbox.bind(account.recipients)
        overdue = {}
        for recipient in self._outbox.waiting():
            numbers = tuple(one.id for one in self._outbox.pending(recipient) if one.seen < before)
            if numbers:
                overdue[recipient] = numbers
        return self._compose(overdue, account, now, DeliveryState.EXPIRED)

    def _compose(
        self, ready: Mapping[str, tuple[int, ...]], account: Account, now: Instant, state: DeliveryState
    ) -> int:
        """Compose mails, the same one for all recipients of the same notifications; return how many deliveries."""
        deliveries = 0
        together: dict[tuple[int, ...], list[str]] = defaultdict(list)
        for recipient, numbers in ready.items():
            together[numbers].append(recipient)
        for numbers, recipients in together.items():
            wanted = set(numbers)
            waiting = [one for one in self._outbox.pending(recipients[0]) if one.id in wanted]
            late = any(one.late for one in waiting)
            notifications = [_by_todays_clock(one, now) for one in waiting]
            for episodes in arrange(notifications, late=late, digest_above=account.digest_above):
                message = self._message(episodes, recipients, account, now, late=late)
                self._outbox.store_messages([message], recipients, now, state)
                deliveries += len(recipients)
        return deliveries

    def _message(
        self, episodes: Sequence[Episode], recipients: Sequence[str], account: Account, now: Instant, *, late: bool
    ) -> NewMessage:
        signature = account.signature
        ids = MessageIds(self._outbox.token(), account.sender, signature.machine)
        message_id = ids.message_id(episodes, self._outbox.queries.has_message_id)
        references = ids.references(episodes, message_id, self._first_about)
        composed = partial(
            compose,
            episodes,
            now.wall,
            late=late,
            renotify=account.renotify,
            quiet=account.quiet,
            signature=signature,
            forgotten=self._outbox.queries.may_have_been_mailed(
                min(episode.notifications[0].at for episode in episodes)
            ),
        )
        head = MessageHead(account.sender, recipients, message_id, references, now.wall, signature.sender)
        write = writer_for(account)
        draft, content = write(lambda largest: composed(largest=largest), head, self._most_bytes)
        return NewMessage(message_id, draft.kind, draft.subject, account.sender, content, draft.notifications)

    def _first_about(self, notification: Notification) -> str | None:
        """Return the Message-ID of the first mail about the outage of a notification, or about its host's flapping."""
        if notification.kind is NotificationKind.STEADY:
            return self._outbox.queries.first_about_flapping(notification.host, notification.started)
        return None if notification.outage is None else self._outbox.queries.first_about(notification.outage)


def _by_todays_clock(notification: Notification, now: Instant) -> Notification:
    """Return a notification of what goes on, as old as it is: the wall clock may have been stepped meanwhile."""
    if notification.kind not in _GOES_ON:
        return notification
    return replace(notification, at=now.wall - (now.steady - notification.steady))
