"""The wall under an operator's hands, and its large figures."""

import re
from dataclasses import replace

import pytest
from textual.css.query import NoMatches
from textual.events import MouseMove
from textual.geometry import Region

from conntest_tui.model import Host
from conntest_tui.tui.console_settings_and_themes import Preferences
from conntest_tui.tui.key_bar import KeyBar
from conntest_tui.tui.screens.console import ConsoleScreen
from conntest_tui.tui.screens.details import DetailsScreen
from conntest_tui.tui.screens.wall import Wall, WallScreen
from conntest_tui.tui.screens.wall_layout import Band, Block, Tile
from conntest_tui.tui.screens.wall_text import DIGIT_HEIGHT, big, big_counts, tile_line
from conntest_tui.tui.screens.wall_text import headings as wall_headings
from conntest_tui.tui.selected_line import DetailLine
from conntest_tui.tui.status_lines import status_line
from conntest_tui.tui.table.arrangement import make_board
from tests.tui.fake_source import FakeSource
from tests.tui.page_scenes import branch_host, branches, busy, campus, many, quiet, thousands
from tests.tui.scenes import HOSTS, NOW, down, everything_up, probed, snapshot, trouble, up
from tests.tui.seat import PageSeat, console, lines_of, page, text


def wall(seat: PageSeat) -> Wall:
    return seat.part(Wall)


def painted(seat: PageSeat) -> list[str]:
    return [line for line in lines_of(wall(seat)) if line.strip()]


async def test_w_shows_every_host_once_in_its_group() -> None:
    async with page(busy(), "w") as seat:
        assert isinstance(seat.page, WallScreen)
        shown = "\n".join(painted(seat)).split()
        assert all(shown.count(host.name) == 1 for host in HOSTS)
        groups = "\n".join(painted(seat)[:1])
        assert re.findall("Building 406|Headquarters|Branch offices", groups) == [
            "Building 406",
            "Headquarters",
            "Branch offices",
        ]
        await seat.press("escape")
        assert isinstance(seat.page, ConsoleScreen)


async def test_large_figures_say_how_things_are() -> None:
    async with page(busy(), "w", size=(160, 40)) as seat:
        said = seat.block("#figures")
        assert len(said) == 4
        assert said[3].split()[:6] == ["▼", "not", "handled", "✓", "handled", "◆"]
        assert said[3].endswith("sample_config  mail waiting 3 ")


async def test_a_low_terminal_gets_one_line_instead_of_figures() -> None:
    async with page(busy(), "w", size=(80, 15)) as seat:
        assert not seat.page.query_one("#figures").display
        assert seat.page.query_one("StatusLine").display


async def test_until_somebody_points_the_worst_trouble_is_named() -> None:
    async with page(FakeSource(everything_up()), "w") as seat:
        assert wall(seat).selected == HOSTS[0].name
        await seat.seat.tell(snapshot([*map(up, HOSTS[:-1]), down(HOSTS[-1])]))
        assert wall(seat).selected == HOSTS[-1].name
        assert "down since" in seat.part(DetailLine).render().plain
        await seat.press("a", "escape")
        await seat.seat.tell(trouble())
        assert wall(seat).selected == HOSTS[-1].name, "the operator has laid hands on it"


async def test_arrows_point_at_hosts_and_a_line_names_them() -> None:
    steps = [("right", "10.1.3.1"), ("right", "10.9.0.1"), ("right", "10.1.2.7"), ("left", "10.9.0.1")]
    steps += [("down", "10.9.1.1"), ("left", "mail.company.net"), ("up", "10.1.3.1"), ("home", "10.1.1.254")]
    steps += [("down", "10.1.2.7"), ("pagedown", "10.1.2.10"), ("pageup", "10.1.1.254"), ("end", "10.1.3.81")]
    async with page(busy(), "w") as seat:
        for key, name in steps:
            await seat.press(key)
            assert wall(seat).selected == name, key
            assert seat.part(DetailLine).render().plain.startswith(f" {name} "), key


