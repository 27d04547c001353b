"""Garbage for the server of a monitor over a simulated network, by one command: `python -m tests.api.fuzz SECONDS`.

Half requests, requests that are none, bodies of random JSON, connections that are cut; in between it must answer.
"""

import json
import os
import random
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.api.served import Served

NAMES = ["request", "names", "note", "seconds", "start", "end", "new", "entry", "anew", "id", "host"]
KINDS = ["recheck", "acknowledge", "unacknowledge", "mute", "unmute", "add_host", "reload", "retry_mail", "discard"]
PATHS = ["/v1", "/v1/watch", "/v1/events", "/v1/host_report", "/v1/samples", "/v1/requests", "/v1/message", "/", "*"]


def value(chance: random.Random, depth: int = 0) -> Any:
    """Return any JSON value."""
    kind = chance.randrange(9 if depth < 3 else 7)
    simple = (None, True, -1, 1e308, "nan", chance.choice(["10.1.1.1", "\ud800", "x" * 2_000, "\x1b]0;"]), 10**40)
    if kind < 7:
        return simple[kind]
    if kind == 7:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(NAMES): value(chance, depth + 1) for _ in range(chance.randrange(5))}


def garbage(chance: random.Random) -> bytes:
    """Return what a client sends."""
    if chance.random() < 0.2:
        return chance.randbytes(chance.randrange(20_000))
    body = value(chance)
    if isinstance(body, dict):
        body["request"] = chance.choice(KINDS)
    data = json.dumps(body).encode() if chance.random() < 0.8 else chance.randbytes(100)
    length = len(data) + chance.choice([0, 0, 0, 5, 10**9, -1])
    query = f"?{chance.choice(NAMES)}={chance.choice(['1', 'nan', '%00', '%ff', 'x' * 3_000])}"
    head = (
        f"{chance.choice(['GET', 'POST', 'PUT', 'BREW'])} {chance.choice(PATHS)}{query} HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
    sent = head.encode() + data
    return sent[: chance.randrange(len(sent))] if chance.random() < 0.3 else sent


def fuzz(seconds: float, seed: int = 1) -> int:
    """Send garbage for some time; return how often. Whatever keeps the server from answering is raised."""
    chance, sent, end = random.Random(seed), 0, time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as directory:
        served = Served(Path(directory))
        try:
            while time.monotonic() < end:
                with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
                    client.settimeout(0.02)
                    client.connect(os.fspath(served.path))
                    client.sendall(garbage(chance))
                    client.recv(1 << 16)
                sent += 1
                if sent % 50 == 0:
                    assert served.ask("/v1")[0] == 200
                    assert served.thread.is_alive()
        finally:
            served.close()
    return sent


if __name__ == "__main__":
    print(f"{fuzz(float(sys.argv[1]))} times garbage, and it answers")  # noqa: T201
