"""The status page: HTML and a style sheet, without a script. Small however many hosts there are. Pure.

For a screen reader tables have headings and roles, which a style sheet that makes blocks of them would take away. What
is in another state is said by a word and a shape too, never by a colour alone.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from conntest_tui import __version__
from conntest_tui.clock import Instant
from conntest_tui.model import HostStatus, MailHealth, Outage, State
from conntest_tui.text import count, iso, local, span, without_addresses
from conntest_tui.web.open_trouble import STATES, OpenCause, OpenTrouble, SiteView, is_taken
from conntest_tui.web.status_words import (
    STATE_WORDS,
    TAKEN_SHAPE,
    handling,
    headline,
    mail_words,
    moment,
    reason_of,
    seconds_down,
    who_has_it,
)
from conntest_tui.web.watch_health import own_problems

REFRESH = 30
"""Seconds after which a browser asks again; the style sheet shows after three times as long that nobody answers."""

MOST_OUTAGES, MOST_GROUPS = 100, 300
"""Lines of a table; what is beyond is counted."""

FEW_GROUPS = 20
"""Groups that are shown without being unfolded."""

FEW_STATES = 3
"""Columns of numbers that have room beside the name of a group on a phone."""

_STYLE = (Path(__file__).parent / "status_page.css").read_text(encoding="utf-8")
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

CONTENT_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What a browser may do with the page: show it in this style, and nothing else."""

Groups = Sequence[tuple[str, Sequence[int]]]

_DOWN, _PENDING = STATES.index(State.DOWN), STATES.index(State.PENDING)  # from the latter on a host is no trouble
_COLOURS = {
    State.DOWN: "bad",
    State.UNREACHABLE: "warn",
    State.SUSPECT: "warn",
    State.UNWATCHED: "warn",
    State.UP: "well",
}
_MAIL_COLOURS = {MailHealth.HELD: "bad", MailHealth.LOST: "bad", MailHealth.WAITING: "warn"}


def status_page(view: SiteView, *, refresh: bool = True) -> bytes:
    """Return the page.

    Args:
        view: what can be read.
        refresh: whether a browser shall ask again by itself.
    """
    trouble = view.trouble
    said = "not begun" if view.snapshot is None else headline(trouble)
    name = view.snapshot.title if view.snapshot is not None else ""
    title = " - ".join(part for part in ("! " * bool(view.troubles) + said, name, "conntest") if part)
    again = f'<meta http-equiv="refresh" content="{REFRESH}">' if refresh else ""
    body = "".join(_body(view, trouble, said, name, refresh=refresh))
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{again}<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
    return page.encode(errors="replace")


def _body(view: SiteView, trouble: OpenTrouble, said: str, name: str, *, refresh: bool) -> Iterator[str]:
    now = view.now
    colour = "bad" if trouble.counts[_DOWN] > trouble.handled or view.troubles else "well"
    yield f'<header>\n<h1>{_text(name or "conntest")}</h1>\n<p class="headline {colour}">{escape(said)}</p>\n'
    yield from _counts(trouble)
    yield f"<p>As of {_time(now.wall, f'{local(now.wall):%H:%M:%S}')} {_zone(now.wall)}{_sweep(view)}</p>\n"
    if view.snapshot is not None:
        mail = view.snapshot.mail
        yield f'<p class="{_MAIL_COLOURS.get(mail.health, "dim")}">{escape(mail_words(mail, now)).capitalize()}.</p>\n'
    yield '<p class="old" role="status">Nobody has answered for more than a minute: what this page shows is old.</p>\n'
    yield "</header>\n<main>\n"
    yield from _notes("notes", view.troubles)
    yield from _outages(trouble, view)
    yield from _causes(trouble, view)
    if view.snapshot is not None:
        yield from _notes("notes mild", own_problems(view.snapshot), "What the monitor says of itself")
    yield from _groups(trouble)
    again = (
        f'It renews itself every {REFRESH} seconds: <a href="?refresh=0">stop that</a>.'
        if refresh
        else '<a href="?">Let it renew itself.</a>'
    )
    yield f"</main>\n<footer>\n<p>{again}</p>\n<p>The same for programs: "
    yield '<a href="status.json">status.json</a>, <a href="metrics">metrics</a>, <a href="healthz">healthz</a>.'
    yield f" conntest-tui {__version__}</p>\n</footer>\n"


