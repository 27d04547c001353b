"""Writing to a terminal no faster than it takes it.

Neither a pseudo-terminal nor ssh tells how much of what was written has not been shown yet: TIOCOUTQ is 0, tcdrain
returns at once, 20 kB fit into the kernel and megabytes into ssh. A terminal answers in order, though: once it has
answered a status request (DSR, ECMA-48 8.3.35: `CSI 5 n`) that came behind something, it has taken that.
"""

import asyncio
import math
import os
import termios
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

REQUEST, ANSWER = "\x1b[5n", "\x1b[0n"

_DELAY = 0.25  # seconds that what is sent may wait in the line
_LEAST, _FIRST, _MOST = 192, 1024, 1 << 15  # bytes of a window
_SILENT = 0.4  # seconds after which a terminal that has never answered is taken for one that does not
_LOST, _LOST_AT_MOST = 1.5, 12.0  # seconds after which an answer is given up; twice as many each time it does not come
_LATE = 1.0  # seconds between two of these
_SAMPLES = 8  # answers of an idle line: the quickest of them says how far it is
_CANCEL = "\x18"  # ends a control sequence that was cut (ECMA-48: CAN)


class _Request(NamedTuple):
    """A status request on its way, and what is in front of it since the one before.

    Attributes:
        size: bytes.
        at: when it was sent, seconds on the steady clock.
        delivered: bytes that the terminal had taken by then.
        since: from when on the line has carried what came after those.
        before: bytes that were on their way then, its own included.
    """

    size: int
    at: float
    delivered: int
    since: float
    before: int

    @property
    def was_alone(self) -> bool:
        """Whether nothing else was on its way."""
        return self.size == self.before


class SendWindow:
    """How many bytes may be on their way to a terminal: as many as the line takes in a quarter of a second.

    The window doubles as long as answers come quickly, and shrinks to what the line was seen to carry once what is sent
    has to queue. How far the terminal is does not count: an ssh of 200 ms is no slow line.

    Attributes:
        answers: whether the terminal has ever answered.
        requests: how many were sent.
    """

    def __init__(self) -> None:
        self.answers = False
        self.requests = 0
        self._size: float = _FIRST
        self._resized = 0.0  # when
        self._sent: deque[_Request] = deque()
        self._on_the_way = self._delivered = 0
        self._since = 0.0
        self._late = 0  # answers that were given up, and may come all at once when the terminal goes on
        self._late_at = math.inf
        self._heard_at = -math.inf
        self._distances: deque[float] = deque(maxlen=_SAMPLES)
        self._patience = _LOST

    @property
    def room(self) -> float:
        """Bytes that may be sent now and in one piece: a quarter of the window, so that one is always on its way."""
        return min(self._size - self._on_the_way, max(_LEAST, self._size / 4))

    @property
    def is_paced(self) -> bool:
        """Whether answers are expected."""
        return self._size < math.inf

    @property
    def is_open(self) -> bool:
        """Whether what may be sent is worth a request."""
        return not self._sent or self._size - self._on_the_way >= _LEAST / 2

    @property
    def deadline(self) -> float:
        """The moment on the steady clock until which the next answer is waited for."""
        return max(self._sent[0].at, self._heard_at) + self._patience if self._sent else math.inf

    @property
    def distance(self) -> float:
        """Seconds to the terminal and back, as far as they are known."""
        return min(self._distances, default=0.0)

    def send(self, size: int, now: float) -> None:
        """Count bytes that end in a request."""
        if not self._sent:
            self._since = now + self.distance
        self._on_the_way += size
        self._sent.append(_Request(size, now, self._delivered, self._since, self._on_the_way))
        self.requests += 1

    def answer(self, now: float) -> None:
        """Learn from an answer."""
        if not self.answers:
            self.answers, self._size = True, _FIRST
        self._patience, self._heard_at = _LOST, now
        if self._late and now - self._late_at < _LATE:
            self._late, self._late_at = self._late - 1, now
            return
        self._late = 0  # what has not come by now was lost
        if not self._sent:
            return  # another program has asked
        request = self._sent.popleft()
        self._on_the_way -= request.size
        self._delivered += request.size
        self._since = now
        took = now - request.at
        if (request.was_alone and request.size <= _LEAST) or not self._distances:
            self._distances.append(took)
        queued = took - self.distance
        if queued > _DELAY and now > request.since:
            rate = (self._delivered - request.delivered) / (now - request.since)
            self._size, self._resized = max(_LEAST, rate * (self.distance + _DELAY)), now
        elif queued < _DELAY / 2 and request.at >= self._resized and 2 * request.before > self._size:
            self._size, self._resized = min(_MOST, self._size * 2), now  # once per round trip

    def hurry(self) -> None:
        """Hold nothing back from a terminal that does not answer; one that does later is paced from then on."""
        if not self.answers:
            self._size = math.inf

    def give_up(self) -> None:
        """Wait no more for the answers: nobody reads, somebody else has read them, or this terminal gives none."""
        self._patience = min(_LOST_AT_MOST, 2 * self._patience)
        if self.answers:
            # Where some have come since the last time, the others are lost.
            self._late = self._late + len(self._sent) if self._late_at == math.inf else 0
            self._late_at = math.inf
            self._size = _LEAST
        self._sent.clear()
        self._on_the_way = 0


