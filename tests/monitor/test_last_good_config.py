"""The last good configuration outlives the program, without its secrets, and serves when the files are broken."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from conntest_tui.config import Config, ConfigError, Problem, fingerprint, load
from conntest_tui.model import EventKind, Judgement, Notification, NotificationKind
from conntest_tui.monitor.config_source import ConfigFiles, accept
from conntest_tui.monitor.factory import open_files
from conntest_tui.monitor.last_good_config import ConfigKeeper, LastGoodConfig, fell_back, find, write
from conntest_tui.monitor.monitor_warnings import skipping
from conntest_tui.monitor.recorder import Recorder
from conntest_tui.monitor.state_lock_and_database import KEPT
from conntest_tui.notify.mail_drafts import compose
from conntest_tui.notify.outage_episodes import episodes_of
from tests.config.folder import Folder
from tests.fakes import NOON, FakeClock
from tests.files import fill_disk

PASSWORD = "Hunter2-is-the-secret"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A configuration in which every file and many settings say something."""
    path = tmp_path / "office"
    path.mkdir()
    folder = Folder(path)
    folder.write(
        "hosts.csv",
        '# Büro\n10.0.0.1,"Switch, old",MDF\n10.0.0.2,,,parent=10.0.0.1,attempts=2,timeout=0.5,failures=3,mail=off\n'
        "# Lager\nbücher.de,日本\n",
    )
    folder.write("creds.csv", f"monitor@company.net,{PASSWORD}\n")
    folder.write("authority.pem", "-----BEGIN CERTIFICATE-----\n")
    folder.write(
        "settings.toml",
        'interval = 60.5\nuplink.hosts = ["10.9.9.9"]\n[email]\nca_file = "authority.pem"\ntls = "implicit"\n'
        '[console]\ntheme = "ansi"\n[console.keys]\n"host.recheck" = "f5"\n'
        '[groups."Büro"]\nfailures = 2\n[groups.Lager]\n',
    )
    return folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / KEPT


def _found(path: Path, folder: Folder) -> LastGoodConfig:
    found = find(path, folder.path, folder.environ)
    assert found is not None
    return found


def test_what_is_kept_is_what_was_loaded(folder: Folder, path: Path) -> None:
    config = folder.load()
    write(path, LastGoodConfig(config, NOON, reported=True))

    found = _found(path, folder)
    assert found == LastGoodConfig(replace(config, trusted=""), NOON, reported=True)
    assert [host.line for host in found.config.hosts] == [host.line for host in config.hosts]
    assert found.config.settings.model_dump() == config.settings.model_dump()


def test_a_file_of_a_version_that_knew_other_columns_is_of_no_use(folder: Folder, path: Path) -> None:
    write(path, LastGoodConfig(folder.load(), NOON))
    path.write_text(path.read_text().replace('"failures", "mail"', '"another", "mail"'))

    assert find(path, folder.path, folder.environ) is None


def test_it_is_private_and_holds_no_secret(folder: Folder, path: Path) -> None:
    old = os.umask(0)
    try:
        write(path, LastGoodConfig(folder.load(), NOON))
    finally:
        os.umask(old)

    assert path.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in path.read_text()
    assert list(path.parent.glob(f"{KEPT}*")) == [path]


def test_the_login_is_read_where_it_stands_and_mail_waits_when_it_cannot_be(folder: Folder, path: Path) -> None:
    write(path, LastGoodConfig(folder.load(), NOON))
    folder.write("creds.csv", "monitor@company.net,another\n")
    credentials = _found(path, folder).config.credentials
    assert credentials is not None
    assert credentials.password.reveal() == "another"

    folder.write("creds.csv", "no,comma,here\n")
    config = _found(path, folder).config
    assert (config.credentials, config.login_lost) == (None, True)

    write(path, LastGoodConfig(config, NOON))  # and once more: it does not become a server without a login
    assert _found(path, folder).config.login_lost


def test_a_server_without_a_login_needs_none(folder: Folder, path: Path) -> None:
    folder.write("creds.csv", "")
    folder.write("settings.toml", 'email.sender = "a@b.net"\n')
    write(path, LastGoodConfig(folder.load(), NOON))
    config = _found(path, folder).config
    assert (config.credentials, config.login_lost) == (None, False)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda _: "", id="empty"),
        pytest.param(lambda text: text[: len(text) // 2], id="cut"),
        pytest.param(lambda text: "\n".join(text.split("\n")[:-2]) + "\n", id="cut at a row's end"),
        pytest.param(lambda text: text.replace('"format": 1', '"format": 2'), id="of a newer version"),
        pytest.param(lambda text: text.replace('"interval": 60.5', '"intervall": 60.5'), id="an unknown setting"),
        pytest.param(lambda text: text.replace('"interval": 60.5', '"interval": 0'), id="a setting out of range"),
        pytest.param(lambda _: "[" * 100_000, id="nested"),
        pytest.param(lambda text: text.replace("10.0.0.1", "\x00"), id="no JSON"),
        pytest.param(lambda text: text.replace('["10.0.0.1"', '["10.0.0.1", 1, 2, 3, 4, 5, 6, 7'), id="a long row"),
    ],
)
def test_a_file_that_is_no_good_is_as_none(folder: Folder, path: Path, spoil: Callable[[str], str]) -> None:
    write(path, LastGoodConfig(folder.load(), NOON))
    path.write_text(spoil(path.read_text()))
    assert find(path, folder.path) is None


