"""How much is sent to a terminal before it has answered: over lines that are slow, far, silent, or that stop."""

import asyncio
import math
import os
import pty
import select
import time
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conntest_tui.tui.escape_splitter import ESCAPE, EscapeSplitter
from conntest_tui.tui.paced_output import ANSWER, REQUEST, PacedOutput, SendWindow
from conntest_tui.tui.terminal_driver import split_answers

STEP = 0.005


class Line:
    """A line that carries `rate` bytes a second over a `distance` (seconds there and back), as a window sees it."""

    def __init__(self, rate: float, distance: float = 0.0) -> None:
        self.rate, self.distance = rate, distance
        self.window = SendWindow()
        self.now = self.free = 0.0
        self.sent = 0
        self.worst = 0.0  # seconds that something had to queue
        self._answers: list[float] = []
        self.send(4)  # the first request

    def send(self, size: int) -> None:
        self.free = max(self.free, self.now) + size / self.rate
        self.worst = max(self.worst, self.free - self.now)
        self._answers.append(self.free + self.distance)
        self.window.send(size, self.now)
        self.sent += size

    def go_on(self, seconds: float, *, always: bool = True) -> None:
        """Let time pass, and send as much as may be sent."""
        end = self.now + seconds
        while self.now < end:
            while self._answers and self._answers[0] <= self.now:
                self.window.answer(self._answers.pop(0))
            if self.window.deadline <= self.now:
                self.window.give_up()
            while always and self.window.is_open:
                self.send(max(1, min(100_000, int(self.window.room))))
            self.now += STEP


@pytest.mark.parametrize(
    ("rate", "distance"), [(960, 0.0), (960, 0.2), (5760, 0.0), (1e6, 0.2), (3e3, 0.6), (1e7, 0.0)]
)
def test_a_line_is_used_and_nothing_queues_for_long(rate: float, distance: float) -> None:
    line = Line(rate, distance)
    line.go_on(10)  # it gets to know it
    line.worst, before = 0.0, line.sent
    line.go_on(20)
    assert line.worst < 0.7
    assert (line.sent - before) / 20 > min(0.6 * rate, 100_000)


def test_a_line_that_becomes_slow_is_noticed() -> None:
    line = Line(1e6)
    line.go_on(5)
    line.rate = 5760
    line.go_on(60)
    line.worst = 0.0
    line.go_on(10)
    assert line.worst < 0.7


def test_a_line_that_becomes_long_is_no_slow_one() -> None:
    """A laptop goes from the office to a mobile network: what was quick takes 0.6 s for good."""
    line = Line(1e6)
    line.go_on(5)
    line.distance = 0.6
    line.go_on(30)
    before = line.sent
    line.go_on(10)
    assert line.sent - before > 200_000


def test_after_a_stop_the_answers_that_come_late_do_not_open_the_window() -> None:
    line = Line(960)
    line.go_on(10)
    stopped = line.now
    line.free = stopped + 60  # nobody reads for a minute
    line.go_on(60)
    assert line.free - line.now < 4  # little has been sent meanwhile
    line.worst = 0.0
    line.go_on(20)
    line.worst = 0.0
    line.go_on(10)
    assert line.worst < 0.7


def test_a_terminal_that_does_not_answer_is_not_waited_for() -> None:
    window = SendWindow()
    window.send(4, 0.0)
    window.hurry()
    assert not window.is_paced
    for second in range(100):
        assert window.room == math.inf
        window.send(10_000, float(second))
        if window.deadline <= second:
            window.give_up()
    window.answer(100.0)  # it does after all
    assert window.is_paced


def test_one_that_answers_is_not_hurried() -> None:
    window = SendWindow()
    window.send(4, 0.0)
    window.answer(0.1)
    window.hurry()
    assert window.is_paced


def test_answers_that_are_lost_slow_things_down_and_stop_nothing() -> None:
    line = Line(1e6)
    line.go_on(2)
    line._answers.clear()  # somebody else has read them
    before = line.sent
    line.go_on(30)
    assert line.sent - before > 1_000_000


@given(st.lists(st.sampled_from([ANSWER, "\x1b", "[", "0", "n", "a", "\x1b[A"]), max_size=8).map("".join), st.data())
def test_it_does_not_matter_how_the_line_cuts_answers(sent: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(sent)))
    assert understood(sent) == understood(sent[:cut], sent[cut:])


def understood(*reads: str) -> tuple[int, str]:
    """Return how many answers were read, and what else."""
    pieces = split(*reads)
    assert "" not in pieces  # the end of the input, for Textual's parser
    return pieces.count(ANSWER), "".join(piece for piece in pieces if piece != ANSWER)


def split(*reads: str) -> list[str]:
    """Return the pieces of reads after which nothing comes for a while."""
    now = 0.0
    escapes = EscapeSplitter(clock=lambda: now)
    pieces = [piece for read in reads for piece in split_answers(escapes.feed(read))]
    now = 2.0
    return pieces + list(split_answers(escapes.expire()))


