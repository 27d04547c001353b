"""What can follow in a filter as one types: candidates with their hosts, and a line that says how it is written."""

from dataclasses import replace

import pytest
from textual.widgets import Input

from conntest_tui.model import Host
from conntest_tui.model.host_filter import COMPARED_FIELDS, CONDITIONS, HELD_FIELDS, parse_filter
from conntest_tui.tui.table.arrangement import HostBoard, make_board
from conntest_tui.tui.table.filter_bar import FilterHint
from conntest_tui.tui.table.filter_completion import GRAMMAR, Candidate, candidates, hint
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import HOSTS, everything_up, snapshot, trouble, up
from tests.tui.seat import Seat, console, text

BOARD = make_board(trouble())


def offered(typed: str, board: HostBoard = BOARD) -> dict[str, int | None]:
    return {candidate.label: candidate.hosts for candidate in candidates(typed, board)}


def first(typed: str, board: HostBoard = BOARD) -> str:
    return candidates(typed, board)[0].text


def said(typed: str, size: int = 120) -> str:
    return text(hint(typed, candidates(typed, BOARD), "", size))


# ---------------------------------------------------------------- candidates


def test_groups_are_offered_with_their_hosts_the_largest_first() -> None:
    assert offered("group:") == {"Building 406": 5, "Headquarters": 5, "Branch offices": 4}
    assert list(offered("group:b")) == ["Building 406", "Branch offices"]
    assert list(offered("group:OFF")) == ["Branch offices"]  # as the filter finds it: anywhere, in any case
    assert offered("group:x") == {}


def test_locations_are_offered_as_far_as_the_other_terms_let_hosts_pass() -> None:
    assert offered("loc:mdf") == {"Bldg 6 MDF 101": 2, "Bldg 6 MDF 102": 1, "Bldg 2 MDF 001": 1}
    assert offered("state:down loc:") == {"Bldg 6 MDF 101": 1, "Bldg 2 rack A5": 1, "Bldg 2 north door": 1}
    assert offered("group:head !state:down loc:mdf") == {"Bldg 2 MDF 001": 1}


def test_states_are_offered_worst_first_and_only_those_that_there_are() -> None:
    assert offered("state:") == {
        "down": 3,
        "unreachable": 2,
        "suspect": 1,
        "pending": 1,
        "up": 7,
        "muted": 1,
        "acknowledged": 1,
        "flapping": 1,
        "checking": 1,
    }
    assert offered("state:u") == {"unreachable": 2, "up": 7}
    assert offered("state:own") == {}  # a state is found by its beginning


def test_columns_are_offered_by_their_beginning() -> None:
    assert offered("gr") == {"group:": None}
    assert offered("cisco !l") == {"loc:": None, "loss>": None}
    assert first("cisco !l") == "cisco !loc:"
    assert offered("cisco ") == offered("") == offered("router") == {}


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("group:b", 'group:"Building 406"'),
        ('group:"buil', 'group:"Building 406"'),
        ("GROUP:buil", 'group:"Building 406"'),
        ("!group:head", "!group:Headquarters"),
        ("cisco state:d", "cisco state:down"),
        ('loc:"', 'loc:"Bldg 6 MDF 101"'),
    ],
)
def test_what_is_completed_is_written_so_that_the_filter_finds_it(typed: str, completed: str) -> None:
    assert first(typed) == completed
    assert parse_filter(completed).complaint == ""


def test_every_candidate_passes_as_many_hosts_as_it_says() -> None:
    statuses = [up(Host(f"10.0.0.{number}", group=name)) for number, name in enumerate(('12" rack', "a b", "ab", ""))]
    for board in (BOARD, make_board(snapshot(statuses))):
        for column in ("group", "state"):
            for candidate in candidates(f"{column}:", board):
                shown = make_board(board.snapshot, replace(board.arrangement.view, filter=parse_filter(candidate.text)))
                assert shown.shown >= (candidate.hosts or 0) > 0


def test_of_a_long_list_only_the_groups_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conntest_tui.tui.table.filter_completion._MOST_COUNTED", len(HOSTS) - 1)
    assert offered("state:down group:") == {"Building 406": 5, "Headquarters": 5, "Branch offices": 4}
    assert offered("loc:") == offered("state:") == {}


# ---------------------------------------------------------------- the line below


