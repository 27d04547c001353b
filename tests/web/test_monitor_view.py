"""What is kept of a monitor for those who ask."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from conntest_tui.demo import open_demo
from conntest_tui.model import Event, EventKind
from conntest_tui.web.monitor_view import MOST_TAKEN, MonitorView
from tests.fakes import NOON
from tests.web.sites import ROUTER, SWITCH, down, snapshot


def test_who_took_outages_that_are_over_is_not_kept_for_ever() -> None:
    last = 5 * MOST_TAKEN
    with ThreadPoolExecutor(1) as executor:
        view = MonitorView(open_demo(1), executor)
        for number in range(1, last + 1):
            text = f"{ROUTER.label} acknowledged by anna: on it"
            view.happened([Event(NOON, EventKind.ACKNOWLEDGED, text, ROUTER.name, number)])
        view.snapshot(snapshot([down(ROUTER, 7, note="on it"), down(SWITCH, last, note="on it")]))
        found = asyncio.run(view.look())

    assert [found.holder_of(status.standing.outage) for status in found.trouble.outages] == ["anna", "anna"]
    assert found.taken.keys() == {7, last}
