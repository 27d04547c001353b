"""The server over a monitor with a simulated network, asked by a plain HTTP client."""

import grp
import json
import os
import pwd
import socket
import stat
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from conntest_tui.api import connections, routes
from conntest_tui.api.json_values import from_json
from conntest_tui.api.snapshot_deltas import read_whole, with_delta, with_history
from conntest_tui.config.settings import AttachSettings
from conntest_tui.errors import StoreError
from conntest_tui.model import Event, EventKind, Host, Snapshot
from conntest_tui.model.hosts_and_names import NameRecord
from conntest_tui.model.query_results import HostReport
from conntest_tui.monitor import FixedConfig
from tests.api.served import Served, UnixConnection, down_host, wait_for
from tests.tui.fake_source import FakeQueries


def test_it_says_what_it_is_and_who_asks(served: Served) -> None:
    status, said = served.ask("/v1")
    assert status == 200
    assert said["api"] == 1
    assert "watch" in said["capabilities"]
    assert said["may_act"] is True
    assert said["process"] == os.getpid()
    assert stat.S_IMODE(served.path.stat().st_mode) == 0o600


def test_what_is_watched_becomes_what_the_monitor_has(served: Served) -> None:
    connection, stream = served.watch()
    snapshot, kinds = None, []
    for _ in range(200):
        (kind, value), *_rest = json.loads(stream.readline()).items()
        kinds.append(kind)
        if kind == "snapshot":
            snapshot = read_whole(value)
        if snapshot is None:
            continue
        if kind == "history":
            snapshot = with_history(snapshot, value)
        if kind == "delta":
            snapshot = with_delta(snapshot, value)
        if snapshot.sweep.number > 1 and snapshot.statuses == served.monitor._watch.host_statuses.statuses():
            break
    else:
        pytest.fail("it never was what the monitor had")
    connection.close()
    assert kinds[0] == "hello"
    assert kinds.count("snapshot") == 1
    assert "delta" in kinds


def test_a_request_is_carried_out_in_the_name_of_who_the_kernel_says_asks(served: Served) -> None:
    host = down_host(served)
    connection, stream = served.watch()
    body = {"request": "acknowledge", "id": "1", "names": [host, "nobody.example"], "note": "on it"}
    status, said = served.ask("/v1/requests", body)
    assert status == 200
    assert said == {"id": "1", "answer": {"done": [host], "refused": [["nobody.example", "not in hosts.csv"]]}}
    for _ in range(60):
        event = json.loads(stream.readline()).get("event")
        if event and event["kind"] == "acknowledged":
            break
    connection.close()
    name = pwd.getpwuid(os.getuid()).pw_name
    assert event["text"].endswith(f"acknowledged by {name}: on it")
    assert served.ask("/v1/requests", body)[1] == said  # the same id: the same answer, and not done twice
    assert served.ask("/v1/requests", body | {"id": "2"})[1]["answer"]["refused"][0] == [host, "acknowledged already"]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b'{"request":"mute","names":["a"],"seconds":NaN}', {}, 400),
        ({"request": "recheck", "names": None, "by": "root"}, {}, 400),
        ({"request": "recheck", "names": None}, {"Content-Type": "text/plain"}, 415),
        ({"request": "recheck", "names": None}, {"Origin": "http://evil.example"}, 403),
        ({"request": "recheck", "names": None}, {"Origin": "null"}, 403),
        ({"request": "recheck", "names": None}, {"Host": "evil.example:8080"}, 403),
        ({"request": "recheck", "names": None}, {"Host": "evil.example"}, 403),
        ({"request": "recheck", "names": None}, {"Host": "evil.example:"}, 403),
        ({"request": "recheck", "names": None}, {"Host": ":80"}, 403),
        ({"request": "recheck", "names": None}, {"Host": "localhost.evil.example"}, 403),
    ],
)
def test_what_makes_no_sense_is_answered_and_ends_nothing(
    served: Served, body: Any, headers: dict[str, str], status: int
) -> None:
    assert served.ask("/v1/requests", body, headers)[0] == status
    assert served.ask("/v1")[0] == 200
    assert served.thread.is_alive()


@pytest.mark.parametrize(
    "path",
    [
        *("/v2", "/v1/nothing", "/v1/events", "/v1/events?limit=x", "/v1/events?limit=-1", "/v1/events?limit=99999"),
        *("/v1/samples?host=a&since=nan", "/v1/message?number=1e3", "/v1/host_report?host=%00"),
        *("/v1/host_report?host=" + "x" * 2_000, "/v1/watch?after=-1", "/v1/watch?after=" + "9" * 30),
    ],
)
def test_a_question_that_makes_no_sense_is_answered(served: Served, path: str) -> None:
    status, said = served.ask(path)
    assert status in (400, 404)
    assert said["error"]


