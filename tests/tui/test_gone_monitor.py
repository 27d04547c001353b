"""What the console looks like while the monitor that it is attached to is gone."""

from dataclasses import replace

from textual.geometry import Region

from tests.tui.fake_source import FakeSource
from tests.tui.scenes import everything_up
from tests.tui.seat import console


async def test_the_last_picture_is_greyed_until_the_monitor_is_back() -> None:
    first = everything_up()
    async with console(FakeSource(first)) as seat:
        table = seat.table

        def colours() -> set[object]:
            strips = table.render_lines(Region(0, 0, table.outer_size.width, 8))
            return {segment.style.color for strip in strips for segment in strip if segment.style}

        usual = colours()
        gone = ("The monitor is gone since 12:03:11: what is shown is from then.",)
        await seat.tell(replace(first, problems=gone, gone=first.at))
        assert seat.app.has_class("-gone")
        await seat.pilot.pause()
        assert not usual & colours()
        await seat.tell(replace(first, at=first.at + 60))
        assert not seat.app.has_class("-gone")
        assert colours() == usual
