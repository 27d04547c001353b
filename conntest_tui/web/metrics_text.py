"""The metrics in the text format of Prometheus, version 0.0.4.

See https://prometheus.io/docs/instrumenting/exposition_formats/. Written by hand: its own client makes an object of
each sample, and takes twenty times as long. Times are POSIX seconds, lengths seconds. Pure, but for what is kept of a
list of hosts that stays the same: the labels of each.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from conntest_tui import __version__
from conntest_tui.config.settings import HostSeries
from conntest_tui.model import Host, HostStatus, MailHealth, MailStatus, Snapshot, Standing, State
from conntest_tui.model.monitor_figures import DeliveryResult, MonitorFigures
from conntest_tui.web.open_trouble import FAILED, STATES, OpenTrouble, branch_of, has_own_outage
from conntest_tui.web.rtt_histograms import BOUNDS, RttHistogram

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

CHANNEL = "mail"
"""The one way to reach people that there is so far."""

_TROUBLE = frozenset({*FAILED, State.SUSPECT})
_ANSWERED = {State.UP: "1", State.SUSPECT: "1", State.DOWN: "0", State.UNREACHABLE: "0"}
_UP_LINE = "1\n"

_OF_OUTAGES: Sequence[tuple[str, str, Callable[[Standing], bool]]] = (
    ("acknowledged", "Whether somebody has acknowledged the outage.", lambda one: one.acknowledged),
    ("muted", "Whether the host is muted.", lambda one: one.muted),
    ("flapping", "Whether the host flaps: it goes and comes too often.", lambda one: one.flapping),
    (
        "behind",
        "Whether the outage is that of a host behind another one that is down.",
        lambda one: one.state is State.UNREACHABLE,
    ),
)
"""What is told of each open outage: the end of a name, and what it means."""

Labels = Sequence[tuple[str, str]]
Sample = tuple[Labels, float]


@dataclass(frozen=True, slots=True)
class MetricsInput:
    """What the metrics are made of.

    Attributes:
        snapshot: the hosts, the sweep and mail as they are.
        trouble: what is wrong with them.
        figures: those of the monitor itself.
        histograms: the round-trip times of each group so far.
        hosts: which hosts have series of their own.
        well: whether the health check says that all is well.
        still: whether the watch stands still.
    """

    snapshot: Snapshot
    trouble: OpenTrouble
    figures: MonitorFigures
    histograms: Mapping[str, RttHistogram]
    hosts: HostSeries
    well: bool
    still: bool = False


def escaped(text: str) -> str:
    r"""Return the value of a label as it stands between quotes: `\`, `"` and the end of a line are escaped."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def number(value: float) -> str:
    """Return a number to the nanosecond, without an exponent."""
    return f"{value:.0f}" if value == int(value) else f"{value:.9f}".rstrip("0")


class MetricsText:
    """Writes the metrics; keeps the labels of hosts, for the list of hosts hardly ever changes."""

    def __init__(self) -> None:
        self._labels = _HostLabels(())

    def write(self, source: MetricsInput) -> bytes:
        """Return the metrics."""
        trouble, figures = source.trouble, source.figures
        parts = [*_site(source), *_mail(source.snapshot.mail, figures), *_heartbeat(figures)]
        parts += (*_groups(trouble, source.histograms), *_outages(source.snapshot, trouble), *self._hosts(source))
        return "".join(parts).encode(errors="replace")

    def _hosts(self, source: MetricsInput) -> Iterator[str]:
        """Yield what is told host by host."""
        statuses = source.snapshot.statuses
        if source.hosts is HostSeries.NONE:
            statuses = ()
        elif source.hosts is HostSeries.TROUBLE:
            statuses = tuple([one for one in statuses if one.standing.state in _TROUBLE])
        labels = self._labels
        if not labels.are_of(statuses):
            labels = _HostLabels(statuses)
            if source.hosts is HostSeries.ALL:
                self._labels = labels
        up = State.UP  # naming an enumeration's member and hashing it are slow, and nearly every host is up
        yield _head(
            "conntest_host_up", "gauge", "Whether a host answers: 1 up or suspect, 0 down or behind one that is."
        )
        yield "".join(
            [
                start + (_UP_LINE if one.standing.state is up else f"{_ANSWERED[one.standing.state]}\n")
                for start, one in zip(labels.up, statuses, strict=True)
                if one.standing.state is up or one.standing.state in _ANSWERED
            ]
        )
        yield _head("conntest_host_rtt_seconds", "gauge", "Round-trip time of the last reply to the last sweep.")
        yield "".join(
            [
                f"{start}{one.result.rtt:.9f}\n"
                for start, one in zip(labels.rtt, statuses, strict=True)
                if one.result.rtt is not None
            ]
        )
        yield _head("conntest_host_info", "gauge", "Description and location of a host, always 1.")
        yield labels.info


