"""The ordeal: hosts flap, the mail server misbehaves, the program is killed and started again; then all is healed."""

import signal
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import trustme

from tests.system.chaos_server import RECIPIENTS
from tests.system.chaos_visit import STRANGER
from tests.system.lab import Lab
from tests.system.mail_process import MailProcess
from tests.system.program import STARTED, Program
from tests.system.site import write_site
from tests.system.terminal import wait_until

# No two in a row: the lab's firewall would merge neighbours, and could not let one of them go again.
SINGLES = tuple(f"10.77.0.{n}" for n in range(2, 14, 2))
PARENT, CHILDREN = "10.77.1.2", ("10.77.1.4", "10.77.1.6")
HOSTS = (*SINGLES, PARENT, *CHILDREN)
NEIGHBOURS = 4
"""Hosts behind each of these on the list that always answer, as most do on a real list: a second look goes by them."""

LONGEST_LIFE = 7.0
"""Seconds that the program lives at most before it is killed."""

HASTY = 0.4
"""How likely it is that the program waits for the mail server for a short time only, see `hasty.py`."""

MOST_LIVES = 4
"""Times as many lives as were planned, after which it ends without as many outages as planned."""

HEALING = 60.0
"""Seconds within which everything must be told when all is well again."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an ordeal is like.

    Attributes:
        kills: how often the program is killed at least, and how many outages there must have been: on a busy machine
            many a life is over before the first sweep is.
        seed: of everything that is random, on this side and in the mail server.
        flapping: whether so many changes count as flapping; else each of them is told.
    """

    kills: int
    seed: int
    flapping: bool = False


class ChaosProcess(MailProcess):
    """The mail server of `chaos_server.py` as a process."""

    def __init__(self, directory: Path, seed: int, *, enter: Sequence[str]) -> None:
        super().__init__(directory, enter=enter)
        self._seed = seed
        stranger = trustme.CA().issue_cert("localhost", "127.0.0.1")
        stranger.private_key_and_cert_chain_pem.write_to_path(str(directory / "stranger.pem"))

    def program(self) -> list[str]:
        return ["tests.system.chaos_server", str(self.port), str(self.directory), str(self._seed)]

    def heal(self) -> None:
        """Let it be a good server from now on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGUSR1)


class Ordeal:
    """One ordeal in a lab; what is left of it is in its directory.

    Attributes:
        mail: directory of what the mail server got.
        database: the program's state.
        output: what the program has printed, all runs together.
        kills: how often the program was killed.
        seconds: how long it took to heal, from the moment on at which nothing was wrong any more.
    """

    def __init__(self, lab: Lab, directory: Path, plan: Plan) -> None:
        self._lab, self._plan, self._random = lab, plan, Random(plan.seed)
        self.mail = directory / "mail"
        self._state = directory / "state"
        self.database = self._state / "state.db"
        self.output = directory / "output"
        self._site = directory / "site"
        self._down: set[str] = set()
        self.kills = 0
        self.seconds = 0.0

    def run(self) -> None:
        """Go through with it."""
        self.mail.mkdir()
        with ChaosProcess(self.mail, self._plan.seed, enter=self._lab.enter) as server:
            server.start()
            self._write_site(server)
            while self.kills < self._plan.kills or self._lacks_outages():
                with self._program(hasty=self._random.random() < HASTY) as program:
                    self._torment(program)
                self.kills += 1
            server.heal()
            self._heal()

    def _lacks_outages(self) -> bool:
        if self.kills >= MOST_LIVES * self._plan.kills:
            return False
        try:
            return self._count("SELECT count(*) FROM outage") < self._plan.kills
        except sqlite3.OperationalError:  # no program lived long enough to make it
            return True

    def _write_site(self, server: MailProcess) -> None:
        parents = dict.fromkeys(CHILDREN, f",,parent={PARENT}")
        hosts = ""
        for number, host in enumerate(HOSTS):
            hosts += f"{host},Host {host.rpartition('.')[2]}{parents.get(host, '')}\n"
            hosts += "".join(f"10.77.2.{NEIGHBOURS * number + n}\n" for n in range(1, NEIGHBOURS + 1))
        chosen = {"interval": 1.0, "attempts": 1, "timeout": 0.3, "renotify": 4.0}
        flapping = (4, 30.0, 4.0) if self._plan.flapping else (1000, 60.0, 4.0)
        chosen |= dict(zip(("flapping.changes", "flapping.window", "flapping.quiet"), flapping, strict=True))
        write_site(self._site, hosts, server, **chosen)
        with (self._site / "settings.toml").open("a") as settings:  # [email] comes last
            settings.write("digest_above = 2\n")
        (self._site / "email_recipients.csv").write_text(f"{','.join((*RECIPIENTS, STRANGER))}\n")

    def _program(self, *, hasty: bool = False) -> Program:
        module = "tests.system.hasty" if hasty else "conntest_tui"
        return Program(self._site, self._state, self.output, enter=self._lab.enter, module=module)

    def _torment(self, program: Program) -> None:
        """Let hosts go down and come up, and the operator ask for mail, until the program's life is over."""
        end = time.monotonic() + self._random.uniform(0.0, LONGEST_LIFE)
        while time.monotonic() < end:
            self._flip(self._random.sample(HOSTS, self._random.choice([1, 1, 1, 1, 5])))
            if self._random.random() < 0.8 and STARTED in program.told:
                program.reload()  # tries at once what mail could not deliver; its back-off is longer than any life here
            time.sleep(self._random.uniform(0.2, 0.8))

    def _flip(self, hosts: Sequence[str]) -> None:
        up = [host for host in hosts if host in self._down]
        down = [host for host in hosts if host not in self._down]
        self._lab.restore(*up)
        self._lab.cut_off(*down)
        self._down ^= set(hosts)

    def _heal(self) -> None:
        """Let everything be well; wait until the program has nothing more to tell, and stop it."""
        self._lab.restore(*self._down)
        began = time.monotonic()
        with self._program() as program:
            program.wait_for(STARTED)
            wait_until(lambda: self._is_quiet(program), HEALING, "everything is told")
            self.seconds = time.monotonic() - began
            assert program.terminate(seconds=5) == 0

    def _is_quiet(self, program: Program) -> bool:
        program.reload()
        time.sleep(0.5)
        return not self._count(
            "SELECT (SELECT count(*) FROM outage WHERE ended_wall IS NULL) + (SELECT count(*) FROM waiting) "
            "+ (SELECT count(*) FROM notice WHERE fresh) + (SELECT count(*) FROM under_way) "
            "+ (SELECT count(*) FROM mark WHERE flapping_wall IS NOT NULL)"
        )

    def _count(self, question: str) -> int:
        with closing(sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True)) as database:
            ((count,),) = database.execute(question)
        return int(count)