# ---------------------------------------------------------------- the parts, from the top


def _counts(trouble: OpenTrouble) -> Iterator[str]:
    yield '<ul class="counts">\n'
    for state, hosts in zip(STATES, trouble.counts, strict=True):
        if hosts:
            shape, word = STATE_WORDS[state]
            yield f'<li class="{_COLOURS.get(state, "dim")}">{_shape(shape)} {hosts:,} {word}</li>\n'
    if trouble.muted:
        yield f'<li class="dim">{_shape("◌")} {trouble.muted:,} muted</li>\n'
    yield "</ul>\n"


def _sweep(view: SiteView) -> str:
    judged = view.figures.judged
    if judged is None:
        return ": no sweep has ended yet."
    ago = span(view.now.steady - judged.steady)
    return f"; the last sweep ended {ago} ago, at {_time(judged.wall, f'{local(judged.wall):%H:%M:%S}')}."


def _notes(style: str, lines: Sequence[str], label: str = "The watch is not well") -> Iterator[str]:
    if lines:
        items = "".join(f"<li>{_text(line)}</li>\n" for line in lines)
        yield f'<ul class="{style}" aria-label="{label}">\n{items}</ul>\n'


def _outages(trouble: OpenTrouble, view: SiteView) -> Iterator[str]:
    """Yield the open outages, those that nobody has taken first."""
    if not trouble.outages:
        return
    yield '<section class="outages" aria-labelledby="outages">\n<h2 id="outages">Open outages</h2>\n'
    yield from _table_head("Host", "Since", "Why", "Who has it")
    for status in trouble.outages[:MOST_OUTAGES]:
        yield _outage_row(status, view)
    yield "</tbody>\n</table>\n"
    yield _more(len(trouble.outages) - MOST_OUTAGES, "more outage", "The groups below count all of them.")
    yield "</section>\n"


def _outage_row(status: HostStatus, view: SiteView) -> str:
    state, outage, host = status.standing.state, status.standing.outage, status.host
    shape, word = STATE_WORDS[state]
    colour = _COLOURS.get(state, "dim")
    if state is State.DOWN and is_taken(status):
        shape, word, colour = TAKEN_SHAPE, "down, handled", "taken"
    place = ", ".join(part for part in (host.location, host.group) if part)
    named = f"{_text(host.display_name)} {_text(host.description)}".rstrip()
    where = f'<span class="place">{_text(place)}</span>' if place else ""
    taken = _text(handling(status, view.now))
    return (
        f'<tr role="row"><th role="rowheader" scope="row"><span class="{colour}">{_shape(shape)} {word}</span> '
        f"{named}{where}</th>{_cell('Since', _since(outage, view.now))}"
        f"{_cell('Why', _text(reason_of(status)))}{_cell('Who has it', taken)}</tr>\n"
    )


def _causes(trouble: OpenTrouble, view: SiteView) -> Iterator[str]:
    """Yield why this machine cannot ask some hosts."""
    if not trouble.causes and not trouble.unexplained:
        return
    yield '<section class="outages" aria-labelledby="causes">\n<h2 id="causes">Not watched</h2>\n'
    if trouble.causes:
        yield from _table_head("Cause", "Since", "Hosts", "Who has it")
        for cause in trouble.causes[:MOST_OUTAGES]:
            yield _cause_row(cause, view)
        yield "</tbody>\n</table>\n"
        yield _more(len(trouble.causes) - MOST_OUTAGES, "more cause", "")
    if trouble.unexplained:
        text = "cannot be asked just now; what lasts becomes a cause of its own, with a mail."
        yield f"<p>{count(trouble.unexplained)} {text}</p>\n"
    yield "</section>\n"


def _cause_row(cause: OpenCause, view: SiteView) -> str:
    reason = without_addresses(cause.outage.reason)
    taken = who_has_it(cause.outage)
    return (
        f'<tr role="row"><th role="rowheader" scope="row"><span class="warn">{_shape("?")} not watched</span> '
        f"{_text(reason)}</th>{_cell('Since', _since(cause.outage, view.now))}"
        f"{_cell('Hosts', f'{cause.hosts:,}')}{_cell('Who has it', _text(taken))}</tr>\n"
    )


