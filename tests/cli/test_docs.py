"""`docs`: pages that are there, in the wheel too, and that say what is true of this program."""

import ast
import io
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conntest_tui.cli.main import cli
from conntest_tui.cli.output import WIDTH, NoPageError, laid_out, page, topics
from conntest_tui.config import Settings
from conntest_tui.config.settings import all_settings
from conntest_tui.tui.keymap_check import own_bindings

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
TOPICS = [
    "api",
    "files",
    "glossary",
    "http",
    "internals",
    "judging",
    "keys",
    "mail",
    "reports",
    "service",
    "settings",
    "shell",
    "sites",
]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "conntest_tui", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_without_a_topic_it_lists_them() -> None:
    done = CliRunner().invoke(cli, ["docs"])
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.output.splitlines()] == TOPICS == list(topics())
    assert all(len(line.split()) > 2 for line in done.output.splitlines())


@pytest.mark.parametrize("topic", TOPICS)
def test_a_pipe_gets_the_page_as_it_is(topic: str) -> None:
    done = run("docs", topic)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (ROOT / "conntest_tui" / "docs" / f"{topic}.md").read_text()


@pytest.mark.parametrize("topic", ["nonsense", "../docs/mail", "", "Files"])
def test_an_unknown_topic_is_a_sentence_and_status_2(topic: str) -> None:
    done = run("docs", topic)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"conntest-tui: No such page: there is no page about {topic!r}\nthe pages are: {', '.join(TOPICS)}\n"
    )
    with pytest.raises(NoPageError):
        page(topic)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_terminal_gets_it_laid_out(topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "200")

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    plain = re.sub(r"\x1b\[[0-9;]*m", "", laid_out(page(topic), Terminal()))
    assert "|---|" not in plain
    assert max(map(len, plain.splitlines())) <= WIDTH
    assert page(topic).splitlines()[0].lstrip("# ") in plain


def test_the_pages_are_in_the_wheel(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path)]
    if subprocess.run([sys.executable, "-c", "import hatchling"], check=False, capture_output=True).returncode:
        build.remove("--no-build-isolation")
    subprocess.run([*build, str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"conntest_tui/docs/{topic}.md" for topic in TOPICS} <= set(names)


# ---------------------------------------------------------------- what they say


def documented_settings() -> dict[str, str]:
    """Return the default that the page gives for each setting."""
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.*?) \|", page("settings"), re.MULTILINE)
    assert len(dict(rows)) == len(rows)
    return dict(rows)


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    assert sorted(documented_settings()) == sorted(path for path, _ in all_settings())


def test_the_documented_defaults_are_those_of_the_program() -> None:
    defaults: Any = Settings().model_dump(mode="json")
    for path, written in documented_settings().items():
        value = defaults
        for name in path.split("."):
            value = value[name]
        expected = "" if value is None else value
        assert tomllib.loads(f"x = {written}")["x"] == expected, path


def test_every_key_is_documented_and_every_documented_one_exists() -> None:
    rows = re.findall(r"^\| `.*` \| (`[a-z-]+\.[a-z-]+`.*) \| (.*) \|$", page("keys"), re.MULTILINE)
    told = [(name, meaning) for ids, meaning in rows for name in re.findall(r"[a-z-]+\.[a-z-]+", ids)]
    assert sorted(told) == sorted({(binding.id or "", binding.tooltip) for binding in own_bindings()})


def test_every_command_is_in_the_readme_and_every_one_there_exists() -> None:
    rows = re.findall(r"^\| (`conntest-tui .*?) \|", README.read_text(), re.MULTILINE)
    listed = [name for row in rows for name in re.findall(r"`(?:conntest-tui )?([a-z-]+)", row)]
    assert sorted(listed) == sorted(cli.commands)


def test_the_readme_is_short_and_speaks_plainly() -> None:
    text = README.read_text()
    assert len(text.splitlines()) <= 250
    for told in (text, *(page(topic) for topic in TOPICS)):
        assert not re.search(r"\b(letters?|knobs?)\b", told, re.IGNORECASE)
    assert set(re.findall(r"conntest-tui docs ([a-z]+)", text)) == set(TOPICS)


# ---------------------------------------------------------------- what the page for programmers names


PACKAGE = ROOT / "conntest_tui"


def defined() -> tuple[set[str], dict[str, set[str]], set[str]]:
    """Return what the package has: modules and folders, members of classes by name, functions and constants."""
    modules, classes, others = set(), dict[str, set[str]](), set()
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        modules.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
        for node in ast.parse(path.read_text()).body:
            match node:
                case ast.ClassDef(name=name, body=body):
                    members = {getattr(one, "name", None) or ast.unparse(getattr(one, "target", one)) for one in body}
                    classes.setdefault(name, set()).update(members)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    others.add(f"{name}()")
                case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                    others.add(name)
    return modules, classes, others


def missing(text: str) -> list[str]:
    """Return the names in a text that the package does not have; a member of a class is `Class.member`."""
    modules, classes, others = defined()
    found = []
    for name in re.findall(r"`([^`]+)`", text):
        owner, _, member = name.partition(".")
        if name not in modules | classes.keys() | others and member not in classes.get(owner, ()):
            found.append(name)
    return found


ELSEWHERE = {"lint-imports", "mypy", "check", "run", "time kind:", "Binding"}
"""What the page names that is no part of the package's code."""


def test_every_module_and_class_that_the_page_about_internals_names_exists() -> None:
    assert set(missing(page("internals"))) == ELSEWHERE
    assert missing("`monitor.rounds`, `Tracker`, `Tracker.guess`, `Courier`, `guess()`") == [
        "monitor.rounds",
        "Tracker.guess",
        "Courier",
        "guess()",
    ]


def test_every_file_that_the_page_about_internals_names_exists() -> None:
    named = re.findall(r"\b(?:conntest_tui|tests|docs|tui|config)/[a-z_./]+[a-z]", page("internals"))
    assert len(named) > 15
    assert not [name for name in named if not ((ROOT / name).exists() or (PACKAGE / name).exists())]


def test_the_page_about_internals_is_short() -> None:
    assert len(page("internals").splitlines()) < 150
