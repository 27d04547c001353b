"""What is answered over HTTP: a handful of pages, to be looked at by whoever may connect. Nothing here acts."""

import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from aiohttp import web

from conntest_tui.config.listen_address import asked_name
from conntest_tui.config.problems import Refused
from conntest_tui.monitor import Monitor
from conntest_tui.web.metrics_text import CONTENT_TYPE
from conntest_tui.web.monitor_view import MonitorView
from conntest_tui.web.open_trouble import SiteView
from conntest_tui.web.status_json import status_json
from conntest_tui.web.status_page import CONTENT_POLICY, status_page

PIECE = 64 << 10
"""Bytes that are handed to a connection at once: so many, and what the kernel holds, wait for a slow reader."""

METHODS = ("GET", "HEAD")

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "conntest-tui",
}
"""What every answer says to a browser: run nothing, load nothing, keep nothing."""

Page = Callable[[web.BaseRequest, SiteView], Awaitable[web.StreamResponse]]


class ReadOnlyRoutes:
    """Answers for one monitor."""

    def __init__(self, monitor: Monitor, view: MonitorView, report: Callable[[str], None]) -> None:
        self._monitor, self._view, self._report = monitor, view, report
        self._pages: Mapping[str, Page] = {
            "/": self._page,
            "/status.json": self._json,
            "/metrics": self._metrics,
            "/healthz": self._health,
        }

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Let nothing but reading pass, and nobody by a name that is not ours; raises for a lost connection alone."""
        if request.method not in METHODS:
            return _refusal(405, f"Only {' and '.join(METHODS)} are answered here.", Allow=", ".join(METHODS))
        if not self._is_asked_by_our_name(request):
            return _refusal(421, "This is not the name of this monitor: see http.hosts in settings.toml.")
        page = self._pages.get(request.raw_path.partition("?")[0])
        if page is None:
            return _refusal(404, f"There is no such page. There are {', '.join(self._pages)}.")
        try:
            return await page(request, await self._view.look())
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - the outermost edge of an answer: the watch and others go on
            self._report(f"an answer ended with {type(error).__name__}: {error}")
            return _refusal(500, "A fault of the program itself: its log says more.")

    def _is_asked_by_our_name(self, request: web.BaseRequest) -> bool:
        """Return whether the Host header names us: a page that gave its own name our address (DNS rebinding) does not.

        HTTP/1.0 needs none, and no browser speaks that.
        """
        said = request.headers.getall("Host", [])
        if len(said) != 1:
            return not said and request.version < (1, 1)
        return is_our_name(said[0], self._local_address(request), self._monitor.config.settings.http.hosts)

    def _local_address(self, request: web.BaseRequest) -> str:
        """Return the address of ours that a connection came in on."""
        name = request.transport.get_extra_info("sockname") if request.transport is not None else None
        return str(name[0]) if name else ""

    async def _page(self, request: web.BaseRequest, view: SiteView) -> web.StreamResponse:
        refresh = request.rel_url.raw_query_string != "refresh=0"
        key = int(view.now.wall), view.version, view.troubles, refresh
        made = await self._view.made(f"page {refresh}", key, partial(status_page, view, refresh=refresh))
        return await _send(request, made, "text/html; charset=utf-8", {"Content-Security-Policy": CONTENT_POLICY})

    async def _json(self, request: web.BaseRequest, view: SiteView) -> web.StreamResponse:
        key = int(view.now.wall), view.version, view.troubles
        made = await self._view.made("json", key, partial(status_json, view))
        return await _send(request, made, "application/json")

    async def _metrics(self, request: web.BaseRequest, view: SiteView) -> web.StreamResponse:
        made = await self._view.metrics(view)
        if made is None:
            return _refusal(503, "The watch has not begun yet.")
        return await _send(request, made, CONTENT_TYPE)

    async def _health(self, _request: web.BaseRequest, view: SiteView) -> web.StreamResponse:
        """Answer in words; the status is what programs look at."""
        if view.troubles:
            return _refusal(503, *view.troubles)
        return web.Response(text="ok\n", headers=SECURITY)


def is_our_name(host: str, own: str, others: tuple[str, ...]) -> bool:
    """Return whether a Host header names this machine.

    Args:
        host: it, with or without a port: that may be another one behind a tunnel, or another server.
        own: the address of ours that the connection came in on.
        others: names that the settings allow.
    """
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdigit() or name.endswith(":"):
        name = host
    try:
        asked = asked_name(name)
        address = ipaddress.ip_address(own.partition("%")[0])
    except (Refused, ValueError):
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    local = ("localhost",) if address.is_loopback else ()
    return asked in (str(address), own, *local, *others)


def accepts_gzip(request: web.BaseRequest) -> bool:
    """Return whether the other end reads gzip (RFC 9110, section 12.5.3)."""
    for said in ",".join(request.headers.getall("Accept-Encoding", [])).split(","):
        coding, *parameters = said.replace(" ", "").lower().split(";")
        if coding in ("gzip", "x-gzip", "*"):
            return not any(one in ("q=0", "q=0.0", "q=0.00", "q=0.000") for one in parameters)
    return False


async def _send(
    request: web.BaseRequest, made: tuple[bytes, bytes], kind: str, also: Mapping[str, str] | None = None
) -> web.StreamResponse:
    """Answer in pieces, each when the last has gone out, so that little waits for one who does not read.

    Args:
        request: what was asked.
        made: the answer, and what gzip makes of it.
        kind: its type.
        also: further headers.
    """
    body, packed = made
    headers = {**SECURITY, **(also or {}), "Content-Type": kind, "Vary": "Accept-Encoding"}
    if accepts_gzip(request):
        body, headers["Content-Encoding"] = packed, "gzip"
    response = web.StreamResponse(headers=headers)
    response.content_length = len(body)
    await response.prepare(request)
    for start in range(0, len(body) if request.method == "GET" else 0, PIECE):
        await response.write(body[start : start + PIECE])
    await response.write_eof()
    return response


def _refusal(status: int, *why: str, **headers: str) -> web.Response:
    response = web.Response(text="".join(f"{line}\n" for line in why), status=status, headers={**SECURITY, **headers})
    if status != 503:
        response.force_close()  # whatever else it would send is not read
    return response
