"""`service`: what the unit says, and what is said about what would keep it from running."""

import grp
import io
import os
import pwd
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conntest_tui.cli import service_command
from conntest_tui.cli.main import cli
from conntest_tui.cli.output import page
from conntest_tui.cli.systemd_unit import Service, unit_text
from tests.system.program import needs_root
from tests.system.site import let_others_in

SECRET = "S3cret"
ME = "root" if os.geteuid() == 0 else os.environ.get("USER", "root")


@pytest.fixture(autouse=True)
def in_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pytest's directory, below /tmp, be one that services see."""
    monkeypatch.setattr(service_command, "_HIDDEN", ("/home/nobody-at-all",))


def configuration(directory: Path, settings: str = '[email]\ndelivery = "off"\n', creds: str = "") -> Path:
    config = directory / "config"
    config.mkdir()
    config.chmod(0o755)
    let_others_in(directory)
    (config / "hosts.csv").write_text("127.0.0.1,,\n")
    (config / "settings.toml").write_text(settings)
    (config / "creds.csv").write_text(creds)
    return config


def service(config: Path, *options: str, user: str = ME, state: str = "") -> Result:
    before = ["--state", state] if state else []
    return CliRunner().invoke(cli, ["-c", str(config), *before, "service", "--user", user, *options])


def said(config: Path, user: str = ME, state: str = "") -> str:
    done = service(config, user=user, state=state)
    assert done.exit_code == 0, done.exception
    return done.stderr


def line(text: str, name: str) -> str:
    (found,) = re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)
    return str(found)


class TestTheUnit:
    def test_it_names_this_program_this_configuration_and_the_state(self, tmp_path: Path) -> None:
        config = configuration(tmp_path)
        done = service(config)
        script = Path(sys.executable).parent / "conntest-tui"
        assert line(done.stdout, "ExecStart") == f"{script} -c {config} --state /var/lib/conntest run"
        assert line(done.stdout, "User") == ME
        assert line(done.stdout, "StateDirectory") == line(done.stdout, "RuntimeDirectory") == "conntest"
        assert line(done.stdout, "RuntimeDirectoryMode") == "0700"
        assert line(done.stdout, "ReadWritePaths") == f"-{config}"
        for absent in ("Group=", "SupplementaryGroups=", "LoadCredential="):
            assert absent not in done.stdout

    def test_the_state_directory_is_the_state_option(self, tmp_path: Path) -> None:
        config = configuration(tmp_path)
        inner = service(config, state="/var/lib/noc/berlin").stdout
        assert line(inner, "ExecStart").endswith(" --state /var/lib/noc/berlin run")
        assert (line(inner, "StateDirectory"), line(inner, "RuntimeDirectory")) == ("noc/berlin", "conntest-berlin")
        outer = service(config, state=str(tmp_path)).stdout
        assert "StateDirectory" not in outer
        assert line(outer, "ReadWritePaths") == f"-{config} {tmp_path}"
        assert line(outer, "RuntimeDirectory").startswith("conntest-")  # where `attach` looks

    def test_a_group_that_is_not_the_users_own_owns_the_socket(self) -> None:
        made = Service(("/opt/x",), Path("/etc/c"), Path("/var/lib/conntest"), "conntest", "conntest", "noc")
        text = unit_text(made)
        assert (line(text, "Group"), line(text, "SupplementaryGroups")) == ("noc", "conntest")
        assert line(text, "RuntimeDirectoryMode") == "0750"
        own = unit_text(Service(made.program, made.config, made.state, "conntest", "conntest", "conntest"))
        assert line(own, "RuntimeDirectoryMode") == "0750"
        assert "\nGroup=" not in own

    def test_the_password_is_handed_over_where_creds_csv_has_none(self, tmp_path: Path) -> None:
        config = configuration(tmp_path, '[email]\nsender = "a@b.example"\n', "me\n")
        assert line(service(config).stdout, "LoadCredential") == f"conntest-smtp-password:{config}.password"
        (config / "creds.csv").write_text(f"me,{SECRET}\n")
        done = service(config)
        assert "LoadCredential" not in done.stdout
        assert SECRET not in done.output

    @pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze (Debian: systemd)")
    @pytest.mark.parametrize("group", ["", "noc"])
    def test_systemd_finds_nothing_to_say_and_calls_it_hardened(self, tmp_path: Path, group: str) -> None:
        unit = tmp_path / "conntest.service"
        odd = Path("/etc/50% of \"$HOME\" 'n' \\ \xfc")
        unit.write_text(unit_text(Service(("/bin/true",), odd, Path("/var/lib/conntest"), "daemon", "daemon", group)))
        for command in (("verify", "--man=no"), ("security", "--offline=yes", "--threshold=15")):
            done = subprocess.run(
                ["systemd-analyze", *command, str(unit)], capture_output=True, text=True, check=False, timeout=60
            )
            assert done.returncode == 0, done.stdout + done.stderr
            assert not done.stderr, done.stderr


