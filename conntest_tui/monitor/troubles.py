"""The monitor's own troubles: each is told once when it comes and once when it goes."""

from collections.abc import Mapping, Sequence

from conntest_tui.model import Event, EventKind


class Troubles:
    """What is wrong with the monitor itself, by the part that says so."""

    def __init__(self) -> None:
        self._current: dict[str, str] = {}

    def update(self, found: Mapping[str, str], at: float) -> tuple[Event, ...]:
        """Take over what the parts say now and return what changed.

        Args:
            found: for each part in trouble, its line for the operator.
            at: POSIX seconds.
        """
        events = [
            Event(at, EventKind.TROUBLE, f"{part}: {text}")
            for part, text in found.items()
            if self._current.get(part) != text
        ]
        events += [Event(at, EventKind.RELIEF, f"{part}: well again") for part in self._current if part not in found]
        self._current = dict(found)
        return tuple(events)

    @property
    def lines(self) -> tuple[str, ...]:
        """A line for each, for the banner."""
        return tuple(f"{part}: {text}" for part, text in self._current.items())


def broken(problems: Sequence[str]) -> str:
    """Return one line about the problems of the files on disk, empty when there are none."""
    if not problems:
        return ""
    more = f" (and {len(problems) - 1} more: run conntest-tui validate)" if len(problems) > 1 else ""
    return f"the files on disk are broken, the last good ones stay in force: {problems[0]}{more}"
