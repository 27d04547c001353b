"""What can be wrong with a file: problems with their line and a hint, collected so that all are shown at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from conntest_tui.errors import ConntestError
from conntest_tui.text import clean

# A file of the wrong kind has a problem on every line; the first hundred say what is wrong with all of them.
MOST_PROBLEMS = 200
PROBLEMS_LISTED = 100
MOST_COUNTED = 20_000
"""Problems after which the rest of a file is not looked at."""

_Parsed = TypeVar("_Parsed")

_ECHO_LIMIT = 60
_WITHHELD = "(not shown: the file, or its directory, belongs to another user)"
_withheld: ContextVar[bool] = ContextVar("withheld", default=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that the operator must correct, or should know about.

    Attributes:
        file: name of the file, as the operator knows it.
        line: the line, from 1; None when the file as a whole is meant.
        text: what is wrong.
        hint: what to do about it.
    """

    file: str
    line: int | None
    text: str
    hint: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.text}; {self.hint}"


class ConfigError(ConntestError):
    """The configuration cannot be used. Its text is every problem, one per line.

    Attributes:
        problems: every problem of every file.
        also: files that were read beside those of the directory: the problem may be in one of them.
    """

    title = "The configuration has problems"

    def __init__(self, problems: Iterable[Problem], also: Iterable[Path] = ()) -> None:
        self.problems = tuple(problems)
        self.also = tuple(also)
        super().__init__(
            "\n".join(map(str, self.problems)), hint="correct what is listed, then run: conntest-tui validate"
        )


class Refused(ValueError):  # noqa: N818 - it is no error of the program: it carries a verdict on one field to its line
    """A field or a file cannot be used; the caller, who knows the place, makes a `Problem` of it.

    Attributes:
        text: what is wrong.
        hint: what to do about it.
    """

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint


class NewlyRefused(Refused):
    """Version 1.0.0 accepted it: after an upgrade the monitor goes on without it."""


@dataclass(slots=True)
class FileProblems:
    """The problems of one file, in the order they are found; only as many are kept as are shown.

    Attributes:
        file: its name.
        count: problems that keep the monitor from starting.
        skipped: problems that the monitor goes on with, because version 1.0.0 did.
    """

    file: str
    count: int = 0
    skipped: int = 0
    _kept: list[Problem] = field(default_factory=list)
    _kept_skipped: list[Problem] = field(default_factory=list)

    @property
    def enough(self) -> bool:
        """Whether so much is wrong that it is not worth while to look for more."""
        return self.count + self.skipped >= MOST_COUNTED

    def add(self, line: int | None, text: str, hint: str) -> None:
        """Note a problem."""
        self.count += 1
        if self.count <= MOST_PROBLEMS:
            self._kept.append(Problem(self.file, line, text, hint))

    def refuse(self, line: int | None, refused: Refused, *, prefix: str = "") -> None:
        """Note what was refused; `prefix` says in which field."""
        if not isinstance(refused, NewlyRefused):
            self.add(line, prefix + refused.text, refused.hint)
            return
        self.skipped += 1
        if self.skipped <= MOST_PROBLEMS:
            self._kept_skipped.append(Problem(self.file, line, prefix + refused.text, refused.hint))

    def checked(self, line: int, parse: Callable[[str], _Parsed], text: str) -> _Parsed | None:
        """Parse a line or a field of it; None after noting why it was refused."""
        try:
            return parse(text)
        except Refused as refused:
            self.refuse(line, refused)
            return None

    def listed(self) -> Sequence[Problem]:
        """Return the problems by line; of more than `MOST_PROBLEMS` the first ones, and how many more there are."""
        return self._listed(self._kept + self._kept_skipped, self.count + self.skipped)

    def listed_skipped(self) -> Sequence[Problem]:
        """Return, in the same way, those that the monitor goes on with."""
        return self._listed(self._kept_skipped, self.skipped)

    def _listed(self, kept: Sequence[Problem], count: int) -> Sequence[Problem]:
        listed = sorted(kept, key=lambda problem: problem.line or 0)
        if count <= MOST_PROBLEMS:
            return listed
        text = f"{'at least ' if self.enough else ''}{count - PROBLEMS_LISTED} more problems"
        return [*listed[:PROBLEMS_LISTED], Problem(self.file, None, text, "correct the ones above first")]


@contextmanager
def one_file() -> Iterator[None]:
    """Inside, one file is read: whether what it says may be repeated is for `withhold` to say."""
    token = _withheld.set(False)
    try:
        yield
    finally:
        _withheld.reset(token)


def withhold(*, secret: bool) -> None:
    """Let `echo` repeat nothing of the file that is being read, if it may be another user's secret."""
    _withheld.set(secret)


def echo(text: str) -> str:
    """Return what a file says, harmless and short enough to repeat in a problem."""
    if _withheld.get():
        return _WITHHELD
    return clean(text if len(text) <= _ECHO_LIMIT else text[: _ECHO_LIMIT - 1] + "…")
