"""What every screen of the console is built on."""

from textual.screen import Screen


class PlainScreen(Screen[None], inherit_bindings=False):
    """A screen without Textual's own keys: what can be pressed has an id, an explanation, and can be rebound."""
