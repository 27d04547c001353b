"""The demo's two minutes: everything that it is there to show does happen, the same for the same seed."""

from conntest_tui.demo import MUTED_FOR, PERIOD, RECIPIENTS, CampusScript, open_demo
from conntest_tui.model import EventKind, Outcome
from conntest_tui.model.query_results import DeliveryState
from tests.fakes import FakeClock


def away(script: CampusScript, second: float) -> set[str]:
    return {host.name for host in script.hosts if script.fate(host.name, second).outcome is not Outcome.REPLY}


def test_the_same_seed_gives_the_same_life() -> None:
    first, second = CampusScript(7, 0.0), CampusScript(7, 0.0)
    assert [first.fate(h.name, 3.0) for h in first.hosts] == [second.fate(h.name, 3.0) for h in second.hosts]
    third = CampusScript(8, 0.0)
    assert [first.fate(h.name, 4.0) for h in first.hosts] != [third.fate(h.name, 4.0) for h in third.hosts]


def test_a_few_hundred_hosts_each_behind_the_switch_of_its_building() -> None:
    script = CampusScript(1, 0.0)
    names = {host.name for host in script.hosts}
    assert 200 < len(names) == len(script.hosts)
    assert all(host.parent in names for host in script.hosts if host.parent)


def test_a_switch_takes_its_whole_building_down() -> None:
    script = CampusScript(1, 0.0)
    (switch,) = [h.name for h in script.hosts if h.group.startswith("Building 4") and h.parent is None]
    gone = away(script, 50.0)
    assert switch in gone
    assert {h.name for h in script.hosts if h.parent == switch} <= gone


def test_a_storm_passes_and_the_day_begins_again() -> None:
    script = CampusScript(1, 0.0)
    assert len(away(script, 105.0)) > 80
    assert len(away(script, 130.0)) == 2
    assert away(script, 105.0) == away(script, 105.0 + PERIOD)


def test_a_host_flaps_and_the_mail_server_is_away_for_a_while() -> None:
    script = CampusScript(1, 0.0)
    (flapper,) = away(script, 15.0) - away(script, 24.0) - away(script, 5.0)
    assert [flapper in away(script, second) for second in (15.0, 24.0, 33.0)] == [True, False, True]
    assert [script.mail_away(second) for second in (10.0, 60.0, 100.0)] == [False, True, False]


def test_what_is_going_on_when_the_curtain_rises_agrees_with_itself() -> None:
    clock = FakeClock()
    monitor = open_demo(1, clock, sweep=0.0, spawn=lambda work: work())
    script, now = CampusScript(1, clock.now().steady), clock.now()
    try:
        events = monitor.queries.events(100)[::-1]
        assert [event.at for event in events] == sorted(event.at for event in events)
        for name in (script.long_lost, script.muted_host):
            (mail,) = monitor.queries.mails_about(name)
            (failed,) = [event for event in events if event.host == name and event.kind is EventKind.FAILED]
            assert {(way.recipient, way.state) for way in mail.deliveries} == {
                (recipient, DeliveryState.SENT) for recipient in RECIPIENTS
            }
            assert mail.created == failed.at + 1
        (muted,) = [event for event in events if event.kind is EventKind.MUTED]
        mark = next(mark for mark in monitor.parts.recorder.state.outage_store.marks() if mark.muted)
        assert mark.muted_until is not None
        assert mark.muted_until - now.steady == muted.at + MUTED_FOR - now.wall, "as long as the event says"
    finally:
        monitor.parts.recorder.state.close()
