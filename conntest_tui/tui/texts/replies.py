"""What the console says to what the operator does: that it was done, or why it cannot be."""

from collections.abc import Sequence

from conntest_tui.model import HostStatus, State
from conntest_tui.text import DAY, HOUR
from conntest_tui.tui.texts.phrases import counted, label

NO_HOST = "There is no host to act on."
ONE_HOST_ONLY = "A group is selected. Select one of its hosts for that."
NOTHING_FAILS = "No host is failing: there is nothing to recheck."

ACKNOWLEDGE_EXPLAINED = "No reminders until it recovers. Everybody sees the note."
GIVE_BACK, CHANGE_NOTE = "Give it back: reminders go on", "Change the note"

MUTES: tuple[tuple[str, float | None], ...] = (
    ("for 1 hour", HOUR),
    ("for 4 hours", 4 * HOUR),
    ("for 1 day", DAY),
    ("until it is unmuted", None),
)
"""For how long a host can be muted: how it is said, and seconds."""

_NOT_DOWN = {
    State.UP: "is up",
    State.PENDING: "has not been probed yet",
    State.SUSPECT: "has not failed often enough yet",
    State.UNWATCHED: "cannot be watched just now",
}


def rechecking(hosts: Sequence[HostStatus]) -> str:
    """Return what is said when some hosts are being probed."""
    return f"Rechecking {label(hosts[0].host) if len(hosts) == 1 else counted(len(hosts), 'host')}"


def rechecking_all(number: int) -> str:
    """Return what is said when a sweep of all hosts begins."""
    return f"Rechecking all {counted(number, 'host')}"


def rechecking_failing(number: int) -> str:
    """Return what is said when the hosts that fail are being probed."""
    return f"Rechecking {counted(number, 'failing host')}"


def why_not_acknowledge(status: HostStatus) -> str:
    """Return why there is nothing to acknowledge about a host, empty when there is."""
    if status.outage is not None:
        return ""
    return f"{label(status.host)} {_NOT_DOWN.get(status.state, 'has no outage')}: there is nothing to acknowledge."


def acknowledged(status: HostStatus, note: str) -> str:
    """Return what is said when an outage was taken."""
    said = f"Acknowledged {label(status.host)}"
    return f"{said}: {note}" if note else f"{said}: no reminders until it recovers"


def given_back(status: HostStatus) -> str:
    """Return what is said when an outage was given back."""
    return f"Gave {label(status.host)} back: reminders go on"


def is_acknowledged(status: HostStatus) -> str:
    """Return the title of the choice for a host that somebody has taken."""
    note = status.outage.acknowledged if status.outage is not None else None
    return f"{label(status.host)} is acknowledged: {note}" if note else f"{label(status.host)} is acknowledged"


def muted(status: HostStatus, how_long: str) -> str:
    """Return what is said when a host was muted; `how_long` is one of `MUTES`."""
    return f"Muted {label(status.host)} {how_long}: no letters about it"


def unmuted(status: HostStatus) -> str:
    """Return what is said when a host was unmuted."""
    return f"Unmuted {label(status.host)}: letters about it go out again"


def why_not_unmute(status: HostStatus) -> str:
    """Return why a host cannot be unmuted, empty when it can."""
    if status.mark is not None and status.mark.muted:
        return ""
    return f"{label(status.host)} is not muted."


def copied(address: str) -> str:
    """Return what is said when an address was copied."""
    return f"Copied {address}"
