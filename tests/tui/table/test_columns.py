"""Columns stretch with the terminal and drop by priority."""

import pytest

from conntest_tui.model import Host
from conntest_tui.tui.table.columns import (
    CLAIMS,
    FIELDS,
    GUTTER,
    MEANINGS,
    RIGHT_ALIGNED,
    Field,
    Layout,
    fit,
    natural_widths,
)
from tests.tui.scenes import HOSTS

NATURAL = natural_widths(HOSTS)


def total(layout: Layout) -> int:
    return GUTTER + sum(width for _, width in layout.columns) + layout.gap * (len(layout.columns) - 1)


def shown(layout: Layout) -> list[Field]:
    return [field for field, _ in layout.columns]


USUAL = [*FIELDS[:2], *FIELDS[3:5], Field.RTT, Field.SWEEPS, Field.LOSS, Field.FOR, Field.MAIL]


@pytest.mark.parametrize("width", [*range(12, 131), 200, 250, 400])
def test_at_every_width_the_columns_fit_and_a_text_at_the_end_fills_the_table_exactly(width: int) -> None:
    layout = fit(NATURAL, width)
    assert total(layout) <= width
    if shown(layout)[-1] not in RIGHT_ALIGNED:
        assert total(layout) == width


def test_120_cells_show_what_a_watch_needs() -> None:
    layout = fit(NATURAL, 119)
    assert shown(layout) == USUAL
    assert layout.gap == 2


def test_80_cells_show_all_of_that_but_location_and_loss() -> None:
    assert shown(fit(NATURAL, 79)) == [field for field in USUAL if field not in {Field.LOCATION, Field.LOSS}]


def test_200_cells_show_figures_and_the_reason_rather_than_more_sweeps() -> None:
    layout = dict(fit(NATURAL, 199).columns)
    assert {Field.JITTER, Field.AVG, Field.MAX, Field.WHY} <= layout.keys()
    assert layout[Field.SWEEPS] < 30


def test_280_cells_show_everything_in_full() -> None:
    layout = dict(fit(NATURAL, 279).columns)
    assert list(layout) == list(FIELDS)
    assert layout[Field.DESCRIPTION] == len("Badge reader, north door")


def test_only_what_nothing_else_needs_makes_the_bar_of_sweeps_longer() -> None:
    assert dict(fit(NATURAL, 400).columns)[Field.SWEEPS] == 60  # as many as are kept
    without = fit(NATURAL, 199, tuple(USUAL[:-1]))
    assert shown(without) == USUAL[:-1]


def test_the_columns_that_are_wanted_stand_in_the_order_that_is_wanted_and_drop_by_priority() -> None:
    wanted = (Field.MAIL, Field.GROUP, Field.JITTER, Field.HOST, Field.STATE)
    assert shown(fit(NATURAL, 119, wanted)) == list(wanted)
    assert shown(fit(NATURAL, 64, wanted)) == [Field.MAIL, Field.JITTER, Field.HOST, Field.STATE]
    assert shown(fit(NATURAL, 30, wanted)) == [Field.HOST, Field.STATE]


def test_a_column_that_would_be_empty_takes_no_room() -> None:
    alone = natural_widths([Host("10.0.0.1", "Router", group="A"), Host("2001:db8::1", "Server", group="A")])
    hidden = {Field.GROUP, Field.PARENT, Field.ADDRESS}
    assert shown(fit(alone, 400)) == [field for field in FIELDS if field not in hidden]
    assert shown(fit(alone, 400, (Field.STATE, Field.ADDRESS))) == [Field.STATE, Field.ADDRESS]  # the host is not shown
    assert shown(fit(alone, 119, (Field.PARENT,)))[:2] == [Field.STATE, Field.HOST]  # better than nothing at all


def test_a_name_has_an_address_to_show_even_if_it_ends_in_a_digit() -> None:
    assert Field.ADDRESS in shown(fit(natural_widths([Host("server1")]), 400))


def test_every_column_has_a_claim_and_a_meaning() -> None:
    assert {claim.field for claim in CLAIMS} == set(FIELDS) == set(MEANINGS)


def test_60_cells_show_what_is_down_since_when_and_whether_mail_went_out() -> None:
    assert shown(fit(NATURAL, 59)) == [Field.STATE, Field.HOST, Field.DESCRIPTION, Field.FOR, Field.MAIL]


def test_the_state_is_the_last_to_go() -> None:
    assert shown(fit(NATURAL, 12)) == [Field.STATE]


def test_a_long_name_is_shown_in_full_before_the_less_important_columns_are() -> None:
    layout = dict(fit(natural_widths([Host("fe80::1234:5678:9abc:de")]), 80).columns)
    assert layout[Field.HOST] == len("fe80::1234:5678:9abc:de")
    assert Field.LOCATION not in layout


def test_a_cell_of_the_title_line_belongs_to_a_column() -> None:
    layout = Layout(((Field.STATE, 9), (Field.HOST, 15)), gap=2)
    at = {x: layout.field_at(x) for x in (0, 1, 9, 11, 12, 26, 28, 29)}
    assert at == {
        **dict.fromkeys((1, 9, 11), Field.STATE),
        **dict.fromkeys((12, 26, 28), Field.HOST),
        **dict.fromkeys((0, 29), None),
    }


def test_wide_characters_count_twice() -> None:
    assert natural_widths([Host("a", "京都京都京都京都")])[Field.DESCRIPTION] == 16
