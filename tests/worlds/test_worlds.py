"""Worlds with one thing wrong in them: what the program makes of it, packet by packet, through to the mail."""

from pathlib import Path

import pytest

from conntest_tui.model import NotificationKind, State
from tests.worlds import laws
from tests.worlds.stage import Life
from tests.worlds.truth import HOSTS, INTERVAL, OWN, REMOTE, Fault, What

BEGIN, END = 1_000.0, 4_000.0


def life(directory: Path, *faults: Fault, until: float = END + 6 * INTERVAL) -> Life:
    """Live through some faults, and some sweeps after them."""
    lived = Life(directory, faults)
    lived.live(until)
    return lived


def told(lived: Life, *kinds: NotificationKind) -> list[str]:
    return [f"{n.kind.value} {n.host}" for _, n in lived.book.notifications if not kinds or n.kind in kinds]


@pytest.mark.parametrize("fault", [Fault(What.ROUTE, "4", BEGIN, END), Fault(What.CARRIER, "", BEGIN, END)])
def test_b1_own_addresses_do_not_hide_that_the_link_is_lost(tmp_path: Path, fault: Fault) -> None:
    lived = life(tmp_path, fault)
    assert told(lived) == ["link lost own link #1", "link back own link #1"]
    assert not laws.broken(lived)


def test_b1_meanwhile_own_addresses_are_up_and_nobody_else_is_anything(tmp_path: Path) -> None:
    lived = life(tmp_path, Fault(What.CARRIER, "", BEGIN, END), until=BEGIN + 4 * INTERVAL)
    states = {status.host.name: status.standing.state for status in lived.snapshots[-1].statuses}
    assert {states[name] for name in OWN} == {State.UP}
    assert {states[name] for name in REMOTE} == {State.UNWATCHED}


def test_b2_one_family_is_one_message(tmp_path: Path) -> None:
    lived = life(tmp_path, Fault(What.ROUTE, "6", BEGIN, END))
    assert told(lived) == ["link lost own link #1", "link back own link #1"]
    assert "IPv6" in lived.book.notifications[0][1].reason
    assert not laws.broken(lived)


@pytest.mark.parametrize(("what", "kind"), [(What.ROUTE, "no route"), (What.FIREWALL, "local firewall")])
def test_b3_what_the_own_kernel_refuses_is_one_cause(tmp_path: Path, what: What, kind: str) -> None:
    lived = life(tmp_path, Fault(what, "10.1.", BEGIN, END))
    assert told(lived) == [f"cause {kind} #1", f"cause over {kind} #1"]
    assert len(lived.book.notifications[0][1].behind) == 5
    assert not laws.broken(lived)


def test_b6_only_names_and_no_name_service_calls_nobody_down(tmp_path: Path) -> None:
    names = [host for host in HOSTS if host.group == "Names"]
    lived = Life(tmp_path, [Fault(What.NAMES, "", 0.0, END)], names)
    lived.live(END + 6 * INTERVAL)
    assert told(lived) == ["cause name service #1", "cause goes on name service #1", "cause over name service #1"]
    assert not laws.broken(lived)


def test_b11_a_parent_that_dies_in_mid_sweep_is_asked_again(tmp_path: Path) -> None:
    """At a request a second the sweep takes half a minute, and the switch dies just after it has answered."""
    lived = Life(tmp_path, [Fault(What.HOST, "10.1.0.1", 4 * INTERVAL + 4.5, END)], rate=1)
    lived.live(END + 6 * INTERVAL)
    assert told(lived, NotificationKind.FAILED) == ["failed 10.1.0.1"]
    assert len(lived.book.notifications[0][1].behind) == 4
    assert not laws.broken(lived)


def test_a_carrier_that_comes_back_in_mid_sweep_calls_nobody_down(tmp_path: Path) -> None:
    """At five requests a second a sweep takes twelve; those whose attempts are over by then are asked again."""
    faults = [Fault(What.CARRIER, "", 1450.0, 2350.0), Fault(What.HOST, "10.1.0.1", 100.5, 1300.5)]
    lived = Life(tmp_path, faults, rate=5)
    lived.live(END + 6 * INTERVAL, [2340.0])
    assert told(lived, NotificationKind.FAILED) == ["failed 10.1.0.1"]
    assert not laws.broken(lived)


def test_a_parent_with_mail_off_speaks_for_those_behind_it(tmp_path: Path) -> None:
    lived = life(tmp_path, Fault(What.HOST, "10.2.0.1", BEGIN, END))
    assert told(lived, NotificationKind.FAILED) == ["failed 10.2.0.1"]
    assert not laws.broken(lived)


def test_a_world_without_faults_is_silent(tmp_path: Path) -> None:
    lived = life(tmp_path)
    assert not told(lived)
    assert not laws.broken(lived)
