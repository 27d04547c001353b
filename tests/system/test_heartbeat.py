"""The heartbeat of a real `run`: what stops the watch ends it, what spoils it fails it, within two intervals."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.notify.post_office import Authority, say, scripted
from tests.notify.web_server import Heard, WebServer, ok, web_server
from tests.system.disks import fill
from tests.system.lab import Lab, needs_lab, run
from tests.system.program import STARTED, Program, needs_root
from tests.system.terminal import wait_until

pytestmark = [pytest.mark.system, needs_root]

INTERVAL = 1.0
SPARE = 1.5
"""Seconds that a busy machine may add to two intervals."""

TOKEN = "5bb5f9a4-fdfa-4c53-a2a5-ed0c2ed5bd48"
PATH = f"/ping/{TOKEN}"


@pytest.fixture(name="service")
def _service(authority: Authority) -> Iterator[WebServer]:
    with web_server(authority.context()) as server:
        yield server


@pytest.fixture(name="site")
def _site(tmp_path: Path, service: WebServer, authority: Authority) -> Path:
    return write_site(tmp_path, service.base + PATH, authority)


def write_site(tmp_path: Path, url: str, authority: Authority, host: str = "127.0.0.1") -> Path:
    """Write a configuration that sweeps every second and reports to a URL."""
    directory = tmp_path / "site"
    directory.mkdir()
    (directory / "hosts.csv").write_text(f"{host},,\n")
    (directory / "url").write_text(f"{url}\n")
    (directory / "url").chmod(0o600)
    (directory / "settings.toml").write_text(
        f'interval = {INTERVAL}\nattempts = 1\ntimeout = 0.3\n[email]\ndelivery = "off"\n'
        f'[heartbeat]\nurl_file = "url"\nca_file = "{authority.file}"\n'
    )
    return directory


@contextmanager
def beating(site: Path, service: WebServer, state: Path, output: Path) -> Iterator[Program]:
    """Run the program until its heart beats."""
    with Program(site, state, output) as program:
        program.wait_for(STARTED)
        comes(service, lambda one: one.target == PATH, 3)
        yield program


def comes(service: WebServer, wanted: Callable[[Heard], bool], count: int = 1, seconds: float = 20) -> float:
    """Wait until so many more requests of a kind have come; return how long that took."""
    before, began = len(service.heard), time.monotonic()
    wait_until(lambda: sum(map(wanted, service.heard[before:])) >= count, seconds, "the heartbeat comes")
    return time.monotonic() - began


def calm(service: WebServer) -> int:
    """Wait until what was on its way has come; return how many requests there are."""
    for _ in range(10):
        before = len(service.heard)
        time.sleep(1)
        if len(service.heard) == before:
            break
    return before


def fails(one: Heard) -> bool:
    return one.target == f"{PATH}/fail"


def beats(one: Heard) -> bool:
    return one.target == PATH


def test_a_stopped_process_ends_it_and_it_goes_on_by_itself(site: Path, service: WebServer, tmp_path: Path) -> None:
    with beating(site, service, tmp_path / "state", tmp_path / "output") as program:
        os.kill(program.pid, signal.SIGSTOP)
        before = calm(service)
        time.sleep(2 * INTERVAL + SPARE)
        assert len(service.heard) == before
        os.kill(program.pid, signal.SIGCONT)
        comes(service, beats, 2)
        assert not any(map(fails, service.heard))
        assert program.terminate() == 0
    before = calm(service)
    time.sleep(2 * INTERVAL)
    assert len(service.heard) == before


def test_a_full_disk_fails_it_and_room_ends_that(site: Path, service: WebServer, tmp_path: Path, disk: Path) -> None:
    state = disk / "state"
    state.mkdir(mode=0o700)
    with beating(site, service, state, tmp_path / "output") as program:
        filler = fill(disk)
        program.wait_for("trouble: state: ")  # what the disk had set aside takes the first commits
        assert comes(service, fails) < 2 * INTERVAL + SPARE
        assert next(filter(fails, service.heard)).body.startswith("state: ")
        filler.unlink()
        comes(service, beats, 2)


def test_held_mail_fails_it(site: Path, service: WebServer, tmp_path: Path) -> None:
    def refuses(connection: socket.socket) -> None:
        say(connection, "554 no service for boss@company.net")

    with scripted(refuses) as port:
        settings = site / "settings.toml"
        mail = 'tls = "none"\nsender = "conntest@example.com"\n'
        settings.write_text(settings.read_text().replace('delivery = "off"\n', mail))
        (site / "server_info.csv").write_text(f"127.0.0.1,{port}\n")
        (site / "creds.csv").write_text("")
        (site / "email_recipients.csv").write_text("noc@example.com\n")
        with beating(site, service, tmp_path / "state", tmp_path / "output") as program:
            (site / "hosts.csv").write_text("127.0.0.1,,\nprinter.invalid,,\n")
            program.wait_for("trouble: mail: 554")
            assert comes(service, fails) < 2 * INTERVAL + SPARE
            reason = next(filter(fails, service.heard)).body
            assert reason.startswith("mail is held: 554 no service for (an address)")


@needs_lab
def test_a_dead_uplink_ends_it(lab: Lab, authority: Authority, tmp_path: Path) -> None:
    """Nothing comes any more, and what the monitor says when the link is back is that it watches again."""
    with web_server(authority.context("192.0.2.2")) as outside:  # across the same link, through a relay
        relay = subprocess.Popen([sys.executable, "-m", "tests.system.relay", lab.far, str(outside.port)])
        try:
            site = write_site(tmp_path, f"https://192.0.2.2:{outside.port}{PATH}", authority, host="10.77.0.1")
            program = Program(site, tmp_path / "state", tmp_path / "output", enter=lab.enter)
            with program:
                program.wait_for(STARTED)
                comes(outside, beats, 2)
                run("ip", "-n", lab.near, "link", "set", "cable", "down")
                before = calm(outside)
                program.wait_for("link lost")
                time.sleep(2 * INTERVAL + SPARE)
                assert len(outside.heard) == before
                assert "trouble: heartbeat: the service does not hear" in program.told
                assert program.told.count("trouble: heartbeat") == 1
                run("ip", "-n", lab.near, "link", "set", "cable", "up")
                run("ip", "-n", lab.near, "route", "add", "10.77.0.0/16", "via", "192.0.2.2")
                comes(outside, beats, 2)
                program.wait_for("relief: heartbeat: well again")
                assert TOKEN not in program.told
        finally:
            relay.kill()
            relay.wait()


def test_a_service_that_goes_away_is_a_line_once_and_no_secret_shows(
    site: Path, service: WebServer, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    with beating(site, service, state, tmp_path / "output") as program:
        service.answer = ok(f"no {PATH} here", "404 Not Found")
        program.wait_for("trouble: heartbeat: the service does not hear from this monitor: ")
        (site / "hosts.csv").write_text("nonsense here,,\n")
        program.reload()
        program.wait_for("trouble: configuration: ")
        (site / "hosts.csv").write_text("127.0.0.1,,\n")
        time.sleep(2 * INTERVAL)
        service.answer = ok()
        program.wait_for("relief: heartbeat: well again")
        assert program.told.count("trouble: heartbeat") == 1
        command = Path(f"/proc/{program.pid}/cmdline").read_bytes() + Path(f"/proc/{program.pid}/environ").read_bytes()
        assert program.terminate() == 0
        everything = program.told.encode() + command
    everything += b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())
    assert len(everything) > 10_000
    assert TOKEN.encode() not in everything


def test_a_start_with_broken_files_still_beats(site: Path, service: WebServer, tmp_path: Path) -> None:
    state, output = tmp_path / "state", tmp_path / "output"
    with beating(site, service, state, output) as program:
        assert program.terminate() == 0
    (site / "hosts.csv").write_text("nonsense here,,\n")
    with beating(site, service, state, output):
        pass
