"""The mail server in a bad mood does what its faults say: a proof that is built on it proves something."""

import asyncio
import base64
import ssl
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
import trustme

from tests.system import chaos_visit
from tests.system.chaos_faults import CURSES, FAULTS, Fault, Step, Then, choose, turn
from tests.system.chaos_visit import MAILS, STRANGER, VISITS, Mood, Notebook, Papers, Visit
from tests.system.mailserver import PASSWORD, USER

pytestmark = pytest.mark.system

MAIL = b"Subject: one\r\n\r\n..\r\n.two\r\nthree\r\n"
TO = ("noc@example.com", "oncall@example.com", STRANGER)


@pytest.fixture(autouse=True)
def short_silences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaos_visit, "HANGING", 1.0)


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def papers(ca: trustme.CA) -> Papers:
    own, wrong = (ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) for _ in range(2))
    ca.issue_cert("127.0.0.1").configure_cert(own)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(wrong)
    return Papers(own, wrong)


@pytest.fixture
def hall(ca: trustme.CA, papers: Papers, tmp_path: Path) -> "Hall":
    trusted = ssl.create_default_context()
    ca.configure_trust(trusted)
    return Hall(tmp_path, papers, trusted)


class Client:
    """Somebody who says what is to be said, whatever the answers are."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.heard: list[bytes] = []

    async def ask(self, words: bytes, end: bytes = b"\r\n") -> bytes:
        """Say something, and return the last line of the answer."""
        self._writer.write(words + end)
        await self._writer.drain()
        return await self.answer()

    async def answer(self) -> bytes:
        line = b"250-"
        while line[3:4] == b"-":
            line = await asyncio.wait_for(self._reader.readuntil(b"\r\n"), 3)
            self.heard.append(line)
        return line

    def leave(self) -> None:
        self._writer.close()

    async def deliver(self, trusted: ssl.SSLContext, recipients: Sequence[str]) -> None:
        """Do all that is needed for a mail to some recipients."""
        await self.answer()
        await self.ask(b"EHLO client")
        await self.ask(b"STARTTLS")
        await self._writer.start_tls(trusted, server_hostname="127.0.0.1", ssl_handshake_timeout=2)
        await self.ask(b"EHLO client")
        await self.ask(b"AUTH LOGIN")
        for word in (USER, PASSWORD):
            await self.ask(base64.b64encode(word.encode()))
        await self.ask(b"MAIL FROM:<conntest@example.com>")
        taken = [await self.ask(b"RCPT TO:<%s>" % to.encode()) for to in recipients]
        if not any(line.startswith(b"250") for line in taken):
            await self.ask(b"RSET")
        elif (await self.ask(b"DATA")).startswith(b"354"):
            stuffed = MAIL.replace(b"\r\n.", b"\r\n..")
            await self.ask(stuffed, b".\r\n")
        await self.ask(b"QUIT")


class Hall:
    """Where clients call at servers, each in a directory of its own."""

    def __init__(self, directory: Path, papers: Papers, trusted: ssl.SSLContext) -> None:
        self._directory, self._papers, self._trusted = directory, papers, trusted

    def calls(self, *moods: Mood, to: Sequence[str] = TO) -> list[list[bytes]]:
        """Let clients call at servers in these moods, all at the same time; return every line that each heard."""
        for number in range(len(moods)):
            (self._directory / str(number)).mkdir(exist_ok=True)
        return asyncio.run(self._together(moods, to))

    def kept(self, number: int = 0) -> list[bytes]:
        return [path.read_bytes() for path in sorted((self._directory / str(number)).glob(MAILS))]

    def visits(self, number: int = 0) -> list[str]:
        notes = self._directory / str(number) / VISITS
        return notes.read_text().splitlines() if notes.exists() else []

    async def _together(self, moods: Sequence[Mood], to: Sequence[str]) -> list[list[bytes]]:
        # asyncio tells of every connection that is lost.
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        return await asyncio.gather(*(self._call(number, mood, to) for number, mood in enumerate(moods)))

    async def _call(self, number: int, mood: Mood, to: Sequence[str]) -> list[bytes]:
        over, notebook = asyncio.Event(), Notebook(self._directory / str(number))

        async def receive(reader: StreamReader, writer: StreamWriter) -> None:
            await Visit((reader, writer), mood, Random(0), notebook, self._papers).hold()
            over.set()

        async with await asyncio.start_server(receive, "127.0.0.1", 0) as server:
            client = Client(*await asyncio.open_connection(*server.sockets[0].getsockname()))
            with suppress(OSError, IncompleteReadError):
                await client.deliver(self._trusted, to)
            client.leave()
            await asyncio.wait_for(over.wait(), 10)
        return client.heard


def test_every_fault_is_met(hall: Hall) -> None:
    strikes = [Fault(fault.step, fault.says, fault.then) for fault in FAULTS]
    hall.calls(*map(Mood, strikes))
    assert [fault.name for number, fault in enumerate(strikes) if fault.name not in hall.visits(number)] == []


def test_a_good_server_keeps_a_mail_as_it_is(hall: Hall) -> None:
    (heard,) = hall.calls(Mood())
    assert hall.kept() == [b"accepted noc@example.com,oncall@example.com\r\n" + MAIL]
    assert b"550 5.1.1 no such user\r\n" in heard
    assert hall.visits() == []


def test_half_a_yes_is_never_called_accepted(hall: Hall) -> None:
    half = [Fault(Step.DOT, says, Then.CLOSE) for says in (b"250 2", b"250 2.0.0 kept", b"250-kept\r\n")]
    hall.calls(*map(Mood, half))
    assert not any(kept.startswith(b"accepted") for number in range(3) for kept in hall.kept(number))


def test_who_is_cursed_ends_every_connection_and_nobody_else_does(hall: Hall) -> None:
    curse = next(fault for fault in CURSES if fault.says.startswith(b"421"))
    mood = Mood(cursed=TO[1], curse=curse)
    (heard,) = hall.calls(mood)
    assert (heard[-1][:3], hall.kept()) == (b"421", [])
    hall.calls(mood, to=TO[:1])
    assert hall.kept() == [b"accepted noc@example.com\r\n" + MAIL]


def test_faults_before_354_are_frequent_and_strike_now_and_later() -> None:
    random = Random(1)
    chosen = [fault for fault in (choose(random) for _ in range(5_000)) if fault]
    assert {fault.step for fault in chosen} == set(Step)
    assert sum(fault.step in {Step.MAIL, Step.RCPT, Step.DATA} for fault in chosen) > len(chosen) / 3
    late = {turn(fault, random) for fault in chosen if fault.step is Step.RCPT}
    assert late == set(range(1, 7))
