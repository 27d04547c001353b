"""What a class of the console leaves to its subclasses, each of those that are used has.

mypy refuses to make an object of one that has not; Python does not, for Textual's metaclass is none of `abc`.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

from textual.message_pump import MessagePump

from conntest_tui import tui


def lacking(kind: type[Any]) -> list[str]:
    """The names of what a class has not of its own, and no class above it either."""
    members = ((name, inspect.getattr_static(kind, name)) for name in dir(kind))
    return [name for name, member in members if getattr(member, "__isabstractmethod__", False)]


def below(kind: type[Any]) -> list[type[Any]]:
    return list(kind.__subclasses__())


def ours(kind: type[Any] = MessagePump) -> Iterator[type[Any]]:
    for one in below(kind):
        if one.__module__.startswith(tui.__name__):
            yield one
        yield from ours(one)


def test_every_class_that_is_used_has_all_that_those_above_it_left_open() -> None:
    for module in pkgutil.walk_packages(tui.__path__, f"{tui.__name__}."):
        importlib.import_module(module.name)
    kinds = set(ours())
    used = {kind for kind in kinds if not kinds & set(below(kind))}
    assert len(used) > 30
    assert {kind.__qualname__: lacking(kind) for kind in used if lacking(kind)} == {}
    assert any(lacking(kind) for kind in kinds - used), "some leave something open"
