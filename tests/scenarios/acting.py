"""Acting a scenario out, and comparing what came of it with what it says."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from conntest_tui.model import Event, HostStatus
from tests.scenarios.language import Ending, Expected, Scenario
from tests.scenarios.scene import Scene, Strain
from tests.scenarios.witness import Witness
from tests.stage import Mail

_SLACK = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Found:
    """A mail that arrived, or an event, in the words of the language."""

    at: float
    text: str
    to: tuple[str, ...] = ()
    body: str = ""

    @property
    def line(self) -> str:
        to = f"to {', '.join(self.to)}: " if self.to else ""
        return f"{moment(self.at)}  {to}{self.text}"


def act(scenario: Scenario, directory: Path, strain: Strain = Strain.NONE) -> tuple[Scene, Witness]:
    """Play a scenario to its end, under the eyes of a witness."""
    scene = Scene(
        directory,
        scenario.hosts,
        recipients=scenario.recipients,
        mail_behind=scenario.mail_behind,
        begins=scenario.begins,
        strain=strain,
        **scenario.settings,
    )
    witness = Witness(scene)
    for happening in scenario.happenings:
        scene.pass_until(happening.at)
        happening.act(scene)
    scene.pass_until(scenario.until)
    witness.look_back()
    return scene, witness


def compare(scenario: Scenario, scene: Scene, strain: Strain = Strain.NONE) -> None:
    """Fail unless mails and endings are what the scenario says; and, without a strain, what mails and log say."""
    mails = found_mails(scene)
    wanted, came = [expected.line for expected in scenario.mails], shown(mails, scenario.mails)
    if strain is Strain.ASTRAY:  # mails of one sweep are told in the order of the wall clock
        wanted, came = sorted(wanted), sorted(came)
    assert came == wanted, "\n  ".join(["the mails should be", *wanted, "but are", *came])
    for ending in scenario.endings:
        stands = _stands(scene, ending)
        assert stands == ending, f"{stands.name} is {stands.state} {stands.bar}, not {ending.state} {ending.bar}"
    if strain is Strain.NONE:
        for mail, expected in zip(mails, scenario.mails, strict=True):
            _quoted(mail, expected.quotes)
        log = [Found(at, line_of(event)) for at, event in scene.diary]
        for expected in scenario.log:
            near = [found.line for found in log if _in_time(found, expected)]
            assert any(fits(found, expected) for found in log), f"{expected.line}\nis not among\n" + "\n".join(near)


# ---------------------------------------------------------------- what came of it


def found_mails(scene: Scene) -> list[Found]:
    """Return every mail that arrived, one for all who got it at the same time."""
    together: dict[tuple[float, str], list[Mail]] = defaultdict(list)
    for mail in scene.post.mails:
        together[mail.moment, mail.message_id].append(mail)
    return list(_told_by(scene, together))


def _told_by(scene: Scene, together: dict[tuple[float, str], list[Mail]]) -> Iterator[Found]:
    seen: set[str] = set()
    for (at, message_id), mails in together.items():
        to = tuple(mail.recipient for mail in mails)
        again = " (again)" if message_id in seen and seen_by(scene, message_id, to, at) else ""
        seen.add(message_id)
        everybody = set(to) == set(scene.recipients)
        yield Found(at - scene.began, mails[0].subject + again, () if everybody else to, mails[0].text)


def seen_by(scene: Scene, message_id: str, to: Sequence[str], before: float) -> bool:
    """Return whether one of these recipients had that mail before."""
    return any(
        mail.message_id == message_id and mail.recipient in to and mail.moment < before for mail in scene.post.mails
    )


def line_of(event: Event) -> str:
    """Return an event as the daily log has it, without the time."""
    mail = f" [{event.mail}]" if event.mail else ""
    return f"{event.kind.value.replace(' ', '-')} {event.text}{mail}"


def moment(elapsed: float) -> str:
    """Return seconds as the language writes them: `1h10m`."""
    minutes, seconds = divmod(round(elapsed), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


# ---------------------------------------------------------------- comparing


def shown(found: Sequence[Found], expected: Sequence[Expected]) -> list[str]:
    """Return what was found; what is as expected, in the words of the expectation."""
    missing = list(expected)
    lines = []
    for one in found:
        match = next((e for e in missing if fits(one, e)), None)
        if match is not None:
            missing.remove(match)
        lines.append(match.line if match else one.line)
    return lines


def fits(found: Found, expected: Expected) -> bool:
    """Return whether something was expected just so."""
    told = sorted(found.to) == sorted(expected.to)
    return _in_time(found, expected) and told and re.fullmatch(_pattern(expected.text), found.text) is not None


def _pattern(text: str) -> str:
    """Return a regular expression for a text in which `...` stands for anything."""
    return ".*".join(map(re.escape, text.split("...")))


def _in_time(found: Found, expected: Expected) -> bool:
    return expected.first - _SLACK <= found.at <= expected.last + _SLACK


def _quoted(mail: Found, quotes: Sequence[str]) -> None:
    lines = "\n".join(" ".join(line.split()) for line in mail.body.splitlines())
    pattern = ".*".join(_pattern(" ".join(quote.split())) for quote in quotes)
    assert re.search(pattern, lines, re.DOTALL), f"{mail.line}\ndoes not say {quotes}, but\n{mail.body}"


def _stands(scene: Scene, ending: Ending) -> Ending:
    """Return how things stand; the ending itself if it is true."""
    if ending.name == "mail":
        return Ending("mail", scene.snapshots[-1].mail.health.value)
    status = scene.status(ending.name)
    state = ending.state if ending.state in _states(status) else status.standing.state.value
    return Ending(ending.name, state, _bar(status, len(ending.bar)))


def _states(status: HostStatus) -> list[str]:
    standing = status.standing
    marks = {"muted": standing.muted, "flapping": standing.flapping, "acknowledged": standing.acknowledged}
    return [standing.state.value, *(name for name, holds in marks.items() if holds)]


def _bar(status: HostStatus, length: int) -> str:
    recent = status.history[-length:] if length else ()
    return "".join("·" if math.isnan(rtt) else "✕" if math.isinf(rtt) else "▁" for rtt in recent)
