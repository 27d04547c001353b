"""A host put into hosts.csv: its row reads back as it is meant, and every other byte stays."""

import codecs
from pathlib import Path

import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from conntest_tui.config import hosts_csv_rows
from conntest_tui.config.hosts_csv_rows import (
    HeldRows,
    add_row,
    add_to_file,
    checked,
    heading_of,
    line_of,
    new_row,
    one_line,
)
from conntest_tui.config.hosts_file import parse_hosts
from conntest_tui.config.problems import FileProblems, Refused
from conntest_tui.config.read_files import MissingFile, lines
from conntest_tui.config.replace_file import ChangedMeanwhileError, NotReplacedError, replace_file
from conntest_tui.model import Host
from conntest_tui.model.requests import NewHost

THERE = """## our hosts
127.0.0.1,Loopback

# Building 406
10.1.1.254,Core,MDF
#10.1.1.9,off,for now

# Building 7, 2nd floor
10.7.0.1,"Switch, old",x
"""


def read(data: bytes) -> tuple[tuple[Host, ...], list[str]]:
    problems = FileProblems("hosts.csv")
    hosts = parse_hosts(lines(data, problems), problems).hosts
    return hosts, [problem.text for problem in problems.listed()]


def test_a_host_goes_behind_the_last_row_of_its_group() -> None:
    new = NewHost("10.1.1.5", "Printer, big", "Hall", "Building 406", "10.1.1.254")
    after, host = add_row(THERE.encode(), new)

    row = '10.1.1.5,"Printer, big",Hall,parent=10.1.1.254\n'
    assert after.decode() == THERE.replace("for now\n", f"for now\n{row}")
    assert host.line == 7
    added = next(host for host in read(after)[0] if host.name == "10.1.1.5")
    assert added == Host("10.1.1.5", "Printer, big", "Hall", "Building 406", "10.1.1.254")
    assert added.line == host.line


def test_a_new_group_is_headed_at_the_end() -> None:
    after, host = add_row(THERE.encode(), NewHost("10.8.0.1", group="Cellar"))

    assert after.decode() == f"{THERE}\n# Cellar\n10.8.0.1,,\n"
    assert host.line == 12


def test_a_byte_order_mark_stays_the_first_of_the_file() -> None:
    for before in ("", "# A\n10.0.0.1\n", "# A", "10.0.0.1", "# A\r\n10.0.0.1"):
        data = codecs.BOM_UTF8 + before.encode()
        after, host = add_row(data, NewHost("10.0.0.2"))
        assert after.startswith(codecs.BOM_UTF8)
        assert after.count(codecs.BOM_UTF8) == 1
        assert after.splitlines()[host.line - 1].removeprefix(codecs.BOM_UTF8) == b"10.0.0.2,,"


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (NewHost("10.1.1.254"), "10.1.1.254 is in hosts.csv already, on line 5"),
        (NewHost("::ffff:10.7.0.1"), "10.7.0.1 is in hosts.csv already, on line 9"),
        (NewHost("10.1.1.9"), "10.1.1.9 is in hosts.csv already, commented out on line 6"),
        (NewHost("10.1.1.300"), "10.1.1.300 is not an address"),
        (NewHost("10.1.1.1-20"), "10.1.1.1-20 is a range"),
        (NewHost(""), "the address is missing"),
        (NewHost("10.0.0.1", parent="10.9.9.9"), "parent: 10.9.9.9 is not in hosts.csv"),
        (NewHost("10.0.0.1", parent="10.1.1.9"), "parent: 10.1.1.9 is not in hosts.csv"),
        (NewHost("10.0.0.1", parent="10.0.0.1"), "parent: a host is not reached through itself"),
        (NewHost("10.0.0.1", parent="a b"), "a b"),
        (NewHost("10.0.0.1", group="Office, 2nd"), "group: Office, 2nd cannot head a group"),
        (NewHost("host", "description", "location"), "the row host,description,location would be read as something"),
    ],
)
def test_what_cannot_be_added_says_why(new: NewHost, why: str) -> None:
    with pytest.raises(Refused) as refused:
        add_row(THERE.encode(), new)
    assert refused.value.text.startswith(why)
    assert refused.value.hint


