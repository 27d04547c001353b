"""Imports ahead of need: an upgrade replaces our files under a monitor that runs, and it must not notice.

Much is imported where it is first used, for the first paint and short commands must not wait for it. What a monitor has
not imported when `pip install --upgrade` comes by, it would take from the new version later: the first mail in weeks
would meet half a program. So everything is imported before `run` says that it is ready, and behind the console's first
paint.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module

LATE = (
    # Codecs are imported by name when text first asks for one: names of hosts, files of an editor, words of a server.
    "encodings.ascii",
    "encodings.idna",
    "encodings.latin_1",
    "encodings.punycode",
    "encodings.utf_8_sig",
    "_strptime",
    "difflib",
    "linecache",
    # What belongs to a mail, in small steps.
    "email.feedparser",
    "email.parser",
    "email._header_value_parser",
    "email.headerregistry",
    "email.contentmanager",
    "email.policy",
    "email.generator",
    "ssl",
    "hmac",
    "conntest_tui.notify.mime",
    "conntest_tui.notify.smtp_login",
    "conntest_tui.notify.smtp_connection",
    "conntest_tui.notify.smtp_channel",
)
"""What a monitor imports while it runs: our own modules that are imported within a function, and what they need."""


def import_ahead(names: Sequence[str] = LATE, between: Callable[[], object] = lambda: None) -> None:
    """Import modules, one after the other; what is missing is told when it is wanted.

    Args:
        names: what to import, the smallest first.
        between: called after each, to let others go on.
    """
    for name in names:
        with suppress(ImportError):
            import_module(name)
        between()
