"""What people ask the monitor from a shell: for each host it is said what was done, and what was not and why."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import click

from conntest_tui.api.client import answer_to
from conntest_tui.cli.output import ExitStatus, complain, say, say_in_pieces
from conntest_tui.cli.remote_snapshot import ChosenHosts, RemoteSnapshot
from conntest_tui.model.hosts_and_names import names_behind
from conntest_tui.model.mute_times import MuteTimeError, MuteTimes, parse_mute_times
from conntest_tui.model.mute_words import say_mute_times
from conntest_tui.model.requests import Mute, Recheck, Reload, Request, RequestAnswer, Unmute
from conntest_tui.text import clean, count, international

_TIMES = "--for 4h, --until 06:30, --from 'Sat 22:00' --until 'Sun 04:00', --until unmuted"

Make = Callable[[tuple[str, ...]], Request]
"""Makes a request about hosts with these names."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done to hosts.

    Attributes:
        done: what a host is then: `acknowledged`.
        make: makes the request.
        more: what is said of it behind each host: from when to when.
    """

    done: str
    make: Make
    more: str = ""


def act_on(view: RemoteSnapshot, chosen: ChosenHosts, act: Act) -> ExitStatus:
    """Have something done to hosts, and say for each what came of it: what was done on standard output."""
    return _say_what_came(_asked(view, chosen, act.make), chosen, act)


def _asked(view: RemoteSnapshot, chosen: ChosenHosts, make: Make) -> RequestAnswer:
    names = tuple(one.host.name for one in chosen.hosts)
    return answer_to(view.path, make(names), view.hello.epoch) if names else RequestAnswer()


def _say_what_came(answer: RequestAnswer, chosen: ChosenHosts, act: Act) -> ExitStatus:
    labels = {one.host.name: clean(one.host.label) for one in chosen.hosts}
    say_in_pieces((f"{act.done}: {labels.get(name, name)}{act.more}\n" for name in answer.done), end="")
    for why in chosen.missing:
        complain(f"not {act.done}: {why}")
    for name, why in answer.refused:
        said = f"{labels.get(name, international(name))} is {why}" if name else why
        complain(f"not {act.done}: {clean(said)}")
    return ExitStatus.DOWN if answer.refused or chosen.missing else ExitStatus.OK


# ---------------------------------------------------------------- mutes


def mute_times(length: str | None, start: str | None, end: str | None, now: float) -> MuteTimes:
    """Return from when to when somebody wants a mute, by what was typed behind --for, --from and --until.

    Args:
        length: how long.
        start: from when on; None for now.
        end: until when.
        now: this moment, POSIX seconds.

    Raises:
        click.UsageError: it cannot be understood, or nothing was typed.
    """
    if length is not None and end is not None:
        raise click.UsageError("--for says how long, and --until until when: one of them")
    if length is None and start is None and end is None:
        raise click.UsageError(f"for how long? {_TIMES}")
    option, typed = "--for", length or ""
    if start is not None:
        rest = f" for {length}" if length is not None else f" - {end}" if end not in (None, "unmuted") else ""
        option, typed = "--from", f"{'' if rest else 'from '}{start}{rest}"
    elif end is not None:
        option, typed = "--until", f"until {end}"
    try:
        times = parse_mute_times(typed, now)
    except MuteTimeError as error:
        raise click.UsageError(f"{option}: {clean(str(error))}") from None
    if option == "--for" and times.seconds is None:
        raise click.UsageError(f"--for: {clean(typed)} is no length of time: 4h, 90m, 1d 12h")
    return times


def mute(view: RemoteSnapshot, chosen: ChosenHosts, times: MuteTimes, reason: str) -> ExitStatus:
    """Mute hosts, and say how many others are muted with them."""
    now = view.now.wall
    when = f", {say_mute_times(times, now)}"
    done = "muted" if times.start is None else "to be muted"
    make = partial(Mute, seconds=times.seconds, start=times.start, end=times.end, reason=reason)
    answer = _asked(view, chosen, make)
    status = _say_what_came(answer, chosen, Act(done, make, when))
    for note in times.notes if answer.done else ():
        complain(note)
    if behind := names_behind(answer.done, [one.host for one in view.snapshot.statuses]):
        complain(f"muted with {'it' if len(answer.done) == 1 else 'them'}: {count(len(behind))} behind")
    return status


def unmute(view: RemoteSnapshot, chosen: ChosenHosts) -> ExitStatus:
    """Unmute hosts; of those that are muted with one of them nothing is said: they are unmuted with it."""
    names = {one.host.name for one in chosen.hosts}
    muted_with = {one.host.name: one.standing.muted_with for one in chosen.hosts}
    apart = [one for one in chosen.hosts if (other := muted_with[one.host.name]) is None or other.host not in names]
    return act_on(view, ChosenHosts(tuple(apart), chosen.missing), Act("unmuted", Unmute))


def drop_planned(view: RemoteSnapshot, chosen: ChosenHosts) -> ExitStatus:
    """Take back the mutes that are to begin."""
    planned = [
        (plan.start, one) for one in chosen.hosts if one.standing.mark is not None for plan in one.standing.mark.planned
    ]
    none = [one for one in chosen.hosts if one.standing.mark is None or not one.standing.mark.planned]
    missing = (*chosen.missing, *(f"{one.host.label} is not planned to be muted" for one in none))
    answers = [RequestAnswer()]
    for start, found in groupby(sorted(planned, key=lambda pair: pair[0]), key=lambda pair: pair[0]):
        names = tuple(one.host.name for _, one in found)
        answers.append(answer_to(view.path, Unmute(names, start), view.hello.epoch))
    answer = RequestAnswer(
        tuple(dict.fromkeys(name for one in answers for name in one.done)),
        tuple(pair for one in answers for pair in one.refused),
    )
    return _say_what_came(answer, ChosenHosts(chosen.hosts, missing), Act("taken back", Unmute))


# ---------------------------------------------------------------- the monitor as a whole


def recheck_everybody(view: RemoteSnapshot) -> ExitStatus:
    """Have a sweep of all hosts begin now."""
    return _as_a_whole(view, Recheck(None), f"rechecking: all {count(len(view.snapshot.statuses))}", "not rechecking")


def reload(view: RemoteSnapshot) -> ExitStatus:
    """Have the configuration read again, and say what is wrong with it by now."""
    status = _as_a_whole(view, Reload(), "reloading: what comes of it is an event", "not reloading")
    problems = view.queries.setup().problems if status is ExitStatus.OK else ()
    for problem in problems:
        complain(clean(problem))
    return ExitStatus.DOWN if problems else status


def _as_a_whole(view: RemoteSnapshot, request: Request, done: str, not_done: str) -> ExitStatus:
    answer = answer_to(view.path, request, view.hello.epoch)
    if answer.refused:
        complain(f"{not_done}: {clean(answer.why)}")
        return ExitStatus.DOWN
    say(done)
    return ExitStatus.OK