@pytest.mark.parametrize("limit", ["MOST_LINES", "LARGEST_FILE"])
def test_a_file_that_could_not_be_read_any_more_is_not_made(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"10.0.0.1,a,b\n10.0.0.2,a,b\n"
    after, _ = add_row(data, NewHost("10.0.0.3"))
    size = {"MOST_LINES": 3, "LARGEST_FILE": len(after)}[limit]
    monkeypatch.setattr(hosts_csv_rows, limit, size)
    assert add_row(data, NewHost("10.0.0.3"))[0] == after
    monkeypatch.setattr(hosts_csv_rows, limit, size - 1)
    with pytest.raises(Refused, match=r"hosts\.csv would be too large"):
        add_row(data, NewHost("10.0.0.3"))


def test_as_it_is_typed_it_is_checked_against_what_is_watched() -> None:
    there = HeldRows(watched={"10.0.0.1": 7}, groups={"A": 9})

    assert checked(NewHost("10.0.0.2", "a", "b", "A", "10.0.0.1"), there)[1] == "10.0.0.2,a,b,parent=10.0.0.1"
    with pytest.raises(Refused, match="already, on line 7"):
        checked(NewHost("10.0.0.1"), there)


def test_the_line_of_a_host_is_found_where_it_is_by_now() -> None:
    data = codecs.BOM_UTF8 + THERE.encode()

    assert line_of(data, Host("10.1.1.254", line=5)) == 5
    assert line_of(data, Host("10.1.1.254", line=3)) == 5
    assert line_of(data, Host("10.1.1.254", line=500)) == 5
    assert line_of(data, Host("10.1.1.9", line=6)) == 0
    assert line_of(b"", Host("10.1.1.9", line=6)) == 0


# Lines that people have, with what a row must not be taken for.
_LINES = st.sampled_from(
    [
        "10.0.1.1,a,b",
        "# A",
        "#10.0.2.2",
        "## x",
        "",
        "# b, c",
        '"# d",,',
        "10.0.3.3",
        "fd00::1,ü",
        "# B é",
        " # A  ",
        ",,",
    ]
)
_TEXTS = st.text(max_size=10) | st.sampled_from(
    ['a "b"', "a, b", "#a", " a ", "=1+1", "10.0.0.1", "\x1b[0m", "parent=x"]
)
_GROUPS = st.sampled_from(["", "A", "b, c", "New", "d", "Zürich 2"])
_NAMES = st.sampled_from(["10.0.9.9", "fd00::9", "a.example", "bücher.example", "fe80::1%eth0"])
_PARENTS = st.sampled_from(["", "10.0.1.1", "10.0.3.3"])


@settings(max_examples=400, deadline=None)
@given(
    before=st.lists(_LINES, max_size=10),
    new=st.builds(NewHost, _NAMES, _TEXTS, _TEXTS, _GROUPS, _PARENTS),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    last=st.booleans(),
    mark=st.booleans(),
)
def test_what_is_read_is_the_same_and_the_new_host_and_no_other_byte_has_changed(
    before: list[str], new: NewHost, end: str, last: bool, mark: bool
) -> None:
    data = codecs.BOM_UTF8 * mark + (end.join(before) + end * last).encode()
    old, trouble = read(data)

    known = {host.name for host in old}
    assume(not new.parent or new.parent in known)
    try:
        new_row(new)
    except Refused:
        reject()
    assume(one_line(new.group) in {heading_of(new.group), *(host.group for host in old)})

    after, host = add_row(data, new)
    line = host.line

    found, now = read(after)
    added = [host for host in found if host.line == line]
    wanted = (one_line(new.description), one_line(new.location), one_line(new.group), new.parent or None)
    assert [(host.description, host.location, host.group, host.parent) for host in added] == [wanted]
    assert [host for host in found if host.line != line] == list(old)
    assert len(now) + (not old) == len(trouble)  # their texts name lines; a file without a host is one
    # Taken out again, what was put in leaves every byte as it was, but for the end of a last line that had none.
    mine = after.splitlines(keepends=True)
    for size in (1, 2, 3):
        for first in range(max(0, line - 3), line):
            rest = b"".join(mine[:first] + mine[first + size :])
            if mark and not rest.startswith(codecs.BOM_UTF8):
                rest = codecs.BOM_UTF8 + rest
            if first < line <= first + size and rest in {data, data + end.encode(), data + b"\n"}:
                return
    pytest.fail(f"{data!r} has become {after!r}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "hosts.csv"
    path.write_text(THERE)
    return path


def test_what_somebody_writes_meanwhile_is_read_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = iter(["10.7.0.9\n"])

    def late(at: Path, before: bytes, after: bytes) -> None:
        with path.open("a") as file:
            file.write(next(once, ""))
        replace_file(at, before, after)

    monkeypatch.setattr(hosts_csv_rows, "replace_file", late)

    assert add_to_file(path, NewHost("10.7.0.2", group="Building 7, 2nd floor")).line == 11
    assert path.read_text() == f"{THERE}10.7.0.9\n10.7.0.2,,\n"


def test_a_file_that_changes_all_the_time_is_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    def late(at: Path, before: bytes, after: bytes) -> None:
        with path.open("a") as file:
            file.write("\n")
        replace_file(at, before, after)

    monkeypatch.setattr(hosts_csv_rows, "replace_file", late)

    with pytest.raises(ChangedMeanwhileError):
        add_to_file(path, NewHost("10.7.0.2"))
    assert path.read_text().startswith(THERE)


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(MissingFile):
        add_to_file(tmp_path / "hosts.csv", NewHost("10.7.0.2"))
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_file_says_so(path: Path) -> None:
    path.chmod(0o400)

    with pytest.raises(NotReplacedError, match="read-only"):
        add_to_file(path, NewHost("10.7.0.2"))


def test_a_link_to_somebody_elses_secret_is_refused(path: Path) -> None:
    secret = path.with_name("secret")
    secret.write_text(THERE)
    secret.chmod(0o600)
    path.unlink()
    path.symlink_to(secret)

    with pytest.raises(Refused, match="belongs to another user"):
        add_to_file(path, NewHost("10.7.0.2"))
    assert secret.read_text() == THERE
