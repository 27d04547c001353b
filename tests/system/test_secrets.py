"""The password shows nowhere: not on any output, not in any file, not in the process list, not in a crash."""

import base64
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.traceback import Traceback

from conntest_tui.config import load
from conntest_tui.errors import ConntestError
from conntest_tui.mail import Account, account, transport_for
from tests.mail.post_office import (
    LOOPBACK,
    PASSWORD,
    USERNAME,
    Authority,
    Handler,
    free_port,
    hear,
    post_office,
    say,
    scripted,
)
from tests.system.program import STARTED, Program
from tests.system.terminal import Terminal, needs_tmux, wait_until

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root for raw sockets"),
    # aiosmtpd 1.4 uses its own deprecated names.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd"),
]

UP, DOWN = "127.0.0.1", "printer.invalid"  # a name that never has an address is down without a packet

FORMS = tuple(
    form
    for clear in (PASSWORD, f"\0{USERNAME}\0{PASSWORD}")
    for form in (clear, base64.b64encode(clear.encode()).decode(), repr(clear)[1:-1], clear.encode().hex())
)
"""Every way in which the password could show."""


def shown(data: bytes | str) -> list[str]:
    """Return the forms of the password that stand in some data."""
    found = data if isinstance(data, bytes) else data.encode()
    # A terminal may have broken it into two lines.
    joined = found.replace(b"\n", b"")
    return [form for form in FORMS if form.encode() in found or form.encode() in joined]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def site(tmp_path: Path, authority: Authority) -> Path:
    """A configuration with a login, whose mail server nobody has started yet; swept every second."""
    directory = tmp_path / "my site"  # with a space, as some have it
    directory.mkdir()
    (directory / "hosts.csv").write_text(f"{UP},,\n{DOWN},,\n")
    (directory / "server_info.csv").write_text(f"{LOOPBACK},{free_port()}\n")
    (directory / "creds.csv").write_text(f"{USERNAME},{PASSWORD}\n")
    (directory / "creds.csv").chmod(0o600)
    (directory / "email_recipients.csv").write_text("noc@company.example\n")
    knobs = f'interval = 1\nattempts = 1\ntimeout = 0.3\n[email]\nca_file = "{authority.file}"\n'
    (directory / "settings.toml").write_text(knobs)
    return directory


def use(site: Path, port: int) -> None:
    """Let a site mail through the server on this port."""
    (site / "server_info.csv").write_text(f"{LOOPBACK},{port}\n")


@contextmanager
def good_server(authority: Authority, handler: Handler) -> Iterator[int]:
    """Run a server with STARTTLS that wants a login; yield its port."""
    with post_office(
        handler,
        tls_context=authority.context(),
        require_starttls=True,
        authenticator=handler.authenticate,
        auth_required=True,
    ) as port:
        yield port


