"""The metrics, read by those who are to read them: promtool and the parser of Prometheus's own client."""

import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from conntest_tui.config.settings import HostSeries
from conntest_tui.model import Host, Mark, State
from conntest_tui.model.monitor_figures import DeliveryResult, HeartbeatStatus
from conntest_tui.web.metrics_text import MetricsInput, MetricsText
from conntest_tui.web.open_trouble import branch_of, find_trouble
from conntest_tui.web.rtt_histograms import BOUNDS, RttHistograms
from tests.bench.metrics import measure
from tests.fakes import NOON
from tests.web.sites import (
    FIGURES,
    HOSTILE,
    NO_ROUTE,
    NOW,
    PRINTER,
    ROUTER,
    SWITCH,
    down,
    every_trouble,
    large,
    snapshot,
    up,
)

PROMTOOL = Path("/usr/bin/promtool")

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def source(hosts: HostSeries = HostSeries.ALL, *, sweeps: int = 1) -> MetricsInput:
    site, histograms = every_trouble(), RttHistograms()
    for _ in range(sweeps):
        histograms.add(site.statuses)
    return MetricsInput(site, find_trouble(site.statuses), FIGURES, histograms.groups, hosts, well=True)


def read(text: bytes) -> Samples:
    found: Samples = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            assert key not in found, f"told twice: {key}"
            found[key] = sample.value
    return found


