"""The directory as a whole: everything at once, and nothing half."""

from collections.abc import Callable

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
