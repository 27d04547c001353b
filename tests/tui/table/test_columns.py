"""Columns stretch with the terminal and drop by priority."""

import pytest

from conntest_tui.model import Host
from conntest_tui.tui.table.columns import FIELDS, GUTTER, Field, Layout, fit, natural_widths
from tests.tui.scenes import HOSTS

NATURAL = natural_widths(HOSTS)


def total(layout: Layout) -> int:
    return GUTTER + sum(width for _, width in layout.columns) + layout.gap * (len(layout.columns) - 1)


def shown(layout: Layout) -> list[Field]:
    return [field for field, _ in layout.columns]


@pytest.mark.parametrize("width", [*range(12, 131), 250])
def test_at_every_width_the_columns_fill_the_table_exactly(width: int) -> None:
    assert total(fit(NATURAL, width)) == width


def test_120_cells_show_every_column_but_the_reason() -> None:
    layout = fit(NATURAL, 119)
    assert shown(layout) == [field for field in FIELDS if field is not Field.WHY]
    assert layout.gap == 2


def test_80_cells_show_all_but_location_loss_and_reason() -> None:
    hidden = {Field.LOCATION, Field.LOSS, Field.WHY}
    assert shown(fit(NATURAL, 79)) == [field for field in FIELDS if field not in hidden]


def test_250_cells_show_everything_in_full_and_as_many_sweeps_as_are_kept() -> None:
    layout = dict(fit(NATURAL, 249).columns)
    assert list(layout) == list(FIELDS)
    assert layout[Field.SWEEPS] == 60
    assert layout[Field.DESCRIPTION] == len("Badge reader, north door")


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
