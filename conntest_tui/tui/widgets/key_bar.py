"""The line of keys at the bottom of a screen. One line of text, where Textual's own footer is a widget per key."""

from textual import events
from textual.screen import Screen

from conntest_tui.tui.ink.pieces import Pieces
from conntest_tui.tui.texts.keyline import KeyHint, hint_at, key_line
from conntest_tui.tui.widgets.painted import LineWidget


class KeyBar(LineWidget):
    """The keys that work, each with what it does; a click does it too."""

    def __init__(self) -> None:
        super().__init__()
        self._hints: tuple[KeyHint, ...] = ()

    def on_mount(self) -> None:
        """Follow the bindings of the screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._look)

    def _look(self, screen: Screen[object]) -> None:
        """Take over which keys work now."""
        found: dict[str, KeyHint] = {}
        for active in screen.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled and binding.action not in found:
                shown = self.app.get_key_display(binding)
                found[binding.action] = KeyHint(binding.key, shown, binding.description, binding.action)
        self._hints = tuple(found.values())
        self.update()

    def pieces(self, size: int) -> Pieces:
        """Return the line, at most `size` cells wide."""
        return key_line(self._hints, size)

    def on_click(self, event: events.Click) -> None:
        """Do what the key does that was clicked on."""
        hint = hint_at(self._hints, self.size.width, event.x)
        if hint is not None:
            self.app.simulate_key(hint.key)
