"""The full name of this machine, for those who read where a mail comes from, and for mail servers that ask."""

import ipaddress
import queue
import socket
import threading
from functools import cache

from conntest_tui.text import clean

PATIENCE = 2.0
"""Seconds that a name service gets at most; one that is dead would take its own time-outs, 5 s a server and more."""

_LONGEST = 253  # characters of a domain name (RFC 1035, section 2.3.4)


@cache
def machine_name() -> str:
    """Return the full name of this machine, else what it calls itself; asked once, see `full_name`."""
    return full_name() or clean(socket.gethostname())


def full_name(seconds: float = PATIENCE) -> str:
    """Return the fully qualified host name of this machine in lower case, empty when it has none that others know.

    The name that the kernel has is asked of the resolver (/etc/hosts, then DNS) for its canonical form
    (getaddrinfo(3), AI_CANONNAME), in a thread of its own.

    Args:
        seconds: to wait for the resolver at most; after that the kernel's own name must do.
    """
    own = socket.gethostname()
    answers: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(_canonical(own)), name="full name", daemon=True).start()
    try:
        canonical = answers.get(timeout=max(0.0, seconds))
    except queue.Empty:
        canonical = ""
    return next((found for found in map(_presentable, (canonical, own)) if found), "")


def _canonical(name: str) -> str:
    """Return what the resolver calls a name, empty when it knows none."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
    except (OSError, UnicodeError):  # UnicodeError: a label that is too long for IDNA
        return ""
    return found[0][3] if found else ""


def _presentable(name: str) -> str:
    """Return a name in lower case without its last dot; empty when it says nothing to another machine."""
    name = name.rstrip(".").lower()
    labels = name.split(".")
    if len(labels) < 2 or len(name) > _LONGEST or "localhost" in labels or labels[-1] == "localdomain":
        return ""
    if not all(_is_label(label) for label in labels):
        return ""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name
    return ""


def _is_label(label: str) -> bool:
    """Return whether this is letters, digits and hyphens (RFC 952 as amended by RFC 1123, section 2.1)."""
    inner = label.replace("-", "")
    return label.isascii() and inner.isalnum() and label[0] != "-" and label[-1] != "-" and len(label) <= 63