async def test_the_mouse_points_at_what_it_is_over_and_a_click_opens_it() -> None:
    async with page(busy(), "w") as seat:
        await seat.seat.pilot.hover(Wall, offset=(45, 2))
        await seat.seat.pilot.pause()
        assert wall(seat).selected == "10.1.3.1"
        await seat.click(Wall, 10, 6)
        assert isinstance(seat.page, DetailsScreen)
        assert seat.page.host == "10.1.2.7"
        await seat.press("escape")
        assert isinstance(seat.page, WallScreen), "back where it was opened"


async def test_beside_the_tiles_the_mouse_changes_nothing() -> None:
    async with page(busy(), "w") as seat:
        for x, y in ((0, 2), (38, 2), (45, 0), (119, 30)):
            await seat.seat.pilot.hover(Wall, offset=(x, y))
            await seat.click(Wall, x, y)
        assert wall(seat).selected == "10.1.1.254"
        assert isinstance(seat.page, WallScreen)


async def test_enter_opens_the_host() -> None:
    async with page(busy(), "w", "down", "enter") as seat:
        assert isinstance(seat.page, DetailsScreen)
        assert seat.page.host == "10.1.2.7"


async def test_r_rechecks_the_host_that_is_pointed_at() -> None:
    async with page(busy(), "w", "down", "r") as seat:
        assert seat.source.asked == [("recheck", ["10.1.2.7"])]


async def test_only_tiles_that_look_different_are_painted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = campus(320)
    async with page(FakeSource(first), "w", "home") as seat:
        asked: list[tuple[Region, ...]] = []
        refresh = Wall.refresh

        def spy(self: Wall, *regions: Region, **options: bool) -> Wall:
            asked.append(regions)
            return refresh(self, *regions, **options)

        monkeypatch.setattr(Wall, "refresh", spy)
        statuses = [probed(status, rtt=0.5) for status in first.statuses]
        statuses[100] = down(first.statuses[100].host)
        await seat.seat.tell(snapshot(statuses))
        tile = wall(seat).region_of(100)
        assert (tile,) in asked
        assert len(asked) == 2, "the tile, and the heading with the counts of its group"
        assert all(region.area <= 120 for regions in asked for region in regions)


async def test_a_recheck_shows_on_the_tile() -> None:
    async with page(FakeSource(everything_up()), "w") as seat:
        assert not any("↻" in line for line in painted(seat))
        await seat.seat.tell(snapshot([replace(up(host), checking=host is HOSTS[0]) for host in HOSTS]))
        assert any("↻ Cisco Router" in line for line in painted(seat))


async def test_the_tiles_follow_the_size_of_the_terminal() -> None:
    async with page(many(), "w") as seat:
        before = wall(seat).plan.tile
        await seat.seat.resize(80, 24)
        assert wall(seat).plan.tile.width < before.width
        await seat.seat.resize(250, 70)
        assert wall(seat).plan.tile.width > before.width


async def test_a_host_below_the_screen_comes_into_view() -> None:
    async with page(thousands(), "w", size=(80, 24)) as seat:
        await seat.press("end")
        _, line = wall(seat).plan.corner_of(9_999)
        await seat.until(lambda: wall(seat).scroll_offset.y + wall(seat).size.height > line)
        await seat.press("home")
        await seat.until(lambda: wall(seat).scroll_offset.y == 0)


async def test_a_changed_configuration_is_laid_out_anew() -> None:
    async with page(FakeSource(everything_up()), "w", "right") as seat:
        await seat.seat.tell(snapshot([up(host) for host in HOSTS[:1]]))
        assert wall(seat).selected == HOSTS[0].name
        assert sum("●" in line for line in painted(seat)) == 1
        await seat.seat.tell(snapshot([]))
        assert "There are no hosts to watch: hosts.csv names none" in painted(seat)[0]
        await seat.press("right", "down", "end", "enter")
        assert isinstance(seat.page, WallScreen)


async def test_before_the_first_news_the_wall_says_so() -> None:
    async with page(FakeSource(), "w") as seat:
        assert "Starting" in painted(seat)[0]


async def test_every_host_is_pending_at_first() -> None:
    async with page(quiet(), "w") as seat:
        assert sum(line.count("○") for line in painted(seat)) == len(HOSTS)


async def test_the_keys_at_the_bottom_can_be_clicked() -> None:
    async with page(busy(), "w") as seat:
        x = seat.key_line().index("Recheck")
        await seat.click(KeyBar, x, 0)
        await seat.until(lambda: seat.source.asked == [("recheck", ["10.1.1.254"])])


