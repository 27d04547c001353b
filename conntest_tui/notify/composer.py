"""The scribe: facts of the outbox become letters in the outbox, with their final bytes, before anything is sent."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from conntest_tui.clock import Instant
from conntest_tui.model import Notice, NoticeKind
from conntest_tui.model.reports import DeliveryState
from conntest_tui.notify.account import Account
from conntest_tui.notify.drafts import Draft, arrange, compose
from conntest_tui.notify.episodes import Story
from conntest_tui.notify.message_ids import Threads
from conntest_tui.store.outbox import Outbox
from conntest_tui.store.outbox_messages import NewLetter

if TYPE_CHECKING:
    from conntest_tui.notify.mime import Headers

_GOES_ON = frozenset(
    {
        NoticeKind.FAILED,
        NoticeKind.REMINDER,
        NoticeKind.FLAPPING,
        NoticeKind.LINK_LOST,
        NoticeKind.LINK_REMINDER,
        NoticeKind.CAUSE,
        NoticeKind.CAUSE_REMINDER,
    }
)


ADDED = 1024
"""Bytes that servers on the way may add to a mail, whose size is counted with them."""

SHORTEST = 4096
"""Bytes below which no mail is told in fewer words."""

_BETWEEN_PARTS = 700  # bytes of a mail that are neither its headers nor its parts


class Scribe:
    """Writes letters for the courier. Used by the courier's thread only."""

    def __init__(self, outbox: Outbox, most_bytes: int | None = None) -> None:
        """Write for an outbox.

        Args:
            outbox: what to write of, and where to.
            most_bytes: what a mail may have, as the server says; None when it does not.
        """
        self._outbox = outbox
        self._most_bytes = None if most_bytes is None else max(most_bytes - ADDED, most_bytes * 3 // 4)

    def write_all(self, account: Account, now: Instant) -> None:
        """Compose what waits and can be told now.

        A letter under way that certainly has not arrived is taken back when there is news about one of its hosts:
        what it tells goes into the new letter. News about a host wait as long as a letter about it may have arrived.
        """
        if self._outbox.fresh():
            self._outbox.bind(account.recipients)
        self._take_back_outdated()
        self._compose(self._ready(), account, now, DeliveryState.QUEUED)

    def take_back_oversized(self) -> None:
        """Take back what is larger than the server takes and certainly has not arrived: it is told in fewer words."""
        if self._most_bytes is not None:
            larger = self._outbox.letters.larger_than(max(self._most_bytes, SHORTEST))
            self._outbox.letters.withdraw_all(larger)

    def ready(self) -> bool:
        """Return whether something waits that could be told if the server took letters."""
        return self._outbox.fresh() or bool(self._ready())

    def outdated(self) -> frozenset[str]:
        """Return the hosts of which something has waited for the mail server, and can still be told otherwise."""
        hosts = self._outbox.late_hosts()
        hosts |= {host for way in self._outbox.letters.under_way() if not way.ambiguous for host in way.hosts}
        return frozenset(hosts - {""})

    def give_up(self, account: Account, before: float, now: Instant) -> None:
        """Compose what has waited since before a steady time, as letters that have expired already."""
        if not self._outbox.overdue(before):
            return
        self._outbox.bind(account.recipients)
        overdue = {}
        for recipient in self._outbox.waiting():
            numbers = tuple(fact.notice.id for fact in self._outbox.facts(recipient) if fact.seen < before)
            if numbers:
                overdue[recipient] = numbers
        self._compose(overdue, account, now, DeliveryState.EXPIRED)

    def _take_back_outdated(self) -> None:
        waiting = self._outbox.waiting()
        if not waiting:
            return
        news = {recipient: set(hosts.values()) for recipient, hosts in waiting.items()}
        self._outbox.letters.withdraw_all(
            (way.letter, way.recipient)
            for way in self._outbox.letters.under_way()
            if not way.ambiguous and not way.hosts.isdisjoint(news.get(way.recipient, ()))
        )

    def _ready(self) -> Mapping[str, tuple[int, ...]]:
        """Return the numbers of the notices that can be told now, by recipient."""
        waiting = self._outbox.waiting()
        if not waiting:
            return {}
        blocked: dict[str, set[str]] = defaultdict(set)
        for way in self._outbox.letters.under_way():
            if way.ambiguous:
                blocked[way.recipient] |= way.hosts
        ready = {
            recipient: tuple(notice for notice, host in hosts.items() if host not in blocked[recipient])
            for recipient, hosts in waiting.items()
        }
        return {recipient: notices for recipient, notices in ready.items() if notices}

    def _compose(
        self, ready: Mapping[str, tuple[int, ...]], account: Account, now: Instant, state: DeliveryState
    ) -> None:
        """Compose letters, the same ones for all recipients to whom the same is to be told."""
        together: dict[tuple[int, ...], list[str]] = defaultdict(list)
        for recipient, numbers in ready.items():
            together[numbers].append(recipient)
        for numbers, recipients in together.items():
            wanted = set(numbers)
            facts = [fact for fact in self._outbox.facts(recipients[0]) if fact.notice.id in wanted]
            late = any(fact.late for fact in facts)
            notices = [_by_todays_clock(fact.notice, now) for fact in facts]
            for told in arrange(notices, late=late, digest_above=account.digest_above):
                letter = self._letter(told, recipients, account, now, late=late)
                self._outbox.seal([letter], recipients, now, state)

    def _letter(
        self, told: Sequence[Story], recipients: Sequence[str], account: Account, now: Instant, *, late: bool
    ) -> NewLetter:
        from conntest_tui.notify.mime import Headers  # noqa: PLC0415 - slow to import

        by = account.origin
        threads = Threads(self._outbox.token(), account.sender, by.machine)
        message_id = threads.message_id(told, self._outbox.letters.taken)
        references = threads.references(told, message_id, self._first_about)
        composed = partial(
            compose,
            told,
            now.wall,
            late=late,
            renotify=account.renotify,
            quiet=account.quiet,
            by=by,
            forgotten=self._outbox.book.may_be_told(min(story.notices[0].at for story in told)),
        )
        headers = Headers(account.sender, recipients, message_id, references, now.wall, by.sender)
        draft, content = _written(composed(), headers)
        if self._most_bytes is not None and len(content) > self._most_bytes:
            frame = content.index(b"\r\n\r\n") + _BETWEEN_PARTS
            draft, content = _written(composed(largest=self._most_bytes - frame), headers)
        return NewLetter(message_id, draft.kind, draft.subject, account.sender, content, draft.notices)

    def _first_about(self, notice: Notice) -> str | None:
        """Return the Message-ID of the first mail about the outage of a notice, or about its host's flapping."""
        if notice.kind is NoticeKind.STEADY:
            return self._outbox.book.first_about_flapping(notice.host, notice.started)
        return None if notice.outage is None else self._outbox.letters.first_about(notice.outage)


def _written(draft: Draft, headers: "Headers") -> tuple[Draft, bytes]:
    """Return a draft with its final bytes."""
    from conntest_tui.notify.mime import MalformedError, write  # noqa: PLC0415 - slow to import

    try:
        return draft, write(draft, headers)
    except MalformedError:
        # Whatever this Python's email package does to that subject or name: plain ASCII is still an alert.
        plain = replace(draft, subject=draft.subject.encode("ascii", "replace").decode())
        return plain, write(plain, replace(headers, name=""))


def _by_todays_clock(notice: Notice, now: Instant) -> Notice:
    """Return a notice of something that goes on, as old as it is: the wall clock may have been stepped meanwhile."""
    if notice.kind not in _GOES_ON:
        return notice
    return replace(notice, at=now.wall - (now.steady - notice.steady))
