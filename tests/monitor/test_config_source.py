"""A change on disk is taken when it is at rest, and a file that is being written costs nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from conntest_tui import config as config_module
from conntest_tui.config import Config, ConfigError, Problem, load_at_rest
from conntest_tui.monitor import config_source as files_module
from conntest_tui.monitor.config_source import ConfigFiles
from tests.config.folder import Folder
from tests.fakes import NOON, FakeClock
from tests.stage import Files, Stage

ROWS = "10.0.0.1,One,\n10.0.0.2,Two,\n10.0.0.3,Three,\n"


class Desk:
    """A configuration, the monitor's view of it, and a clock."""

    def __init__(self, path: Path) -> None:
        self.folder = Folder(path)
        self.folder.write("hosts.csv", ROWS)
        self.clock = FakeClock()
        config, seen = load_at_rest(path, sleep=lambda _: None)
        self.files = ConfigFiles(config, seen, now=lambda: self.clock.steady)

    @property
    def hosts(self) -> list[str]:
        return [host.name[-1] for host in self.files.current.hosts]

    def write(self, rows: str, file: str = "hosts.csv") -> None:
        self.folder.write(file, rows)

    def looks(self, *seconds: float, force: bool = False) -> list[bool]:
        """Look after each of these pauses; return what `refresh` said."""
        found = []
        for pause in seconds:
            self.clock.pass_(pause)
            found.append(self.files.refresh(force=force))
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_change_is_taken_at_the_second_look_a_second_later(desk: Desk) -> None:
    desk.write(ROWS + "10.0.0.4,,\n")
    assert desk.looks(0, 0.5) == [False, False]
    assert desk.files.unsettled
    assert desk.hosts == ["1", "2", "3"]
    assert desk.looks(0.5) == [True]
    assert desk.hosts == ["1", "2", "3", "4"]
    assert not desk.files.unsettled
    assert desk.looks(1, 300) == [False, False]


@pytest.mark.parametrize("force", [False, True])
def test_a_file_that_is_written_in_pieces_is_not_read_before_its_end(desk: Desk, force: bool) -> None:
    for end in range(0, len(ROWS), 14):  # some of them at the end of a row
        desk.write(ROWS[:end])
        assert desk.looks(0.9, force=force) == [False]
        assert desk.hosts == ["1", "2", "3"]
    desk.write(ROWS + "10.0.0.4,,\n")
    assert desk.looks(0, 0.9, force=force) == [False, False]
    assert desk.files.problems == ()
    assert desk.looks(0.1) == [True]
    assert desk.hosts == ["1", "2", "3", "4"]


@pytest.mark.parametrize("file", ["hosts.csv", "email_recipients.csv"])
def test_a_file_that_has_become_shorter_rests_longer(desk: Desk, file: str) -> None:
    before = desk.files.current
    desk.write(ROWS[:14] if file == "hosts.csv" else "a@b.net\n", file)
    assert desk.looks(0, 1, 1, 0.9) == [False] * 4
    assert desk.files.current is before
    assert desk.looks(0.1) == [True]


def test_a_reload_that_was_asked_for_waits_no_longer_than_it_must(desk: Desk) -> None:
    desk.write(ROWS[:14])
    assert desk.looks(0, force=True) == [False]
    assert desk.looks(1) == [True]


def test_a_file_that_is_gone_rests_longer_before_that_is_told(desk: Desk) -> None:
    (desk.folder.path / "hosts.csv").unlink()
    desk.looks(0, 1, 1, 0.9)
    assert not desk.files.problems
    desk.looks(0.1)
    assert "the file is missing" in desk.files.problems[0]


def test_a_change_that_is_taken_back_was_none(desk: Desk) -> None:
    path = desk.folder.path / "hosts.csv"
    path.rename(path.with_suffix(".away"))
    assert desk.looks(0) == [False]
    assert desk.files.unsettled
    path.with_suffix(".away").rename(path)
    desk.looks(1.0, 1.0)
    assert desk.files.problems == ()
    assert desk.hosts == ["1", "2", "3"]


