"""What is typed, from the bytes that a terminal sends to what the console does."""

import asyncio
import errno
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import StringIO
from random import Random
from typing import IO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual._xterm_parser import XTermParser
from textual.constants import ESCAPE_DELAY
from textual.drivers._writer_thread import WriterThread
from textual.message_pump import MessagePump
from textual.widgets import Input

from conntest_tui.tui import keyboard_driver as driver_module
from conntest_tui.tui.app import ConsoleApp
from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.dialogs import NoteDialog, TextDialog
from conntest_tui.tui.item_list import ItemList
from conntest_tui.tui.keyboard_driver import KeyboardDriver, LastingTerminal
from conntest_tui.tui.screens.console import ConsoleScreen
from conntest_tui.tui.screens.events import EventsScreen
from conntest_tui.tui.screens.outbox import OutboxScreen
from conntest_tui.tui.screens.wall import WallScreen
from conntest_tui.tui.table.filter_bar import FilterBar
from conntest_tui.tui.terminal_driver import TerminalDriver
from tests.fakes import FakeClock
from tests.tui.fake_source import FakeSource
from tests.tui.page_scenes import busy
from tests.tui.scenes import trouble
from tests.tui.seat import Seat, console


class Typist:
    """Types into a console as a terminal does."""

    def __init__(self, seat: Seat, line: int, reader: threading.Thread) -> None:
        self.seat = seat
        self.reader = reader
        self._line = line

    def send(self, data: str | bytes) -> None:
        """Let all of it arrive at once."""
        os.write(self._line, data.encode() if isinstance(data, str) else data)

    def hang_up(self) -> None:
        os.close(self._line)

    @property
    def filter(self) -> str:
        return self.seat.screen.query_one(FilterBar).query_one(Input).value

    async def sees(self, screen: type) -> None:
        await self.seat.until(lambda: isinstance(self.seat.app.screen, screen))


@asynccontextmanager
async def typist(preferences: Preferences | None = None, source: FakeSource | None = None) -> AsyncIterator[Typist]:
    """Sit in front of a console that reads from a line of its own."""
    async with console(source or FakeSource(trouble()), preferences=preferences) as seat:
        suspending = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT)}
        driver = KeyboardDriver(seat.app)
        driver.fileno, line = os.pipe()
        reader = threading.Thread(target=driver.run_input_thread)
        reader.start()
        try:
            yield Typist(seat, line, reader)
        finally:
            driver.exit_event.set()
            reader.join(2)
            os.close(driver.fileno)
            for number, handler in suspending.items():
                signal.signal(number, handler)
    assert not reader.is_alive()


class GoneTerminal(StringIO):
    """A terminal whose other end is closed: everything is an error (EIO)."""

    def write(self, text: str) -> int:
        del text
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def fileno(self) -> int:
        return 2


def test_a_terminal_that_is_gone_keeps_nobody_from_leaving() -> None:
    """Textual's own writer ends at the first error, and whoever writes for the 31st time waits for ever."""
    writer = WriterThread(cast("IO[str]", LastingTerminal(GoneTerminal())))
    writer.start()
    for _ in range(100):
        writer.write("x")
    writer.stop()
    assert not writer.is_alive()


def test_the_console_reads_terminals_with_it() -> None:
    assert ConsoleApp(FakeSource(), FakeClock()).driver_class is TerminalDriver


async def test_what_follows_the_key_that_opens_the_filter_is_typed_into_it() -> None:
    async with typist() as typing:
        typing.send("/web mask")
        await typing.seat.until(lambda: typing.filter == "web mask")
        assert isinstance(typing.seat.app.screen, ConsoleScreen)


async def test_what_follows_the_key_that_asks_is_the_answer() -> None:
    async with typist() as typing:
        typing.send("aOn the way\r")
        await typing.seat.until(lambda: bool(typing.seat.source.asked))
        assert "On the way" in str(typing.seat.source.asked)
        assert not isinstance(typing.seat.app.screen, NoteDialog)


async def test_a_page_is_opened_searched_left_and_another_opened() -> None:
    async with typist() as typing:
        typing.send("e/failed\r")
        await typing.sees(EventsScreen)
        await typing.seat.until(lambda: typing.seat.app.screen.query_one(Input).value == "failed")
        typing.send("\x1b\x1bw")
        await typing.sees(WallScreen)


async def test_a_key_that_leaves_the_filter_is_followed_by_one_that_is_no_text() -> None:
    async with typist() as typing:
        typing.send("/web\x1b[Bw")
        await typing.sees(WallScreen)
        assert typing.filter == "web"


