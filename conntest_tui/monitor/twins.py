"""Twins: hosts of different names that turn out to have one address. Allowed, and worth a word."""

from collections.abc import Iterable
from dataclasses import replace

from conntest_tui.model import ProbeResult


class Twins:
    """Remembers which twins were told already."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def mark(self, results: Iterable[ProbeResult]) -> tuple[tuple[ProbeResult, ...], list[str]]:
        """Note on every later host of an address which one came first.

        Returns:
            the results, those of twins with a note; and a line for each pair that was not known before.
        """
        first: dict[str, str] = {}
        marked, news = [], []
        for result in results:
            elder = first.setdefault(result.address, result.name) if result.address else result.name
            if elder == result.name:
                marked.append(result)
                continue
            marked.append(replace(result, note=result.note or f"same address as {elder}"))
            if (elder, result.name) not in self._told:
                self._told.add((elder, result.name))
                news.append(f"{elder} and {result.name} have the same address, {result.address}")
        return tuple(marked), news
