"""A real Exim on loopback: a daemon with every file in a directory of the test, ended by its process id."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import pytest

from tests.ports import free_port
from tests.system.mailserver import make_certificates
from tests.system.postfix import DOMAIN, listens, lives, messages_in
from tests.system.terminal import wait_until

# The package conflicts with Postfix's, so .ci/run unpacks it there.
EXIM = Path("/opt/exim4-daemon-light/usr/sbin/exim4")
USER = "Debian-exim"

needs_exim = pytest.mark.skipif(
    os.geteuid() != 0 or not EXIM.exists(), reason=f"needs root and {EXIM}, which .ci/run unpacks"
)

_CONFIGURATION = """
exim_path = {exim}
primary_hostname = mail.{domain}
spool_directory = {directory}/spool
log_file_path = {directory}/log/%s
pid_file_path = {directory}/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
# It cannot become somebody else with a configuration that is not the system's: whoever it is delivers.
deliver_drop_privilege
host_lookup =
rfc1413_query_timeout = 0s
log_selector = +smtp_connection +incoming_port
tls_advertise_hosts = *
tls_certificate = {directory}/server.pem
tls_privatekey = {directory}/server.pem
acl_smtp_rcpt = at_rcpt
acl_smtp_predata = at_data
acl_smtp_data = at_dot
{options}

begin acl

at_rcpt:
{rcpt}
  accept domains = {domain}
         local_parts = lsearch;{directory}/recipients
  deny message = no such user

at_data:
{data}
  accept

at_dot:
{dot}
  accept

begin routers

known:
  driver = accept
  domains = {domain}
  local_parts = lsearch;{directory}/recipients
  transport = mailbox

begin transports

mailbox:
  driver = appendfile
  maildir_format
  directory = {directory}/mailboxes/$local_part_data
  create_directory
  return_path_add
  envelope_to_add
  delivery_date_add

begin retry

* * F,1h,2s
"""


class Exim:
    """A daemon that delivers to the mailboxes of some recipients and knows nobody else. Gone with the context.

    Attributes:
        port: of 127.0.0.1, for STARTTLS.
        authority: the PEM file that its certificate is to be checked with.
        log: what it logs of its work.
        moody: a file whose existence an access list may ask for.
    """

    def __init__(
        self,
        directory: Path,
        recipients: Sequence[str],
        *,
        rcpt: str = "",
        data: str = "",
        dot: str = "",
        options: str = "",
    ) -> None:
        """Write its files.

        Args:
            directory: for all of them; made when it is missing. Others must be able to enter it.
            recipients: those whom it accepts, in `DOMAIN`.
            rcpt: statements of its access list for each RCPT, before it looks whether it knows the recipient.
            data: the same for DATA, before it says 354.
            dot: the same for the end of a message.
            options: further options of its main section.
        """
        self._boxes, self.log, self.moody = (directory / name for name in ("mailboxes", "log/main", "moody"))
        for made in (directory, directory / "spool", self._boxes, self.log.parent):
            made.mkdir(parents=True, exist_ok=True)
            shutil.chown(made, USER, USER)
        self.authority = make_certificates(directory)
        shutil.chown(directory / "server.pem", USER)
        self.port = free_port()
        names = [(to.removesuffix(f"@{DOMAIN}"), to) for to in recipients]
        (directory / "recipients").write_text("".join(f"{name}: {to}\n" for name, to in names))
        self._config = directory / "config"
        self._config.write_text(
            _CONFIGURATION.format(
                exim=EXIM,
                domain=DOMAIN,
                directory=directory,
                port=self.port,
                rcpt=rcpt,
                data=data,
                dot=dot,
                options=options,
            )
        )
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, fault: object, *_: object) -> None:
        self.stop()
        if fault is not None:
            sys.stdout.writelines(path.read_text() for path in self.log.parent.iterdir())

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process = subprocess.Popen([EXIM, "-C", self._config, "-bdf", "-q2s"], start_new_session=True)
        pid = self._process.pid
        wait_until(lambda: listens(pid, self.port), 30, f"Exim listens, see {self.log.parent}")

    def stop(self) -> None:
        """End the daemon, and wait for whoever delivers a message at this moment."""
        if self._process is not None:
            group = self._process.pid
            self._process.terminate()
            self._process.wait(timeout=30)
            wait_until(lambda: not lives(group), 30, f"all of Exim has ended, see {self.log.parent}")
            self._process = None

    def mailbox(self, recipient: str) -> list[bytes]:
        """Return what lies in a recipient's mailbox, see `messages_in`."""
        return messages_in(self._boxes / recipient)
