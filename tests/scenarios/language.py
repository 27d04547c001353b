"""The scenario language: a few lines that say what happens, and which mails come of it.

    # One cause, one mail.

    hosts     switch, printer behind switch, cam1..cam3 behind switch in "Building 4", radio mail=off
    every     5m                                  # `every` is the interval; other settings by their name
    renotify  1h
    mail      to noc@example.com, boss@example.com
    mail      behind switch                       # where the mail server stands
    begins    2026-10-25 00:30                    # local time

    at 10m    switch, printer fail                # before the sweep that is due then
              cam1..cam3 fail
    at 40m    switch, printer, cam1..cam3 answer
    until     1h

    mails                                       # all of them, in order; `none` if there are none
      10m     [DOWN] switch
              | Unreachable because of it (4 hosts):
      40m     to boss@example.com: [UP after 30m] switch
      41m..46m  [UP after 30m] switch             # some time in between

    log                                           # to be found among the others
      10m     unreachable printer ... [not mailed: behind switch]

    finally
      printer is up   ▁▁✕✕▁                       # ▁ answered, ✕ failed, · nobody watched

Times count from the beginning, by a clock that nobody steps. `...` stands for anything. A line that begins with `#` is
a comment, and so is what follows ` #` in the part before `mails`. What can happen is listed in `sentences`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from conntest_tui.config.settings import all_settings
from conntest_tui.model import Host
from tests.scenarios.sentences import SPAN, Act, UnclearError, names, read, rows, span, value
from tests.stage import RECIPIENT


class ScenarioError(Exception):
    """A scenario that cannot be read: which line, and why."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens, so many seconds after the beginning."""

    at: float
    text: str
    act: Act


@dataclass(frozen=True, slots=True)
class Expected:
    """A mail, or a line of the log.

    Attributes:
        line: as it is written, without its quotations.
        first, last: seconds after the beginning between which it comes.
        text: its subject, or what the log says.
        to: recipients who get it; empty means all.
        quotes: what the mail says, among other things, in this order.
    """

    line: str
    first: float
    last: float
    text: str
    to: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """How a host stands at the end, or mail; with the last sweeps of its bar."""

    name: str
    state: str
    bar: str = ""


@dataclass(slots=True)
class Scenario:
    """What happens, and what comes of it."""

    hosts: list[Host] = field(default_factory=list)
    settings: dict[str, object] = field(default_factory=dict)
    recipients: tuple[str, ...] = (RECIPIENT,)
    mail_behind: str | None = None
    begins: datetime | None = None
    happenings: list[Happening] = field(default_factory=list)
    until: float = 0.0
    mails: list[Expected] = field(default_factory=list)
    log: list[Expected] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)


def parse(text: str) -> Scenario:
    """Read a scenario.

    Raises:
        ScenarioError: with the number of the first line that cannot be read.
    """
    scenario = Scenario()
    reader = _Reader(scenario)
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            reader.take(line)
        except ValueError as error:
            raise ScenarioError(f"line {number}: {error}") from None
    if not scenario.until:
        raise ScenarioError("it has no end: say `until 2h`")
    return scenario


# ---------------------------------------------------------------- lines

_FINAL_STATE = re.compile(r"(?P<hosts>.+?) (?:is|are) (?P<state>[a-z]+)(?:\s+(?P<bar>[▁✕·]+))?")
_MOMENT = re.compile(rf"(?P<first>{SPAN})(?:\.\.(?P<last>{SPAN}))?\s+(?:to (?P<to>\S+@[^:]+): )?(?P<text>.+)")
_SETTINGS = frozenset(path for path, _ in all_settings())


class _Reader:
    """Takes one line after the other; the first word of an unindented one says what it is about."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._known: set[str] = set()
        self._at: float | None = None
        self._indented: Callable[[str], None] = self._stray
        self._words: Mapping[str, Callable[[str], None]] = {
            "hosts": self._hosts,
            "every": lambda rest: self._knob("interval", rest),
            "mail": self._mail,
            "begins": self._begins,
            "at": self._at_moment,
            "until": self._until,
            "mails": lambda _: self._section(self._expected_mail),
            "log": lambda _: self._section(self._log),
            "finally": lambda _: self._section(self._ending),
        }

    def take(self, line: str) -> None:
        """Take a line that is neither empty nor a comment.

        Raises:
            ValueError: it makes no sense.
        """
        if line[0].isspace():
            self._indented(line.strip())
            return
        word, _, rest = line.partition(" ")
        rest = rest.partition(" #")[0].strip()
        if word in _SETTINGS:
            self._knob(word, rest)
        elif word in self._words:
            self._words[word](rest)
        else:
            raise UnclearError(f"`{word}` is neither a word of the language nor a setting of settings.toml")

    def _stray(self, _: str) -> None:
        raise UnclearError("nothing stands above this line that it could belong to")

    def _section(self, indented: Callable[[str], None]) -> None:
        self._indented = indented

    # ------------------------------------------------------------ the scene

    def _hosts(self, rest: str) -> None:
        self._scenario.hosts += rows(rest)
        self._known |= {host.name for host in self._scenario.hosts}
        self._indented = self._hosts

    def _knob(self, path: str, rest: str) -> None:
        table, _, name = path.rpartition(".")
        told = (rest,) if path.endswith("hosts") and ", " not in rest else value(rest)
        settings = self._scenario.settings
        if table:
            inner = settings.setdefault(table, {})
            assert isinstance(inner, dict)
            inner[name] = told
        else:
            settings[name] = told

    def _mail(self, rest: str) -> None:
        preposition, _, what = rest.partition(" ")
        if preposition == "to":
            self._scenario.recipients = names(what)
        elif preposition == "behind":
            self._scenario.mail_behind = what
        else:
            raise UnclearError("mail is `to` somebody, or `behind` a host")

    def _begins(self, rest: str) -> None:
        self._scenario.begins = datetime.fromisoformat(rest).astimezone()

    # ------------------------------------------------------------ what happens

    def _at_moment(self, rest: str) -> None:
        when, _, sentence = rest.partition(" ")
        if not re.fullmatch(SPAN, when):
            raise UnclearError(f"`{when}` is no time: say `at 1h30m`")
        at = span(when)
        if self._at is not None and at < self._at:
            raise UnclearError("this happens before what stands above it")
        self._at = at
        self._indented = self._happening
        self._happening(sentence)

    def _happening(self, sentence: str) -> None:
        sentence = sentence.partition(" #")[0].strip()
        gains = re.fullmatch(r"hosts.csv gains (.+)", sentence)
        if gains:
            self._known |= {host.name for host in rows(gains[1])}
        self._scenario.happenings.append(Happening(self._at or 0.0, sentence, read(sentence, tuple(self._known))))

    def _until(self, rest: str) -> None:
        self._scenario.until = span(rest)
        if self._scenario.until < (self._at or 0.0):
            raise UnclearError("it ends before the last thing happens")
        self._indented = self._stray

    # ------------------------------------------------------------ what comes of it

    def _expected_mail(self, line: str) -> None:
        mails = self._scenario.mails
        if line.startswith("|"):
            if not mails:
                raise UnclearError("a quotation stands below its mail")
            last = mails[-1]
            quotes = (*last.quotes, line.removeprefix("|").strip())
            mails[-1] = Expected(last.line, last.first, last.last, last.text, last.to, quotes)
        elif line != "none":
            mails.append(_expected(line))

    def _log(self, line: str) -> None:
        self._scenario.log.append(_expected(line))

    def _ending(self, line: str) -> None:
        found = _FINAL_STATE.fullmatch(line)
        if found is None:
            raise UnclearError(f"`{line}` is no ending: say `printer is up`, or `printer is up ▁✕▁`")
        self._scenario.endings += [Ending(name, found["state"], found["bar"] or "") for name in names(found["hosts"])]


def _expected(line: str) -> Expected:
    found = _MOMENT.fullmatch(line)
    if found is None:
        raise UnclearError(f"`{line}` does not begin with a time such as 10m or 10m..15m")
    first = span(found["first"])
    to = names(found["to"]) if found["to"] else ()
    return Expected(line, first, span(found["last"]) if found["last"] else first, found["text"], to)
