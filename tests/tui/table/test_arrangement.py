"""All trouble is on top, group by group; everybody else stands in the order of hosts.csv."""

from dataclasses import replace

import pytest

from conntest_tui.model import Host, HostStatus, State
from conntest_tui.model.host_filter import parse_filter
from conntest_tui.tui.table.arrangement import (
    Arrangement,
    Heading,
    HostBoard,
    Line,
    arrange,
    host_line,
    make_board,
    still_holds,
)
from conntest_tui.tui.table.columns import Field
from conntest_tui.tui.table.sort_order import Order
from conntest_tui.tui.table.view_options import Part, TableSection, View
from tests.tui.scenes import down, judged, muted, trouble, unreachable, up

A1, A2, A3 = (Host(name, group="A") for name in ("a1", "a2", "a3"))
B1, B2 = (Host(name, group="B") for name in ("b1", "b2"))
LONER = Host("loner")


def told(arrangement: Arrangement) -> list[str]:
    """Return the lines as words: a group in brackets, what is behind others in angles, a host by its name."""

    def word(line: Line) -> str:
        if isinstance(line, Heading):
            group = line.section.group
            return f"<{group}>" if line.section.part is Part.BEHIND else f"[{group}]"
        return arrangement.roster.hosts[line].name

    return [word(line) for line in arrangement.lines]


def test_a_calm_network_stands_in_the_order_of_hosts_csv() -> None:
    assert told(arrange([up(A1), up(B1), up(A2), up(B2)])) == ["[A]", "a1", "a2", "[B]", "b1", "b2"]


def test_trouble_of_every_group_stands_above_the_calm_of_any() -> None:
    statuses = [up(A1), up(A2), down(A3), up(B1), down(B2)]
    assert told(arrange(statuses)) == ["[A]", "a3", "[B]", "b2", "[A]", "a1", "a2", "[B]", "b1"]


def test_a_group_that_is_all_in_trouble_has_one_heading() -> None:
    assert told(arrange([up(A1), down(B1), down(B2)])) == ["[B]", "b1", "b2", "[A]", "a1"]


def test_what_nobody_has_taken_yet_comes_first() -> None:
    statuses = [down(A1, note="Ann is on it"), muted(down(A2), None), unreachable(A3, "b1"), down(B1), up(B2)]
    assert told(arrange(statuses)) == ["[B]", "b1", "[A]", "a1", "a2", "a3", "[B]", "b2"]


def test_hosts_without_any_group_have_no_heading() -> None:
    assert told(arrange([up(LONER), down(Host("other"))])) == ["other", "loner"]


def test_hosts_before_the_first_group_have_a_heading_without_a_name() -> None:
    assert told(arrange([up(LONER), up(A1)])) == ["[]", "loner", "[A]", "a1"]


def test_a_heading_above_trouble_counts_the_whole_group_and_one_above_the_rest_counts_the_rest() -> None:
    arrangement = arrange([down(A1), down(A2, note="taken"), up(A3), up(B1)])
    headings = [line.counts for line in arrangement.lines if isinstance(line, Heading)]
    assert headings == [{State.DOWN: 2, State.UP: 1}, {State.UP: 1}, {State.UP: 1}]
    assert arrangement.counts == {State.DOWN: 2, State.UP: 2}


def test_an_arrangement_is_kept_while_no_rank_changes() -> None:
    before = arrange([up(A1), down(A2)])
    same = arrange([up(A1, rtt=0.2), down(A2, seconds=900)], previous=before)
    assert same is before


def test_a_new_state_makes_a_new_arrangement_of_the_same_roster() -> None:
    before = arrange([up(A1), up(A2)])
    after = arrange([up(A1), down(A2)], previous=before)
    assert told(after) == ["[A]", "a2", "[A]", "a1"]
    assert after.roster is before.roster


def test_a_new_host_makes_a_new_roster() -> None:
    before = arrange([up(A1)])
    after = arrange([up(A1), HostStatus(A2)], previous=before)
    assert told(after) == ["[A]", "a2", "a1"], "a host that was never probed stands above those that are up"
    assert after.line_of("a2") == 1
    assert before.line_of("a2") is None


