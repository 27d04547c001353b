"""The two lines at the top say how the hosts and the mail are, at every width."""

from dataclasses import replace

import pytest

from conntest_tui.model import MailHealth, MailStatus, Snapshot, State, SweepProgress
from conntest_tui.model.attachment import Attachment
from conntest_tui.model.wall_clock import TimeZone
from conntest_tui.tui.attachment_phrases import clocks_brief, zones_apart
from conntest_tui.tui.selected_line import detail_line, next_steps
from conntest_tui.tui.status_lines import progress_bar, status_line, sweep_line
from conntest_tui.tui.styled_text import Style, width
from conntest_tui.tui.table.arrangement import HostBoard, make_board
from tests.tui.scenes import (
    HOSTS,
    HOUR,
    IDLE,
    MAIL_OK,
    NOW,
    RUNNING,
    down,
    everything_up,
    judged,
    muted,
    snapshot,
    trouble,
    unreachable,
    up,
)
from tests.tui.seat import text


def status(snapshot: Snapshot, size: int) -> str:
    return text(status_line(make_board(snapshot), NOW, size))


@pytest.mark.parametrize("size", [60, 80, 100, 120, 140, 250])
@pytest.mark.parametrize("snapshot", [everything_up(), trouble()], ids=["up", "trouble"])
def test_both_lines_fit(snapshot: Snapshot, size: int) -> None:
    assert len(status(snapshot, size)) == size
    assert width(sweep_line(snapshot.sweep, NOW, size)) <= size


def test_a_wide_terminal_says_everything() -> None:
    shown = status(trouble(), 150)
    counts = "▼ 1 not handled  ✓ 2 handled  ◆ 2 behind  ▽ 1 suspect  ○ 1 pending  ● 7 up  ◌ 1 muted"
    assert shown.startswith(f" conntest  sample_config    {counts}  ")
    assert shown.endswith("mail ok 15:59    16:13:20 ")


def test_a_middling_terminal_has_a_shorter_word_rather_than_none() -> None:
    counts = "▼ 1 not handled  ✓ 2 handled  ◆ 2 behind  ▽ 1 suspect  ○ 1 pending  ● 7 up  ◌ 1 muted"
    assert status(trouble(), 120).startswith(f" conntest  {counts}  ")


def test_a_narrow_terminal_keeps_the_numbers_the_mail_and_the_time() -> None:
    assert status(trouble(), 50).split() == [
        "▼",
        "1",
        "✓",
        "2",
        "◆",
        "2",
        "▽",
        "1",
        "○",
        "1",
        "●",
        "7",
        "◌",
        "1",
        "mail",
        "ok",
        "16:13:20",
    ]


@pytest.mark.parametrize("scene", [everything_up(), trouble()], ids=["up", "trouble"])
@pytest.mark.parametrize("page", ["", "Settings"])
@pytest.mark.parametrize(
    ("attached", "gone", "words"),
    [
        (Attachment("conntest"), None, "attached"),
        (Attachment("conntest", "gateway", view_only=True), None, "view only"),
        (Attachment("conntest", "gateway"), NOW.wall - 100, "monitor gone"),
    ],
    ids=["attached", "view only", "gone"],
)
def test_one_always_sees_that_one_is_attached(
    scene: Snapshot, page: str, attached: Attachment, gone: float | None, words: str
) -> None:
    board = make_board(replace(scene, attached=attached, gone=gone))
    for size in (60, 80, 110, 120, 200):
        line = text(status_line(board, NOW, size, page))
        assert len(line) == size
        assert line.count(words) == 1
        assert line.endswith("16:13:20 ")
        assert page in line
        assert attached.whose in line or size < 200


def test_what_an_attached_console_says_gets_shorter_with_the_line() -> None:
    board = make_board(replace(trouble(), attached=Attachment("conntest")))
    counts = "▼ 1  ✓ 2  ◆ 2  ▽ 1  ○ 1  ● 7  ◌ 1"
    assert text(status_line(board, NOW, 110)).startswith(f" conntest  sample_config  attached: conntest  {counts}  ")
    assert text(status_line(board, NOW, 80)).startswith(f" attached: conntest  {counts}  ")
    assert text(status_line(board, NOW, 60)) == f" attached  {counts}       16:13:20 "
    held = replace(board.snapshot, mail=MailStatus(MailHealth.HELD, queued=1))  # that is not left out
    assert (
        text(status_line(make_board(held), NOW, 60)) == " attached  ▼ 1  ✓ 2  ◆ 2  ▽ 1  ○ 1   mail stuck 1  16:13:20 "
    )


def test_clocks_that_differ_are_said_where_there_is_room() -> None:
    attached = Attachment("conntest", zone=TimeZone("UTC"))
    said = replace(everything_up(), attached=attached)
    assert zones_apart(said) == "times in Europe/Berlin (+02:00); the monitor logs in UTC (+00:00)"
    brief = clocks_brief(said)
    assert brief == "monitor's clock +00:00"
    assert text(sweep_line(said.sweep, NOW, 120, clocks=brief)).endswith(f"every 5m    {brief}")
    assert text(sweep_line(said.sweep, NOW, 85, clocks=brief)).endswith(f" in 1m 48s    {brief}")
    assert text(sweep_line(said.sweep, NOW, 60, clocks=brief)).endswith(" in 1m 48s")


def colours(board: HostBoard) -> dict[str, Style]:
    return {span.text: span.style for span in status_line(board, NOW, 140) if "▼" in span.text or "✓" in span.text}


