"""Which editor an operator has, and how it opens a file at a line."""

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath

from conntest_tui.text import clean

_VARIABLES = ("VISUAL", "EDITOR")
_OTHERWISE = ("sensible-editor", "nano", "vi")

# How editors are told the line that do not take `+LINE FILE`, as vi and POSIX's `ex` have it: they would open a file of
# that name. Those with windows of their own are to wait, or they return at once.
_LINES: dict[str, str] = {
    **dict.fromkeys(
        ("code", "code-insiders", "code-oss", "codium", "vscodium", "cursor", "windsurf"), "--wait --goto {file}:{line}"
    ),
    **dict.fromkeys(("subl", "zed", "zeditor"), "--wait {file}:{line}"),
    **dict.fromkeys(("hx", "helix"), "{file}:{line}"),
    "kate": "--block --line {line} {file}",
}


class NoEditorError(Exception):
    """There is none; the text says why, and what to do."""


def editor_command(
    file: str, line: int, environ: Mapping[str, str], find: Callable[[str], str | None]
) -> Sequence[str]:
    """Return the program and its arguments that edit a file: $VISUAL, else $EDITOR, else what is installed.

    Args:
        file: an absolute path.
        line: where to begin, from 1; 0 is anywhere.
        environ: the environment.
        find: returns where a program is, None when there is none (`shutil.which`).

    Raises:
        NoEditorError: there is none.
    """
    for variable in _VARIABLES:
        if environ.get(variable, "").strip():
            command = _split(variable, environ[variable])
            if find(command[0]) is None:
                raise NoEditorError(f"${variable} says {clean(environ[variable])}, and there is no such program.")
            break
    else:
        found = next(filter(find, _OTHERWISE), None)
        if found is None:
            tried = ", ".join(_OTHERWISE)
            raise NoEditorError(f"No editor is found ({tried}): set EDITOR, and start the console again.")
        command = [found]
    return [*command, *_at(os.path.realpath(find(command[0]) or command[0]), command[0], file, line)]


def _split(variable: str, written: str) -> list[str]:
    try:
        return shlex.split(written)
    except ValueError as error:
        raise NoEditorError(f"${variable} cannot be understood: {clean(written)} ({error}).") from error


def _at(found: str, called: str, file: str, line: int) -> list[str]:
    if not line:
        return [file]
    names = (PurePath(called).name, PurePath(found).name)
    words = next((_LINES[name] for name in names if name in _LINES), "+{line} {file}").split()
    return [word.format(file=file, line=line) for word in words]
