"""What is ours alone: made so whatever the umask, kept so, and refused where it is somebody else's."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conntest_tui import private
from conntest_tui.private import (
    NotOursError,
    check_way,
    keep_directory,
    keep_file,
    make_directory,
    open_directory,
    open_file,
)
from tests.files import mode

STRANGER = 12_345


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def as_stranger(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let the program believe, from now on, that somebody else runs it."""
    return lambda: monkeypatch.setattr(os, "geteuid", lambda: STRANGER)


# ---------------------------------------------------------------- directories


@pytest.mark.usefixtures("no_umask")
def test_directories_are_made_for_this_user_alone_whatever_the_umask(tmp_path: Path) -> None:
    make_directory(tmp_path / "a" / "b" / "c")
    assert [mode(tmp_path / made) for made in ("a", "a/b", "a/b/c")] == [0o700] * 3


def test_a_directory_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)
    (tmp_path / "a").chmod(0o755)
    make_directory(tmp_path / "a" / "b")
    make_directory(tmp_path / "a")
    assert mode(tmp_path / "a") == 0o755


def test_a_directory_of_ours_that_is_open_to_others_is_closed_and_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o2777)
    assert keep_directory(tmp_path) == f"{tmp_path} was open to others (mode 2777): it is 2700 now"
    assert mode(tmp_path) == 0o2700
    assert keep_directory(tmp_path) == ""


def test_a_mode_that_cannot_be_changed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o755)

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "chmod", refuse)
    assert "cannot be changed: Read-only file system" in keep_directory(tmp_path)


def test_a_link_in_the_place_of_a_directory_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (tmp_path / "logs").symlink_to(tmp_path / "elsewhere")
    for refuse in (keep_directory, open_directory):
        with pytest.raises(NotOursError, match="is a link, where a directory should be"):
            refuse(tmp_path / "logs")


def test_a_directory_of_somebody_else_is_refused_and_left_alone(
    tmp_path: Path, as_stranger: Callable[[], None]
) -> None:
    tmp_path.chmod(0o755)
    as_stranger()
    for refuse in (keep_directory, open_directory):
        with pytest.raises(NotOursError, match=r"belongs to .*, not to user 12345") as caught:
            refuse(tmp_path)
        assert "run conntest-tui as" in caught.value.hint
    assert mode(tmp_path) == 0o755


# ---------------------------------------------------------------- the way there


def test_a_way_that_everybody_can_change_is_refused(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(NotOursError, match="is writable by everybody") as caught:
        check_way(shared / "state")
    assert f"chmod o-w {shared}" in caught.value.hint
    shared.chmod(0o1777)  # like /tmp: nobody can remove what is not theirs
    check_way(shared / "state")
    shared.chmod(0o775)  # a group of one's own, as many systems give
    check_way(shared / "state")


def test_the_directory_itself_is_not_refused_for_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    check_way(tmp_path)
    (tmp_path.parent / "way").unlink(missing_ok=True)
    (tmp_path.parent / "way").symlink_to(tmp_path)
    check_way(tmp_path.parent / "way")


def test_a_way_through_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.lstat

    def theirs(path: Path) -> os.stat_result:
        status = real(path)
        owner = STRANGER if Path(path).name == "theirs" else status.st_uid
        return os.stat_result((*status[:4], owner, *status[5:]))

    (tmp_path / "theirs").mkdir()
    monkeypatch.setattr(os, "lstat", theirs)
    with pytest.raises(NotOursError, match="belongs to user 12345, who could put anything in the place of"):
        check_way(tmp_path / "theirs" / "a" / "state")


def test_a_link_on_the_way_is_looked_at_and_so_is_what_it_leads_through(tmp_path: Path) -> None:
    (tmp_path / "open" / "state").mkdir(parents=True)
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "link").symlink_to("open/../open/state")
    with pytest.raises(NotOursError, match="writable by everybody"):
        check_way(tmp_path / "link")
    (tmp_path / "open").chmod(0o700)
    check_way(tmp_path / "link")


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OSError, match="Too many levels"):
        check_way(tmp_path / "a" / "state")


def test_what_lies_above_the_home_is_the_administrators_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "homes" / "alice"
    home.mkdir(parents=True)
    home.parent.chmod(0o777)
    with pytest.raises(NotOursError):
        check_way(home / "state")
    monkeypatch.setattr(private, "_home", home.resolve)
    check_way(home / "state")


def test_what_lies_within_the_home_is_changed_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As version 1.0.0 left it where the umask was 000."""
    monkeypatch.setattr(private, "_home", tmp_path.resolve)
    parents = tmp_path / ".local", tmp_path / ".local" / "state"
    for made in parents:
        made.mkdir()
        made.chmod(0o777)
    told = check_way(parents[1] / "conntest")
    assert told == "; ".join(f"{made} was open to others (mode 0777): it is 0775 now" for made in parents)
    assert [mode(made) for made in parents] == [0o775, 0o775]
    assert check_way(parents[1] / "conntest") == ""
    tmp_path.chmod(0o777)  # the home itself is not ours to change
    with pytest.raises(NotOursError, match="writable by everybody"):
        check_way(parents[1] / "conntest")


# ---------------------------------------------------------------- files


def fifo(path: Path) -> None:
    os.mkfifo(path)


def link(path: Path) -> None:
    path.with_name("precious").write_text("data")
    path.symlink_to(path.with_name("precious"))


def dangling(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


@pytest.mark.parametrize("flags", [os.O_RDWR, os.O_WRONLY | os.O_APPEND | os.O_CREAT, os.O_RDONLY])
@pytest.mark.parametrize(
    ("make", "what"), [(fifo, "a named pipe"), (link, "a link"), (dangling, "a link"), (unix_socket, "a socket")]
)
def test_what_is_no_regular_file_is_refused_at_once(
    tmp_path: Path, make: Callable[[Path], None], what: str, flags: int
) -> None:
    path = tmp_path / "f"
    make(path)
    before = sorted(tmp_path.iterdir())
    for refuse in (keep_file, lambda path: open_file(path, flags)):
        with pytest.raises(NotOursError, match=f"is {what}, where a file should be"):
            refuse(path)
    assert sorted(tmp_path.iterdir()) == before


def test_a_file_of_somebody_else_is_refused(tmp_path: Path, as_stranger: Callable[[], None]) -> None:
    path = tmp_path / "f"
    path.write_text("theirs")
    path.chmod(0o666)
    as_stranger()
    for refuse in (keep_file, lambda path: open_file(path, os.O_RDWR)):
        with pytest.raises(NotOursError, match="not to user 12345 who runs this"):
            refuse(path)
    assert (path.read_text(), mode(path)) == ("theirs", 0o666)


def test_a_file_of_ours_that_is_open_to_others_is_closed_and_told(tmp_path: Path) -> None:
    path = tmp_path / "f"
    assert keep_file(path) == ""
    path.touch()
    path.chmod(0o644)
    assert "(mode 0644): it is 0600 now" in keep_file(path)
    assert mode(path) == 0o600


@pytest.mark.usefixtures("no_umask")
def test_a_new_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    os.close(open_file(tmp_path / "f", os.O_WRONLY | os.O_CREAT))
    assert mode(tmp_path / "f") == 0o600


def test_a_directory_in_the_place_of_a_file_leaves_nothing_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))

    with pytest.raises(IsADirectoryError):
        open_file(tmp_path, os.O_RDONLY)

    assert len(list(Path("/proc/self/fd").iterdir())) == before
