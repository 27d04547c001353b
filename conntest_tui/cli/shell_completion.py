"""Completion in bash, zsh and fish: of commands and options by click, of hosts and groups by the running monitor.

The shell hands over its line up to the cursor, and gets back what may stand in the place of the last word, so that
quotes, colons (`fe80::1`) and `--group=Bu` mean the same in all three. Nothing is ever said about an error: it would
stand in the middle of a line that somebody types.
"""

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, split_arg_string

from conntest_tui.cli.output import topics
from conntest_tui.cli.places_and_signals import Places
from conntest_tui.errors import ConntestError
from conntest_tui.text import clean, folded

VARIABLE = "_CONNTEST_TUI_COMPLETE"
"""In the environment it asks for completion instead of a command: `bash_source`, `bash_complete` and so on."""

PATIENCE = 0.2
"""Seconds that the monitor has to answer."""

MOST = 10_000
"""Hosts beyond which none is offered until more of a name is typed: of a part of them the shell would insert what only
those have in common."""

_LARGEST_FILE = 4 << 20  # bytes of hosts.csv: more cannot be read before one notices

_LINE = "_CONNTEST_TUI_LINE"
_BREAKS = "_CONNTEST_TUI_BREAKS"

SCRIPTS = {
    "bash": r"""
_conntest_tui_completion() {
    local line command=${1/#\~\//$HOME/}
    [[ $(type -t -- "$command") == file ]] || command=conntest-tui
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            plain:*) COMPREPLY+=("${line#plain:}") ;;
            dir:*) compopt -o dirnames 2>/dev/null ;;
            file:*) compopt -o default 2>/dev/null ;;
        esac
    done < <(_CONNTEST_TUI_LINE=${COMP_LINE:0:COMP_POINT} _CONNTEST_TUI_BREAKS=$COMP_WORDBREAKS \
        _CONNTEST_TUI_COMPLETE=bash_complete "$command" 2>/dev/null)
}
complete -o nosort -F _conntest_tui_completion conntest-tui 2>/dev/null ||
    complete -F _conntest_tui_completion conntest-tui
""",
    "zsh": r"""
_conntest_tui_completion() {
    local line command=${(Q)words[1]}
    local -a found
    command=${command/#\~\//$HOME/}
    whence -p -- "$command" >/dev/null || command=conntest-tui
    for line in "${(@f)$(_CONNTEST_TUI_LINE="${(j: :)words[1,CURRENT-1]} ${words[CURRENT]}" \
        _CONNTEST_TUI_COMPLETE=zsh_complete "$command" 2>/dev/null)}"; do
        case $line in
            plain:*) found+=("${line#plain:}") ;;
            dir:*) _files -/ ;;
            file:*) _files ;;
        esac
    done
    (( $#found )) && _describe -V conntest-tui found -U
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _conntest_tui_completion "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef _conntest_tui_completion conntest-tui
fi
""",
    "fish": r"""
function _conntest_tui_completion
    set -l line (commandline -cp)
    set -l words (commandline -opc)
    set -l command (string replace -r '^~/' "$HOME/" -- $words[1])
    type -q -- $command; or set command conntest-tui
    for found in (env _CONNTEST_TUI_LINE="$line" _CONNTEST_TUI_COMPLETE=fish_complete $command 2>/dev/null)
        switch $found
            case 'plain:*'
                string replace 'plain:' '' -- $found
            case 'dir:*'
                __fish_complete_directories (commandline -ct)
            case 'file:*'
                __fish_complete_path (commandline -ct)
        end
    end
end
complete --no-files --keep-order --command conntest-tui --arguments '(_conntest_tui_completion)'
""",
}
"""What makes each shell complete."""

HOW_TO = """\
To complete commands, options, hosts and groups:

bash  into ~/.bashrc:                   eval "$(conntest-tui completion bash)"
zsh   into ~/.zshrc:                    eval "$(conntest-tui completion zsh)"
fish  once, as a command:               conntest-tui completion fish > ~/.config/fish/completions/conntest-tui.fish

It holds in the shells that are started then. For all users, as root:

conntest-tui completion bash > /usr/share/bash-completion/completions/conntest-tui
conntest-tui completion zsh > /usr/local/share/zsh/site-functions/_conntest-tui
conntest-tui completion fish > /usr/share/fish/vendor_completions.d/conntest-tui.fish"""
"""How to switch it on."""


