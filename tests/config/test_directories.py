"""Where configuration and state are looked for."""

from pathlib import Path

import pytest

from conntest_tui.config import NoHomeError, find_directory, state_directory


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