def test_nothing_is_taken_that_is_missing_or_of_another_configuration_or_of_another_user(
    folder: Folder, path: Path, tmp_path: Path
) -> None:
    assert find(path, folder.path) is None
    write(path, LastGoodConfig(folder.load(), NOON))
    assert find(path, tmp_path) is None
    assert find(path, folder.path) is not None
    path.unlink()
    os.mkfifo(path)
    assert find(path, folder.path) is None


def test_what_stands_in_the_way_is_neither_followed_nor_waited_for(folder: Folder, path: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    path.symlink_to(victim)
    path.with_name(f"{KEPT}.new").symlink_to(victim)
    write(path, LastGoodConfig(folder.load(), NOON))
    assert victim.read_text() == "mine"
    assert not path.is_symlink()


def test_a_disk_that_is_full_keeps_the_older_one(folder: Folder, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, LastGoodConfig(folder.load(), NOON))

    fill_disk(monkeypatch)
    keeper = ConfigKeeper(path, FakeClock())
    keeper.keep(replace(folder.load(), hosts=()))
    keeper.close()
    _wait(lambda: bool(keeper.trouble))
    assert keeper.trouble.endswith("No space left on device")
    monkeypatch.undo()
    assert len(_found(path, folder).config.hosts) == 3


def test_the_keeper_writes_the_newest_and_at_the_latest_when_it_closes(folder: Folder, path: Path) -> None:
    keeper = ConfigKeeper(path, FakeClock())
    keeper.keep(folder.load())
    folder.write("hosts.csv", "10.0.0.7\n")
    keeper.keep(folder.load())
    assert not path.exists()
    keeper.close()
    _wait(path.exists)
    assert [host.name for host in _found(path, folder).config.hosts] == ["10.0.0.7"]


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# ---------------------------------------------------------------- the start


def test_a_start_on_broken_files_goes_on_with_what_was_kept(folder: Folder, path: Path, tmp_path: Path) -> None:
    good = folder.load()
    write(path, LastGoodConfig(good, NOON))
    folder.write("hosts.csv", "10.0.0.300\n")

    files, kept = open_files(folder.path, tmp_path, accept)
    assert kept is not None
    assert files.current.hosts == good.hosts
    assert files.problems == ("hosts.csv:1: 10.0.0.300 is not an address; write four numbers 0-255",)


def test_a_start_on_broken_files_with_nothing_kept_is_refused(folder: Folder, tmp_path: Path) -> None:
    folder.write("hosts.csv", "10.0.0.300\n")
    with pytest.raises(ConfigError, match=r"10\.0\.0\.300"):
        open_files(folder.path, tmp_path, accept)


def test_a_start_on_good_files_does_not_look_at_what_was_kept(folder: Folder, path: Path, tmp_path: Path) -> None:
    path.write_text("nonsense")
    files, kept = open_files(folder.path, tmp_path, accept)
    assert kept is None
    assert len(files.current.hosts) == 3


def test_what_the_console_cannot_use_counts_as_broken(folder: Folder, path: Path, tmp_path: Path) -> None:
    def check(config: Config) -> None:
        if config.settings.interval < 60:
            raise ConfigError([Problem("settings.toml", 1, "too often", "rest")])

    good = folder.load()
    write(path, LastGoodConfig(good, NOON))
    folder.write("settings.toml", 'interval = 30\n[email]\ndelivery = "off"\n')
    files, kept = open_files(folder.path, tmp_path, check)
    assert kept is not None
    assert files.current.settings.interval == 60.5

    def refuse(_: Config) -> None:
        raise ConfigError([Problem("settings.toml", 1, "no", "never")])

    with pytest.raises(ConfigError):
        open_files(folder.path, tmp_path, refuse)


class _Told:
    """Takes what a keeper records."""

    def __init__(self) -> None:
        self.judgements: list[Judgement] = []

    def record(self, judgement: Judgement) -> None:
        self.judgements.append(judgement)

    def notifications(self) -> list[Notification]:
        found = [notification for judgement in self.judgements for notification in judgement.notifications]
        self.judgements.clear()
        return found


def _start(folder: Folder, path: Path, told: _Told) -> ConfigKeeper:
    """Start as `open_monitor` does."""
    files, fallback = open_files(folder.path, path.parent, accept)
    keeper = ConfigKeeper(path, FakeClock(), fallback)
    if fallback is None:
        keeper.remember(folder.path)
    keeper.report_start(cast("Recorder", told), files)
    return keeper


def test_skipped_rows_are_mailed_once_over_any_number_of_starts_and_reloads(folder: Folder, path: Path) -> None:
    folder.write("hosts.csv", "10.1.1.x,Old,\n10.0.0.1,Switch,MDF\nserver01,10.0.0.2\n")
    told = _Told()

    keeper = _start(folder, path, told)
    (notification,) = told.notifications()
    assert (notification.kind, notification.failures) == (NotificationKind.SKIPPED_ROWS, 2)
    assert notification.reason.startswith("hosts.csv:1: 10.1.1.x is not an address")
    assert notification.reason.endswith("(and 1 more)")
    assert [problem.host.split(" ")[0] for problem in notification.behind] == ["hosts.csv:1:", "hosts.csv:3:"]

    folder.write("hosts.csv", "## a line more\n10.1.1.x,Old,\n10.0.0.1,Switch,MDF\nserver01,10.0.0.2\n")
    keeper.report_skipped_rows(cast("Recorder", told), load(folder.path, lenient=True))
    keeper = _start(folder, path, told)
    assert told.notifications() == []

    folder.write("hosts.csv", "10.0.0.300\n")  # a start on broken files forgets nothing
    write(path, replace(_found(path, folder), reported=True))
    _start(folder, path, told)
    folder.write("hosts.csv", "10.1.1.x,Old,\n10.0.0.1,Switch,MDF\n")
    keeper = _start(folder, path, told)
    assert told.notifications() == []

    folder.write("hosts.csv", "10.0.0.1,Switch,MDF\n")  # mended, and wrong again
    keeper.report_skipped_rows(cast("Recorder", told), load(folder.path, lenient=True))
    folder.write("hosts.csv", "10.1.1.x,Old,\n10.0.0.1,Switch,MDF\n")
    keeper.report_skipped_rows(cast("Recorder", told), load(folder.path, lenient=True))
    assert [notification.failures for notification in told.notifications()] == [1]


def test_skipped_rows_are_told_but_not_mailed_when_mail_is_off(folder: Folder, path: Path) -> None:
    folder.write("hosts.csv", "10.1.1.x,Old,\n10.0.0.1,Switch,MDF\n")
    folder.write("settings.toml", '[email]\ndelivery = "off"\n')
    told = _Told()
    _start(folder, path, told)
    (judgement,) = told.judgements
    assert [event.mail for event in judgement.events] == ["not mailed: mail is off"]
    assert judgement.notifications == ()


def test_a_reload_skips_the_same_rows_as_a_start(folder: Folder) -> None:
    now = 0.0
    files = ConfigFiles(folder.load(), fingerprint(folder.path), now=lambda: now)
    folder.write("hosts.csv", "10.1.1.x,Old,\n10.0.0.1,Switch,MDF\n")
    files.refresh()
    now = 10.0

    assert files.refresh()
    assert [host.name for host in files.current.hosts] == ["10.0.0.1"]
    assert files.problems == ()
    assert skipping(files.current.rows) == (
        "1 row is no host and is not watched: hosts.csv:1: 10.1.1.x is not an address: "
        "a letter stands for a number; write four numbers 0-255"
    )


def test_a_fallback_is_told_each_time_and_mailed_once(folder: Folder) -> None:
    problems = ["hosts.csv:1: no; mend it", "hosts.csv:2: no; mend it"]
    first = fell_back(LastGoodConfig(folder.load(), NOON), problems, FakeClock())
    again = fell_back(LastGoodConfig(folder.load(), NOON, reported=True), problems, FakeClock())

    assert [event.kind for event in (*first.events, *again.events)] == [EventKind.TROUBLE] * 2
    assert first.events[0].mail == "mailed: broken files"
    assert again.events[0].mail == "not mailed: it was mailed before"
    assert len(first.notifications) == 1
    assert not again.notifications

    folder.write("settings.toml", 'email.delivery = "off"\n')
    off = fell_back(LastGoodConfig(folder.load(), NOON), problems, FakeClock())
    assert (off.events[0].mail, off.notifications) == ("not mailed: mail is off", ())


def test_the_mail_says_what_is_broken_and_which_configuration_is_in_force(folder: Folder) -> None:
    problems = ["hosts.csv:1: 10.0.0.300 is not an address; write four numbers 0-255", "hosts.csv:2: no; mend it"]
    (notification,) = fell_back(LastGoodConfig(folder.load(), NOON - 3600), problems, FakeClock()).notifications
    draft = compose(episodes_of([notification]), NOON, late=False, renotify=3600)

    assert draft.subject == "[CONFIGURATION BROKEN] the monitor has started with the last good one"
    assert "hosts.csv:1: 10.0.0.300 is not an address; write four numbers 0-255 (and 1 more)" in draft.text
    assert "2026-09-21T15:13:20+02:00" in draft.text
    assert "conntest-tui validate" in draft.text
    assert "For " not in draft.text
    many = compose(
        episodes_of([notification, replace(notification, kind=NotificationKind.LINK_BACK, id=2)]),
        NOON,
        late=True,
        renotify=3600,
    )
    assert many.subject.startswith("[CONFIGURATION BROKEN, LINK BACK] ")
