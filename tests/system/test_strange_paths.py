"""Configuration and state under paths that are no text: bytes of another encoding, control characters, quotes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.notify.post_office import LOOPBACK, PASSWORD, USERNAME, Authority, Handler
from tests.system.program import Program, needs_root
from tests.system.rude_servers import good_server
from tests.system.terminal import Terminal, needs_tmux, wait_until

pytestmark = [
    pytest.mark.system,
    needs_root,
    # aiosmtpd 1.4 uses its own deprecated names.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd"),
]

NAMES = {
    "latin-1": (b"B\xfcro \xa7", r"B\xfcro \xa7"),
    "control": (b"a\x1b[31mb\nc\x07", r"a\x1b[31mb\nc\x07"),
    "signs": ("日本 'q' %2f?#\"".encode(), "日本 'q' %2f?#\""),
}

MAILDIR = 'interval = 1\nattempts = 1\ntimeout = 0.3\n[email]\ndelivery = "maildir"\n'


@pytest.fixture(params=NAMES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A directory of such a name."""
    place = tmp_path / os.fsdecode(NAMES[request.param][0])
    (place / "site").mkdir(parents=True)
    (place / "site" / "hosts.csv").write_text("127.0.0.1,Here,\nprinter.invalid,Printer,\n")
    (place / "site" / "settings.toml").write_text(MAILDIR)
    return place


@pytest.fixture
def said(place: Path) -> str:
    """How that name is shown."""
    return next(said for name, said in NAMES.values() if os.fsdecode(name) == place.name)


def conntest(place: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    command = ["-c", str(place / "site"), "--state", str(place / "state"), *arguments]
    return subprocess.run(
        [sys.executable, "-m", "conntest_tui", *command],
        capture_output=True,
        check=False,
        timeout=60,
        env=os.environ | variables,
    )


def is_clean(data: bytes) -> bool:
    """Whether it is text without control characters."""
    return all(line.isprintable() for line in data.decode().split("\n"))


@pytest.mark.parametrize("arguments", [("validate",), ("check",), ("check", "--json"), ("paths",), ("test-mail",)])
def test_every_command_works_and_shows_it_escaped(place: Path, said: str, arguments: tuple[str, ...]) -> None:
    done = conntest(place, *arguments)
    assert done.returncode == (1 if arguments[0] == "check" else 0), done.stderr
    assert is_clean(done.stdout + done.stderr)
    if arguments[0] in ("validate", "paths", "test-mail"):
        assert said in done.stdout.decode()


def test_a_start_of_a_configuration_works_and_is_told(place: Path, said: str) -> None:
    done = conntest(place, "init", str(place / "new"))
    assert done.returncode == 0
    assert is_clean(done.stdout)
    assert f"{said}/new/hosts.csv" in done.stdout.decode()


def test_problems_and_warnings_show_it_escaped(place: Path, said: str) -> None:
    (place / "site" / "creds.csv").write_text("a@b.net\n")
    (place / "site" / "server_info.csv").write_text("127.0.0.1,587\n")
    (place / "site" / "email_recipients.csv").write_text("a@b.net\n")
    (place / "site" / "settings.toml").write_text('[email]\nca_file = "authority.pem"\n')
    (place / "password").write_text("secret\n")
    variables = {"CONNTEST_SMTP_PASSWORD_FILE": str(place / "password")}
    done = conntest(place, "validate", **variables)
    assert done.returncode == 2
    assert is_clean(done.stderr)
    (place / "site" / "settings.toml").write_text("")
    done = conntest(place, "validate", **variables)
    assert done.returncode == 0
    assert is_clean(done.stderr)
    told = done.stderr.decode()
    assert f"{said}/password: other users of this machine can read the password" in told
    command = told.partition("run: ")[2].strip()
    subprocess.run(["bash", "-c", command], check=True)
    assert (place / "password").stat().st_mode & 0o777 == 0o600
    missing = conntest(place, "-c", str(place / "nowhere"), "validate")
    assert f"{said}/nowhere: there is no such directory" in missing.stderr.decode()


def test_a_monitor_works_there_from_the_first_mail_to_the_last(place: Path) -> None:
    output = place.parent / "output"
    with Program(place / "site", place / "state", output) as program:
        program.wait_for("[DOWN] Printer")
        os.kill(program.pid, signal.SIGHUP)
        (place / "site" / "hosts.csv").write_text("nonsense here\n")
        program.wait_for("trouble: configuration: ")
        assert program.terminate() == 0
    with Program(place / "site", place / "state", output) as program:
        program.wait_for("trouble: the monitor has started with the configuration of ")
        program.wait_for("[CONFIGURATION BROKEN]")
        time.sleep(0.5)
        assert program.terminate() == 0
        assert is_clean(program.told.encode())
        assert "interrupted" not in program.told
    assert len(list((place / "state" / "mailbox" / "new").iterdir())) == 2


def test_troubles_of_the_state_are_told_there(place: Path, said: str) -> None:
    (place / "state").mkdir(mode=0o700)
    (place / "state" / "state.db").write_bytes(b"SQLite format 3\0" + b"nonsense" * 1000)
    (place / "state" / "state.db").chmod(0o600)
    (place / "state" / "logs").write_text("in the way")
    (place / "state" / "mailbox").write_text("in the way")
    with Program(place / "site", place / "state", place.parent / "output") as program:
        program.wait_for(f"{said}/state/state.db was damaged")
        program.wait_for("trouble: log: ")
        program.wait_for("trouble: mail: ")
        again = conntest(place, "run")
        assert again.returncode == 2
        assert is_clean(again.stderr)
        assert said in again.stderr.decode()
        assert program.terminate() == 0
        assert is_clean(program.told.encode())
        assert "interrupted" not in program.told


def test_mail_by_smtp_takes_its_authority_from_there(place: Path, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    (place / "site" / "authority.pem").write_bytes(Path(authority.file).read_bytes())
    (place / "site" / "settings.toml").write_text('[email]\nca_file = "authority.pem"\n')
    (place / "site" / "creds.csv").write_text(f"{USERNAME},{PASSWORD}\n")
    (place / "site" / "email_recipients.csv").write_text("noc@company.example\n")
    with good_server(authority, Handler()) as port:
        (place / "site" / "server_info.csv").write_text(f"{LOOPBACK},{port}\n")
        done = conntest(place, "test-mail")
        assert done.stdout.startswith(b"accepted: noc@company.example: 250 taken (by 127."), done.stderr
        (place / "site" / "authority.pem").write_text("-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
        done = conntest(place, "test-mail")
        assert done.returncode == 1
        assert b"email.ca_file" in done.stdout
        assert is_clean(done.stdout + done.stderr)


@needs_tmux
def test_a_console_works_there(place: Path, said: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "conntest_tui", "-c", str(place / "site"), "--state", str(place / "state")]
    with Terminal(command, tmp_path, columns=200) as terminal:
        terminal.wait_for("printer.invalid")
        terminal.keys("p")
        wait_until(lambda: said.split(maxsplit=1)[0] in terminal.screen, 10, "the settings show where the files are")
