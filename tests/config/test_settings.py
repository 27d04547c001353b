"""settings.toml: every setting, its default, its range, and what a bad one gets."""

import pytest
from pydantic import ValidationError

from conntest_tui.config import Delivery, HeartbeatKind, Settings, Theme, Tls
from conntest_tui.config.console_settings import Notices, Signs
from conntest_tui.config.settings import HostSeries, all_settings
from tests.config.folder import MAILDIR, Folder

DEFAULTS: dict[str, object] = {
    "interval": 300,
    "attempts": 3,
    "timeout": 2,
    "rate": 1000,
    "source": "",
    "failures": 1,
    "renotify": 3600,
    "log.keep": 150,
    "history.samples": 7,
    "history.hours": 366,
    "email.delivery": Delivery.SMTP,
    "email.tls": Tls.AUTO,
    "email.sender": "",
    "email.helo": "",
    "email.ca_file": None,
    "email.digest_above": 5,
    "flapping.changes": 6,
    "flapping.window": 3600,
    "flapping.quiet": 1800,
    "storm.share": 50,
    "storm.minimum": 5,
    "uplink.hosts": (),
    "heartbeat.url": None,
    "heartbeat.url_file": None,
    "heartbeat.kind": HeartbeatKind.AUTO,
    "heartbeat.ca_file": None,
    "console.bell": True,
    "console.title": True,
    "console.toasts": True,
    "console.away": 600,
    "console.theme": Theme.DARK,
    "console.signs": Signs.AUTO,
    "console.notices": Notices.OFF,
    "console.columns": (),
    "console.keys": {},
    "console.commands": {},
    "report.monthly": False,
    "attach.operators": (),
    "attach.group": "",
    "http.listen": "",
    "http.hosts": (),
    "metrics.hosts": HostSeries.TROUBLE,
    "groups": {},
}


def _value(settings: Settings, path: str) -> object:
    table, _, name = path.rpartition(".")
    return getattr(getattr(settings, table) if table else settings, name)


def _set(folder: Folder, path: str, value: str) -> int:
    """Write one setting below `email.delivery`, and return its line."""
    folder.write("settings.toml", f'email.delivery = "maildir"\n\n{path} = {value}\n')
    return 3


def test_columns_are_named_in_any_case_and_once(folder: Folder) -> None:
    _set(folder, "console.columns", '["State", " host ", "state", "JITTER"]')

    assert folder.load().settings.console.columns == ("state", "host", "jitter")


def test_without_the_file_every_knob_has_its_default() -> None:
    settings = Settings()

    assert {path: _value(settings, path) for path, _ in all_settings()} == DEFAULTS


@pytest.mark.parametrize(
    ("path", "lowest", "highest"),
    [
        ("interval", 7, 3600),  # alone: below it the attempts, above it renotify would have to follow
        ("attempts", 1, 20),
        ("timeout", 0.01, 60),
        ("rate", 0, 1_000_000),
        ("failures", 1, 100),
        ("renotify", 300, 31 * 86_400),
        ("log.keep", 1, 36_500),
        ("history.samples", 1, 366),
        ("history.hours", 1, 3_660),
        ("email.digest_above", 0, 1_000),
        ("flapping.changes", 2, 1_000),
        ("flapping.window", 1, 604_800),
        ("flapping.quiet", 1, 604_800),
        ("storm.share", 1, 100),
        ("storm.minimum", 2, 1_000_000),
        ("console.away", 0, 86_400),
    ],
)
def test_a_number_is_taken_within_its_range(folder: Folder, path: str, lowest: float, highest: float) -> None:
    for value in (lowest, highest):
        _set(folder, path, str(value))
        assert _value(folder.load().settings, path) == value