def test_red_is_for_what_nobody_has_taken() -> None:
    router, switch, core = HOSTS[0], HOSTS[1], HOSTS[5]
    taken = [down(router, note="on it"), muted(down(switch), 4 * HOUR)]
    assert colours(make_board(snapshot(taken))) == {"✓ 2 down, both handled": Style.ACCENT}
    assert colours(make_board(snapshot(taken[:1]))) == {"✓ 1 down, handled": Style.ACCENT}
    assert colours(make_board(snapshot([*taken, down(core)]))) == {
        "▼ 1 not handled": Style.DOWN,
        "✓ 2 handled": Style.ACCENT,
    }
    assert colours(make_board(snapshot([down(core)]))) == {"▼ 1 down": Style.DOWN}


@pytest.mark.parametrize(("note", "sign", "style"), [(None, "▼", Style.DOWN), ("on it", "✓", Style.ACCENT)])
def test_the_line_of_the_selected_host_is_red_until_somebody_has_taken_it(
    note: str | None, sign: str, style: Style
) -> None:
    line = detail_line(down(HOSTS[0], note=note), NOW, MAIL_OK, {}, 120)
    assert [span.style for span in line if span.text.startswith(f"{sign} down since")] == [style]


def test_the_line_says_what_to_do_next() -> None:
    keys = {"acknowledge": "a", "recheck": "r", "page('outbox')": "o"}
    router, switch = HOSTS[0], HOSTS[1]
    held = MailStatus(MailHealth.HELD, queued=1)
    behind = unreachable(switch, router.name)
    assert next_steps(down(router), MAIL_OK, keys) == ["a acknowledges", "r rechecks"]
    assert next_steps(down(router), held, keys) == ["a acknowledges", "o shows why no mail goes out"]
    assert next_steps(down(router), MAIL_OK, {}) == []
    assert next_steps(behind, MAIL_OK, keys) == ["see 10.1.1.254 first"]
    assert next_steps(down(router, note=""), MAIL_OK, keys) == []
    assert next_steps(judged(up(router), state=State.SUSPECT), MAIL_OK, keys) == ["the monitor looks again"]
    assert next_steps(muted(down(router), None), MAIL_OK, keys) == []
    assert next_steps(up(router), MAIL_OK, keys) == []


@pytest.mark.parametrize(
    ("size", "end"),
    [(120, "a acknowledges, r rechecks"), (80, "no reply to 3 attempts  a acknowledges"), (60, "3 attempts")],
)
def test_the_next_step_stays_while_there_is_room(size: int, end: str) -> None:
    line = text(detail_line(down(HOSTS[0]), NOW, MAIL_OK, {"acknowledge": "a", "recheck": "r"}, size))
    assert line.endswith(end)
    assert len(line) <= size


def test_a_long_name_of_the_configuration_gives_way() -> None:
    shown = status(replace(everything_up(), title="/srv/monitoring/" + "x" * 80), 80)
    assert "/srv/monitoring/xxxxxxx…  ● 14 up" in shown
    assert shown.endswith("16:13:20 ")


@pytest.mark.parametrize(
    ("mail", "said", "style"),
    [
        (MailStatus(MailHealth.OFF), "mail off", Style.DIM),
        (MailStatus(MailHealth.IDLE), "mail ready", Style.DIM),
        (MailStatus(MailHealth.WAITING, queued=3, next_try=NOW.wall + 60), "mail waiting 3, next 16:14", Style.SUSPECT),
        (MailStatus(MailHealth.HELD, queued=2), "mail stuck 2", Style.DOWN),
        (MailStatus(MailHealth.LOST), "mail lost", Style.DOWN),
    ],
)
def test_how_mail_is_doing(mail: MailStatus, said: str, style: Style) -> None:
    line = status_line(make_board(replace(everything_up(), mail=mail)), NOW, 120)
    assert (said, style) in line


def test_nobody_to_watch() -> None:
    assert "no hosts" in status(Snapshot(NOW.wall, "empty"), 80)


def test_a_sweep_under_way() -> None:
    assert text(sweep_line(RUNNING, NOW, 80)) == (
        " sweep 289 ━━━━━━━━━━━━━━━━━━━━━╸──────────── 9/14    next 16:18:11    every 5m"
    )


def test_between_two_sweeps_the_next_one_is_counted_down_to() -> None:
    assert text(sweep_line(IDLE, NOW, 60)).endswith("14/14    next 16:15:08 in 1m 48s")


def test_a_sweep_that_does_not_begin_is_told() -> None:
    line = sweep_line(replace(IDLE, next=NOW.wall - 75), NOW, 80)
    assert (" late by 1m 15s", Style.DOWN) in line
    assert "late" not in text(sweep_line(replace(IDLE, next=NOW.wall - 2), NOW, 80))


@pytest.mark.parametrize("size", [60, 70, 80, 90])
def test_the_bar_keeps_its_width_while_the_time_to_the_next_sweep_goes_down(size: int) -> None:
    def ends(wait: float) -> int:
        return text(sweep_line(replace(IDLE, next=NOW.wall + wait), NOW, size)).index("14/14")

    assert len({ends(wait) for wait in (299, 240, 108, 70, 61, 60, 59, 10, 9, 1.5, 0.5, -1)}) == 1


def test_before_the_first_sweep() -> None:
    assert text(sweep_line(SweepProgress(), NOW, 30)).startswith(" first sweep ─────────")


@pytest.mark.parametrize(
    ("done", "drawn"), [(0, "────"), (1, "╸───"), (4, "━━──"), (7, "━━━╸"), (8, "━━━━"), (9, "━━━━")]
)
def test_the_bar_grows_by_half_cells(done: int, drawn: str) -> None:
    assert text(progress_bar(SweepProgress(1, True, done, 8), 4)) == drawn