def test_the_line_says_how_a_filter_is_written_then_what_can_follow_then_what_a_column_takes() -> None:
    assert said("").startswith(" words  state: group: loc: ")
    assert said("group:b").startswith(" Building 406 (5)  Branch offices (4)   tab completes")
    assert said("gr").startswith(" group:   tab completes")
    assert said("group:zzz") == " no group has that"
    assert said("rtt>") == " milliseconds: rtt>20, rtt<0.5"
    assert said("for<").startswith(" a length of time: ")
    assert said("cisco ").startswith(" words ")
    for size in (10, 60, 80):
        assert all(len(said(typed, size)) <= size for typed in ("", "group:", "mail:x", "group:zzz"))


def test_a_state_that_nobody_is_in_is_told_from_one_that_there_is_not() -> None:
    calm = make_board(everything_up())
    for typed, expected in (
        ("state:down", " no host is down"),
        ("cisco state:muted", " no host is muted"),
        ("!state:down", " no host is down"),
        ("state:unre", " no host is unreachable"),
    ):
        assert "".join(span.text for span in hint(typed, candidates(typed, calm), "", 100)) == expected
    assert said("!state:up").startswith(" up (7) ")
    assert said("state:behind").startswith(" unreachable (2) ")
    assert parse_filter("state:behind").complaint == ""


def test_the_list_of_candidates_goes_along_with_the_choice_and_is_cut_at_whole_words() -> None:
    found = [Candidate(f"Building {number}", number, f"group:{number}") for number in range(30)]
    for candidate in found:
        for size in (40, 60, 100):
            spans = hint("group:x", found, candidate.text, size)
            text = "".join(span.text for span in spans)
            assert len(text) <= size
            assert f"[{candidate.label} ({candidate.hosts})]" in text
            assert text.count("Building") == text.count(" (") == text.count(")"), "none is cut within"
            assert ("…" in text.split("Building")[0]) == (not text.lstrip(" …").strip("[").startswith("Building 0 "))


def test_the_grammar_holds_every_column_and_every_example_is_understood() -> None:
    whole = " ".join(f"{written} {meaning}" for written, meaning in GRAMMAR)
    assert all(f"{field}:" in whole for field in HELD_FIELDS)
    assert all(f"{field}>" in whole for field in COMPARED_FIELDS)
    assert all(word in whole for word in CONDITIONS)
    assert all(len(meaning) <= 54 for _, meaning in GRAMMAR), "no line is broken in 80 columns"
    for written, _ in GRAMMAR[:-1]:
        assert parse_filter(written).complaint == ""
        assert parse_filter(written).terms


# ---------------------------------------------------------------- in the console


def line(seat: Seat) -> str:
    return seat.screen.query_one(Input).value


def shown_hint(seat: Seat) -> str:
    widget = seat.screen.query_one(FilterHint)
    return widget.render().plain if widget.display else ""


async def test_tab_and_right_complete_and_go_through_the_candidates() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("slash")
        assert shown_hint(seat).startswith(" words  state:")
        await seat.press(*"gr", "tab")
        assert line(seat) == "group:"
        await seat.press("b")
        assert shown_hint(seat).startswith(" Building 406 (5)  Branch offices (4) ")
        await seat.press("tab")
        assert line(seat) == 'group:"Building 406"'
        assert seat.screen.board is not None
        assert seat.screen.board.shown == 5
        await seat.press("right")
        assert line(seat) == 'group:"Branch offices"'
        await seat.press("tab")
        assert line(seat) == 'group:"Building 406"'
        await seat.press("space", *"st", "right", *"d", "tab", "enter")
        assert seat.app.view.filter.text == 'group:"Building 406" state:down'
        assert shown_hint(seat) == ""
        assert seat.table.has_focus


async def test_right_within_the_line_moves_and_tab_with_nothing_to_complete_does_nothing() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("slash", *"grx", "left", "left", "right", "tab")
        assert line(seat) == "grx"
        await seat.press("backspace")
        assert line(seat) == "gx"


async def test_what_cannot_be_understood_is_said_in_place_of_what_helps() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("slash", *"foo:bar")
        assert shown_hint(seat) == ""
        assert seat.screen.board is not None
        assert seat.screen.board.shown == len(HOSTS)
        await seat.press("escape", "slash", *"group:zzz")
        assert shown_hint(seat) == " no group has that"


async def test_the_help_says_how_a_filter_is_written() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("question_mark")
        told = seat.help_text()
        assert all(written in told and meaning in told for written, meaning in GRAMMAR)