def test_an_interval_of_a_day_needs_a_longer_renotify(folder: Folder) -> None:
    folder.write("settings.toml", MAILDIR.replace("[", "interval = 86400\nrenotify = 86400\n[", 1))

    assert folder.load().settings.interval == 86_400


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("interval", "0", "interval = 0 is not allowed; write a number of seconds from 1 to 86400"),
        ("interval", "-1", "interval = -1 is not allowed"),
        ("interval", "nan", "interval = NaN is not allowed"),
        ("interval", "inf", "interval = Infinity is not allowed"),
        ("interval", "1e9", "interval = 1000000000.0 is not allowed"),
        ("interval", '"300"', 'interval = "300" is not allowed'),
        ("interval", "true", "interval = true is not allowed"),
        ("interval", "2026-01-01", 'interval = "2026-01-01" is not allowed'),
        ("interval", "[300]", "interval = [300] is not allowed"),
        ("interval", "{ a = 1 }", 'interval = {"a": 1} is not allowed'),
        ("interval", "0x" + "f" * 5000, "interval = a huge number is not allowed"),
        ("attempts", "0", "attempts = 0 is not allowed; write a whole number of echo requests from 1 to 20"),
        ("attempts", "3.0", "attempts = 3.0 is not allowed"),
        ("attempts", "21", "attempts = 21 is not allowed"),
        ("attempts", "true", "attempts = true is not allowed"),
        ("timeout", "60.1", "timeout = 60.1 is not allowed; write a number of seconds from 0.01 to 60"),
        ("timeout", "0", "timeout = 0 is not allowed"),
        ("rate", "-1", "rate = -1 is not allowed; write a whole number of echo requests per second from 0 to 1000000"),
        ("failures", "0", "failures = 0 is not allowed"),
        ("renotify", "299", "renotify = 299 is shorter than interval = 300; set renotify to 300 or more"),
        ("log.keep", "0", "log.keep = 0 is not allowed; write a whole number of files from 1 to 36500"),
        ("email.tls", '"ssl"', 'email.tls = "ssl" is not allowed; write "auto" or "implicit" or "starttls" or "none"'),
        ("email.tls", "1", "email.tls = 1 is not allowed"),
        ("source", '"10.1"', "source: 10.1 is not an address"),
        ("source", '"10.1.1.300"', "source: 10.1.1.300 is not an address"),
        ("source", '"224.0.0.1"', "source: 224.0.0.1 is a multicast address"),
        ("source", '"127.0.0.1"', "source: nothing leaves this machine from 127.0.0.1"),
        ("source", '"::1"', "source: nothing leaves this machine from ::1"),
        ("source", '"fe80::1"', "source: fe80::1"),
        ("source", '"eth 1"', 'source: eth 1 is no address and no interface; write "10.0.0.5" or "eth1"'),
        ("source", '".."', "source: .. is no address and no interface"),
        ("source", '"a/b"', "source: a/b is no address and no interface"),
        ("source", '"sixteen-or-longer"', "source: sixteen-or-longer is no address and no interface"),
        ("source", "1", 'source = 1 is not allowed; write an address or an interface of this machine, or ""'),
        ("email.sender", '"root"', "email.sender: root is not a mail address"),
        ("email.sender", "1", 'email.sender = 1 is not allowed; write a mail address, or ""'),
        ("email.helo", '"my_host:25"', "email.helo: my_host:25"),
        ("email.helo", "1", "email.helo = 1 is not allowed; write a host name"),
        ("email.ca_file", "1", "email.ca_file = 1 is not allowed; write the path of a PEM file"),
        ("email.ca_file", '"a\\u0000b"', "email.ca_file: a�b holds characters that do not print"),
        ("email.digest_above", "-1", "email.digest_above = -1 is not allowed"),
        ("flapping.changes", "1", "flapping.changes = 1 is not allowed"),
        ("storm.share", "0", "storm.share = 0 is not allowed; write a number of percent from 1 to 100"),
        ("storm.share", "101", "storm.share = 101 is not allowed"),
        ("storm.minimum", "1", "storm.minimum = 1 is not allowed"),
        ("uplink.hosts", '"10.0.0.1"', 'uplink.hosts = "10.0.0.1" is not allowed; write at most 100 addresses: ['),
        ("uplink.hosts", "[1]", "uplink.hosts = 1 is not allowed"),
        ("console.bell", '"on"', 'console.bell = "on" is not allowed; write true or false'),
        ("console.away", "-1", "console.away = -1 is not allowed; write a number of seconds from 0 to 86400"),
        (
            "console.theme",
            '"blue"',
            'console.theme = "blue" is not allowed; write "dark" or "light" or "high-contrast"',
        ),
        ("console.keys", '"f5"', 'console.keys = "f5" is not allowed; write [console.keys], and below it '),
        ("console.keys", "{ a = 1 }", 'console.keys: a has no keys; write them in quotes: "host.recheck" = "r,f5"'),
        ("console.keys", '{ "a.b" = "" }', "console.keys: a.b has no keys"),
        ("console.keys", '{ a = "\\u001b" }', "console.keys: a has no keys"),
        ("console.keys.a.b.c.d", '"f5"', "console.keys: a.b.c has no keys"),
        ("console.keys." + ".".join("a" * 2_000), '"f5"', "console.keys: a.a.a has no keys"),
        (
            "console.columns",
            '["state", "ping"]',
            "console.columns: there is no column ping; the columns are state, host, address, description, location, ",
        ),
        ("console.columns", '"state"', 'console.columns = "state" is not allowed; write columns from left to right: ['),
        ("console.notices", '"osc"', 'console.notices = "osc" is not allowed; write "off" or "osc9" or "osc777"'),
        (
            "console.commands",
            '"mtr"',
            'console.commands = "mtr" is not allowed; write [console.commands], and below it',
        ),
        ("console.commands", "{ a = 1 }", "console.commands: a is no command; write a program and its arguments"),
        ("console.commands", '{ a = "\\u001b" }', "console.commands: a is no command"),
        ("console.commands", '{ a = " " }', "console.commands: a does not begin with a program"),
        ("console.commands", '{ a = "{host} x" }', "console.commands: a does not begin with a program"),
        ("console.commands", """{ a = "mtr 'x" }""", "console.commands: a has a quote that does not end"),
        (
            "console.commands",
            """{ a = "sudo /bin/bash -exc 'ping {address} | tee log'" }""",
            "console.commands: a puts {address} into what bash runs; put it behind, where it stays one argument",
        ),
        (
            "console.commands",
            '{ a = "ssh jump wall {description}" }',
            "console.commands: a puts {description} into what ssh has a shell run",
        ),
        (
            "console.commands",
            '{ a = "mtr {hosts}" }',
            "console.commands: a holds {hosts}, which is not known",
        ),
        ("console.commands", '{ " " = "mtr" }', "console.commands:"),
        ("uplink.hosts", '["10.1"]', "uplink.hosts: 10.1 is not an address"),
        pytest.param("uplink.hosts", str(["10.0.0.1"] * 101), 'uplink.hosts = ["10.0.0.1", ', id="101 uplink hosts"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_what_can(folder: Folder, path: str, value: str, said: str) -> None:
    line = _set(folder, path, value)

    assert folder.problem().startswith(f"settings.toml:{line}: {said}")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("intervall = 1", "settings.toml:3: there is no setting intervall; did you mean interval?"),
        ("keep = 1", "settings.toml:3: there is no setting keep; did you mean log.keep?"),
        ("email.delivry = 1", "settings.toml:3: there is no setting email.delivry; did you mean email.delivery?"),
        ("emial.tls = 1", "settings.toml:3: there is no setting emial; did you mean email?"),
        ("[strom]\nshare = 1", "settings.toml:3: there is no setting strom; did you mean storm?"),
        ("[storm]\nmin = 1", "settings.toml:4: there is no setting storm.min; did you mean storm.minimum?"),
        ('"a.b" = 1', "settings.toml:3: there is no setting a.b; the settings are interval, "),
        ('"" = 1', "settings.toml:3: there is no setting ; the settings are interval, "),
        ("storm = 1", "settings.toml:3: storm = 1 is not a table; write [storm], and its settings below"),
        ("[[storm]]\nshare = 1", 'settings.toml:3: storm = [{"share": 1}] is not a table'),
        ("storm = { share = 0 }", "settings.toml:3: storm.share = 0 is not allowed"),
    ],
)
def test_an_unknown_knob_gets_its_line_and_the_nearest_name(folder: Folder, content: str, problem: str) -> None:
    folder.write("settings.toml", f'email.delivery = "maildir"\n# a comment\n{content}\n')

    assert folder.problem().startswith(problem)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("\ninterval = = 3\n", "settings.toml:2: not TOML: Invalid value; write it like: interval = 300"),
        ("interval = 3\ninterval = 4\n", "settings.toml:2: not TOML: Cannot overwrite a value"),
        ('x = "', "settings.toml: not TOML: Unterminated string"),
        ("interval", "settings.toml: not TOML: Expected '='"),
        ("x = " + "[" * 5_000, "settings.toml: not TOML: a value is too long or too deeply nested"),
        ("x = " + "1" * 5_000, "settings.toml: not TOML: a value is too long or too deeply nested"),
        ("\nx." + "a." * 5_000 + "b = 1", "settings.toml:2: the line is longer than 8,192 characters; break it up"),
        ("#" * 65 + "\n" * 65_536, "settings.toml: the file is larger than 64 KB"),
    ],
)
def test_what_is_no_toml_gets_its_line(folder: Folder, content: str, problem: str) -> None:
    folder.write("settings.toml", content)

    assert folder.problem().startswith(problem)


