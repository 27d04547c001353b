"""What `nmap -oX` writes (https://nmap.org/book/app-nmap-dtd.html): the hosts that were up."""

import re
from collections.abc import Iterator
from xml.parsers import expat

from conntest_tui.importing.imported_hosts import ImportedHost, ImportResult, NotReadableError, SkippedEntry
from conntest_tui.text import count

_KINDS = ("ipv4", "ipv6")
_DEEPEST = 100
_ANSWERED = frozenset({"open", "closed", "unfiltered"})
"""States of a port that prove that something answered: `open|filtered` does not."""

_BEGIN = re.compile(r"<\?xml\s")
RECOGNISED = re.compile(r"<nmaprun[\s>]")
FOR_PEOPLE = re.compile(r"(?:# |Starting )Nmap [0-9]")
"""How the reports begin that nmap writes for people and for grep."""

_JUNK = expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]


class _Entities(Exception):  # noqa: N818 - it never leaves this module
    """The file declares what a small file can become a large one by."""


class _Hosts:
    """Takes the elements as they come."""

    def __init__(self) -> None:
        self.hosts: list[ImportedHost] = []
        self.down = self.unasked = 0
        self._inside = self._answered = False
        self._depth = 0
        self._line, self._state, self._reason = 0, "up", ""
        self._addresses: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._vendor = ""

    def parse(self, report: str, before: int) -> SkippedEntry | None:
        """Take one report, which begins behind so many lines; return where it breaks off."""
        parser = expat.ParserCreate("utf-8")  # whatever it says of itself: it is decoded already
        self._inside, self._depth = False, 0

        def start(tag: str, attributes: dict[str, str]) -> None:
            self._start(tag, attributes, before + parser.CurrentLineNumber)

        parser.StartElementHandler, parser.EndElementHandler = start, self._end
        parser.EntityDeclHandler = parser.AttlistDeclHandler = _refuse_declarations
        try:
            parser.Parse(report.encode("utf-8", "replace"), True)
        except expat.ExpatError as error:
            if self._depth or error.code != _JUNK:  # what nmap says when it is done is no loss
                return SkippedEntry(
                    before + error.lineno, f"the report breaks off here: {expat.ErrorString(error.code)}"
                )
        return None

    def _start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Entities("it is too deeply nested")
        if tag == "host":
            self._inside, self._answered = True, False
            self._line, self._state, self._reason = line, "up", ""
            self._addresses, self._names, self._vendor = {}, {}, ""
        elif not self._inside:
            return
        elif tag == "status":
            self._state, self._reason = attributes.get("state", "up"), attributes.get("reason", "")
        elif tag in {"state", "extraports"}:
            self._answered |= attributes.get("state", "") in _ANSWERED
        elif tag == "address":
            self._addresses.setdefault(attributes.get("addrtype", "ipv4"), attributes.get("addr", ""))
            self._vendor = self._vendor or attributes.get("vendor", "")
        elif tag == "hostname":
            self._names.setdefault(attributes.get("type", ""), attributes.get("name", ""))

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if tag != "host" or not self._inside:
            return
        self._inside = False
        address = next((self._addresses[kind] for kind in _KINDS if kind in self._addresses), "")
        if self._state != "up":
            self.down += 1
            return
        if self._reason == "user-set" and not self._answered:
            self.unasked += 1
            return
        name = self._names.get("user") or next(iter(self._names.values()), "")
        self.hosts.append(ImportedHost(address, name or self._vendor, line=self._line))


def read_nmap(text: str) -> ImportResult:
    """Return the hosts of an nmap report that were up; of several reports, when they follow each other.

    A report that breaks off, as one of an interrupted scan does, gives what is before that. Hosts that nmap
    took for up unasked (`-Pn`) count when a port answered.

    Raises:
        NotReadableError: it declares entities or attributes, which nmap does not, or is too deeply nested.
    """
    hosts = _Hosts()
    try:
        skipped = [broken for report, before in _reports(text) if (broken := hosts.parse(report, before))]
    except _Entities as error:
        raise NotReadableError(str(error), hint="is it what nmap -oX has written?") from None
    if hosts.down:
        were = "was" if hosts.down == 1 else "were"
        skipped.append(SkippedEntry(0, f"{count(hosts.down, 'host')} that {were} not up"))
    if hosts.unasked:
        taken = f"{count(hosts.unasked, 'host')} that nmap took for up unasked (-Pn), and of which no port answered"
        skipped.append(SkippedEntry(0, taken))
    return ImportResult("an nmap report", tuple(hosts.hosts), tuple(skipped))


def _reports(text: str) -> Iterator[tuple[str, int]]:
    """Yield each report, and how many lines stand before it. What stands before the first one is none."""
    begins = [found.start() for found in _BEGIN.finditer(text)]
    if not begins or RECOGNISED.search(text, 0, begins[0]):
        begins.insert(0, text.index("<"))
    at = lines = 0
    for begin, end in zip(begins, [*begins[1:], len(text)], strict=True):
        lines += text.count("\n", at, begin)
        at = begin
        yield text[begin:end], lines


def _refuse_declarations(*_: object) -> None:
    raise _Entities("it declares entities or attributes")
