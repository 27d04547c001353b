"""One conversation of the mail server in a bad mood, and what it keeps.

Written on bare streams, because a good library would not send half a line. The faults are in `chaos_faults.py`.
"""

import asyncio
import base64
import re
import socket
import ssl
import struct
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.system.chaos_faults import REFUSING, Fault, Step, Then
from tests.system.mailserver import PASSWORD, USER

MAILS = "[0-9]*.eml"
VISITS = "visits"

STRANGER = "nobody@example.com"
"""The recipient that this server never accepts."""

HANGING = 8.0
"""Seconds for which a connection says nothing."""

SLOWNESS = 0.1
"""Seconds that it thinks at most before an answer, so that many a client is killed meanwhile."""

CLIENT_GONE = "client gone before the answer"


class Notebook:
    """What is kept of the mails and the visits."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._count = len(list(directory.glob(MAILS)))

    def listening(self) -> None:
        (self._directory / "listening").touch()

    def keep(self, answer: str, recipients: list[str], content: bytes) -> None:
        self._count += 1
        partial = self._directory / f"{self._count:05}.part"
        partial.write_bytes(f"{answer} {','.join(recipients)}\r\n".encode() + content)
        partial.rename(partial.with_suffix(".eml"))

    def note(self, what: str) -> None:
        with (self._directory / VISITS).open("a") as visits:
            visits.write(f"{what}\n")


@dataclass(frozen=True, slots=True)
class Mood:
    """What a connection gets.

    Attributes:
        fault: what goes wrong.
        turn: at which time that its step is reached.
        cursed: a recipient who fares badly on every connection.
        curse: how.
    """

    fault: Fault | None = None
    turn: int = 1
    cursed: str = ""
    curse: Fault | None = None


@dataclass(frozen=True, slots=True)
class Papers:
    """Its own certificate with the key, and one that its clients do not trust."""

    own: ssl.SSLContext
    wrong: ssl.SSLContext


class OverError(Exception):
    """The conversation is over."""


class Visit:
    """One conversation."""

    def __init__(
        self, streams: tuple[StreamReader, StreamWriter], mood: Mood, random: Random, notebook: Notebook, papers: Papers
    ) -> None:
        self._reader, self._writer = streams
        self._mood, self._random, self._notebook, self._papers = mood, random, notebook, papers
        self._reached = 0
        self._safe = self._known = self._begun = False
        self._recipients: list[str] = []

    async def hold(self) -> None:
        """Hold the conversation to its end."""
        try:
            if not await self._struck(Step.BANNER):
                await self._say(b"220 localhost ESMTP\r\n")
            while True:
                line = await self._reader.readuntil(b"\r\n")
                verb, _, rest = line.decode("ascii", "replace").strip().partition(" ")
                await self._answer(verb.upper(), rest)
        except OverError:
            pass
        except (IncompleteReadError, OSError):
            self._notebook.note(CLIENT_GONE)
        finally:
            with suppress(OSError):
                self._writer.close()

    def leave(self) -> None:
        """Close the connection, whatever is under way."""
        self._writer.close()

    async def _answer(self, verb: str, rest: str) -> None:
        match verb:
            case "EHLO" | "HELO":
                await self._greet(extended=verb == "EHLO")
            case "STARTTLS":
                await self._secure()
            case "AUTH":
                await self._log_in(rest)
            case "QUIT":
                await self._leave()
            case _ if not self._known:
                await self._say(b"530 5.7.0 log in first\r\n")
            case _:
                await self._carry(verb, rest)

    async def _carry(self, verb: str, rest: str) -> None:
        match verb:
            case "MAIL" if not self._begun:
                await self._sender()
            case "RCPT" if self._begun:
                await self._recipient(rest)
            case "DATA" if self._recipients:
                await self._mail()
            case "RSET":
                await self._reset()
            case _:
                await self._say(b"503 5.5.1 not now\r\n")

    # ------------------------------------------------------------ opening

    async def _greet(self, *, extended: bool) -> None:
        fault = self._mood.fault
        if fault is not None and fault.then is Then.NO_STARTTLS:
            self._notebook.note(fault.name)
            await self._say(b"250-localhost\r\n250 SIZE 1000000\r\n")
        elif not await self._struck(Step.EHLO):
            logins = self._random.choice((b"PLAIN LOGIN", b"LOGIN"))
            offer = b"AUTH %s" % logins if self._safe else b"STARTTLS"
            await self._say(
                b"250-localhost\r\n250-SIZE 1000000\r\n250 %s\r\n" % offer if extended else b"250 hello\r\n"
            )

    async def _secure(self) -> None:
        if await self._struck(Step.STARTTLS):
            return
        await self._say(b"220 2.0.0 go ahead\r\n")
        context = self._papers.own
        if await self._struck(Step.HANDSHAKE):
            context = self._papers.wrong
        await self._writer.start_tls(context, ssl_handshake_timeout=HANGING)
        self._safe = True

    async def _log_in(self, rest: str) -> None:
        """Check a user and a password: all at once (PLAIN, RFC 4616), or one after the other (LOGIN)."""
        mechanism, _, said = rest.partition(" ")
        asked = [base64.b64decode(said)] if said else []
        while not await self._struck(Step.AUTH):
            if len(asked) == (1 if mechanism.upper() == "PLAIN" else 2):
                expected = f"\0{USER}\0{PASSWORD}"
                self._known = b"\0".join((b"", *asked) if len(asked) == 2 else asked) == expected.encode()
                await self._say(b"235 2.7.0 welcome\r\n" if self._known else b"535 5.7.8 wrong\r\n")
                return
            question = b"" if mechanism.upper() == "PLAIN" else (b"Username:", b"Password:")[len(asked)]
            await self._say(b"334 %s\r\n" % base64.b64encode(question))
            asked.append(base64.b64decode(await self._reader.readuntil(b"\r\n")))

    async def _leave(self) -> None:
        if not await self._struck(Step.QUIT):
            await self._say(b"221 2.0.0 bye\r\n")
        raise OverError

    # ------------------------------------------------------------ a mail

    async def _sender(self) -> None:
        if not await self._struck(Step.MAIL):
            self._begun = True
            await self._think(b"250 2.1.0 OK\r\n")

    async def _reset(self) -> None:
        self._forget()
        if not await self._struck(Step.RSET):
            await self._say(b"250 2.0.0 OK\r\n")

    async def _recipient(self, rest: str) -> None:
        address = rest[rest.find("<") + 1 : rest.find(">")]
        mood = self._mood
        if mood.curse is not None and address == mood.cursed:
            self._notebook.note(f"cursed: {mood.curse.name}")
            await self._do(mood.curse)
        elif mood.fault is not None and mood.fault.step is Step.RSET:
            await self._think(b"550 5.1.1 no such user\r\n")
        elif not await self._struck(Step.RCPT):
            if address == STRANGER:
                await self._think(b"550 5.1.1 no such user\r\n")
            else:
                self._recipients.append(address)
                await self._think(b"250 2.1.5 OK\r\n")

    async def _mail(self) -> None:
        if await self._struck(Step.DATA):
            self._forget()
            return
        await self._think(b"354 go on\r\n")
        if self._is_due(Step.CONTENT):
            await self._reader.read(200)
        if await self._struck(Step.CONTENT):
            raise OverError  # whatever it said in the middle of a mail, nothing sensible can follow
        stuffed = (await self._reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n")
        content = _LONELY_DOT.sub(b"", stuffed)
        recipients = list(self._recipients)
        self._forget()
        if self._is_due(Step.DOT):
            fault = self._mood.fault
            # A mail whose acceptance is lost on the way has arrived; one that a server lost when it fell has not.
            if fault and not fault.says.startswith(REFUSING) and self._random.random() < 0.5:
                self._notebook.keep("dropped", recipients, content)
        if await self._struck(Step.DOT):
            return
        early = self._random.random() < 0.5
        if early:
            self._notebook.keep("accepted", recipients, content)
        await self._think(b"")
        if not early:
            self._notebook.keep("accepted", recipients, content)
        await self._say(self._random.choice((b"250 2.0.0 kept\r\n", b"250-kept\r\n250 really\r\n", b"250\r\n")))

    def _forget(self) -> None:
        self._begun, self._recipients = False, []

    # ------------------------------------------------------------ what goes wrong

    def _is_due(self, step: Step) -> bool:
        """Return whether the fault is going to strike when this step is reached now."""
        fault = self._mood.fault
        return fault is not None and fault.step is step and self._reached + 1 >= self._mood.turn

    async def _struck(self, step: Step) -> bool:
        """Let the fault strike if this is its step and its turn; return whether it has taken the place of an answer."""
        fault, due = self._mood.fault, self._is_due(step)
        self._reached += fault is not None and fault.step is step
        if fault is None or not due or self._random.random() >= fault.chance:
            return False
        self._notebook.note(fault.name)
        await self._do(fault)
        return True

    async def _do(self, fault: Fault) -> None:
        """Say the words of a fault, and do what comes after them."""
        if fault.says:
            await self._think(fault.says)
        match fault.then:
            case Then.CLOSE:
                raise OverError
            case Then.RESET:
                connection = self._writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self._writer.transport.abort()
                raise OverError
            case Then.HANG:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wait_for_end(), HANGING)
                raise OverError
            case Then.RAMBLE:
                for _ in range(int(HANGING / 0.05)):
                    await self._say(b"and so on, ")
                    await asyncio.sleep(0.05)
                raise OverError
            case _:
                return

    async def _wait_for_end(self) -> None:
        """Read on until the client goes away."""
        while await self._reader.read(1 << 16):
            pass

    async def _think(self, words: bytes) -> None:
        """Take some time, and say it then."""
        await asyncio.sleep(self._random.uniform(0.0, SLOWNESS))
        await self._say(words)

    async def _say(self, words: bytes) -> None:
        self._writer.write(words)
        await self._writer.drain()


# RFC 5321, section 4.5.2: the dot that the client has put before a line that begins with one.
_LONELY_DOT = re.compile(rb"^\.", re.MULTILINE)