def test_a_line_that_is_no_text_is_told_once(folder: Folder) -> None:
    folder.write("settings.toml", b"interval = 30 # K\xfcche\nnonsense\n")

    assert folder.problem() == "settings.toml:1: the line is not UTF-8 text; save the file as UTF-8"


def test_bom_and_crlf_and_lone_cr_are_read(folder: Folder) -> None:
    folder.write("settings.toml", b'\xef\xbb\xbfinterval = 60\r\nemail.delivery = "maildir"\rtimeout = 1\r')

    assert folder.load().origins["timeout"] == "settings.toml:3"


def test_all_problems_of_the_file_are_told_at_once(folder: Folder) -> None:
    folder.write("settings.toml", 'interval = 0\nattempts = "x"\n[email]\ndelivery = "maildir"\nnope = 1\n')

    assert [problem.split(":")[1] for problem in folder.problems()] == ["1", "2", "5"]


def test_attempts_and_timeouts_must_fit_the_interval(folder: Folder) -> None:
    folder.write("settings.toml", MAILDIR.replace("[", "interval = 60\nattempts = 10\ntimeout = 6\n[", 1))

    assert folder.problem() == "settings.toml:2: attempts x timeout is 60 s; keep it below interval = 60"


def test_a_renotify_shorter_than_the_interval_is_shown_where_one_of_them_is_set(folder: Folder) -> None:
    folder.write("settings.toml", MAILDIR.replace("[", "\ninterval = 7200\n[", 1))

    assert folder.problem().startswith("settings.toml:2: renotify = 3600 is shorter than interval = 7200")