def test_what_changes_while_it_is_read_is_read_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write(ROWS[:14])
    desk.looks(0, 2)
    load = config_module.try_load

    def and_somebody_goes_on_writing(directory: Path, *, lenient: bool) -> Config | ConfigError:
        found = load(directory, lenient=lenient)
        desk.write(ROWS[:28])
        monkeypatch.setattr(files_module, "try_load", load)
        return found

    monkeypatch.setattr(files_module, "try_load", and_somebody_goes_on_writing)
    assert desk.looks(1.0) == [False]
    assert desk.hosts == ["1", "2", "3"]
    assert desk.looks(2.9, 0.1) == [False, True]
    assert desk.hosts == ["1", "2"]


def test_a_reload_without_a_change_reads_at_once(desk: Desk) -> None:
    assert desk.looks(0, force=True) == [True]
    assert desk.looks(0, 1) == [False, False]


def test_a_reload_is_not_forgotten_while_the_files_come_to_rest(desk: Desk) -> None:
    desk.write(ROWS)  # nothing new in it
    assert desk.looks(0, force=True) == [False]
    assert desk.looks(1) == [True]


def test_a_broken_change_at_rest_is_told_and_the_last_good_one_stays(desk: Desk) -> None:
    desk.write("10.0.0.300\n")
    assert desk.looks(0, 3) == [False, False]
    assert "10.0.0.300 is not an address" in desk.files.problems[0]
    assert desk.hosts == ["1", "2", "3"]
    desk.write(ROWS)
    assert desk.looks(0, 1) == [False, True]
    assert desk.files.problems == ()


def test_what_others_find_wrong_is_a_problem_too(desk: Desk) -> None:
    def check(config: Config) -> None:
        if len(config.hosts) > 3:
            raise ConfigError([Problem("hosts.csv", None, "too many", "take some off")])

    files = ConfigFiles(desk.files.current, None, check=check, now=lambda: desk.clock.steady)
    desk.write(ROWS + "10.0.0.4,,\n")
    files.refresh()
    desk.clock.pass_(1)
    assert not files.refresh()
    assert files.problems == ("hosts.csv: too many; take some off",)
    assert len(files.current.hosts) == 3


def test_a_fault_of_whoever_checks_ends_no_watch(desk: Desk) -> None:
    def check(_: Config) -> None:
        raise RecursionError

    files = ConfigFiles(desk.files.current, None, check=check, now=lambda: desk.clock.steady)
    files.refresh()
    desk.clock.pass_(1)
    assert not files.refresh()
    assert files.problems == (f"{desk.folder.path}: it is too deeply nested; are these the right files?",)


# ---------------------------------------------------------------- files outside the directory


@pytest.fixture
def authority(desk: Desk, tmp_path: Path) -> Path:
    """A file of certificates elsewhere, that the settings name."""
    path = tmp_path.parent / f"{tmp_path.name}-authority.pem"
    path.write_text("-----BEGIN CERTIFICATE-----\none\n")
    desk.write(f'email.ca_file = "{path}"\n', "settings.toml")
    assert desk.looks(0, 1, 1) == [False, False, True]  # there is one more file to come to rest
    assert desk.files.current.trusted
    return path


def test_a_changed_authority_is_taken_when_it_is_at_rest(desk: Desk, authority: Path) -> None:
    before = desk.files.current.trusted
    authority.write_text("-----BEGIN CERTIFICATE-----\n")
    assert desk.looks(0, 0.9) == [False, False]
    authority.write_text("-----BEGIN CERTIFICATE-----\ntwo\n")
    assert desk.looks(0.2, 0.9, 0.1) == [False, False, True]
    assert desk.files.current.trusted != before


def test_an_authority_that_is_missing_is_noticed_when_it_comes(desk: Desk, authority: Path) -> None:
    authority.unlink()
    desk.looks(0, 3)
    assert "email.ca_file: the file is missing" in desk.files.problems[0]
    authority.write_text("-----BEGIN CERTIFICATE-----\n")
    assert desk.looks(0, 1) == [False, True]
    assert desk.files.problems == ()


