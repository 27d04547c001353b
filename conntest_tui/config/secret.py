"""A password that does not show: not in a repr, a log line, a traceback with locals, or a pickle."""

from typing import NoReturn, SupportsIndex

_MASK = "********"


class Secret:
    """A text that only `reveal` gives away. Its mask does not tell how long it is."""

    __slots__ = ("_clear",)

    def __init__(self, clear: str) -> None:
        self._clear = clear

    def reveal(self) -> str:
        """Return the text itself."""
        return self._clear

    def __repr__(self) -> str:
        return _MASK

    def __format__(self, format_spec: str) -> str:
        return format(_MASK, format_spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._clear == other._clear

    def __hash__(self) -> int:
        return hash(self._clear)

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a secret cannot be pickled or copied")