def test_every_question_has_an_answer(served: Served) -> None:
    host = down_host(served)
    events = served.ask("/v1/events?limit=5&kinds=failed,acknowledged&words=failed")[1]["answer"]
    assert events
    assert {event["kind"] for event in events} == {"failed"}
    assert served.ask(f"/v1/host_report?host={host}")[1]["answer"]["host"] == host
    assert served.ask(f"/v1/samples?host={host}&since=0")[1]["answer"]
    for question in (
        "outbox?limit=5",
        f"mails_about?host={host}",
        "message?number=1",
        "setup",
        f"place_of?host={host}",
    ):
        assert "answer" in served.ask(f"/v1/{question}")[1]
    assert "answer" in served.ask("/v1/check_new_host?host=10.1.1.1&group=x")[1]
    assert "answer" in served.ask("/v1/arrived_mail?at=1.5&text=delivered:+x")[1]


def test_there_is_a_question_for_every_method_of_a_source() -> None:
    from conntest_tui.api.query_parameters import QUERIES  # noqa: PLC0415

    of_a_screen = {name for name in vars(FakeQueries) if not name.startswith("_")}
    assert set(QUERIES) == of_a_screen | {"hosts", "groups", "addresses"}


def test_hosts_and_groups_by_the_beginning_of_a_name(served: Served) -> None:
    hosts = served.monitor.config.hosts
    said = served.ask("/v1/hosts?limit=10000")[1]["answer"]
    assert [one["name"] for one in said] == [host.name for host in hosts]
    (named,) = served.ask(f"/v1/hosts?limit=10&prefix={hosts[3].name.upper()}")[1]["answer"]
    assert from_json(Host, named) == hosts[3]
    assert len(served.ask("/v1/hosts?limit=2&prefix=1")[1]["answer"]) == 2
    assert served.ask("/v1/hosts?limit=2&prefix=nobody")[1]["answer"] == []
    groups = served.ask("/v1/groups")[1]["answer"]
    assert len(groups) == len(set(groups)) > 2
    assert set(groups) == {host.group for host in hosts if host.group}


def test_all_addresses_of_names(served: Served) -> None:
    record = NameRecord("two.example", ("10.9.9.9", "2001:db8::9"), 1.0)
    served.monitor.parts.recorder.state.address_cache.keep([record, NameRecord("none.example")])
    expected = {"two.example": ["10.9.9.9", "2001:db8::9"], "none.example": []}
    assert served.ask("/v1/addresses")[1]["answer"] == expected


def test_a_viewer_that_comes_back_gets_the_events_that_it_missed_once(served: Served) -> None:
    down_host(served)
    stored = served.ask("/v1/events?limit=3")[1]["answer"]
    connection, stream = served.watch(after=stored[-1]["id"] - 1)
    numbers: list[int] = []
    while len(numbers) < 3:
        event = json.loads(stream.readline()).get("event")
        if event:
            numbers.append(event["id"])
    connection.close()
    assert numbers == sorted(set(numbers))
    assert numbers[:3] == [event["id"] for event in reversed(stored)]


def test_who_has_something_done_and_looks_then_sees_it_also_beside_others(served: Served) -> None:
    """As `conntest-tui ack X && conntest-tui status` does; others are told some times a second only."""
    host = down_host(served)
    connection, stream = served.watch()
    with closing(connection):
        stream.readline()
        for request in ["acknowledge", "unacknowledge"] * 10:
            assert served.ask("/v1/requests", {"request": request, "names": [host]})[1]["answer"] == {"done": [host]}
            (plain,) = (
                one["standing"]["outage"]
                for one in served.ask("/v1/snapshot")[1]["snapshot"]["statuses"]
                if one["host"]["name"] == host
            )
            (shown,) = (one.standing for one in first_snapshot(served).statuses if one.host.name == host)
            expected = request == "acknowledge"
            assert (plain.get("acknowledged") is not None, shown.acknowledged) == (expected, expected)


def first_snapshot(served: Served) -> Snapshot:
    """What somebody who comes now is shown first."""
    connection, stream = served.watch()
    with closing(connection):
        while "snapshot" not in (said := json.loads(stream.readline())):
            pass
    return read_whole(said["snapshot"])


