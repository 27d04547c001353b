"""The facts of the status page for programs: one JSON object. Fields are only ever added. Pure.

Times are POSIX seconds, lengths seconds; what is not known is null.
"""

import json
from typing import Any

from conntest_tui import __version__
from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus, Outage, Standing
from conntest_tui.text import iso, without_addresses
from conntest_tui.web.open_trouble import STATES, OpenCause, SiteView
from conntest_tui.web.status_words import reason_of, seconds_down
from conntest_tui.web.watch_health import own_problems

MOST_OUTAGES = 5_000
"""Outages that are listed; what is beyond is counted."""

Json = dict[str, Any]


def status_json(view: SiteView) -> bytes:
    """Return the facts."""
    return json.dumps(_site(view), ensure_ascii=False, allow_nan=False).encode(errors="replace") + b"\n"


def _site(view: SiteView) -> Json:
    snapshot, figures, trouble, now = view.snapshot, view.figures, view.trouble, view.now
    by_state = {state.value: hosts for state, hosts in zip(STATES, trouble.counts, strict=True)}
    said: Json = {
        "at": now.wall,
        "time": iso(now.wall),
        "version": __version__,
        "title": snapshot.title if snapshot is not None else "",
        "healthy": not view.troubles,
        "troubles": list(view.troubles),
        "problems": list(own_problems(snapshot)) if snapshot is not None else [],
        "judged": figures.judged.wall if figures.judged is not None else None,
        "hosts": {"total": sum(trouble.counts), **by_state, "handled": trouble.handled, "muted": trouble.muted},
        "outages": [_outage(status, view) for status in trouble.outages[:MOST_OUTAGES]],
        "outages_left_out": max(0, len(trouble.outages) - MOST_OUTAGES),
        "causes": [_cause(cause, view) for cause in trouble.causes[:MOST_OUTAGES]],
        "groups": [
            {"group": name, **{state.value: hosts for state, hosts in zip(STATES, counts, strict=True)}}
            for name, counts in trouble.groups.items()
        ],
        "links_lost": list(figures.links_lost),
    }
    if snapshot is not None:
        sweep, mail = snapshot.sweep, snapshot.mail
        said["sweep"] = {
            "number": sweep.number,
            "running": sweep.running,
            "next": sweep.next,
            "interval": sweep.interval,
            "seconds": sweep.last.seconds if sweep.last else None,
        }
        said["mail"] = {
            "health": mail.health.value,
            "waiting": mail.queued,
            "waiting_since": figures.mail_waits_since,
            "delivered": mail.delivered,
            "next_try": mail.next_try,
        }
    return said


def _outage(status: HostStatus, view: SiteView) -> Json:
    host, standing = status.host, status.standing
    return {
        "host": host.name,
        "shown": host.display_name,
        "description": host.description,
        "location": host.location,
        "group": host.group,
        "state": standing.state.value,
        **_taken(standing.outage, view),
        "reason": reason_of(status),
        "behind": standing.outage.behind if standing.outage is not None else None,
        "flapping": standing.flapping,
        **_muted(standing, view.now),
    }


def _cause(cause: OpenCause, view: SiteView) -> Json:
    outage = cause.outage
    return {
        "cause": outage.host,
        **_taken(outage, view),
        "reason": without_addresses(outage.reason),
        "hosts": cause.hosts,
    }


def _taken(outage: Outage | None, view: SiteView) -> Json:
    """Return since when an outage is open, and who has it."""
    note = outage.acknowledged if outage is not None else None
    return {
        "since": outage.started.wall if outage is not None else None,
        "seconds": round(seconds_down(outage, view.now), 3) if outage is not None else None,
        "acknowledged": note is not None,
        "by": (outage.acknowledged_by or None) if outage is not None else None,
        "note": without_addresses(note) if note is not None else None,
    }


def _muted(standing: Standing, now: Instant) -> Json:
    until = standing.muted_until
    return {
        "muted": standing.muted,
        "muted_until": round(now.wall + until - now.steady, 3) if standing.muted and until is not None else None,
        "muted_with": standing.muted_with.host if standing.muted_with is not None else None,
    }