def _groups(trouble: OpenTrouble) -> Iterator[str]:
    """Yield the groups: the worst ones, and folded away the others with trouble, and those without."""
    if not trouble.groups:
        yield "<p>No host is watched.</p>\n"
        return
    worst_first = sorted(trouble.groups.items(), key=lambda found: [-hosts for hosts in found[1][:_PENDING]])
    struck = [group for group in worst_first if any(group[1][:_PENDING])]
    calm = [group for group in trouble.groups.items() if not any(group[1][:_PENDING])]
    yield '<section aria-labelledby="groups">\n<h2 id="groups">Groups</h2>\n'
    yield from _group_table(struck[:FEW_GROUPS], "Groups with trouble")
    yield from _folded(struck[FEW_GROUPS:], "more group", " with trouble")
    if struck or len(calm) > FEW_GROUPS:
        yield from _folded(calm, "group", " without trouble")
    else:
        yield from _group_table(calm, "All of them are well")
    yield "</section>\n"


def _folded(groups: Groups, noun: str, which: str) -> Iterator[str]:
    if groups:
        hosts = sum(sum(counts) for _, counts in groups)
        said = f"{count(len(groups), noun)}{which}"
        yield f"<details>\n<summary>{said}, {count(hosts)}</summary>\n"
        yield from _group_table(groups, said.capitalize())
        yield "</details>\n"


def _group_table(groups: Groups, caption: str) -> Iterator[str]:
    if not groups:
        return
    columns = [place for place in range(len(STATES)) if any(counts[place] for _, counts in groups)]
    many = ' class="many"' if len(columns) > FEW_STATES else ""
    yield f'<table role="table"{many}>\n<caption>{caption}</caption>\n<thead role="rowgroup"><tr role="row">'
    yield '<th role="columnheader" scope="col">Group</th>'
    for place in columns:
        shape, word = STATE_WORDS[STATES[place]]
        said = f'{_shape(shape)} <span class="word">{word}</span>'
        yield f'<th role="columnheader" class="number" scope="col">{said}</th>'
    yield '</tr></thead>\n<tbody role="rowgroup">\n'
    for name, counts in groups[:MOST_GROUPS]:
        cells = "".join(_number_cell(STATES[place], counts[place]) for place in columns)
        yield f'<tr role="row"><th role="rowheader" scope="row">{_text(name) or "No group"}</th>{cells}</tr>\n'
    yield "</tbody>\n</table>\n"
    yield _more(len(groups) - MOST_GROUPS, "more group", "")


# ---------------------------------------------------------------- pieces


def _number_cell(state: State, hosts: int) -> str:
    return f'<td role="cell" class="number {_COLOURS.get(state, "dim") if hosts else "dim"}">{hosts:,}</td>'


def _table_head(*names: str) -> Iterator[str]:
    cells = "".join(f'<th role="columnheader" scope="col">{name}</th>' for name in names)
    yield f'<table role="table">\n<thead role="rowgroup"><tr role="row">{cells}</tr></thead>\n<tbody role="rowgroup">\n'


def _cell(label: str, inner: str) -> str:
    return f'<td role="cell" data-label="{label}">{inner}</td>'


def _more(number: int, noun: str, where: str) -> str:
    return f'<p class="dim">And {count(number, noun)}. {where}</p>\n' if number > 0 else ""


def _since(outage: Outage | None, now: Instant) -> str:
    if outage is None:
        return ""
    return f"{span(seconds_down(outage, now))}, since {_time(outage.started.wall, moment(outage.started.wall, now))}"


def _time(at: float, said: str) -> str:
    return f'<time datetime="{iso(at)}">{said}</time>'


def _zone(at: float) -> str:
    """Return how the clock of this machine goes, for those who look from elsewhere: `UTC+02:00`."""
    offset = iso(at)[-6:]
    return "UTC" if offset == "+00:00" else f"UTC{offset}"


def _shape(shape: str) -> str:
    return f'<span aria-hidden="true">{shape}</span>'


def _text(text: str) -> str:
    """Return a text from a file or the network: what runs from right to left in it turns nothing else around."""
    return f"<bdi>{escape(text)}</bdi>" if text else ""
