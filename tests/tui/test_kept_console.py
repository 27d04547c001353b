"""What outlives a restart: what is written is understood again, and nothing else is."""

import json
from dataclasses import replace

import pytest

from conntest_tui.config.console_settings import COLUMNS
from conntest_tui.model.host_filter import parse_filter
from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.kept_console import KeptConsole, understood, usual_console, written
from conntest_tui.tui.table.columns import FIELDS, NAMED, Field
from conntest_tui.tui.table.sort_order import Order
from conntest_tui.tui.table.view_options import Part, TableSection, View

USUAL = Preferences()
VIEW = View(
    Order(Field.JITTER, reverse=True),
    parse_filter('group:"Building 4" !京都'),
    frozenset({TableSection("", Part.CALM), TableSection('Bldg "6"', Part.TROUBLE), TableSection("x", Part.BEHIND)}),
    (Field.HOST, Field.STATE, Field.GROUP),
)
KEPT = KeptConsole(VIEW, "nord", {"my building": "group:406", "slow": "rtt>20"})


def test_settings_know_the_same_columns_as_the_table() -> None:
    assert tuple(NAMED) == COLUMNS


def test_what_is_written_is_understood() -> None:
    for kept in (KEPT, usual_console(USUAL)):
        assert understood(written(kept, USUAL), USUAL) == kept


def test_the_columns_of_the_settings_are_not_kept_as_a_choice_of_the_operators() -> None:
    chosen = Preferences(columns=("state", "host"))
    text = written(usual_console(chosen), chosen)
    assert json.loads(text)["columns"] is None
    assert understood(text, USUAL).view.columns == FIELDS


def test_a_setting_that_has_changed_counts_more_than_what_was_chosen_before() -> None:
    text = written(KEPT, USUAL)
    other = Preferences(columns=("host", "rtt"))
    assert understood(text, other).view == replace(VIEW, columns=(Field.HOST, Field.RTT))
    assert understood(text, other).theme == "nord"
    assert understood(text, Preferences(theme="light")).theme is None
    assert understood(text, Preferences(theme="light")).view == VIEW


def test_whatever_is_written_can_be_read_again() -> None:
    pasted = KeptConsole(replace(VIEW, filter=parse_filter("a\tb \x1b[2J \u200b")), filters={"x": "y"})
    assert understood(written(pasted, USUAL), USUAL).view.filter.text == "a\ufffdb \ufffd[2J \ufffd"
    many = frozenset(TableSection(f"Building {number}, 京都", Part.CALM) for number in range(50_000))
    text = written(KeptConsole(replace(VIEW, turned=many)), USUAL)
    assert len(text.encode()) < 1 << 20
    assert understood(text, USUAL).view == replace(VIEW, turned=frozenset())


def broken() -> list[str]:
    whole = written(KEPT, USUAL)
    found = json.loads(whole)
    changes = [
        {"version": 2},
        {"sort": "colour"},
        {"reverse": "no"},
        {"filter": 1},
        {"filter": "x" * 201},
        {"filter": "\x1b[2J"},
        {"folds": [["a"]]},
        {"folds": [[1, "calm"]]},
        {"columns": ["state", "colour"]},
        {"columns": 1},
        {"theme": ["nord"]},
        {"filters": ["a"]},
        {"filters": {"a\x07": "b"}},
        {"filters": {"a": "b\n"}},
        {"filters": {f"{number}": "" for number in range(101)}},
        {"settings": None},
    ]
    without = [{key: value for key, value in found.items() if key != gone} for gone in found]
    return [
        "",
        "[]",
        "null",
        "1",
        whole[:-5],
        "[" * 100_000,
        *map(json.dumps, ([found | c for c in changes] + without)),
    ]


@pytest.mark.parametrize("text", broken(), ids=lambda text: text[-40:])
def test_what_is_broken_anywhere_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever json says of it
        understood(text, USUAL)