def test_a_password_file_is_not_read_before_its_end(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = tmp_path / "password"
    monkeypatch.setenv("CONNTEST_SMTP_PASSWORD_FILE", str(password))
    password.write_text("old\n")
    desk.write("", "settings.toml")
    assert desk.looks(0, 3) == [False, True]
    password.write_text("ne")
    desk.looks(0, 0.9)
    password.write_text("newer\n")
    desk.looks(0.2, 0.9)
    credentials = desk.files.current.credentials
    assert credentials is not None
    assert credentials.password.reveal() == "old"
    desk.looks(0.2)
    credentials = desk.files.current.credentials
    assert credentials is not None
    assert credentials.password.reveal() == "newer"


# ---------------------------------------------------------------- when the monitor looks


class Watched(Files):
    """Files that are being changed, or not; it notes when somebody looks."""

    def __init__(self, config: Config, clock: FakeClock) -> None:
        super().__init__(config)
        self.clock = clock
        self.looks: list[float] = []

    def refresh(self, *, force: bool = False) -> bool:
        self.looks.append(self.clock.steady - NOON)
        return super().refresh(force=force)


def _watch(tmp_path: Path, seconds: float, *, unsettled: Callable[[float], bool]) -> tuple[list[float], Stage]:
    stage = Stage(tmp_path, ["10.0.0.1"], interval=60.0)
    stage.kill()
    files = stage.config = Watched(stage.config.current, stage.clock)
    stage.start()
    while stage.clock.steady < NOON + seconds:
        files.unsettled = unsettled(stage.clock.steady - NOON)
        stage.monitor.turn(0)
        stage.clock.pass_(0.25)
    return files.looks, stage


def test_the_files_are_looked_at_when_a_sweep_begins_and_just_before_it(tmp_path: Path) -> None:
    looks, _ = _watch(tmp_path, 121, unsettled=lambda _: False)
    assert looks == [0.0, 55.0, 60.0, 115.0, 120.0]


def test_what_is_not_at_rest_is_looked_at_again_a_second_later_and_delays_no_sweep(tmp_path: Path) -> None:
    looks, stage = _watch(tmp_path, 61, unsettled=lambda at: 10 < at < 13)
    assert looks == [0.0, 10.25, 11.25, 12.25, 55.0, 60.0]
    looks, stage = _watch(tmp_path / "again", 125, unsettled=lambda _: True)
    assert 115 < len(looks) < 130
    assert stage.snapshots[-1].sweep.number == 3


# ---------------------------------------------------------------- the start


def _loaded(path: Path, writer: Callable[[float], object], wall: float) -> tuple[list[str], list[float]]:
    """Load at rest while `writer` does something in every pause; return the hosts and the pauses."""
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        writer(seconds)

    config, _ = load_at_rest(path, {}, sleep=sleep, wall=lambda: wall)
    return [host.name[-1] for host in config.hosts], pauses


def test_a_start_waits_for_whoever_is_writing(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write("hosts.csv", ROWS[:14])
    changed = (folder.path / "hosts.csv").stat().st_ctime
    pieces = [ROWS[:28], ROWS]

    def write(_: float) -> None:
        if pieces:
            folder.write("hosts.csv", pieces.pop(0))

    hosts, pauses = _loaded(tmp_path, write, changed)
    assert hosts == ["1", "2", "3"]
    assert pauses == pytest.approx([1.0, 1.0, 1.0])


def test_a_start_does_not_wait_for_files_that_are_old_or_for_a_clock_that_is_wrong_without_end(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write("hosts.csv", ROWS)
    changed = (folder.path / "hosts.csv").stat().st_ctime
    assert _loaded(tmp_path, lambda _: None, changed + 5) == (["1", "2", "3"], [])
    assert _loaded(tmp_path, lambda _: None, changed - 3600) == (["1", "2", "3"], [1.0])


def test_a_start_on_files_that_are_written_all_the_time_comes_to_an_end(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    hosts, pauses = _loaded(tmp_path, lambda _: folder.write("hosts.csv", ROWS), 0.0)
    assert hosts == ["1", "2", "3"]
    assert len(pauses) < 20


def test_a_start_with_nothing_to_lose_does_not_wait_and_reads_again_what_was_not_at_rest(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write("hosts.csv", ROWS[:14])
    files = ConfigFiles.open(tmp_path, patient=False)
    folder.write("hosts.csv", ROWS)
    assert not files.refresh()
    files._now = lambda: float("inf")
    assert files.refresh()
    assert len(files.current.hosts) == 3
