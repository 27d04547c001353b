"""`service`: prints the unit of systemd, and says what would keep it from running: rights, users, groups, the password.

Nothing is changed: what is to be done stands there as commands, for whoever is root.
"""

import grp
import os
import pwd
import stat
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from conntest_tui.cli.output import complain, say
from conntest_tui.cli.systemd_unit import STATES, Service, unit_text
from conntest_tui.config import ConfigError, Delivery, Settings
from conntest_tui.config.credentials import parse_login
from conntest_tui.config.load_config import read_settings
from conntest_tui.config.read_files import CREDENTIALS_FILE, FILES, HOSTS_FILE, DirectoryReader
from conntest_tui.private import steps, user_name
from conntest_tui.text import shell, shown

STATE = STATES / "conntest"
"""The state of a service, where `--state` does not say otherwise."""

_HIDDEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - ProtectHome=yes, PrivateTmp=yes


@dataclass(frozen=True, slots=True)
class _Account:
    """Somebody with rights: numbers of the user (None: who has none yet) and of all their groups."""

    user: int | None
    groups: frozenset[int]

    def may(self, bits: int, status: os.stat_result) -> bool:
        """Return whether a mode grants these of `rwx`."""
        shift = 6 if status.st_uid == self.user else 3 if status.st_gid in self.groups else 0
        return self.user == 0 or (status.st_mode >> shift) & bits == bits


def print_service(config: Path, state: Path | None, user: str, password: str | None) -> None:
    """Print the unit, and on standard error what there is to do.

    Args:
        config: the configuration directory.
        state: the state directory; None for `STATE`.
        user: who it is to run as.
        password: the file that holds the mail password, where a variable names one already.

    Raises:
        ConfigError: the settings or the login cannot be used.
    """
    settings, elsewhere = _read(config)
    file = Path(password) if password else config.with_name(f"{config.name}.password")
    service = Service(
        program=_own_command(),
        config=config,
        state=state or STATE,
        user=user,
        own_group=_group_of(user) or user,
        group=settings.attach.group,
        password=file if elsewhere else None,
    )
    say(unit_text(service))
    for found in _obstacles(service, settings.attach.operators):
        complain(f"warning: {found}")
    if sys.stdout is not None and sys.stdout.isatty():
        for line in _next_steps(service, state):
            complain(line)


def _read(config: Path) -> tuple[Settings, bool]:
    """Return the settings, and whether the mail password is elsewhere than in creds.csv."""
    reader = DirectoryReader(config)
    settings = read_settings(reader).settings
    login = None
    if settings.email.delivery is Delivery.SMTP:
        login = reader.parse(
            CREDENTIALS_FILE, lambda lines, problems: parse_login(lines, problems, password_elsewhere=True), None
        )
    if problems := reader.problems():
        raise ConfigError(problems)
    return settings, login is not None and login.password is None


def _own_command() -> tuple[str, ...]:
    script = Path(sysconfig.get_path("scripts"), "conntest-tui")
    return (str(script),) if script.is_file() else (sys.executable, "-m", "conntest_tui")


def _group_of(user: str) -> str:
    """Return what the main group of a user is called; empty for who does not exist."""
    with suppress(KeyError):
        return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
    return ""


def _next_steps(service: Service, state: Path | None) -> Iterator[str]:
    options = f"-c {shell(service.config)}" + (f" --state {shell(state)}" if state else "")
    user = "" if service.user == "conntest" else f" --user {shell(service.user)}"
    yield "\nNext, as root:"
    yield f"  {shell(service.program[0])} {options} service{user} > {shell(service.unit)}"
    yield "  systemctl daemon-reload"
    yield f"  systemctl enable --now {shell(service.name)}"
    yield f"  systemctl status {shell(service.name)}       # its lines: journalctl -u {shell(service.name)} -f"


# ---------------------------------------------------------------- what would keep it from running