def test_origins_tell_the_line_of_each_knob_or_default(folder: Folder) -> None:
    folder.write(
        "settings.toml",
        'rate = 0\nlog.keep = 9\nstorm = { share = 40 }\n\n[email]\n"delivery" = "maildir"\n\n'
        "[ uplink ]\nhosts = [\n    '10.0.0.1',\n]\n",
    )

    origins = folder.load().origins

    assert list(origins) == list(DEFAULTS)
    assert {path: origin for path, origin in origins.items() if origin != "default"} == {
        "rate": "settings.toml:1",
        "log.keep": "settings.toml:2",
        "storm.share": "settings.toml:3",
        "email.delivery": "settings.toml:6",
        "uplink.hosts": "settings.toml:9",
    }


def test_uplink_hosts_take_their_normal_form_once(folder: Folder) -> None:
    _set(folder, "uplink.hosts", '[" 10.0.0.1", "::ffff:10.0.0.1", "Router.NET"]')

    assert folder.load().settings.uplink.hosts == ("10.0.0.1", "router.net")


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("", ""),
        (" ", ""),
        (" 10.0.0.5 ", "10.0.0.5"),
        ("FD00:0::5", "fd00::5"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("eth1", "eth1"),
        ("br-4f2a.100", "br-4f2a.100"),
        ("wg0", "wg0"),
    ],
)
def test_a_source_is_an_address_or_an_interface(folder: Folder, written: str, source: str) -> None:
    _set(folder, "source", f'"{written}"')

    assert folder.load().settings.source == source


