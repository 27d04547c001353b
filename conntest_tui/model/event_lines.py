"""An event as a line: its kind, and then what the kind does not say already.

So it stands in the daily log, in what `run` prints and in what `events` does.
"""

from conntest_tui.model.events import Event, EventKind
from conntest_tui.text import clean, iso

# How the sentences of events say what their kind says, and what stays of that behind the kind. All of it stands after
# the name of the host, which is anybody's text: so the last place in the sentence is ours.
_WITHIN = {
    EventKind.FAILED: ((" failed: ", ": "), (" failed of its own, ", ": of its own, ")),
    EventKind.STILL_FAILING: ((" still failing after ", " after "),),
    EventKind.RESTORED: ((" restored after ", " after "),),
    EventKind.UNREACHABLE: ((" unreachable behind ", " behind "),),
    EventKind.FLAPPING: ((" is flapping: ", ": "),),
    EventKind.STEADY: ((" is steady again and ", " is "),),
    EventKind.ACKNOWLEDGED: ((" acknowledged by ", " by "), (" acknowledged: ", ": ")),
    EventKind.UNACKNOWLEDGED: ((" no longer acknowledged (", " ("),),
    EventKind.UNMUTED: ((" no longer muted (", " ("),),
    EventKind.MUTED: ((" muted until ", " until "),),
    EventKind.MUTE_PLANNED: ((" muted from ", " from "),),
    EventKind.MUTE_DROPPED: ((" not muted from ", " not from "), (" was to be muted from ", " from ")),
    EventKind.ADDED: ((" added to hosts.csv (", " ("),),
    EventKind.REMOVED: ((" removed from hosts.csv, ", ", "),),
    EventKind.RECHECKED: ((" rechecked by ", " by "), (" rechecked: ", ": ")),
    EventKind.LINK_LOST: ((" link is lost: ", ": "),),
    EventKind.LINK_BACK: ((" link is back: ", ": "),),
    EventKind.UNWATCHED: ((" is not watched: ", ": "),),
    EventKind.WATCHED: ((" is watched again after ", " again after "),),
}
_BEFORE = {
    EventKind.LINK_LOST: "the own ",
    EventKind.LINK_BACK: "the own ",
    EventKind.UNWATCHED: "nothing was watched ",
    EventKind.CAUSE_OVER: "over ",
    EventKind.DELIVERED: "delivered: ",
    EventKind.DISCARDED: "mail discarded: ",
}
_BEHIND = {
    EventKind.ACKNOWLEDGED: " acknowledged",
    EventKind.UNACKNOWLEDGED: " no longer acknowledged",
    EventKind.UNMUTED: " no longer muted",
    EventKind.ADDED: " added to hosts.csv",
    EventKind.REMOVED: " removed from hosts.csv",
    EventKind.STOPPED: " was stopped",
}


def beside_kind(event: Event) -> str:
    """Return the text of an event as it reads behind the name of its kind: `failed: X failed: why` -> `X: why`."""
    text = event.text.removeprefix(_BEFORE.get(event.kind, ""))
    for said, short in _WITHIN.get(event.kind, ()):
        head, found, tail = text.rpartition(said)
        if found:
            return f"{head}{short}{tail}"
    return text.removesuffix(_BEHIND.get(event.kind, ""))


def event_line(event: Event) -> str:
    """Return an event as a line: `2026-11-22T03:00:00+01:00 failed: 10.1.1.254 Router: no reply [mailed: ...]`."""
    mail = f" [{event.mail}]" if event.mail else ""
    return f"{iso(event.at)} {event.kind.value}: {clean(beside_kind(event) + mail)}"
