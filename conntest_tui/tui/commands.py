"""The command palette: whatever has a key in the footer can be found by its name too."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.dom import DOMNode


class BindingCommands(Provider):
    """The actions of the screen below the palette, as its bindings describe them."""

    async def discover(self) -> Hits:
        """Yield every action, for an empty search."""
        for node, binding in self._actions():
            yield DiscoveryHit(binding.description, self._run(node, binding), help=binding.tooltip)

    async def search(self, query: str) -> Hits:
        """Yield the actions whose name or explanation matches."""
        matcher = self.matcher(query)
        for node, binding in self._actions():
            score = max(matcher.match(binding.description), matcher.match(binding.tooltip))
            if score > 0:
                shown = matcher.highlight(binding.description)
                yield Hit(score, shown, self._run(node, binding), help=binding.tooltip)

    def _actions(self) -> Iterator[tuple[DOMNode, Binding]]:
        for active in self.screen.active_bindings.values():
            if active.binding.show and active.binding.id and active.enabled:
                yield active.node, active.binding

    def _run(self, node: DOMNode, binding: Binding) -> Callable[[], Awaitable[bool]]:
        return partial(self.app.run_action, binding.action, node)
