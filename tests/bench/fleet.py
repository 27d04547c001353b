"""What a real Prometheus needs for many sites: `python -m tests.bench.fleet [--quick]` prints one JSON object.

100 sites of 10,000 hosts, each with 100 groups and some open outages, answer scrapes with what the program itself
writes (`MetricsText`). Prometheus runs with the rules of `conntest-tui fleet rules`; after a while each query of its
dashboard is asked over and over, the graphs over the time that has passed. Everything is on loopback.

- scrape: bytes and milliseconds of a scrape of one site (medians), and the series of one.
- series: in the head of Prometheus; `samples` a second.
- memory: resident megabytes of Prometheus before it is asked anything, and its most (VmHWM) after the queries.
- cpu: processor time of Prometheus while it scrapes and evaluates alone, as a share of a core; it includes sending
  nothing, for there is no Alertmanager.
- rules: milliseconds that an evaluation of each group of rules took at last.
- queries: milliseconds of each query of the dashboard over all sites (median, longest), and over one site.
- load: the machine's load average, for what else ran meanwhile.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from conntest_tui.cli.fleet_command import fleet_file
from conntest_tui.config.settings import HostSeries
from conntest_tui.model import Host, HostStatus
from conntest_tui.web.metrics_text import MetricsInput, MetricsText
from conntest_tui.web.open_trouble import find_trouble
from conntest_tui.web.rtt_histograms import RttHistograms
from tests.fakes import NOON
from tests.ports import free_port
from tests.web.sites import FIGURES, behind, down, large, up

GROUPS = 100
ROUNDS = 5
"""How often each query is asked."""


Json = dict[str, Any]


def texts(sites: int, hosts: int, outages: int) -> list[str]:
    """Return what each site tells: some hosts down, half of them behind others, no two sites alike."""
    written = []
    for site in range(sites):

        def status_of(host: Host, site: int = site) -> HostStatus:
            number = int(host.description.split()[1])
            if (number + site * 37) % hosts >= outages:
                return up(host, 0.0002 + number % 97 * 0.00003)
            return (
                behind(host, "10.0.0.1", number)
                if number % 2
                else down(host, number, note="on it" if number % 3 else None)
            )

        shown = large(hosts, status_of, GROUPS)
        histograms = RttHistograms()
        histograms.add(shown.statuses)
        source = MetricsInput(
            shown, find_trouble(shown.statuses), FIGURES, histograms.groups, HostSeries.TROUBLE, well=True
        )
        written.append(MetricsText().write(source).decode())
    return written


@contextmanager
def serving(pages: list[str]) -> Iterator[int]:
    """Answer `/0`, `/1` ... with the page of each site, whose last sweep is always ten seconds old; yield the port."""
    parts = [page.replace(f"conntest_last_sweep_timestamp_seconds {NOON - 20:.0f}", "LAST") for page in pages]
    assert all("\nLAST\n" in part for part in parts)

    class Site(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            last = f"conntest_last_sweep_timestamp_seconds {time.time() - 10:.0f}"
            body = parts[int(self.path.strip("/"))].replace("LAST", last).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class Prometheus:
    """A real one, on loopback, with our rules."""

    def __init__(self, directory: Path, sites: int, port: int, interval: int) -> None:
        (directory / "rules.yml").write_text(fleet_file("rules"))
        targets = [
            {
                "targets": [f"127.0.0.1:{port}"],
                "labels": {"site": f"site-{n}", "instance": f"site-{n}", "__metrics_path__": f"/{n}"},
            }
            for n in range(sites)
        ]
        config = {
            "global": {"scrape_interval": f"{interval}s", "evaluation_interval": f"{interval}s"},
            "rule_files": ["rules.yml"],
            "scrape_configs": [{"job_name": "conntest", "static_configs": targets}],
        }
        (directory / "prometheus.yml").write_text(json.dumps(config))  # YAML takes JSON
        self._port = free_port()
        command = [
            *("prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/tsdb"),
            *(f"--web.listen-address=127.0.0.1:{self._port}", "--log.level=warn"),
        ]
        self._process = subprocess.Popen(command)
        self._tick = os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(60)

    def get(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer."""
        with urlopen(f"http://127.0.0.1:{self._port}{path}?{urlencode(parameters)}", timeout=120) as answer:
            said = json.load(answer)
        assert said["status"] == "success", said
        return said["data"]

    def value(self, expression: str) -> float:
        """Return the value of the one series there is; 0 without any."""
        found = self.get("/api/v1/query", query=expression)["result"]
        return float(found[0]["value"][1]) if found else 0.0

    def wait(self, sites: int) -> None:
        """Wait until every site has been scraped."""
        deadline = time.monotonic() + 120
        while True:
            try:
                if self.value("count(up == 1)") == sites:
                    return
            except OSError:
                pass
            assert time.monotonic() < deadline, "the sites are not scraped"
            time.sleep(0.5)

    def memory(self, field: str) -> int:
        """Return a field of its process's status (proc(5)), in megabytes."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return int(dict(line.split(":", 1) for line in lines)[field].split()[0]) >> 10

    def cpu(self) -> float:
        """Return the processor time that it has taken, in seconds."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / self._tick

    def milliseconds(self, panel: Json, expression: str, seconds: float) -> tuple[float, float]:
        """Return the median and the longest of some rounds of a query, as Grafana asks it for a panel."""
        took = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            if panel["type"] == "timeseries":
                now = time.time()
                span = {"start": f"{now - seconds:.0f}", "end": f"{now:.0f}", "step": str(max(15, int(seconds / 300)))}
                self.get("/api/v1/query_range", query=expression, **span)
            else:
                self.get("/api/v1/query", query=expression)
            took.append(1000 * (time.perf_counter() - began))
        return round(statistics.median(took), 1), round(max(took), 1)


