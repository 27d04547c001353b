"""How a state is said where there is little room: a shape and a word, so that colour alone says nothing."""

from collections.abc import Mapping
from typing import NamedTuple

from conntest_tui.model.states_and_outages import State


class StateWord(NamedTuple):
    """A state in nine cells at most, with a blank between: `shape` takes one of them."""

    shape: str
    word: str

    def __str__(self) -> str:
        return f"{self.shape} {self.word}"


STATE_WORDS: Mapping[State, StateWord] = {
    State.DOWN: StateWord("▼", "down"),
    State.UNREACHABLE: StateWord("◆", "behind"),
    State.SUSPECT: StateWord("▽", "suspect"),
    State.UNWATCHED: StateWord("?", "unwatch"),
    State.PENDING: StateWord("○", "pending"),
    State.UP: StateWord("●", "up"),
}
"""Every state, the worst first."""
