"""The unit of the service, as text (systemd.service(5), systemd.exec(5)).

What it takes away leaves `run` what it needs: raw sockets, name service, the mail server, its state and its socket.
`systemd-analyze security` calls the exposure 1.5 of 10.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conntest_tui.config.credentials import CREDENTIAL

STATES = Path("/var/lib")
"""Where StateDirectory= makes directories."""

_PLAIN = re.compile(r"[A-Za-z0-9/._+:@=-]+")
_UNFIT_FOR_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_PREFIX = "conntest"  # `conntest-tui attach` finds the sockets of services in /run/conntest*

_HARDENING = """
AmbientCapabilities=CAP_NET_RAW
CapabilityBoundingSet=CAP_NET_RAW
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
PrivateDevices=yes
PrivateMounts=yes
PrivateTmp=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
LimitCORE=0
UMask=0077
"""


@dataclass(frozen=True, slots=True)
class Service:
    """What differs from one service to another.

    Attributes:
        program: what begins the command line: the program, and arguments of its own.
        config: the configuration directory.
        state: the state directory.
        user: who it runs as.
        own_group: the group of that user.
        group: the group that may reach the socket; empty for none.
        password: the file that holds the mail password; None when creds.csv does, or no server wants one.
    """

    program: tuple[str, ...]
    config: Path
    state: Path
    user: str
    own_group: str
    group: str = ""
    password: Path | None = None

    @property
    def name(self) -> str:
        """What the unit, and its directory below /run, are called."""
        name = _UNFIT_FOR_NAME.sub("_", self.state.name)
        return name if name.startswith(_PREFIX) else f"{_PREFIX}-{name}".rstrip("-")

    @property
    def unit(self) -> Path:
        """Where the unit belongs."""
        return Path("/etc/systemd/system", f"{self.name}.service")


def unit_text(service: Service) -> str:
    """Return the unit of a service."""
    return "\n".join(
        [
            "[Unit]",
            "Description=conntest-tui: is everything still reachable?",
            "Wants=network-online.target",
            "After=network-online.target nss-lookup.target",
            f"RequiresMountsFor={_word(service.config)} {_word(service.state)}",
            "",
            "[Service]",
            *_service_lines(service),
            "",
            "[Install]",
            "WantedBy=multi-user.target",
        ]
    )


def _service_lines(service: Service) -> Iterator[str]:
    command: tuple[str | Path, ...] = (*service.program, "-c", service.config, "--state", service.state, "run")
    yield "Type=notify"
    yield f"ExecStart={' '.join(_word(part).replace('$', '$$') for part in command)}"
    yield from ("ExecReload=kill -HUP $MAINPID", "WatchdogSec=60")
    yield "TimeoutStartSec=300"  # a million hosts, or a database that is put right
    # A status of 2 asks for somebody who corrects something.
    yield from ("Restart=on-failure", "RestartPreventExitStatus=2", "RestartSec=5", "")
    yield f"User={service.user}"
    if service.group and service.group != service.own_group:
        # The group as the main one: then the directory and the socket belong to it, and nothing has to change owners.
        yield f"Group={service.group}"
        yield f"SupplementaryGroups={service.own_group}"
    yield f"RuntimeDirectory={service.name}"
    yield f"RuntimeDirectoryMode={'0750' if service.group else '0700'}"
    writable = [f"-{service.config}"]  # a host is added there; where it is missing, `run` says so
    if service.state.is_relative_to(STATES) and service.state != STATES:
        yield f"StateDirectory={_word(service.state.relative_to(STATES))}"
        yield "StateDirectoryMode=0700"
    else:
        writable.append(os.fspath(service.state))
    yield f"ReadWritePaths={' '.join(map(_word, writable))}"
    if service.password:
        yield f"LoadCredential={CREDENTIAL}:{_specified(os.fspath(service.password))}"
    yield from _HARDENING.rstrip().splitlines()


def _word(part: str | Path) -> str:
    """Return a word of a list, quoted where systemd.syntax(7) asks for it, with `%` as it is in a path."""
    text = _specified(os.fspath(part))
    if _PLAIN.fullmatch(text):
        return text
    escaped = "".join(
        f"\\{chr(byte)}" if byte in b'"\\' else chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}"
        for byte in os.fsencode(text)
    )
    return f'"{escaped}"'


def _specified(text: str) -> str:
    return text.replace("%", "%%")
