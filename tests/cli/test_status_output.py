"""`status`: as wide as the terminal, whole into a pipe, and an exit status that says the worst."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from conntest_tui.api.hello import Hello
from conntest_tui.cli import status_output
from conntest_tui.cli.output import ExitStatus
from conntest_tui.cli.remote_snapshot import HostChoice, RemoteSnapshot, choose
from conntest_tui.cli.status_output import status_of, status_table
from conntest_tui.clock import Instant
from conntest_tui.model import Host, HostStatus, Snapshot, Standing, State
from tests.fakes import NOON
from tests.tui.scenes import HOSTS, down, trouble

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def view_of(snapshot: Snapshot) -> RemoteSnapshot:
    return RemoteSnapshot(Path("s.sock"), Hello("epoch", Instant(snapshot.at, snapshot.at)), snapshot)


def table(snapshot: Snapshot) -> list[str]:
    return "".join(status_table(view_of(snapshot), snapshot.statuses)).splitlines()


def in_state(*states: State) -> list[HostStatus]:
    return [HostStatus(Host(f"10.0.0.{at}"), Standing(state)) for at, state in enumerate(states)]


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ((State.UP, State.UP), ExitStatus.OK),
        ((State.UP, State.DOWN, State.UNWATCHED), ExitStatus.DOWN),
        ((State.UP, State.UNREACHABLE), ExitStatus.DOWN),
        ((State.UP, State.SUSPECT), ExitStatus.UNUSABLE),
        ((State.UP, State.PENDING), ExitStatus.UNUSABLE),
        ((State.UNWATCHED,), ExitStatus.UNUSABLE),
        ((), ExitStatus.UNUSABLE),
    ],
)
def test_the_exit_status_says_the_worst(states: tuple[State, ...], status: ExitStatus) -> None:
    assert status_of(in_state(*states)) is status


def test_a_pipe_gets_all_of_it_without_colours() -> None:
    snapshot = trouble()
    long = replace(snapshot.statuses[0].host, description="x" * 300)
    snapshot = replace(snapshot, statuses=(replace(snapshot.statuses[0], host=long), *snapshot.statuses[1:]))
    lines = table(snapshot)
    assert "x" * 300 in "\n".join(lines)
    assert "\x1b" not in "".join(lines)
    assert [line.rstrip() for line in lines] == lines
    assert lines[0].split() == ["State", "Host", "Description", "Location", "For", "RTT", "Why"]
    states = [line.split("  ")[0] for line in lines[1 : len(snapshot.statuses) + 1]]
    order = ["▼ down", "✓ down", "◆ behind", "▽ suspect", "? unwatch", "○ pending", "● up"]
    assert states == sorted(states, key=order.index)
    assert set(states) >= {"▼ down", "✓ down", "● up"}


@pytest.mark.parametrize("columns", [60, 80, 100, 140])
@pytest.mark.parametrize("terminal", ["xterm-256color", "dumb"])
@pytest.mark.parametrize("no_colour", [False, True])
def test_in_a_terminal_every_row_is_one_line(
    columns: int, no_colour: bool, terminal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", terminal)
    if no_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    lines = table(trouble())
    rows = lines[: lines.index("")]
    assert len(rows) == 1 + len(trouble().statuses)
    widths = [cell_len(COLOUR.sub("", row)) for row in rows]
    assert max(widths) <= columns
    assert ("31m" in "".join(rows)) is (terminal != "dumb" and not no_colour)
    assert ("Location" in rows[0], "Description" in rows[0]) == (columns > 100, columns > 60)
    assert "Why" in rows[0]
    assert "no reply to 3 attempts" in "".join(rows)  # what keeps somebody from sleeping is the last to go


def test_the_host_that_is_meant_whatever_is_typed() -> None:
    hosts = (
        Host("2001:db8::7", "Six"),
        Host("fe80::1%eth0"),
        Host("10.0.0.1"),
        Host("xn--bcher-kva.example", shown="bücher.example"),
    )
    view = view_of(Snapshot(1.0, statuses=tuple(map(HostStatus, hosts))))
    typed = (
        "2001:DB8:0:0::0007",
        "FE80::1%eth0",
        "::ffff:10.0.0.1",
        "Bücher.example.",
        "XN--BCHER-KVA.example",
        "10.0.0.1",
    )
    found = choose(view, HostChoice(typed))
    assert [one.host.name for one in found.hosts] == [host.name for host in hosts]
    assert not found.missing
    assert choose(view, HostChoice(("2001:db8::8", "", "10.0.0."))).missing == (
        "2001:db8::8 is not in hosts.csv; did you mean 2001:db8::7 Six?",
        "an empty name is not in hosts.csv",
        "10.0.0. is not in hosts.csv; did you mean 10.0.0.1?",
    )


def test_who_has_acknowledged_what_is_said_in_the_table() -> None:
    def said(note: str, by: str) -> str:
        status = down(HOSTS[0], note=note, by=by)
        return table(Snapshot(NOON, statuses=(status,)))[1]

    assert said("on it", "anna").endswith("no reply to 3 attempts; acknowledged by anna: on it")
    assert said("", "anna").endswith("; acknowledged by anna")
    assert said("on it", "").endswith("; acknowledged: on it")


def test_ten_thousand_hosts_are_laid_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound with room: what Rich would fold takes four seconds on a machine that is not busy."""
    import time  # noqa: PLC0415

    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "60")
    statuses = tuple(
        HostStatus(Host(f"10.{n // 250}.0.{n % 250}", "A description that is long", "Building 406, room 12"))
        for n in range(10_000)
    )
    snapshot = Snapshot(1.0, statuses=statuses)
    began = time.process_time()
    assert sum(1 for _ in status_output.status_table(view_of(snapshot), statuses)) == 10_002
    assert time.process_time() - began < 2
