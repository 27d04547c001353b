"""The laws can be broken: each of these plants a fault into the program, and the law that is to find it does."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conntest_tui.clock import Instant
from conntest_tui.model import NotificationKind, ProbeResult
from conntest_tui.outages import (
    evidence,
    local_outages,
    notification_policy,
    parent_outages,
    second_look_candidates,
    tracker,
)
from conntest_tui.outages.evidence import Verdict
from tests.worlds import laws
from tests.worlds.stage import Life
from tests.worlds.truth import INTERVAL, Fault, What

BEGIN, END = 1_000.0, 4_000.0
Plant = Callable[[pytest.MonkeyPatch], None]


def every_failure_is_the_hosts_own(patch: pytest.MonkeyPatch) -> None:
    """As in version 1.0.0: what the own kernel refuses counts as failed."""

    def verdict(result: ProbeResult) -> Verdict:
        return Verdict.UP if result.alive else Verdict.FAILED

    patch.setattr(evidence, "verdict", verdict)


def own_addresses_prove_the_link(patch: pytest.MonkeyPatch) -> None:
    """As in version 1.0.0: any reply shows that the link is there."""
    across = evidence.across
    patch.setattr(
        evidence, "across", lambda results: across([replace(r, own=False, address="10.9.9.9") for r in results])
    )


def parents_explain_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(parent_outages, "cause", lambda _: None)


def parents_are_not_asked_again(patch: pytest.MonkeyPatch) -> None:
    """Nor are any controls asked, whose silence would leave all in doubt until the next sweep."""
    patch.setattr(tracker, "controls_of", lambda *_: ())
    patch.setattr(second_look_candidates, "_answering", lambda _: ())


def a_quiet_parent_excuses_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(parent_outages, "excusing", lambda _: frozenset())


def causes_never_ripen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(local_outages, "needed_sweeps", lambda *_: 1_000_000)


def a_lost_link_is_never_told(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(local_outages.LocalOutages, "open_lasting", lambda *_: None)
    patch.setitem(notification_policy.OBJECTIONS, NotificationKind.LINK_BACK, (lambda *_: "a planted fault",))


def each_host_is_a_cause(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(local_outages, "_since", lambda record: Instant(hash(record.host.name), 0.0))


@pytest.mark.parametrize(
    ("plant", "fault", "law"),
    [
        (every_failure_is_the_hosts_own, Fault(What.ROUTE, "10.1.", BEGIN, END), laws.one_mail),
        (own_addresses_prove_the_link, Fault(What.CARRIER, "", BEGIN, END), laws.nothing_lost),
        (parents_explain_nothing, Fault(What.HOST, "10.1.0.1", BEGIN, END), laws.one_mail),
        (parents_are_not_asked_again, Fault(What.HOST, "10.1.0.1", 4 * INTERVAL + 4.5, END), laws.one_mail),
        (a_quiet_parent_excuses_everybody, Fault(What.HOST, "10.2.0.1", BEGIN, END), laws.nothing_lost),
        (each_host_is_a_cause, Fault(What.ROUTE, "10.1.", BEGIN, END), laws.one_mail),
        (causes_never_ripen, Fault(What.FIREWALL, "10.1.", BEGIN, END), laws.nothing_lost),
        (a_lost_link_is_never_told, Fault(What.ROUTE, "6", BEGIN, END), laws.nothing_lost),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_planted_fault_is_found(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    plant: Plant,
    fault: Fault,
    law: Callable[[Life], list[str]],
) -> None:
    for planted in (False, True):
        if planted:
            plant(monkeypatch)
        directory = tmp_path / str(planted)
        directory.mkdir()
        life = Life(directory, [fault], rate=1 if fault.begin > BEGIN else 1000)
        life.live(END + 8 * INTERVAL)
        assert bool(law(life)) is planted
        life.stop()


def test_what_stays_open_is_found(tmp_path: Path) -> None:
    life = Life(tmp_path, [Fault(What.HOST, "10.3.0.1", BEGIN, 1e9)])
    life.live(END)
    assert any("10.3.0.1 is down" in breach for breach in laws.all_well(life))


def test_a_false_alarm_is_found(tmp_path: Path) -> None:
    """The host was silent for one sweep; told again while it answers, that would be wolf."""
    life = Life(tmp_path, [Fault(What.HOST, "10.3.0.2", BEGIN, BEGIN + INTERVAL)])
    life.live(END)
    assert not laws.no_wolf(life)
    at, event = next((at, e) for at, e in life.book.events if e.kind.value == "failed")
    life.book.events.append((at + 2 * INTERVAL, event))
    assert laws.no_wolf(life)
