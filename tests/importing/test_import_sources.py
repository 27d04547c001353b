"""Which kind of file it is: nobody need say so. A prefix is swept for who answers, and nothing outside is asked."""

import ipaddress
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from conntest_tui.importing.csv_hosts import Columns, Table
from conntest_tui.importing.import_sources import MOST_ADDRESSES, prefix_of, read_data, sweep_prefix
from conntest_tui.importing.imported_hosts import ImportedHost, NotReadableError
from conntest_tui.model import Outcome, Pace, ProbeResult, SweepReport, Target
from tests.importing.reading import read


def test_other_xml_is_refused() -> None:
    with pytest.raises(NotReadableError, match="not of nmap"):
        read("<html><body>404</body></html>")


@pytest.mark.parametrize(
    "text", ["all:\n  hosts:\n    web1:\n      ansible_host: 10.1.1.1\n", "---\n# site\nall:\n  children:\n    web:\n"]
)
def test_yaml_is_refused_with_the_hint(text: str) -> None:
    with pytest.raises(NotReadableError, match="this is YAML") as caught:
        read(text)

    assert "ansible-inventory -i FILE --list > hosts.json" in caught.value.hint


@pytest.mark.parametrize("text", ["{", "{}", '{"monitorList": 5}', "[" * 100_000, '{"a":' * 100_000])
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(NotReadableError):
        read(text)


def test_a_text_of_one_column_without_hosts_is_none_of_the_kinds() -> None:
    with pytest.raises(NotReadableError, match="no host") as caught:
        read("*** Targets ***\nprobe = FPing\n+ Local\nmenu = Local\nhost = 10.1.1.1\n")

    assert "an Ansible inventory" in caught.value.hint
    assert "columns are" not in caught.value.hint


def test_a_person_is_asked_when_it_is_not_clear() -> None:
    asked: list[Table] = []

    def somebody(table: Table) -> Columns:
        asked.append(table)
        return Columns(3, 2)

    reading = read_data(b"7,core1,10.1.1.254,Bldg 6\n", None, somebody)

    assert reading.hosts == (ImportedHost("10.1.1.254", "core1", line=1),)
    assert len(asked) == 1


@pytest.mark.parametrize("data", [b"name,ip\nB\xfcro,10.1.1.5\n", b"a\0b", b"", b"\n\n", b"# only a comment\n"])
def test_what_is_no_text_or_nothing_is_refused(data: bytes) -> None:
    with pytest.raises(NotReadableError):
        read(data)


