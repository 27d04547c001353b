"""The directory as a whole: all at once, nothing half. Changes on disk are noticed without reading a file."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from conntest_tui.config import ConfigError, fingerprint, load
from conntest_tui.errors import ConntestError
from tests.config.folder import Folder


def test_every_problem_of_every_file_is_told_in_one_go(folder: Folder) -> None:
    folder.write("hosts.csv", "10.1.1.300\n10.1\n")
    folder.write("settings.toml", "interval = 0\n")
    folder.write("server_info.csv", "10.0.0.1,abc\n")
    folder.write("creds.csv", "me@b.net\n")
    folder.write("email_recipients.csv", "root\n")

    problems = folder.problems()

    assert [problem.split(" ")[0] for problem in problems] == [
        "hosts.csv:1:",
        "hosts.csv:2:",
        "settings.toml:1:",
        "server_info.csv:1:",
        "creds.csv:1:",
        "email_recipients.csv:1:",
    ]


def test_the_error_is_one_that_the_operator_meets(folder: Folder) -> None:
    folder.write("hosts.csv", "10.1.1.300\n")

    with pytest.raises(ConntestError) as caught:
        load(folder.path)

    assert caught.value.title == "The configuration has problems"
    assert caught.value.hint


def test_what_a_file_says_is_repeated_harmless_and_short(folder: Folder) -> None:
    folder.write("hosts.csv", "\x1b[31m" + "x" * 100_000 + "\n")

    assert "\x1b" not in folder.problem()
    assert len(folder.problem()) < 200


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda folder: folder.write("hosts.csv", "10.1.1.300\n"), id="changed"),
        pytest.param(lambda folder: folder.write("hosts.csv", ""), id="cut short"),
        pytest.param(lambda folder: (folder.path / "hosts.csv").unlink(), id="deleted"),
    ],
)
def test_a_file_spoiled_while_running_is_noticed_and_the_last_configuration_stays(
    folder: Folder, spoil: Callable[[Folder], object]
) -> None:
    config = folder.load()
    before = fingerprint(folder.path)

    spoil(folder)

    assert fingerprint(folder.path) != before
    with pytest.raises(ConfigError):
        folder.load()
    assert [host.name for host in config.hosts] == ["10.1.1.1"]


def test_it_stays_while_nothing_changes(folder: Folder) -> None:
    before = fingerprint(folder.path)
    folder.load()

    assert fingerprint(folder.path) == before


def _rewrite_with_the_same_size_and_time(path: Path) -> None:
    status = path.stat()
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _replace(path: Path) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(path.read_bytes())
    new.replace(path)


@pytest.mark.parametrize("file", ["hosts.csv", "server_info.csv", "creds.csv", "email_recipients.csv", "settings.toml"])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda path: path.write_text("longer than it was before\n"), id="written"),
        pytest.param(lambda path: path.unlink(), id="deleted"),
        pytest.param(lambda path: path.chmod(0o400), id="mode"),
        pytest.param(_replace, id="replaced"),
        pytest.param(_rewrite_with_the_same_size_and_time, id="same size and time"),
    ],
)
def test_any_change_of_any_file_is_noticed(folder: Folder, file: str, change: Callable[[Path], None]) -> None:
    before = fingerprint(folder.path)

    change(folder.path / file)

    assert fingerprint(folder.path) != before


def test_a_change_behind_a_link_is_noticed(folder: Folder, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.csv"
    (folder.path / "hosts.csv").rename(target)
    (folder.path / "hosts.csv").symlink_to(target)
    before = fingerprint(folder.path)

    target.write_text("10.1.1.1\n10.1.1.2\n")

    assert fingerprint(folder.path) != before


@pytest.mark.parametrize("variable", ["CREDENTIALS_DIRECTORY", "CONNTEST_SMTP_PASSWORD_FILE"])
def test_a_new_password_in_its_own_file_is_noticed(folder: Folder, tmp_path: Path, variable: str) -> None:
    secret = tmp_path / "conntest-smtp-password"
    environ = {variable: str(tmp_path if variable == "CREDENTIALS_DIRECTORY" else secret)}
    before = fingerprint(folder.path, environ)

    secret.write_text("one")
    between = fingerprint(folder.path, environ)
    secret.write_text("three")

    assert len({before, between, fingerprint(folder.path, environ)}) == 3


def test_it_never_raises(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)

    for path in (tmp_path / "nowhere", loop, Path("a\0b"), Path("x" * 5000), Path("/dev/null")):
        assert fingerprint(path) == fingerprint(path)
