"""The directory of a configuration: opens its files and keeps what is found wrong with each."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from conntest_tui.config.problems import Findings, Problem, Refused, one_file, withhold
from conntest_tui.config.read_files import LARGEST_FILE, Line, Missing, lines, read

HOSTS_FILE = "hosts.csv"
SERVER_FILE = "server_info.csv"
CREDENTIALS_FILE = "creds.csv"
RECIPIENTS_FILE = "email_recipients.csv"
SETTINGS_FILE = "settings.toml"
FILES = (HOSTS_FILE, SERVER_FILE, CREDENTIALS_FILE, RECIPIENTS_FILE, SETTINGS_FILE)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read.

    Attributes:
        lines: its sound lines, to be taken once; what is wrong with the others is found meanwhile.
        findings: what is wrong with it so far; whoever parses it adds to them.
        shared: whether its mode lets group or others at it.
    """

    lines: Iterator[Line]
    findings: Findings
    shared: bool


@dataclass(slots=True)
class Source:
    """One configuration directory while it is loaded.

    Attributes:
        directory: where its files are.
        warnings: what is allowed but unwise.
        also: files that are read beside those of the directory.
    """

    directory: Path
    warnings: list[Problem] = field(default_factory=list)
    also: list[Path] = field(default_factory=list)
    _findings: dict[str, Findings] = field(default_factory=dict)

    def findings(self, file: str) -> Findings:
        """Return what is wrong with a file so far."""
        return self._findings.setdefault(file, Findings(file))

    def problems(self) -> list[Problem]:
        """Return what is told of every file."""
        return [problem for findings in self._findings.values() for problem in findings.told()]

    @property
    def usable(self) -> bool:
        """Whether nothing was found that no watch can begin with."""
        return not any(findings.count for findings in self._findings.values())

    @contextmanager
    def reading(self, file: str) -> Iterator[None]:
        """Whatever goes wrong inside is a problem of this file: no file may end a watch, not by a fault of ours either.

        What the fault itself says is not repeated: it may quote a password.
        """
        with one_file():
            try:
                yield
            except Exception as error:  # noqa: BLE001 - the readers' outermost edge: it reports
                self.findings(file).add(None, fault(error), "is it the right file?")

    def open(self, file: str, *, missing: str | None, limit: int = LARGEST_FILE) -> SourceFile | None:
        """Read a file; None when it is not there, or after noting why it cannot be read.

        Args:
            file: its name in the directory.
            missing: how to mend that it is not there; None when it need not be there.
            limit: bytes it may hold at most.
        """
        findings = self.findings(file)
        try:
            content = read(self.directory / file, limit)
        except Missing as error:
            if missing:
                findings.add(None, error.text, missing)
            return None
        except Refused as refused:
            findings.refuse(None, refused)
            return None
        withhold(secret=content.foreign)
        return SourceFile(lines(content.data, findings), findings, content.shared)


def fault(error: BaseException) -> str:
    """Return why a file cannot be read or understood, for a problem."""
    match error:
        case RecursionError():
            return "it is too deeply nested"
        case MemoryError():
            return "there is not enough memory to read it"
        case OSError(strerror=str(reason)):
            return f"it cannot be read: {reason}"
    return f"it cannot be understood ({type(error).__name__})"
