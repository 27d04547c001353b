"""What a reader finds in a file of another program."""

from dataclasses import dataclass

from conntest_tui.errors import ConntestError


class NotReadableError(ConntestError):
    """A file is nothing that hosts can be taken from, or only with help."""

    title = "Nothing can be imported"


@dataclass(frozen=True, slots=True)
class Found:
    """A host as another program has it. Nothing of it is checked yet.

    Attributes:
        host: its address or name.
        description: free text.
        location: free text.
        group: the group that it is in.
        options: further fields of the row, as hosts.csv writes them (`attempts=5`).
        parent: the address or name of the host that it is reached through.
        line: where it stands in its file, from 1; 0 when it comes from no file.
        off: whether the other program does not watch it: it is added as a commented-out row.
    """

    host: str
    description: str = ""
    location: str = ""
    group: str = ""
    options: tuple[str, ...] = ()
    parent: str = ""
    line: int = 0
    off: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """Something that is not imported.

    Attributes:
        line: where it stands, from 1; 0 when that cannot be said.
        text: what it is, and why not.
    """

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read.

    Attributes:
        what: what kind of file it is, for a person.
        found: the hosts, in their order.
        left: what is not imported.
    """

    what: str
    found: tuple[Found, ...]
    left: tuple[Left, ...] = ()