def test_who_wants_events_only_is_sent_nothing_else(served: Served) -> None:
    host = down_host(served)
    connection = UnixConnection(served.path)
    connection.request("GET", "/v1/watch?only=events")
    stream = connection.getresponse()
    assert served.ask("/v1/requests", {"request": "recheck", "names": [host]})[0] == 200
    kinds: list[str] = []
    while "event" not in kinds:
        (kind,) = json.loads(stream.readline())
        kinds.append(kind)
    connection.close()
    assert set(kinds) == {"hello", "now", "event"}
    assert served.ask("/v1/watch?only=snapshots")[1] == {"error": "only: `events`, or nothing at all"}


def test_a_database_that_numbers_anew_hides_no_event(served: Served) -> None:
    """A viewer that asks for what came after a number which this database has not reached has seen another one."""
    down_host(served)
    newest = served.ask("/v1/events?limit=1")[1]["answer"][0]["id"]
    connection, stream = served.watch(after=newest + 1_000_000)
    numbers: list[int] = []
    hello = json.loads(stream.readline())["hello"]
    while len(numbers) < newest:
        event = json.loads(stream.readline()).get("event")
        if event:
            numbers.append(event["id"])
    connection.close()
    assert numbers == list(range(1, newest + 1))
    assert newest <= hello["last_event"] < newest + 1_000_000


