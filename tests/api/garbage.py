"""What clients send that nobody should: garbage for the API of a monitor, and those who send it."""

import gzip
import json
import os
import random
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from conntest_tui.api.query_parameters import QUERIES
from conntest_tui.api.request_bodies import KINDS

NAMES = ["request", "names", "note", "seconds", "start", "end", "new", "entry", "anew", "id", "host", "by", "reason"]
HOSTS = ["127.0.0.1", "192.0.2.9", "192.0.2.9", "127.0.0.2", "nowhere.invalid", "", "*", "\u202e", "192.0.2.9\n"]
FORGED = "on it\r\nadmin: 192.0.2.9 acknowledged by mallory\x1b]0;mallory\x07 (by mallory)\u2028\x9b31m"
TEXTS = ["", "on it", FORGED, "x" * 999, "x" * 1_001, "\ud800", "e\u0301" * 400, "\0", "[/red][@click=app.quit]"]
NUMBERS = [0, -1, 1, 60, 5.5, 1e308, 10**40, 1.7e9, 253_402_300_799, 253_402_300_800, -0.0, 1e-320, "nan", "inf", True]
PATHS = [
    "/v1",
    "/v1/watch",
    "/v1/requests",
    "/v1/snapshot",
    "/",
    "*",
    "/v1/../v1",
    *(f"/v1/{name}" for name in QUERIES),
]

Send = Callable[[random.Random], bytes]


def value(chance: random.Random, depth: int = 0) -> Any:
    """Return any JSON value, and some that are none."""
    kind = chance.randrange(6 if depth < 3 else 4)
    if kind == 4:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == 5:
        return {chance.choice(NAMES): value(chance, depth + 1) for _ in range(chance.randrange(5))}
    plain: Sequence[Sequence[Any]] = ([None, float("nan"), float("inf")], NUMBERS, TEXTS, HOSTS)
    return chance.choice(plain[kind])


def request(chance: random.Random) -> dict[str, Any]:
    """Return a request as it should be, with odd values."""
    kind = chance.choice(list(KINDS))
    said: dict[str, Any] = {"request": kind, "id": str(chance.randrange(1_000))}
    if kind in {"recheck", "acknowledge", "unacknowledge", "mute", "unmute"}:
        said["names"] = chance.choice([None, HOSTS, [chance.choice(HOSTS)], HOSTS * 500])
    if kind == "acknowledge":
        said |= {"note": chance.choice(TEXTS), "anew": chance.random() < 0.5}
    if kind == "mute":
        said |= {chance.choice(["seconds", "start", "end"]): chance.choice(NUMBERS) for _ in range(2)}
        said["reason"] = chance.choice(TEXTS)
    if kind == "add_host":
        host = chance.choice([*HOSTS, f"127.0.{chance.randrange(256)}.{chance.randrange(256)}"])
        said["new"] = {"host": host, "description": chance.choice(TEXTS), "group": chance.choice(TEXTS)}
    if kind == "discard":
        ids = {"message": chance.choice([None, 1, 10**18]), "notification": chance.choice([None, 1, -1])}
        said["entry"] = {**ids, "kind": "down", "subject": FORGED, "created": 0.0}
    return said


def changed(chance: random.Random) -> dict[str, Any]:
    """Return a request with something wrong about it."""
    said = request(chance)
    for _ in range(chance.randrange(1, 3)):
        said[chance.choice([*said, *NAMES])] = value(chance)
    return said | ({"by": "mallory"} if chance.random() < 0.1 else {})