def test_a_reloaded_host_with_another_description_is_another_host() -> None:
    before = arrange([up(A1)])
    assert arrange([up(replace(A1, description="new"))], previous=before) is not before


def test_looking_for_a_host_skips_headings_and_turns_at_the_end() -> None:
    lines = arrange([up(A1), up(B1)]).lines  # [A] a1 [B] b1
    assert host_line(lines, 2) == 3
    assert host_line(lines, 0) == 1
    assert host_line(lines, 99) == 3
    assert host_line((), 0) is None
    assert host_line([line for line in lines if isinstance(line, Heading)], 1) == 1, "only headings are left"


# ---------------------------------------------------------------- folding

TROUBLE_A, CALM_A, CALM_B = TableSection("A", Part.TROUBLE), TableSection("A", Part.CALM), TableSection("B", Part.CALM)
MIXED = [up(A1), up(A2), down(A3), up(B1)]


def test_a_folded_section_is_its_heading_alone_and_keeps_its_counts() -> None:
    folded = arrange(MIXED, View().turn(CALM_A))
    assert told(folded) == ["[A]", "a3", "[A]", "[B]", "b1"]
    assert [line.counts for line in folded.lines if isinstance(line, Heading)][1] == {State.UP: 2}
    assert folded.line_of("a1") is None
    assert folded.line_of(CALM_A) == 2


def test_folding_the_calm_part_of_a_group_hides_no_trouble_of_it() -> None:
    view = View().fold({CALM_A, CALM_B})
    assert told(arrange([down(A1), up(A2), up(A3), up(B1)], view)) == ["[A]", "a1", "[A]", "[B]"]


def test_a_filter_looks_into_folded_sections() -> None:
    view = View(filter=parse_filter("a2")).fold({TROUBLE_A, CALM_A, CALM_B})
    assert told(arrange(MIXED, view)) == ["[A]", "a2"]


def test_the_members_of_a_section_are_known_when_it_is_folded_too() -> None:
    folded = arrange(MIXED, View().turn(CALM_A))
    assert folded.members(CALM_A) == (0, 1)
    assert folded.members(TROUBLE_A) == (2,)
    assert folded.sections_of("a3") == (TROUBLE_A,)
    assert folded.sections() == {TROUBLE_A, CALM_A, CALM_B}


# ---------------------------------------------------------------- behind others

C = tuple(Host(f"c{number}", group="C") for number in range(1, 6))
BEHIND_C = TableSection("C", Part.BEHIND)


def shadowed(parent: HostStatus) -> list[HostStatus]:
    """Return group C with its router in that state, and everybody else in it behind that router."""
    return [parent, *(unreachable(host, "c1") for host in C[1:]), up(A1), down(B1)]


def test_many_hosts_behind_another_are_a_line_and_push_no_trouble_out_of_sight() -> None:
    assert told(arrange(shadowed(down(C[0])))) == ["[C]", "c1", "<C>", "[B]", "b1", "[A]", "a1"]


def test_a_few_hosts_behind_another_stand_by_themselves() -> None:
    assert told(arrange([*shadowed(down(C[0]))[:4], up(A1)])) == ["[C]", "c1", "c2", "c3", "c4", "[A]", "a1"]


def test_hosts_behind_another_can_be_unfolded_and_stand_in_front_of_those_that_are_checked() -> None:
    statuses = shadowed(judged(down(C[0]), state=State.SUSPECT))
    unfolded = arrange(statuses, View().turn(BEHIND_C))
    assert told(unfolded) == ["[B]", "b1", "[C]", "<C>", "c2", "c3", "c4", "c5", "c1", "[A]", "a1"]
    reversed_ = told(arrange(statuses, View(Order(reverse=True)).turn(BEHIND_C)))
    assert reversed_ == ["[A]", "a1", "[C]", "c1", "<C>", "c5", "c4", "c3", "c2", "[B]", "b1"]


def test_a_group_that_is_folded_hides_what_is_behind_others_too() -> None:
    trouble = TableSection("C", Part.TROUBLE)
    folded = arrange(shadowed(down(C[0])), View().turn(trouble))
    assert told(folded) == ["[C]", "[B]", "b1", "[A]", "a1"]
    assert folded.sections_of("c3") == (trouble, BEHIND_C)
    assert folded.members(trouble) == (0, 1, 2, 3, 4), "what is done with trouble is done with what it brings along"
    assert folded.members(BEHIND_C) == (1, 2, 3, 4)


