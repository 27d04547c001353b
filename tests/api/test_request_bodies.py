from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conntest_tui.api.json_values import JsonValueError, dumps, loads
from conntest_tui.api.request_bodies import KINDS, request_from_json, request_to_json
from conntest_tui.model.requests import Acknowledge, AddHost, Mute, NewHost, Recheck, Reload, Request


@pytest.mark.parametrize(
    "request_",
    [
        Recheck(None),
        Recheck(("10.1.1.1",)),
        Acknowledge(("10.1.1.1", "10.1.1.2"), "on it", anew=True),
        Mute(("10.1.1.1",), 3600.0, reason="works"),
        Mute(("10.1.1.1",), start=1.7e9, end=1.8e9),
        AddHost(NewHost("10.1.1.3", "Switch", group="Building 406")),
        Reload(),
    ],
)
def test_a_request_arrives_as_it_was_sent(request_: Request) -> None:
    assert request_from_json(loads(dumps(request_to_json(request_)))) == request_


def test_every_request_has_a_name() -> None:
    assert set(KINDS.values()) == set(get_args(Request))
    assert "retry_mail" in KINDS


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"request": 7},
        {"request": "shutdown"},
        {"request": "mute"},
        {"request": "mute", "names": "10.1.1.1"},
        {"request": "mute", "names": [7]},
        {"request": "mute", "names": ["a"], "seconds": "nan"},
        {"request": "mute", "names": ["a"], "seconds": "inf"},
        {"request": "mute", "names": ["a"], "seconds": -1},
        {"request": "mute", "names": ["a"], "end": 1e300},
        {"request": "mute", "names": ["a"], "second": 60},
        {"request": "unmute", "names": ["a"], "start": "nan"},
        {"request": "acknowledge", "names": ["a"], "note": "x" * 1_001},
        {"request": "acknowledge", "names": ["a"], "by": "root"},
        {"request": "add_host", "new": {"host": "x" * 1_001}},
        {"request": "discard", "entry": {}},
    ],
)
def test_what_makes_no_sense_is_refused_in_words(body: Any) -> None:
    with pytest.raises(JsonValueError, match=r"."):
        request_from_json(body)


def test_texts_are_made_harmless() -> None:
    sent = {"request": "acknowledge", "names": ["a\x1b[2J"], "note": "line\nforged \ud800"}
    found = request_from_json(sent)
    assert found == Acknowledge(("a\ufffd[2J",), "line\ufffdforged \ufffd")
    new = request_from_json({"request": "add_host", "new": {"host": "a", "description": "b\r\n10.1.1.9"}})
    assert new == AddHost(NewHost("a", "b\ufffd\ufffd10.1.1.9"))


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["request", "names", "note", "seconds", "start", "end", "new", "entry", "anew", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(list(KINDS)),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
            max_leaves=6,
        ),
    )
)
def test_whatever_comes_is_a_request_or_is_refused(body: dict[str, Any]) -> None:
    try:
        found = request_from_json(body)
    except JsonValueError:
        return
    assert isinstance(found, get_args(Request))
