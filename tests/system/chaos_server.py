"""A mail server in a bad mood: every connection meets a fault at random, until it is told to be good.

`python -m tests.system.chaos_server PORT DIRECTORY SEED` needs `server.pem` and `stranger.pem` in the directory. It
keeps every letter that it got to the last line, also one that it then does not admit to have: `NNNNN.eml`, whose first
line says `accepted` or `dropped` and to whom, before the letter's own bytes. `visits` has a line per fault that was
met, and per client that was gone before it had its answer. SIGUSR1 makes it a good server for the rest of its life.
"""

import asyncio
import logging
import signal
import ssl
import sys
import warnings
from contextlib import suppress
from enum import Enum
from pathlib import Path
from random import Random

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.system.mailserver import PASSWORD, USER

LETTERS = "[0-9]*.eml"
VISITS = "visits"

STRANGER = "nobody@example.com"
"""The recipient that this server never accepts."""

HANGING = 8.0
"""Seconds for which a connection says nothing."""

SLOWNESS = 0.1
"""Seconds that it thinks at most before an answer, so that many a client is killed meanwhile."""

PRESENT, AWAY = 6.0, 1.0
"""Seconds for which it listens, on average, and for which nobody does then."""


class Fault(Enum):
    """What goes wrong with a connection."""

    NONE = "none"
    GREYLISTED = "451 for some recipients"
    CLOSING = "421"
    RELAY_DENIED = "554 for everybody"
    FILTER_AWAY = "451 for the letter"
    CUT_IN_DATA = "cut in mid-DATA"
    CUT_AFTER_DATA = "cut after DATA"
    HANG = "hang"
    CERTIFICATE = "wrong certificate"
    PASSWORD = "535"
    NO_STARTTLS = "no STARTTLS"
    GONE = "gone"


LONGEST_STREAK = 4
"""Faults in a row, lest so much waits that a letter only counts it instead of telling it."""

CLIENT_GONE = "client gone before the answer"

_WEIGHTS = {Fault.NONE: 8, Fault.GREYLISTED: 3, Fault.CUT_AFTER_DATA: 3, Fault.GONE: 0}


class Notebook:
    """What is kept of the letters and the visits."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._count = len(list(directory.glob(LETTERS)))

    def listening(self) -> None:
        (self._directory / "listening").touch()

    def keep(self, answer: str, envelope: Envelope) -> None:
        content = envelope.original_content or b""
        self._count += 1
        partial = self._directory / f"{self._count:05}.part"
        partial.write_bytes(f"{answer} {','.join(envelope.rcpt_tos)}\r\n".encode() + content)
        partial.rename(partial.with_suffix(".eml"))

    def note(self, what: str) -> None:
        with (self._directory / VISITS).open("a") as visits:
            visits.write(f"{what}\n")


class Visit:
    """One connection, and what goes wrong with it: aiosmtpd's handler."""

    def __init__(self, fault: Fault, random: Random, notebook: Notebook) -> None:
        self.fault = fault
        self._random = random
        self._notebook = notebook

    async def think(self) -> None:
        """Take some time."""
        try:
            await asyncio.sleep(self._random.uniform(0.0, SLOWNESS))
        except asyncio.CancelledError:
            self._notebook.note(CLIENT_GONE)
            raise

    async def meet(self, server: SMTP, fault: Fault) -> None:
        """Note that the fault is met; a hanging connection hangs here."""
        self._notebook.note(fault.value)
        if fault is Fault.HANG:
            await asyncio.sleep(HANGING)
            await cut(server)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd names its hooks so
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self.think()
        if self.fault is Fault.HANG and self._random.random() < 0.5:
            await self.meet(server, Fault.HANG)
        if self.fault is Fault.CLOSING:
            await self.meet(server, Fault.CLOSING)
            return "421 4.3.2 closing for a while"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - as above
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        await self.think()
        if self.fault is Fault.RELAY_DENIED:
            await self.meet(server, self.fault)
            return "554 5.7.1 relay access denied"
        if address == STRANGER:
            return "550 5.1.1 no such user"
        if self.fault is Fault.GREYLISTED and self._random.random() < 0.5:
            await self.meet(server, self.fault)
            return "451 4.7.1 greylisted"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        if self.fault is Fault.FILTER_AWAY:
            await self.meet(server, self.fault)
            return "451 4.3.0 the filter is away"
        if self.fault in (Fault.CUT_AFTER_DATA, Fault.HANG):
            # A letter whose acceptance is lost on the way has arrived; one that a server lost when it fell has not.
            if self._random.random() < 0.5:
                self._notebook.keep("dropped", envelope)
            await self.meet(server, self.fault)
            await cut(server)
        if self._random.random() < 0.5:
            await self.think()
            self._notebook.keep("accepted", envelope)
        else:
            self._notebook.keep("accepted", envelope)
            await self.think()
        return "250 kept"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: object
    ) -> AuthResult:
        if self.fault is Fault.PASSWORD:
            self._notebook.note(self.fault.value)
            return AuthResult(success=False, handled=False)
        assert isinstance(data, LoginPassword)
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)


