"""Message-IDs: unique, the same for the same mail, and so that all mails about an outage are one thread.

The first mail about an outage has the outage's root as its Message-ID, made of the outage's number and the
store's token. Whatever follows refers to the root, and to the mail that really was the first if that was a digest.
"""

import hashlib
from collections.abc import Callable, Sequence

from conntest_tui.model import Notification, NotificationKind
from conntest_tui.notify.outage_episodes import Episode, EpisodeKind

_LONGEST_DOMAIN = 24  # so that a Message-ID fits on a line
_NO_DOMAIN = "conntest-tui.invalid"

_MOST_REFERENCES = 10

_OWN_ROOTS = frozenset(
    {NotificationKind.FLAPPING, NotificationKind.BROKEN_FILES, NotificationKind.SKIPPED_ROWS, NotificationKind.REPORT}
)
_ROOTS = frozenset({EpisodeKind.DOWN, EpisodeKind.LINK_LOST, EpisodeKind.CAUSE})
"""The kinds whose mail is the root of its thread."""

_BEGINNINGS = _ROOTS | {EpisodeKind.FLAPPING, EpisodeKind.WAS_DOWN, EpisodeKind.BROKEN_FILES, EpisodeKind.SKIPPED_ROWS}


class MessageIds:
    """Names mails."""

    def __init__(self, token: str, sender: str, machine: str = "") -> None:
        """Name the mails of one store.

        Args:
            token: random text that no other store has.
            sender: the address that they come from.
            machine: the name of this machine, for a sender whose domain says nothing.
        """
        self._right = f"{token}@{domain_of(sender, machine)}"

    def message_id(self, episodes: Sequence[Episode], taken: Callable[[str], bool]) -> str:
        """Return the Message-ID of a new mail.

        Args:
            episodes: its episodes.
            taken: whether a mail with a certain Message-ID exists; it was withdrawn, and this one takes its place.
        """
        first, last = episodes[0].notifications[0], max(episode.last.id for episode in episodes)
        if len(episodes) > 1:
            name = f"notices-{min(n.id for episode in episodes for n in episode.notifications)}-{last}"
        elif episodes[0].kind in _ROOTS or first.kind in _OWN_ROOTS or _is_lonely(first):
            name = _root(first)
        else:
            name = f"{_root(first)}.{last}"
        number = 1
        while taken(self._made(name, number)):
            number += 1
        return self._made(name, number)

    def references(
        self, episodes: Sequence[Episode], message_id: str, first_about: Callable[[Notification], str | None]
    ) -> list[str]:
        """Return the Message-IDs that a mail refers to: for each of its episodes the root, and its first mail.

        Args:
            episodes: the mail's episodes.
            message_id: the mail's own.
            first_about: returns the Message-ID of the first mail about the same thing as a notification (its outage,
                its host's flapping), None when there was none.
        """
        found: dict[str, None] = {}
        for episode in episodes[:_MOST_REFERENCES]:
            notification = episode.notifications[0]
            if len(episodes) > 1 and (episode.kind in _BEGINNINGS or _is_lonely(notification)):
                continue
            earlier = first_about(notification)
            found |= dict.fromkeys((self._made(_root(notification), 1), *([earlier] if earlier else [])))
        found.pop(message_id, None)
        return list(found)

    def _made(self, name: str, number: int) -> str:
        return f"<{name}.{self._right}>" if number == 1 else f"<{name}.{number}.{self._right}>"


def _is_lonely(notification: Notification) -> bool:
    """Return whether it is about a lost link as 1.0.0 wrote it: once, with no outage, when the link was back."""
    return notification.kind is NotificationKind.LINK_BACK and notification.outage is None


def _root(notification: Notification) -> str:
    """Return the name of the thread that a notification belongs to."""
    if notification.kind is NotificationKind.BROKEN_FILES:
        return f"configuration-{int(notification.at)}"
    if notification.kind is NotificationKind.SKIPPED_ROWS:
        return f"rows-{int(notification.at)}"
    if notification.kind is NotificationKind.REPORT:
        return f"report-{notification.reason}"
    if _is_lonely(notification):
        return f"link-{int(notification.started)}"
    if notification.kind in (NotificationKind.FLAPPING, NotificationKind.STEADY) or notification.outage is None:
        return f"flapping-{hashlib.sha256(f'{notification.host} {notification.started}'.encode()).hexdigest()[:8]}"
    return f"outage-{notification.outage}"


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
