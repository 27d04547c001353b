"""Many hosts behind one that is down are a line of the table, which opens where the operator needs it."""

from conntest_tui.model import Host, HostStatus, Snapshot
from conntest_tui.tui.selected_line import DetailLine
from conntest_tui.tui.table.host_table import HostTable
from conntest_tui.tui.table.view_options import Part, TableSection
from tests.fakes import NOON
from tests.tui.fake_source import FakeSource
from tests.tui.scenes import down, judged, snapshot, unreachable, up
from tests.tui.seat import Seat, console, lines_of

ROUTER, *PHONES = (Host(f"10.5.0.{number}", f"Device {number}", group="Annexe") for number in range(1, 7))
OTHER = Host("10.6.0.1", "Gate", group="Gatehouse")
SECTION = TableSection("Annexe", Part.BEHIND)


def shadow(*, behind: str = ROUTER.name, last: HostStatus | None = None) -> Snapshot:
    """Return a network with a router that is down, all its phones behind it, and trouble elsewhere."""
    phones = [unreachable(phone, behind) for phone in PHONES]
    phones[-1] = last or phones[-1]
    return snapshot([down(ROUTER), *phones, down(OTHER)])


def words(seat: Seat) -> list[str]:
    """Return what stands in front on every line below the titles."""
    return [" ".join(line.split()[:6]) for line in lines_of(seat.table)[1:] if line.strip()]


async def test_they_are_a_line_that_tells_behind_whom_and_opens_and_closes() -> None:
    async with console(FakeSource(shadow())) as seat:
        assert [line[:4] for line in words(seat)] == ["▾ An", "▌▼ d", "◆ be", "▾ Ga", "▼ do"]
        assert words(seat)[2] == "◆ behind ▸ 5 hosts behind"
        assert "behind 10.5.0.1 Device 1" in lines_of(seat.table)[3]
        await seat.press("down", "enter")
        assert seat.table.selected == SECTION
        assert "5 hosts unreachable behind others" in seat.line(DetailLine)
        assert "10.5.0.2" in words(seat)[3]
        await seat.press("down", "down", "space")
        assert seat.table.selected == SECTION
        assert "10.5.0.2" not in "".join(words(seat))


async def test_several_parents_are_counted() -> None:
    async with console(FakeSource(shadow(last=unreachable(PHONES[-1], OTHER.name)))) as seat:
        assert "▸ 5 hosts behind 2 hosts" in lines_of(seat.table)[3]


async def test_the_line_follows_when_they_are_behind_another() -> None:
    async with console(FakeSource(shadow())) as seat:
        await seat.tell(shadow(behind=OTHER.name))
        assert "behind 10.6.0.1 Gate" in lines_of(seat.table)[3]


async def test_nothing_of_an_outage_that_is_over_is_kept() -> None:
    async with console(FakeSource(shadow())) as seat:
        assert seat.table._parents == {SECTION: [ROUTER.name]}
        await seat.tell(snapshot([up(host) for host in (ROUTER, *PHONES, OTHER)]))
        assert seat.table._parents == {}


async def test_what_can_be_done_with_a_group_can_be_done_with_them() -> None:
    async with console(FakeSource(shadow())) as seat:
        await seat.press("down", "r")
        assert seat.source.asked == [("recheck", [phone.name for phone in PHONES])]
        await seat.click(HostTable, 20, 3, button=3)
        await seat.press("enter")
        await seat.until(lambda: "10.5.0.2" in "".join(words(seat)))


async def test_a_selected_host_that_comes_to_stand_behind_another_stays_in_sight() -> None:
    async with console(FakeSource(shadow(last=up(PHONES[-1])))) as seat:
        seat.screen.point_at(PHONES[-1].name)
        await seat.tell(shadow())
        await seat.until(lambda: "▌◆ behind 10.5.0.6" in "\n".join(words(seat)))
        assert seat.table.selected == PHONES[-1].name


async def test_one_that_is_followed_stays_in_sight_in_a_scrolled_table() -> None:
    calm = [up(Host(f"10.7.0.{number}", group="Big")) for number in range(200)]
    crowd = [Host(f"10.8.0.{number}", group="Crowd") for number in range(200)]
    async with console(FakeSource(snapshot([down(OTHER), *calm, *(up(host) for host in crowd)]))) as seat:
        await seat.press("end")
        await seat.tell(snapshot([down(OTHER), *calm, *(unreachable(host, OTHER.name) for host in crowd)]))
        await seat.until(lambda: f"▌◆ behind {crowd[-1].name}" in "\n".join(words(seat)))