EDITS: dict[str, Callable[[str, str], tuple[str, str]]] = {
    "a": lambda before, after: (before + "a", after),
    "b": lambda before, after: (before + "b", after),
    "\x7f": lambda before, after: (before[:-1], after),
    "\x1b[3~": lambda before, after: (before, after[1:]),
    "\x1b[D": lambda before, after: (before[:-1], before[-1:] + after),
    "\x1b[C": lambda before, after: (before + after[:1], after[1:]),
    "\x1b[H": lambda before, after: ("", before + after),
    "\x1b[F": lambda before, after: (before + after, ""),
    "\x1b[200~cd\x1b[201~": lambda before, after: (before + "cd", after),
}
"""Keys in a line of text, and what they make of what is before the cursor and after it."""


@pytest.mark.parametrize("seed", range(8))
async def test_a_line_is_edited_in_the_order_in_which_it_is_typed(seed: int) -> None:
    """Backspace goes through more queues than a letter does: in a burst the letter came first, and was taken back."""
    random = Random(seed)
    async with typist() as typing:
        for number in range(5):
            line, keys = ("", ""), random.choices(list(EDITS), weights=(3, 3, 6, 1, 1, 1, 1, 1, 1), k=20)
            for key in keys:
                line = EDITS[key](*line)
            typing.send("a")
            await typing.sees(NoteDialog)
            typing.send("".join(keys) + "\r")
            await typing.sees(ConsoleScreen)
            await typing.seat.until(lambda: len(typing.seat.source.asked) > number)  # noqa: B023 - awaited at once
            asked = typing.seat.source.asked[-1]
            assert "".join(line) in asked, keys


async def test_the_key_that_opens_a_line_finds_the_one_to_which_the_cursor_keys_have_led() -> None:
    """In the outbox enter goes before all other keys, and in a burst it opened the line that one had just left."""
    source = busy()
    written = [entry.message for entry in source.queries.entries]
    source.queries.messages = {number: f"Number {number}" for number in written if number is not None}
    async with typist(source=source) as typing:
        typing.send("o")
        await typing.sees(OutboxScreen)
        await typing.seat.until(lambda: typing.seat.app.screen.query_one(ItemList).selected is not None)
        for steps in (3, 1, 2):
            typing.send("\x1b[H" + "\x1b[B" * steps + "\r")
            await typing.sees(TextDialog)
            assert f"Number {written[steps]}" in str(
                typing.seat.app.screen.query_one("VerticalScroll > Static").render()
            )
            typing.send("\x1b")
            await typing.sees(OutboxScreen)


@pytest.mark.parametrize("sent", ["On the way\r", "On the wayX\x7f\r", "the way\x1b[HOn \r"])
async def test_what_was_typed_is_carried_out_though_the_operator_went_to_another_window(sent: str) -> None:
    """A terminal says that it has lost the focus; whatever line had it in the console has it no more."""
    async with typist() as typing:
        typing.send("a")
        await typing.sees(NoteDialog)
        typing.send(f"{sent}\x1b[O")
        await typing.seat.until(lambda: bool(typing.seat.source.asked))
        assert "On the way" in typing.seat.source.asked[0]
        await typing.seat.until(lambda: not typing.seat.app.app_focus)


async def test_a_cursor_key_that_is_bound_to_something_else_is_waited_for() -> None:
    async with typist(Preferences(keys={"table.filter": "right"})) as typing:
        typing.send("\x1b[Cweb")
        await typing.seat.until(lambda: typing.filter == "web")


@pytest.mark.parametrize("cut", [7, 9, 10, 12, 15])
async def test_what_is_pasted_is_no_key_wherever_the_line_cuts_it(cut: int) -> None:
    pasted = b"\x1b[200~a\x1bew\x1b[201~"
    async with typist() as typing:
        typing.send("/")
        typing.send(pasted[:cut])
        await asyncio.sleep(2 * ESCAPE_DELAY)
        typing.send(pasted[cut:] + b"b")
        await typing.seat.until(lambda: typing.filter.endswith("b"))
        assert isinstance(typing.seat.app.screen, ConsoleScreen)


async def test_in_a_line_of_text_one_moves_a_word_at_a_time() -> None:
    async with typist() as typing:
        typing.send("/one two")
        await typing.seat.until(lambda: typing.filter == "one two")
        typing.send("\x1bb-")
        await typing.seat.until(lambda: typing.filter == "one -two")


@pytest.mark.parametrize("sent", ["\x1be", "w\x1be", "\x1b\x1b\x1be", "?\x1b/x\x1be"])
async def test_escape_and_the_key_after_it_are_two_keys(sent: str) -> None:
    async with typist() as typing:
        typing.send(sent)
        await typing.sees(EventsScreen)


@pytest.mark.parametrize(("bound", "sent"), [("alt+m,e", "\x1bm"), ("alt+shift+m", "\x1bM")])
async def test_a_key_that_is_bound_with_alt_is_one_key(bound: str, sent: str) -> None:
    async with typist(Preferences(keys={"app.events": bound})) as typing:
        typing.send(sent)
        await typing.sees(EventsScreen)