def test_a_filter_shows_hosts_behind_another_by_themselves() -> None:
    view = View(filter=parse_filter("state:unreachable"))
    assert told(arrange(shadowed(down(C[0])), view)) == ["[C]", "c2", "c3", "c4", "c5"]


def test_folding_everything_and_unfolding_it_leaves_nothing_hidden() -> None:
    everything = [TableSection(group, part) for group in "ABC" for part in Part]
    folded = View().fold(everything)
    assert told(arrange(shadowed(down(C[0])), folded)) == ["[C]", "[B]", "[A]"]
    unfolded = folded.unfold(everything)
    assert told(arrange(shadowed(down(C[0])), unfolded)) == [
        *("[C]", "c1", "<C>", "c2", "c3", "c4", "c5", "[B]", "b1", "[A]", "a1")
    ]
    assert unfolded.unfold(everything) == unfolded


# ---------------------------------------------------------------- sorting, filtering


def test_trouble_last_is_the_other_way_round() -> None:
    shown = told(arrange([up(A1), down(A2, note="x"), down(A3), up(B1)], View(Order(Field.STATE, reverse=True))))
    assert shown == ["[A]", "a1", "[B]", "b1", "[A]", "a2", "a3"]


def test_sorted_by_another_column_the_hosts_stand_in_one_list() -> None:
    assert told(arrange(MIXED, View(Order(Field.HOST)))) == ["a1", "a2", "a3", "b1"]
    assert told(arrange(MIXED, View(Order(Field.HOST, reverse=True)))) == ["b1", "a3", "a2", "a1"]


def test_a_list_is_kept_while_nothing_moves_in_it() -> None:
    view = View(Order(Field.RTT))
    before = arrange([up(A1, 0.2), up(A2, 0.1)], view)
    assert arrange([up(A1, 0.3), up(A2, 0.1)], view, before) is before
    assert told(arrange([up(A1, 0.1), up(A2, 0.3)], view, before)) == ["a2", "a1"]


def test_another_view_makes_another_arrangement_of_the_same_roster() -> None:
    before = arrange(MIXED)
    after = arrange(MIXED, View(filter=parse_filter("state:down")), before)
    assert told(after) == ["[A]", "a3"]
    assert after.roster is before.roster
    assert after.counts == before.counts, "the counts in the header are those of all hosts"


def test_a_host_that_fails_comes_into_a_filter_for_it() -> None:
    view = View(filter=parse_filter("state:down"))
    before = arrange([up(A1), down(A2)], view)
    assert told(arrange([down(A1), down(A2)], view, before)) == ["[A]", "a1", "a2"]


# ---------------------------------------------------------------- a filter by time


def passing(board: HostBoard) -> set[str]:
    """Return the names of the hosts that pass the filter."""
    return {board.arrangement.roster.hosts[index].name for index in board.arrangement.chosen or ()}


@pytest.mark.parametrize(
    ("text", "gone", "come"),
    [("for<1m", {"10.9.0.1"}, set()), ("for>1m", set(), {"10.9.0.1"}), ("!for<1m state:susp", set(), {"10.9.0.1"})],
)
def test_it_is_asked_again_as_time_goes_on_although_nothing_happens(text: str, gone: set[str], come: set[str]) -> None:
    first, view = trouble(), View(filter=parse_filter(text))
    before = make_board(first, view)
    assert not still_holds(first, view, before)
    after = make_board(replace(first, at=first.at + 120), view, before)
    assert (passing(before) - passing(after), passing(after) - passing(before)) == (gone, come)


def test_without_one_a_board_is_taken_over_as_long_as_nothing_happens() -> None:
    first = trouble()
    view = View(filter=parse_filter("state:down"))
    before = make_board(first, view)
    assert still_holds(replace(first, at=first.at + 120), view, before)
    assert make_board(replace(first, at=first.at + 120), view, before).arrangement is before.arrangement
