"""What hosts.csv becomes: rows are put in, and nothing of what is there is touched."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conntest_tui.config.hosts_file import parse_hosts
from conntest_tui.config.problems import FileProblems
from conntest_tui.config.read_files import lines
from conntest_tui.importing.hosts_csv_merge import merge
from conntest_tui.importing.imported_hosts import ImportedHost, NotReadableError
from conntest_tui.model import Host

THERE = """## our hosts
127.0.0.1,Loopback

# Building 406
10.1.1.254,Core,MDF
#10.1.1.9,off,for now

# Building 7, 2nd floor
10.7.0.1,"Switch, old",x
"""


def hosts(data: bytes) -> tuple[Host, ...]:
    problems = FileProblems("hosts.csv")
    found = parse_hosts(lines(data, problems), problems)
    assert problems.listed() == []
    return found.hosts


def added(before: str, *found: ImportedHost) -> str:
    return merge(before.encode(), found).data.decode()


def test_each_row_goes_into_its_group_and_a_new_group_to_the_end() -> None:
    assert added(
        THERE,
        ImportedHost("10.1.1.5", "Printer", "Hall", "Building 406"),
        ImportedHost("10.9.9.9", "Alone"),
        ImportedHost("10.8.0.1", "New, and quoted", "", "Cellar"),
        ImportedHost("10.7.0.2", group="Building 7, 2nd floor"),
        ImportedHost("10.8.0.2", off=True, group="Cellar"),
    ) == (
        "## our hosts\n127.0.0.1,Loopback\n10.9.9.9,Alone,\n\n"
        "# Building 406\n10.1.1.254,Core,MDF\n#10.1.1.9,off,for now\n10.1.1.5,Printer,Hall,\n\n".replace(
            "Hall,", "Hall"
        )
        + '# Building 7, 2nd floor\n10.7.0.1,"Switch, old",x\n10.7.0.2,,\n'
        '\n# Cellar\n10.8.0.1,"New, and quoted",\n#10.8.0.2,,\n'
    )


@pytest.mark.parametrize("host", ["a.example", "bücher.example", "10.0.0.1", "::1"])
def test_a_host_that_is_off_reads_back_as_commented_out_and_not_as_a_heading(host: str) -> None:
    after = added("", ImportedHost(host, off=True), ImportedHost("10.0.0.2"))

    assert [found.group for found in hosts(after.encode())] == [""]
    assert merge(after.encode(), [ImportedHost(host, off=True), ImportedHost("10.0.0.2")]).added == 0


def test_a_row_without_a_group_stays_out_of_the_first_one() -> None:
    assert added("# A\n10.0.0.1\n", ImportedHost("10.0.0.2")) == "10.0.0.2,,\n\n# A\n10.0.0.1\n"


def test_one_empty_line_stands_before_a_new_group() -> None:
    inside, outside = ImportedHost("10.0.0.1", group="A"), ImportedHost("10.0.0.2")

    assert added("", inside) == "# A\n10.0.0.1,,\n"
    assert added("", inside, outside) == "10.0.0.2,,\n\n# A\n10.0.0.1,,\n"
    assert added("10.0.0.3\n\n", inside) == "10.0.0.3\n\n# A\n10.0.0.1,,\n"
    assert added("10.0.0.3", inside) == "10.0.0.3\n\n# A\n10.0.0.1,,\n"
    assert added("10.0.0.3\r\n\r\n", inside) == "10.0.0.3\r\n\r\n# A\r\n10.0.0.1,,\r\n"


def test_a_heading_is_found_again_whatever_it_holds() -> None:
    before = '# Racks of 19"\n10.0.0.1\n# B\n10.0.0.2\n'

    after = added(before, ImportedHost("10.0.0.3", group='Racks of 19"'), ImportedHost("10.0.0.4"))

    assert after == '10.0.0.4,,\n\n# Racks of 19"\n10.0.0.1\n10.0.0.3,,\n# B\n10.0.0.2\n'


def test_what_is_there_is_not_added_twice_be_it_commented_out() -> None:
    merged = merge(
        THERE.encode(),
        [
            ImportedHost("10.1.1.254"),
            ImportedHost("::ffff:10.1.1.9"),
            ImportedHost("10.9.9.9"),
            ImportedHost("10.9.9.9"),
            ImportedHost("127.0.0.1"),
        ],
    )

    assert (merged.added, merged.known, merged.repeated) == (1, 3, 1)
    assert merged.data.decode() == THERE.replace("Loopback\n", "Loopback\n10.9.9.9,,\n")


def test_nothing_to_add_changes_nothing() -> None:
    merged = merge(THERE.encode(), [ImportedHost("10.1.1.254")])

    assert (merged.data, merged.diff) == (THERE.encode(), ())


def test_what_cannot_be_a_host_is_told_with_its_line() -> None:
    merged = merge(
        b"",
        [
            ImportedHost("10.1.1.300", line=3),
            ImportedHost("10.1.1.1-20", line=4),
            ImportedHost("", line=5),
            ImportedHost("a", line=6),
        ],
    )

    assert [(skipped.line, skipped.text.split(";")[0]) for skipped in merged.skipped] == [
        (3, "10.1.1.300 is not an address"),
        (4, "10.1.1.1-20 is a range"),
        (5, "the address is missing"),
    ]
    assert merged.added == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_are_those_of_the_file(end: str) -> None:
    before = THERE.replace("\n", end)

    after = added(before, ImportedHost("10.9.9.9", group="Cellar"), ImportedHost("10.1.1.5", group="Building 406"))

    assert (
        after == before.replace(f"for now{end}", f"for now{end}10.1.1.5,,{end}") + f"{end}# Cellar{end}10.9.9.9,,{end}"
    )


def test_a_byte_order_mark_and_a_last_line_without_an_end_are_kept() -> None:
    assert added("\ufeff10.0.0.1,Büro", ImportedHost("10.0.0.2")) == "\ufeff10.0.0.1,Büro\n10.0.0.2,,\n"


def test_lines_that_are_no_text_are_kept_too() -> None:
    before = b"10.0.0.1,K\xfcche\n# A\n10.0.0.2\n"

    assert merge(before, [ImportedHost("10.0.0.3", group="A")]).data == before + b"10.0.0.3,,\n"


@pytest.mark.parametrize("before", ["10.0.0.1\n".encode("utf-16"), b"10.0.0.1\0\n"])
def test_a_file_that_is_no_text_is_refused(before: bytes) -> None:
    with pytest.raises(NotReadableError):
        merge(before, [ImportedHost("10.0.0.2")])


def test_a_parent_is_kept_when_it_is_watched() -> None:
    after = added(
        THERE,
        ImportedHost("10.1.1.5", parent="10.1.1.254"),
        ImportedHost("10.1.1.6", parent="10.1.1.9"),
        ImportedHost("10.1.1.7", parent="10.1.1.5", options=("attempts=5",)),
    )

    assert "10.1.1.5,,,parent=10.1.1.254\n10.1.1.6,,\n10.1.1.7,,,attempts=5,parent=10.1.1.5\n" in after


@pytest.mark.parametrize(
    ("group", "heading"),
    [
        ("Office, 2nd floor", "Office - 2nd floor"),
        ("10.1.1.0/24", "10.1.1.0/24"),
        ("10.1.1.1", "Group 10.1.1.1"),
        ("todo", "Group todo"),
        ("#5", "5"),
        ("# a\nb\x1b", "a b�"),
        ("---", "Group ---"),
        ("", ""),
        ("\n,", ""),
    ],
)
def test_a_group_reads_back_as_one(group: str, heading: str) -> None:
    (host,) = hosts(merge(b"", [ImportedHost("10.0.0.1", group=group)]).data)

    assert host.group == heading


# What any other program may hold, with what the format of ours must not take for something else.
_TEXTS = st.text(max_size=12) | st.sampled_from(
    ['a "b"', "a, b", "#a", " a ", "=1+1", "10.0.0.1", "todo", "a\r\nb", "\x1b[0m"]
)
_HOSTS = st.sampled_from([f"10.0.{n}.{n}" for n in range(9)] + ["a.example", "bücher.example", "::1", "10.0.0.300", ""])
_FOUND = st.builds(ImportedHost, _HOSTS, _TEXTS, _TEXTS, _TEXTS, parent=_HOSTS, off=st.booleans())
_LINES = st.sampled_from(
    ["10.0.1.1,a,b", "# A", "#10.0.2.2", "## x", "", "bad host", "# b, c", '"# d",,', '"open', "10.0.3.3"]
)


@settings(max_examples=150, deadline=None)
@given(before=st.lists(_LINES, max_size=8), found=st.lists(_FOUND, max_size=8), end=st.sampled_from(["\n", "\r\n"]))
def test_whatever_is_put_in_reads_back_and_the_rest_is_the_same(
    before: list[str], found: list[ImportedHost], end: str
) -> None:
    data = end.join(before).encode()
    there = parse_hosts(lines(data, FileProblems("")), FileProblems("")).hosts

    merged = merge(data, found)
    problems = FileProblems("")
    after = parse_hosts(lines(merged.data, problems), problems).hosts

    assert [host for host in after if host in there] == list(there)
    wanted = sum(not host.off for host in found)
    assert len(after) - len(there) <= min(wanted, merged.added)
    assert merged.added + merged.known + merged.repeated + len(merged.skipped) == len(found)
    assert merge(merged.data, found).added == 0
    kept = iter(merged.data.splitlines())
    assert all(line in kept for line in data.splitlines())  # in their order
    assert all(line == line.replace("\x1b", "") for line in merged.diff)


@settings(max_examples=25, deadline=None)
@given(before=st.lists(_LINES, max_size=30), found=st.lists(_FOUND, min_size=1, max_size=6), last=st.booleans())
def test_the_diff_is_one_that_git_applies(
    tmp_path_factory: pytest.TempPathFactory, before: list[str], found: list[ImportedHost], last: bool
) -> None:
    data = ("\n".join(before) + "\n" * (last and bool(before))).encode()
    merged = merge(data, found)
    folder = tmp_path_factory.mktemp("diff")
    (folder / "hosts.csv").write_bytes(data)
    if not merged.diff:
        assert merged.data == data
        return

    _apply(folder, "".join(f"{line}\n" for line in merged.diff))

    assert (folder / "hosts.csv").read_bytes() == merged.data


def _apply(folder: Path, diff: str) -> None:
    subprocess.run(["git", "apply", "-p0", "--whitespace=nowarn", "-"], cwd=folder, input=diff.encode(), check=True)
