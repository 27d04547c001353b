"""What is known about a name: the part of it that outlives the process."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NameRecord:
    """The last good addresses of a name.

    Attributes:
        name: the name.
        addresses: all of them, numeric, as name service gave them last; empty when it never gave any.
        confirmed: steady time at which it last gave them.
        gone: steady time since when it says that there is no such name, or no address; None while it does not.
        answering: the address that answered last, empty before any has.
        answering_since: POSIX seconds since when it has been the one that answers; None before any has.
    """

    name: str
    addresses: tuple[str, ...] = ()
    confirmed: float = 0.0
    gone: float | None = None
    answering: str = ""
    answering_since: float | None = None
