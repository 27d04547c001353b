"""Exit statuses, one meaning each in every command."""

from enum import IntEnum


class Status(IntEnum):
    """What the process tells its caller."""

    OK = 0
    """All is well; for `check`: every host is up."""

    DOWN = 1
    """`check`: at least one host is down or has no address. `test-mail`: a letter was not accepted."""

    UNUSABLE = 2
    """The program cannot do its work: configuration, permission, state, usage. `check`: no host is down, and some could
    not be judged, because this machine could not ask them."""

    CRASHED = 3
    """The program itself is at fault."""