@pytest.mark.parametrize(
    ("reads", "pieces"),
    [
        ((f"a{ANSWER}b",), ["a", ANSWER, "b"]),
        ((ANSWER * 2,), [ANSWER] * 2),
        (("\x1b", "[0n"), [ANSWER]),
        (("\x1b[", "0n"), [ANSWER]),
        (("\x1b[0", "nq"), [ANSWER, "q"]),
        (("\x1b[", "A"), ["\x1b[A"]),
        (("\x1b[", "\x1b\x1b[A"), ["\x1b[", ESCAPE, "\x1b[A"]),
        (("\x1b[0",), []),
    ],
)
def test_answers_are_told_from_keys(reads: tuple[str, ...], pieces: list[str]) -> None:
    assert split(*reads) == pieces


# ---------------------------------------------------------------- a real terminal's file


class Reader:
    """The other end of a pseudo-terminal."""

    def __init__(self, output: PacedOutput, file: int, shell: int) -> None:
        self.output = output
        self.shell = shell
        self._file = file

    def read(self) -> bytes:
        """Return what there is to read."""
        found = b""
        while select.select([self._file], [], [], 0)[0]:
            found += os.read(self._file, 1 << 16)
        return found

    async def read_on(self, condition: Callable[[bytes], bool]) -> bytes:
        found, end = b"", time.monotonic() + 10
        while not condition(found):
            assert time.monotonic() < end, f"read {found[-100:]!r}"
            found += self.read()
            await asyncio.sleep(0.005)
        return found


@asynccontextmanager
async def terminal(on_room: Callable[[], None] = lambda: None) -> AsyncIterator[Reader]:
    file, shell = pty.openpty()
    tty.setraw(shell)
    output = PacedOutput(shell, asyncio.get_running_loop(), on_room)
    try:
        yield Reader(output, file, shell)
        output.close(0.1)
    finally:
        os.close(file)
        os.close(shell)


async def test_what_is_written_asks_for_an_answer() -> None:
    async with terminal() as reader:
        reader.output.write("one")
        reader.output.write("two", request=True)
        assert reader.read() == f"onetwo{REQUEST}".encode()
        assert reader.output.window.requests == 1


async def test_the_shells_own_file_stays_one_that_blocks() -> None:
    async with terminal() as reader:
        assert os.get_blocking(reader.shell)


async def test_what_the_kernel_has_no_room_for_comes_later_and_nothing_blocks() -> None:
    told = []
    async with terminal(lambda: told.append(1)) as reader:
        began = time.monotonic()
        reader.output.write("x" * 200_000 + "end")
        assert time.monotonic() - began < 10  # nobody reads: one that waits would wait for ever
        assert not reader.output.takes_more
        found = await reader.read_on(lambda found: found.endswith(b"end"))
        assert len(found) == 200_003
        assert reader.output.takes_more
        assert told


async def test_what_is_behind_is_thrown_away_when_leaving() -> None:
    async with terminal() as reader:
        reader.output.write("x" * 200_000)
        assert reader.output.drop()
        reader.output.write("bye")
        found = await reader.read_on(lambda found: found.endswith(b"bye"))
        assert len(found) < 70_000  # what the reader's side of the kernel had taken before


async def test_nothing_is_thrown_away_of_what_a_terminal_keeps_up_with() -> None:
    async with terminal() as reader:
        reader.output.write("kept", request=True)
        reader.output.answered(time.monotonic())
        assert not reader.output.drop()
        assert reader.read() == f"kept{REQUEST}".encode()


async def test_without_a_reader_the_end_comes_all_the_same() -> None:
    async with terminal() as reader:
        reader.output.write("x" * 200_000)
        began = time.monotonic()
    assert time.monotonic() - began < 10  # nobody ever reads


async def test_a_terminal_that_is_gone_is_no_error() -> None:
    file, shell = pty.openpty()
    output = PacedOutput(shell, asyncio.get_running_loop(), lambda: None)
    os.close(file)
    output.write("x", request=True)
    assert output.takes_more
    output.close(0.1)
    os.close(shell)


async def test_a_terminal_that_is_silent_is_written_to_after_a_moment() -> None:
    room = asyncio.Event()
    async with terminal(room.set) as reader:
        reader.output.begin()
        assert reader.output.window.is_paced
        await asyncio.wait_for(room.wait(), 5)
        assert not reader.output.window.is_paced


async def test_an_answer_that_does_not_come_is_given_up() -> None:
    room = asyncio.Event()
    async with terminal(room.set) as reader:
        reader.output.window.answer(time.monotonic())
        reader.output.write("x" * 1500, request=True)
        assert not reader.output.window.is_open
        await asyncio.wait_for(room.wait(), 10)
        assert reader.output.window.is_open