class PacedOutput:
    """Writes to one terminal, from the event loop; nothing of it blocks.

    Attributes:
        window: how much may be sent.
    """

    def __init__(self, file: int, loop: asyncio.AbstractEventLoop, on_room: Callable[[], None]) -> None:
        """Open the terminal once more.

        O_NONBLOCK on the file that we got would be the shell's too: it belongs to the open file, which is shared.

        Args:
            file: descriptor of the terminal.
            loop: the running event loop.
            on_room: called when there may be room again.

        Raises:
            OSError: it is no terminal, or cannot be opened, as that of another user.
        """
        self.window = SendWindow()
        self._file = os.open(os.ttyname(file), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        self._loop = loop
        self._on_room = on_room
        self._unwritten = b""  # the kernel had no room for it
        self._waits = False
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Find out whether the terminal answers; it must not echo any more."""
        self.write("", request=True)
        self._loop.call_later(_SILENT, self._hurry)

    def _hurry(self) -> None:
        self.window.hurry()
        self._on_room()

    @property
    def takes_more(self) -> bool:
        """Whether the kernel has taken all that was written."""
        return not self._unwritten

    def write(self, text: str, *, request: bool = False) -> None:
        """Write; what the kernel has no room for goes out when it has.

        Args:
            text: what to write.
            request: whether the terminal is asked to say when it has taken it.
        """
        data = f"{text}{REQUEST * request}".encode()
        if request:
            self.window.send(len(data), time.monotonic())
            self._wait_for_answer()
        self._unwritten += data
        self._push()

    def answered(self, at: float) -> None:
        """Take an answer of the terminal, read at that moment on the steady clock."""
        self.window.answer(at)
        self._wait_for_answer()
        self._on_room()

    def _wait_for_answer(self) -> None:
        if self._timer is None and self.window.deadline < math.inf:
            self._timer = self._loop.call_later(max(0.0, self.window.deadline - time.monotonic()), self._look)

    def _look(self) -> None:
        """Give up what has not been answered by now."""
        self._timer = None
        if time.monotonic() >= self.window.deadline:
            self.window.give_up()
            self._on_room()
        self._wait_for_answer()

    def _push(self) -> None:
        """Hand to the kernel what it has room for."""
        try:
            self._unwritten = self._unwritten[os.write(self._file, self._unwritten) :]
        except BlockingIOError:
            pass
        except OSError:  # the terminal is gone: SIGHUP ends the program
            self._unwritten = b""
        if bool(self._unwritten) is not self._waits:
            self._waits = not self._waits
            if self._waits:
                self._loop.add_writer(self._file, self._push_on)
            else:
                self._loop.remove_writer(self._file)

    def _push_on(self) -> None:
        self._push()
        if not self._unwritten:
            self._on_room()

    # ------------------------------------------------------------ the end

    def drop(self) -> bool:
        """Throw away what the terminal has not taken, if it is behind, and return whether that was so."""
        is_behind = bool(self._unwritten) or not self.window.answers
        if is_behind:
            with suppress(termios.error):
                termios.tcflush(self._file, termios.TCOFLUSH)
            self._unwritten = _CANCEL.encode()
            self._push()
        return is_behind

    def close(self, patience: float) -> None:
        """Write what is left for at most so many seconds, and end."""
        end = time.monotonic() + patience
        while self._unwritten and time.monotonic() < end:
            self._push()
            time.sleep(0.01)
        if self._waits:
            self._loop.remove_writer(self._file)
        if self._timer is not None:
            self._timer.cancel()
        os.close(self._file)
