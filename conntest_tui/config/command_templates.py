"""Commands of the operator's own in settings.toml: a program and its arguments, with places for a host's values."""

import re
import shlex
from collections.abc import Sequence
from pathlib import PurePath

from conntest_tui.config.problems import Refused, echo
from conntest_tui.text import clean

_LONGEST_COMMAND_NAME = 40
_PLACES = ("address", "host", "description")
_PLACE = re.compile(r"\{([a-z]*)\}")  # awk's braces and the like are nothing of ours

_SHELLS = frozenset(("sh", "ash", "bash", "dash", "ksh", "mksh", "zsh", "fish"))
_SCRIPT = re.compile("-[a-z]*c[a-z]*")  # what follows is a script: sh(1)


def check_command(name: str, template: object) -> None:
    """Make sure that a command can be run once the values of a host are put in.

    Raises:
        Refused: it has no name, is no program with its arguments, holds a place that is not known, or has a shell
            read a value.
    """
    said, hint = echo(name), 'write a program and its arguments: mtr = "mtr {address}"'
    if not name.strip() or clean(name) != name or len(name) > _LONGEST_COMMAND_NAME:
        raise Refused(f"{said} is no name of a command", "write a word or two")
    if not isinstance(template, str) or clean(template) != template:
        raise Refused(f"{said} is no command", hint)
    try:
        words = shlex.split(template)
    except ValueError:
        raise Refused(f"{said} has a quote that does not end", hint) from None
    if not words or not words[0] or _PLACE.search(words[0]):
        raise Refused(f"{said} does not begin with a program", hint)
    unknown = next((place for place in _PLACE.findall(template) if place not in _PLACES), None)
    if unknown is not None:
        known = ", ".join(f"{{{place}}}" for place in _PLACES)
        raise Refused(f"{said} holds {{{echo(unknown)}}}, which is not known", f"known are {known}")
    _keep_from_shells(said, words)


def _keep_from_shells(said: str, words: Sequence[str]) -> None:
    """Refuse a template that has a shell read a value: `$(reboot)` is a description like any other."""
    for at, word in enumerate(words):
        place, before = _PLACE.search(word), [PurePath(earlier).name for earlier in words[:at]]
        shell = next((name for name in before if name in _SHELLS), "")
        if place and shell and _SCRIPT.fullmatch(before[-1]):
            hint = (
                f"""put it behind, where it stays one argument: {shell} {before[-1]} 'ping "$1"' {shell} {place[0]}"""
            )
            raise Refused(f"{said} puts {place[0]} into what {shell} runs", hint)
        if "{description}" in word and "ssh" in before:
            raise Refused(f"{said} puts {{description}} into what ssh has a shell run", "leave it out")
