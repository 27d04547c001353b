"""Ten thousand hosts are normal: what a round costs, with generous room for a slow machine."""

import random
import time

from conntest_tui.clock import Instant
from conntest_tui.model import Host, Outcome, ProbeResult, Refusal
from conntest_tui.outages import Rules, Tracker
from tests.fakes import NOON
from tests.outages.play import INTERVAL, SILENT


def replies(hosts: list[Host]) -> list[ProbeResult]:
    return [ProbeResult(host.name, Outcome.REPLY, host.name, 0.001, 1) for host in hosts]


def failures(hosts: list[Host]) -> list[ProbeResult]:
    return [ProbeResult(host.name, Outcome.SILENT, host.name, attempts=3, reason=SILENT) for host in hosts]


def test_a_round_of_10_000_hosts_that_are_up_as_before_takes_milliseconds() -> None:
    hosts = [Host(f"h{i}") for i in range(10_000)]
    tracker, up = Tracker(Rules(), hosts), replies(hosts)
    tracker.judge(up, Instant(NOON, NOON))
    standings = [tracker.standing(host.name) for host in hosts]
    taken = []
    for number in range(5):
        began = time.process_time()
        tracker.judge(up, Instant(NOON + number, NOON + number))
        taken.append(time.process_time() - began)
    assert min(taken) < 0.015
    assert all(tracker.standing(host.name) is old for host, old in zip(hosts, standings, strict=True))


def test_twice_the_hosts_take_about_twice_the_time_also_when_all_fail_in_chains() -> None:
    def seconds(count: int) -> float:
        hosts = [Host(f"h{i}", parent=f"h{i - 1}" if i % 1000 else None) for i in range(count)]
        tracker = Tracker(Rules(), hosts)
        began = time.process_time()
        tracker.judge(replies(hosts), Instant(NOON, NOON))
        for number in range(1, 4):
            tracker.judge(failures(hosts), Instant(NOON + number * INTERVAL, NOON + number * INTERVAL))
        return time.process_time() - began

    small = min(seconds(2_000) for _ in range(3))
    assert seconds(8_000) < 12 * small, "four times the hosts; sixteen times the time would be the square"


def test_a_day_of_1_000_hosts_leaves_nothing_behind() -> None:
    rng = random.Random(4)
    hosts = [Host(f"h{i}", parent=f"h{i - i % 20}" if i % 20 else None) for i in range(1_000)]
    tracker, up, silent = Tracker(Rules(), hosts), replies(hosts), failures(hosts)
    began, at = time.process_time(), NOON
    opened: set[int] = set()
    closed: set[int] = set()
    for number in range(288):
        at += INTERVAL
        results = list(up)
        for i in rng.sample(range(1_000), 3) if number < 280 else ():
            results[i] = silent[i]
        judgement = tracker.judge(results, Instant(at, at), sweep=number)
        opened.update(outage.id for outage in judgement.outages)
        closed.update(outage.id for outage in judgement.outages if outage.ended)
    assert opened == closed
    assert len(opened) > 800
    assert all(tracker.standing(host.name).outage is None for host in hosts)
    assert time.process_time() - began < 10


def test_10_000_hosts_that_cannot_be_asked_come_and_go_in_seconds() -> None:
    hosts = [Host(f"h{i}", group=f"Building {i % 100}") for i in range(10_001)]
    tracker, up = Tracker(Rules(), hosts), replies(hosts)
    refused = [
        ProbeResult(host.name, Outcome.UNSENDABLE, host.name, reason=SILENT, refusal=Refusal.NO_ROUTE)
        for host in hosts[1:]
    ]
    at, notifications = NOON, 0
    began = time.process_time()
    for results in (up, [up[0], *refused], [up[0], *refused], [up[0], *refused], up, up):
        notifications += len(tracker.judge(results, Instant(at, at)).notifications)
        at += INTERVAL
    assert time.process_time() - began < 10
    assert notifications == 2