async def test_what_was_unfolded_is_folded_again_in_the_next_outage() -> None:
    async with console(FakeSource(shadow())) as seat:
        await seat.press("plus")
        assert len(words(seat)) == 10
        await seat.tell(snapshot([up(host) for host in (ROUTER, *PHONES, OTHER)]))
        await seat.tell(shadow())
        assert "10.5.0.2" not in "".join(words(seat))


async def test_unfolding_all_on_a_calm_day_opens_no_later_outage() -> None:
    async with console(FakeSource(snapshot([up(host) for host in (ROUTER, *PHONES, OTHER)]))) as seat:
        await seat.press("plus")
        await seat.tell(shadow())
        assert "10.5.0.2" not in "".join(words(seat))


async def test_under_a_filter_nothing_is_done_to_a_host_that_cannot_be_seen() -> None:
    phones = [judged(status, since=NOON - 7200.0) for status in map(up, PHONES)]
    before, after = [down(ROUTER, 18_000), *phones], [down(ROUTER, 18_000), down(PHONES[0], 1), *phones[1:]]
    async with console(FakeSource(snapshot(before))) as seat:
        await seat.press("slash", *"for>1h", "enter", "home", "down", "down", "down")
        assert seat.table.selected == PHONES[0].name
        await seat.tell(snapshot(after))
        assert any(line.startswith("▌") for line in lines_of(seat.table))
        assert seat.table.selected != PHONES[0].name


async def test_a_selected_host_that_is_filtered_out_is_let_go() -> None:
    async with console(FakeSource(shadow())) as seat:
        await seat.press("down", "enter", "down", "down", "slash", *"gate", "enter")
        assert seat.table.selected == OTHER.name


async def test_a_selected_host_that_recovers_does_not_open_a_calm_part_that_was_folded() -> None:
    calm = [up(phone) for phone in PHONES[1:]]
    async with console(FakeSource(snapshot([down(PHONES[0]), *calm, down(OTHER)]))) as seat:
        await seat.press("minus", "home", "enter", "down")
        assert seat.table.held == PHONES[0].name
        await seat.tell(snapshot([up(PHONES[0]), *calm, down(OTHER)]))
        assert seat.table.selected == TableSection("Annexe", Part.CALM)
        assert PHONES[2].name not in "".join(words(seat))


async def test_folding_all_never_opens_anything() -> None:
    async with console(FakeSource(shadow())) as seat:
        await seat.press("minus", "slash", *"gate", "enter", "minus", "escape")
        assert [line.lstrip("▌")[:4].strip() for line in words(seat)] == ["▸ An", "▸ Ga"]
        await seat.press("s", "minus", "s")
        for _ in range(20):
            await seat.press("s")
            if lines_of(seat.table)[0].startswith(" State↓"):
                break
        assert [line.lstrip("▌")[:4].strip() for line in words(seat)] == ["▸ An", "▸ Ga"]


async def test_a_parent_that_is_not_watched_any_more_is_named_all_the_same() -> None:
    async with console(FakeSource(shadow(behind="10.99.0.1"))) as seat:
        assert "▸ 5 hosts behind 10.99.0.1" in lines_of(seat.table)[3]


async def test_the_line_is_cut_where_words_end() -> None:
    far = Host("10.5.0.1", "A router with a name that is longer than most", group="Annexe")
    statuses = [down(far), *(unreachable(phone, far.name) for phone in PHONES)]
    async with console(FakeSource(snapshot(statuses)), size=(60, 15)) as seat:
        assert lines_of(seat.table)[3].endswith("…")


async def test_pointing_at_one_of_them_opens_the_group_and_the_line() -> None:
    async with console(FakeSource(shadow())) as seat:
        await seat.press("minus")
        seat.screen.point_at(PHONES[2].name)
        await seat.until(lambda: "▌◆ behind 10.5.0.4" in "\n".join(words(seat)))


async def test_one_that_was_found_with_a_filter_stays_selected_when_the_filter_goes() -> None:
    async with console(FakeSource(shadow())) as seat:
        await seat.press("slash", *"10.5.0.4", "enter", "home", "down", "escape")
        assert seat.table.selected == PHONES[2].name
        await seat.until(lambda: "▌◆ behind 10.5.0.4" in "\n".join(words(seat)))


async def test_unfolding_all_opens_them_and_folding_all_closes_them() -> None:
    async with console(FakeSource(shadow())) as seat:
        await seat.press("plus")
        assert "10.5.0.6" in "".join(words(seat))
        await seat.press("minus")
        assert [line[:4] for line in words(seat)] == ["▌▸ A", "▸ Ga"]
