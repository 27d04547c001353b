"""A host that is added from a screen: written, watched and probed at once, and who it was is told."""

from pathlib import Path

import pytest

from conntest_tui.config import REST, fingerprint, load
from conntest_tui.model import EventKind, State
from conntest_tui.model.query_results import FilePlace, NewHostCheck
from conntest_tui.model.requests import AddHost, NewHost, RequestAnswer
from conntest_tui.monitor.added_hosts import NO_FILES, AddedHosts, Drafts, place_of
from conntest_tui.monitor.config_source import ConfigFiles, ConfigSource, FixedConfig
from tests.stage import SAM, Stage

THERE = "10.0.0.1,Router,Hall\n\n# Building 406\n10.0.0.2,Switch,\n"


class FileStage(Stage):
    """A stage on real files."""

    def source(self) -> ConfigSource:
        folder = self.directory / "config"
        folder.mkdir(exist_ok=True)
        self.path = folder / "hosts.csv"
        self.path.write_text(THERE)
        (folder / "settings.toml").write_text('interval = 300\n[email]\ndelivery = "off"\n')
        return ConfigFiles(load(folder), fingerprint(folder), now=lambda: self.clock.steady)


@pytest.fixture
def stage(tmp_path: Path) -> FileStage:
    stage = FileStage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.rounds()
    stage.clock.pass_(-200)
    return stage


def test_it_is_written_watched_and_probed_at_once(stage: FileStage) -> None:
    sweeps = stage.snapshots[-1].sweep.number

    answer = stage.ask(AddHost(NewHost("10.0.0.3", "Printer", "", "Building 406", "10.0.0.2")))
    stage.settle()

    assert answer.result(0) == RequestAnswer(("10.0.0.3",), line=5)
    assert stage.path.read_text() == f"{THERE}10.0.0.3,Printer,,parent=10.0.0.2\n"
    status = stage.status("10.0.0.3")
    assert (status.standing.state, status.host.group, status.host.parent) == (State.UP, "Building 406", "10.0.0.2")
    assert stage.snapshots[-1].sweep.number == sweeps
    told = [(event.kind, event.text) for event in stage.events if event.host == "10.0.0.3"]
    assert told[0] == (EventKind.ADDED, "10.0.0.3 Printer added to hosts.csv (by sam)")
    assert told[1][0] is EventKind.RECHECKED
    assert told[1][1].startswith("10.0.0.3 Printer rechecked by sam: replied in ")
    assert " added 10.0.0.3 Printer (by sam)" in " ".join(stage.log.split())


def test_the_author_is_told_also_when_others_write_and_it_takes_longer(stage: FileStage) -> None:
    stage.path.write_text(THERE + "10.0.0.9\n")

    answer = stage.ask(AddHost(NewHost("10.0.0.3")))
    stage.settle()
    assert answer.result(0) == RequestAnswer(("10.0.0.3",), line=2)
    assert "10.0.0.3" not in [status.host.name for status in stage.snapshots[-1].statuses]

    for _ in range(4):
        stage.clock.pass_(REST)
        stage.settle()

    assert [event.text for event in stage.events if event.kind is EventKind.ADDED] == [
        "10.0.0.3 added to hosts.csv (by sam)",
        "10.0.0.9 added to hosts.csv",
    ]
    assert stage.status("10.0.0.3").standing.state is State.UP


def test_who_added_a_host_that_was_taken_out_again_is_not_the_author_of_the_next_time(stage: FileStage) -> None:
    stage.path.write_text(THERE + "10.0.0.9\n")
    stage.ask(AddHost(NewHost("10.0.0.3")))
    stage.settle()
    for text in (THERE + "10.0.0.9\n10.0.0.8\n", THERE + "10.0.0.9\n10.0.0.3\n10.0.0.8\n"):  # by hand
        stage.path.write_text(text)
        for _ in range(8):
            stage.clock.pass_(100)
            stage.settle()

    added = [event.text for event in stage.events if event.kind is EventKind.ADDED and event.host == "10.0.0.3"]
    assert added == ["10.0.0.3 added to hosts.csv"]


def test_what_cannot_be_added_is_answered_and_nothing_is_written(stage: FileStage) -> None:
    known = stage.ask(AddHost(NewHost("10.0.0.2")))
    stage.settle()
    stage.path.chmod(0o444)
    read_only = stage.ask(AddHost(NewHost("10.0.0.3")))
    stage.settle()

    assert known.result(0).why == "10.0.0.2 is in hosts.csv already, on line 4: change that row (E)"
    assert "it is read-only (mode 0444)" in read_only.result(0).why
    assert stage.path.read_text() == THERE
    assert EventKind.ADDED not in stage.kinds()


def test_files_with_a_problem_take_nothing_new(stage: FileStage) -> None:
    stage.path.write_text(THERE + "10.0.0.300\n")
    for _ in range(4):  # until it is at rest
        stage.clock.pass_(100)
        stage.settle()

    answer = stage.ask(AddHost(NewHost("10.0.0.3")))
    stage.settle()

    assert "hosts.csv:5: 10.0.0.300 is not an address" in answer.result(0).why
    assert stage.path.read_text() == THERE + "10.0.0.300\n"


def test_a_host_that_is_written_and_not_taken_says_why(stage: FileStage) -> None:
    files = stage.source()
    assert isinstance(files, ConfigFiles)
    added = AddedHosts(files, files.refresh)
    (stage.path.parent / "settings.toml").write_text("interval = 0\n")

    answer = added.add(NewHost("10.0.0.3"), SAM)  # not taken: another file moves
    assert answer.done == ("10.0.0.3",)
    for _ in range(3):
        stage.clock.pass_(REST)
        files.refresh()

    assert added.authors == {"10.0.0.3": "sam"}
    assert added.add(NewHost("10.0.0.4"), SAM).why.startswith("The files have a problem already")


def test_what_is_typed_is_checked_against_what_is_watched(stage: FileStage) -> None:
    check = stage.monitor.queries.check_new_host

    assert check(NewHost("10.0.0.3", group="Building 406")) == NewHostCheck(row="10.0.0.3,,", group="Building 406")
    assert check(NewHost("10.0.0.3", group="New")) == NewHostCheck("", "10.0.0.3,,", "New", is_new_group=True)
    assert check(NewHost("10.0.0.2")).refusal == "10.0.0.2 is in hosts.csv already, on line 4: change that row (E)"
    assert check(NewHost("10.0.0.3", parent="10.9.9.9")).refusal.startswith("parent: 10.9.9.9 is not in hosts.csv")
    assert check(NewHost("10.0.0")).refusal


def test_the_line_of_a_host_is_the_one_that_it_has_on_disk_now(stage: FileStage) -> None:
    stage.path.write_text(f"## moved\n{THERE}")

    assert stage.monitor.queries.place_of("10.0.0.2") == FilePlace(str(stage.path), 5)
    assert stage.monitor.queries.place_of("") == FilePlace(str(stage.path))
    stage.path.unlink()
    assert stage.monitor.queries.place_of("").note.endswith("hosts.csv: the file is missing")


def test_without_files_there_is_nothing_to_write(stage: FileStage) -> None:
    fixed = FixedConfig(stage.configuration([]))

    assert Drafts().check(NewHost("10.0.0.3"), fixed) == NewHostCheck(NO_FILES)
    assert place_of("", fixed) == FilePlace(note=NO_FILES)
    assert AddedHosts(fixed, lambda: None).add(NewHost("10.0.0.3"), SAM).why.startswith("there is no hosts.csv behind")
