"""A machine that systemd has booted: as process 1, in namespaces of its own, on a view of this machine's files.

Nothing is fetched and nothing of this machine changes: what is written goes to memory (an overlay), /proc/sys and /sys
are read-only, the network is a loopback interface, and all of it ends with process 1. The program is in /opt/conntest,
as `pip install` puts it into an environment there: the packages and the code of the test, under a Python that a service
may read.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Self

import pytest

import conntest_tui
from tests.system.terminal import wait_until

_SYSTEMD = Path("/lib/systemd/systemd")
_CODE = Path(conntest_tui.__file__).parent
_PACKAGES = Path(pytest.__file__).parents[1]
_BASE = Path(sys.base_prefix)
_numbers = count(1)

_BOOT = r"""
set -eu
top=$1 base=$2 packages=$3 code=$4
mount -t tmpfs tmpfs "$top"
mkdir "$top/upper" "$top/work" "$top/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$top/upper,workdir=$top/work" "$top/root"
cd "$top/root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
for node in null zero full random urandom tty; do
    touch "dev/$node"
    mount --bind "/dev/$node" "dev/$node"
done
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p opt/python opt/code opt/packages
case $base in /usr) ;; *) mount --bind "$base" opt/python ;; esac
mount --bind "$packages" opt/packages
mkdir opt/code/conntest_tui
mount --bind "$code" opt/code/conntest_tui
rm -rf etc/systemd/system/*.wants
rm -f etc/fstab lib/systemd/system/sysinit.target.wants/* lib/systemd/system/sockets.target.wants/dbus.socket \
    lib/systemd/system/sockets.target.wants/systemd-initctl.socket lib/systemd/system/timers.target.wants/*
: > etc/machine-id
printf '[Unit]\nRequires=sysinit.target sockets.target\nAfter=sysinit.target sockets.target\nAllowIsolate=yes\n' \
    > etc/systemd/system/lab.target
ip link set lo up
pivot_root . mnt
umount -l /mnt
mount --make-rshared /
exec env -i container=conntest-tests PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --log-target=journal --unit=lab.target --show-status=no </dev/null
"""

_INSTALL = r"""
set -eu
python=$1
if [ -d /opt/python/lib ]; then
    echo /opt/python/lib > /etc/ld.so.conf.d/conntest-tests.conf
    ldconfig
fi
"$python" -m venv --without-pip /opt/conntest
echo '#!/opt/conntest/bin/python3
import sys
from conntest_tui.__main__ import main
sys.exit(main())' > /opt/conntest/bin/conntest-tui
chmod 755 /opt/conntest/bin/conntest-tui
printf '/opt/packages\n/opt/code\n' > "$(echo /opt/conntest/lib/python3.*/site-packages)/tests.pth"
"""


def _hierarchy() -> Path | None:
    """Return where control groups, version 2, are mounted."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, place, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(place)
    return None


def lacking() -> str:
    """Why this machine cannot boot another one; empty when it can."""
    if os.geteuid() != 0:
        return "to boot a machine in namespaces needs root"
    if not _SYSTEMD.exists() or not all(map(shutil.which, ("unshare", "nsenter", "ip", "curl", "setpriv"))):
        return "needs systemd, util-linux, iproute2 and curl"
    if "overlay" not in Path("/proc/filesystems").read_text() or _hierarchy() is None:
        return "needs overlay file systems and control groups, version 2"
    return ""


class Booted:
    """One machine, gone with the context."""

    def __init__(self, directory: Path) -> None:
        """Boot it; `directory` is an empty one of ours, where its files are put together."""
        hierarchy = _hierarchy()
        assert hierarchy is not None
        self._group = hierarchy / f"conntest-{os.getpid()}-{next(_numbers)}"
        self._group.mkdir()
        namespaces = ("--pid", "--mount", "--uts", "--ipc", "--cgroup", "--net", "--fork", "--kill-child")
        boot = ["unshare", *namespaces, "sh", "-c", _BOOT, "boot", str(directory), *map(str, (_BASE, _PACKAGES, _CODE))]
        enter = [
            "setpriv",
            "--pdeathsig=KILL",
            "sh",
            "-c",
            'echo $$ > "$0/cgroup.procs" && exec "$@"',
            str(self._group),
            *boot,
        ]
        self._log = (directory.parent / "boot.log").open("w+b")
        self._process = subprocess.Popen(enter, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        try:
            wait_until(self._is_up, 30, "systemd is up")
        except AssertionError as error:
            self._end()
            raise AssertionError(f"{error}: {(directory.parent / 'boot.log').read_text()}") from None
        base = Path("/usr/bin") if str(_BASE) == "/usr" else Path("/opt/python/bin")
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        self.run("sh", "-c", _INSTALL, "install", str(base / version))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        self._process.kill()  # unshare, which takes process 1 along, and that everybody else
        self._process.wait()
        self._log.close()
        for _ in range(100):
            for group in sorted(self._group.rglob("*/"), reverse=True):
                with suppress(OSError):
                    group.rmdir()
            with suppress(OSError):
                self._group.rmdir()
            if not self._group.exists():
                return
            time.sleep(0.05)
        raise AssertionError(f"{self._group} is still in use")

    @property
    def _first(self) -> str:
        """The number of its process 1, as this machine counts."""
        return Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().strip()

    def _is_up(self) -> bool:
        assert self._process.poll() is None, "systemd has ended"
        first = self._first
        return bool(first) and self._enter(["systemctl", "is-active", "lab.target"]).stdout == "active\n"

    def command(self, arguments: Sequence[str], user: str = "") -> list[str]:
        """Return what runs a command on that machine, as root or as one of its users, with their groups."""
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
        environment = [
            "env",
            "-i",
            "--chdir=/",
            "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG=C.UTF-8",
            "TERM=xterm-256color",
        ]
        enter = [
            "nsenter",
            f"--target={self._first}",
            *(f"--{one}" for one in ("mount", "uts", "ipc", "net", "pid", "cgroup")),
        ]
        return [*enter, *environment, *become, *arguments]

    def _enter(self, arguments: Sequence[str], user: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(arguments, user),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )

    def tried(self, *arguments: str, user: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a command to its end, whatever comes of it."""
        return self._enter(arguments, user)

    def run(self, *arguments: str, user: str = "") -> str:
        """Run a command to its end, which must be a good one, and return what it printed."""
        done = self._enter(arguments, user)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout
