"""The lines of the host table: what each column says, and the bar of the last sweeps against the host's own usual."""

import math
from dataclasses import replace

import pytest

from conntest_tui.clock import Instant
from conntest_tui.model import Host, HostStatus, MailHealth, MailStatus, Mark, State
from conntest_tui.model.snapshot import loss, pack_samples
from conntest_tui.tui.host_phrases import how_long, mail_phrase, mail_phrases, why
from conntest_tui.tui.selected_line import detail_line, section_line
from conntest_tui.tui.styled_text import Spans, Style, width
from conntest_tui.tui.table.arrangement import Heading
from conntest_tui.tui.table.columns import Field, fit, natural_widths
from conntest_tui.tui.table.row_text import Lead, Moment, heading, loss_text, row, sweep_bar, titles, usual_of
from conntest_tui.tui.table.sort_order import Order
from conntest_tui.tui.table.view_options import Part, TableSection
from tests.tui.scenes import (
    DAY,
    HOSTS,
    HOUR,
    MAIL_OK,
    NOW,
    down,
    judged,
    muted,
    mutes,
    probed,
    trouble,
    unreachable,
    up,
)

ROUTER, SWITCH, _, PRINTER = HOSTS[:4]
MOMENT = Moment(NOW, MAIL_OK)
NATURAL = natural_widths(HOSTS)
AT_120, AT_80, AT_60 = (fit(NATURAL, size - 1) for size in (120, 80, 60))  # a cell goes to the scrollbar


def test_the_line_of_a_group_that_is_taken_says_by_whom_and_how_it_is_given_back() -> None:
    section, keys = TableSection("Building 406", Part.TROUBLE), {"acknowledge": "a", "recheck": "r"}

    def said(*hosts: HostStatus) -> str:
        return text(section_line(section, hosts, keys, 120))

    ann, bob = down(ROUTER, note="Ann"), down(PRINTER, note="Bob")
    assert said(ann) == " Building 406  1 host in trouble  acknowledged: Ann  a gives back, r rechecks it"
    assert said(ann, bob) == " Building 406  2 hosts in trouble  acknowledged: Ann, Bob  a gives back, r rechecks all 2"
    assert "gives back" not in said(down(ROUTER), bob)
    taken = [down(host, note=note, by=by) for host, note, by in ((ROUTER, "fan", "ann"), (PRINTER, "", "bob"))]
    assert "  acknowledged by ann: fan  " in said(taken[0])
    assert "  acknowledged by ann: fan  " in said(taken[0], down(PRINTER, note="fan", by="ann"))
    assert "  acknowledged: ann: fan, bob  " in said(*taken)
    assert "  1 of 2 acknowledged: Bob  a acknowledges 1" in said(down(ROUTER), bob)
    assert "  2 of 3 acknowledged by ann: fan  " in said(taken[0], down(PRINTER, note="fan", by="ann"), down(SWITCH))


def text(spans: Spans) -> str:
    return "".join(span.text for span in spans).rstrip()


def mail(status: HostStatus, size: int = 30, doing: MailStatus = MAIL_OK) -> str:
    return mail_phrase(status, NOW, doing, size).text


# ---------------------------------------------------------------- whole rows


def test_a_host_that_is_down() -> None:
    shown = " ▼ down    10.1.1.254       Cisco…outer       - ▁▁▁▄▁▁✕✕✕ 14m 22s mailed"
    assert text(row(down(ROUTER), AT_80, MOMENT)) == shown


def test_a_host_that_is_up() -> None:
    shown = " ● up      10.1.2.9         Printer     0.41 ms ▃▁▁▁▁▁▁▁▂     12d"
    assert text(row(up(PRINTER), AT_80, MOMENT)) == shown


def test_the_selected_host_is_marked_without_colour_too() -> None:
    assert text(row(up(PRINTER), AT_80, MOMENT, Lead.SELECTED)).startswith("▌● up ")


def test_a_host_that_is_being_rechecked_keeps_its_word() -> None:
    shown = text(row(replace(down(ROUTER), checking=True), AT_80, MOMENT))
    assert shown.startswith(" ↻ down ")
    assert " probing " in shown


def test_loss_is_said_where_there_is_room() -> None:
    assert " 5 % " in text(row(down(ROUTER), AT_120, MOMENT))
    assert " 0 % " in text(row(up(PRINTER), AT_120, MOMENT))


def test_a_very_wide_terminal_says_why() -> None:
    wide = fit(NATURAL, 249)
    assert text(row(down(ROUTER), wide, MOMENT)).endswith("mailed, next 16:58      no reply to 3 attempts")
    assert text(row(probed(up(PRINTER), note="name service is down"), wide, MOMENT)).endswith("name service is down")


def test_the_figures_of_the_sweeps_that_are_shown() -> None:
    samples = pack_samples([0.001, 0.003, math.inf, 0.002, math.nan, 0.006, 0.007])
    figures = fit(NATURAL, 60, (Field.HOST, Field.MIN, Field.AVG, Field.MAX, Field.JITTER))
    shown = text(row(replace(up(PRINTER), samples=samples), figures, MOMENT)).split()
    # Jitter: from 1 to 3 and from 6 to 7; over a lost or an unwatched sweep nothing is known.
    assert shown == ["10.1.2.9", *("1.00", "ms"), *("3.80", "ms"), *("7.00", "ms"), *("1.50", "ms")]
    for nothing in ([], [math.inf, math.nan]):
        status = replace(up(PRINTER), samples=pack_samples(nothing))
        assert text(row(status, figures, MOMENT)).split() == ["10.1.2.9", "-", "-", "-", "-"]
    once = replace(up(PRINTER), samples=pack_samples([0.002]))
    assert text(row(once, figures, MOMENT)).split()[-1] == "-"  # a single reply has no jitter


def test_the_columns_that_hosts_csv_fills() -> None:
    layout = fit(NATURAL, 80, (Field.HOST, Field.ADDRESS, Field.GROUP, Field.PARENT))
    assert text(row(unreachable(SWITCH, ROUTER.name), layout, MOMENT)).split() == [
        *("10.1.2.7", "10.1.2.7", "Building", "406", "10.1.1.254")
    ]


def test_wide_terminals_show_the_location_and_who_has_taken_the_outage() -> None:
    shown = text(row(down(ROUTER, note="Bob"), AT_120, MOMENT))
    assert "Bldg 6 MDF 101" in shown
    assert shown.endswith("acknowledged")
    assert "acknowledged: Bob " in text(row(down(ROUTER, note="Bob"), fit(NATURAL, 200), MOMENT))


def test_narrow_terminals_get_short_words_not_cut_ones() -> None:
    assert text(row(down(ROUTER), AT_60, MOMENT)).endswith(" 14m 22s mailed")
    assert text(row(unreachable(SWITCH, ROUTER.name), AT_60, MOMENT)).endswith("↳ 10.1.1.254")
    assert text(row(muted(up(PRINTER), HOUR), AT_60, MOMENT)).endswith("◌ until 17:13")


@pytest.mark.parametrize("layout", [AT_120, AT_80, AT_60], ids=["120", "80", "60"])
@pytest.mark.parametrize("status", trouble().statuses, ids=lambda status: status.host.name)
def test_every_row_is_as_wide_as_the_titles(status: HostStatus, layout: object) -> None:
    fitted = next(known for known in (AT_120, AT_80, AT_60) if known is layout)
    assert width(row(status, fitted, MOMENT)) == width(titles(fitted))


def test_an_international_name_is_shown_as_people_write_it() -> None:
    status = up(Host("xn--mnchen-3ya.example", shown="münchen.example"))
    assert "münchen.example" in text(row(status, AT_80, MOMENT))
    assert text(detail_line(status, NOW, MAIL_OK, {}, 80)).startswith(" münchen.example = xn--mnchen-3ya.example")


def test_text_from_a_file_is_never_markup() -> None:
    status = up(Host("10.0.0.1", "[/red] [@click=app.quit]x[/]"))
    assert "[/red…it]x[/]"[:5] in text(row(status, AT_80, MOMENT))


@pytest.mark.parametrize("size", [60, 80, 120])
def test_rows_that_begin_alike_can_be_told_apart(size: int) -> None:
    places = [f"Access switch of building 6, MDF {number}" for number in range(101, 116)]
    hosts = [Host(f"switches-of-building-6-number-{at}.example.com", place) for at, place in enumerate(places, 10)]
    layout = fit(natural_widths(hosts), size - 1)
    for field in (Field.HOST, Field.DESCRIPTION):
        start = 1 + sum(
            taken + layout.gap for known, taken in layout.columns[: [f for f, _ in layout.columns].index(field)]
        )
        taken = dict(layout.columns)[field]
        assert len({text(row(up(host), layout, MOMENT))[start : start + taken] for host in hosts}) == len(hosts)


# ---------------------------------------------------------------- styles


def styles(status: HostStatus) -> set[Style]:
    return {span.style for span in row(status, AT_120, MOMENT) if span.text.strip()}


def test_state_and_name_of_a_host_in_trouble_carry_its_colour() -> None:
    spans = [span.text.strip() for span in row(down(ROUTER), AT_120, MOMENT) if span.style is Style.DOWN]
    assert spans == ["▼ down", "10.1.1.254", "✕✕✕"]


def test_a_taken_outage_is_dimmed_and_its_state_is_not_red() -> None:
    for status in (down(ROUTER, note="Ann"), muted(down(ROUTER), None)):
        line = row(status, AT_80, MOMENT)
        assert [span.style for span in line if span.text.startswith("✓ down")] == [Style.ACCENT]
        assert styles(status) == {Style.ACCENT, Style.DIM}, "its crosses too: red is for what nobody has taken"


# ---------------------------------------------------------------- for how long


def test_an_outage_is_not_measured_with_the_wall_clock() -> None:
    later = Instant(steady=NOW.steady + 60, wall=NOW.wall + 60 - HOUR)  # somebody set the clock back
    assert how_long(down(ROUTER, seconds=0), later, 7) == "1m"


def test_a_host_that_was_never_probed_is_in_no_state_for_no_time() -> None:
    assert how_long(HostStatus(ROUTER), NOW, 7) == ""


def test_a_long_time_is_said_in_one_unit_where_two_do_not_fit() -> None:
    status = up(ROUTER, since=NOW.wall - 400 * DAY - 23 * HOUR)
    assert how_long(status, NOW, 8) == "400d 23h"
    assert how_long(status, NOW, 7) == "400d"


# ---------------------------------------------------------------- mail


def test_nothing_is_said_about_mail_while_nothing_is_wrong() -> None:
    assert mail(up(ROUTER)) == ""


def test_when_a_mail_went_out_and_when_the_next_one_does() -> None:
    assert mail(down(ROUTER, seconds=862)) == "mailed, next 16:58"
    assert mail(down(ROUTER, seconds=862), 17) == "mailed → 16:58"
    assert mail(down(ROUTER, seconds=862), 13) == "mailed"


def test_of_an_old_mail_no_time_is_said_that_is_not_known_here() -> None:
    """When it was written is not when somebody got it, which the line of the selected host says: it asks the outbox."""
    status = judged(down(ROUTER, seconds=3 * DAY), next_mail=None)
    assert mail(status) == "mailed"


def test_a_failure_without_a_mail_stands_out() -> None:
    assert mail_phrase(down(ROUTER, mailed=False), NOW, MAIL_OK, 20).text == "not mailed yet"
    assert mail_phrase(down(ROUTER, mailed=False), NOW, MAIL_OK, 20).style is Style.SUSPECT


@pytest.mark.parametrize(
    ("doing", "full", "short"),
    [
        (
            MailStatus(MailHealth.WAITING, queued=1, next_try=NOW.wall + 60),
            "unsent 15:58, next try 16:14",
            "unsent 15:58",
        ),
        (MailStatus(MailHealth.OK, queued=1, delivered=NOW.wall - 2000), "unsent 15:58", "unsent 15:58"),
        (MailStatus(MailHealth.HELD, queued=1), "stuck since 15:58", "stuck 15:58"),
        (MailStatus(MailHealth.OFF), "mail is off", "mail is off"),
        (MailStatus(MailHealth.WAITING, queued=1, delivered=NOW.wall), "mailed, next 16:58", "mailed"),
    ],
)
def test_a_mail_that_has_not_been_delivered_is_not_called_sent(doing: MailStatus, full: str, short: str) -> None:
    assert mail(down(ROUTER), 30, doing) == full
    assert mail(down(ROUTER), 13, doing) == short


def test_an_acknowledgement_without_a_note() -> None:
    assert mail(down(ROUTER, note="")) == "acknowledged"
    assert mail(down(ROUTER, note="", by="ann")) == "acknowledged by ann"


def test_an_acknowledgement_says_whose_it_is_where_there_is_room() -> None:
    taken = down(ROUTER, note="power supply", by="ann")
    assert mail(taken, 40) == "acknowledged by ann: power supply"
    assert mail(taken, 30) == "acknowledged by ann"
    assert mail(taken, 13) == "acknowledged"
    assert mail(muted(taken, None), 40) == "acknowledged by ann, muted"
    assert mail(muted(taken, None), 20) == "acknowledged, muted"


def test_a_mute_with_and_without_an_end() -> None:
    assert mail(muted(down(ROUTER), HOUR)) == "muted until 17:13"
    assert mail(muted(down(ROUTER), None)) == "muted"


def test_a_mute_that_has_ended_is_not_shown_any_more() -> None:
    assert mail(muted(down(ROUTER), -1)) == "mailed, next 16:58"


def test_a_host_nobody_wants_mail_about() -> None:
    assert mail(down(replace(ROUTER, mail=False))) == "wants no mail"


def test_a_flapping_host_that_is_up_just_now() -> None:
    status = judged(up(ROUTER), mark=Mark(ROUTER.name, flapping_since=NOW))
    assert mail(status) == "flapping"


def test_a_flapping_host_is_not_said_to_wait_for_a_mail() -> None:
    flapping = Mark(ROUTER.name, flapping_since=NOW)
    assert mail(judged(down(ROUTER, mailed=False), mark=flapping)) == "flapping"
    assert mail(judged(down(ROUTER, mailed=False, note="Ann"), mark=flapping)) == "acknowledged: Ann"
    assert mail(judged(down(ROUTER), mark=flapping)).startswith("mailed")


def test_an_outage_that_is_taken_says_so_though_the_host_is_muted() -> None:
    both = muted(down(ROUTER, note="Ann"), None)
    assert mail(both) == "acknowledged, muted"
    assert mail(both, 13) == "ack, muted"
    assert mail(muted(down(ROUTER, note="Ann"), 3 * 3600), 40) == "acknowledged, muted until 19:13"


def test_a_muted_host_says_why_where_there_is_room() -> None:
    router = mutes().statuses[0]
    assert mail(router, 40) == "muted until 19:13: cabling"
    assert mail(router, 20) == "muted until 19:13"
    assert mail(router, 13) == "◌ until 19:13"


def test_a_host_that_is_muted_with_another_one_names_it() -> None:
    behind, up_behind = mutes().statuses[1:3]
    assert mail(behind, 40) == mail(up_behind, 40) == "muted with 10.1.1.254"
    assert mail(behind, 13) == "muted, parent"


def test_a_planned_mute_says_when_it_begins() -> None:
    printer = mutes().statuses[3]
    assert mail(printer, 40) == "muted from Sat 22:00"
    assert mail(printer, 13) == "◌ Sat 22:00"


def test_until_it_begins_a_failure_says_what_is_mailed_of_it() -> None:
    mark = mutes().statuses[3].standing.mark
    assert mail(judged(down(ROUTER), mark=mark)).startswith("mailed")


def test_the_shortest_phrase_is_taken_when_none_fits() -> None:
    assert (
        mail(unreachable(SWITCH, ROUTER.name), 3)
        == mail_phrases(unreachable(SWITCH, ROUTER.name), NOW, MAIL_OK)[-1].text
    )


# ---------------------------------------------------------------- titles, headings, details


def test_an_arrow_marks_the_column_that_decides_the_order() -> None:
    assert "RTT↓" in text(titles(AT_120, Order(Field.RTT)))
    assert "RTT↑" in text(titles(AT_120, Order(Field.RTT, reverse=True)))
    assert "Host↑" in text(titles(AT_120, Order(Field.HOST)))
    assert text(titles(AT_120)).startswith(" State↓ ")


def test_titles_are_shortened_to_another_word_rather_than_cut() -> None:
    assert text(titles(AT_60)).split() == ["State↓", "Host", "About", "For", "Mail"]


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({State.UP: 31}, "31 up"),
        ({State.DOWN: 2, State.UP: 29}, "2 of 31 down"),
        ({State.DOWN: 1, State.UNREACHABLE: 2, State.UP: 1}, "1 of 4 down, 2 behind"),
        ({State.DOWN: 3}, "3 down"),
        ({State.PENDING: 3}, "3 pending"),
    ],
)
def test_a_heading_says_what_is_wrong_in_its_group(counts: dict[State, int], said: str) -> None:
    line = heading(Heading(TableSection("Building 406", Part.TROUBLE), counts), 60)
    assert width(line) == 60
    assert text(line).split("  ")[0] == " ▾ Building 406"
    assert text(line).endswith(said)


def test_a_heading_tells_what_nobody_has_taken_from_what_is_handled() -> None:
    counts = {State.DOWN: 3, State.UP: 4}
    some, every = (heading(Heading(TableSection("B", Part.TROUBLE), counts, handled=n), 60) for n in (1, 3))
    assert text(some).endswith("3 of 7 down, 1 handled")
    assert text(every).endswith("3 of 7 down, all handled")
    styles = [span.style for line in (some, every) for span in line if "7 down" in span.text]
    assert styles == [
        Style.DOWN,
        Style.ACCENT,
    ]


def test_a_folded_heading_says_so_without_colour() -> None:
    section = TableSection("Building 406", Part.CALM)
    assert text(heading(Heading(section, {State.UP: 2}, folded=True), 30)).startswith(" ▸ Building 406")
    assert text(heading(Heading(section, {State.UP: 2}), 30, Lead.SELECTED)).startswith("▌▾ Building 406")


def test_the_heading_of_hosts_without_a_group() -> None:
    assert text(heading(Heading(TableSection("", Part.CALM), {State.UP: 1}), 30)).startswith(" ▾ No group")


def test_the_details_say_since_when_and_why() -> None:
    assert text(detail_line(down(ROUTER), NOW, MAIL_OK, {}, 120)) == (
        " 10.1.1.254  Cisco Router, Bldg 6 MDF 101  ▼ down since 15:58: no reply to 3 attempts  mailed, next 16:58"
    )


def test_a_suspect_is_not_mistaken_for_a_host_that_is_down() -> None:
    silent = probed(up(ROUTER), rtt=None, reason="no reply to 3 attempts")
    suspect = judged(silent, state=State.SUSPECT, since=NOW.wall - 7)
    shown = text(detail_line(suspect, NOW, MAIL_OK, {}, 140))
    assert shown.endswith("▽ suspect since 16:13, not down yet: no reply to 3 attempts  the monitor looks again")
    assert why(suspect) == "not down yet: no reply to 3 attempts"
    assert why(down(ROUTER)) == "no reply to 3 attempts"


def test_the_details_name_the_address_and_what_is_odd_about_it() -> None:
    status = probed(up(HOSTS[6]), address="10.1.3.25", note="name service is down, using its last address")
    shown = text(detail_line(status, NOW, MAIL_OK, {}, 140))
    assert shown.startswith(" mail.company.net = 10.1.3.25  Mail server")
    assert shown.endswith("name service is down, using its last address")


def drawn(history: tuple[float, ...], size: int) -> str:
    return "".join(span.text for span in sweep_bar(history, size))


def test_a_host_at_its_usual_draws_a_flat_line_however_fast_it_is() -> None:
    assert drawn((0.0004,) * 8, 8) == drawn((0.23,) * 8, 8) == "▁" * 8


def test_the_slower_against_the_usual_the_higher() -> None:
    usual = (0.01,) * 9
    times = (1, 1.5, 2, 3, 4, 6, 8, 12)
    assert drawn((*usual, *(0.01 * factor for factor in times)), 8) == "▁▂▃▄▅▆▇█"


def test_microseconds_of_jitter_are_no_hills() -> None:
    assert drawn((0.00001, 0.00001, 0.00005), 3) == "▁▁▁"


def test_losses_and_gaps_are_told_apart_without_colours() -> None:
    assert drawn((0.01, math.inf, math.nan, 0.01), 4) == "▁✕·▁"


def test_the_newest_sweeps_stand_at_the_right_end() -> None:
    assert drawn((0.01, 0.01, math.inf), 2) == "▁✕"
    assert drawn((0.01, math.inf), 5) == "   ▁✕"
    assert drawn((), 3) == "   "


@pytest.mark.parametrize("size", [0, 1, 5, 60, 80])
def test_a_bar_is_exactly_as_wide_as_asked(size: int) -> None:
    assert width(sweep_bar((0.01, math.inf) * 30, size)) == size


def test_cells_of_one_tone_are_one_piece() -> None:
    styles = [span.style for span in sweep_bar((0.01,) * 5 + (math.inf,) * 3 + (0.09,), 9)]
    assert styles == [Style.DIM, Style.DOWN, Style.SUSPECT]


def test_the_usual_is_the_median_and_knows_neither_losses_nor_gaps() -> None:
    assert usual_of((0.01, 0.9, 0.02, math.inf, math.nan)) == 0.02
    assert usual_of((math.inf,)) == 0.0


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ((0.01, 0.01), "0 %"),
        ((0.01, math.inf), "50 %"),
        ((math.inf, math.inf), "100 %"),
        ((0.01, math.nan, math.inf, math.nan), "50 %"),
        ((math.nan,), ""),
        ((), ""),
        ((*((0.01,) * 599), math.inf), "1 %"),
        ((*((math.inf,) * 599), 0.01), "99 %"),
    ],
)
def test_loss_counts_watched_sweeps_only_and_is_never_rounded_away(history: tuple[float, ...], said: str) -> None:
    assert loss_text(history) == said


def test_without_a_watched_sweep_there_is_no_loss() -> None:
    assert loss((math.nan,)) is None
