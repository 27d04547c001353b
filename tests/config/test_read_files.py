"""Files that are no good: encodings, line ends, and things that are no files at all. Nothing hangs."""

import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conntest_tui.config.problems import FileProblems, Refused
from conntest_tui.config.read_files import lines, read
from tests.config.folder import Folder


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf10.0.0.1\n10.0.0.2\n", id="byte order mark"),
        pytest.param(b"10.0.0.1\r\n10.0.0.2\r\n", id="CRLF"),
        pytest.param(b"10.0.0.1\r10.0.0.2\r", id="lone CR"),
        pytest.param(b"10.0.0.1\r\n\r\r\n\n10.0.0.2", id="mixed, no last line end"),
        pytest.param(b"\n  \n10.0.0.1\n,,,\n10.0.0.2\n , \n", id="blank rows"),
    ],
)
def test_every_common_way_to_write_lines_is_read(folder: Folder, content: bytes) -> None:
    assert [host.name for host in folder.hosts(content)] == ["10.0.0.1", "10.0.0.2"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(
            b"10.0.0.1\n10.0.0.2,K\xfcche\n10.0.0.3\n",
            "hosts.csv:2: the line is not UTF-8 text; save the file as UTF-8",
            id="cp1252",
        ),
        pytest.param(b"10.0.0.1\n10.0.\x000.2\n", "hosts.csv:2: the line holds a NUL character; delete it", id="NUL"),
        pytest.param(
            b"10.0.0.1\n\x1a", "hosts.csv:2: the line is a Ctrl-Z, an old end-of-file mark; delete it", id="Ctrl-Z"
        ),
        pytest.param(
            "10.0.0.1\n".encode("utf-16"), "hosts.csv:1: the file is in UTF-16; save it as UTF-8", id="UTF-16"
        ),
        pytest.param(
            "10.0.0.1\n".encode("utf-16-be"),
            "hosts.csv:1: the file is in UTF-16; save it as UTF-8",
            id="UTF-16, no mark",
        ),
        pytest.param(
            b"10.0.0.1\n" * 1_000_001,
            "hosts.csv: the file has more than 1,000,000 rows; is it the right file?",
            id="too many rows",
        ),
    ],
)
def test_bytes_that_are_no_text_are_a_problem_on_their_line(folder: Folder, content: bytes, problem: str) -> None:
    folder.write("hosts.csv", content)

    assert folder.problem() == problem


@pytest.mark.parametrize("end", [b"\r\n", b""])
def test_a_million_rows_are_a_million_with_and_without_a_last_line_end(end: bytes) -> None:
    problems = FileProblems("hosts.csv")

    found = list(lines(b"x" + (end or b"\n") * 1_000_000 if end else b"\n" * 999_999 + b"x", problems))

    assert (len([line for line in found if line.text]), problems.listed()) == (1, [])
    assert found[999_999].number == 1_000_000
    assert list(lines(b"\n" * 1_000_000 + b"x", problems)) == []
    assert problems.count == 1


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"10.0.0.1," + b"b," * (32 << 20), id="texts"),
        pytest.param(b"10.0.0.1," + b"a=," * (22 << 20), id="options"),
        pytest.param(b"x" * (64 << 20), id="one name"),
    ],
)
def test_one_line_of_64_megabytes_is_refused_and_takes_nothing_with_it(line: bytes) -> None:
    problems = FileProblems("hosts.csv")

    found = lines(b"10.0.0.2\n" + line[: 63 << 20] + b"\n10.0.0.3", problems)

    assert [at.number for at in found] == [1, 3]
    assert [str(problem) for problem in problems.listed()] == [
        "hosts.csv:2: the line is longer than 1 MB; is it the right file?"
    ]


