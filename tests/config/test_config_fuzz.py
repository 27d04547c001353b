"""Whatever the files hold: a configuration or a ConfigError, soon."""

import errno
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conntest_tui.config import ConfigError, credentials, load_config, mail_csv_files, read_files
from conntest_tui.text import clean
from tests.config.folder import Folder

# What the parsers look at, so that random files reach their depths.
_PIECES = st.sampled_from(
    [
        *("10.0.0.1", "10.0.0.2", "::1", "fe80::1%eth0", "::ffff:1.2.3.4", "[::1]:80", "host.net", "bücher.de", "."),
        *(
            ",",
            ";",
            '"',
            '""',
            "#",
            "##",
            "\n",
            "\r",
            "\r\n",
            "\t",
            " ",
            "\0",
            "\x1a",
            "\ufeff",
            "\u202e",
            "%",
            "@",
            "<",
        ),
        *("parent=", "attempts=", "timeout=", "mail=off", "0", "-1", "5", "1e999", "nan", "٣", "1" * 5000),
        *(
            "interval",
            "email",
            ".",
            "delivery",
            "=",
            "[",
            "]",
            "[[",
            "{",
            "}",
            '"smtp"',
            "'''",
            "true",
            "0x" + "f" * 5000,
        ),
        *("a@b.net", "Name <a@b.net>", "password", "587"),
    ]
)
_TEXTS = st.lists(_PIECES | st.text(max_size=5), max_size=30).map("".join).map(str.encode)
_CONTENTS = st.binary(max_size=200) | _TEXTS | st.builds(bytes.__add__, _TEXTS, st.binary(max_size=9))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One directory for all examples: each writes every file anew."""
    return tmp_path_factory.mktemp("fuzz")


def _told(folder: Folder) -> str:
    """Load, and return what is said about it: nothing when all is well."""
    try:
        folder.load()
    except ConfigError as error:
        return str(error)
    return ""


def _is_harmless(told: str) -> bool:
    return all(line == clean(line) for line in told.split("\n"))


@pytest.mark.parametrize("file", ["hosts.csv", "server_info.csv", "creds.csv", "email_recipients.csv", "settings.toml"])
@settings(max_examples=60, deadline=timedelta(seconds=5))
@given(content=_CONTENTS)
def test_any_bytes_in_a_file_load_or_are_a_problem(shared: Path, file: str, content: bytes) -> None:
    folder = Folder(shared).delivering_by_smtp()
    folder.write(file, content)

    assert _is_harmless(_told(folder))


@settings(max_examples=60, deadline=timedelta(seconds=5))
@given(content=_CONTENTS)
def test_any_bytes_in_a_password_file_load_or_are_a_problem(shared: Path, content: bytes) -> None:
    folder = Folder(shared).delivering_by_smtp()
    folder.environ["CONNTEST_SMTP_PASSWORD_FILE"] = str(folder.write("password", content))

    assert _is_harmless(_told(folder))


@settings(max_examples=60, deadline=timedelta(seconds=5))
@given(contents=st.lists(_CONTENTS, min_size=5, max_size=5))
def test_any_bytes_in_all_files_load_or_are_a_problem(shared: Path, contents: list[bytes]) -> None:
    folder = Folder(shared)
    for path, content in zip(sorted(shared.glob("*.*")), contents, strict=True):
        path.write_bytes(content)

    assert _is_harmless(_told(folder))


# ---------------------------------------------------------------- faults of the readers themselves


_FAULTS = st.sampled_from(
    [
        RecursionError("maximum recursion depth exceeded"),
        MemoryError(),
        UnicodeError("Hunter2"),
        BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable", "Hunter2"),
        OSError("Hunter2"),
        OverflowError("Hunter2"),
        KeyError("Hunter2"),
        AssertionError(),
    ]
)
_READERS = st.sampled_from(
    [
        (read_files, "read"),
        (read_files, "lines"),
        (load_config, "parse_hosts"),
        (load_config, "parse_settings"),
        (load_config, "_check_time"),
        (mail_csv_files, "parse_server"),
        (credentials, "parse_login"),
        (mail_csv_files, "parse_recipients"),
        (credentials, "read_password"),
        (mail_csv_files, "_sender"),
    ]
)


@settings(max_examples=80, deadline=timedelta(seconds=5))
@given(fault=_FAULTS, reader=_READERS)
def test_any_fault_of_any_reader_is_a_problem_that_repeats_nothing(
    shared: Path, fault: Exception, reader: tuple[ModuleType, str]
) -> None:
    folder = Folder(shared).delivering_by_smtp()
    folder.environ["CONNTEST_SMTP_PASSWORD_FILE"] = str(folder.write("password", "secret"))

    with patch.object(*reader, side_effect=fault):
        told = _told(folder)

    assert told
    assert _is_harmless(told)
    assert "Hunter2" not in told


@pytest.mark.parametrize("parts", [100, 400, 990, 1_500])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{dots} = 1", id="a dotted key"),
        pytest.param("[{dots}]", id="a table"),
        pytest.param("interval.{dots} = 1", id="below a setting"),
        pytest.param("email.tls.{dots} = 1", id="below a setting of a table"),
        pytest.param("log.{dots} = 1", id="below a table"),
        pytest.param("console.keys.{dots} = 1", id="keys"),
        pytest.param("uplink.hosts = [{{{dots} = 1}}]", id="in an array"),
        pytest.param("interval = {brackets}", id="brackets"),
    ],
)
def test_a_deeply_nested_file_is_a_problem(shared: Path, text: str, parts: int) -> None:
    folder = Folder(shared)
    written = text.format(dots=".".join(["a"] * parts), brackets="[" * parts + "]" * parts)
    folder.write("settings.toml", f'{written}\n[email]\ndelivery = "off"\n')

    assert "settings.toml" in _told(folder)
