"""`run` under a supervisor: what it is told, how it ends, and what becomes of its output."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.notify.post_office import greet, hear, say, scripted, take_mail, until_data
from tests.system.ear import Ear
from tests.system.lab import Lab, needs_lab
from tests.system.program import STARTED, Program, needs_root
from tests.system.site import let_others_in
from tests.system.terminal import wait_until
from tests.system.users import needs_open_python

pytestmark = [
    pytest.mark.system,
    needs_root,
]

UP, DOWN = "127.0.0.1", "printer.invalid"  # a name that never has an address is down without a packet

NOBODY = 65534

AT_ONCE = 5.0
"""Seconds: far less than whatever it must not wait for. Alone it takes a fraction of a second; CI is never alone."""

AS_THE_UNIT = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"),
    *("--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw", "--bounding-set=-all,+net_raw"),
)
"""Before a command: what User=, AmbientCapabilities= and the like in the unit of `service` come to."""

AS_SUPERVISED = ("sh", "-c", 'WATCHDOG_PID=$$ exec "$@"', "sh")
"""Before a command: names the process itself as the one whose signs of life are wanted."""


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    with Ear(tmp_path / "notify") as listening:
        yield listening


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A configuration without mail, swept every second."""
    directory = tmp_path / "site"
    directory.mkdir()
    (directory / "hosts.csv").write_text(f"{UP},,\n{DOWN},,\n")
    (directory / "settings.toml").write_text('interval = 1\nattempts = 1\ntimeout = 0.3\n[email]\ndelivery = "off"\n')
    return directory


def mail_by(site: Path, server: str, port: int) -> None:
    """Let a site mail through a plain server."""
    settings = site / "settings.toml"
    mail = 'tls = "none"\nsender = "conntest@example.com"\n'
    settings.write_text(settings.read_text().replace('delivery = "off"\n', mail))
    (site / "server_info.csv").write_text(f"{server},{port}\n")
    (site / "creds.csv").write_text("")
    (site / "email_recipients.csv").write_text("noc@example.com\n")


@contextmanager
def running(
    site: Path, tmp_path: Path, ear: Ear | None = None, *, enter: Sequence[str] = (), **variables: str
) -> Iterator[Program]:
    """Run the program until it watches, and kill it in the end if it is still there."""
    environment = variables | ({"NOTIFY_SOCKET": str(ear.path)} if ear else {})
    output = tmp_path / "output"
    with Program(site, tmp_path / "state", output, enter=(*enter, *AS_SUPERVISED), environment=environment) as program:
        program.wait_for(STARTED)
        yield program


class TestWhatItIsTold:
    def test_ready_then_signs_of_life_at_the_pace_that_is_asked_for_then_stopping(
        self, site: Path, tmp_path: Path, ear: Ear
    ) -> None:
        with running(site, tmp_path, ear, WATCHDOG_USEC="3000000") as program:
            began = time.monotonic()
            time.sleep(7)
            assert program.terminate() == 0
        wait_until(lambda: ear.messages[-1:] == ["STOPPING=1"], 2, "the end is told")
        first, *alive, last = ear.messages
        assert (first, last) == ("READY=1", "STOPPING=1")
        assert set(alive) == {"WATCHDOG=1"}
        signs = [at for at, message in ear.heard if message == "WATCHDOG=1"]
        assert max(after - before for before, after in zip([began, *signs], signs, strict=False)) < 3.0
        assert len(signs) <= 7  # it was asked for one in three seconds, not for a flood

    def test_without_a_watchdog_there_are_no_signs_of_life(self, site: Path, tmp_path: Path, ear: Ear) -> None:
        with running(site, tmp_path, ear) as program:
            time.sleep(1)
            program.terminate()
        wait_until(lambda: ear.messages == ["READY=1", "STOPPING=1"], 2, "ready and stopping are told")


Hang = Callable[[socket.socket], object]


def says_nothing(connection: socket.socket) -> None:
    hear(connection)


def greets_without_end(connection: socket.socket) -> None:
    for _ in range(500):
        say(connection, "220-welcome")
        time.sleep(0.01)


