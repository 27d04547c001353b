"""`import` as a command: a diff, or the file written; what is left out is told on standard error."""

import io
import os
from pathlib import Path

import pytest

from conntest_tui.cli.main import _status
from conntest_tui.held_signals import Signals
from conntest_tui.importing import import_sources

NAGIOS = (
    "define host{\n host_name core\n address 10.1.1.254\n}\ndefine host {\n host_name old\n address 10.1.1.300\n}\n"
)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    office = tmp_path / "office"
    office.mkdir()
    (office / "hosts.csv").write_text("## ours\n10.0.0.1,Here\n")
    (tmp_path / "hosts.cfg").write_text(NAGIOS)
    return office


def conntest(monkeypatch: pytest.MonkeyPatch, office: Path, *arguments: str) -> int | str | None:
    monkeypatch.setattr("sys.argv", ["conntest-tui", "-c", str(office), "import", *arguments])
    return _status(Signals())


def test_a_diff_is_shown_and_nothing_written(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert conntest(monkeypatch, office, str(office.parent / "hosts.cfg")) == 0

    said = capsys.readouterr()
    assert said.out == "--- hosts.csv\n+++ hosts.csv\n@@ -1,2 +1,3 @@\n ## ours\n 10.0.0.1,Here\n+10.1.1.254,core,\n"
    assert said.err.splitlines() == [
        "not imported: line 5: 10.1.1.300 is not an address; write four numbers 0-255",
        f"host definitions of Nagios or Icinga: 1 row to be added to {office}/hosts.csv; 0 there already, 1 left out",
        "nothing was written; --write does it",
    ]
    assert (office / "hosts.csv").read_text() == "## ours\n10.0.0.1,Here\n"


def test_write_adds_it_once(office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert conntest(monkeypatch, office, "--write", str(office.parent / "hosts.cfg")) == 0

    assert (office / "hosts.csv").read_text() == "## ours\n10.0.0.1,Here\n10.1.1.254,core,\n"
    assert f"0 rows added to {office / 'hosts.csv'}; 1 there already" in capsys.readouterr().err


def test_the_folder_of_the_four_file_script(
    office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "script"
    script.mkdir()
    (script / "hosts.csv").write_text("10.1.1.254,Cisco Router,Bldg 6 MDF 101,0\r\n#10.1.1.9,off,x\r\n")
    (script / "creds.csv").write_text("me,secret\n")

    assert conntest(monkeypatch, office, "--write", str(script)) == 0

    assert (office / "hosts.csv").read_text().endswith("10.1.1.254,Cisco Router,Bldg 6 MDF 101\n#10.1.1.9,off,x\n")
    assert "secret" not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.xml"], "nowhere.xml: the file is missing\ncheck its name"),
        (["folder"], "folder/hosts.csv: the file is missing\nname a folder that holds a hosts.csv, or the file itself"),
        (["10.0.0.0/8"], "10.0.0.0/8 has too many addresses\nname prefixes of /20 and longer"),
        (["10.1.1.0/33"], "neither a file nor a prefix"),
        (["table.csv"], "not clear which column holds the host\nsay it: --columns host=2,description=1"),
        (["--columns", "host=9", "table.csv"], "there is no column 9"),
        (["--columns", "9", "table.csv"], "--columns: 9 is not understood"),
    ],
)
def test_what_cannot_be_imported_is_a_sentence_and_status_2(
    office: Path,
    arguments: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (office / "table.csv").write_text("7,core,10.1.1.254,Bldg 6\n")
    (office / "folder").mkdir()
    monkeypatch.chdir(office)

    assert conntest(monkeypatch, office, *arguments) == 2

    assert said in capsys.readouterr().err
    assert (office / "hosts.csv").read_text() == "## ours\n10.0.0.1,Here\n"


def test_columns_may_be_said(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (office / "table.csv").write_text("7,core,10.1.1.254,Bldg 6\n")

    assert conntest(monkeypatch, office, "--write", "--columns", "host=3,description=2", str(office / "table.csv")) == 0

    assert (office / "hosts.csv").read_text().endswith("10.1.1.254,core,\n")


def test_a_host_that_stands_twice_in_the_file_is_not_there_already(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """masscan writes a host for each of its ports."""
    (office.parent / "list").write_text("10.0.0.2\n10.0.0.1\n10.0.0.2,again\n10.0.0.999\n10.0.0.2\n")

    assert conntest(monkeypatch, office, "--columns", "host=1", str(office.parent / "list")) == 0

    said = capsys.readouterr().err
    assert f"1 row to be added to {office}/hosts.csv; 1 there already, 2 more than once in it, 1 left out" in said


def test_what_is_left_out_is_told_in_the_order_of_the_file_and_once(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = "name,ip\na,10.0.0.999\nb,\nc,10.0.0.300\n"
    (office.parent / "table.csv").write_text(table)

    conntest(monkeypatch, office, str(office.parent / "table.csv"))

    told = [line.split(":")[1] for line in capsys.readouterr().err.splitlines() if line.startswith("not imported")]
    assert told == [" line 2", " line 3", " line 4"]

    (office.parent / "hosts.ini").write_text("[g]\na\nn[1:3] ansible_host=10.0.0.[1:3]\n")

    conntest(monkeypatch, office, str(office.parent / "hosts.ini"))

    assert capsys.readouterr().err.count("not imported") == 1


# ---------------------------------------------------------------- standard input


def piped(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_a_dash_is_standard_input(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    piped(monkeypatch, NAGIOS.encode("utf-16"))

    assert conntest(monkeypatch, office, "--write", "-") == 0

    assert (office / "hosts.csv").read_text() == "## ours\n10.0.0.1,Here\n10.1.1.254,core,\n"
    assert "not imported: line 5" in capsys.readouterr().err


def test_a_file_that_is_called_dash_has_another_name_too(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(office)
    (office / "-").write_text("10.0.0.7,a file\n")
    piped(monkeypatch, b"10.0.0.8,a pipe\n")

    assert conntest(monkeypatch, office, "--write", "./-") == 0
    assert conntest(monkeypatch, office, "--write", "-") == 0

    assert (office / "hosts.csv").read_text().endswith("10.0.0.7,a file,\n10.0.0.8,a pipe,\n")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "there is no row in it"),
        (b"7,core,10.1.1.254,Bldg 6\n", "not clear which column holds the host"),
        (b"SQLite format 3\0" + bytes(100), "this is an SQLite database\nif it is that of Uptime Kuma"),
        (b"10.0.0.9\n" * 200, "standard input: the file is larger than 1 KB"),
    ],
    ids=["nothing", "which column", "database", "large"],
)
def test_standard_input_is_bounded_and_judged_like_a_file(
    office: Path, data: bytes, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(import_sources, "LARGEST_FILE", 1 << 10)
    piped(monkeypatch, data)

    assert conntest(monkeypatch, office, "--write", "-") == 2

    assert said in capsys.readouterr().err
    assert (office / "hosts.csv").read_text() == "## ours\n10.0.0.1,Here\n"


@pytest.mark.parametrize("come", [b"", b"10.0.0.9,the first half\n"], ids=["nothing", "half"])
def test_standard_input_that_cannot_be_read_to_its_end_is_a_sentence(
    office: Path, come: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever shares the pipe may have made it return at once when nothing is in it just now."""
    end, writer = os.pipe2(os.O_NONBLOCK)
    os.write(writer, come)
    with os.fdopen(end) as stream, os.fdopen(writer, "wb"):
        monkeypatch.setattr("sys.stdin", stream)
        assert conntest(monkeypatch, office, "--write", "-") == 2

    assert "standard input: the file cannot be read: Resource temporarily unavailable" in capsys.readouterr().err
    assert (office / "hosts.csv").read_text() == "## ours\n10.0.0.1,Here\n"


def test_standard_input_that_is_closed_is_a_sentence(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", None)

    assert conntest(monkeypatch, office, "-") == 2

    assert "standard input is closed\nname a file" in capsys.readouterr().err


# ---------------------------------------------------------------- nothing of it


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,ip\na,10.0.0.999\nb,\nc,10.0.0.300\n", "all of a table is left out"),
        ("[g]\nlocalhost\n", "all of an Ansible inventory is left out"),
    ],
    ids=["table", "inventory"],
)
def test_when_all_is_left_out_that_is_a_sentence_and_status_2(
    office: Path, text: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (office.parent / "table").write_text(text)

    assert conntest(monkeypatch, office, "--write", str(office.parent / "table")) == 2

    told = capsys.readouterr().err
    assert "not imported: line 2" in told
    assert told.endswith(f"conntest-tui: Nothing can be imported: {said}\nthe lines above say why\n")
    assert (office / "hosts.csv").read_text() == "## ours\n10.0.0.1,Here\n"


def test_a_file_whose_good_hosts_are_there_already_is_well(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (office.parent / "table.csv").write_text("name,ip\na,10.0.0.999\nb,10.0.0.1\n")

    assert conntest(monkeypatch, office, "--write", str(office.parent / "table.csv")) == 0