_LONG = 2 << 20


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\n" * _LONG, id="line ends"),
        pytest.param(b" " * _LONG + b"x", id="spaces"),
        pytest.param(b"," * _LONG, id="commas"),
        pytest.param(b"a,10.0.0.1\n" + b'"' * _LONG, id="quotes"),
        pytest.param(b"[a]\n" + b"x " * (_LONG // 2), id="a line of an inventory"),
        pytest.param(b"[" * _LONG, id="brackets"),
        pytest.param(b"[a]\n" + b"a[1:4]" * (_LONG // 6), id="ranges"),
        pytest.param(b'object Host "a" {' + b';"' * (_LONG // 2), id="settings of Icinga"),
        pytest.param(b'object Host "a" {}' + b"/*{{{" * (_LONG // 5), id="comments of Icinga"),
        pytest.param(b'object Host "a" {}' + b'\\"' * (_LONG // 2), id="quotes of Icinga"),
        pytest.param(b"define host {\n" + b"a\\\n" * (_LONG // 3), id="lines that are continued"),
        pytest.param(b"define host {\nname a\nuse a,a\n}\n" * (_LONG // 29), id="templates of themselves"),
        pytest.param(b"define host {\n" + b"define host {\n" * (_LONG // 14), id="definitions"),
        pytest.param(b'{"monitorList": [' + b"{}," * (_LONG // 3) + b"{}]}", id="monitors"),
        pytest.param(b'{"monitorList": [' + b"[" * _LONG, id="nested"),
        pytest.param(b"<nmaprun>" + b"<a>" * (_LONG // 3), id="elements"),
        pytest.param(b"<nmaprun " + b'a="b" ' * (_LONG // 6), id="attributes"),
        pytest.param(b"10.0.0.1\n" * (_LONG // 9), id="one host"),
    ],
)
def test_no_file_takes_time_in_the_square_of_its_size(data: bytes) -> None:
    """Where one did, the time limit of the suite ends it: 3 MB would take hours."""
    with suppress(NotReadableError):
        assert read(data).what


class Network:
    """Answers for some addresses."""

    method = "scripted"

    def __init__(self, *alive: str) -> None:
        self._alive = alive
        self.asked: list[str] = []

    def sweep(
        self,
        targets: Sequence[Target],
        *,
        progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        pace: Pace | None = None,
    ) -> SweepReport:
        del progress, cancelled, pace
        self.asked += [target.name for target in targets]
        results = tuple(
            ProbeResult(t.name, Outcome.REPLY, t.name, 0.001, 1) if t.name in self._alive else
            ProbeResult(t.name, Outcome.SILENT, t.name, None, 2)
            for t in targets
        )  # fmt: skip
        return SweepReport(results=results, seconds=0.1, sent=len(targets), strays=0)


@pytest.mark.parametrize(
    ("written", "first", "last", "number"),
    [
        ("10.1.1.0/24", "10.1.1.1", "10.1.1.254", 254),
        ("10.1.16.0/20", "10.1.16.1", "10.1.31.254", 4094),
        ("10.1.1.4/31", "10.1.1.4", "10.1.1.5", 2),
        ("10.1.1.4/32", "10.1.1.4", "10.1.1.4", 1),
        ("2001:db8::/120", "2001:db8::1", "2001:db8::ff", 255),
    ],
)
def test_only_addresses_of_the_prefix_are_asked(written: str, first: str, last: str, number: int) -> None:
    prefix, network = prefix_of(written), Network()
    assert prefix is not None

    assert sweep_prefix(prefix, network).hosts == ()
    assert (network.asked[0], network.asked[-1], len(network.asked)) == (first, last, number)
    assert all(ipaddress.ip_address(address) in prefix for address in network.asked)


def test_who_answers_is_a_group_of_its_own() -> None:
    prefix = prefix_of("10.1.1.0/29")
    assert prefix is not None

    reading = sweep_prefix(prefix, Network("10.1.1.2", "10.1.1.5", "10.9.9.9"))

    assert reading.hosts == (
        ImportedHost("10.1.1.2", group="10.1.1.0/29"),
        ImportedHost("10.1.1.5", group="10.1.1.0/29"),
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("10.0.0.0/19", "10.0.0.0/19 has too many addresses"),
        ("0.0.0.0/0", "has too many addresses"),
        ("2001:db8::/64", "has too many addresses"),
        ("10.1.1.5/24", "10.1.1.5/24 is an address within a prefix"),
        ("224.0.0.0/24", "multicast"),
        ("255.255.255.0/24", "reserved"),
        ("0.0.0.0/32", "means no address"),
        ("ff02::/120", "multicast"),
        ("10.1.1.0/33", "10.1.1.0/33 is neither a file nor a prefix"),
        ("10.1.1/24", "10.1.1/24 is neither a file nor a prefix"),
    ],
)
def test_what_cannot_be_swept_is_refused(written: str, said: str) -> None:
    with pytest.raises(NotReadableError, match=said) as caught:
        prefix_of(written)
    assert caught.value.hint


@pytest.mark.parametrize("written", ["10.1.1.1", "hosts/10", "file.xml"])
def test_what_is_no_prefix_is_none(written: str) -> None:
    assert prefix_of(written) is None


def test_the_bound_is_the_one_that_is_told() -> None:
    with pytest.raises(NotReadableError) as caught:
        prefix_of("10.0.0.0/8")
    assert "/20 and longer" in caught.value.hint
    assert MOST_ADDRESSES == 4_096