def queries(prometheus: Prometheus, seconds: float, site: str, interval: int) -> dict[str, tuple[float, float]]:
    """Return what each query of the dashboard takes, by its panel."""
    found = {}
    for panel in json.loads(fleet_file("dashboard"))["panels"]:
        for target in panel["targets"]:
            expression = target["expr"].replace("$site", site).replace("$__rate_interval", f"{4 * interval}s")
            found[f"{panel['title']} {target['refId']}"] = prometheus.milliseconds(panel, expression, seconds)
    return found


def measure(sites: int, hosts: int, outages: int, interval: int, seconds: float) -> Json:
    """Let Prometheus watch so many sites for so many seconds, then ask it."""
    pages = texts(sites, hosts, outages)
    with TemporaryDirectory() as directory, serving(pages) as port:
        prometheus = Prometheus(Path(directory), sites, port, interval)
        try:
            prometheus.wait(sites)
            began, before = time.monotonic(), prometheus.cpu()
            time.sleep(seconds)
            resident = prometheus.memory("VmRSS")
            cpu = (prometheus.cpu() - before) / (time.monotonic() - began)
            head = prometheus.get("/api/v1/status/tsdb")["headStats"]
            groups = prometheus.get("/api/v1/rules")["groups"]
            overall = queries(prometheus, seconds, ".*", interval)
            one = queries(prometheus, seconds, "site-7" if sites > 7 else "site-0", interval)
            slowest = max(overall, key=lambda name: overall[name][0])
            return {
                "sites": sites,
                "hosts": sites * hosts,
                "outages": int(prometheus.value("count(conntest_outage_acknowledged)")),
                "alerts": int(prometheus.value("count(ALERTS)")),
                "scrape": {
                    "bytes": round(statistics.median(map(len, pages))),
                    "ms": round(1000 * prometheus.value("quantile(0.5, scrape_duration_seconds)"), 1),
                    "series": int(prometheus.value("quantile(0.5, scrape_samples_scraped)")),
                },
                "series": head["numSeries"],
                "samples": round(sites * prometheus.value("avg(scrape_samples_scraped)") / interval),
                "memory": {"resident": resident, "most": prometheus.memory("VmHWM")},
                "cpu": round(cpu, 3),
                "rules": {group["name"]: round(1000 * group["evaluationTime"], 1) for group in groups},
                "queries": {
                    "all sites": {
                        "median": statistics.median(took for took, _ in overall.values()),
                        "slowest": (slowest, *overall[slowest]),
                    },
                    "one site": {
                        "median": statistics.median(took for took, _ in one.values()),
                        "longest": max(most for _, most in one.values()),
                    },
                },
                "seconds": seconds,
                "load": os.getloadavg(),
            }
        finally:
            prometheus.close()


def main() -> None:
    """Measure, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="5 sites of 1,000 hosts, for half a minute less")
    parser.add_argument("--sites", type=int, default=100)
    parser.add_argument("--hosts", type=int, default=10_000)
    parser.add_argument("--outages", type=int, default=10, help="open outages of each site")
    parser.add_argument("--interval", type=int, default=30, help="seconds between scrapes")
    parser.add_argument("--seconds", type=float, default=600.0)
    chosen = parser.parse_args()
    if not shutil.which("prometheus"):
        raise SystemExit("needs prometheus (Debian package prometheus)")
    small = (5, 1_000, chosen.outages, 2, 10.0)
    asked = (chosen.sites, chosen.hosts, chosen.outages, chosen.interval, chosen.seconds)
    print(json.dumps(measure(*(small if chosen.quick else asked)), indent=1))  # noqa: T201 - what it was asked for


if __name__ == "__main__":
    main()
