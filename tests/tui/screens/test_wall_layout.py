"""The wall's plan: tiles as large as fit, every host once, and the ways from one to the next."""

from collections.abc import Sequence
from itertools import pairwise

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
    """Return the hosts as one reads: row by row, over all groups of a band."""
    return [host for band in plan.bands for row in range(band.rows) for block in band.blocks for host in block.row(row)]


def named(plan: Plan) -> list[list[str]]:
    return [[block.group for block in band.blocks] for band in plan.bands]


def test_few_hosts_get_the_largest_tiles() -> None:
    tile = lay_out(groups(3, 4), 120, 34).tile
    assert (tile.height, tile.gap) == (TILES[0].height, TILES[0].gap)
    assert tile.width >= TILES[0].width


def test_the_more_hosts_the_smaller_the_tiles() -> None:
    widths = [lay_out(groups(count, count), 120, 34).tile.width for count in (4, 12, 40, 150, 400, 900, 1500)]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] == 1


def test_small_groups_stand_side_by_side_as_one_reads() -> None:
    plan = lay_out(groups(5, 5, 4), 80, 18)
    assert named(plan) == [["group 0", "group 1", "group 2"]]
    assert plan.tile.has_words
    assert lay_out(groups(5, 5, 4), 80, 18).lines <= 18


@pytest.mark.parametrize(
    ("width", "height", "whole", "words"),
    [(60, 12, 4, True), (80, 18, 12, True), (120, 34, 100, False), (200, 54, 100, True)],
)
def test_of_a_hundred_small_groups_as_many_are_seen_as_fit(width: int, height: int, whole: int, words: bool) -> None:
    plan = lay_out(groups(*[5] * 100), width, height)
    ends = [band.top + plan.headings + band.rows * plan.tile.rise for band in plan.bands]
    assert sum(len(band.blocks) for band, end in zip(plan.bands, ends, strict=True) if end <= height) >= whole
    assert plan.tile.has_words is words


def test_a_large_group_beside_small_ones_takes_whole_lines() -> None:
    plan = lay_out(groups(200, *[3] * 40), 200, 54)
    assert plan.lines <= 54
    assert named(plan)[0] == ["group 0"]
    assert all(len(band) > 2 for band in named(plan)[1:-1])


def test_groups_without_names_beside_them_stand_further_apart_than_tiles() -> None:
    plan = lay_out(groups(*[40] * 6), 80, 12)
    assert not plan.tile.has_words
    first, second = plan.bands[0].blocks[:2]
    assert second.left - first.left - first.width > plan.tile.gap


def test_thousands_fit_one_large_screen() -> None:
    plan = lay_out(groups(*[2000] * 5), 250, 64)
    assert plan.lines <= 64
    assert sorted(shown(plan)) == list(range(10_000))


def test_too_many_hosts_go_on_below_the_screen() -> None:
    plan = lay_out(groups(10_000), 80, 18)
    assert plan.tile == TILES[-1]
    assert plan.lines > 18


def test_where_not_all_groups_fit_tiles_have_names_and_no_room_is_left() -> None:
    for width in (60, 80):
        plan = lay_out(groups(*[5] * 100), width, 12)
        assert plan.tile.has_words
        assert plan.lines > 12
        right = max(block.left + block.width for band in plan.bands for block in band.blocks)
        assert width - MARGIN - right < 5


@pytest.mark.parametrize("sizes", [(5, 5, 4), [5] * 100, [40] * 30, (300, 500)])
@pytest.mark.parametrize(("width", "height"), [(60, 12), (80, 18), (120, 34), (200, 54)])
def test_groups_side_by_side_do_not_touch_and_both_edges_stay_free(
    sizes: Sequence[int], width: int, height: int
) -> None:
    for band in lay_out(groups(*sizes), width, height).bands:
        for one, other in pairwise(band.blocks):
            assert other.left - one.left - one.width >= 2
        assert MARGIN + band.blocks[-1].left + band.blocks[-1].width <= width - MARGIN


def test_hosts_without_any_group_have_no_heading() -> None:
    plan = lay_out({"": range(5)}, 80, 20)
    assert plan.headings == 0
    assert plan.corner_of(0) == (MARGIN, 0)


def test_nobody_needs_no_line() -> None:
    plan = lay_out({}, 80, 20)
    assert plan.lines == 0
    assert plan.band_at(0) is None


def turned(groups: dict[str, Sequence[int]]) -> dict[str, Sequence[int]]:
    return dict(reversed(groups.items()))