def script_of(shell: str) -> str:
    """Return what makes a shell complete; zsh takes the first line as a sign that it may load it by itself."""
    first = "#compdef conntest-tui\n" if shell == "zsh" else ""
    return f"{first}# Completion in {shell}; how to switch it on: conntest-tui completion{SCRIPTS[shell].rstrip()}"


# ---------------------------------------------------------------- what is typed


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A command line up to the cursor.

    Attributes:
        words: those before the last one, without quotes; the name of the program is not among them.
        raw: the last one as it was typed; empty behind a blank.
        quote: the quote that is open in it, empty for none.
        quoted_from: the place behind that quote in `raw`.
    """

    words: tuple[str, ...]
    raw: str
    quote: str = ""
    quoted_from: int = 0

    @property
    def last(self) -> str:
        """The last word without quotes."""
        return _unquoted(self.raw)


def read_line(line: str) -> TypedLine:
    """Return what somebody has typed so far."""
    start, quote, behind = -1, "", 0
    escaped = False
    for at, character in enumerate(line):
        if start < 0 and not character.isspace():
            start = at
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote, behind = character, at + 1
        elif character.isspace():
            start = -1
    start = len(line) if start < 0 else start
    before = split_arg_string(line[:start])
    while before and re.match(r"\w+=", before[0]):  # LC_ALL=C conntest-tui ...
        del before[0]
    return TypedLine(tuple(before[1:]), line[start:], quote, behind - start if quote else 0)


def _unquoted(raw: str) -> str:
    words = split_arg_string(raw)
    return words[0] if words else ""


class _Completion(ShellComplete, ABC):
    """What the three have in common."""

    def source(self) -> str:
        return f"{script_of(self.name)}\n"

    def get_completion_args(self) -> tuple[list[str], str]:
        typed = read_line(os.environ.get(_LINE, ""))
        return list(typed.words), typed.last

    def complete(self) -> str:
        """Return what may stand in the place of the last word, one a line; nothing when anything goes wrong."""
        typed = read_line(os.environ.get(_LINE, ""))
        option, equals, _ = typed.last.partition("=")
        ahead = f"{option}=" if equals and option.startswith("--") else ""
        try:
            items = self.get_completions(list(typed.words), typed.last)
        except Exception:  # noqa: BLE001 - somebody is typing: there is no place to say anything
            return ""
        return "\n".join(
            f"{item.type}:{self._written(ahead + item.value, item.help or '', typed) if item.type == 'plain' else ''}"
            for item in items
        )

    @abstractmethod
    def _written(self, value: str, about: str, typed: TypedLine) -> str:
        """Return a candidate as the shell takes it."""


class BashCompletion(_Completion):
    """Bash replaces what stands behind the last of COMP_WORDBREAKS, or behind an open quote, and adds no quotes."""

    name = "bash"

    def _written(self, value: str, about: str, typed: TypedLine) -> str:
        del about
        if typed.quote:
            start = typed.quoted_from
        else:
            breaks = set(os.environ.get(_BREAKS, "")) - set(" \t\n\"'")
            start = 1 + max((at for at, character in enumerate(typed.raw) if character in breaks), default=-1)
        left = value.removeprefix(_unquoted(typed.raw[: start - bool(typed.quote)]))
        if typed.quote == "'":
            return left.replace("'", r"'\''")
        return re.sub(r'([\\"$`])' if typed.quote else r"""([^\w.,:=@%+/\-])""", r"\\\1", left)


class ZshCompletion(_Completion):
    """Zsh adds the quotes that are needed; a colon ends the value and begins what is said about it."""

    name = "zsh"

    def _written(self, value: str, about: str, typed: TypedLine) -> str:
        del typed
        escaped = re.sub(r"([\\:])", r"\\\1", value)
        return f"{escaped}:{about}" if about else escaped


class FishCompletion(_Completion):
    """Fish adds the quotes that are needed; a tab ends the value and begins what is said about it."""

    name = "fish"

    def _written(self, value: str, about: str, typed: TypedLine) -> str:
        del typed
        return f"{value}\t{about}" if about else value


for _kind in (BashCompletion, ZshCompletion, FishCompletion):
    add_completion_class(_kind)


# ---------------------------------------------------------------- hosts and groups


def hosts_that_begin(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the hosts whose names begin so, but those that stand on the line already."""
    del parameter
    there = set(context.params.get("names") or ())
    found = [(name, about) for name, about in _hosts(context, typed) if name not in there]
    return [CompletionItem(name, help=about or None) for name, about in found]


