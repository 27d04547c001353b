"""What the monitor does about names: keeps what is known of them, tells what has changed, asks whom it can ask now."""

from collections.abc import Iterable

from conntest_tui.clock import Instant
from conntest_tui.icmp.name_lookups import NameLookups
from conntest_tui.model import Event, EventKind
from conntest_tui.monitor.recorder import Recorder

EVERY = 1.0
"""Seconds between two looks at what has come: a thousand names come one by one, and are asked in a few sweeps."""


class NameChanges:
    """Used by the monitor's thread."""

    def __init__(self, names: NameLookups | None, recorder: Recorder) -> None:
        self._names = names
        self._recorder = recorder
        self._looked = 0.0

    def look_up(self, names: Iterable[str]) -> None:
        """Look some names up anew, before they are asked: the operator wants it."""
        if self._names is not None:
            self._names.refresh(names, awaited=True)

    def tend(self, now: Instant) -> tuple[str, ...]:
        """Let look-ups go on, and keep and tell what has come of them.

        Returns:
            the names to ask now, which the last sweeps could not.
        """
        names = self._names
        if names is None:
            return ()
        names.tend()
        if abs(now.steady - self._looked) < EVERY:
            return ()
        self._looked = now.steady
        changed = names.changed()
        if changed:
            self._recorder.keep(lambda: self._recorder.state.address_cache.keep(changed))
        self._recorder.note(*(Event(one.at, EventKind.NAME, one.text, host=one.name) for one in names.events.take()))
        return tuple(names.arrived())
