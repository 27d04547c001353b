"""The password shows nowhere: not on any output, not in any file, not in the process list, not in a crash."""

import os
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.traceback import Traceback

from conntest_tui.config import load
from conntest_tui.errors import ConntestError
from conntest_tui.notify import Account, account_of, channel_for
from tests.notify.post_office import (
    PASSWORD,
    USERNAME,
    Authority,
    Handler,
    post_office,
)
from tests.ports import free_port
from tests.system.guarded import conntest, console, files_below, run, shown, use, write_guarded_site
from tests.system.program import needs_root
from tests.system.rude_servers import (
    Talk,
    answers_nonsense,
    asks_for_ever,
    asks_for_nonsense,
    breaks_off,
    closes_for_a_while,
    good_server,
    repeats_each_answer,
    repeats_what_it_heard,
    rude,
)
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
                wait_until(lambda: len(handler.taken) >= 1, 10, "the mail has gone out")
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


# ---------------------------------------------------------------- crashes

_CRASHES = {
    "login": "from conntest_tui.notify import smtp_login; smtp_login._coded = boom",
    "round": "from conntest_tui.monitor.sweep_processing import SweepProcessor; SweepProcessor.judge_round = boom",
    "screen": "from conntest_tui.tui.table.host_table import HostTable; HostTable.render_lines = boom",
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
        mail = account_of(config, site.parent / "state")
        for faulty in (mail, replace(mail, port=free_port())):
            told = crash_with(config, faulty)
            assert "ConntestError: at the worst moment" in told
            assert shown(told) == []
    assert handler.logins == 1


def crash_with(config: object, mail: Account) -> str:
    """Fail with everything in reach that knows the password; return how Python and Rich show it."""
    channel = channel_for(mail)
    try:
        try:
            channel.open()
        finally:
            everything = {"config": config, "account": mail, "credentials": mail.credentials, "transport": channel}
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
        channel.close()