def value(found: Samples, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def named(found: Samples, name: str) -> list[dict[str, str]]:
    return [dict(labels) for key, labels in found if key == name]


def test_what_is_told_of_the_site_is_what_the_snapshot_says() -> None:
    given = source()
    found = read(MetricsText().write(given))
    states = Counter(status.standing.state for status in given.snapshot.statuses)

    for state in State:
        assert value(found, "conntest_site_hosts", state=state.value) == states[state]
        in_lab = sum(
            status.standing.state is state and status.host.group == "Lab" for status in given.snapshot.statuses
        )
        assert value(found, "conntest_hosts", group="Lab", state=state.value) == in_lab
    assert value(found, "conntest_site_hosts_handled") == 2
    assert value(found, "conntest_site_hosts_muted") == 2
    assert value(found, "conntest_last_sweep_timestamp_seconds") == NOON - 20
    assert value(found, "conntest_sweep_duration_seconds") == 1.25
    assert value(found, "conntest_sweep_interval_seconds") == 300
    assert value(found, "conntest_sweeps_total") == 418
    assert value(found, "conntest_strays_total") == 17
    assert value(found, "conntest_uplink_up") == 1
    assert value(found, "conntest_healthy") == 1
    assert value(found, "conntest_watch_up") == 1
    assert value(found, "conntest_config_last_reload_successful") == 1
    assert value(found, "conntest_outbox_pending", channel="mail") == 3
    assert value(found, "conntest_outbox_oldest_timestamp_seconds", channel="mail") == NOON - 62.5
    assert value(found, "conntest_deliveries_total", channel="mail", result="delivered") == 12
    assert value(found, "conntest_deliveries_total", channel="mail", result="expired") == 0
    assert len(named(found, "conntest_deliveries_total")) == len(DeliveryResult)
    assert value(found, "conntest_mail_health", channel="mail", state="ok") == 1
    assert value(found, "conntest_mail_health", channel="mail", state="held") == 0


def test_open_outages_and_causes_are_told_whatever_is_told_of_hosts() -> None:
    for hosts in HostSeries:
        found = read(MetricsText().write(source(hosts)))
        started = "conntest_outage_started_timestamp_seconds"
        branch = ROUTER.name
        assert value(found, started, host=ROUTER.name, group="Building 406", branch=branch) == NOON - 862
        assert value(found, started, host=PRINTER.name, group="Building 406", branch=branch) == NOON - 862
        assert value(found, started, host="10.2.0.1", group="Lab", branch="10.2.0.1") == NOON - 60.5
        assert len(named(found, started)) == 5
        assert value(found, "conntest_outage_acknowledged", host=ROUTER.name) == 1
        assert value(found, "conntest_outage_acknowledged", host=SWITCH.name) == 0
        assert value(found, "conntest_outage_muted", host="10.2.0.1") == 1
        assert value(found, "conntest_outage_flapping", host="10.2.0.1") == 0
        assert value(found, "conntest_outage_behind", host=SWITCH.name) == 1
        assert value(found, "conntest_outage_behind", host=ROUTER.name) == 0
        assert value(found, "conntest_cause_started_timestamp_seconds", cause=NO_ROUTE.host) == NOON - 300
        assert value(found, "conntest_cause_hosts", cause=NO_ROUTE.host) == 2
        assert value(found, "conntest_cause_acknowledged", cause=NO_ROUTE.host) == 0


@pytest.mark.parametrize(("hosts", "number"), [(HostSeries.NONE, 0), (HostSeries.TROUBLE, 6), (HostSeries.ALL, 13)])
def test_hosts_have_series_of_their_own_as_the_setting_says(hosts: HostSeries, number: int) -> None:
    found = read(MetricsText().write(source(hosts)))

    assert len(named(found, "conntest_host_info")) == number
    if hosts is HostSeries.ALL:
        answered = {labels["host"] for labels in named(found, "conntest_host_up")}
        assert "10.3.0.1" not in answered, "who is not watched is neither up nor down"
        assert value(found, "conntest_host_up", host="10.5.0.1", group="") == 1
        assert value(found, "conntest_host_rtt_seconds", host="10.5.0.1", group="") == 0.000412345
    if hosts is not HostSeries.NONE:
        assert value(found, "conntest_host_up", host=ROUTER.name, group="Building 406") == 0
        assert value(found, "conntest_host_up", host="10.2.0.2", group="Lab") == 1, "suspect is not down"


def test_an_outage_of_a_host_that_flaps_is_told_as_such() -> None:
    status = down(ROUTER)
    mark = Mark(ROUTER.name, flapping_since=NOW)
    site = snapshot([replace(status, standing=replace(status.standing, mark=mark))])
    found = read(MetricsText().write(replace(source(), snapshot=site, trouble=find_trouble(site.statuses))))

    assert value(found, "conntest_outage_flapping", host=ROUTER.name) == 1


def test_hostile_names_are_text() -> None:
    found = read(MetricsText().write(source()))

    assert value(found, "conntest_host_info", host="evil.example", description=HOSTILE, location=HOSTILE) == 1
    assert value(found, "conntest_hosts", group=HOSTILE, state="down") == 1


def test_the_round_trip_times_of_a_group_are_counted_from_sweep_to_sweep() -> None:
    found = read(MetricsText().write(source(sweeps=3)))
    buckets = [value(found, "conntest_group_rtt_seconds_bucket", group="Lab", le=str(bound)) for bound in BOUNDS]

    assert buckets == [0, 0, 0, 0, 0, 3, 3]
    assert value(found, "conntest_group_rtt_seconds_bucket", group="Lab", le="+Inf") == 6
    assert value(found, "conntest_group_rtt_seconds_count", group="Lab") == 6
    assert value(found, "conntest_group_rtt_seconds_sum", group="Lab") == pytest.approx(3 * 3.7)


def test_a_sweep_is_counted_once_however_often_it_is_shown() -> None:
    histograms, site = RttHistograms(), every_trouble()

    assert histograms.take(site)
    assert not histograms.take(replace(site, at=NOON + 1))
    last = site.sweep.last
    assert last is not None
    assert histograms.take(replace(site, sweep=replace(site.sweep, last=replace(last, seconds=2.0))))
    assert sum(histograms.groups["Lab"].counts) == 4
    histograms.add([up(Host("10.9.9.9"))])
    assert set(histograms.groups) == {""}


def test_counters_go_on_beyond_sixteen_bits() -> None:
    """SuperQ/smokeping_prober#98: buckets that stopped growing close to 65,535."""
    histograms, statuses = RttHistograms(), [up(Host("10.0.0.1"), 0.0004)] * 1_000
    for _ in range(70):
        histograms.add(statuses)
    given = replace(source(), histograms=histograms.groups)
    found = read(MetricsText().write(replace(given, figures=replace(FIGURES, strays=1 << 40))))

    assert value(found, "conntest_group_rtt_seconds_count", group="") == 70_000
    assert value(found, "conntest_strays_total") == 1 << 40


def test_trouble_of_the_monitor_shows() -> None:
    given = source()
    figures = replace(
        FIGURES, links_lost=("IPv4",), state_trouble="disk full", files_taken=False, mail_waits_since=None
    )
    found = read(MetricsText().write(replace(given, figures=figures, well=False)))

    assert value(found, "conntest_uplink_up") == 0
    assert value(found, "conntest_state_healthy") == 0
    assert value(found, "conntest_config_last_reload_successful") == 0
    assert value(found, "conntest_healthy") == 0
    assert not named(found, "conntest_outbox_oldest_timestamp_seconds")


def test_the_bench_measures_what_the_client_of_prometheus_writes_too() -> None:
    figures = measure(100, turns=1)

    assert figures["samples"] > 300
    assert figures["ratio"] > 0


def test_an_empty_site_has_metrics_too() -> None:
    empty = MetricsInput(snapshot([]), find_trouble(()), replace(FIGURES, judged=None), {}, HostSeries.ALL, well=True)
    found = read(MetricsText().write(empty))

    assert value(found, "conntest_site_hosts", state="up") == 0
    assert not named(found, "conntest_last_sweep_timestamp_seconds")


def test_labels_follow_a_changed_list_of_hosts() -> None:
    writer, given = MetricsText(), source()
    writer.write(given)
    changed = replace(ROUTER, description="another one")
    statuses = (down(changed), *given.snapshot.statuses[1:])
    found = read(writer.write(replace(given, snapshot=replace(given.snapshot, statuses=statuses))))

    assert (
        value(found, "conntest_host_info", host=ROUTER.name, description="another one", location=ROUTER.location) == 1
    )
    fewer = replace(given.snapshot, statuses=statuses[3:])
    assert len(named(read(writer.write(replace(given, snapshot=fewer))), "conntest_host_info")) == 10


def test_a_branch_is_the_first_host_on_the_way_and_a_circle_ends() -> None:
    hosts = {host.name: host for host in (ROUTER, SWITCH, PRINTER)}
    assert branch_of(PRINTER, hosts) == ROUTER.name
    assert branch_of(replace(PRINTER, parent="gone.example"), hosts) == PRINTER.name
    circle = {"a": Host("a", parent="b"), "b": Host("b", parent="a")}
    assert branch_of(circle["a"], circle) == "b"


@pytest.mark.skipif(not PROMTOOL.exists(), reason="needs promtool (Debian: prometheus)")
@pytest.mark.parametrize("hosts", HostSeries)
def test_promtool_finds_no_fault(hosts: HostSeries) -> None:
    for given in (source(hosts), replace(source(hosts), snapshot=large(300))):
        text = MetricsText().write(given)
        checked = subprocess.run(
            [PROMTOOL, "check", "metrics"], input=text, capture_output=True, check=False, timeout=60
        )
        assert (checked.returncode, checked.stderr.decode()) == (0, "")


def test_the_heartbeat_is_told_only_where_there_is_one() -> None:
    given = source()
    assert not [name for name, _ in read(MetricsText().write(given)) if name.startswith("conntest_heartbeat")]
    well = replace(FIGURES, heartbeat=HeartbeatStatus(taken=7, failed=2, last=NOON - 30))
    found = read(MetricsText().write(replace(given, figures=well)))
    assert value(found, "conntest_heartbeat_up") == 1
    assert value(found, "conntest_heartbeat_last_success_timestamp_seconds") == NOON - 30
    assert value(found, "conntest_heartbeats_total", result="taken") == 7
    assert value(found, "conntest_heartbeats_total", result="failed") == 2
    failing = replace(FIGURES, heartbeat=HeartbeatStatus(failed=2, trouble="the service does not hear"))
    found = read(MetricsText().write(replace(given, figures=failing)))
    assert value(found, "conntest_heartbeat_up") == 0
    assert not named(found, "conntest_heartbeat_last_success_timestamp_seconds")
