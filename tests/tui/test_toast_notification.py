"""Toasts, to the moment at which they end."""

import time

from textual.widgets._toast import Toast

from conntest_tui.tui.toasts_bell_title import ToastNotification
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import everything_up
from tests.tui.seat import console


async def test_a_toast_that_ends_while_it_is_made_does_not_stop_the_console() -> None:
    """Textual's timer with a negative interval never gives the event loop back."""
    async with console(FakeSource(everything_up())) as seat:
        seat.app.notify("replied", timeout=5)
        await seat.until(lambda: seat.toasts() == ["replied"])
        (notice,) = seat.app._notifications
        notice.raised_at = time.time() - 5.001
        assert notice.has_expired
        toast = Toast(notice)
        assert toast._timeout > 0
        await seat.app.screen.mount(toast)
        await seat.until(lambda: not toast.is_attached)


def test_time_is_left_until_it_is_over() -> None:
    notice = ToastNotification("replied", timeout=5)
    assert 4 < notice.time_left <= 5
    assert not notice.has_expired
