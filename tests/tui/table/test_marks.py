"""Marks: which hosts a range means, and that marks stay with hosts however rows move."""

from dataclasses import replace

from conntest_tui.model.host_filter import parse_filter
from conntest_tui.tui.table.arrangement import Arrangement, arrange
from conntest_tui.tui.table.marks import NO_MARKS, MarkCount, hidden_marks, marks_phrase, names_shown
from conntest_tui.tui.table.view_options import DEFAULT_VIEW, Part, TableSection
from tests.tui.scenes import HOSTS, crowd, everything_up, trouble
from tests.tui.seat import text

KEYS = {"mark": "v", "clear_filter": "esc"}
BUILDING = TableSection("Building 406", Part.CALM)


def calm(filtered: str = "") -> Arrangement:
    view = replace(DEFAULT_VIEW, filter=parse_filter(filtered))
    return arrange(everything_up().statuses, view)


def names(*places: int) -> set[str]:
    return {HOSTS[place].name for place in places}


def test_a_range_marks_from_where_it_begins_to_where_the_cursor_is() -> None:
    table = calm()
    marks = NO_MARKS.begin(table, HOSTS[1].name)
    assert marks.names == names(1)
    assert marks.go(table, HOSTS[3].name).names == names(1, 2, 3)
    assert marks.go(table, HOSTS[3].name).go(table, HOSTS[0].name).names == names(0, 1)


def test_a_heading_on_the_way_marks_no_group_and_one_where_the_range_begins_does() -> None:
    table = calm()
    groups = list(table.roster.groups.values())
    first = [table.roster.hosts[at].name for at in groups[0]]
    second = [table.roster.hosts[at].name for at in groups[1]]
    over = NO_MARKS.begin(table, first[-1]).go(table, second[0])
    assert over.names == {first[-1], second[0]}
    assert NO_MARKS.begin(table, BUILDING).names == set(first)


def test_a_folded_group_on_the_way_is_marked_whole() -> None:
    sections = arrange(everything_up().statuses).sections()
    table = arrange(everything_up().statuses, DEFAULT_VIEW.fold(sections))
    lines = [table.selection_at(line) for line in range(len(table.lines))]
    marks = NO_MARKS.begin(table, lines[0]).go(table, lines[1])
    groups = list(table.roster.groups.values())
    assert marks.names == {table.roster.hosts[at].name for at in (*groups[0], *groups[1])}


def test_a_range_that_begins_on_a_mark_takes_marks_away() -> None:
    table = calm()
    marks = NO_MARKS.begin(table, HOSTS[0].name).go(table, HOSTS[4].name).end()
    marks = marks.begin(table, HOSTS[1].name).go(table, HOSTS[2].name).end()
    assert marks.names == names(0, 3, 4)


def test_what_is_marked_stays_marked_when_rows_move() -> None:
    before, after = calm(), arrange(trouble().statuses)
    marks = NO_MARKS.begin(before, HOSTS[1].name).go(before, HOSTS[3].name)
    moved = marks.go(after, HOSTS[3].name)
    assert moved.names == names(1, 2, 3)
    line = after.line_of(HOSTS[3].name)
    assert line is not None
    below = after.selection_at(line + 1)
    assert moved.go(after, below).names == names(1, 2, 3) | {below}


def test_the_filter_hides_marks_and_takes_none_away() -> None:
    marks = NO_MARKS.turn(names(0, 1, 5))
    filtered = calm("switch")
    assert hidden_marks(filtered, marks.names) == len(names(0, 1, 5).difference(names_shown(filtered))) > 0
    assert marks.go(filtered, HOSTS[1].name).names == names(0, 1, 5)
    assert hidden_marks(calm(), marks.names) == 0


def test_all_that_is_shown_is_marked_and_the_second_time_none_of_it() -> None:
    table = arrange(crowd().statuses, replace(DEFAULT_VIEW, filter=parse_filter("printer")))
    marks = NO_MARKS.turn(names_shown(table))
    assert len(marks.names) == len(table.chosen or ()) > 5
    assert marks.turn(names_shown(table)).names == frozenset()


def test_hosts_that_are_gone_are_marked_no_more() -> None:
    marks = NO_MARKS.turn(names(0, 1))
    assert marks.keep(names(1, 2)).names == names(1)
    assert marks.keep(names(0, 1, 2)) is marks


def test_how_many_are_marked_is_said_with_the_key_that_ends_it() -> None:
    assert text(marks_phrase(MarkCount(1031), KEYS)) == "1,031 marked, esc clears"
    assert (
        text(marks_phrase(MarkCount(31, 12, is_begun=True), KEYS))
        == "31 marked, 12 of them not shown, v ends, esc clears"
    )
    assert marks_phrase(MarkCount(), KEYS) == ()
