"""The monitor as others see it: a real Prometheus, a real browser, curl, and thousands of rude connections."""

import asyncio
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from conntest_tui.web.open_trouble import STATES
from conntest_tui.web.status_page import status_page
from tests.api.served import wait_for
from tests.ports import free_port
from tests.system.browser import CHROMIUM, BrowserPage, browser
from tests.system.lab import Lab, laboratory, needs_lab
from tests.system.program import Program, needs_root
from tests.system.terminal import wait_until
from tests.web.listening import Listening
from tests.web.sites import every_trouble
from tests.web.views import view_of

pytestmark = pytest.mark.system

PROMETHEUS = shutil.which("prometheus")
PORT, ITS_PORT = 9787, 9090
ROUTER, SWITCH, PRINTER = "10.77.0.1", "10.77.0.2", "10.77.0.3"

HOSTS = f"""# Building 406
{ROUTER},Cisco Router,MDF 101
{SWITCH},"Switch ""7"" \\ <b>",1st floor,parent={ROUTER}
{PRINTER},Printer,2nd floor,parent={SWITCH}
# Lab
10.77.1.1,Server,rack 1
10.77.1.2,Server,rack 2
"""

SETTINGS = f"""interval = 2
attempts = 1
timeout = 0.5
renotify = 60
email.delivery = "maildir"
email.sender = "conntest@example.com"
http.listen = "127.0.0.1:{PORT}"
metrics.hosts = "all"
"""


def write_site(directory: Path, hosts: str = HOSTS, settings: str = SETTINGS) -> Path:
    site = directory / "site"
    site.mkdir()
    (site / "hosts.csv").write_text(hosts)
    (site / "settings.toml").write_text(settings)
    (site / "email_recipients.csv").write_text("noc@example.com\n")
    return site


