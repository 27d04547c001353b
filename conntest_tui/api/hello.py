"""What a monitor says of itself to whom connects, and what a console makes of that: whose it is, where, how new."""

import hashlib
import os
import re
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conntest_tui import __version__
from conntest_tui.api.json_values import JsonValueError, from_json, to_json
from conntest_tui.clock import Instant
from conntest_tui.model.wall_clock import TimeZone, zone_here
from conntest_tui.text import DAY, clean, shown

if TYPE_CHECKING:
    from conntest_tui.monitor import Monitor

API = 1
"""Counts the changes after which older programs understand nothing; fields and capabilities are only ever added."""

NEEDED = frozenset({"watch", "queries", "requests"})
"""Capabilities without which no console can be shown."""

_BOOT = Path("/proc/sys/kernel/random/boot_id")  # random(4): another one for each start of each machine
_LONGEST = 40  # characters of a name, when it is shown
_LONGEST_PATH = 4096


class VersionsApartError(JsonValueError):
    """A monitor is of a version that this console does not understand; the text says which side is to be updated."""


@dataclass(frozen=True, slots=True)
class Hello:
    """What a monitor has said of itself; what one of an older version does not say is empty.

    Attributes:
        epoch: names the run of its server.
        now: what its clocks show.
        may_act: whether it does what this user asks for.
        version: of its program.
        runs_as: the name of its user, as it says itself.
        process: its number.
        host: the name of its machine.
        machine: a number that no other machine has, and this one only until it is started again.
        zone: the zone of its clock.
        state: where its state is; empty when that is in memory.
        configuration: where its configuration is.
    """

    epoch: str
    now: Instant
    may_act: bool = False
    version: str = ""
    runs_as: str = ""
    process: int = 0
    host: str = ""
    machine: str = ""
    zone: TimeZone | None = None
    state: str = ""
    configuration: str = ""

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine; one that does not say so is reached over a socket, which is here."""
        return not self.machine or self.machine == machine_number()

    def zone_apart(self, at: float) -> TimeZone | None:
        """Return its zone at a moment (POSIX seconds) where its clock shows something else than the one here."""
        here, there = zone_here(at), self.zone
        if there is None or there.name == here.name:
            return None
        there = there.at(at)
        return there if there.offset != here.offset else None


def described(monitor: "Monitor") -> dict[str, Any]:
    """Return what a monitor says of itself, whoever asks."""
    now, path = monitor.clock.now(), monitor.parts.recorder.state.database.path
    return {
        "api": API,
        "version": __version__,
        "now": to_json(now),
        "process": os.getpid(),
        "host": socket.gethostname(),
        "machine": machine_number(),
        "zone": to_json(zone_here(now.wall)),
        "state": _as_text(path.parent) if path is not None else "",
        "configuration": _as_text(monitor.config.directory),
    }


def understood(said: Mapping[str, Any]) -> Hello:
    """Return what a monitor has said.

    Raises:
        VersionsApartError: this console does not understand such a monitor.
        JsonValueError: that is no hello.
    """
    theirs = said.get("version")
    version = clean(theirs)[:_LONGEST] if isinstance(theirs, str) else ""
    if said.get("api") != API:
        raise VersionsApartError(which_to_update(version, newer=_is_above(said.get("api"), API)))
    if NEEDED - set(from_json(tuple[str, ...], said.get("capabilities", []), "capabilities")):
        raise VersionsApartError(which_to_update(version, newer=False))
    found = from_json(Hello, dict(said), "hello")
    for name in (found.runs_as, found.host, *((found.zone.name,) if found.zone else ())):
        if clean(name) != name or len(name) > _LONGEST * 2:
            raise JsonValueError("hello: a name that does not print")
    if found.zone is not None and not abs(found.zone.offset) <= DAY:  # nor is nan
        raise JsonValueError("hello: no zone")
    if any(len(path) > _LONGEST_PATH for path in (found.state, found.configuration)):
        raise JsonValueError("hello: no path")
    return found


def which_to_update(theirs: str, *, newer: bool | None = None) -> str:
    """Return a sentence that says which side is the older one, where the two do not understand each other.

    Args:
        theirs: the version of the monitor.
        newer: whether it is newer than this console; None to go by the versions.
    """
    if newer is None:
        own, other = _numbers(__version__), _numbers(theirs)
        newer = None if own == other else other > own
    what = {True: "update the console", False: "update the monitor", None: "update both to one version"}[newer]
    return f"this console is {__version__}, the monitor {theirs or 'of an unknown version'}: {what}"


@cache
def machine_number() -> str:
    """Return a number that no other machine has, and this one until it is started again; empty where there is none."""
    with suppress(OSError):
        return hashlib.sha256(_BOOT.read_bytes().strip()).hexdigest()[:16]
    return ""


def _as_text(path: Path) -> str:
    """Return a path that the other side can open; empty for one that no text holds."""
    found = os.path.abspath(path)  # noqa: PTH100 - a link stays what it is, and the text is wanted
    return found if shown(found) == found else ""


def _is_above(number: object, other: int) -> bool:
    return isinstance(number, int) and number > other


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d{1,9}", version)[:3])
