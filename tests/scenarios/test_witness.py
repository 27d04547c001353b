"""The witness objects: against a program that is broken on purpose, and a scenario that expects something else."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from conntest_tui.notify import outbox_composer as composer
from conntest_tui.outages import notification_policy, transitions
from conntest_tui.store import Outbox
from conntest_tui.store.mail_queue import Messages
from tests.scenarios.acting import act, compare
from tests.scenarios.language import parse

SCENE = "hosts printer, other\nmail to noc@example.com, slow@example.com\n"
DOWN_AND_UP = f"{SCENE}at 10m printer fails\nat 30m printer answers\nuntil 1h\n"

MUTED_TOO_LATE = f"""{SCENE}
at 8m     mail goes away
at 10m    printer fails
at 20m    operator mutes printer
at 30m    mail is back
until     1h
"""
GREYLISTED = f"""{SCENE}
at 8m     mail greylists slow@example.com
at 10m    printer fails
at 20m    printer answers
at 32m    mail accepts slow@example.com
until     1h
"""
LATE = f"""{SCENE}
at 8m     mail goes away
at 10m    printer fails
at 20m    clock steps +1h
at 30m    mail is back
until     1h
"""
LONG = f"{SCENE}at 10m printer fails\nuntil 2h\n"


def nothing(*_: object, **__: object) -> None:
    """Do nothing where something should be done."""


def always(*_: object) -> bool:
    return True


def first(notification: object, _: object) -> object:
    return notification


@dataclass(frozen=True)
class Fault:
    """Something in the program that is broken on purpose."""

    owner: object
    name: str
    instead: Callable[..., object] = nothing


def whole_story(text: str, state: Path) -> None:
    _, witness = act(parse(text), state)
    witness.find_all_well()


@pytest.mark.parametrize(
    ("fault", "text", "objection"),
    [
        (Fault(Outbox, "silence"), MUTED_TOO_LATE, "muted"),
        (Fault(Messages, "withdraw_all"), GREYLISTED, "does not say that"),
        (Fault(Messages, "settle"), DOWN_AND_UP, "arrives twice"),
        (Fault(notification_policy, "over", always), LONG, "after the last mail"),
        (Fault(Outbox, "add"), DOWN_AND_UP, "was not told of the failures"),
        (Fault(transitions, "_answered"), DOWN_AND_UP, "has answered"),
        (Fault(composer, "_by_todays_clock", first), LATE, "in truth"),
    ],
)
def test_a_broken_program_is_found_out(
    fault: Fault, text: str, objection: str, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fault.owner, fault.name, fault.instead)
    with pytest.raises(AssertionError, match=objection):
        whole_story(text, state)


@pytest.mark.parametrize(
    "expectation",
    [
        "mails\n  none",
        "mails\n  10m [DOWN] printer",
        "mails\n  11m [DOWN] printer\n  30m [UP after 20m] printer",
        "mails\n  10m [DOWN] printer\n  30m [UP after 21m] printer",
        "mails\n  30m [UP after 20m] printer\n  10m [DOWN] printer",
        "mails\n  10m [DOWN] printer\n  30m [UP after 20m] printer\n  40m [DOWN] printer",
        "mails\n  10m to noc@example.com: [DOWN] printer\n  30m [UP after 20m] printer",
        "mails\n  10m [DOWN] printer\n    | Reason pigeons\n  30m [UP after 20m] printer",
        "mails\n  10m [DOWN] printer\n  30m [UP after 20m] printer\nlog\n  10m failed other ...",
        "mails\n  10m [DOWN] printer\n  30m [UP after 20m] printer\nfinally\n  printer is down",
        "mails\n  10m [DOWN] printer\n  30m [UP after 20m] printer\nfinally\n  printer is up ▁▁▁▁▁▁▁▁▁▁▁▁",
        "mails\n  10m [DOWN] printer\n  30m [UP after 20m] printer\nfinally\n  mail is lost",
    ],
)
def test_a_wrong_expectation_is_found_out(expectation: str, state: Path) -> None:
    scenario = parse(f"{DOWN_AND_UP}{expectation}")
    scene, _ = act(scenario, state)
    with pytest.raises(AssertionError):
        compare(scenario, scene)
