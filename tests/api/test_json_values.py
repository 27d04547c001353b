import math
from dataclasses import dataclass
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conntest_tui.api.json_values import (
    JsonValueError,
    changed_fields,
    dumps,
    from_json,
    loads,
    to_json,
    with_fields,
)
from conntest_tui.model import Event, Host, HostStatus, Judgement, Notification, Outage, Snapshot, SweepReport
from conntest_tui.model.hosts_and_names import NameRecord
from conntest_tui.model.notifications import Message
from conntest_tui.model.query_results import FilePlace, HostReport, NewHostCheck, OutboxEntry, Setup
from conntest_tui.model.requests import Request, RequestAnswer, Requester
from conntest_tui.model.states_and_outages import StoredState
from tests.api.model_values import same, values_of

TYPES = [
    *(Event, Host, HostStatus, Judgement, Notification, Outage, Snapshot, SweepReport, NameRecord, Message, FilePlace),
    *(HostReport, NewHostCheck, OutboxEntry, Setup, RequestAnswer, Requester, StoredState, *get_args(Request)),
]


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
@settings(max_examples=8, deadline=None)
@given(st.data())
def test_every_value_of_the_model_comes_back_as_it_was(kind: type, data: st.DataObject) -> None:
    value = data.draw(values_of(kind))
    assert same(from_json(kind, loads(dumps(to_json(value)))), value)


@pytest.mark.parametrize("kind", [Host, Outage, Snapshot], ids=lambda kind: kind.__name__)
@settings(max_examples=8, deadline=None)
@given(st.data())
def test_what_has_changed_makes_the_new_of_the_old(kind: type, data: st.DataObject) -> None:
    old, new = data.draw(values_of(kind)), data.draw(values_of(kind))
    made = with_fields(old, loads(dumps(changed_fields(old, new))))
    leaves_out = {"line"} if kind is Host else set()
    assert all(same(getattr(made, name), getattr(new, name)) for name in kind.__dataclass_fields__.keys() - leaves_out)  # type: ignore[attr-defined]


def test_what_holds_its_default_is_left_out() -> None:
    assert to_json(Host("10.1.1.1")) == {"name": "10.1.1.1"}
    assert to_json(Host("10.1.1.1", mail=False)) == {"name": "10.1.1.1", "mail": False}


def test_a_newer_side_may_say_more() -> None:
    assert from_json(Host, {"name": "10.1.1.1", "colour": "red"}) == Host("10.1.1.1")
    assert with_fields(Host("10.1.1.1"), {"colour": "red"}) == Host("10.1.1.1")


@dataclass(frozen=True)
class OldHost:
    """What an older side knows of a host."""

    name: str
    description: str = ""


def test_an_older_side_reads_a_newer_one_and_the_other_way_round() -> None:
    newer = Host("10.1.1.1", "Router", parent="10.1.1.2")
    assert from_json(OldHost, to_json(newer)) == OldHost("10.1.1.1", "Router")
    assert from_json(Host, to_json(OldHost("10.1.1.1", "Router"))) == Host("10.1.1.1", "Router")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Host, []),
        (Host, {}),
        (Host, {"name": 7}),
        (Host, {"name": None}),
        (Host, {"name": "a", "mail": 1}),
        (Host, {"name": "a", "timeout": "soon"}),
        (Host, {"name": "a", "timeout": True}),
        (Host, {"name": "a", "attempts": 1.5}),
        (Host, {"name": "a", "attempts": 10**400}),
        (Host, {"name": "a", "timeout": 10**400}),
        (HostStatus, {"host": {"name": "a"}, "samples": "$$$"}),
        (HostStatus, {"host": {"name": "a"}, "standing": {"state": "asleep"}}),
        (HostReport, {"host": "a", "outages": {}}),
    ],
)
def test_what_is_no_such_value_is_refused_in_words(kind: type, value: Any) -> None:
    with pytest.raises(JsonValueError, match=r"."):
        from_json(kind, value)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[NaN]", b"[Infinity]", b"[" * 100_000, b"nul"])
def test_what_is_no_json_is_refused_in_words(text: bytes) -> None:
    with pytest.raises(JsonValueError, match=r"no JSON|too deep"):
        loads(text)


def test_numbers_that_json_does_not_have_are_texts() -> None:
    assert dumps(to_json((math.inf, -math.inf), tuple[float, float])) == b'["inf","-inf"]'
    with pytest.raises(JsonValueError):
        from_json(float, loads("1e999"))


def test_half_a_character_does_no_harm() -> None:
    assert dumps("\ud800") == b'"?"'


def test_a_text_that_is_read_is_harmless_to_a_terminal() -> None:
    """A monitor of another user, whom root may attach to, is no more trusted than a file."""
    assert from_json(str, "Switch\x1b]0;mine\x07 \x9b31m\u202e") == "Switch\ufffd]0;mine\ufffd \ufffd31m\ufffd"
    assert from_json(str, "Subject: a\n\nB\u00fcro\n") == "Subject: a\n\nB\u00fcro\n"
    host = from_json(Host, {"name": "10.1.1.1", "description": "\x1b[2J"})
    assert host.description == "\ufffd[2J"
