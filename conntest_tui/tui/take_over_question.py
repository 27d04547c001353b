"""Taking over the watch of a monitor that is gone: it is asked before, and said what came of it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

from textual.app import App
from textual.worker import Worker

from conntest_tui.model import Snapshot
from conntest_tui.tui.attachment_phrases import not_taken_over
from conntest_tui.tui.dialogs import QuestionDialog

TAKE_OVER = (
    "Take the watch over? This console then probes the hosts and mails, until it is left. "
    "A service that comes back meanwhile cannot start: it finds the watch taken."
)
TAKEN_OVER = "The watch goes on here: who leaves this console ends it."


def ask_to_take_over(
    app: App[None], snapshot: Snapshot, take_over: Callable[[], Future[str]], taken: Callable[[], object]
) -> None:
    """Have the watch taken over if the operator wants it; say why where that is not possible.

    Args:
        app: where to ask.
        snapshot: the last one of the monitor that is gone.
        take_over: see `ConsoleApp`.
        taken: called once this process is the monitor.
    """

    async def wait() -> None:
        if why := await asyncio.wrap_future(take_over()):
            app.notify(not_taken_over(why), severity="warning", markup=False)
        else:
            taken()
            app.notify(TAKEN_OVER, markup=False)

    def answered(yes: bool | None) -> None:
        if yes:
            _: Worker[None] = app.run_worker(wait, name="take over")

    refused = snapshot.attached.not_taken_over if snapshot.attached is not None else ""
    if refused:
        app.notify(not_taken_over(refused), severity="warning", markup=False)
    else:
        app.push_screen(QuestionDialog(TAKE_OVER, yes="take it over", no="wait for it"), answered)
