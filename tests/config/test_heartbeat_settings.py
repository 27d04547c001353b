"""`[heartbeat]`: which URL is one, which service it belongs to, and that it shows nowhere."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conntest_tui.config import HeartbeatKind, HeartbeatService, Secret, try_load
from conntest_tui.config.config_and_inventory import inventory
from conntest_tui.config.heartbeat_settings import kind_of
from conntest_tui.config.problems import ConfigError
from tests.config.folder import Folder

TOKEN = "5bb5f9a4-fdfa-4c53-a2a5-ed0c2ed5bd48"
URL = f"https://hc-ping.com/{TOKEN}"
MAIL = 'email.delivery = "maildir"\n'


def heartbeat(folder: Folder, settings: str) -> HeartbeatService | None:
    folder.write("settings.toml", f"{MAIL}[heartbeat]\n{settings}\n")
    return folder.load().heartbeat


def test_without_a_url_there_is_none(folder: Folder) -> None:
    assert folder.load().heartbeat is None
    assert heartbeat(folder, 'url = ""\nurl_file = ""\nkind = "healthchecks"') is None


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (URL, HeartbeatKind.HEALTHCHECKS),
        ("https://HC-PING.com/key/slug", HeartbeatKind.HEALTHCHECKS),
        ("https://checks.example.com/ping/5bb5", HeartbeatKind.HEALTHCHECKS),
        ("http://kuma:3001/api/push/AbCd?status=up&msg=OK&ping=", HeartbeatKind.UPTIME_KUMA),
        ("https://example.com/monitor/api/push/AbCd", HeartbeatKind.UPTIME_KUMA),
        ("https://nosnch.in/c2354d53d2", HeartbeatKind.PLAIN),
        ("https://nothc-ping.com/x", HeartbeatKind.PLAIN),
    ],
)
def test_the_service_is_recognised_by_its_url(folder: Folder, url: str, kind: HeartbeatKind) -> None:
    assert kind_of(urlsplit(url)) is kind
    assert heartbeat(folder, f'url = "{url}"') == HeartbeatService(Secret(url), kind)
    assert heartbeat(folder, f'url = "{url}"\nkind = "plain"') == HeartbeatService(Secret(url), HeartbeatKind.PLAIN)


@pytest.mark.parametrize(
    "settings",
    [
        'heartbeat.url = "ftp://{}"',
        'heartbeat.url = "{}"',
        'heartbeat.url = "https:///{}"',
        'heartbeat.url = "https://example.com:0/{}"',
        'heartbeat.url = "https://example.com:70000/{}"',
        'heartbeat.url = "https://[::1/{}"',
        'heartbeat.url = "https://example.com/{}\\r\\nHost: else"',
        'heartbeat.url = "https://example.com/ {}"',
        'heartbeat.url = "https://example.com/ü{}"',
        'heartbeat.url = ["https://example.com/{}"]',
        'heartbeat = "https://example.com/{}"',
        'heartbeat.kind = "https://example.com/{}"',
        'heartbeat.url_file = "/nowhere/{}"\nheartbeat.url = "https://example.com/{}"',
    ],
)
def test_what_is_no_url_is_a_problem_that_repeats_nothing_of_it(folder: Folder, settings: str) -> None:
    folder.write("settings.toml", MAIL + settings.replace("{}", TOKEN) + "\n")
    problems = folder.problems()
    assert problems
    assert all(problem.startswith("settings.toml:2: heartbeat") for problem in problems)
    assert not any(TOKEN in problem for problem in problems)


def test_the_url_may_be_in_a_file_of_its_own(folder: Folder) -> None:
    path = folder.write("url", f"{URL}\n")
    path.chmod(0o600)
    assert heartbeat(folder, 'url_file = "url"') == HeartbeatService(Secret(URL), HeartbeatKind.HEALTHCHECKS)
    config = folder.load()
    assert path in config.also  # a change of it is noticed
    assert config.warnings == ()
    path.chmod(0o644)
    assert [str(warning) for warning in folder.load().warnings] == [
        f"settings.toml:3: other users of this machine can read heartbeat.url_file; run: chmod 600 {path}"
    ]


def test_a_url_that_others_can_read_is_warned_of(folder: Folder) -> None:
    (folder.path / "settings.toml").chmod(0o644)
    assert heartbeat(folder, f'url = "{URL}"')
    (warning,) = folder.load().warnings
    assert "url_file" in str(warning)
    (folder.path / "settings.toml").chmod(0o600)
    assert folder.load().warnings == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "heartbeat.url_file: the file is missing"),
        (b"", "heartbeat.url_file: this is no URL"),
        (b"\xff\xfe", "heartbeat.url_file: this is no URL"),
        (f"{URL}\n{URL}\n".encode(), "heartbeat.url_file: this is no URL"),
        (bytes(2 << 20), "heartbeat.url_file: the file is larger than 1 MB"),
    ],
)
def test_a_file_without_a_url_is_a_problem(folder: Folder, content: bytes | None, said: str) -> None:
    if content is not None:
        folder.write("url", content)
    folder.write("settings.toml", f'{MAIL}heartbeat.url_file = "url"\n')
    assert said in folder.problem()
    assert TOKEN not in folder.problem()


def test_a_ca_file_without_a_certificate_is_a_problem(folder: Folder) -> None:
    folder.write("settings.toml", f'{MAIL}[heartbeat]\nurl = "{URL}"\nca_file = "hosts.csv"\n')
    assert "heartbeat.ca_file: the file holds no certificate" in folder.problem()


def test_no_form_of_a_configuration_shows_it(folder: Folder) -> None:
    assert heartbeat(folder, f'url = "{URL}"')
    config = folder.load()
    listed = {setting.path: setting.value for setting in inventory(config).settings}
    assert listed["heartbeat.url"] == "********"
    written = json.dumps(config.settings.model_dump(mode="json"))
    assert TOKEN not in f"{config!r} {config.settings!r} {written} {inventory(config)!r}"


def test_a_broken_setting_elsewhere_shows_nothing_of_it(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write("settings.toml", f'interval = -1\nunknown = 2\n[heartbeat]\nurl = "{URL}"\n')
    found = try_load(tmp_path)
    assert isinstance(found, ConfigError)
    assert TOKEN not in f"{found} {found!r}"