def curl(lab: Lab, url: str, *options: str) -> str:
    """What curl says in the lab; a status of 400 and more is no error."""
    command = [*lab.enter, "curl", "-sS", "--max-time", "5", *options, url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    return done.stdout


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with laboratory() as built:
        yield built


@contextmanager
def prometheus(lab: Lab, directory: Path) -> Iterator[None]:
    """Run a Prometheus in the lab that scrapes every second."""
    config = directory / "prometheus.yml"
    config.write_text(
        "global: { scrape_interval: 1s, scrape_timeout: 1s }\n"
        "scrape_configs:\n"
        "  - job_name: conntest\n"
        f"    static_configs: [ {{ targets: ['127.0.0.1:{PORT}'], labels: {{ site: headquarters }} }} ]\n"
    )
    command = [*lab.enter, str(PROMETHEUS), f"--config.file={config}", f"--storage.tsdb.path={directory / 'tsdb'}"]
    command += [f"--web.listen-address=127.0.0.1:{ITS_PORT}", "--log.level=warn"]
    with (directory / "prometheus.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: "Ready" in curl(lab, f"http://127.0.0.1:{ITS_PORT}/-/ready"), 30, "Prometheus is ready")
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def asked(lab: Lab, query: str) -> dict[str, float]:
    """What Prometheus answers: values by the labels that the metric has of its own."""
    answer = json.loads(curl(lab, f"http://127.0.0.1:{ITS_PORT}/api/v1/query?query={quote(query)}"))
    assert answer["status"] == "success", answer
    foreign = {"__name__", "instance", "job", "site"}
    return {
        ",".join(f"{name}={value}" for name, value in sorted(one["metric"].items()) if name not in foreign): float(
            one["value"][1]
        )
        for one in answer["data"]["result"]
    }


@needs_lab
@pytest.mark.skipif(PROMETHEUS is None, reason="needs prometheus")
def test_prometheus_knows_what_the_monitor_knows(lab: Lab, tmp_path: Path) -> None:
    site, state = write_site(tmp_path), tmp_path / "state"
    with ExitStack() as stack:
        program = stack.enter_context(Program(site, state, tmp_path / "lines", enter=lab.enter))
        stack.enter_context(prometheus(lab, tmp_path))
        wait_until(lambda: asked(lab, 'conntest_site_hosts{state="up"}') == {"state=up": 5}, 20, "all are up")
        assert asked(lab, "conntest_outage_started_timestamp_seconds") == {}
        info = asked(lab, "conntest_host_info")
        assert f'description=Switch "7" \\ <b>,host={SWITCH},location=1st floor' in info

        lab.cut_off(ROUTER, SWITCH, PRINTER)
        started = "conntest_outage_started_timestamp_seconds"
        wait_until(lambda: len(asked(lab, started)) == 3, 20, "three outages are told")
        wait_until(lambda: sum(asked(lab, "conntest_outage_behind").values()) == 2, 20, "two are behind the first")
        for labels in asked(lab, started):
            assert labels.startswith(f"branch={ROUTER},group=Building 406,host=")
        assert set(asked(lab, f"{started} unless on (host) conntest_outage_behind == 1")) == {
            f"branch={ROUTER},group=Building 406,host={ROUTER}"
        }
        said = json.loads(curl(lab, f"http://127.0.0.1:{PORT}/status.json"))
        outages = {one["host"]: one for one in said["outages"]}
        assert asked(lab, f'{started}{{host="{ROUTER}"}}') == {
            f"branch={ROUTER},group=Building 406,host={ROUTER}": pytest.approx(outages[ROUTER]["since"], abs=0.001)
        }
        assert asked(lab, "conntest_host_up == 0").keys() == {
            f"group=Building 406,host={host}" for host in (ROUTER, SWITCH, PRINTER)
        }
        wait_until(lambda: sum(asked(lab, "conntest_deliveries_total").values()) >= 1, 20, "the mail is counted")
        assert asked(lab, 'conntest_deliveries_total{result="delivered"}') == {"channel=mail,result=delivered": 1}

        lab.restore(ROUTER, SWITCH, PRINTER)
        wait_until(lambda: not asked(lab, started), 20, "they are over")
        assert asked(lab, "conntest_healthy") == {"": 1}
        assert asked(lab, "scrape_samples_scraped > 70")
        assert program.terminate() == 0
        wait_until(lambda: asked(lab, "up") == {"": 0}, 20, "Prometheus notices that nobody watches")


@needs_lab
def test_the_health_check_knows_of_a_dead_uplink_and_of_a_watch_that_is_stopped(lab: Lab, tmp_path: Path) -> None:
    def health() -> str:
        return curl(lab, f"http://127.0.0.1:{PORT}/healthz", "-w", "%{http_code}")

    with Program(write_site(tmp_path), tmp_path / "state", tmp_path / "lines", enter=lab.enter) as program:
        wait_until(lambda: health() == "ok\n200", 20, "all is well")
        subprocess.run(["ip", "-n", lab.near, "link", "set", "cable", "down"], check=True)
        try:
            wait_until(lambda: health().endswith("503"), 10, "the link is lost")
            assert "The own IPv4 link of this machine is lost: nothing across it is watched." in health()
        finally:
            subprocess.run(["ip", "-n", lab.near, "link", "set", "cable", "up"], check=True)
            route = ["ip", "-n", lab.near, "route", "replace", "10.77.0.0/16", "via", "192.0.2.2"]
            subprocess.run(route, check=True)
        wait_until(lambda: health() == "ok\n200", 20, "all is well again")
        os.kill(program.pid, signal.SIGSTOP)
        try:
            wait_until(lambda: health() == "000", 10, "who is stopped does not answer")
        finally:
            os.kill(program.pid, signal.SIGCONT)
        wait_until(lambda: health() == "ok\n200", 20, "it goes on")


@needs_lab
def test_it_listens_where_it_is_told_and_says_where_it_cannot(lab: Lab, tmp_path: Path) -> None:
    """prometheus/node_exporter#1653 (0.0.0.0 was [::]) and albertodonato/query-exporter#155 (no IPv6, no exporter)."""

    def answers(at: str) -> bool:
        return curl(lab, f"http://{at}:{PORT}/healthz") == "ok\n"

    def set_to(listen: str) -> None:
        text = SETTINGS.replace(f'"127.0.0.1:{PORT}"', f'"{listen}"')
        (site / "settings.toml").write_text(text)
        program.reload()

    site = write_site(tmp_path)
    with Program(site, tmp_path / "state", tmp_path / "lines", enter=lab.enter) as program:
        wait_until(lambda: answers("127.0.0.1"), 20, "it listens on IPv4")
        assert not answers("[::1]")
        assert not answers("192.0.2.1")
        set_to(f"0.0.0.0:{PORT}")
        wait_until(lambda: answers("192.0.2.1"), 20, "it listens on every address of IPv4")
        assert answers("127.0.0.1")
        assert not answers("[::1]")
        set_to(f"[::]:{PORT}")
        wait_until(lambda: answers("[::1]"), 20, "it listens on every address")
        assert answers("127.0.0.1")
        assert answers("192.0.2.1")
        set_to(f"192.0.2.77:{PORT}")
        program.wait_for(f"http: nothing is shown on 192.0.2.77:{PORT}: this machine has no such address")
        set_to(f"127.0.0.1:{PORT}")
        wait_until(lambda: answers("127.0.0.1"), 20, "it listens again")


@needs_root
def test_ten_thousand_connections_disturb_nobody(tmp_path: Path) -> None:
    port = free_port()
    settings = SETTINGS.replace(str(PORT), str(port))
    site = write_site(tmp_path, "127.0.0.1,Loop,here\n127.0.0.2,Other,here\n", settings)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4_096)), hard))
    with ExitStack() as stack:
        program = stack.enter_context(Program(site, tmp_path / "state", tmp_path / "lines"))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        shown = f"http://127.0.0.1:{port}"
        wait_until(lambda: fetched(f"{shown}/healthz").endswith("200"), 20, "it answers")
        swept = int(json.loads(fetched(f"{shown}/status.json").removesuffix("200"))["sweep"]["number"])
        held: list[socket.socket] = []
        stack.callback(close_all, held)
        most, answered = 0, 0
        for number in range(10_000):
            wire = socket.socket()
            wire.settimeout(10)
            wire.connect(("127.0.0.1", port))
            wire.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n"[: number % 33])
            held.append(wire)
            if len(held) == 500:
                most = max(most, len(os.listdir(f"/proc/{program.pid}/fd")))  # noqa: PTH208 - it counts
                answered += fetched(f"{shown}/healthz").endswith("200")
                close_all(held)
        assert most < 200, "what the watch needs is left to it"
        assert answered == 20
        wait_until(
            lambda: int(json.loads(fetched(f"{shown}/status.json").removesuffix("200"))["sweep"]["number"]) > swept,
            20,
            "the watch goes on",
        )
        assert "trouble" not in program.told
        assert program.terminate() == 0


