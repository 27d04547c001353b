"""Which editor opens hosts.csv, and how it is told the line."""

from collections.abc import Callable

import pytest

from conntest_tui.tui.editor_command import NoEditorError, editor_command


def installed(*programs: str) -> Callable[[str], str | None]:
    return lambda name: f"/usr/bin/{name}" if name in programs else None


@pytest.mark.parametrize(
    ("environ", "programs", "command"),
    [
        ({"VISUAL": "vim", "EDITOR": "nano"}, ["vim", "nano"], ["vim", "+7", "/c/hosts.csv"]),
        ({"EDITOR": "emacs -nw --eval '(a b)'"}, ["emacs"], ["emacs", "-nw", "--eval", "(a b)", "+7", "/c/hosts.csv"]),
        ({"VISUAL": " ", "EDITOR": "nano"}, ["nano"], ["nano", "+7", "/c/hosts.csv"]),
        ({"EDITOR": "code"}, ["code"], ["code", "--wait", "--goto", "/c/hosts.csv:7"]),
        (
            {"EDITOR": "code-insiders -n"},
            ["code-insiders"],
            ["code-insiders", "-n", "--wait", "--goto", "/c/hosts.csv:7"],
        ),
        ({"EDITOR": "cursor"}, ["cursor"], ["cursor", "--wait", "--goto", "/c/hosts.csv:7"]),
        ({"EDITOR": "subl"}, ["subl"], ["subl", "--wait", "/c/hosts.csv:7"]),
        ({"EDITOR": "zed"}, ["zed"], ["zed", "--wait", "/c/hosts.csv:7"]),
        ({"EDITOR": "kate -b"}, ["kate"], ["kate", "-b", "--block", "--line", "7", "/c/hosts.csv"]),
        ({"EDITOR": "hx"}, ["hx"], ["hx", "/c/hosts.csv:7"]),
        ({}, ["vi", "nano"], ["nano", "+7", "/c/hosts.csv"]),
        ({}, ["vi", "sensible-editor"], ["sensible-editor", "+7", "/c/hosts.csv"]),
        ({"EDITOR": "vi; reboot"}, ["vi;"], ["vi;", "reboot", "+7", "/c/hosts.csv"]),
    ],
)
def test_the_operators_editor_first_and_no_shell(
    environ: dict[str, str], programs: list[str], command: list[str]
) -> None:
    assert list(editor_command("/c/hosts.csv", 7, environ, installed(*programs))) == command


def test_without_a_line_the_file_is_just_opened() -> None:
    assert list(editor_command("/c/hosts.csv", 0, {"EDITOR": "hx"}, installed("hx"))) == ["hx", "/c/hosts.csv"]


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({"EDITOR": "kate"}, "$EDITOR says kate, and there is no such program."),
        ({"VISUAL": "vi 'a", "EDITOR": "vi"}, "$VISUAL cannot be understood: vi 'a (No closing quotation)."),
        ({}, "No editor is found (sensible-editor, nano, vi): set EDITOR, and start the console again."),
    ],
)
def test_why_there_is_none(environ: dict[str, str], why: str) -> None:
    with pytest.raises(NoEditorError) as error:
        editor_command("/c/hosts.csv", 7, environ, installed())
    assert str(error.value) == why
