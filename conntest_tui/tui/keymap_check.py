"""Keys that the operator has bound otherwise: which ids there are, and what is wrong with what settings.toml says."""

import string
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, REPLACED_KEYS, Keys, key_to_character
from textual.screen import ModalScreen, Screen

import conntest_tui.tui.app  # noqa: F401 - defines every screen and widget

_OURS = "conntest_tui."
_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})
_PUNCTUATION = {unicodedata.name(sign).lower().replace("-", "_").replace(" ", "_") for sign in string.punctuation}
_NAMES = frozenset(key.value for key in Keys) | _PUNCTUATION | {*KEY_NAME_REPLACEMENTS.values()}


def own_bindings() -> Iterator[Binding]:
    """Yield every binding of the console."""
    for owner in _owners():
        yield from _own(owner)


def keymap_problems(keys: Mapping[str, str]) -> list[str]:
    """Return what is wrong with a mapping of binding ids to keys, each with its hint; empty when all can be used.

    Args:
        keys: as `Preferences.keys`.
    """
    known = {binding.id for binding in own_bindings() if binding.id}
    problems: list[str] = []
    for name, written in keys.items():
        if name not in known:
            near = _nearest(name, known)
            hint = f"did you mean {near}?" if near else f"the ids are {', '.join(sorted(known))}"
            problems.append(f"there is no key binding {name}; {hint}")
            continue
        wrong = [key for key in map(str.strip, written.split(",")) if not _is_key(key)]
        problems += [f"{name}: {key or 'nothing'} is not a key; {_nearest_key(key)}" for key in wrong]
    return problems or list(_clashes(keys))


def _owners() -> Iterator[type[DOMNode]]:
    """Yield every app, screen and widget of ours, once each."""
    found: dict[type[DOMNode], None] = {}
    waiting: list[type[DOMNode]] = [DOMNode]
    while waiting:
        for owner in waiting.pop().__subclasses__():
            if owner not in found:
                found[owner] = None
                waiting.append(owner)
    return (owner for owner in found if owner.__module__.startswith(_OURS))


def _own(owner: type) -> Iterator[Binding]:
    return (binding for binding in vars(owner).get("BINDINGS", ()) if isinstance(binding, Binding))


def _clashes(keys: Mapping[str, str]) -> Iterator[str]:
    """Yield a problem for each key that would do two things in the same place."""
    seen: set[frozenset[str]] = set()
    for owner in _owners():
        taken: dict[str, str] = {}
        for binding in _reached(owner):
            for key in _split(keys.get(binding.id or "", binding.key)):
                other = taken.setdefault(key, binding.id or "")
                pair = frozenset({other, binding.id or ""})
                if len(pair) == 2 and pair & keys.keys() and pair not in seen:
                    seen.add(pair)
                    yield f"{key} would be the key of both {other} and {binding.id}; give one of them another key"


def _reached(owner: type[DOMNode]) -> Iterator[Binding]:
    """Yield the bindings that work while something of this class has the focus, as far as the class decides."""
    is_page = issubclass(owner, Screen) and not issubclass(owner, ModalScreen)
    for place in (*owner.__mro__, *(found for found in _owners() if is_page and issubclass(found, App))):
        if place.__module__.startswith(_OURS):
            yield from _own(place)


def _split(written: str) -> set[str]:
    return {_canonical(key.strip()) for key in written.split(",")}


def _canonical(key: str) -> str:
    """Return a key by its character when it has one, so that `?` and `question_mark` are the same."""
    return key_to_character(REPLACED_KEYS.get(key, key)) or key


def _is_key(key: str) -> bool:
    *modifiers, base = key.split("+") if len(key) > 1 else [key]
    if not set(modifiers) <= _MODIFIERS:
        return False
    return (len(base) == 1 and base.isprintable() and not base.isspace()) or key in _NAMES or base in _NAMES


def _nearest_key(key: str) -> str:
    near = _nearest(key, _NAMES)
    return f"did you mean {near}?" if near else "write a letter, a name such as f5 or ctrl+r, or several with commas"


def _nearest(name: str, known: Iterable[str]) -> str:
    """Return the name that may be meant, empty when none comes near."""
    import difflib  # noqa: PLC0415 - it takes time to import, and a start without problems needs none of it

    return next(iter(difflib.get_close_matches(name, known, n=1)), "")
