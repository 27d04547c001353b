from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conntest_tui.api.columns import from_columns, to_columns
from conntest_tui.api.json_values import JsonValueError, dumps, from_json, loads
from conntest_tui.model import Host, HostStatus
from tests.api.model_values import same, values_of


@settings(max_examples=30, deadline=None)
@given(st.lists(values_of(HostStatus), max_size=4))
def test_values_arrive(values: list[HostStatus]) -> None:
    made = loads(dumps(to_columns(HostStatus, values)))
    assert same(from_columns(HostStatus, len(values), made, "hosts"), values)


def test_a_field_that_holds_its_default_everywhere_is_left_out() -> None:
    assert to_columns(Host, [Host("a"), Host("b", mail=False)]) == {"name": ["a", "b"], "mail": [True, False]}
    assert to_columns(Host, [Host("a", "x")], but=("description",)) == {"name": ["a"]}


def test_texts_are_read_like_all_others() -> None:
    texts = ["a", "\x1b]0;", "\u202e", "\n"]
    found = from_columns(Host, 4, {"name": texts, "parent": texts[::-1]}, "hosts")
    assert found == [
        from_json(Host, {"name": name, "parent": parent}) for name, parent in zip(texts, texts[::-1], strict=True)
    ]


def test_a_field_that_is_not_known_is_passed_over() -> None:
    assert from_columns(Host, 1, {"name": ["a"], "colour": ["red"]}, "hosts") == [Host("a")]


@pytest.mark.parametrize(
    "columns",
    [
        *([], {}, {"name": "ab"}, {"name": ["a"]}, {"name": ["a", "b", "c"]}, {"name": ["a", None]}),
        *({"name": ["a", "b"], "mail": [True]}, {"name": ["a", "b"], "mail": [True, 1]}),
        *({"name": ["a", "b"], "parent": [None, 7]}, {"name": ["a", "b"], "timeout": [1e400, 1]}),
    ],
)
def test_columns_that_do_not_fit_are_refused(columns: Any) -> None:
    with pytest.raises(JsonValueError, match="hosts"):
        from_columns(Host, 2, columns, "hosts")