async def test_a_narrow_terminal_shows_the_keys_that_matter_most() -> None:
    async with page(busy(), "w") as seat:
        assert "Settings" in seat.key_line()
        await seat.seat.resize(60, 24)
        assert "Settings" not in seat.key_line()
        assert "Help" in seat.key_line()
        assert len(seat.key_line()) <= 60


async def test_a_message_of_the_mouse_without_a_wall_does_no_harm() -> None:
    async with page(FakeSource(), "w") as seat:
        await seat.seat.pilot._post_mouse_events([MouseMove], Wall, offset=(3, 3))
        assert wall(seat).selected is None


# ---------------------------------------------------------------- what its lines say


def test_figures_are_three_lines_of_one_width() -> None:
    lines = big("0123456789:")
    assert len(lines) == DIGIT_HEIGHT
    assert len({len(line) for line in lines}) == 1


@pytest.mark.parametrize("ascii_only", [False, True], ids=["unicode", "ascii"])
def test_each_digit_looks_different(ascii_only: bool) -> None:
    shown = {tuple(big(digit, ascii_only=ascii_only)) for digit in "0123456789"}
    assert len(shown) == 10
    assert {len(line) for lines in shown for line in lines} == {3}
    assert all(line.isascii() for lines in shown for line in lines) == ascii_only


async def test_in_ascii_figures_are_drawn_with_bars_and_not_with_corners() -> None:
    async with console(busy(), preferences=Preferences(signs="ascii")) as seat:
        await seat.press("w")
        drawn = "".join(PageSeat(seat).block("#figures")[:3])
        assert "|_" in drawn
        assert not set(drawn) & set("┏━┓┗┛┃")


def test_the_smaller_terminal_leaves_out_the_name_then_long_words_then_signs_then_the_large_time() -> None:
    board = make_board(trouble())
    labels = {size: text(big_counts(board, NOW, size)[3]) for size in (140, 100, 90, 80, 70, 60)}
    assert labels[140].endswith("  sample_config  mail ok ")
    assert "sample_config" not in labels[90]
    assert "◆ behind" in labels[90]
    assert " ".join(labels[80].split()) == "not handled handled behind suspect pending up muted mail ok"
    assert "16:13" in text(big_counts(board, NOW, 70)[2])
    assert labels[60].split() == ["▼", "✓", "◆", "▽", "○", "●", "◌", "mail", "ok"]


def test_the_wall_counts_as_the_header_does() -> None:
    board = make_board(trouble())
    header, figures = text(status_line(board, NOW, 120)), text(big_counts(board, NOW, 160)[3])
    said = re.findall("([▼✓◆▽○●◌]) \\d+ ([a-z ]+?)  ", header)
    assert [sign for sign, _ in said] == re.findall("[▼✓◆▽○●◌]", figures)
    assert "▼ not handled" in figures
    assert sum(int(number) for number in re.findall("[▼✓◆▽○●] (\\d+)", header)) == len(HOSTS)


def headings(seat: PageSeat) -> list[str]:
    return [name for line in painted(seat) for name in re.findall("Branch \\d+", line)]


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40), (200, 60)])
async def test_of_a_hundred_groups_those_with_trouble_come_first(size: tuple[int, int]) -> None:
    down_here, taken = down(branch_host(97)), down(branch_host(95), note="Ann")
    async with page(FakeSource(branches(down_here, taken)), "w", size=size) as seat:
        await seat.shows(lambda: headings(seat)[:3] == ["Branch 97", "Branch 95", "Branch 0"])
        first = [line for line in painted(seat) if "Branch" not in line]
        assert any("▼" in line for line in first[:3])
        assert any("✓" in line for line in first[:3])
        assert len(headings(seat)) >= {60: 6, 80: 12, 120: 100, 200: 100}[size[0]]
        await seat.seat.tell(branches(down_here, taken))
        assert headings(seat)[:3] == ["Branch 97", "Branch 95", "Branch 0"], "nothing moves while nothing changes"
        await seat.seat.tell(branches(down(branch_host(97), note="Bob"), taken, down(branch_host(60))))
        await seat.shows(lambda: headings(seat)[:4] == ["Branch 60", "Branch 95", "Branch 97", "Branch 0"])
        await seat.seat.tell(branches())
        await seat.shows(lambda: headings(seat)[:2] == ["Branch 0", "Branch 1"])