def _obstacles(service: Service, operators: Iterable[str]) -> Iterator[str]:
    """Yield what would keep the service from running or its people from reaching it, each with what to do about it."""
    account = _account(service)
    if account.user is None:
        yield f"there is no user {service.user}: run: useradd --system --user-group {shell(service.user)}"
    yield from _people(service, operators)
    program = (service.program[0], sys.executable, os.__file__, sys.modules["conntest_tui"].__file__ or "")
    if found := next(filter(None, (_obstacle(Path(path), service, account) for path in program)), ""):
        closed = _HIDING not in found and shown(sys.prefix) in found  # made with a umask of 077
        yield f"{found}: " + (
            f"run: chmod -R a+rX {shell(sys.prefix)}" if closed else "make its environment anew below /opt"
        )
    if not service.config.is_dir():
        yield f"there is no {shown(service.config)}: run: conntest-tui init {shell(service.config)}"
    paths = (service.config, *(service.config / file for file in FILES))
    if found := next(filter(None, (_obstacle(path, service, account) for path in paths if path.exists())), ""):
        owner = f"{service.user}:{service.group or service.own_group}"
        hint = "move it to /etc" if _HIDING in found else f"run: chown -R {shell(owner)} {shell(service.config)}"
        yield f"{found}: {hint}"
    else:
        yield from _hosts_file(service, account)
    yield from _state(service, account)
    if service.password and not service.password.exists():
        yield (
            f"creds.csv holds no password, and there is no {shown(service.password)}: "
            f"run: install -m 600 /dev/stdin {shell(service.password)}"
        )


def _hosts_file(service: Service, account: _Account) -> Iterator[str]:
    """Yield why no host could be added from a console: the file is replaced, and a service may change no owners."""
    path, group = service.config / HOSTS_FILE, service.group or service.own_group
    with suppress(OSError, KeyError):
        status = path.stat()
        if status.st_uid == account.user and status.st_gid != grp.getgrnam(group).gr_gid:
            owner = f"{service.user}:{group}"
            yield f"{shown(path)} is not of the group {group}: run: chown -R {shell(owner)} {shell(service.config)}"


def _account(service: Service) -> _Account:
    with suppress(KeyError):
        known = pwd.getpwnam(service.user)
        groups = set(os.getgrouplist(service.user, known.pw_gid))
        with suppress(KeyError):
            groups.add(grp.getgrnam(service.group).gr_gid)
        return _Account(known.pw_uid, frozenset(groups))
    return _Account(None, frozenset())


def _people(service: Service, operators: Iterable[str]) -> Iterator[str]:
    """Yield who could not look or act, of those who are meant to."""
    if not service.group:
        if names := ", ".join(operators):
            yield f"attach.operators names {names}, who cannot reach the socket without attach.group in settings.toml"
        return
    try:
        group = grp.getgrnam(service.group)
    except KeyError:
        if service.group != service.user:  # that one comes with the user
            yield f"there is no group {service.group}: run: groupadd --system {shell(service.group)}"
        return
    for name in operators:
        try:
            number = pwd.getpwnam(name).pw_gid
        except KeyError:
            yield f"attach.operators names {name}, and there is no such user"
            continue
        if number != group.gr_gid and name not in group.gr_mem:
            yield f"{name} is no member of {service.group}: run: usermod -aG {shell(service.group)} {shell(name)}"


_HIDING = "is out of sight of services (ProtectHome=, PrivateTmp=)"


def _obstacle(path: Path, service: Service, account: _Account) -> str:
    """Return what keeps a service from reading a file or looking into a directory; empty for nothing.

    What access control lists grant (acl(5)) is not looked into: where there is one, nothing is said.
    """
    for known in (path, Path(os.path.realpath(path))):
        if any(known.is_relative_to(hidden) for hidden in _HIDDEN):
            return f"{shown(known)} {_HIDING}"
    try:
        for step, status in steps(path):
            if stat.S_ISLNK(status.st_mode) or _has_list(step):
                continue
            wanted = 1 if stat.S_ISDIR(status.st_mode) and step != path else 5 if stat.S_ISDIR(status.st_mode) else 4
            if not account.may(wanted, status):
                mode, owner = stat.S_IMODE(status.st_mode), user_name(status.st_uid)
                return f"{service.user} may not read {shown(step)} (mode {mode:04o}, of {owner})"
    except OSError as error:
        return f"{shown(path)}: {error.strerror}"
    return ""


def _has_list(path: Path) -> bool:
    with suppress(OSError, AttributeError):  # only Linux tells
        return "system.posix_acl_access" in os.listxattr(path, follow_symlinks=False)
    return False


def _state(service: Service, account: _Account) -> Iterator[str]:
    """Yield what is wrong with a state directory that systemd does not make."""
    if service.state.is_relative_to(STATES):
        return
    made = f"install -d -m 700 -o {shell(service.user)} {shell(service.state)}"
    if any(service.state.is_relative_to(hidden) for hidden in _HIDDEN):
        yield f"{shown(service.state)} {_HIDING}: name a directory below {STATES} with --state"
    elif not service.state.is_dir():
        yield f"there is no {shown(service.state)}: run: {made}"
    elif service.state.stat().st_uid != account.user:
        chown = f"chown -R {shell(service.user)} {shell(service.state)}"
        yield f"{shown(service.state)} does not belong to {service.user}: run: {chown}"
