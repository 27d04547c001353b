"""The manual page: it has every command and option, says what is true, and gives no formatter anything to warn of."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest

import conntest_tui
from conntest_tui.cli.main import cli
from conntest_tui.cli.manual_page import EXAMPLES, EXIT_STATUSES, SUMMARY, VARIABLES, manual_page
from conntest_tui.cli.output import ExitStatus
from tests.cli.test_docs import README, run

NAME = "conntest-tui"

needs_groff = pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff (Debian: groff-base)")
needs_mandoc = pytest.mark.skipif(shutil.which("mandoc") is None, reason="needs mandoc")


def shown(page: str) -> str:
    """Return a page as a reader has it, without emphasis, one space between words."""
    done = subprocess.run(
        ["groff", "-ww", "-man", "-Tutf8", "-P-c", "-P-b", "-P-o", "-P-u", "-rLL=200n"],
        input=page,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stderr == ""
    return " ".join(done.stdout.split())


@needs_groff
def test_it_has_every_command_and_every_option() -> None:
    text = shown(manual_page(cli, NAME, {}))
    assert len(cli.commands) > 10
    for name, command in cli.commands.items():
        assert f" {NAME} {name} " in text
        for option in command.params:
            if isinstance(option, click.Option):
                assert re.search(rf" {option.opts[0]}[ ,]", text)
                assert " ".join((option.help or "").replace("`", "").split()) in text
        assert " ".join((command.help or "").partition("\n\n")[0].replace("`", "").split()) in text
    for option in cli.params:
        assert isinstance(option, click.Option)
        assert option.opts[0] in text


@needs_groff
def test_texts_come_through_as_they_are() -> None:
    nasty = [
        ".SH begins with a point",
        "'br too",
        r"back\slash \fBand\fR a `code \e`",
        "Büro → 10 % \"quoted\" 'it' ^~",
    ]

    @click.group(help="\n\n".join(nasty))
    @click.option("--odd-one", help=".TP in an option")
    def group(odd_one: str) -> None: ...

    text = shown(manual_page(group, "odd", {}))
    for one in (*nasty, "--odd-one TEXT .TP in an option"):
        assert one.replace("`", "") in text


@needs_groff
@needs_mandoc
def test_no_formatter_has_anything_to_warn_of(tmp_path: Path) -> None:
    page = tmp_path / "conntest-tui.1"
    page.write_text(manual_page(cli, NAME, {}))
    for command in (["groff", "-ww", "-z", "-man"], ["mandoc", "-Tlint"]):
        done = subprocess.run([*command, str(page)], capture_output=True, text=True, check=False, timeout=30)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_command_prints_it_and_the_date_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    done = run("man")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == manual_page(cli, NAME, {"SOURCE_DATE_EPOCH": "1700000000"})
    assert done.stdout.startswith('.TH "CONNTEST\\-TUI" 1 2023-11-14 ')


def test_the_exit_statuses_are_those_of_the_program_and_of_the_readme() -> None:
    numbers = [status for status, _ in EXIT_STATUSES]
    assert numbers == [*(str(int(status)) for status in ExitStatus), "128 + n"]
    assert re.findall(r"^\| (\d[^|]*?) \| ", README.read_text(), re.MULTILINE)[: len(numbers)] == numbers


def test_every_variable_of_our_own_is_told() -> None:
    sources = Path(conntest_tui.__file__).parent.rglob("*.py")
    ours = {name for path in sources for name in re.findall(r'"(CONNTEST_[A-Z_]+)"', path.read_text())}
    ours -= {name for name in ours if name.startswith("CONNTEST_TUI_")}  # of the scripts that complete commands
    assert ours
    assert ours <= {name for names, _ in VARIABLES for name in names.split(", ")}


def test_the_examples_are_commands() -> None:
    for _, line in EXAMPLES:
        program, *arguments = shlex.split(line)
        assert program == NAME
        words = arguments[2:] if arguments[0] == "-c" else arguments
        if words:
            cli.commands[words[0]].make_context(words[0], words[1:]).close()


def test_the_summary_is_short() -> None:
    assert len(SUMMARY) < 80
