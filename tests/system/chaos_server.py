"""A mail server in a bad mood: every connection meets a fault at random, until it is told to be good.

`python -m tests.system.chaos_server PORT DIRECTORY SEED` needs `server.pem` and `stranger.pem` in the directory. It
keeps every mail that it got to the last line, also one that it then does not admit to have: `NNNNN.eml`, whose first
line says `accepted` or `dropped` and to whom, before the mail's own bytes. `visits` has a line per fault that was
met, and per client that was gone before it had its answer. SIGUSR1 makes it a good server for the rest of its life.

The faults are in `chaos_faults.py`, a conversation is in `chaos_visit.py`.
"""

import asyncio
import signal
import ssl
import sys
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.system.chaos_faults import CURSES, Fault, choose, turn
from tests.system.chaos_visit import Mood, Notebook, Papers, Visit

RECIPIENTS = ("noc@example.com", "oncall@example.com", "admin@example.com")
"""Those whom it accepts when it is well."""

PRESENT, AWAY = 6.0, 1.0
"""Seconds for which it listens, on average, and for which nobody does then."""

CURSED = 0.15
"""How likely it is that somebody fares badly on every connection while it listens."""

LONGEST_STREAK = 4
"""Faults in a row, lest so much waits that a mail only counts it instead of telling it."""

GOOD, GONE = "none", "gone"


class ChaosServer:
    """Listens, goes away for a while, and comes back, until it is healed."""

    def __init__(self, port: int, directory: Path, random: Random) -> None:
        self._port, self._random = port, random
        self._notebook = Notebook(directory)
        self._papers = Papers(_context(directory / "server.pem"), _context(directory / "stranger.pem"))
        self._healed = asyncio.Event()
        self._streak = 0
        self._curse: tuple[str, Fault] | None = None
        self._visits: set[Visit] = set()

    def heal(self) -> None:
        """Be good from now on; who hangs is let go."""
        self._healed.set()
        for visit in self._visits:
            visit.leave()

    async def serve(self) -> None:
        """Run until the process is ended."""
        while True:
            server = await asyncio.start_server(self._visit, "127.0.0.1", self._port, limit=_LIMIT)
            self._notebook.listening()
            present = self._random.expovariate(1 / PRESENT)
            if self._random.random() < CURSED:
                self._curse = self._random.choice(RECIPIENTS), self._random.choice(CURSES)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._healed.wait(), present)
                await server.serve_forever()
            self._curse = None
            self._notebook.note(GONE)
            server.close()
            await asyncio.sleep(AWAY)

    async def _visit(self, reader: StreamReader, writer: StreamWriter) -> None:
        visit = Visit((reader, writer), self._mood(), self._random, self._notebook, self._papers)
        self._visits.add(visit)
        await visit.hold()
        self._visits.discard(visit)

    def _mood(self) -> Mood:
        """Return what the next connection gets."""
        if self._healed.is_set():
            return Mood()
        fault = None if self._streak == LONGEST_STREAK else choose(self._random)
        self._streak = 0 if fault is None else self._streak + 1
        if fault is None:
            self._notebook.note(GOOD)
        cursed, curse = self._curse or ("", None)
        return Mood(fault, 1 if fault is None else turn(fault, self._random), cursed, curse)


_LIMIT = 1 << 20
"""Bytes of a mail; a stream that holds less would be paused, which start_tls of Python 3.11 does not outlive."""


def _context(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


async def main(port: int, directory: Path, seed: int) -> None:
    server = ChaosServer(port, directory, Random(seed))
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, server.heal)
    loop.set_exception_handler(lambda _loop, _context: None)  # asyncio tells of every connection that is lost
    await server.serve()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
