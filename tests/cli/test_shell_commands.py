"""The commands of a shell against a monitor over a simulated network that is served."""

import json
import os
import pwd
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conntest_tui.api import routes, socket_http
from conntest_tui.cli import remote_snapshot
from conntest_tui.cli.main import cli
from conntest_tui.cli.monitor_sockets import NoMonitorError
from conntest_tui.model import Event, EventKind
from tests.api.served import Served, down_host, wait_for

ME = pwd.getpwuid(os.geteuid()).pw_name
CORE, BEHIND = "10.10.0.1", 11  # of the car park


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("served"))
    try:
        down_host(made)
        yield made
    finally:
        made.close()


def run(served: Served, command: str, *arguments: str) -> Result:
    done = CliRunner().invoke(cli, [command, "--socket", str(served.path), *arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def hosts_of(served: Served, *arguments: str) -> dict[str, Any]:
    said = json.loads(run(served, "status", "--json", *arguments).stdout)
    return {one["host"]: one for one in said["hosts"]}


def test_an_outage_is_taken_by_name_and_given_back(served: Served) -> None:
    host = down_host(served)
    began = time.time()
    done = run(served, "ack", host, "--note", "on it: soon")
    assert (done.exit_code, done.stderr) == (0, "")
    assert re.fullmatch(rf"acknowledged: {host} .+\n", done.stdout)
    wait_for(lambda: hosts_of(served, host)[host]["acknowledged"])
    taken = hosts_of(served, host)[host]["acknowledged"]
    assert (taken["by"], taken["note"]) == (ME, "on it: soon")
    assert abs(datetime.fromisoformat(taken["at"]).timestamp() - began) < 20

    again = run(served, "ack", host)
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr.endswith(" is acknowledged already\n")
    assert run(served, "ack", host, "--anew").exit_code == 0
    wait_for(lambda: hosts_of(served, host)[host]["acknowledged"]["note"] == "")
    assert hosts_of(served, host)[host]["acknowledged"]["by"] == ME

    assert run(served, "unack", host).stdout.startswith("given back: ")
    wait_for(lambda: hosts_of(served, host)[host]["acknowledged"] is None)
    assert run(served, "unack", host).stderr.startswith(f"not given back: {host} ")


def test_of_several_hosts_each_is_said_what_came_of_it(served: Served) -> None:
    host = down_host(served)
    up = next(name for name, one in hosts_of(served).items() if one["state"] == "up")
    done = run(served, "ack", host, up, "nobody.example", host, "Library")
    assert done.exit_code == 1
    assert done.stdout.count("acknowledged: ") == 1
    lines = done.stderr.splitlines()
    assert lines[0] == "not acknowledged: nobody.example is not in hosts.csv"
    assert lines[1].startswith("not acknowledged: Library is not in hosts.csv; did you mean 10.7.")
    assert lines[2].startswith(f"not acknowledged: {up} ")
    assert lines[2].endswith(" is up")
    run(served, "unack", host)


def test_whole_groups_and_filters(served: Served) -> None:
    assert len(hosts_of(served, "--group", "car  PARK")) == 12
    assert len(hosts_of(served, "--group", "Car park", "--filter", "camera")) == 3
    assert len(hosts_of(served, "--filter", "camera desc:09 group:car")) == 1
    assert len(hosts_of(served, "--group", "Car park", "--group", "Building 7 - Library")) == 12 + 28
    assert len(hosts_of(served, "--filter", "loss<101")) == len(hosts_of(served))
    done = run(served, "recheck", "--group", "Car park")
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 12
    assert "rechecking: 10.10.1.12 Ticket machine 02\n" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--group", "library"], "there is no group library; did you mean Building 7 - Library?"),
        (["--group", "Cr park"], "there is no group Cr park; did you mean Car park?"),
        (["--group", "x\x1b[2J"], "there is no group x�[2J"),
        (["--filter", "nowhere"], "no host passes the filter: nowhere"),
        (["--filter", "printer", "--group", "car park"], "no host of car park passes the filter: printer"),
    ],
)
def test_nobody_chosen_is_a_sentence_and_status_1(served: Served, arguments: list[str], said: str) -> None:
    done = run(served, "recheck", *arguments)
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", f"not rechecking: {said}\n")
    shown = run(served, "status", *arguments)
    assert (shown.exit_code, shown.stderr) == (2, f"conntest-tui: {said}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "which hosts? name them, or choose them by --group or --filter"),
        (["--filter", ""], "which hosts?"),
        (["10.10.0.1", "--filter", "x"], "name hosts, or choose them by --group and --filter, not both"),
        (["--filter", "foo:bar"], "--filter: no such field foo; known: state:"),
        (["--filter", "state:"], "--filter: state: of what? it says nothing yet"),
        (["--filter", "rtt>fast"], "--filter: rtt> needs a number such as rtt>20"),
        (["--filter", "x" * 201], "--filter: longer than 200 characters"),
    ],
)
def test_what_cannot_be_understood_asks_for_nothing(served: Served, arguments: list[str], said: str) -> None:
    done = run(served, "ack", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"Error: {said}" in done.stderr


def test_a_host_is_muted_with_those_behind_it_and_unmuted(served: Served) -> None:
    child = "10.10.1.13"
    done = run(served, "mute", CORE, "--for", "4h", "--reason", "works")
    assert (done.exit_code, done.stderr) == (0, f"muted with it: {BEHIND} hosts behind\n")
    assert re.fullmatch(r"muted: 10\.10\.0\.1 Core switch, now - .* \(4 h\)\n", done.stdout)
    wait_for(lambda: hosts_of(served, CORE)[CORE]["muted"])
    hosts = hosts_of(served, "--group", "Car park")
    until = datetime.fromisoformat(hosts[CORE]["muted_until"]).timestamp()
    assert abs(until - time.time() - 4 * 3600) < 30
    assert hosts[CORE]["muted"] is hosts[child]["muted"] is True
    refused = run(served, "unmute", child)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == f"not unmuted: {child} Charger 03 is muted with {CORE}: unmute that\n"
    done = run(served, "unmute", "--group", "Car park")
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"unmuted: {CORE} Core switch\n", "")
    wait_for(lambda: not hosts_of(served, child)[child]["muted"])
    assert run(served, "unmute", CORE).stderr == f"not unmuted: {CORE} Core switch is not muted\n"


