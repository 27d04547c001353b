"""Which kind of file it is: nobody need say so, and what is none of them is refused in good time."""

from contextlib import suppress

import pytest

from conntest_tui.importing.csv_hosts import Columns, Table
from conntest_tui.importing.file_format import read_data
from conntest_tui.importing.imported_hosts import ImportedHost, NotReadableError
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