async def cut(server: SMTP) -> None:
    """Drop a connection without a word; never returns."""
    if server.transport is not None:
        server.transport.abort()  # type: ignore[attr-defined]  # aiosmtpd calls it a BaseTransport
    await asyncio.sleep(HANGING)  # ended by aiosmtpd, which cancels the conversation of a lost connection
    raise ConnectionResetError


class Conversation(SMTP):
    """A connection that can also be cut while a letter comes in."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - as above
        visit = self.event_handler
        assert isinstance(visit, Visit)
        if visit.fault is Fault.CUT_IN_DATA:
            await self.push("354 go on")
            await self._reader.read(200)
            await visit.meet(self, visit.fault)
            await cut(self)
        await super().smtp_DATA(arg)


class ChaosServer:
    """Listens, goes away for a while, and comes back, until it is healed."""

    def __init__(self, port: int, directory: Path, random: Random) -> None:
        self._port, self._random = port, random
        self._notebook = Notebook(directory)
        self._own, self._wrong = (_context(directory / f"{name}.pem") for name in ("server", "stranger"))
        self._healed = asyncio.Event()
        self._streak = 0
        self._sessions: set[Conversation] = set()

    def heal(self) -> None:
        """Be good from now on; who hangs is let go."""
        self._healed.set()
        for session in self._sessions:
            if session.transport is not None:
                session.transport.close()

    async def serve(self) -> None:
        """Run until the process is ended."""
        while True:
            server = await asyncio.get_running_loop().create_server(self._session, "127.0.0.1", self._port)
            self._notebook.listening()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._healed.wait(), self._random.expovariate(1 / PRESENT))
                await server.serve_forever()
            self._notebook.note(Fault.GONE.value)
            server.close()
            await asyncio.sleep(AWAY)

    def _choose(self) -> Fault:
        if self._healed.is_set() or self._streak == LONGEST_STREAK:
            return Fault.NONE
        return self._random.choices(list(Fault), [_WEIGHTS.get(fault, 1) for fault in Fault])[0]

    def _session(self) -> SMTP:
        fault = self._choose()
        self._streak = 0 if fault is Fault.NONE else self._streak + 1
        if fault in (Fault.NONE, Fault.CERTIFICATE, Fault.NO_STARTTLS):
            self._notebook.note(fault.value)
        visit = Visit(fault, self._random, self._notebook)
        contexts = {Fault.CERTIFICATE: self._wrong, Fault.NO_STARTTLS: None}
        session = Conversation(
            visit,
            hostname="localhost",
            tls_context=contexts.get(fault, self._own),
            require_starttls=True,
            auth_required=True,
            authenticator=visit.authenticate,
        )
        self._sessions = {known for known in self._sessions if known.transport is not None} | {session}
        return session


def _context(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


async def main(port: int, directory: Path, seed: int) -> None:
    server = ChaosServer(port, directory, Random(seed))
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, server.heal)
    await server.serve()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable()  # aiosmtpd tells of every connection that is lost
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
