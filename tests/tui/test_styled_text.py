"""Text is measured in terminal cells, not in characters."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from conntest_tui.tui.state_signs import EVENT_SIGNS, MUTED_SIGN, STATE_SIGNS
from conntest_tui.tui.styled_text import (
    ELLIPSIS,
    Span,
    Style,
    cut,
    cut_line,
    cut_middle,
    cut_name,
    fill,
    first_that_fits,
    spread,
    width,
)

words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Mn", "Me")), max_size=30
)


@given(words, st.integers(0, 40))
def test_whatever_the_text_it_fills_exactly_the_cells_it_has(text: str, size: int) -> None:
    assert cell_len(fill(text, size)) == size
    assert cell_len(fill(text, size, right=True)) == size


@given(st.lists(words, max_size=4), st.lists(words, max_size=3), st.integers(2, 60))
def test_a_line_spread_to_both_ends_has_exactly_its_size(left: list[str], right: list[str], size: int) -> None:
    line = spread([Span(text) for text in left], [Span(text) for text in right], size)
    assert width(line) == size


def test_a_wide_character_is_not_cut_in_half() -> None:
    assert cut("京都 router", 4) == "京…"


def test_a_cut_line_ends_where_the_room_ends() -> None:
    line = cut_line([Span("state: "), Span("unreachable", Style.DOWN), Span("never seen")], 12)
    assert [span.text for span in line] == ["state: ", "unre…"]


def test_the_first_line_that_fits_is_taken_else_the_last() -> None:
    variants = [(Span("twelve cells"),), (Span("six of"),), (Span("3"),)]
    assert first_that_fits(variants, 8) == variants[1]
    assert first_that_fits(variants, 0) == variants[2]


def test_every_sign_is_one_cell_wide() -> None:
    signs = [sign.shape for sign in (*STATE_SIGNS.values(), MUTED_SIGN)] + [sign for sign, _ in EVENT_SIGNS.values()]
    assert {cell_len(sign) for sign in signs} == {1}


def test_no_two_states_share_shape_or_word() -> None:
    assert len({sign.shape for sign in STATE_SIGNS.values()}) == len(STATE_SIGNS)
    assert len({sign.word for sign in STATE_SIGNS.values()}) == len(STATE_SIGNS)


def test_what_is_cut_in_the_middle_keeps_what_tells_it_from_others() -> None:
    assert cut_middle("Access switch MDF 101", 17) == "Access s…MDF 101"
    assert cut_middle("Access switch", 13) == "Access switch"
    assert [cut_middle("router", size) for size in range(5)] == ["", "…", "r…", "r…r", "ro…r"]


def test_a_host_name_gives_its_domain_first() -> None:
    assert cut_name("web1.example.com", 12) == "web1.exampl…"
    assert cut_name("frankfurt-row-7-switch-01.example.com", 14) == "frankfu…tch-01"
    assert cut_name("2001:db8:17::53:100", 15) == "2001:db…:53:100"
    assert cut_name("web1.example.com", 4) == "web…"  # that a domain follows is told too


@given(words, st.integers(0, 40))
def test_whatever_is_cut_in_the_middle_fits(text: str, size: int) -> None:
    for shown in (cut_middle(text, size), cut_name(text, size)):
        assert cell_len(shown) <= size
        assert shown == text or ELLIPSIS in shown or not size


def test_neither_a_wide_character_nor_one_with_its_marks_is_cut_in_half() -> None:
    assert cut_middle("京都タワー南口", 8) == "京都…口"
    assert cut_middle("e\u0301" * 9, 5) == "e\u0301" * 2 + "…" + "e\u0301" * 2
