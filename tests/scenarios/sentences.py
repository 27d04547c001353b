"""Everything that can happen in a scenario: the sentence, and the verb of the scene that carries it out.

`<hosts>` stands for `switch, printer, cam1..cam20`, `<span>` for `1h30m`, `<note>` for text in quotes; a part in
brackets may be missing.
"""

import re
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from conntest_tui.model import Host
from tests.scenarios.scene import Scene

Act = Callable[[Scene], None]

SENTENCES: dict[str, Callable[..., None]] = {
    "<hosts> fail[s]": Scene.fail,
    "<hosts> answer[s]": Scene.answer,
    "<hosts> miss[es] one probe": Scene.miss_one_probe,
    "no route leads to <hosts>": Scene.no_route,
    "a route leads to <hosts>": Scene.answer,
    "own link is lost": Scene.link_is_lost,
    "own link is back": Scene.link_is_back,
    "machine sleeps <span>": Scene.machine_sleeps,
    "machine sleeps <span> in the middle of a sweep": Scene.machine_sleeps_in_a_sweep,
    "clock steps <step>": Scene.wall_clock_steps,
    "program is killed": Scene.kill,
    "program is killed while it hands over a mail": Scene.killed_at_the_next_mail,
    "program stops": Scene.stop,
    "program starts": Scene.start,
    "mail goes away": Scene.mail_goes_away,
    "mail is back": Scene.mail_is_back,
    "mail refuses the password": Scene.mail_refuses_the_password,
    "mail breaks off after every mail": Scene.mail_breaks_off,
    "mail greylists <address>": Scene.mail_greylists,
    "mail refuses <address>": Scene.mail_refuses,
    "mail accepts <address>": Scene.mail_accepts,
    "operator acknowledges <host>[ <note>]": Scene.acknowledge,
    "operator gives <host> back": Scene.unacknowledge,
    "operator mutes <host>[ for <span>]": Scene.mute,
    "operator mutes <host> from <window>": Scene.plan_mute,
    "operator unmutes <host>": Scene.unmute,
    "operator rechecks <hosts>": Scene.recheck,
    "operator sweeps": Scene.recheck_everything,
    "hosts.csv loses <hosts>": Scene.hosts_csv_loses,
    "hosts.csv gains <rows>": Scene.hosts_csv_gains,
    "settings.toml says <setting> <value>": Scene.settings_toml_says,
}

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SPAN = r"(?:\d+[dhms])+"


class UnclearError(ValueError):
    """A line that says nothing known."""


# ---------------------------------------------------------------- words


def span(text: str) -> float:
    """Read `1h30m`, in seconds."""
    return float(sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([dhms])", text)))


def window(text: str) -> tuple[float, float]:
    """Read `1h to 2h30m`, in seconds since the beginning."""
    start, _, end = text.partition(" to ")
    return span(start), span(end)


def step(text: str) -> float:
    """Read `+1h` or `-1h`."""
    return -span(text) if text.startswith("-") else span(text)


def names(text: str) -> tuple[str, ...]:
    """Read `switch, cam1..cam3`."""
    return tuple(chain.from_iterable(map(_range, text.split(", "))))


def rows(text: str) -> tuple[Host, ...]:
    """Read `switch, cam1..cam3 behind switch in "Building 4", radio mail=off`."""
    return tuple(chain.from_iterable(map(_row, text.split(", "))))


def value(text: str) -> float | int | tuple[str, ...]:
    """Read what a setting is set to: `5m`, `3`, `router, switch`."""
    if re.fullmatch(SPAN, text):
        return span(text)
    return int(text) if text.isdecimal() else names(text)


def _range(text: str) -> tuple[str, ...]:
    found = re.fullmatch(r"(\D+)(\d+)\.\.\1(\d+)", text)
    if found is None:
        return (text,)
    stem, first, last = found.groups()
    return tuple(f"{stem}{number}" for number in range(int(first), int(last) + 1))


def _row(text: str) -> list[Host]:
    found = re.fullmatch(r'(\S+)(?: behind (\S+))?(?: in "([^"]*)")?( mail=off)?', text.strip())
    if found is None:
        raise UnclearError(f'`{text}` is no host: name [behind parent] [in "group"] [mail=off]')
    name, parent, group, no_mail = found.groups()
    return [Host(each, parent=parent, group=group or "", mail=not no_mail) for each in _range(name)]


WORDS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "hosts": (r"\S+(?:, \S+)*", names),
    "host": (r"\S+", str),
    "rows": (r".+", rows),
    "span": (SPAN, span),
    "window": (rf"{SPAN} to {SPAN}", window),
    "step": (rf"[+-]{SPAN}", step),
    "address": (r"\S+@\S+", str),
    "note": (r'"[^"]*"', lambda text: text.strip('"')),
    "setting": (r"\S+", str),
    "value": (r".+", value),
}


# ---------------------------------------------------------------- sentences


def read(text: str, known: Sequence[str]) -> Act:
    """Return what a sentence does.

    Args:
        text: the sentence.
        known: names of the hosts; a sentence about another one is refused.

    Raises:
        UnclearError: it is none of `SENTENCES`.
    """
    for pattern, verb in _PATTERNS:
        found = pattern.fullmatch(text)
        if found is not None:
            words = {kind: said for kind, said in found.groupdict().items() if said is not None}
            arguments = [WORDS[kind][1](said) for kind, said in words.items()]
            strangers = set(names(words.get("hosts", words.get("host", "")))) - {*known, ""}
            if strangers:
                raise UnclearError(f"there is no host {', '.join(sorted(strangers))}")
            return lambda scene: verb(scene, *arguments)
    raise UnclearError(f"nobody knows how to act `{text}`")


def _pattern(sentence: str) -> re.Pattern[str]:
    escaped = re.escape(sentence).replace(r"\[", "(?:").replace(r"\]", ")?").replace(r"\ ", " ")
    return re.compile(re.sub(r"<(\w+)>", lambda found: f"(?P<{found[1]}>{WORDS[found[1]][0]})", escaped))


_PATTERNS = [(_pattern(sentence), verb) for sentence, verb in SENTENCES.items()]