def close_all(held: list[socket.socket]) -> None:
    while held:
        held.pop().close()


def fetched(url: str) -> str:
    """What curl says on this machine, with the status behind it."""
    command = ["curl", "-sS", "--max-time", "5", "-w", "%{http_code}", url]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout


@pytest.mark.skipif(not CHROMIUM, reason="needs chromium")
def test_a_browser_shows_all_of_the_page_on_a_phone_and_on_a_desk_by_day_and_by_night(tmp_path: Path) -> None:
    shown = Listening()
    try:
        shown.wait()
        wait_for(lambda: '"down"' in shown.ask("/status.json").text and "Open outages" in shown.ask("/").text, 20)
        asyncio.run(look(shown, tmp_path))
    finally:
        shown.close()


@pytest.mark.skipif(not CHROMIUM, reason="needs chromium")
def test_groups_with_thousands_of_hosts_in_every_state_can_be_read_on_a_small_phone(tmp_path: Path) -> None:
    view = view_of(every_trouble())
    groups = ("Verwaltungsgebäudeerweiterungsbau", "Building 406 Administration and Library", "Lab")
    trouble = replace(view.trouble, groups={group: [12_345] * len(STATES) for group in groups})
    shown = tmp_path / "page.html"
    shown.write_bytes(status_page(replace(view, trouble=trouble)))
    asyncio.run(look_at_groups(shown))