def test_an_empty_database_has_no_newest_event_and_one_that_cannot_be_read_may_have_any(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a lost state a viewer may come back before the first event is stored: it must hear of that one."""
    store = served.monitor.parts.recorder.state.outage_store

    def trouble(**_: object) -> list[Event]:
        raise StoreError("the disk is gone")

    for events, newest in ((lambda **_: [], 0), (trouble, 500)):
        monkeypatch.setattr(store, "events", events)
        connection, stream = served.watch(after=500)
        assert json.loads(stream.readline())["hello"]["last_event"] == newest
        connection.close()


def test_a_request_of_another_run_of_the_server_is_in_doubt_and_not_done(served: Served) -> None:
    epoch, ask = served.ask("/v1")[1]["epoch"], partial(served.ask, "/v1/requests")
    unknown = {"request": "recheck", "names": ["nobody.example"], "id": "1"}
    assert ask(unknown | {"epoch": "another"}) == (
        409,
        {"error": "the monitor was started again meanwhile: whether it was done is not known"},
    )
    assert ask(unknown | {"epoch": epoch})[0] == 200


def test_a_request_that_is_not_answered_in_time_is_in_doubt(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "ANSWER_PATIENCE", 0.1)
    monkeypatch.setattr(served.monitor, "request", lambda *_: Future())
    status, said = served.ask("/v1/requests", {"request": "recheck", "names": None})
    assert (status, said["error"]) == (504, "the monitor has not answered in time: whether it was done is not known")


def test_a_viewer_may_look_and_not_act(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "user_of", lambda _transport: 12_345)
    assert served.ask("/v1")[1]["may_act"] is False
    assert served.ask("/v1/snapshot")[0] == 200
    status, said = served.ask("/v1/requests", {"request": "recheck", "names": None})
    assert (status, said["error"]) == (403, "12345 may look and not act: see attach.operators")


def test_nobody_is_not_let_in(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "user_of", lambda _transport: None)
    assert served.ask("/v1")[0] == 403


def test_a_body_that_is_too_large_is_refused(served: Served) -> None:
    connection = UnixConnection(served.path)
    connection.putrequest("POST", "/v1/requests")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(100 << 20))
    connection.endheaders()
    try:
        for _ in range(100):
            connection.send(b" " * (1 << 20))
        assert connection.getresponse().status == 413
    except ConnectionError:
        pass  # it was cut off
    finally:
        connection.close()
    assert served.ask("/v1")[0] == 200


def test_who_says_nothing_or_half_of_it_is_let_go(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE", 0.1)
    monkeypatch.setattr("conntest_tui.api.server.LOOK", 0.2)
    for text in (b"", b"GET /v1 HTT", b"GET /v1 HTTP/1.1\r\nHost: localhost\r\nX: "):
        end = socket.socket(socket.AF_UNIX)
        end.settimeout(10)
        end.connect(os.fspath(served.path))
        end.send(text)
        assert end.recv(1) == b""
        end.close()


def test_a_user_has_so_many_connections_and_no_more(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST", 5)
    ends = []
    for _ in range(8):
        end = socket.socket(socket.AF_UNIX)
        end.settimeout(2)
        end.connect(os.fspath(served.path))
        ends.append(end)
    closed = 0
    for end in ends:
        end.settimeout(0.3)
        with suppress(TimeoutError):
            closed += end.recv(1) == b""
        end.close()
    assert closed == 3
    wait_for(lambda: served.ask("/v1")[0] == 200)


def test_a_viewer_that_does_not_read_delays_nobody_and_is_let_go(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "STALL", 0.5)
    connection, _ = served.watch()
    for _ in range(300):
        served.monitor.watchers.happened([Event(1.0, EventKind.TROUBLE, "x" * 20_000, id=0)])
    assert served.ask("/v1")[0] == 200
    connection.sock.settimeout(20)
    data = 1
    total = 0
    threading.Event().wait(2.0)
    while data:
        try:
            data = len(connection.sock.recv(1 << 20))
        except ConnectionError:
            data = 0
        total += data
    assert total < 5 << 20  # it was cut off before all 6 MB were sent
    connection.close()


def test_the_socket_comes_back_when_it_was_removed(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conntest_tui.api.server.LOOK", 0.2)
    served.path.unlink()
    wait_for(served.path.exists, 10)
    assert served.ask("/v1")[0] == 200


def test_the_socket_goes_with_the_server(served: Served) -> None:
    served.server.close()
    assert not served.path.exists()


def with_attach(served: Served, **wanted: Any) -> None:
    """Give the monitor another configuration, as a reload does."""
    files, attach = served.monitor.parts.files, AttachSettings(**wanted)
    assert isinstance(files, FixedConfig)
    settings = files.current.settings.model_copy(update={"attach": attach})
    files.current = replace(files.current, settings=settings)


def test_an_operator_whom_the_machine_gets_to_know_later_acts_after_a_reload(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: dict[str, int] = {}
    monkeypatch.setattr(routes, "_number_of", known.get)
    monkeypatch.setattr(routes, "user_of", lambda _transport: 12_345)
    with_attach(served, operators=("anna",))
    assert served.ask("/v1")[1]["may_act"] is False
    known["anna"] = 12_345
    assert served.ask("/v1")[1]["may_act"] is False  # names are looked up at a reload, not at each request
    with_attach(served, operators=("anna",))
    assert served.ask("/v1")[1]["may_act"] is True


def test_a_group_that_cannot_attach_is_reported_once_and_keeps_nobody_else_out(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conntest_tui.api.server.LOOK", 0.1)
    served.path.parent.chmod(0o700)
    with_attach(served, group=grp.getgrgid(os.getegid()).gr_name)
    told = partial(served.monitor.queries.events, 5, words="closed to them")
    wait_for(told)
    threading.Event().wait(0.5)
    assert len(told()) == 1
    assert told()[0].text.startswith("attach.group: members of ")
    assert stat.S_IMODE(served.path.stat().st_mode) == 0o660
    with_attach(served, group="no such group")
    wait_for(lambda: stat.S_IMODE(served.path.stat().st_mode) == 0o600)
    assert served.ask("/v1")[0] == 200


def test_slow_queries_of_one_user_keep_nobody_else_waiting(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    host, go_on, asked = down_host(served), threading.Event(), threading.Semaphore(0)

    def slow(host: str) -> HostReport:
        asked.release()
        go_on.wait(20)
        return HostReport(host)

    monkeypatch.setattr(served.monitor.queries, "host_report", slow)
    own, others = connections.user_of, []

    def other(_transport: object) -> int:
        others.append(12_345)
        return 12_345

    monkeypatch.setattr(routes, "user_of", other)
    with ThreadPoolExecutor(8) as pool:
        try:
            answers = [pool.submit(served.ask, f"/v1/host_report?host={host}") for _ in range(8)]
            wait_for(lambda: len(others) == 16)  # asked for twice a request: all are there
            assert asked.acquire(timeout=10)
            monkeypatch.setattr(routes, "user_of", own)
            assert served.ask("/v1/events?limit=1")[0] == 200
            connection, stream = served.watch()
            assert b"hello" in stream.readline()
            connection.close()
        finally:
            go_on.set()
        assert {answer.result(10)[0] for answer in answers} == {200}


def test_a_fault_of_ours_is_reported_once_and_ends_nothing(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise LookupError("not \x1b[31mthere")

    monkeypatch.setattr(served.monitor.queries, "setup", fail)
    for _ in range(3):
        connection = UnixConnection(served.path)
        connection.request("GET", "/v1/setup")
        assert connection.getresponse().status == 500
        connection.close()
    assert served.ask("/v1")[0] == 200
    told = partial(served.monitor.queries.events, 5, words="the API failed")
    wait_for(told)
    assert [event.text for event in told()] == ["the API failed at /v1/setup: LookupError: not \ufffd[31mthere"]


def test_a_plain_request_without_a_host_is_answered(served: Served) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        end.connect(os.fspath(served.path))
        end.settimeout(10)
        end.sendall(b"GET /v1 HTTP/1.0\r\n\r\n")
        assert b" 200 OK" in end.recv(100)
