"""What `nmap -oX` writes (https://nmap.org/book/app-nmap-dtd.html): the hosts that were up."""

from xml.parsers import expat

from conntest_tui.importing.found import Found, Left, NotReadableError, Reading

_KINDS = ("ipv4", "ipv6")
_DEEPEST = 100


class _Entities(Exception):  # noqa: N818 - it never leaves this module
    """The file declares what a small file can become a large one by."""


class _Hosts:
    """Takes the elements as they come."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.found: list[Found] = []
        self.down = 0
        self._parser = parser
        self._inside = False
        self._depth = 0
        self._line, self._state = 0, "up"
        self._addresses: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._vendor = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Entities("it is too deeply nested")
        if tag == "host":
            self._inside, self._line, self._state = True, self._parser.CurrentLineNumber, "up"
            self._addresses, self._names, self._vendor = {}, {}, ""
        elif not self._inside:
            return
        elif tag == "status":
            self._state = attributes.get("state", "up")
        elif tag == "address":
            self._addresses.setdefault(attributes.get("addrtype", "ipv4"), attributes.get("addr", ""))
            self._vendor = self._vendor or attributes.get("vendor", "")
        elif tag == "hostname":
            self._names.setdefault(attributes.get("type", ""), attributes.get("name", ""))

    def end(self, tag: str) -> None:
        self._depth -= 1
        if tag != "host" or not self._inside:
            return
        self._inside = False
        address = next((self._addresses[kind] for kind in _KINDS if kind in self._addresses), "")
        if self._state != "up":
            self.down += 1
            return
        name = self._names.get("user") or next(iter(self._names.values()), "")
        self.found.append(Found(address, name or self._vendor, line=self._line))


def read_nmap(text: str) -> Reading:
    """Return the hosts of an nmap report that were up.

    A report that breaks off, as one of an interrupted scan does, gives what stands before that.

    Raises:
        NotReadableError: it declares entities or attributes, which nmap does not, or is too deeply nested.
    """
    parser = expat.ParserCreate("utf-8")  # whatever it says of itself: it is decoded already
    hosts = _Hosts(parser)
    parser.StartElementHandler = hosts.start
    parser.EndElementHandler = hosts.end
    parser.EntityDeclHandler = parser.AttlistDeclHandler = _refuse
    left = []
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except _Entities as error:
        raise NotReadableError(str(error), mend="is it what nmap -oX has written?") from None
    except expat.ExpatError as error:
        left.append(Left(error.lineno, f"the report breaks off here: {expat.ErrorString(error.code)}"))
    if hosts.down:
        left.append(Left(0, f"{hosts.down} hosts that were not up"))
    return Reading("an nmap report", tuple(hosts.found), tuple(left))


def _refuse(*_: object) -> None:
    raise _Entities("it declares entities or attributes")
