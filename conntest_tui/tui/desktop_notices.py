"""Notices on the desktop, which the terminal is asked for: OSC 9, as iTerm2 has it, or OSC 777, as urxvt has it.

What is said of hosts comes from files and name service: nothing of it may end the sequence, or be another one. OSC 9
means other things too where a number follows (ConEmu), so the text begins with the program's name.
"""

from collections.abc import Mapping

from conntest_tui.text import clean
from conntest_tui.tui.styled_text import cut

_NAME = "conntest"
_LONGEST = 160  # cells; desktops cut sooner, and GNU screen passes on 768 bytes
_BELL, _ESCAPE, _END = "\x07", "\x1b", "\x1b\\"


def desktop_notice(protocol: str, text: str, environment: Mapping[str, str]) -> str:
    """Return the control sequence for a notice, empty for the protocol "off".

    Args:
        protocol: "osc9", "osc777" or "off".
        text: one line.
        environment: tells whether tmux or GNU screen lies in between, which passes on what is wrapped for it: tmux(1),
            allow-passthrough; screen(1), DCS.
    """
    said = cut(clean(text).replace(";", ","), _LONGEST)  # a semicolon parts title and text
    if protocol == "osc9":
        sequence = f"{_ESCAPE}]9;{_NAME}: {said}{_BELL}"
    elif protocol == "osc777":
        sequence = f"{_ESCAPE}]777;notify;{_NAME};{said}{_BELL}"
    else:
        return ""
    # sudo and ssh leave TMUX behind, and take TERM along, which tmux sets to a name of its own.
    if environment.get("TMUX") or environment.get("TERM", "").partition("-")[0] == "tmux":
        return f"{_ESCAPE}Ptmux;{sequence.replace(_ESCAPE, _ESCAPE * 2)}{_END}"
    return f"{_ESCAPE}P{sequence}{_END}" if environment.get("STY") else sequence