def never_answers_the_mail(connection: socket.socket) -> None:
    greet(connection)
    until_data(connection)
    take_mail(connection)
    hear(connection)


class TestTheEnd:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    @pytest.mark.parametrize("hang", [says_nothing, greets_without_end, never_answers_the_mail])
    def test_it_takes_less_than_a_second_while_the_mail_server_hangs(
        self, site: Path, tmp_path: Path, hang: Hang, number: signal.Signals
    ) -> None:
        knocked = threading.Event()

        def server(connection: socket.socket) -> None:
            knocked.set()
            hang(connection)

        with scripted(server) as port:
            mail_by(site, "127.0.0.1", port)
            with running(site, tmp_path) as program:
                assert knocked.wait(20)
                time.sleep(0.3)  # so that it hangs where it should
                self.ends_at_once(program, number)

    def test_it_does_not_wait_for_a_dead_name_service(self, site: Path, tmp_path: Path) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dead:
            dead.bind(("127.0.0.77", 53))
            dead.settimeout(20)
            (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.77\noptions timeout:30\n")
            mail_by(site, "mail.company.example", 25)
            believe = f'mount --bind {tmp_path}/resolv.conf /etc/resolv.conf && exec "$@"'
            with running(site, tmp_path, enter=("unshare", "--mount", "sh", "-c", believe, "sh")) as program:
                while b"company" not in dead.recv(1000):
                    pass
                self.ends_at_once(program, signal.SIGTERM)

    def ends_at_once(self, program: Program, number: signal.Signals) -> None:
        began = time.monotonic()
        os.kill(program.pid, number)
        assert program.status() == 0
        assert time.monotonic() - began < AT_ONCE
        assert "stopped: the monitor" in program.told

    def test_it_does_not_wait_for_the_end_of_a_sweep(self, site: Path, tmp_path: Path) -> None:
        settings = site / "settings.toml"
        settings.write_text(settings.read_text().replace("interval = 1", "interval = 90").replace("0.3", "60"))
        (site / "hosts.csv").write_text("".join(f"127.0.0.{n},,\n" for n in range(1, 9)) + f"{DOWN},,\n")
        with running(site, tmp_path) as program:
            began = time.monotonic()
            assert program.terminate() == 0
            assert time.monotonic() - began < AT_ONCE


class TestTroubleAtTheStart:
    def refused(self, site: Path, state: Path, tmp_path: Path, ear: Ear) -> str:
        """Return what the program says; it must end with status 2, and never have been ready."""
        environment = {"NOTIFY_SOCKET": str(ear.path)}
        with Program(site, state, tmp_path / "refused", environment=environment) as program:
            assert program.status(20) == 2
        assert ear.messages == []
        assert "Traceback" not in program.told
        return program.told

    def test_a_broken_configuration(self, site: Path, tmp_path: Path, ear: Ear) -> None:
        (site / "hosts.csv").write_text("10.1.1.300,,\n")
        assert "hosts.csv:1: " in self.refused(site, tmp_path / "state", tmp_path, ear)

    def test_no_configuration(self, tmp_path: Path, ear: Ear) -> None:
        assert "init" in self.refused(tmp_path / "nowhere", tmp_path / "state", tmp_path, ear)

    def test_a_state_directory_that_is_none(self, site: Path, tmp_path: Path, ear: Ear) -> None:
        (tmp_path / "state").write_text("a file")
        assert "--state" in self.refused(site, tmp_path / "state", tmp_path, ear)

    def test_another_monitor_on_the_same_state(self, site: Path, tmp_path: Path, ear: Ear) -> None:
        with running(site, tmp_path) as first:
            told = self.refused(site, first.state, tmp_path, ear)
            assert f"process {first.pid}" in told
            assert first.terminate() == 0


class TestReload:
    def test_sighup_reads_the_files_again_at_once(self, site: Path, tmp_path: Path) -> None:
        settings = site / "settings.toml"
        settings.write_text(settings.read_text().replace("interval = 1", "interval = 3600"))
        with running(site, tmp_path) as program:
            (site / "hosts.csv").write_text(f"{UP},,\n127.0.0.2,,\n")
            program.reload()
            program.wait_for("added: 127.0.0.2", seconds=3)
            (site / "hosts.csv").write_text("nonsense here,,\n")
            program.reload()
            program.wait_for("trouble: configuration: ", seconds=3)
            assert program.terminate() == 0

    def test_sighup_tries_at_once_what_mail_held_for_the_operator(self, site: Path, tmp_path: Path) -> None:
        """Whoever has mended the mail server itself has no file to change."""
        mended, taken = threading.Event(), threading.Event()

        def server(connection: socket.socket) -> None:
            if not mended.is_set():
                say(connection, "554 no service for you")
                return
            greet(connection)
            until_data(connection)
            take_mail(connection)
            say(connection, "250 taken")
            taken.set()

        with scripted(server) as port:
            mail_by(site, "127.0.0.1", port)
            with running(site, tmp_path) as program:
                program.wait_for("trouble: mail: 554 no service for you")
                mended.set()
                program.reload()
                assert taken.wait(5)
                program.wait_for("relief: mail: well again")


class TestItsOutput:
    def survives(self, site: Path, tmp_path: Path, stdout: int) -> str:
        """Run with this output, let something happen, stop; return what stood on standard error."""
        state = tmp_path / "state"
        process = subprocess.Popen(
            [sys.executable, "-m", "conntest_tui", "-c", str(site), "--state", str(state), "run"],
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            wait_until(partial(is_logged, state, f" failed {DOWN}"), 20, "the start of the outage is logged")
            for host in ("127.0.0.2", "127.0.0.3", "127.0.0.4"):  # what cannot be written may be noticed later
                (site / "hosts.csv").write_text(f"{UP},,\n{DOWN},,\n{host},,\n")
                wait_until(partial(is_logged, state, f" added {host}"), 20, "a new host is logged")
            began = time.monotonic()
            process.terminate()
            _, told = process.communicate(timeout=10)
            assert time.monotonic() - began < AT_ONCE
        finally:
            process.kill()
        assert process.returncode == 0
        assert is_logged(state, " stopped the monitor")
        return str(told)

    def test_a_reader_that_is_gone_does_not_end_the_watch(self, site: Path, tmp_path: Path) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        try:
            assert self.survives(site, tmp_path, writer) == ""
        finally:
            os.close(writer)

    def test_a_disk_that_is_full_does_not_end_the_watch(self, site: Path, tmp_path: Path) -> None:
        with Path("/dev/full").open("w") as full:
            assert self.survives(site, tmp_path, full.fileno()) == ""

    def test_a_reader_that_is_stuck_does_not_hold_up_the_watch(self, site: Path, tmp_path: Path) -> None:
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        os.write(writer, bytes(4096))
        try:
            assert self.survives(site, tmp_path, writer) == ""
        finally:
            os.close(reader)
            os.close(writer)

    def test_no_output_at_all_does_not_end_the_watch(self, site: Path, tmp_path: Path) -> None:
        with Path("/dev/null").open("w") as nothing:
            assert self.survives(site, tmp_path, nothing.fileno()) == ""


def is_logged(state: Path, text: str) -> bool:
    return any(text in path.read_text() for path in (state / "logs").glob("*.txt"))


@needs_lab
@needs_open_python
def test_the_rights_that_the_unit_grants_are_enough(lab: Lab, site: Path, tmp_path: Path) -> None:
    """In a namespace of its own nobody may open datagram sockets: what is left is CAP_NET_RAW."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    for path in (site, *site.iterdir(), state):
        os.chown(path, NOBODY, NOBODY)
    let_others_in(tmp_path)
    with Program(site, state, tmp_path / "output", enter=(*lab.enter, *AS_THE_UNIT)) as program:
        program.wait_for(f"{STARTED} 2 hosts every 1s, raw sockets")
        program.wait_for(f"failed: {DOWN}")
        assert UP not in program.told
        assert program.terminate() == 0
