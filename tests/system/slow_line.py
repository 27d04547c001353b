"""A program on a line as they are: slow, far, or with nobody reading; judged on a model of the terminal's screen."""

import os
import select
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import pexpect
import pyte

_AT_ONCE = 1 << 16
_STEP = 0.005  # seconds between two looks at the line


class _Screen(pyte.Screen):
    """pyte's screen, which hands the terminal's answers over."""

    def __init__(self, columns: int, lines: int, answer: Callable[[str], None]) -> None:
        self._answer = answer
        super().__init__(columns, lines)

    def write_process_input(self, data: str) -> None:
        self._answer(data)


class SlowLine:
    """A program in a pseudo-terminal, and between that and the terminal a line; both are gone with the context.

    Attributes:
        received: bytes that have come out of the line.
        rate: bytes that it carries in a second.
        reads: whether anybody reads at its end.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (80, 24),
        rate: float = 1e9,
        delay: float = 0.0,
        answers: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start the program.

        Args:
            command: what to run.
            size: columns and rows of the terminal.
            rate: bytes a second of the line to the terminal.
            delay: seconds from one end of it to the other, each way.
            answers: whether the terminal answers to status requests.
            environment: changes to it.
        """
        self.received, self.rate, self.reads = 0, rate, True
        self._delay, self._answers = delay, answers
        columns, rows = size
        clean = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "TEXTUAL_THEME", "TMUX"}}
        setting = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"} | dict(environment or {})
        self.began = time.perf_counter()
        self._child = pexpect.spawn(
            command[0], list(command[1:]), dimensions=(rows, columns), env=clean | setting, echo=False
        )
        self._lock = threading.Lock()
        self._screen = _Screen(columns, rows, self._answer)
        self._stream = pyte.ByteStream(self._screen)
        self._in_line: deque[tuple[float, bytes]] = deque()
        self._typed: deque[tuple[float, bytes]] = deque()
        self._over = threading.Event()
        self._hung_up = False
        self.ended_at: float | None = None
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(5)
        if self._hung_up:
            os.kill(self.pid, signal.SIGKILL)
            self._child.wait()
        else:
            self._child.close(force=True)

    # ------------------------------------------------------------ the line

    def _carry(self) -> None:
        file, last, budget = self._child.child_fd, time.perf_counter(), 0.0
        while not self._over.is_set():
            now = time.perf_counter()
            budget, last = min(budget + (now - last) * self.rate, max(16.0, self.rate * 0.02)), now
            ready = self.reads and budget >= 1 and bool(select.select([file], [], [], 0)[0])
            if ready:
                try:
                    data = os.read(file, min(_AT_ONCE, int(budget)))
                except OSError:
                    data = b""
                if not data:
                    break
                budget -= len(data)
                self._in_line.append((now + self._delay, data))
            while self._in_line and self._in_line[0][0] <= now:
                data = self._in_line.popleft()[1]
                with self._lock:
                    self.received += len(data)
                    self._stream.feed(data)
            while self._typed and self._typed[0][0] <= now:
                os.write(file, self._typed.popleft()[1])
            if not ready or self.rate < 1e6:
                time.sleep(_STEP if not self._typed or self._delay else 0)
        self.ended_at = time.perf_counter()

    def _answer(self, data: str) -> None:
        if self._answers:
            self._typed.append((time.perf_counter() + self._delay, data.encode()))

    def type(self, keys: str) -> None:
        """Type keys."""
        self._typed.append((time.perf_counter() + self._delay, keys.encode()))

    def hang_up(self) -> None:
        """Take the terminal away, as when a window is closed."""
        self._over.set()
        self._thread.join(5)
        self._child.ptyproc.fileobj.close()
        self._hung_up = True

    def resize(self, columns: int, rows: int) -> None:
        """Change the terminal's size; what it shows then is a wild mess."""
        with self._lock:
            self._screen.resize(rows, columns)
            self._screen.reset_mode(7)
            self.scribble()
        self._child.setwinsize(rows, columns)

    def scribble(self) -> None:
        """Let something else write on the screen."""
        for row in range(0, self._screen.lines, 2):
            self._screen.cursor_position(row + 1, 1)
            self._screen.draw("foreign " * (self._screen.columns // 8))

    # ------------------------------------------------------------ what a person sees

    @property
    def pid(self) -> int:
        return int(self._child.pid)

    @property
    def lines(self) -> list[str]:
        """The rows of the screen."""
        with self._lock:
            return [str(line) for line in self._screen.display]

    @property
    def looks(self) -> list[list[tuple[Any, ...]]]:
        """The cells of the screen: character, colours, attributes that show."""
        with self._lock:
            buffer = self._screen.buffer
            return [[_look(buffer[y][x]) for x in range(self._screen.columns)] for y in range(self._screen.lines)]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, *texts: str, seconds: float = 30.0) -> float:
        """Wait until every text is on the screen; return the moment.

        Raises:
            AssertionError: they do not come in time.
        """
        return self.wait_until(lambda: all(text in self.text for text in texts), seconds, f"{texts}")

    def wait_until(self, condition: Callable[[], bool], seconds: float = 30.0, what: str = "it") -> float:
        deadline = time.perf_counter() + seconds
        while not condition():
            if time.perf_counter() > deadline:
                raise AssertionError(f"not within {seconds:g} s: {what}\n{self.text}")
            time.sleep(0.004)
        return time.perf_counter()

    def wait_for_calm(self, seconds: float = 1.5, most: float = 60.0) -> None:
        """Wait until the program has started and little is on its way: a clock may tick."""
        deadline, before = time.perf_counter() + most, -1000
        while self.received - before > 250 * seconds:
            assert time.perf_counter() < deadline, "it does not come to rest"
            before = self.received
            time.sleep(seconds)

    def wait_for_end(self, seconds: float = 30.0) -> float:
        """Wait until the program's process has ended; return the moment."""
        return self.wait_until(lambda: not is_alive(self.pid), seconds, "the end of the program")


def _look(cell: Any) -> tuple[Any, ...]:
    blank = cell.data == " " and not (cell.underscore or cell.reverse or cell.strikethrough)
    if blank:
        return (" ", cell.bg)
    return cell.data, cell.fg, cell.bg, cell.bold, cell.italics, cell.underscore, cell.reverse, cell.strikethrough


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - read a thousand times
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


CONSOLE = (sys.executable, "-m", "tests.bench.calm")
"""A console over 60 hosts that all stay up."""