def conntest(site: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "conntest_tui", "-c", str(site), "--state", str(site.parent / "state"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | variables,
    )


def run(site: Path, **variables: str) -> Program:
    return Program(site, site.parent / "state", site.parent / "output", environment=variables)


def files_below(directory: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()}


# ---------------------------------------------------------------- servers that tell what they should not

Talk = Callable[[socket.socket], None]


def rude(*offer: str, answer: Talk, authority: Authority) -> AbstractContextManager[int]:
    """Return a server that offers these ways to log in and then, once the client has begun to, talks as it likes."""

    def conversation(connection: socket.socket) -> None:
        say(connection, "220 hello")
        hear(connection)
        say(connection, "250-hello", "250 STARTTLS")
        hear(connection)
        say(connection, "220 go ahead")
        with authority.context().wrap_socket(connection, server_side=True) as safe:
            hear(safe)
            say(safe, "250-hello", f"250 AUTH {' '.join(offer)}")
            answer(safe)

    return scripted(conversation)


def repeats_what_it_heard(safe: socket.socket) -> None:
    said = hear(safe).rpartition(" ")[2]
    clear = base64.b64decode(said).decode().replace("\0", " ")
    say(safe, f"535-5.7.8 you said {said}", f"535 5.7.8 that is {clear}")


def repeats_each_answer(safe: socket.socket) -> None:
    hear(safe)
    said = []
    for challenge in (b"Username:", b"Password:"):
        say(safe, f"334 {base64.b64encode(challenge).decode()}")
        said.append(hear(safe))
    say(safe, f"535 {' '.join(said)} {' '.join(base64.b64decode(word).decode() for word in said)}")


def asks_for_nonsense(safe: socket.socket) -> None:
    hear(safe)
    say(safe, "334 this is no base64!")


def asks_for_ever(safe: socket.socket) -> None:
    hear(safe)
    for _ in range(20):
        say(safe, "334 " + base64.b64encode(b"again").decode())
        hear(safe)


def breaks_off(safe: socket.socket) -> None:
    hear(safe)


def answers_nonsense(safe: socket.socket) -> None:
    say(safe, f"what is {hear(safe)}?")


def closes_for_a_while(safe: socket.socket) -> None:
    say(safe, f"421 {hear(safe)} cannot be served now")


@pytest.mark.parametrize(
    ("mechanism", "answer"),
    [
        ("PLAIN", repeats_what_it_heard),
        ("LOGIN", repeats_each_answer),
        ("CRAM-MD5", asks_for_nonsense),
        ("LOGIN", asks_for_ever),
        ("PLAIN", asks_for_ever),
        ("PLAIN", breaks_off),
        ("PLAIN", answers_nonsense),
        ("PLAIN", closes_for_a_while),
        ("XOAUTH2", breaks_off),
    ],
)
def test_a_login_that_fails_shows_no_password(site: Path, authority: Authority, mechanism: str, answer: Talk) -> None:
    with rude(mechanism, answer=answer, authority=authority) as port:
        use(site, port)
        done = conntest(site, "test-mail")
    assert done.returncode == 1, done.stderr
    assert "NOT accepted: noc@company.example: " in done.stdout
    assert shown(done.stdout + done.stderr) == []


def test_a_server_that_is_not_to_be_trusted_is_not_told_the_password(site: Path, tmp_path: Path) -> None:
    handler = Handler()
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other")
    with good_server(stranger, handler) as port:
        use(site, port)
        done = conntest(site, "test-mail")
    assert "certificate refused" in done.stdout
    with post_office(handler) as port:
        use(site, port)
        done = conntest(site, "test-mail")
    assert "no STARTTLS" in done.stdout
    settings = site / "settings.toml"
    settings.write_text(settings.read_text() + 'tls = "none"\n')
    done = conntest(site, "test-mail")
    assert done.returncode == 2
    assert "in the clear" in done.stderr
    assert shown(done.stdout + done.stderr) == []
    assert handler.logins == 0


def test_no_command_shows_the_password(site: Path, authority: Authority) -> None:
    with good_server(authority, Handler()) as port:
        use(site, port)
        for command in (("validate",), ("check",), ("check", "--json"), ("test-mail",), ("paths",), ("init",)):
            done = conntest(site, *command)
            assert "Traceback" not in done.stderr
            assert shown(done.stdout + done.stderr) == [], command


def test_a_broken_creds_file_is_not_repeated(site: Path) -> None:
    for row in (f"{USERNAME},{PASSWORD},", f'{USERNAME},"{PASSWORD}', f"{USERNAME};{PASSWORD}", f",{PASSWORD}"):
        (site / "creds.csv").write_text(f"{row}\n")
        for command in ("validate", "run", "test-mail"):
            done = conntest(site, command)
            assert done.returncode == 2
            assert "creds.csv:1: " in done.stderr
            assert shown(done.stdout + done.stderr) == [], row


# ---------------------------------------------------------------- while it runs


def test_nothing_that_a_run_leaves_behind_holds_the_password(site: Path, authority: Authority) -> None:
    """A rude server first, then a good one: replies are stored, logged and printed, the password is not."""
    handler = Handler()
    with rude("PLAIN", answer=repeats_what_it_heard, authority=authority) as port:
        use(site, port)
        with run(site) as program:
            program.wait_for("trouble: mail: 535")
            process = Path(f"/proc/{program.pid}")
            assert shown(process.joinpath("cmdline").read_bytes()) == []
            assert shown(process.joinpath("environ").read_bytes()) == []
            with good_server(authority, handler) as better:
                use(site, better)
                wait_until(lambda: len(handler.taken) >= 1, 10, "the letter has gone out")
                program.wait_for("relief: mail: well again")
            assert shown(program.told) == []
            assert [path for path, data in files_below(site.parent / "state").items() if shown(data)] == []
            assert program.terminate() == 0
    assert [path for path, data in files_below(site.parent / "state").items() if shown(data)] == []
    assert b"******" in b"".join(files_below(site.parent / "state").values())  # the server's words were kept
    assert [content for _, content in handler.taken if shown(content)] == []


@needs_tmux
def test_no_screen_of_the_console_shows_the_password(site: Path, authority: Authority, tmp_path: Path) -> None:
    with rude("PLAIN", answer=repeats_what_it_heard, authority=authority) as port:
        use(site, port)
        with console(site, tmp_path, "-m", "conntest_tui") as terminal:
            terminal.wait_for("▼ 1 down")
            terminal.wait_for("535")
            seen = set()
            for key in ("p", "o", "v", "e", "w", "Enter", "?"):
                terminal.keys(key)
                time.sleep(0.5)  # after Escape, a key that came at once would be another one
                seen.add(terminal.screen)
                assert shown(terminal.screen) == [], key
                terminal.keys("Escape")
                time.sleep(0.5)
            assert len(seen) == 7
            os.kill(terminal.pid("conntest_tui"), signal.SIGTERM)
            terminal.exit_status()
            assert shown(terminal.everything) == []


def console(site: Path, tmp_path: Path, *python: str, columns: int = 120) -> Terminal:
    state = tmp_path / "state"
    return Terminal([sys.executable, *python, "-c", str(site), "--state", str(state)], tmp_path, columns=columns)


# ---------------------------------------------------------------- crashes

_CRASHES = {
    "login": "import smtplib; smtplib.SMTP.auth_plain = boom",
    "round": "from conntest_tui.monitor.watch import Watch; Watch.judge_round = boom",
    "screen": "from conntest_tui.tui.widgets.host_table import HostTable; HostTable.render_line = boom",
}


def sabotaged(where: str) -> str:
    """Return a program that is conntest-tui, but fails at one place."""
    lines = (
        "def boom(*_, **__): raise RuntimeError('sabotage')",
        _CRASHES[where],
        "from conntest_tui.cli import main",
        "main()",
    )
    return "\n".join(lines)


def run_sabotaged(where: str, site: Path, command: str) -> subprocess.CompletedProcess[str]:
    arguments = ["-c", sabotaged(where), "-c", str(site), "--state", str(site.parent / "state"), command]
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(("where", "command"), [("login", "test-mail"), ("round", "run")])
def test_a_crash_shows_no_password(site: Path, authority: Authority, where: str, command: str) -> None:
    with good_server(authority, Handler()) as port:
        use(site, port)
        done = run_sabotaged(where, site, command)
    assert done.returncode == 3
    assert "RuntimeError: sabotage" in done.stderr
    assert shown(done.stdout + done.stderr) == []


@needs_tmux
@pytest.mark.parametrize("where", ["round", "screen"])
def test_a_crash_of_the_console_shows_no_password(site: Path, authority: Authority, tmp_path: Path, where: str) -> None:
    """Textual prints the local variables of every frame."""
    with good_server(authority, Handler()) as port:
        use(site, port)
        with console(site, tmp_path, "-c", sabotaged(where)) as terminal:
            assert terminal.exit_status(seconds=20) != 0
            terminal.wait_for("shell again")
            assert "sabotage" in terminal.everything
            assert shown(terminal.everything) == []
    assert [path for path, data in files_below(tmp_path / "state").items() if shown(data)] == []


def test_a_traceback_with_every_local_variable_shows_no_password(site: Path, authority: Authority) -> None:
    handler = Handler()
    with good_server(authority, handler) as port:
        use(site, port)
        config = load(site)
        mail = account(config, site.parent / "state")
        for faulty in (mail, replace(mail, port=free_port())):
            told = crash_with(config, faulty)
            assert "ConntestError: at the worst moment" in told
            assert shown(told) == []
    assert handler.logins == 1


def crash_with(config: object, mail: Account) -> str:
    """Fail with everything in reach that knows the password; return how Python and Rich show it."""
    transport = transport_for(mail)
    try:
        try:
            transport.open()
        finally:
            everything = {"config": config, "account": mail, "credentials": mail.credentials, "transport": transport}
            raise ConntestError(f"at the worst moment: {everything}") from None
    except ConntestError as error:
        plain = traceback.TracebackException.from_exception(error, capture_locals=True)
        text = StringIO()
        pretty = Traceback.from_exception(
            type(error), error, error.__traceback__, show_locals=True, locals_max_string=10_000
        )
        Console(file=text, width=500).print(pretty)
        return "".join(plain.format(chain=True)) + text.getvalue()
    finally:
        transport.close()


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
        mend = shlex.split(told_command(conntest(open_site, command).stderr))
        subprocess.run(mend, check=True)
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
        assert done.stdout == "accepted: noc@company.example: 250 taken\n", done.stdout + done.stderr
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
            wait_until(lambda: len(handler.taken) >= 1, 10, "the held letter has gone out")
            program.wait_for("relief: mail: well again")
            assert program.told.count(STARTED) == 1
            assert shown(program.told) == []
