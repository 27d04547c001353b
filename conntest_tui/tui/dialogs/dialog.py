"""What every window over a screen has in common: it is left once."""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

_Result = TypeVar("_Result")


class Dialog(ModalScreen[_Result]):
    """A window over a screen, with a result."""

    def dismiss(self, result: _Result | None = None) -> AwaitComplete:
        """Leave with a result; what was pressed or clicked while the window was already going does nothing.

        Without that a choice could be carried out twice, and the second one would take away whatever lies below.
        """
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()
