"""Chromium without a screen, as people see a page: over the DevTools protocol, as large and as dark as wanted.

See https://chromedevtools.github.io/devtools-protocol/.
"""

import asyncio
import base64
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = shutil.which("chromium") or ""
PATIENCE = 30.0

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-port=0"),
)
_ADDRESS = re.compile(rb"DevTools listening on (ws://\S+)")


class BrowserPage:
    """One page of it.

    Attributes:
        complaints: what the browser has said about the page: blocked styles, errors.
    """

    def __init__(self, wire: aiohttp.ClientWebSocketResponse) -> None:
        self._wire, self._number, self._session = wire, 0, ""
        self._happened: list[str] = []
        self.complaints: list[str] = []

    async def begin(self) -> None:
        """Open the page."""
        made = await self._do("Target.createTarget", url="about:blank")
        attached = await self._do("Target.attachToTarget", targetId=made["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Log", "Runtime", "Accessibility"):
            await self._do(f"{domain}.enable")

    async def see(self, address: str, width: int, height: int, *, dark: bool = False) -> None:
        """Load an address in a window of so many pixels."""
        await self._do(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self._do("Emulation.setEmulatedMedia", features=[scheme])
        self._happened.clear()
        await self._do("Page.navigate", url=address)
        async with asyncio.timeout(PATIENCE):
            while "Page.loadEventFired" not in self._happened:
                self._take(await self._wire.receive_json())

    async def value_of(self, expression: str) -> Any:
        """Return what a line of JavaScript makes of the page; the page itself may run none."""
        found = await self._do("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def spoken(self) -> list[tuple[str, str]]:
        """Return what a screen reader finds: role and name of each node that it does not pass over."""
        tree = await self._do("Accessibility.getFullAXTree")
        return [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in tree["nodes"]
            if not node["ignored"]
        ]

    async def picture(self, path: Path) -> None:
        """Keep what is seen."""
        shot = await self._do("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        await asyncio.to_thread(path.write_bytes, base64.b64decode(shot["data"]))

    async def _do(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        said: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            said["sessionId"] = self._session
        async with asyncio.timeout(PATIENCE):
            await self._wire.send_json(said)
            while True:
                answer = await self._wire.receive_json()
                if answer.get("id") == self._number:
                    assert "error" not in answer, (method, answer)
                    return dict(answer["result"])
                self._take(answer)

    def _take(self, event: dict[str, Any]) -> None:
        self._happened.append(event.get("method", ""))
        if event.get("method") == "Log.entryAdded":
            self.complaints.append(event["params"]["entry"]["text"])


@asynccontextmanager
async def browser() -> AsyncIterator[BrowserPage]:
    """Run Chromium with one page; it and its files are gone afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        program = await asyncio.create_subprocess_exec(
            CHROMIUM, *_FLAGS, f"--user-data-dir={directory}", stderr=asyncio.subprocess.PIPE
        )
        try:
            assert program.stderr is not None
            found = None
            async with asyncio.timeout(PATIENCE):
                while found is None:
                    line = await program.stderr.readline()
                    assert line, "chromium ended"
                    found = _ADDRESS.search(line)
            reading = asyncio.create_task(program.stderr.read())
            async with (
                aiohttp.ClientSession() as client,
                client.ws_connect(found[1].decode(), max_msg_size=1 << 28) as wire,
            ):
                page = BrowserPage(wire)
                await page.begin()
                yield page
            reading.cancel()
        finally:
            program.terminate()
            try:
                await asyncio.wait_for(program.wait(), PATIENCE)
            except TimeoutError:
                program.kill()
                await program.wait()
