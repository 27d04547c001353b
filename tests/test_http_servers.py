"""The end of listening, at each turn of the loop at which somebody may just be let in."""

import asyncio
import gc
import socket
import sys
from contextlib import ExitStack

import pytest

from conntest_tui.http_servers import stop_listening

TURNS = range(6)
"""Of the loop, after connections came: they are accepted in the second, and have their transports one later."""


class _Door(asyncio.Protocol):
    let_in = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        type(self).let_in += 1
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("turns", TURNS)
async def test_whoever_was_accepted_is_let_in(turns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda fault: forgotten.append(str(fault.exc_value)))
    opened: list[_Door] = []

    def door() -> _Door:
        opened.append(_Door())
        return opened[-1]

    monkeypatch.setattr(_Door, "let_in", 0)
    server = await asyncio.get_running_loop().create_server(door, "127.0.0.1", 0)
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(socket.create_connection(server.sockets[0].getsockname()))
        for _ in range(turns):
            await asyncio.sleep(0)
        await stop_listening(server)
        await asyncio.sleep(0.05)
        gc.collect()
    assert (_Door.let_in, forgotten) == (len(opened), [])
    assert len(opened) == 5 or turns < 2
