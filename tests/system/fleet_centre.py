"""A centre of three sites: networks, Prometheus, Alertmanager and a receiver, on the files of `fleet example`."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

from conntest_tui.cli.fleet_command import write_fleet_example
from tests.system.netns import Namespace, namespaces
from tests.system.program import Program
from tests.system.terminal import wait_until

TEMPLATES = Path("/usr/share/prometheus/alertmanager/default.tmpl")

PROMETHEUS, ALERTMANAGER, RECEIVER, LISTENER = 9090, 9093, 9099, 9787
SCRAPE = 1
"""Seconds between two scrapes."""

LOOKBACK = 14
"""Seconds for which Prometheus takes a sample as of now; five minutes where nobody waits."""

SITES = ("berlin", "hamburg", "depot")
CHILDREN = 5


class Background:
    """A server of the centre or of a site: started, ended in good order, started again on the same files."""

    def __init__(self, space: Namespace, command: Sequence[str], log: Path) -> None:
        self._command = ["ip", "netns", "exec", space.name, *command]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=subprocess.STDOUT)

    def stop(self) -> None:
        """Let it end as a supervisor does, which gives it the time to write down what it knows."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()


@dataclass
class Told:
    """What the receiver has been told: a line for each message and each kind of alert in it."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return `firing ConntestHostDown berlin 10.77.1.1`: the alerts of each message, in their order."""
        return [
            " ".join(
                filter(
                    None,
                    (one["status"], one["labels"]["alertname"], one["labels"].get("site"), one["labels"].get("host")),
                )
            )
            for message in self.messages
            for one in message["alerts"]
        ]

    def serve(self, space: Namespace) -> ThreadingHTTPServer:
        """Listen in a namespace."""
        messages = self.messages

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = space.run(lambda: ThreadingHTTPServer(("127.0.0.1", RECEIVER), Receiver))
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        return server