def test_a_mute_without_an_end_and_one_that_is_planned(served: Served) -> None:
    host = "10.10.1.11"
    done = run(served, "mute", host, "--until", "unmuted")
    assert done.stdout == f"muted: {host} Camera 01, now, until it is unmuted\n"
    wait_for(lambda: hosts_of(served, host)[host]["muted"])
    assert hosts_of(served, host)[host]["muted_until"] is None
    run(served, "unmute", host)
    wait_for(lambda: not hosts_of(served, host)[host]["muted"])

    done = run(served, "mute", host, "--from", "tomorrow 22:00", "--until", "04:00")
    assert re.match(rf"to be muted: {re.escape(host)} Camera 01, \w+ \d+ \w+ 22:00 ", done.stdout)
    wait_for(lambda: hosts_of(served, "--filter", "state:planned"))
    assert not hosts_of(served, host)[host]["muted"]
    assert " is not muted, only from " in run(served, "unmute", host).stderr
    done = run(served, "unmute", "--planned", host, CORE)
    assert (done.exit_code, done.stdout) == (1, f"taken back: {host} Camera 01\n")
    assert done.stderr == f"not taken back: {CORE} Core switch is not planned to be muted\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "for how long? --for 4h"),
        (["--for", "4h", "--until", "06:30"], "--for says how long, and --until until when: one of them"),
        (["--for", "soon"], "--for: `soon` is no moment"),
        (["--for", "until 06:30"], "--for: until 06:30 is no length of time: 4h, 90m, 1d 12h"),
        (["--for", "5s"], "--for: `5s` is no moment"),
        (["--until", "yesterday"], "--until: `yesterday` is no moment"),
        (["--until", "2020-01-01 10:00"], "--until: that is not ahead"),
        (["--from", "22:00", "--until", "25:00"], "--from: `25:00` is no time of day"),
    ],
)
def test_times_that_cannot_be_understood(served: Served, arguments: list[str], said: str) -> None:
    done = run(served, "mute", CORE, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"Error: {said}" in done.stderr


def test_all_hosts_are_rechecked_and_the_files_read_again(served: Served) -> None:
    done = run(served, "recheck")
    assert (done.stdout, done.stderr) in (
        (f"rechecking: all {len(hosts_of(served))} hosts\n", ""),
        ("", "not rechecking: A sweep of all hosts is under way.\n"),
    )
    assert done.exit_code == bool(done.stderr)
    assert run(served, "reload").stdout == "reloading: what comes of it is an event\n"


def test_who_may_look_only_is_told_so(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "user_of", lambda _transport: 12_345)
    assert run(served, "status").exit_code in (1, 2)
    for command in (["ack", CORE], ["recheck"], ["reload"], ["mute", CORE, "--for", "1h"]):
        done = run(served, *command)
        assert (done.exit_code, done.stdout) == (1, "")
        (why,) = done.stderr.splitlines()
        assert why.endswith(": 12345 may look and not act: see attach.operators")


# ---------------------------------------------------------------- events


def test_the_newest_events_come_last(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        served.monitor.report(f"number {number}")
    wait_for(lambda: "number 11\n" in run(served, "events").stdout)
    (stored,) = served.ask("/v1/events?limit=1&words=number+11")[1]["answer"]
    monkeypatch.setattr("conntest_tui.cli.events_output.MOST", 4)  # so that it takes several answers
    said = [json.loads(line) for line in run(served, "events", "-n", "19", "--json").stdout.splitlines()]
    numbers = [one["id"] for one in said]
    assert numbers == list(range(numbers[0], numbers[0] + 19))
    last = next(one for one in said if one["text"] == "number 11")
    assert last == {
        "id": stored["id"],
        "at": last["at"],
        "kind": "trouble",
        "host": None,
        "text": "number 11",
        "mail": None,
        "outage": None,
        "cause": None,
    }
    assert datetime.fromisoformat(last["at"]).timestamp() == int(stored["at"])
    assert f"{last['at']} trouble: number 11" in run(served, "events").stdout.splitlines()
    assert run(served, "events", "-n", "0").stdout == ""
    assert "is not in the range" in run(served, "events", "-n", "9" * 30).stderr


def test_events_of_single_hosts(served: Served) -> None:
    run(served, "recheck", "10.10.1.14")
    wait_for(lambda: "10.10.1.14" in run(served, "events", "--host", "10.10.1.14").stdout)
    run(served, "recheck", "10.10.1.15")
    wait_for(lambda: "10.10.1.15" in run(served, "events", "--host", "10.10.1.15").stdout)
    one = run(served, "events", "--json", "--host", "10.10.1.14").stdout.splitlines()
    both = run(served, "events", "--json", "--host", "10.10.1.14", "--host", "10.10.1.15").stdout.splitlines()
    assert {json.loads(line)["host"] for line in one} == {"10.10.1.14"}
    assert {json.loads(line)["host"] for line in both} == {"10.10.1.14", "10.10.1.15"}
    assert run(served, "events", "--host", "nobody.example").stdout == ""


def test_what_a_terminal_would_obey_is_not_printed(served: Served) -> None:
    served.monitor.watchers.happened([])
    event = Event(time.time(), EventKind.TROUBLE, "red \x1b[31m \u202e and a\nline", mail="\x07")
    from conntest_tui.cli.events_output import event_json  # noqa: PLC0415
    from conntest_tui.model.event_lines import event_line  # noqa: PLC0415

    assert event_line(event).endswith("trouble: red �[31m � and a�line [�]")
    assert json.loads(event_json(event))["text"] == "red �[31m � and a�line"


# ---------------------------------------------------------------- no monitor


def test_no_monitor_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conntest_tui.cli.monitor_sockets.SERVICES", (str(tmp_path), "conntest*/*.sock"))
    site = tmp_path / "site"
    for command in (["status"], ["events"], ["ack", "x"], ["reload"], ["recheck"]):
        done = CliRunner().invoke(cli, ["-c", str(site), "--state", str(tmp_path / "state"), *command])
        assert isinstance(done.exception, NoMonitorError)
        assert str(done.exception) == "none that you can reach"
        assert f"  {tmp_path / 'state' / 'monitor.lock'}: not there, or closed to you\n" in done.exception.hint
        assert done.exception.hint.endswith("name its socket: --socket PATH")


def test_one_service_is_found_and_of_two_one_must_be_named(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conntest_tui.cli.monitor_sockets.SERVICES", (str(tmp_path), "conntest*/*.sock"))
    for name in ("conntest-a", "conntest-b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "s.sock").symlink_to(served.path)
        done = CliRunner().invoke(cli, ["--state", str(tmp_path / "state"), "events", "-n", "1"])
        if name == "conntest-a":
            assert done.exit_code == 0
    assert isinstance(done.exception, NoMonitorError)
    assert done.exception.title == "2 monitors run here"
    assert done.exception.hint.splitlines()[1] == f"  --socket {tmp_path / 'conntest-b' / 's.sock'}"


def test_what_is_followed_is_one_monitor_and_while_it_is_away_no_other(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conntest_tui.cli.monitor_sockets.SERVICES", (str(tmp_path), "conntest*/*.sock"))
    found: list[Callable[[], Path | None]] = []

    class Follower:
        def __init__(self, find: Callable[[], Path | None], *_: object) -> None:
            found.append(find)

        def run(self) -> None:
            pass

    monkeypatch.setattr("conntest_tui.cli.events_output.Follower", Follower)
    one, other = (tmp_path / f"conntest-{name}" / "s.sock" for name in "ab")
    for path in (one, other):
        path.parent.mkdir()
    one.symlink_to(served.path)
    run_without = ["--state", str(tmp_path / "state"), "events", "-n", "0", "--follow"]
    assert CliRunner().invoke(cli, run_without).exit_code == 0
    one.unlink()
    other.symlink_to(served.path)
    assert found[0]() == one


HELLO = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
SOMETHING_ELSE: dict[str, bytes | None] = {
    "closes before it is asked": None,
    "closes without a word": b"",
    "speaks SMTP": b"220 mail.example ESMTP\r\n",
    "stops in the middle of the first line": b"HTTP/1.1 2",
    "stops in the middle of the head": HELLO,
    "says nothing in an answer": HELLO + b"Content-Length: 0\r\n\r\n",
    "stops in the middle of an answer": HELLO + b'Content-Length: 400\r\n\r\n{"api": 1, "vers',
    "answers with a page": HELLO + b"Content-Length: 6\r\n\r\n<html>",
    "answers with a list": HELLO + b"Content-Length: 2\r\n\r\n[]",
    "answers with a number that is none": HELLO + b'Content-Length: 12\r\n\r\n{"api": NaN}',
    "refuses": b'HTTP/1.1 500 Oh\r\nContent-Length: 15\r\n\r\n{"error": "no"}',
    "sends bytes without an end of line": b"\xff" * 70_000,
}


@pytest.mark.parametrize("command", ["status", "events", "events --follow", "ack printer", "recheck", "reload"])
@pytest.mark.parametrize("answer", SOMETHING_ELSE.values(), ids=SOMETHING_ELSE)
def test_what_listens_may_be_something_else(tmp_path: Path, answer: bytes | None, command: str) -> None:
    """Whatever it does: one sentence that names the socket in words, and the status for what cannot be asked."""
    path = tmp_path / "other.sock"
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(path))
        end.listen()

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = end.accept()
                    with connection, suppress(OSError):
                        if answer is not None:
                            connection.recv(10_000)
                            connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        done = CliRunner().invoke(cli, [*command.split(), "--socket", str(path)])
        end.shutdown(socket.SHUT_RDWR)
    assert isinstance(done.exception, NoMonitorError), done.exception
    assert str(path) in str(done.exception)
    assert "Errno" not in str(done.exception)
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["status", "events", "ack printer", "reload"])
def test_what_listens_may_say_nothing(tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_http.call, "__defaults__", (None, 0.3))
    monkeypatch.setattr(remote_snapshot, "QUERY_PATIENCE", 0.3)
    path = tmp_path / "other.sock"
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(path))
        end.listen()
        done = CliRunner().invoke(cli, [*command.split(), "--socket", str(path)])
    assert isinstance(done.exception, NoMonitorError)
    assert str(done.exception) == f"{path}: timed out"
