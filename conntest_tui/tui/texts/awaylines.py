"""What the panel "while you were away" says, as toned text."""

from collections.abc import Iterable, Mapping, Sequence

from conntest_tui.clock import Instant
from conntest_tui.model import MailHealth, State
from conntest_tui.text import span
from conntest_tui.tui.absence import Changes, Story
from conntest_tui.tui.ink.look import MAIL, STATES, Tone
from conntest_tui.tui.ink.pieces import Piece, Pieces, cells, fill, joined
from conntest_tui.tui.layout.board import Board
from conntest_tui.tui.texts.phrases import counted, label, time_of_day

_MOST = 8  # hosts named per list


def away_lines(changes: Changes, board: Board, now: Instant) -> list[Pieces]:
    """Return the text of the panel: how long, from what to what, the mail, who is still down, who is back."""
    lines: list[Pieces] = [
        (
            Piece(f"{span(now.steady - changes.since.steady)}", Tone.STRONG),
            Piece(f", since {time_of_day(changes.since.wall, now)}", Tone.DIM),
        ),
        _counts(changes.before, board.arrangement.counts),
        _mail(changes, board),
    ]
    down = [story for story in changes.stories if _is_down(story, board)]
    back = [story for story in changes.stories if not _is_down(story, board) and story.restored is not None]
    lines += _stories("Failed, and still down", Tone.DOWN, down, board, now)
    failed = [story for story in back if story.failures]
    hidden = [story for story in back if not story.failures and story.hidden]
    before = [story for story in back if not story.failures and not story.hidden]
    lines += _stories("Failed, and back again", Tone.UP, failed, board, now)
    if hidden:  # those that they were behind are named
        lines += [(), (Piece("Unreachable, and back again: ", Tone.TITLE), Piece(f"{len(hidden)}", Tone.UP))]
    lines += _stories("Down before, and back", Tone.UP, before, board, now)
    if changes.news:
        said = [(Piece(f"  {time_of_day(at, now)}  ", Tone.DIM), Piece(text)) for at, text in changes.news]
        lines += [(), (Piece("Besides", Tone.TITLE),), *said]
    return lines


def nothing_changed(changes: Changes, now: Instant) -> str:
    """Return the toast for an absence in which nothing happened."""
    return f"Nothing has changed in the {span(now.steady - changes.since.steady)} that you were away."


def _is_down(story: Story, board: Board) -> bool:
    status = board.status_of(story.host)
    return status is not None and status.state is State.DOWN


def _counts(before: Mapping[State, int], after: Mapping[State, int]) -> Pieces:
    changed = [state for state in STATES if before.get(state, 0) != after.get(state, 0)]
    if not changed:
        return (Piece("As many hosts are in each state as before.", Tone.DIM),)
    parts = [
        Piece(f"{STATES[s].shape} {STATES[s].count} {before.get(s, 0)} → {after.get(s, 0)}", STATES[s].tone)
        for s in changed
    ]
    return joined(parts, Piece("   "))


def _stories(title: str, tone: Tone, stories: Sequence[Story], board: Board, now: Instant) -> Iterable[Pieces]:
    if not stories:
        return []
    named = [(story, _label(story, board)) for story in stories[:_MOST]]
    size = max(cells(name) for _, name in named)
    lines: list[Pieces] = [(), (Piece(f"{title}: ", Tone.TITLE), Piece(f"{len(stories)}", tone))]
    lines += [(Piece(f"  {fill(name, size)}  ", tone), Piece(_times(story, now), Tone.DIM)) for story, name in named]
    if len(stories) > _MOST:
        lines.append((Piece(f"  and {counted(len(stories) - _MOST, 'more host')}", Tone.DIM),))
    return lines


def _label(story: Story, board: Board) -> str:
    status = board.status_of(story.host)
    return story.host if status is None else label(status.host)


def _times(story: Story, now: Instant) -> str:
    often = f", failed {story.failures} times" if story.failures > 1 else ""
    if story.restored is None:
        return "" if story.failed is None else f"since {time_of_day(story.failed, now)}{often}"
    back = f"back at {time_of_day(story.restored, now)}"
    return back if story.failed is None else f"{time_of_day(story.failed, now)}, {back}{often}"


def _mail(changes: Changes, board: Board) -> Pieces:
    mail = board.snapshot.mail
    if mail.health is MailHealth.OFF:
        return (Piece("Mail is off: nobody was told.", Tone.DIM),)
    word, tone = MAIL[mail.health]
    told = f"Mail was written about {counted(changes.mails, 'event')}" if changes.mails else "No mail was written"
    waiting = f"; {mail.queued} not delivered yet" if mail.queued else ""
    return (Piece(f"{told}{waiting}. "), Piece(f"{word}.", tone))