def test_a_bad_line_takes_no_other_with_it(folder: Folder) -> None:
    folder.write("hosts.csv", b'10.0.0.1,"open\n10.0.0.300\n10.0.0.2,\xff\n10.0.0.400\n')

    assert [problem.split(" ")[0] for problem in folder.problems()] == [f"hosts.csv:{line}:" for line in (1, 2, 3, 4)]


def test_a_quoted_line_end_does_not_swallow_the_next_row(folder: Folder) -> None:
    folder.write("hosts.csv", '10.0.0.1,"two\nlines",x\n10.0.0.2,b,c\n10.0.0.300\n')

    assert [problem.split(":")[1] for problem in folder.problems()] == ["1", "2", "4"]


def test_a_file_over_64_megabytes_is_refused(folder: Folder) -> None:
    with (folder.path / "hosts.csv").open("r+b") as file:
        file.truncate((64 << 20) + 1)  # a hole: it takes no space

    assert folder.problem() == "hosts.csv: the file is larger than 64 MB; is it the right file?"


def _directory(path: Path) -> None:
    path.mkdir()


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _socket(path: Path) -> None:
    # A short relative name, since the address of a socket has room for 108 characters.
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    finally:
        os.chdir(here)


def _circle(path: Path) -> None:
    path.symlink_to(path)


def _nothing(path: Path) -> None:
    assert not path.exists()


def _link_to_nothing(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere")


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_directory, "this is a directory, not a file; put a regular file in its place"),
        (_fifo, "this is a named pipe, not a file"),
        (_device, "this is a device, not a file"),
        (_socket, "this is a socket, not a file"),
        (_circle, "symbolic links lead in a circle"),
        (_nothing, "the file is missing; create it"),
        (_link_to_nothing, "the file is missing; create it"),
    ],
)
@pytest.mark.parametrize("file", ["hosts.csv", "server_info.csv", "creds.csv", "email_recipients.csv"])
def test_what_is_no_file_is_named_with_its_hint(
    folder: Folder, file: str, make: Callable[[Path], None], said: str
) -> None:
    folder.delivering_by_smtp()
    (folder.path / file).unlink()
    make(folder.path / file)

    assert any(problem.startswith(f"{file}: {said}") for problem in folder.problems())


def test_settings_may_be_missing_but_not_unreadable(folder: Folder) -> None:
    (folder.path / "settings.toml").unlink()
    assert folder.load().settings.interval == 300

    (folder.path / "settings.toml").mkdir()
    assert folder.problem().startswith("settings.toml: this is a directory")


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Drop the right of root to read everything."""
    me = os.geteuid()
    if me == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(me)


def test_a_file_without_read_permission_is_named(folder: Folder) -> None:
    path = folder.write("hosts.csv", "10.0.0.1\n")
    path.chmod(0)

    with _as_nobody(), pytest.raises(Refused, match="permission denied"):
        read(path)


@pytest.mark.timeout(10)
def test_a_file_that_turns_into_a_fifo_at_the_last_moment_does_not_hang(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder.path / "hosts.csv"
    regular = path.stat()
    path.unlink()
    os.mkfifo(path)
    assert not stat.S_ISREG(path.stat().st_mode)
    monkeypatch.setattr(os, "stat", lambda _path: regular)

    with pytest.raises(Refused, match="named pipe"):
        read(path)


def test_a_directory_that_does_not_exist_is_one_problem(folder: Folder) -> None:
    folder.path = folder.path / "nowhere"

    assert "there is no such directory; name another with -c, or make one: conntest-tui init" in folder.problem()


def test_a_file_of_the_system_that_has_nothing_to_say_just_now_is_refused(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as /proc/kmsg: a regular file by its mode, and EAGAIN to whoever does not wait."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    monkeypatch.setattr(os, "open", lambda *_: reader)
    regular = (folder.path / "hosts.csv").stat()
    monkeypatch.setattr(os, "fstat", lambda _descriptor: regular)

    with pytest.raises(Refused, match="Resource temporarily unavailable"):
        read(folder.path / "hosts.csv")
    os.close(writer)