@pytest.mark.parametrize("following", ["", "f"], ids=["alone", "and a key that moves by words in a line of text"])
async def test_escape_leaves_a_page(following: str) -> None:
    async with typist() as typing:
        typing.send("w")
        await typing.sees(WallScreen)
        typing.send(f"\x1b{following}")
        await typing.sees(ConsoleScreen)
        await typing.seat.until(lambda: bool(typing.seat.source.asked) == bool(following))


@pytest.mark.parametrize("noise", [b"\xff", b"\xc3\x28", b"\xe2\x82", b"\x1b\xff", b"\x00", b"\x1b[\xff"])
async def test_bytes_that_are_no_text_do_no_harm(noise: bytes) -> None:
    """Noise on a serial line, or a terminal that types Latin-1."""
    async with typist() as typing:
        typing.send(noise)
        typing.send("\x1b\x1b\x1be")
        await typing.sees(EventsScreen)


@pytest.mark.parametrize("keys", ["", "w", "e", "o", "\r", "p", "C", "F", "?", "/", "q"], ids=repr)
async def test_no_character_ends_the_program(keys: str) -> None:
    """Textual calls a method `key_at` for the key `@`."""
    async with typist() as typing:
        typing.send(keys)
        await asyncio.sleep(0.3)
        typing.send("@\x1b[50;2;64u\x1b[7@")
        await asyncio.sleep(0.3)
        assert typing.reader.is_alive()
        assert typing.seat.app.return_code is None
        assert typing.seat.app._exception is None


ODD = ("\x1b[1;1:3D", "\x1b[97:65;2u", "\x1b[1114112u", "\x1b[27;5;1114112~", f"\x1b[{'9' * 20};5H")
"""Releases of keys and other keys of theirs (kitty's protocol), codes that are none, more digits than there are."""


@pytest.mark.parametrize("sent", ODD, ids=repr)
async def test_a_sequence_that_is_none_ends_nothing(sent: str) -> None:
    async with typist() as typing:
        typing.send(f"{sent}w")
        await typing.sees(WallScreen)


@given(st.lists(st.text("0123456789;:<=>?!$ ABDHMuRZctnI~@", max_size=24), max_size=4))
def test_whatever_a_terminal_sends_the_parser_refuses_in_two_ways_only(sequences: list[str]) -> None:
    parser = XTermParser(False)
    for sequence in sequences:
        try:
            list(parser.feed(f"\x1b[{sequence}"))
        except (ValueError, OverflowError):  # as `KeyboardDriver._parse` does
            parser = XTermParser(False)


async def test_what_is_pasted_is_no_command_whatever_is_in_it() -> None:
    pasted = "core \x1b[31mdown\x1b[0m\x1b x"
    async with typist() as typing:
        typing.send(f"\x1b[200~{pasted}\x1b[201~/\x1b[200~{pasted}\x1b[201~.")
        await typing.seat.until(lambda: typing.filter.endswith("."))
        assert typing.filter == "core down x."
        assert isinstance(typing.seat.app.screen, ConsoleScreen)


async def test_a_line_that_hangs_up_ends_the_reading() -> None:
    async with typist() as typing:
        typing.hang_up()
        await typing.seat.until(lambda: not typing.reader.is_alive())


async def test_a_loop_that_settles_no_more_does_not_keep_the_reader_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that goes in the middle of a burst ends the loop: the reader must end too, or the program stays."""
    never = asyncio.Event()

    async def hang(_app: object, _patience: float) -> None:
        await never.wait()

    monkeypatch.setattr(driver_module, "wait_until_idle", hang)
    monkeypatch.setattr(driver_module, "_PATIENCE", 0.1)
    async with typist() as typing:
        typing.send("ww")
        typing.hang_up()
        await typing.seat.until(lambda: not typing.reader.is_alive())


async def test_an_app_that_takes_no_messages_any_more_is_not_waited_for() -> None:
    """It ends with a message left in a queue: the wait looked at it for ever, and the end of the program with it."""
    async with console(FakeSource(trouble())) as seat:
        calls = 0

        def refuse(*_arguments: object) -> bool:
            nonlocal calls
            calls += 1
            if calls > 1000:
                raise TimeoutError
            return False

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(MessagePump, "call_later", refuse)
            patch.setattr(MessagePump, "message_queue_size", 1)
            await driver_module.wait_until_idle(seat.app, 5)
    assert calls < 100


@pytest.mark.parametrize(
    ("first", "second"), [("\x1b[?1", ";2c"), ("\x1b]11;rgb:21", "21/2121/2121\x1b\\"), ("\x1b", "[8;24;80t")]
)
async def test_an_answer_that_the_line_has_cut_opens_nothing(first: str, second: str) -> None:
    async with typist() as hand:
        hand.send(first)
        await asyncio.sleep(0.3 if len(first) > 1 else 0.03)
        hand.send(second + "w")
        await hand.sees(WallScreen)
        assert len(hand.seat.app.screen_stack) == 2