class TestWhatIsSaid:
    def test_nothing_where_all_is_well(self, tmp_path: Path) -> None:
        assert said(configuration(tmp_path)) == ""

    def test_a_user_who_does_not_exist(self, tmp_path: Path) -> None:
        told = said(configuration(tmp_path), user="nobody-at-all")
        assert "warning: there is no user nobody-at-all: run: useradd --system --user-group nobody-at-all\n" in told

    def test_files_that_the_user_may_not_read(self, tmp_path: Path) -> None:
        config = configuration(tmp_path)
        (config / "creds.csv").chmod(0o600)
        told = said(config, user="daemon")
        assert f"warning: daemon may not read {config}/creds.csv (mode 0600, of {ME}): run: chown -R daemon:" in told
        config.chmod(0o700)
        assert f"warning: daemon may not read {config} (mode 0700, of {ME}): run: chown -R daemon:" in said(
            config, user="daemon"
        )

    @needs_root
    def test_a_hosts_file_of_another_group_which_could_not_be_replaced(self, tmp_path: Path) -> None:
        config = configuration(tmp_path)
        os.chown(config / "hosts.csv", -1, grp.getgrnam("games").gr_gid)
        run = f"chown -R {ME}:{grp.getgrgid(pwd.getpwnam(ME).pw_gid).gr_name} {config}"
        assert f"{config}/hosts.csv is not of the group root: run: {run}" in said(config)

    def test_what_an_access_control_list_grants_is_not_judged(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config = configuration(tmp_path)
        config.chmod(0o700)
        monkeypatch.setattr(os, "listxattr", lambda *_, **__: ["system.posix_acl_access"])
        assert str(config) not in said(config, user="daemon")

    def test_directories_that_services_do_not_see(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        config = configuration(tmp_path)
        linked = tmp_path / "link"
        linked.symlink_to(config)
        monkeypatch.setattr(service_command, "_HIDDEN", (str(config), str(tmp_path / "state")))
        told = said(linked, state=str(tmp_path / "state"))
        assert f"{config} is out of sight of services (ProtectHome=, PrivateTmp=): move it to /etc" in told
        assert f"{tmp_path}/state is out of sight of services" in told

    def test_an_environment_that_services_do_not_see(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(service_command, "_HIDDEN", (str(Path(sys.executable).parents[1]),))
        assert (
            "conntest-tui is out of sight of services (ProtectHome=, PrivateTmp=): make its environment anew"
            in said(configuration(tmp_path))
        )

    def test_a_python_below_a_home_counts_too(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(service_command, "_HIDDEN", (os.path.realpath(sys.base_prefix),))
        assert "is out of sight of services" in said(configuration(tmp_path))

    @pytest.mark.parametrize(
        ("attach", "told"),
        [
            (
                'operators = ["daemon"]',
                "attach.operators names daemon, who cannot reach the socket without attach.group",
            ),
            ('group = "no-such-group"', "there is no group no-such-group: run: groupadd --system no-such-group"),
            ('operators = ["no-such-user"]\ngroup = "daemon"', "names no-such-user, and there is no such user"),
            (
                'operators = ["nobody"]\ngroup = "daemon"',
                "nobody is no member of daemon: run: usermod -aG daemon nobody",
            ),
        ],
    )
    def test_people_who_could_not_reach_it(self, tmp_path: Path, attach: str, told: str) -> None:
        config = configuration(tmp_path, f'[email]\ndelivery = "off"\n[attach]\n{attach}\n')
        assert told in said(config)

    def test_an_operator_whose_own_group_it_is_is_a_member(self, tmp_path: Path) -> None:
        attach = '[attach]\noperators = ["daemon"]\ngroup = "daemon"\n'
        assert "daemon is no member" not in said(configuration(tmp_path, f'[email]\ndelivery = "off"\n{attach}'))

    def test_settings_that_cannot_be_used(self, tmp_path: Path) -> None:
        config = configuration(tmp_path, "[attach]\ngruop = 1\n")
        done = subprocess.run(
            [sys.executable, "-m", "conntest_tui", "-c", str(config), "service"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("settings.toml:2: ")

    def test_a_state_of_somebody_else_and_one_that_is_not_there(self, tmp_path: Path) -> None:
        config, state = configuration(tmp_path), tmp_path / "state"
        assert f"there is no {state}: run: install -d -m 700 -o daemon {state}" in said(config, "daemon", str(state))
        state.mkdir()
        assert f"{state} does not belong to daemon: run: chown -R daemon {state}" in said(config, "daemon", str(state))

    def test_at_a_terminal_it_says_what_to_do_next(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        told = io.StringIO()
        monkeypatch.setattr(sys, "stdout", Terminal())
        monkeypatch.setattr(sys, "stderr", told)
        service_command.print_service(configuration(tmp_path), None, "daemon", None)
        script = Path(sys.executable).parent / "conntest-tui"
        assert told.getvalue().splitlines()[-5:] == [
            "Next, as root:",
            f"  {script} -c {tmp_path}/config service --user daemon > /etc/systemd/system/conntest.service",
            "  systemctl daemon-reload",
            "  systemctl enable --now conntest",
            "  systemctl status conntest       # its lines: journalctl -u conntest -f",
        ]


def test_init_writes_who_may_act_and_says_where_it_cannot(tmp_path: Path) -> None:
    arguments = ["init", str(tmp_path), "--operators", "alice, bob", "--group", "noc"]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    text = (tmp_path / "settings.toml").read_text()
    assert '\noperators = ["alice", "bob"]\ngroup = "noc"\n' in text
    again = CliRunner().invoke(cli, arguments)
    assert again.exit_code == 2
    assert "settings.toml was there before: write operators and group there, under [attach]" in again.stderr
    assert (tmp_path / "settings.toml").read_text() == text


def test_the_page_about_the_service_shows_the_lines_of_the_unit() -> None:
    """What the page says about single lines is what the unit has."""
    places = (Path("/etc/conntest"), Path("/var/lib/conntest"))
    text = unit_text(Service(("/x",), *places, "conntest", "conntest", "noc", Path("/etc/conntest.password")))
    named = set(re.findall(r"`([A-Z][A-Za-z]+=[^`]*)`", page("service")))
    assert len(named) > 5
    assert not [one for one in named if f"\n{one}{'' if one.endswith('=') else chr(10)}" not in text]
