import base64
import math
from array import array
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from conntest_tui.api.json_values import JsonValueError, dumps, loads
from conntest_tui.api.snapshot_deltas import MOST_SAMPLES, delta, history, read_whole, whole, with_delta, with_history
from conntest_tui.model import Host, HostStatus, Outcome, ProbeResult, Refusal, Snapshot, Standing, State
from conntest_tui.model.snapshot import pack_samples
from conntest_tui.monitor import host_statuses
from tests.api.model_values import same, values_of


def snapshot_of(*statuses: HostStatus) -> Snapshot:
    return Snapshot(1.0, "site", statuses)


def up(name: str, rtt: float, history: tuple[float, ...] = ()) -> HostStatus:
    result = ProbeResult(name, Outcome.REPLY, name, rtt, 1)
    return HostStatus(Host(name), UP, result, samples=pack_samples((*history, rtt)))


UP = Standing(State.UP, 5.0)


def sent(snapshot: Snapshot) -> Snapshot:
    found = read_whole(loads(dumps(whole(snapshot))))
    for piece in history(snapshot):
        found = with_history(found, loads(dumps(piece)))
    return found


@settings(max_examples=20, deadline=None)
@given(values_of(Snapshot))
def test_a_snapshot_and_its_history_arrive(snapshot: Snapshot) -> None:
    assert same(sent(snapshot), snapshot)


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.data())
def test_a_delta_makes_the_new_snapshot_of_the_old_one(data: st.DataObject) -> None:
    old = data.draw(values_of(Snapshot))
    statuses = list(old.statuses)
    for at, before in enumerate(statuses):
        match data.draw(st.sampled_from(["same", "replied", "other"])):
            case "replied":
                statuses[at] = again(before, data.draw(st.floats(0, 10)))
            case "other":
                other = data.draw(values_of(HostStatus))
                host = replace(other.host, name=before.host.name, line=before.host.line)
                statuses[at] = replace(other, host=host)
    new = replace(data.draw(values_of(Snapshot)), statuses=tuple(statuses))
    made = delta(old, new)
    assert made is not None
    found = with_delta(sent(old), loads(dumps(made)))
    assert same(found, new)


def again(status: HostStatus, rtt: float) -> HostStatus:
    samples = status.samples[-4 * (MOST_SAMPLES - 1) :] + pack_samples((rtt,))
    return replace(status, result=replace(status.result, rtt=rtt), samples=samples)


@pytest.mark.parametrize(("hosts", "pieces"), [(0, 0), (1, 1), (1_001, 2), (10_000, 10), (30_001, 20)])
def test_the_history_comes_in_few_pieces(hosts: int, pieces: int) -> None:
    found = list(history(snapshot_of(*[up("a", 0.1)] * hosts)))
    assert len(found) == pieces
    assert sum(len(piece["samples"]) for piece in found) == hosts


def test_a_host_that_did_not_change_is_the_same_object() -> None:
    old = snapshot_of(up("a", 0.1), up("b", 0.2))
    new = snapshot_of(old.statuses[0], again(old.statuses[1], 0.3))
    made = with_delta(old, delta(old, new))
    assert made.statuses[0] is old.statuses[0]
    assert made.statuses[1].standing is old.statuses[1].standing
    assert with_delta(old, delta(old, replace(old, at=2.0))).statuses is old.statuses


def packed(kind: str, *numbers: float) -> str:
    return base64.b64encode(array(kind, numbers).tobytes()).decode()


def test_of_hosts_that_answered_anew_places_and_times_are_sent() -> None:
    old = snapshot_of(up("a", 0.1, (0.5,) * 70), up("b", 0.1))
    new = snapshot_of(old.statuses[0], again(old.statuses[1], 0.25))
    assert delta(old, new) == {"replies": {"at": packed("I", 1), "rtt": packed("d", 0.25)}}
    assert with_delta(old, delta(old, new)) == new


def test_when_all_have_answered_anew_only_their_times_are_sent() -> None:
    old = snapshot_of(up("a", 0.1, (0.5,) * 70), up("b", 0.1))
    new = snapshot_of(again(old.statuses[0], 0.125), again(old.statuses[1], 0.25))
    assert delta(old, new) == {"replies": {"rtt": packed("d", 0.125, 0.25)}}
    assert with_delta(old, delta(old, new)) == new


OTHERS: list[dict[str, Any]] = [
    *({"name": "c"}, {"outcome": Outcome.SILENT}, {"address": "::1"}, {"rtt": None}, {"attempts": 2}),
    *({"reason": "x"}, {"note": "x"}, {"refusal": Refusal.ADDRESS}, {"own": True}, {"carrier": False}),
]


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: next(iter(other)))
def test_whatever_else_of_a_result_has_changed_arrives(other: dict[str, Any]) -> None:
    old = snapshot_of(up("a", 0.1), up("b", 0.2))
    new = snapshot_of(old.statuses[0], again(old.statuses[1], 0.3))
    changed = replace(new.statuses[1], result=replace(new.statuses[1].result, **other))
    new = replace(new, statuses=(new.statuses[0], changed))
    assert same(with_delta(old, loads(dumps(delta(old, new)))), new)


def test_every_field_of_a_result_is_among_those() -> None:
    assert [name for other in OTHERS for name in other] == [field.name for field in fields(ProbeResult)]


def test_one_more_failure_is_one_sample() -> None:
    old = snapshot_of(up("a", 0.1))
    down = replace(old.statuses[0], result=ProbeResult("a", Outcome.SILENT, "a", None, 3, "no reply to 3 attempts"))
    new = snapshot_of(replace(down, samples=old.statuses[0].samples + pack_samples((math.inf,))))
    (row,) = (delta(old, new) or {})["rows"]
    assert row["sample"] == "inf"
    assert "host" not in row


def test_another_list_of_hosts_is_another_snapshot() -> None:
    old = snapshot_of(up("a", 0.1), up("b", 0.2))
    assert delta(old, snapshot_of(up("a", 0.1))) is None
    assert delta(old, snapshot_of(up("b", 0.1), up("a", 0.2))) is None


def test_the_viewer_keeps_as_many_samples_as_the_monitor() -> None:
    assert MOST_SAMPLES == host_statuses.HISTORY


@pytest.mark.parametrize(
    "changed",
    [
        *([], {"rows": [{}]}, {"rows": [7]}, {"rows": [{"at": -1}]}, {"rows": [{"at": 1}]}),
        *({"replies": []}, {"replies": {}}, {"replies": {"rtt": "AAAA"}}, {"replies": {"rtt": 7}}),
        {"replies": {"rtt": packed("d", 0.1, 0.1)}},
        {"replies": {"rtt": packed("d", 0.1), "at": packed("I", 7)}},
        {"replies": {"rtt": packed("d", 0.1), "at": packed("I", 0, 0)}},
    ],
)
def test_a_delta_that_does_not_fit_is_refused(changed: object) -> None:
    with pytest.raises(JsonValueError):
        with_delta(snapshot_of(up("a", 0.1)), changed)
