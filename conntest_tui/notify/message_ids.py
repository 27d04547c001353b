"""Message-IDs: unique, the same for the same mail, and such that all mails about an outage are one thread.

The mail that first tells of an outage has the outage's root as its Message-ID, made of the outage's number and the
store's token. Whatever follows refers to the root, and to the mail that really was the first if that was a digest.
"""

import hashlib
from collections.abc import Callable, Sequence

from conntest_tui.model import Notice, NoticeKind
from conntest_tui.notify.episodes import Story, Tale

_LONGEST_DOMAIN = 24  # so that a Message-ID fits on a line
_NO_DOMAIN = "conntest-tui.invalid"

_MOST_REFERENCES = 10

_OWN_ROOTS = frozenset({NoticeKind.FLAPPING, NoticeKind.BROKEN_FILES, NoticeKind.SKIPPED_ROWS})
_ROOTS = frozenset({Tale.DOWN, Tale.LINK_LOST, Tale.CAUSE})
"""The tales whose mail is the root of its thread."""

_BEGINNINGS = _ROOTS | {Tale.FLAPPING, Tale.WAS_DOWN, Tale.BROKEN_FILES, Tale.SKIPPED_ROWS}


class Threads:
    """Names mails."""

    def __init__(self, token: str, sender: str, machine: str = "") -> None:
        """Name the mails of one store.

        Args:
            token: what tells its mails from those of any other, random.
            sender: the address that they come from.
            machine: the name of this machine, for a sender whose domain says nothing.
        """
        self._right = f"{token}@{domain_of(sender, machine)}"

    def message_id(self, told: Sequence[Story], taken: Callable[[str], bool]) -> str:
        """Return the Message-ID of a new mail.

        Args:
            told: its stories.
            taken: whether a mail with a certain Message-ID exists; it was withdrawn, and this one takes its place.
        """
        first, last = told[0].notices[0], max(story.last.id for story in told)
        if len(told) > 1:
            name = f"notices-{min(n.id for story in told for n in story.notices)}-{last}"
        elif told[0].tale in _ROOTS or first.kind in _OWN_ROOTS or _is_lonely(first):
            name = _root(first)
        else:
            name = f"{_root(first)}.{last}"
        number = 1
        while taken(self._made(name, number)):
            number += 1
        return self._made(name, number)

    def references(
        self, told: Sequence[Story], message_id: str, first_about: Callable[[Notice], str | None]
    ) -> list[str]:
        """Return the Message-IDs that a mail refers to: for each of its stories the root, and its first mail.

        Args:
            told: the mail's stories.
            message_id: the mail's own.
            first_about: tells the Message-ID of the first mail about the same thing as a notice (its outage, its
                host's flapping), None when there was none.
        """
        found: dict[str, None] = {}
        for story in told[:_MOST_REFERENCES]:
            notice = story.notices[0]
            if len(told) > 1 and (story.tale in _BEGINNINGS or _is_lonely(notice)):
                continue
            earlier = first_about(notice)
            found |= dict.fromkeys((self._made(_root(notice), 1), *([earlier] if earlier else [])))
        found.pop(message_id, None)
        return list(found)

    def _made(self, name: str, number: int) -> str:
        return f"<{name}.{self._right}>" if number == 1 else f"<{name}.{number}.{self._right}>"


def _is_lonely(notice: Notice) -> bool:
    """Return whether it tells of a lost link as 1.0.0 did, once and with no outage: only when the link was back."""
    return notice.kind is NoticeKind.LINK_BACK and notice.outage is None


def _root(notice: Notice) -> str:
    """Return the name of the thread that a notice belongs to."""
    if notice.kind is NoticeKind.BROKEN_FILES:
        return f"configuration-{int(notice.at)}"
    if notice.kind is NoticeKind.SKIPPED_ROWS:
        return f"rows-{int(notice.at)}"
    if _is_lonely(notice):
        return f"link-{int(notice.started)}"
    if notice.kind in (NoticeKind.FLAPPING, NoticeKind.STEADY) or notice.outage is None:
        return f"flapping-{hashlib.sha256(f'{notice.host} {notice.started}'.encode()).hexdigest()[:8]}"
    return f"outage-{notice.outage}"


def domain_of(sender: str, machine: str = "") -> str:
    """Return the domain for the Message-IDs of a sender, as much of its end as they can hold.

    Args:
        sender: the address that mails come from; its own domain, when another machine could know it.
        machine: the name of this machine; the second choice, when it is a full one.
    """
    domains = (sender.rpartition("@")[2], machine)
    labels = next((domain.split(".") for domain in domains if _says_something(domain)), [])
    while len(".".join(labels)) > _LONGEST_DOMAIN:
        del labels[0]
    return ".".join(labels) or _NO_DOMAIN


def _says_something(domain: str) -> bool:
    """Return whether this is a full name beyond this machine (RFC 6761 reserves the ends that are not)."""
    name, _, end = domain.rpartition(".")
    return bool(name) and end not in ("localhost", "localdomain", "invalid")
