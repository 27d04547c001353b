"""Sorted by a column, the most interesting hosts stand on top, and those it says nothing about last."""

import math
from dataclasses import replace

import pytest

from conntest_tui.model import Host, HostStatus, Mark
from conntest_tui.model.search_and_sort_keys import make_roster
from conntest_tui.model.snapshot import pack_samples
from conntest_tui.tui.table.columns import FIELDS, Field
from conntest_tui.tui.table.sort_order import Order, sort_hosts
from tests.fakes import NOON
from tests.tui.scenes import HOUR, down, judged, muted, probed, unreachable, up

A, B, C = Host("10.0.0.10", "zebra"), Host("10.0.0.9", "Ape", "attic"), Host("10.0.0.100", "bear", "Cellar")


def ordered(statuses: list[HostStatus], field: Field, *, reverse: bool = False) -> list[str]:
    roster = make_roster(tuple(status.host for status in statuses))
    chosen = sort_hosts(roster, statuses, range(len(statuses)), Order(field, reverse))
    return [statuses[index].host.name for index in chosen]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (Field.HOST, [B, A, C]),
        (Field.DESCRIPTION, [B, C, A]),
        (Field.LOCATION, [B, C, A]),
        (Field.RTT, [C, A, B]),
        (Field.FOR, [B, A, C]),
    ],
)
def test_each_column_has_its_order(field: Field, expected: list[Host]) -> None:
    statuses = [up(A, 0.2, NOON - 20), down(B, 10), up(C, 0.3, NOON - 30)]
    assert ordered(statuses, field) == [host.name for host in expected]


def test_reversed_the_hosts_without_a_value_still_stand_last() -> None:
    statuses = [up(A, 0.2), down(B), up(C, 0.3)]
    assert ordered(statuses, Field.RTT, reverse=True) == [A.name, C.name, B.name]
    assert ordered(statuses, Field.LOCATION, reverse=True) == [C.name, B.name, A.name]


def test_by_loss_the_lossiest_stands_on_top() -> None:
    histories = [(0.1, math.inf, 0.1), (0.1, math.nan, 0.1), (math.inf, math.nan, 0.1)]
    statuses = [
        replace(up(host), samples=pack_samples(known)) for host, known in zip((A, B, C), histories, strict=True)
    ]
    assert ordered(statuses, Field.LOSS) == ordered(statuses, Field.SWEEPS) == [C.name, A.name, B.name]


def test_by_each_figure_the_largest_stands_on_top_also_after_the_next_sweep() -> None:
    histories = [(0.2, 0.2, 0.2), (0.1, 0.5, 0.1), (math.inf,)]
    hosts = make_roster((A, B, C))
    statuses = [
        replace(up(host), samples=pack_samples(known)) for host, known in zip((A, B, C), histories, strict=True)
    ]
    found = {
        field: sort_hosts(hosts, statuses, range(3), Order(field))
        for field in (Field.MIN, Field.AVG, Field.MAX, Field.JITTER)
    }
    assert found == {Field.MIN: (0, 1, 2), Field.AVG: (1, 0, 2), Field.MAX: (1, 0, 2), Field.JITTER: (1, 0, 2)}
    statuses[2] = replace(statuses[2], samples=pack_samples([0.1, 0.9]))
    assert sort_hosts(hosts, statuses, range(3), Order(Field.MAX)) == (2, 1, 0)


def test_groups_parents_and_addresses_have_their_order() -> None:
    hosts = [Host("c", group="Floor 10", parent="10.0.0.9"), Host("b", group="floor 9", parent="10.0.0.10"), Host("a")]
    addresses = ("10.0.0.20", "10.0.0.3", None)
    statuses = [probed(up(host), address=address) for host, address in zip(hosts, addresses, strict=True)]
    assert ordered(statuses, Field.GROUP) == ["b", "c", "a"]
    assert ordered(statuses, Field.PARENT) == ["c", "b", "a"]
    assert ordered(statuses, Field.ADDRESS) == ["b", "c", "a"]


def test_every_column_but_the_state_can_be_sorted_by() -> None:
    for field in FIELDS:
        if field is not Field.STATE:
            assert len(ordered([up(A), down(B), HostStatus(C)], field)) == 3


def test_by_mail_a_failure_that_nobody_was_told_of_stands_on_top() -> None:
    hosts = [Host(f"10.0.0.{number}") for number in range(1, 7)]
    statuses = [
        up(hosts[0]),
        judged(up(hosts[1]), mark=Mark(hosts[1].name, flapping_since=None, muted=True)),
        muted(down(hosts[2]), HOUR),
        unreachable(hosts[3], "10.0.0.9"),
        down(hosts[4]),
        down(hosts[5], mailed=False),
    ]
    assert ordered(statuses, Field.MAIL) == [host.name for host in reversed(hosts)]


def test_a_column_is_reversed_by_asking_for_it_again() -> None:
    order = Order()
    assert order.descending
    order = order.by(Field.HOST)
    assert order == Order(Field.HOST)
    assert not order.descending
    assert order.by(Field.HOST).descending
    assert order.by(Field.HOST).by(Field.HOST) == Order(Field.HOST)