def topics_that_begin(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the topics of the manual that begin so."""
    del context, parameter
    return [CompletionItem(topic, help=title) for topic, title in topics().items() if topic.startswith(typed)]


def directories(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Have the shell offer its directories."""
    del context, parameter
    return [CompletionItem(typed, type="dir")]


def files(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Have the shell offer its files."""
    del context, parameter
    return [CompletionItem(typed, type="file")]


def groups_that_begin(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the groups whose headings begin so."""
    del parameter
    wanted = folded(typed)
    return [CompletionItem(group) for group in _groups(context) if folded(group).startswith(wanted)]


def _hosts(context: click.Context, typed: str) -> Iterator[tuple[str, str]]:
    """Yield name and description of each host whose name begins so; none of more than `MOST`."""
    wanted = folded(typed)
    said = _ask(context, "hosts", limit=str(MOST), prefix=typed)
    if said is None:
        rows: Iterable[tuple[str, str]] = ((name, about) for name, about, _ in _rows_of_file(context))
    else:
        rows = ((one.get("shown") or one["name"], one.get("description", "")) for one in said)
        if len(said) >= MOST:
            return
    for name, about in rows:
        if folded(name).startswith(wanted):
            yield clean(name), clean(about)


def _groups(context: click.Context) -> Sequence[str]:
    said = _ask(context, "groups")
    found = [group for _, _, group in _rows_of_file(context)] if said is None else said
    return [clean(group) for group in dict.fromkeys(found) if group]


def _ask(context: click.Context, query: str, **given: str) -> Any:
    """Return what the monitor answers; None when there is none, or not soon enough."""
    from http.client import HTTPException  # noqa: PLC0415 - it takes as long as a tenth of the command line

    from conntest_tui.api.json_values import JsonValueError  # noqa: PLC0415 - only completion needs it at once
    from conntest_tui.api.socket_http import call  # noqa: PLC0415
    from conntest_tui.cli.monitor_sockets import some_socket  # noqa: PLC0415

    with suppress(ConntestError, OSError, HTTPException, JsonValueError):
        named = context.params.get("socket")
        socket = Path(named) if named else some_socket(_places(context).state)
        if socket is not None:
            return call(socket, f"/v1/{query}?{urlencode(given)}", timeout=PATIENCE).get("answer")
    return None


def _places(context: click.Context) -> Places:
    given = context.find_root().params
    return Places(given.get("config_option"), given.get("state_option"))


def _rows_of_file(context: click.Context) -> Iterator[tuple[str, str, str]]:
    """Yield name, description and group of each row of hosts.csv that can be read at a glance."""
    from conntest_tui.config.csv_line_syntax import HashLineKind, is_hash_line, read_hash_line, split  # noqa: PLC0415
    from conntest_tui.config.problems import Refused  # noqa: PLC0415
    from conntest_tui.config.read_files import HOSTS_FILE, read  # noqa: PLC0415

    group = ""
    with suppress(ConntestError, OSError, Refused):
        data = read(_places(context).config / HOSTS_FILE, _LARGEST_FILE).data
        for line in map(str.strip, data.decode("utf-8-sig", "replace").splitlines()):
            with suppress(Refused):
                if is_hash_line(line):
                    found = read_hash_line(line)
                    group = found.group if found.kind is HashLineKind.HEADING else group
                elif line:
                    name, about, *_ = (*split(line), "")
                    yield name.strip().lower(), about.strip(), group
