"""A real Postfix on loopback: an instance of its own, with every file in a directory of the test.

Beside it what it may ask: a policy service in this process, and a Dovecot that knows one password.
"""

import io
import os
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import pytest

from tests.ports import free_port
from tests.system.mailserver import PASSWORD, USER, make_certificates
from tests.system.terminal import wait_until

MASTER = Path("/usr/lib/postfix/sbin/master")

needs_postfix = pytest.mark.skipif(
    os.geteuid() != 0 or not MASTER.exists(), reason="needs root and the package postfix, which .ci/run installs"
)
needs_dovecot = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("dovecot") is None,
    reason="needs root and the package dovecot-core, which .ci/run installs",
)

DOMAIN = "example.com"
NOBODY = 65534  # Debian's user and group "nobody": virtual(8) delivers to no system account

_QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace")

_SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{tls_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def open_directory() -> Generator[Path, None, None]:
    """Yield a new directory for a server that gives up root's rights.

    Not one of pytest's: those are closed to others, and every session of pytest that starts closes them once more.
    """
    with tempfile.TemporaryDirectory(prefix="conntest-mail-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


class Postfix:
    """One instance that delivers to the mailboxes of some recipients and knows nobody else. Gone with the context.

    Attributes:
        port: of 127.0.0.1, for STARTTLS.
        tls_port: the same with TLS from the start.
        authority: the PEM file that its certificate is to be checked with.
        log: what it logs.
    """

    def __init__(
        self,
        directory: Path,
        recipients: Sequence[str],
        settings: Mapping[str, str | int] | None = None,
        *,
        enter: Sequence[str] = (),
    ) -> None:
        """Write its files.

        Args:
            directory: for all of them; made when it is missing.
            recipients: those whom it accepts, in `DOMAIN`.
            settings: parameters of its main.cf, beside ours or instead of them.
            enter: what to put before its command, for a network namespace.
        """
        self._config, self._queue, self._boxes = (directory / name for name in ("config", "queue", "mailboxes"))
        self._data, self.log = directory / "data", directory / "log" / "mail"
        for made in (self._config, self._queue, self._boxes, self._data, self.log.parent):
            made.mkdir(parents=True)
        self.authority = make_certificates(directory)
        self.port, self.tls_port = free_port(), free_port()
        self._enter = enter
        self._process: subprocess.Popen[bytes] | None = None
        self._restarting = threading.Lock()
        self._lay_out()
        (self._config / "recipients").write_text("".join(f"{to} {to}/\n" for to in recipients))
        (self._config / "master.cf").write_text(_SERVICES.format(port=self.port, tls_port=self.tls_port))
        lines = {**self._ours(directory), **(settings or {})}
        (self._config / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in lines.items()))
        for path in self._config.iterdir():
            os.utime(path, (0, 0))  # it waits until what it reads is two seconds old

    def _lay_out(self) -> None:
        """Make the directories that `postfix start` would make, see postfix-files."""
        for name in (*_QUEUES, "maildrop", "pid", "public"):
            (self._queue / name).mkdir(mode=0o755 if name == "pid" else 0o700)
            if name != "pid":
                shutil.chown(self._queue / name, "postfix")
        for name, mode in (("maildrop", 0o1730), ("public", 0o2710)):
            shutil.chown(self._queue / name, group="postdrop")
            (self._queue / name).chmod(mode)
        shutil.chown(self._data, "postfix")
        os.chown(self._boxes, NOBODY, NOBODY)

    def _ours(self, directory: Path) -> dict[str, str | int]:
        return {
            "compatibility_level": "3.6",
            "queue_directory": str(self._queue),
            "data_directory": str(self._data),
            "maillog_file": str(self.log),
            "maillog_file_prefixes": str(directory),
            "myhostname": f"mail.{DOMAIN}",
            "mydestination": "",
            "mynetworks": "127.0.0.0/8",
            "inet_protocols": "ipv4",
            "smtpd_peername_lookup": "no",
            "alias_maps": "",
            "local_recipient_maps": "",
            "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination",
            "virtual_mailbox_domains": DOMAIN,
            "virtual_mailbox_base": str(self._boxes),
            "virtual_mailbox_maps": f"texthash:{self._config}/recipients",
            "virtual_mailbox_limit": 0,
            "virtual_uid_maps": f"static:{NOBODY}",
            "virtual_gid_maps": f"static:{NOBODY}",
            "smtpd_tls_security_level": "may",
            "smtpd_tls_chain_files": str(directory / "server.pem"),
            "queue_run_delay": "2s",
            "minimal_backoff_time": "2s",
            "maximal_backoff_time": "2s",
            "smtpd_error_sleep_time": 0,
            # Whoever comes from loopback is bound by the limits too.
            "smtpd_client_event_limit_exceptions": "",
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, fault: object, *_: object) -> None:
        self.stop()
        if fault is not None and self.log.exists():
            sys.stdout.write(self.log.read_text())

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process = subprocess.Popen([*self._enter, MASTER, "-c", self._config], start_new_session=True)
        pid, ports = self._process.pid, (self.port, self.tls_port)
        wait_until(lambda: all(listens(pid, port) for port in ports), 30, f"Postfix listens, see {self.log}")

    def stop(self) -> None:
        """End it at once, as `postfix abort` does: who talks to it is cut off, what it has accepted is on disk."""
        if self._process is not None:
            group = self._process.pid
            self._process.terminate()  # master(8) hands this on to all that it started
            self._process.wait(timeout=30)
            # Whoever still holds a message of the queue keeps the next queue manager from it, for minutes.
            wait_until(lambda: not lives(group), 30, f"all of Postfix has ended, see {self.log}")
            self._process = None

    def restart(self) -> None:
        """Stop and start it; whoever wants the same meanwhile comes after that."""
        with self._restarting:
            self.stop()
            self.start()

    def wait_until_restarted(self) -> None:
        """Wait for the end of a restart, when one is under way."""
        with self._restarting:
            pass

    def mailbox(self, recipient: str) -> list[bytes]:
        """Return what lies in a recipient's mailbox, see `messages_in`."""
        return messages_in(self._boxes / recipient)


def messages_in(maildir: Path) -> list[bytes]:
    """Return the messages of a mailbox by the names of their files, with lines that end with CR LF."""
    kept = sorted((maildir / "new").glob("*"))
    return [path.read_bytes().replace(b"\n", b"\r\n") for path in kept]


def listens(pid: int, port: int) -> bool:
    """Return whether somebody in the network namespace of a process listens on a TCP port, without calling there."""
    try:
        table = Path(f"/proc/{pid}/net/tcp").read_text()
    except OSError as error:
        raise AssertionError(f"process {pid} has ended") from error
    rows = (line.split() for line in table.splitlines()[1:])
    return any(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)


def lives(group: int) -> bool:
    """Return whether a process of a process group still runs; one that only waits to be reaped does not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if its_group == str(group) and state != "Z":
                return True
    return False


Question = Mapping[str, str]
"""What Postfix tells of a client and its message: `protocol_state`, `recipient`, ... (SMTPD_POLICY_README)."""


class Policy:
    """A policy service on a socket file, asked by Postfix at any step that its settings name. Gone with the context.

    Attributes:
        setting: what to write into the restrictions that are to ask it.
        asked: every question so far.
    """

    def __init__(self, path: Path, answer: Callable[[Question], str]) -> None:
        """Listen.

        Args:
            path: of the socket file, in a directory that others may enter.
            answer: returns an action of access(5) for a question; called in threads of the service, which waits.
        """
        self.setting = f"check_policy_service unix:{path}"
        self.asked: list[Question] = []
        self._answer, self._faults = answer, list[BaseException]()
        service = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while question := _read(self.rfile):
                    service.asked.append(question)
                    action = service._decide(question)
                    with suppress(OSError):  # who asked may have been ended meanwhile
                        self.wfile.write(f"action={action}\n\n".encode())

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads, block_on_close = True, False

        self._server = Server(str(path), Handler)
        path.chmod(0o666)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self._thread.start()

    def _decide(self, question: Question) -> str:
        try:
            return self._answer(question)
        except BaseException as error:
            self._faults.append(error)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
        assert self._faults == []


def _read(lines: io.BufferedIOBase) -> Question:
    """Return the next question; nothing at the end."""
    question: dict[str, str] = {}
    with suppress(OSError):
        while (line := lines.readline().decode().rstrip("\n")) != "":
            name, _, value = line.partition("=")
            question[name] = value
    return question


class Dovecot:
    """Tells Postfix whether a password is right, as Dovecot does beside it on real servers. Gone with the context.

    Attributes:
        settings: what Postfix needs to ask it.
    """

    def __init__(self, directory: Path, mechanisms: str = "plain login") -> None:
        """Write its files.

        Args:
            directory: for all of them. Its path must be short: a socket's name has 107 bytes at most.
            mechanisms: what it offers.
        """
        directory.mkdir(parents=True)
        self._config, self._socket, self._log = directory / "config", directory / "auth", directory / "log"
        (directory / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        self._config.write_text(f"""
            protocols =
            base_dir = {directory}/run
            state_dir = {directory}/state
            log_path = {self._log}
            ssl = no
            auth_mechanisms = {mechanisms}
            auth_failure_delay = 0
            passdb {{
              driver = passwd-file
              args = {directory}/users
            }}
            userdb {{
              driver = static
              args = uid={NOBODY} gid={NOBODY} home={directory}
            }}
            service auth {{
              unix_listener {self._socket} {{
                mode = 0666
              }}
            }}
            """)
        self._process: subprocess.Popen[bytes] | None = None
        self.settings: dict[str, str | int] = {
            "smtpd_sasl_auth_enable": "yes",
            "smtpd_sasl_type": "dovecot",
            "smtpd_sasl_path": str(self._socket),
            "smtpd_tls_auth_only": "yes",
            "smtpd_relay_restrictions": "permit_sasl_authenticated, reject",
        }

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(["dovecot", "-F", "-c", self._config])
        wait_until(self._socket.exists, 30, f"Dovecot listens, see {self._log}")
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None
