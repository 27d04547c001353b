"""To whose monitor a console is attached, and how far from here that is: another user's, machine's, time zone's."""

from dataclasses import dataclass

from conntest_tui.model.wall_clock import TimeZone


@dataclass(frozen=True, slots=True)
class Attachment:
    """A monitor in another process, as the console that shows it knows it.

    Attributes:
        user: who runs it.
        machine: the name of its machine, without the domain; empty for this one.
        process: its number there.
        version: of its program.
        view_only: whether nothing can be done from here.
        zone: the zone that it writes times in, where its clock shows something else than the one here; None where not.
        socket: where it listens, for a person.
        not_taken_over: why this user cannot go on with its watch, now that it is gone; empty where that is possible.
    """

    user: str
    machine: str = ""
    process: int = 0
    version: str = ""
    view_only: bool = False
    zone: TimeZone | None = None
    socket: str = ""
    not_taken_over: str = ""

    @property
    def whose(self) -> str:
        """Whose monitor it is: `conntest`, or on another machine `conntest@gateway`."""
        return f"{self.user}@{self.machine}" if self.machine else self.user
