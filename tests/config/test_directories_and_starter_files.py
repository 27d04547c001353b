"""Where configuration and state are; the starter files of `init`, and sample_config, which are the same."""

import os
import stat
import tomllib
from pathlib import Path

import pytest

from conntest_tui.config import (
    ConfigError,
    Delivery,
    NoHomeError,
    Settings,
    load,
    state_directory,
)
from conntest_tui.config.directories_and_starter_files import find_directory, write_example
from conntest_tui.config.settings import all_settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def test_the_option_comes_first_then_the_variable_then_here_then_home(home: Path) -> None:
    here = home / "here"
    here.mkdir()
    (here / "hosts.csv").touch()
    environ = {"CONNTEST_CONFIG": "/etc/conntest"}

    assert find_directory(Path("/srv/conntest"), environ, here) == Path("/srv/conntest")
    assert find_directory(None, environ, here) == Path("/etc/conntest")
    assert find_directory(None, {"CONNTEST_CONFIG": ""}, here) == here
    (here / "hosts.csv").unlink()
    assert find_directory(None, {}, here) == home / ".config" / "conntest-tui"


def test_relative_paths_start_from_the_working_directory(home: Path) -> None:
    assert find_directory(Path("office"), {}, home) == home / "office"
    assert find_directory(None, {"CONNTEST_CONFIG": "office"}, home) == home / "office"


def test_a_hosts_file_that_cannot_be_read_is_still_meant(home: Path) -> None:
    (home / "hosts.csv").symlink_to("hosts.csv")

    assert find_directory(None, {}, home) == home


def test_state_has_a_readable_name_of_its_own_for_each_configuration(home: Path) -> None:
    one = state_directory(None, home / "one" / "office")
    other = state_directory(None, home / "other" / "office")

    assert one.parent == other.parent == home / ".local" / "state" / "conntest-tui"
    assert one.name.startswith("office-")
    assert other.name.startswith("office-")
    assert one != other


def test_state_is_the_same_however_the_configuration_is_reached(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "office").mkdir()
    (home / "link").symlink_to("office")
    monkeypatch.chdir(home)

    expected = state_directory(None, home / "office")

    for path in (Path("office"), home / "link", home / "link" / ".." / "office"):
        assert state_directory(None, path) == expected


@pytest.mark.parametrize(
    ("directory", "begin"),
    [("/", "root-"), ("/srv/…/Büro 7/", "B_ro_7-"), ("/srv/..hidden", "hidden-"), ("/" + "x" * 200, "x" * 40 + "-")],
)
def test_any_name_makes_a_plain_one(home: Path, directory: str, begin: str) -> None:
    state = state_directory(None, Path(directory))

    assert state.is_relative_to(home)
    assert state.name.startswith(begin)
    assert len(state.name) <= 49


def test_the_option_names_the_state(home: Path) -> None:
    assert state_directory(Path("/var/lib/conntest"), home) == Path("/var/lib/conntest")


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user whom this system does not know, as containers have them."""
    for variable in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(variable, raising=False)

    def unknown(number: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {number}")

    monkeypatch.setattr("pwd.getpwuid", unknown)


@pytest.mark.usefixtures("homeless")
def test_a_user_without_a_home_is_told_which_option_to_use(tmp_path: Path) -> None:
    with pytest.raises(NoHomeError) as caught:
        find_directory(None, {}, tmp_path)
    assert "-c" in caught.value.hint
    with pytest.raises(NoHomeError) as caught:
        state_directory(None, tmp_path)
    assert "--state" in caught.value.hint
    assert state_directory(tmp_path / "state", tmp_path) == tmp_path / "state"


SAMPLE = Path(__file__).parents[2] / "sample_config"
FILES = {"hosts.csv", "server_info.csv", "creds.csv", "email_recipients.csv", "settings.toml"}


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_sample_works_as_it_is() -> None:
    config = load(SAMPLE, {})

    assert config.warnings == ()
    assert config.settings.email.delivery is Delivery.MAILDIR
    assert {host.group for host in config.hosts} == {"This machine", "Office"}
    assert {host.name for host in config.hosts} == {
        "127.0.0.1",
        "127.0.0.2",
        "::1",
        "127.0.0.3",
        "127.0.0.4",
        "printer.invalid",
    }
    assert [host.parent for host in config.hosts if host.name == "127.0.0.2"] == ["127.0.0.1"]


def test_the_sample_sets_every_knob_to_its_default_but_the_two_that_it_marks() -> None:
    config = load(SAMPLE, {})

    assert set(config.origins) == {path for path, _ in all_settings()}
    assert "default" not in config.origins.values()
    sample, default = config.settings.model_dump(), Settings().model_dump()
    sample["interval"], sample["email"]["delivery"] = default["interval"], default["email"]["delivery"]
    assert sample == default


def test_the_sample_explains_every_knob() -> None:
    lines = (SAMPLE / "settings.toml").read_text().splitlines()
    raw = tomllib.loads("\n".join(lines))
    tables = (raw, *(value for value in raw.values() if isinstance(value, dict)))
    names = [name for table in tables for name, value in table.items() if not isinstance(value, dict)]

    for name in names:
        assert any(line.startswith(f"{name} = ") for line in lines)
    assert sum(line.startswith("# ") for line in lines) > len(names)


@pytest.mark.parametrize("file", sorted(FILES))
def test_the_sample_and_what_init_writes_are_the_same(tmp_path: Path, file: str) -> None:
    write_example(tmp_path)

    assert (tmp_path / file).read_bytes() == (SAMPLE / file).read_bytes()


def test_the_sample_would_do_for_smtp_too(tmp_path: Path) -> None:
    write_example(tmp_path)
    settings = tmp_path / "settings.toml"
    settings.write_text(settings.read_text().replace('delivery = "maildir"', 'delivery = "smtp"'))

    config = load(tmp_path, {})

    assert config.server
    assert config.credentials
    assert config.sender == "monitor@example.com"
    assert config.warnings == ()


def test_init_makes_a_private_directory_with_all_five_files(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "office"

    written = write_example(directory)

    assert {path.name for path in written} == FILES
    assert _mode(directory) == 0o700
    assert _mode(directory / "creds.csv") == 0o600
    assert load(directory, {}).hosts


def test_init_leaves_what_is_there_alone(tmp_path: Path) -> None:
    (tmp_path / "hosts.csv").write_text("10.0.0.1\n")
    (tmp_path / "creds.csv").symlink_to("nowhere")

    written = write_example(tmp_path)

    assert {path.name for path in written} == FILES - {"hosts.csv", "creds.csv"}
    assert (tmp_path / "hosts.csv").read_text() == "10.0.0.1\n"
    assert not (tmp_path / "nowhere").exists()
    assert write_example(tmp_path) == []


def test_operators_and_their_group_come_into_the_settings_and_nothing_else_changes(tmp_path: Path) -> None:
    write_example(tmp_path / "plain")
    write_example(tmp_path / "shared", ["alice", 'b"ob'], "noc")
    plain, shared = (tomllib.loads((tmp_path / one / "settings.toml").read_text()) for one in ("plain", "shared"))
    assert (plain["attach"], shared["attach"]) == (
        {"operators": [], "group": ""},
        {"operators": ["alice", 'b"ob'], "group": "noc"},
    )
    assert plain | {"attach": 0} == shared | {"attach": 0}


def test_init_where_nothing_can_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match="file: File exists; name another directory with -c"):
        write_example(tmp_path / "file")


def test_the_directories_above_are_private_too_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_example(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert [_mode(tmp_path / made) for made in ("a", "a/b")] == [0o700, 0o700]