class _HostLabels:
    """The text of each host's labels.

    Attributes:
        up: how the line begins that says whether it answers.
        rtt: how the line of its round-trip time begins.
        info: all lines of `conntest_host_info`.
    """

    def __init__(self, statuses: Sequence[HostStatus]) -> None:
        self._hosts = [status.host for status in statuses]
        self.up: list[str] = []
        self.rtt: list[str] = []
        info = []
        for host in self._hosts:
            name = escaped(host.name)
            labels = f'{{host="{name}",group="{escaped(host.group)}"}} '
            self.up.append(f"conntest_host_up{labels}")
            self.rtt.append(f"conntest_host_rtt_seconds{labels}")
            about = f'description="{escaped(host.description)}",location="{escaped(host.location)}"'
            info.append(f'conntest_host_info{{host="{name}",{about}}} 1\n')
        self.info = "".join(info)

    def are_of(self, statuses: Sequence[HostStatus]) -> bool:
        return [status.host for status in statuses] == self._hosts


# ---------------------------------------------------------------- the site as a whole


def _site(source: MetricsInput) -> Iterator[str]:
    """Yield what is told about the site as a whole, and about the monitor itself."""
    snapshot, trouble, figures = source.snapshot, source.trouble, source.figures
    sweep = snapshot.sweep
    counts = zip(STATES, trouble.counts, strict=True)
    yield _family(
        "conntest_build_info", "gauge", "Version of conntest-tui, always 1.", [((("version", __version__),), 1)]
    )
    yield _family(
        "conntest_site_hosts",
        "gauge",
        "Hosts in each state.",
        [((("state", state.value),), hosts) for state, hosts in counts],
    )
    yield _one("conntest_site_hosts_handled", "gauge", "Hosts down that are acknowledged or muted.", trouble.handled)
    yield _one("conntest_site_hosts_muted", "gauge", "Hosts that no mail goes out about.", trouble.muted)
    yield _one("conntest_healthy", "gauge", "Whether /healthz says that all is well.", source.well)
    yield _one("conntest_watch_up", "gauge", "Whether the watch goes on: 0 while it stands still.", not source.still)
    yield _one(
        "conntest_last_sweep_timestamp_seconds",
        "gauge",
        "When the last sweep of all hosts was judged.",
        figures.judged.wall if figures.judged is not None else None,
    )
    last = sweep.last
    took = last.seconds if last else None
    yield _one("conntest_sweep_duration_seconds", "gauge", "How long the last sweep of all hosts took.", took)
    yield _one("conntest_sweep_interval_seconds", "gauge", "From the start of a sweep to the next.", sweep.interval)
    yield _one("conntest_sweeps_total", "counter", "Sweeps of all hosts begun, over all restarts.", sweep.number)
    yield _one("conntest_sweep_requests", "gauge", "Echo requests of the last sweep.", last.sent if last else None)
    yield _one("conntest_strays_total", "counter", "Packets in sweeps that proved nothing.", figures.strays)
    lost = bool(figures.links_lost)
    yield _one("conntest_uplink_up", "gauge", "Whether this machine's own link is there.", not lost)
    yield _one("conntest_problems", "gauge", "Troubles of the monitor itself.", len(snapshot.problems))
    well = not figures.state_trouble
    yield _one("conntest_state_healthy", "gauge", "Whether the state is kept on disk as it should be.", well)
    yield _one(
        "conntest_config_last_reload_successful",
        "gauge",
        "Whether the configuration in force is what is on disk.",
        figures.files_taken,
    )


def _mail(mail: MailStatus, figures: MonitorFigures) -> Iterator[str]:
    """Yield what is told about mail."""
    channel = ("channel", CHANNEL)
    yield _family("conntest_outbox_pending", "gauge", "Mails and news not yet delivered.", [((channel,), mail.queued)])
    oldest = figures.mail_waits_since
    yield _family(
        "conntest_outbox_oldest_timestamp_seconds",
        "gauge",
        "Since when the oldest of them waits; none while none does.",
        [((channel,), oldest)] if oldest is not None else (),
    )
    yield _family(
        "conntest_mail_health",
        "gauge",
        "How mail is doing as a whole: 1 for the state it is in, 0 for the others.",
        [((channel, ("state", health.value)), health is mail.health) for health in MailHealth],
    )
    yield _family(
        "conntest_deliveries_total",
        "counter",
        "Attempts to deliver to a recipient, by what they came to, since the start.",
        [((channel, ("result", result.value)), figures.deliveries.get(result, 0)) for result in DeliveryResult],
    )