class Fleet:
    """Three sites and their centre.

    Site number n has 10.77.n.0/24 behind its own cable to `lan`, and the cable 10.60.n.0/30 to the centre. The last
    site listens on loopback only: nobody comes in, an agent sends out.

    Attributes:
        told: what the receiver of alerts has been told.
        example: the files of `fleet example`, with times that a test can wait for.
    """

    def __init__(self, spaces: Sequence[Namespace], directory: Path) -> None:
        self.centre, self.lan, *self.sites = spaces
        self._directory = directory
        self.told = Told()
        self.example = directory / "centre"
        self._write_example()
        web = f"--web.listen-address=127.0.0.1:{ALERTMANAGER}"
        storage = directory / "storage"
        self.prometheus = Background(
            self.centre,
            [
                *("prometheus", f"--config.file={self.example}/prometheus.yml", f"--storage.tsdb.path={storage}/tsdb"),
                *(f"--web.listen-address=0.0.0.0:{PROMETHEUS}", "--web.enable-remote-write-receiver"),
                *(f"--query.lookback-delta={LOOKBACK}s", "--rules.alert.resend-delay=2s"),
            ],
            directory / "prometheus.log",
        )
        self.alertmanager = Background(
            self.centre,
            [
                *("prometheus-alertmanager", f"--config.file={self.example}/alertmanager.yml", web),
                *(f"--storage.path={storage}/alertmanager", "--cluster.listen-address="),
            ],
            directory / "alertmanager.log",
        )
        self.agent = Background(
            self.sites[-1],
            [
                *("prometheus", "--enable-feature=agent", f"--config.file={self.example}/agent.yml"),
                *(f"--storage.agent.path={storage}/agent", "--web.listen-address=127.0.0.1:9090"),
            ],
            directory / "agent.log",
        )

    # ------------------------------------------------------------ what there is

    def lay_cables(self) -> None:
        """Connect the sites with the centre and with their hosts."""
        self.lan.ip("route add local 10.77.0.0/16 dev lo")
        for number, site in enumerate(self.sites, 1):
            for near, prefix in ((self.centre, "60"), (self.lan, "61")):
                near.ip(f"link add s{number} type veth peer name e{prefix} netns {site.name}")
                near.ip(f"addr add 10.{prefix}.{number}.1/30 dev s{number}", f"link set s{number} up")
                site.ip(f"addr add 10.{prefix}.{number}.2/30 dev e{prefix}", f"link set e{prefix} up")
            site.ip(f"route add 10.77.{number}.0/24 via 10.61.{number}.1")
        self.lan.nft("add table ip wall; add set ip wall dead { type ipv4_addr; };")
        self.lan.nft(
            "add chain ip wall way { type filter hook prerouting priority 0; };add rule ip wall way ip daddr @dead drop"
        )
        for number, site in enumerate(self.sites, 1):
            site.wait_for_link("e61")
            site.wait_for_link("e60")
            wait_until(lambda site=site, number=number: _reaches(site, f"10.77.{number}.1"), 10, "hosts answer")  # type: ignore[misc]

    def _write_example(self) -> None:
        """Write the example, and let its sites be ours and its times short."""
        write_fleet_example(self.example)
        # A monitor that is started again on a busy machine is away for some seconds, and is not silent.
        short = [(r"(alert: ConntestSiteSilent\n.*\n *)for: \d+m", r"\1for: 15s"), (r"\bfor: \d+m", "for: 6s")]
        short += [(r"(scrape|evaluation)_interval: 30s", rf"\1_interval: {SCRAPE}s")]
        short += [(r"group_wait: 10s", "group_wait: 2s"), (r"group_interval: 1m", "group_interval: 2s")]
        short += [(r"    interval: 2m", f"    interval: {SCRAPE}s")]
        short += [(r"192\.0\.2\.1:9090", f"10.60.3.1:{PROMETHEUS}")]
        for number, name in ((1, "10"), (2, "20")):
            short.append((rf"192\.0\.2\.{name}:9787", f"10.60.{number}.2:{LISTENER}"))
        for path in self.example.glob("*.yml"):
            text = path.read_text()
            for old, new in short:
                text = re.sub(old, new, text)
            path.write_text(text)

    def monitor(self, number: int) -> Program:
        """Run the monitor of a site, from 1: a switch, hosts behind it, and a host beside it."""
        directory = self._directory / SITES[number - 1]
        directory.mkdir(exist_ok=True)
        switch = f"10.77.{number}.1"
        rows = [f"{switch},Switch,MDF", f"10.77.{number}.200,Printer,Office"]
        rows += [f"10.77.{number}.{host},Host,Office,parent={switch}" for host in range(2, 2 + CHILDREN)]
        (directory / "hosts.csv").write_text("\n".join(("# Ground floor", *rows, "")))
        listen = "127.0.0.1" if number == len(self.sites) else f"10.60.{number}.2"
        (directory / "settings.toml").write_text(
            'interval = 1\nattempts = 1\ntimeout = 0.3\n[email]\ndelivery = "off"\n'
            f'[http]\nlisten = "{listen}:{LISTENER}"\n'
        )
        enter = ("ip", "netns", "exec", self.sites[number - 1].name)
        return Program(directory, directory / "state", self._directory / f"{SITES[number - 1]}.output", enter=enter)

    def dies(self, *addresses: str) -> None:
        """Let hosts fall silent."""
        self.lan.nft(f"add element ip wall dead {{ {', '.join(addresses)} }}")

    def answers(self, *addresses: str) -> None:
        """Let them answer again."""
        self.lan.nft(f"delete element ip wall dead {{ {', '.join(addresses)} }}")

    # ------------------------------------------------------------ what is asked

    def get(self, port: int, path: str, **parameters: str) -> Any:
        """Return what a server of the centre answers, as JSON.

        Raises:
            OSError: it does not, or not yet.
        """

        def ask() -> bytes:
            with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
                connection.request("GET", f"{path}?{urlencode(parameters)}")
                response = connection.getresponse()
                body = response.read()
                if response.status != 200:
                    raise ConnectionError(f"{response.status} {body[:200]!r}")
                return body

        return json.loads(self.centre.run(ask))

    def query(self, expression: str, **parameters: str) -> list[tuple[Mapping[str, str], float]]:
        """Return the labels and the value of each series."""
        answer = self.get(PROMETHEUS, "/api/v1/query", query=expression, **parameters)
        assert answer["status"] == "success"
        return [(one["metric"], float(one["value"][1])) for one in answer["data"]["result"]]

    def value(self, expression: str) -> float | None:
        """Return the value of the one series there is, None without any, or while nobody answers."""
        with suppress(OSError, HTTPException):
            found = self.query(expression)
            return found[0][1] if len(found) == 1 else None
        return None

    def alerts(self, alertname: str) -> list[dict[str, Any]]:
        """Return the alerts of a name that Alertmanager holds."""
        with suppress(OSError, HTTPException):
            found: list[dict[str, Any]] = self.get(ALERTMANAGER, "/api/v2/alerts", filter=f'alertname="{alertname}"')
            return found
        return []

    def becomes(self, condition: Callable[[], bool], what: str, seconds: float = 40) -> None:
        """Wait until something is so; say what was told meanwhile when it does not come."""
        try:
            wait_until(condition, seconds, what)
        except AssertionError as error:
            logs = [path.read_text()[-2000:] for path in self._directory.glob("*.log")]
            raise AssertionError("\n".join((str(error), *self.told.lines(), *logs))) from None

    def stays(self, lines: list[str], seconds: float) -> None:
        """Wait, and insist that nothing else is told."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            told = self.told.lines()
            assert told == lines, told
            time.sleep(0.2)


def _reaches(site: Namespace, address: str) -> bool:
    command = ["ip", "netns", "exec", site.name, "ping", "-c1", "-W1", address]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@contextmanager
def fleet(directory: Path) -> Iterator[Fleet]:
    """Build networks and centre, and take all of it down again; nothing is started yet but the receiver."""
    with namespaces("centre", "lan", *SITES) as spaces, ExitStack() as ends:
        made = Fleet(spaces, directory)
        made.lay_cables()
        server = made.told.serve(made.centre)
        ends.callback(server.server_close)
        ends.callback(server.shutdown)
        for part in (made.prometheus, made.alertmanager, made.agent):
            ends.callback(part.stop)
        yield made
