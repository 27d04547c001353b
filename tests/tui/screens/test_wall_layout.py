"""The wall's plan: tiles as large as fit, every host once, and the ways from one to the next."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conntest_tui.tui.screens.wall_layout import MARGIN, TILES, Plan, Tile, lay_out


def groups(*sizes: int) -> dict[str, Sequence[int]]:
    """Return groups of so many hosts."""
    starts = [sum(sizes[:at]) for at in range(len(sizes))]
    return {
        f"group {at}": range(start, start + size) for at, (start, size) in enumerate(zip(starts, sizes, strict=True))
    }


def shown(plan: Plan) -> list[int]:
    return [host for row in plan.rows for host in row.hosts]


def test_few_hosts_get_the_largest_tiles() -> None:
    assert lay_out(groups(3, 4), 120, 34).tile == TILES[0]


def test_the_more_hosts_the_smaller_the_tiles() -> None:
    widths = [lay_out(groups(count, count), 120, 34).tile.width for count in (4, 12, 40, 150, 400, 900, 1500)]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] == 1


def test_thousands_fit_one_large_screen() -> None:
    plan = lay_out(groups(*[2000] * 5), 250, 64)
    assert plan.lines <= 64
    assert shown(plan) == list(range(10_000))


def test_too_many_hosts_go_on_below_the_screen() -> None:
    plan = lay_out(groups(10_000), 80, 18)
    assert plan.tile == TILES[-1]
    assert plan.lines > 18


def test_small_groups_get_wide_tiles_with_names() -> None:
    for width in (80, 120, 200):
        plan = lay_out(groups(*[5] * 100), width, 30)
        assert plan.tile.has_words
        assert plan.lines == 200, "no more lines than the smallest tiles take"
        assert width - MARGIN - 5 * plan.tile.pitch < 10 or plan.tile.width == 36


def test_hosts_without_any_group_have_no_heading() -> None:
    assert all(row.hosts for row in lay_out({"": range(5)}, 80, 20).rows)


def test_nobody_needs_no_line() -> None:
    plan = lay_out({}, 80, 20)
    assert plan.lines == 0
    assert plan.row_at(0) is None


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=8),
    st.integers(1, 130),
    st.integers(1, 60),
)
def test_every_host_has_one_tile_and_the_mouse_finds_it(sizes: list[int], width: int, height: int) -> None:
    plan = lay_out(groups(*sizes), width, height)
    assert shown(plan) == list(range(sum(sizes)))
    for host in shown(plan):
        row, column = plan.place_of(host)
        x, line = MARGIN + column * plan.tile.pitch, plan.tops[row]
        assert plan.host_at(x, line) == host
        assert plan.row_at(line) == (row, 0)


@pytest.mark.parametrize(("x", "line"), [(0, 1), (6, 1), (1, 0), (119, 1), (1, 3), (1, -1), (1, 99)])
def test_the_mouse_finds_nobody_beside_the_tiles(x: int, line: int) -> None:
    plan = lay_out(groups(4), 120, 5)
    plan = replace(plan, tile=Tile(5, 1, 1, 1), tops=(0, 1, 3))
    assert plan.host_at(x, line) is None


def test_left_and_right_go_over_the_ends_of_rows_and_stop_at_the_ends() -> None:
    plan = lay_out(groups(30, 30), 20, 10)
    assert plan.aside(29, 1) == 30
    assert plan.aside(30, -1) == 29
    assert plan.aside(0, -1) == 0
    assert plan.aside(58, 60) == 59


def test_up_and_down_keep_the_column_as_far_as_there_is_one() -> None:
    plan = lay_out(groups(5, 2), 120, 34)
    per_row = len(plan.rows[1].hosts)
    assert per_row == 4
    assert plan.below(3, 1) == 4, "the second row of the group has one host only"
    assert plan.below(4, 1) == 5, "over the heading of the next group"
    assert plan.below(5, -1) == 4
    assert plan.below(0, -1) == 0
    assert plan.below(6, 5) == 6