async def test_a_few_groups_that_all_fit_stay_as_in_hosts_csv() -> None:
    async with page(FakeSource(branches(down(branch_host(7)), groups=9)), "w", size=(120, 40)) as seat:
        assert headings(seat) == [f"Branch {group}" for group in range(9)]


async def test_a_narrow_heading_has_signs_instead_of_words() -> None:
    shown = branches(down(branch_host(1)), down(branch_host(2), note="Ann"), groups=100)
    async with page(FakeSource(shown), "w", size=(200, 60)) as seat:
        first = painted(seat)[0]
        assert re.search("Branch 1 +▼ 1 ", first)
        assert re.search("Branch 2 +✓ 1 ", first)
        assert re.search("Branch 0 +5 up", first)


def test_of_an_address_that_has_no_room_the_end_stays() -> None:
    tile = Tile(12, 1, 1, 0)
    shown = [
        tile_line(up(Host(name, "Access point of the floor")), tile, 0)[1]
        for name in ("10.1.0.11", "10.1.0.111", "2001:db8:17::53", "10.1.0.1", "facade.company.net")
    ]
    assert shown == [" ● ….1.0.11 ", " ● …1.0.111 ", " ● …:17::53 ", " ● 10.1.0.1 ", " ● faca…net "]


def test_a_long_name_of_a_group_is_cut_once_and_its_worst_counts_stay() -> None:
    band = Band(0, [Block("Building 4 - Lecture halls", range(len(HOSTS)), 0, 20, 10)])
    shown = text(wall_headings(band, trouble().statuses, 40)).strip()
    assert shown == "Build…halls  ▼ 1 ✓ 2"


async def test_what_nobody_has_taken_stands_out_from_what_hides_behind_it() -> None:
    async with page(busy(), "w") as seat:
        shown = "\n".join(painted(seat))
        for line in ("▼ Cisco Router", "◆ Switch 7", "↻ Switch 8", "✓ Intranet", "▽ VPN gateway", "◇ Oslo router"):
            assert line in shown
        assert "Bldg 6 MDF 102  probing" in shown
        assert "Oslo  flapping" in shown


async def test_a_small_tile_that_is_pointed_at_keeps_its_colour() -> None:
    hosts = [Host(f"10.8.{at // 100}.{at % 100}", "Camera", "", f"Floor {at // 100}") for at in range(400)]
    async with page(FakeSource(snapshot([down(hosts[0]), *map(up, hosts[1:])])), "w", size=(80, 24)) as seat:
        assert wall(seat).plan.tile.width < 3
        (line,) = [strip for strip in wall(seat).render_lines(wall(seat).size.region) if "▼" in strip.text[:3]]
        before, tile, after = [segment for segment in line if segment.text][:3]
        assert (before.text, tile.text.strip(), after.text) == ("▐", "▼", "▌")
        assert tile.style is not None
        assert tile.style.bgcolor == wall(seat).get_component_rich_style("tile--down").bgcolor


async def test_trouble_far_down_in_one_large_group_is_scrolled_to() -> None:
    hosts = [Host(f"10.8.{at // 250}.{at % 250}", "Camera", "", "Cameras") for at in range(20_000)]
    statuses = [*map(up, hosts[:-1]), down(hosts[-1])]
    async with page(FakeSource(snapshot(statuses)), "w", size=(80, 24)) as seat:
        await seat.shows(lambda: "▼" in "".join(painted(seat)))


@pytest.mark.parametrize("size", range(20, 200))
def test_figures_are_whole_while_any_fit(size: int) -> None:
    lines = [text(line) for line in big_counts(make_board(branches(down(branch_host(1)))), NOW, size)]
    assert size < 25 or not any("…" in line for line in lines)


async def test_what_comes_while_the_application_takes_the_page_apart_is_no_fault() -> None:
    async with console(FakeSource(trouble())) as seat:
        await seat.press("w")
        page = seat.app.screen
        assert isinstance(page, WallScreen)
        await page.query_one("#figures").remove()
        with pytest.raises(NoMatches):
            page.update()
        for widget in list(page.children):
            await widget.remove()
        page.update()