def test_another_order_of_the_groups_keeps_the_tiles_and_packs_them_anew() -> None:
    usual = lay_out(groups(*[5] * 99, 60), 80, 18)
    plan = lay_out(turned(groups(*[5] * 99, 60)), 80, 18, usual)
    assert (plan.tile, plan.tall) == (usual.tile, usual.tall)
    assert named(plan)[0][0] == "group 99"
    assert sorted(shown(plan)) == list(range(555))


@given(st.lists(st.integers(1, 60), min_size=2, max_size=40), st.integers(20, 130), st.integers(2, 60))
def test_another_order_never_takes_the_wall_beyond_the_screen(sizes: list[int], width: int, height: int) -> None:
    usual = lay_out(groups(*sizes), width, height)
    afresh = lay_out(turned(groups(*sizes)), width, height)
    plan = lay_out(turned(groups(*sizes)), width, height, usual)
    assert plan.lines <= height or min(usual.lines, afresh.lines) > height


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=8),
    st.integers(1, 130),
    st.integers(1, 60),
)
def test_every_host_has_one_tile_and_the_mouse_finds_it(sizes: list[int], width: int, height: int) -> None:
    plan = lay_out(groups(*sizes), width, height)
    assert sorted(shown(plan)) == list(range(sum(sizes)))
    corners = {plan.corner_of(host): host for host in shown(plan)}
    assert len(corners) == sum(sizes)
    for (x, line), host in corners.items():
        assert plan.host_at(x, line) == host
        assert plan.host_at(x + plan.tile.width - 1, line + plan.tile.height - 1) == host
        assert x + plan.tile.width <= max(width, MARGIN + plan.tile.width)


@pytest.mark.parametrize(("x", "line"), [(0, 1), (1, 0), (119, 1), (37, 1), (1, 9), (1, -1), (1, 99)])
def test_the_mouse_finds_nobody_beside_the_tiles(x: int, line: int) -> None:
    plan = lay_out(groups(2, 2), 120, 9)
    assert plan.tile == Tile(36, 3, 2, 1)
    assert plan.host_at(1, 1) == 0
    assert plan.host_at(x, line) is None


def test_left_and_right_go_as_one_reads_and_stop_at_the_ends() -> None:
    plan = lay_out(groups(30, 30), 20, 10)
    order = shown(plan)
    assert plan.aside(order[29], 1) == order[30]
    assert plan.aside(order[30], -1) == order[29]
    assert plan.aside(order[0], -1) == order[0]
    assert plan.aside(order[58], 60) == order[59]


def test_right_goes_on_to_the_group_beside() -> None:
    plan = lay_out(groups(5, 5, 4), 80, 18)
    assert [plan.aside(0, step) for step in range(4)] == [0, 5, 10, 1]


def test_up_and_down_stay_in_the_group_and_then_go_to_the_next_below_or_above() -> None:
    plan = lay_out(groups(5, 3, 5, 5), 80, 18)
    assert named(plan) == [["group 0", "group 1", "group 2", "group 3"]]
    assert [plan.below(0, steps) for steps in (1, 4, 5, 99)] == [1, 4, 4, 4]
    plan = lay_out(groups(*[5] * 100), 80, 18)
    lanes = len(plan.bands[0].blocks)
    assert plan.below(4, 1) == 5 * lanes, "from the last host of the first group to the group below it"
    assert plan.below(5 * lanes, -1) == 4
    assert plan.below(9, 1) == 5 * lanes + 5
    last = plan.bands[-1].blocks
    assert plan.below(0, 999) == last[0].hosts[-1]


def test_down_from_a_group_with_nothing_below_it_goes_to_the_nearest() -> None:
    plan = lay_out(dict(list(groups(*[5] * 100).items())[:97]), 60, 12)
    above, below = plan.bands[-2:]
    assert len(below.blocks) < len(above.blocks)
    host = above.blocks[-1].hosts[-1]
    assert plan.below(host, 1) in below.blocks[-1].row(0)


def test_up_and_down_keep_the_column_as_far_as_there_is_one() -> None:
    plan = lay_out(groups(30), 120, 34)
    span = plan.bands[0].blocks[0].span
    assert 1 < span < 30
    assert plan.below(1, 1) == span + 1
    assert plan.below(span + 1, -1) == 1
    assert plan.below(span - 1, 99) == 29
    assert plan.below(0, -1) == 0