def test_a_relative_ca_file_starts_from_the_directory(folder: Folder) -> None:
    folder.write("ca.pem", "-----BEGIN CERTIFICATE-----\n")
    folder.write("settings.toml", 'email.ca_file = "ca.pem"\n')

    assert folder.load().settings.email.ca_file == folder.path / "ca.pem"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("nowhere.pem", "email.ca_file: the file is missing"),
        ("hosts.csv", "email.ca_file: the file holds no certificate; name a file in PEM form"),
        (".", "email.ca_file: this is a directory"),
        ("/dev/zero", "email.ca_file: this is a device"),
    ],
)
def test_a_ca_file_without_a_certificate_is_a_problem(folder: Folder, value: str, said: str) -> None:
    folder.write("settings.toml", f'[email]\nca_file = "{value}"\n')

    assert folder.problem().startswith(f"settings.toml:2: {said}")


def test_settings_cannot_be_changed_after_the_check() -> None:
    settings = Settings()

    with pytest.raises(ValidationError):
        settings.interval = 1.0


@pytest.mark.parametrize("content", ['[console.keys]\n"host.recheck" = "r,f5"', 'console.keys.host.recheck = "r,f5"'])
def test_the_id_of_a_key_binding_may_be_quoted_or_not(folder: Folder, content: str) -> None:
    folder.write("settings.toml", f'email.delivery = "maildir"\n{content}\n')

    config = folder.load()

    assert config.settings.console.keys == {"host.recheck": "r,f5"}
    assert config.origins["console.keys"] == "settings.toml:2"


def test_users_and_groups_that_the_machine_does_not_have_are_warned_of(folder: Folder) -> None:
    folder.write("settings.toml", f'{MAILDIR}\n[attach]\ngroup = "no-such"\noperators = ["root", "nob\\u001bdy"]\n')
    operator, group = map(str, folder.load().warnings)
    assert operator.startswith("settings.toml:6: attach.operators: there is no user nob\ufffddy on this machine")
    assert group.startswith("settings.toml:5: attach.group: there is no group no-such on this machine")


class TestGroups:
    def test_a_group_may_want_other_failures(self, folder: Folder) -> None:
        folder.write("hosts.csv", "# Building 406\n10.0.0.1\n# Yard\n10.0.0.2,a,b,failures=4\n")
        folder.write("settings.toml", 'email.delivery = "maildir"\n[groups."Building 406"]\nfailures = 2\n')
        config = folder.load()
        assert {name: group.failures for name, group in config.settings.groups.items()} == {"Building 406": 2}
        assert [host.failures for host in config.hosts] == [None, 4]
        assert not config.warnings

    def test_a_group_that_is_not_there_is_warned_of(self, folder: Folder) -> None:
        folder.write("settings.toml", f"{MAILDIR}\n[groups.Yard]\nfailures = 2\n")
        (warning,) = folder.load().warnings
        assert "Yard heads no group in hosts.csv" in str(warning)

    @pytest.mark.parametrize(
        ("table", "said"),
        [
            ("[groups.Yard]\nfailures = 0", "failures of Yard is not allowed; write a whole number of sweeps"),
            ("[groups.Yard]\nfailures = true", "failures of Yard is not allowed"),
            ("[groups.Yard]\nattempts = 2", 'Yard is no group; write [groups."Building 406"]'),
            ("[groups]\nYard = 2", "Yard is no group"),
            ("groups = 3", "groups = 3 is not allowed"),
        ],
    )
    def test_what_a_group_cannot_want(self, folder: Folder, table: str, said: str) -> None:
        folder.write("settings.toml", f'{table}\n[email]\ndelivery = "maildir"\n')
        assert said in folder.problem()


class TestPace:
    """B16: a sweep that cannot fit into its interval is said before it happens."""

    def config(self, folder: Folder, hosts: int, settings: str) -> list[str]:
        folder.write("hosts.csv", "".join(f"10.0.{n // 200}.{n % 200 + 1}\n" for n in range(hosts)))
        folder.write("settings.toml", f'{settings}\n[email]\ndelivery = "maildir"\n')
        return [str(warning) for warning in folder.load().warnings]

    def test_it_is_warned_of(self, folder: Folder) -> None:
        (said,) = self.config(folder, 500, "rate = 20\ninterval = 7\nrenotify = 60")
        assert "settings.toml:1: a sweep can take 1m 21s when no host answers, longer than interval = 7" in said

    def test_what_fits_is_not(self, folder: Folder) -> None:
        assert not self.config(folder, 500, "rate = 20\ninterval = 90")
        assert not self.config(folder, 500, "rate = 0\ninterval = 7\nrenotify = 60")