def _heartbeat(figures: MonitorFigures) -> Iterator[str]:
    """Yield what is told about the heartbeat."""
    beat = figures.heartbeat
    yield _one(
        "conntest_heartbeat_up", "gauge", "Whether the heartbeat gets through.", not beat.trouble if beat else None
    )
    yield _one(
        "conntest_heartbeat_last_success_timestamp_seconds",
        "gauge",
        "When the service last took a heartbeat.",
        beat.last if beat else None,
    )
    yield _family(
        "conntest_heartbeats_total",
        "counter",
        "Requests to the service that takes the heartbeat, by what came of them, since the start.",
        [((("result", "taken"),), beat.taken), ((("result", "failed"),), beat.failed)] if beat else (),
    )


def _groups(trouble: OpenTrouble, histograms: Mapping[str, RttHistogram]) -> Iterator[str]:
    """Yield what is told group by group."""
    yield _head("conntest_hosts", "gauge", "Hosts of each group in each state.")
    for group, counts in trouble.groups.items():
        start = f'conntest_hosts{{group="{escaped(group)}",state='
        for state, hosts in zip(STATES, counts, strict=True):
            yield f'{start}"{state.value}"}} {hosts}\n'
    yield _head("conntest_group_rtt_seconds", "histogram", "Round-trip times of each group, counted in every sweep.")
    for group, histogram in histograms.items():
        label, total = f'group="{escaped(group)}"', 0
        for bound, replies in zip((*map(str, BOUNDS), "+Inf"), histogram.counts, strict=True):
            total += replies
            yield f'conntest_group_rtt_seconds_bucket{{{label},le="{bound}"}} {total}\n'
        yield f"conntest_group_rtt_seconds_sum{{{label}}} {number(histogram.seconds)}\n"
        yield f"conntest_group_rtt_seconds_count{{{label}}} {total}\n"


def _outages(snapshot: Snapshot, trouble: OpenTrouble) -> Iterator[str]:
    """Yield what is told of each open outage and cause."""
    opened = [status for status in trouble.outages if has_own_outage(status)]
    hosts = {status.host.name: status.host for status in snapshot.statuses} if opened else {}
    yield _family(
        "conntest_outage_started_timestamp_seconds",
        "gauge",
        "Open outages: since when. `branch` is the first host on the way there, that of its parents' too.",
        [(_outage_labels(status, hosts), status.standing.began or 0.0) for status in opened],
    )
    named = [((("host", status.host.name),), status) for status in opened]
    for what, about, is_so in _OF_OUTAGES:
        samples = [(labels, is_so(status.standing)) for labels, status in named]
        yield _family(f"conntest_outage_{what}", "gauge", about, samples)
    causes = [((("cause", cause.outage.host),), cause) for cause in trouble.causes]
    yield _family(
        "conntest_cause_started_timestamp_seconds",
        "gauge",
        "What keeps this machine from asking hosts: since when.",
        [(labels, cause.outage.started.wall) for labels, cause in causes],
    )
    yield _family(
        "conntest_cause_hosts",
        "gauge",
        "Hosts that it hides.",
        [(labels, cause.hosts) for labels, cause in causes],
    )
    yield _family(
        "conntest_cause_acknowledged",
        "gauge",
        "Whether somebody has acknowledged it.",
        [(labels, cause.outage.acknowledged is not None) for labels, cause in causes],
    )


def _outage_labels(status: HostStatus, hosts: Mapping[str, Host]) -> Labels:
    host = status.host
    return ("host", host.name), ("group", host.group), ("branch", branch_of(host, hosts))


# ---------------------------------------------------------------- the format


def _head(name: str, kind: str, about: str) -> str:
    return f"# HELP {name} {about}\n# TYPE {name} {kind}\n"


def _one(name: str, kind: str, about: str, value: float | None) -> str:
    return _family(name, kind, about, [((), value)] if value is not None else ())


def _family(name: str, kind: str, about: str, samples: Iterable[Sample]) -> str:
    """Return a metric with its samples; one without any keeps its head, which says that there is such a metric."""
    lines = [_head(name, kind, about)]
    for labels, value in samples:
        inner = ",".join([f'{key}="{escaped(said)}"' for key, said in labels])
        lines.append(f"{name}{{{inner}}} {number(value)}\n" if inner else f"{name} {number(value)}\n")
    return "".join(lines)
