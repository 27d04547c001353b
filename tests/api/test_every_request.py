"""Every kind of request: through the socket it does what it does in process, and what is wrong about it is answered."""

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from conntest_tui.api.client import AttachedMonitor
from conntest_tui.api.request_bodies import KINDS
from conntest_tui.api.server import ApiServer
from conntest_tui.model.requests import (
    Acknowledge,
    AddHost,
    Discard,
    Mute,
    NewHost,
    Recheck,
    Reload,
    Request,
    RequestAnswer,
    Requester,
    RetryMail,
    Unacknowledge,
    Unmute,
)
from tests.api.served import Served, down_host, wait_for
from tests.monitor.test_added_hosts import FileStage
from tests.stage import Stage

UP, DOWN, NEW = "10.0.0.1", "10.0.0.2", "10.0.0.3"
LONG = "x" * 1_001

# ---------------------------------------------------------------- the same as in process


def stage_of(directory: Path, *, files: bool = False) -> Stage:
    """Return a stage with a host that is up, one that is down, and a mail that waits."""
    directory.mkdir(mode=0o700)
    stage = FileStage(directory, []) if files else Stage(directory, [UP, DOWN])
    stage.post.away = True
    stage.fails(DOWN)
    stage.rounds(2)
    stage.settle()  # nothing is due any more
    return stage


@contextmanager
def attached(stage: Stage) -> Iterator[AttachedMonitor]:
    server = ApiServer(stage.monitor, stage.directory, {})
    server.start()
    with closing(server):
        wait_for(lambda: server.path is not None and server.path.exists())
        yield AttachedMonitor(lambda: server.path)


def answer_of(stage: Stage, ask: Callable[[Request], Any], request: Request) -> RequestAnswer:
    future, end = ask(request), time.monotonic() + 10
    while not future.done():
        assert time.monotonic() < end
        stage.monitor.turn(0)
        time.sleep(0.005)
    stage.settle()
    found = future.result(0)
    assert isinstance(found, RequestAnswer)
    return found


def discard(stage: Stage) -> Request:
    return Discard(stage.monitor.queries.outbox(1)[0])


TABLE: list[tuple[list[Any], bool]] = [
    ([Recheck(None)], False),
    ([Recheck((UP, "10.9.9.9"))], False),
    ([Acknowledge((DOWN, UP, "10.9.9.9"), "on it")], False),
    ([Acknowledge((DOWN,), "a"), Acknowledge((DOWN,), "b"), Acknowledge((DOWN,), "c", anew=True)], False),
    ([Acknowledge((DOWN,)), Unacknowledge((DOWN, UP)), Unacknowledge((DOWN,))], False),
    ([Mute((DOWN, UP), 3600.0, reason="works"), Unmute((DOWN, UP, "10.9.9.9"))], False),
    ([Mute((UP,), start=1.0, end=2.0), Mute((UP,)), Unmute((UP,), start=5.0)], False),
    ([RetryMail()], False),
    ([discard], False),
    ([Reload()], True),
    (
        [AddHost(NewHost(NEW, "Printer", group="Building 406")), AddHost(NewHost(NEW)), AddHost(NewHost("x y"))],
        True,
    ),
]


@pytest.mark.parametrize(
    ("requests", "files"),
    TABLE,
    ids=lambda value: value[-1].__class__.__name__ if isinstance(value, list) else None,
)
def test_what_is_asked_through_the_socket_is_done_as_in_process(
    tmp_path: Path, requests: list[Request | Callable[[Stage], Request]], *, files: bool
) -> None:
    here, there = stage_of(tmp_path / "here", files=files), stage_of(tmp_path / "there", files=files)
    me = Requester.of(os.getuid())
    with attached(there) as monitor:
        for wanted in requests:
            asked = [wanted(stage) if callable(wanted) else wanted for stage in (here, there)]
            in_process = answer_of(here, lambda request: here.monitor.request(request, me), asked[0])
            assert answer_of(there, monitor.request, asked[1]) == in_process
    told = [[(event.kind, event.text, event.mail, event.host) for event in stage.events] for stage in (here, there)]
    assert told[0] == told[1]
    assert here.snapshots[-1].statuses == there.snapshots[-1].statuses
    assert len(here.monitor.queries.outbox(10)) == len(there.monitor.queries.outbox(10))


def test_the_table_has_every_request() -> None:
    asked = {type(request) for requests, _ in TABLE for request in requests if not callable(request)}
    assert asked | {Discard} == set(KINDS.values())


# ---------------------------------------------------------------- what makes no sense