def http(chance: random.Random, body: bytes, path: str = "/v1/requests") -> bytes:
    """Return an HTTP request with a body, mostly as it should be."""
    odd = [f"X: {'y' * 9_000}", "Transfer-Encoding: chunked", "Content-Encoding: gzip", "Expect: 100-continue"]
    odd += ["Upgrade: websocket\r\nConnection: Upgrade", "Host: evil.example", "Origin: http://localhost", "\0: \0"]
    lines = [f"{'POST' if body else 'GET'} {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines.append(f"Content-Length: {max(0, len(body) + chance.choice([0] * 9 + [-5, 5, 10**9]))}")
    lines += chance.sample(odd, 1) if chance.random() < 0.1 else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def _json(said: Any) -> bytes:
    return json.dumps(said, ensure_ascii=True).encode()


def _query(chance: random.Random) -> bytes:
    names = [*NAMES, "limit", "before", "kinds", "words", "since", "number", "at", "text", "after", "only", "prefix"]
    values = ["1", "-1", "nan", "1e400", "9" * 30, "%00", "%ff%1b", "x" * 3_000, "%F0%9F%A6%84", "failed,muted"]
    query = "&".join(f"{chance.choice(names)}={chance.choice(values)}" for _ in range(chance.randrange(4)))
    return http(chance, b"", f"{chance.choice(PATHS)}?{query}")


WAYS: tuple[Send, ...] = (
    lambda chance: chance.randbytes(chance.randrange(20_000)),
    lambda chance: http(chance, _json(request(chance))),
    lambda chance: http(chance, _json(request(chance))),
    lambda chance: http(chance, _json(changed(chance))),
    lambda chance: http(chance, _json(changed(chance))),
    lambda chance: http(chance, _json(value(chance))),
    lambda chance: http(chance, b"[" * chance.randrange(200_000)),
    lambda chance: http(chance, _json(request(chance)) + chance.randbytes(20)),
    lambda chance: http(chance, gzip.compress(b" " * 10_000_000)).replace(
        b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n", 1
    ),
    lambda chance: http(chance, _json(request(chance))) * chance.randrange(2, 200),
    lambda chance: b"GET /v1 HTTP/1.1\r\nHost: localhost\r\n\r\n" * chance.randrange(2, 3_000),
    _query,
    _query,
)


class Rude:
    """One who sends garbage to a socket, from many connections, as fast as it goes.

    Attributes:
        sent: how often.
        faults: answers that say that the monitor itself is at fault.
    """

    def __init__(self, path: Path, seed: int, *, crowd: int) -> None:
        """Send nothing yet; `crowd` are the connections that it holds at most."""
        self.path, self.chance, self.crowd = path, random.Random(seed), crowd
        self.sent, self.faults = 0, list[bytes]()
        self._held: list[socket.socket] = []

    def send(self, seconds: float) -> None:
        """Go on for some time."""
        end = time.monotonic() + seconds
        with ExitStack() as stack:
            stack.callback(self._leave)
            while time.monotonic() < end:
                with suppress(OSError):
                    self._once()
                self.sent += 1

    def _leave(self) -> None:
        for one in self._held:
            one.close()

    def _once(self) -> None:
        match self.chance.randrange(400):
            case 0:
                self._large()
            case 1:
                self._many()
            case dice if dice < 20:
                self._hold()
            case _:
                self._ask(self.chance.choice(WAYS)(self.chance))

    def _connect(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        made.connect(os.fspath(self.path))
        made.settimeout(0.05)
        return made

    def _ask(self, data: bytes) -> None:
        cut = self.chance.randrange(len(data) + 1) if self.chance.random() < 0.2 else len(data)
        with self._connect() as end:
            end.sendall(data[:cut])
            if self.chance.random() < 0.1:
                end.shutdown(socket.SHUT_WR)
            if self.chance.random() < 0.8:
                said = end.recv(1 << 16)
                if said[9:10] == b"5":
                    self.faults.append(data[:2_000] + b" -> " + said[:500])

    def _large(self) -> None:
        """Send 100 MB, announced or not."""
        announced = self.chance.choice([b"Content-Length: 104857600", b"Transfer-Encoding: chunked"])
        piece = b" " * (1 << 20)
        with self._connect() as end:
            end.settimeout(1)
            end.sendall(
                b"POST /v1/requests HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n".replace(
                    b" a", b" localhost"
                )
            )
            end.sendall(announced + b"\r\n\r\n")
            for _ in range(100):
                end.sendall(piece if announced.startswith(b"C") else b"100000\r\n" + piece + b"\r\n")

    def _many(self) -> None:
        """Connect with as many as there may be, and leave at once."""
        with ExitStack() as stack:
            for _ in range(self.crowd):
                stack.enter_context(self._connect())

    def _hold(self) -> None:
        """Hold connections: silent ones, slow ones, and viewers that do not read; give each a byte now and then."""
        if len(self._held) >= self.crowd:
            self._held.pop(self.chance.randrange(len(self._held))).close()
        made = self._connect()
        self._held.append(made)
        made.sendall(self.chance.choice([b"", b"P", b"GET /v1/watch HTTP/1.1\r\nHost: localhost\r\n\r\n"]))
        for one in self._held:
            with suppress(OSError):
                one.sendall(self.chance.choice([b"G", b"\r", b"x", b"GET /v1 HTTP/1.1\r\nHost: localhost\r\n\r\n"]))
