"""What both HTTP servers, for other consoles and for the outside world, need against habits of asyncio and aiohttp."""

import asyncio
import logging


def keep_silent() -> None:
    """Log nothing of what clients send wrong: it is their fault, and standard error is the console's screen."""
    for name in ("aiohttp", "asyncio"):
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False


async def stop_listening(server: asyncio.Server) -> None:
    """Close a server's listening sockets once each connection that was accepted has its transport.

    One that has none yet could get none any more: asyncio would drop it unclosed, and say so to nobody (a race that
    CPython's issue 109564 describes: `Server._attach` asserts that the server is open).
    """
    loop = asyncio.get_running_loop()
    for listening in server.sockets:
        loop.remove_reader(listening.fileno())
    await asyncio.sleep(0)  # the task that asyncio takes for each makes the transport
    await asyncio.sleep(0)  # its protocol is told
    server.close()