NUMBERS: list[Any] = [math.nan, "nan", "inf", "-inf", -1, 1e308, 10**400, 253_402_300_800, True, "60", [], {}]
TEXTS: list[Any] = [None, 7, LONG, [], {}, True]
HOSTS: list[Any] = [
    None,
    7,
    "10.1.1.1",
    {},
    [7],
    [None],
    [[]],
    [LONG],
    [],
    [""],
    ["no such host"],
    ["\x00"],
    ["\ud800"],
]
FLAGS: list[Any] = [None, 1, "true", []]
ENTRIES: list[Any] = [
    None,
    [],
    "x",
    {},
    {"kind": "down"},
    {"message": "1", "kind": "down", "subject": "x", "created": 1},
]
ENTRIES += [{"message": 10**30, "notification": None, "kind": "down", "subject": "x", "created": 1.0}]
NEW_HOSTS: list[Any] = [
    None,
    [],
    "x",
    {},
    {"host": 7},
    {"host": LONG},
    {"host": "\n"},
    {"host": "10.0.0.1", "parent": []},
]

WRONG: dict[str, dict[str, list[Any]]] = {
    "recheck": {"names": HOSTS[1:]},
    "acknowledge": {"names": HOSTS, "note": TEXTS, "anew": FLAGS},
    "unacknowledge": {"names": HOSTS},
    "mute": {"names": HOSTS, "seconds": NUMBERS, "start": NUMBERS, "end": NUMBERS, "reason": TEXTS},
    "unmute": {"names": HOSTS, "start": NUMBERS},
    "add_host": {"new": NEW_HOSTS},
    "reload": {},
    "retry_mail": {},
    "discard": {"entry": ENTRIES},
}
ALWAYS: dict[str, list[Any]] = {"id": [7, None, [], {}], "by": ["root"], "user": [0], "second": [60]}


def fields_of(kind: str, host: str) -> dict[str, Any]:
    """Return the fields of a request that makes sense."""
    entry = {"message": 10**9, "notification": None, "kind": "down", "subject": "x", "created": 1.0}
    others: dict[str, dict[str, Any]] = {
        "add_host": {"new": {"host": "10.0.0.1"}},
        "discard": {"entry": entry},
        "reload": {},
        "retry_mail": {},
    }
    return others.get(kind, {"names": [host]})


def test_every_request_and_every_field_has_its_wrong_values() -> None:
    assert {kind: set(fields) for kind, fields in WRONG.items()} == {
        name: set(kind.__dataclass_fields__) for name, kind in KINDS.items()
    }


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_is_wrong_about_a_request_is_answered_and_ends_nothing(served: Served, kind: str) -> None:
    host = down_host(served)
    before = served.ask("/v1/events?limit=1")[1]["answer"][0]["id"]
    for field, values in (WRONG[kind] | ALWAYS).items():
        for value in values:
            status, said = served.ask("/v1/requests", {"request": kind, **fields_of(kind, host), field: value})
            case = f"{kind}.{field} = {str(value)[:40]}: {status} {said}"
            if status == 400:
                assert said["error"], case
                continue
            # It can be read; so it was done for nobody, and the answer says why.
            assert (status, field in ALWAYS) == (200, False), case
            assert not said["answer"].get("done"), case
            assert said["answer"].get("refused") or not value or value == [""], case
    assert served.ask("/v1")[0] == 200
    wait_for(lambda: served.ask("/v1/snapshot")[1]["snapshot"]["sweep"].get("number", 0) > 1, 15)
    assert served.thread.is_alive()
    acts = {"acknowledged", "unacknowledged", "muted", "unmuted", "rechecked", "discarded", "added"}
    news = [one for one in served.ask("/v1/events?limit=500")[1]["answer"] if one["id"] > before]
    assert not [one for one in news if one["kind"] in acts]


def _hosts_up(served: Served) -> list[str]:
    statuses = served.ask("/v1/snapshot")[1]["snapshot"]["statuses"]
    return [one["host"]["name"] for one in statuses if one.get("standing", {}).get("state") == "up"]


@pytest.mark.parametrize("kind", ["acknowledge", "unacknowledge", "unmute"])
def test_a_host_that_is_up_is_no_host_to_acknowledge(served: Served, kind: str) -> None:
    down_host(served)
    wait_for(lambda: _hosts_up(served))
    up = _hosts_up(served)[0]
    answer = served.ask("/v1/requests", {"request": kind, "names": [up]})[1]["answer"]
    assert not answer.get("done")
    assert answer["refused"][0][0] == up
