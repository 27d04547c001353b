"""The table of what proves what, line by line."""

import pytest

from conntest_tui.model import Outcome, ProbeResult, Refusal
from conntest_tui.outages import evidence
from conntest_tui.outages.evidence import UPLINK_UNKNOWN, Family, Verdict
from tests.outages.play import result

UNKNOWN = result("n", Outcome.UNRESOLVED, refusal=Refusal.NAMES)
NO, SILENT, ERROR = Outcome.UNSENDABLE, Outcome.SILENT, Outcome.ERROR


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (result("a"), Verdict.UP),
        (result("a", own=True), Verdict.UP),
        (result("a", carrier=False), Verdict.UP),  # a reply proves the host, whatever the interface says
        (result("a", SILENT), Verdict.FAILED),
        (result("a", ERROR), Verdict.FAILED),
        (result("a", SILENT, carrier=False), Verdict.NOTHING),
        (result("a", SILENT, own=True, carrier=False), Verdict.FAILED),  # no link leads to an own address
        (result("a", NO), Verdict.NOTHING),
        (result("a", SILENT, refusal=Refusal.NEIGHBOURS), Verdict.NOTHING),
        (result("a", Outcome.UNRESOLVED), Verdict.FAILED),  # no such name
        (result("a", Outcome.UNRESOLVED, refusal=Refusal.NAMES), Verdict.NOTHING),
    ],
)
def test_what_a_result_says_about_its_host(found: ProbeResult, verdict: Verdict) -> None:
    assert evidence.verdict(found) is verdict


@pytest.mark.parametrize(
    ("results", "uplinks", "why"),
    [
        ([], (), {}),
        ([result("a", NO), result("b", NO)], (), {Family.V4: "no route"}),
        ([result("a", NO), result("b", SILENT)], (), {}),
        ([result("a", NO), result("b")], (), {}),
        ([result("a", NO), result("b", own=True)], (), {Family.V4: "no route"}),
        ([result("a", NO), result("b6")], (), {Family.V4: "no route"}),
        ([result("a"), result("b6", NO)], (), {Family.V6: "no route"}),
        ([result("a", NO, refusal=Refusal.FIREWALL)], (), {Family.V4: "local firewall"}),
        ([result("a", NO, refusal=Refusal.NEIGHBOURS)], (), {}),
        ([result("a", own=True)], (), {}),
        ([result("a", Outcome.UNRESOLVED, refusal=Refusal.NAMES)], (), {}),
        ([result("a", SILENT, carrier=False), result("b", SILENT, carrier=False)], (), {Family.V4: "no carrier"}),
        ([result("a", SILENT, carrier=False), result("b", SILENT)], (), {}),
        ([result("a", SILENT), result("gw", SILENT)], ("gw",), {Family.V4: "every uplink is silent"}),
        ([result("a", SILENT), result("gw")], ("gw",), {}),
        ([result("a"), result("gw", SILENT)], ("gw",), {}),
        ([result("a", SILENT), result("gw", SILENT)], ("gw", "other"), {}),  # who was not probed is not silent
        ([result("a", SILENT), result("gw6", SILENT)], ("gw6",), {Family.V6: "every uplink is silent"}),
        ([result("a", SILENT), UNKNOWN], ("n",), {Family.V4: UPLINK_UNKNOWN}),
        ([result("a", SILENT), result("gw", SILENT), UNKNOWN], ("gw", "n"), {Family.V4: "every uplink is silent"}),
        ([result("a", SILENT), result("gw"), UNKNOWN], ("gw", "n"), {}),
        ([result("a"), result("b6", SILENT), UNKNOWN], ("n",), {Family.V6: UPLINK_UNKNOWN}),  # it may be that one's
        ([result("a", SILENT), UNKNOWN], (), {}),  # it is no uplink
        ([result("a", SILENT), result("n", Outcome.UNRESOLVED)], ("n",), {}),  # there is no such name
    ],
)
def test_when_a_link_is_lost(results: list[ProbeResult], uplinks: tuple[str, ...], why: dict[Family, str]) -> None:
    assert evidence.lost(results, evidence.across(results), uplinks) == why
    unknown = [r for r in results if r is UNKNOWN]
    known = [r for r in results if r is not UNKNOWN]
    assert evidence.lost(known, evidence.across(known), uplinks, [r.name for r in unknown]) == why


@pytest.mark.parametrize(
    ("results", "names"),
    [
        ([result("a", SILENT), result("b")], set()),
        ([result("a", NO), result("b")], {"a"}),
        ([result("a", SILENT), result("gw", SILENT), result("n", Outcome.UNRESOLVED)], {"a", "gw", "n"}),
        ([result("a", SILENT), result("gw", SILENT), result("b6")], {"a", "gw"}),
        ([result("a", SILENT), result("gw", SILENT), result("127.0.0.1", address="127.0.0.1")], {"a", "gw"}),
    ],
)
def test_about_whom_a_single_sweep_says_nothing(results: list[ProbeResult], names: set[str]) -> None:
    assert evidence.unwatched(results, ("gw",)) == names