async def look_at_groups(shown: Path) -> None:
    async with browser() as page:
        for width in (320, 390):
            await page.see(shown.as_uri(), width, 844)
            assert await page.value_of("document.documentElement.scrollWidth") == width, "nothing sticks out"
            names = "[...document.querySelectorAll('.many tbody th')].map(one => one.offsetWidth)"
            assert min(await page.value_of(names)) > 150, "a name is no column of single characters"
            spoken = await page.spoken()
            assert {("columnheader", "not watched"), ("rowheader", "Lab"), ("cell", "12,345")} <= set(spoken)


async def look(shown: Listening, directory: Path) -> None:
    """See the page in four ways, and as a screen reader does."""
    async with browser() as page:
        for width, height in ((390, 844), (1280, 800)):
            for dark in (False, True):
                await page.see(f"http://127.0.0.1:{shown.port}/", width, height, dark=dark)
                assert await page.value_of("document.documentElement.scrollWidth") == width, "nothing sticks out"
                assert await least_contrast(page) >= 4.5, "WCAG 2.1, 1.4.3"
                await page.picture(directory / f"page-{width}-{'dark' if dark else 'light'}.png")
                assert page.complaints == []
        await check_spoken(page)
        await page.see(f"http://127.0.0.1:{shown.port}/", 390, 844)
        await check_spoken(page)
        assert await page.value_of("document.scripts.length") == 0
        assert await page.value_of("getComputedStyle(document.querySelector('.old')).visibility") == "hidden"
        # Time goes by without an answer: what follows is what the style sheet does by itself.
        assert await page.value_of("document.getAnimations()[0].effect.getTiming().delay") == 95_000
        await page.value_of("document.getAnimations()[0].finish()")
        assert await page.value_of("getComputedStyle(document.querySelector('.old')).visibility") == "visible"
        assert await page.value_of("document.querySelector('meta[http-equiv=refresh]').content") == "30"


async def check_spoken(page: BrowserPage) -> None:
    spoken = await page.spoken()
    assert ("heading", "Open outages") in spoken
    assert ("columnheader", "Who has it") in spoken
    assert any(role == "rowheader" and "down" in name for role, name in spoken)
    assert ("status", "") in spoken or not any(role == "alert" for role, _ in spoken)
    assert not any("▼" in name for role, name in spoken if role in ("columnheader", "rowheader", "StaticText"))


async def least_contrast(page: BrowserPage) -> float:
    """The least contrast of any text with what is behind it, as WCAG 2.1 reckons it."""
    found: list[Any] = await page.value_of(_COLOURS)
    return min(_contrast(_rgb(ink), _rgb(paper)) for ink, paper in found)


_COLOURS = """(() => {
  const behind = node => { for (; node; node = node.parentElement) {
    const paper = getComputedStyle(node).backgroundColor; if (!/, 0\\)$/.test(paper)) return paper; }
    return 'rgb(255,255,255)'; };
  return [...document.querySelectorAll('body *')].filter(node => [...node.childNodes].some(child => child.nodeType === 3
    && child.data.trim())).map(node => [getComputedStyle(node).color, behind(node)]); })()"""


def _rgb(said: str) -> tuple[float, ...]:
    return tuple(float(number) for number in re.findall(r"[\d.]+", said)[:3])


def _contrast(ink: tuple[float, ...], paper: tuple[float, ...]) -> float:
    lights = sorted((_light(ink), _light(paper)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _light(colour: tuple[float, ...]) -> float:
    linear = [part / 3294.6 if part <= 10.31 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
