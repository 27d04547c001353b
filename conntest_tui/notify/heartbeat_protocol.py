"""What a heartbeat service is asked, and what its answer means: healthchecks.io, Uptime Kuma, and any other."""

import json
import ssl
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from conntest_tui.config import HeartbeatKind, HeartbeatService
from conntest_tui.notify.bounded_http import HttpAnswer, HttpRequest, NoHttpAnswerError, request
from conntest_tui.text import clean, without_addresses

_LONGEST_REASON = 500  # characters
_SET_BY_US = frozenset({"status", "msg", "ping"})


def tell_heartbeat_service(service: HeartbeatService, failure: str, seconds: float, patience: float) -> str | None:
    """Tell a service of a sweep.

    Args:
        service: which.
        failure: why the watch is in trouble; empty when all is well.
        seconds: how long the sweep took.
        patience: seconds that it may take.

    Returns:
        why the service has not heard of it, empty when it has; None when silence is what it is to hear.
    """
    asked = heartbeat_request(service, failure, seconds)
    if asked is None:
        return None
    try:
        return refusal(service.kind, request(asked, _context(service.ca_file, service.trusted), patience))
    except NoHttpAnswerError as error:
        _context.cache_clear()  # the authorities of the system may be others by the next try
        return str(error)
    except OSError as error:  # the file has gone, or was spoilt, since it was checked
        return f"heartbeat.ca_file cannot be used ({error.strerror or type(error).__name__})"


@lru_cache(maxsize=1)
def _context(ca_file: Path | None, _trusted: str) -> ssl.SSLContext:
    """Return what checks certificates; another content of the file makes another one."""
    return ssl.create_default_context(cafile=ca_file)


def heartbeat_request(service: HeartbeatService, failure: str, seconds: float) -> HttpRequest | None:
    """Return what the service is asked; None when silence says it.

    Args:
        service: which.
        failure: why the watch is in trouble; empty when all is well.
        seconds: how long the sweep took.
    """
    url = urlsplit(service.url.reveal())._replace(fragment="")
    reason = without_addresses(clean(failure))[:_LONGEST_REASON]
    match service.kind:
        case HeartbeatKind.HEALTHCHECKS:  # https://healthchecks.io/docs/http_api/
            path = url.path.rstrip("/") + ("/fail" if failure else "")
            body = reason or f"swept in {seconds:.1f} s"
            return HttpRequest(urlunsplit(url._replace(path=path)), "POST", body)
        case HeartbeatKind.UPTIME_KUMA:
            kept = [(name, value) for name, value in parse_qsl(url.query) if name not in _SET_BY_US]
            state = [("status", "down" if failure else "up"), ("msg", reason or "OK")]
            state.append(("ping", "" if failure else str(round(seconds * 1000))))  # milliseconds, for its graph
            return HttpRequest(urlunsplit(url._replace(query=urlencode(kept + state))))
        case _:
            return None if failure else HttpRequest(urlunsplit(url))


def refusal(kind: HeartbeatKind, answer: HttpAnswer) -> str:
    """Return why an answer is no acceptance, empty when it is one.

    A page that something else on the way serves (a portal, a proxy, a parked name) has status 200 too. What the answer
    says is not repeated: error pages quote the URL.
    """
    said = answer.body.strip()
    match kind:
        case HeartbeatKind.HEALTHCHECKS:
            if answer.status == 429 or said == "OK (rate limited)":
                return ""  # it has heard from us often enough
            if answer.status in {404, 409} or said == "OK (not found)":
                return "the service knows no such check: was it deleted, or the URL mistyped?"
            well = said.startswith("OK")
        case HeartbeatKind.UPTIME_KUMA:
            if answer.status == 404:
                return "the service knows no such monitor: is it paused, deleted, or the URL mistyped?"
            well = _says_ok(said)
        case _:
            well = True
    if not 200 <= answer.status < 300:
        return f"the service answers with status {answer.status}"
    return "" if well else "what answers there is not the service: a page of something on the way?"


def _says_ok(said: str) -> bool:
    try:
        answer = json.loads(said)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and answer.get("ok") is True
