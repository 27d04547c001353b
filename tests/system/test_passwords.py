"""Where the password may stand, who may read it there, and what happens when it changes."""

import re
import shlex
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.notify.post_office import (
    PASSWORD,
    USERNAME,
    Authority,
    Handler,
)
from tests.system.guarded import conntest, console, run, shown, use, write_guarded_site
from tests.system.program import STARTED, needs_root
from tests.system.rude_servers import good_server
from tests.system.terminal import needs_tmux, wait_until

pytestmark = [
    pytest.mark.system,
    needs_root,
    # aiosmtpd 1.4 uses its own deprecated names.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd"),
]


@pytest.fixture
def site(tmp_path: Path, authority: Authority) -> Path:
    return write_guarded_site(tmp_path, authority)


# ---------------------------------------------------------------- who may read it


def told_command(text: str) -> str:
    """Return the command that a warning tells to run."""
    found = re.search(r"creds\.csv: other users of this machine can read the password; run: (chmod .*)", text)
    assert found, text
    return found[1]


class TestACredsFileThatOthersCanRead:
    @pytest.fixture
    def open_site(self, site: Path) -> Path:
        (site / "creds.csv").chmod(0o644)
        return site

    @pytest.mark.parametrize("command", ["validate", "check", "test-mail"])
    def test_is_told_with_the_command_that_mends_it(self, open_site: Path, command: str) -> None:
        hint = shlex.split(told_command(conntest(open_site, command).stderr))
        subprocess.run(hint, check=True)
        assert "chmod" not in conntest(open_site, command).stderr

    def test_is_told_by_run_at_its_start_and_again_when_it_happens_again(self, open_site: Path) -> None:
        with run(open_site) as program:
            program.wait_for("can read the password")
            subprocess.run(shlex.split(told_command(program.told)), check=True)
            program.reload()
            time.sleep(1.5)
            assert program.told.count("can read the password") == 1
            (open_site / "creds.csv").chmod(0o640)
            wait_until(lambda: program.told.count("can read the password") == 2, 10, "it is told again")

    @needs_tmux
    def test_is_told_on_a_small_console(self, open_site: Path, tmp_path: Path) -> None:
        with console(open_site, tmp_path, "-m", "conntest_tui", columns=80) as terminal:
            terminal.wait_for("other users of this machine can read the password")
            terminal.keys("p")  # settings and problems have room for the whole of it
            wait_until(lambda: "run: chmod 600 '/" in " ".join(terminal.screen.split()), 10, "the command is told")


# ---------------------------------------------------------------- where else it may stand


class TestAPasswordElsewhere:
    @pytest.fixture
    def handler(self) -> Handler:
        return Handler()

    @pytest.fixture
    def site(self, site: Path, authority: Authority, handler: Handler) -> Iterator[Path]:
        """The site with a good server."""
        with good_server(authority, handler) as port:
            use(site, port)
            yield site

    @pytest.mark.parametrize("places", [("creds",), ("creds", "file"), ("creds", "file", "systemd")])
    def test_the_supervisor_comes_first_then_the_named_file_then_creds(
        self, site: Path, tmp_path: Path, places: Sequence[str]
    ) -> None:
        passwords = dict.fromkeys(places[:-1], "not-this-one") | {places[-1]: PASSWORD}
        variables = {}
        (site / "creds.csv").write_text(f"{USERNAME},{passwords['creds']}\n")
        if "file" in places:
            (tmp_path / "password").write_text(f"{passwords['file']}\n")
            variables["CONNTEST_SMTP_PASSWORD_FILE"] = str(tmp_path / "password")
        if "systemd" in places:
            (tmp_path / "credentials").mkdir()
            (tmp_path / "credentials" / "conntest-smtp-password").write_text(passwords["systemd"])
            variables["CREDENTIALS_DIRECTORY"] = str(tmp_path / "credentials")
        done = conntest(site, "test-mail", **variables)
        assert done.stdout.startswith("accepted: noc@company.example: 250 taken (by 127."), done.stdout + done.stderr
        assert shown(done.stdout + done.stderr) == []

    @pytest.mark.parametrize("how", ["written anew", "renamed over", "link turned", "creds.csv"])
    def test_a_new_password_lets_held_mail_out_without_a_restart(
        self, site: Path, tmp_path: Path, handler: Handler, how: str
    ) -> None:
        password = tmp_path / "password"
        variables = {"CONNTEST_SMTP_PASSWORD_FILE": str(password)}
        if how == "creds.csv":
            password, variables = site / "creds.csv", {}
        wrong, right = "not-this-one\n", f"{PASSWORD}\n"
        if how == "creds.csv":
            wrong, right = f"{USERNAME},{wrong}", f"{USERNAME},{right}"
        elif how == "link turned":  # as secrets are mounted into containers
            (tmp_path / "old").write_text(wrong)
            password.symlink_to("old")
        password.write_text(wrong)
        with run(site, **variables) as program:
            program.wait_for("trouble: mail: 535")
            assert handler.taken == []
            new = tmp_path / "new"
            new.write_text(right)
            if how == "link turned":
                (tmp_path / "link").symlink_to("new")
                new = tmp_path / "link"
            if how in ("written anew", "creds.csv"):
                password.write_text(right)
            else:
                new.rename(password)
            wait_until(lambda: len(handler.taken) >= 1, 10, "the held mail has gone out")
            program.wait_for("relief: mail: well again")
            assert program.told.count(STARTED) == 1
            assert shown(program.told) == []
