"""The lines about one host, and the width of every line of every page; pure functions."""

from dataclasses import replace

import pytest

from conntest_tui.model import Event, EventKind, Host, HostStatus, MailStatus
from conntest_tui.model.query_results import PERIODS, Availability
from conntest_tui.tui.screens.details_text import (
    availability_line,
    mail_lines,
    message_lines,
    mute_lines,
    outage_lines,
    section,
    state_lines,
    title_lines,
    trace_lines,
)
from conntest_tui.tui.screens.outbox import mail_headline, outbox_line, recipients_width
from conntest_tui.tui.screens.wall_text import big_counts
from conntest_tui.tui.styled_text import Style, width
from conntest_tui.tui.table.arrangement import make_board
from tests.fakes import NOON
from tests.tui.page_scenes import mails, report
from tests.tui.scenes import DAY, HOSTS, MAIL_OK, NOW, down, muted, mutes, probed, trouble, unreachable, up
from tests.tui.seat import WIDTHS, text


def test_a_host_in_trouble_says_since_when_and_why() -> None:
    assert text(state_lines(down(HOSTS[0]), (), NOW, 80)[0]) == (
        " ▼ down for 14m 22s, since 15:58: no reply to 3 attempts  Nobody has taken it."
    )


def test_a_host_that_answers_says_how_fast() -> None:
    assert text(state_lines(up(HOSTS[0]), (), NOW, 80)[0]) == " ● up for 12d, since 2026-09-09 16:13  0.41 ms"


def test_a_short_watch_says_how_short_it_was_where_losses_do_not_fit() -> None:
    line = text(availability_line([Availability(477, 49)] * 3, 80))
    assert line.rstrip() == " Sweeps answered   24 h 89.72 %     7 d 89.72 %     30 d 89.72 %  of 477 sweeps"


def test_a_host_says_where_it_is_and_its_other_names() -> None:
    status = probed(up(HOSTS[6]), address="10.1.3.25")
    assert text(title_lines(status, 90)[0]).split("  ")[0] == " mail.company.net = 10.1.3.25"
    assert text(title_lines(status, 90)[0]).endswith("Bldg 2 rack A4, Headquarters ")


def test_a_host_says_what_hosts_csv_says_of_it_alone() -> None:
    host = replace(HOSTS[1], attempts=5, timeout=0.5, line=17)
    line = text(mail_lines(up(host), (), MailStatus(), NOW, 120)[0])
    assert line.startswith(" mail: nothing to report ")
    assert line.endswith(" line 17 of hosts.csv, reached through 10.1.1.254, 5 attempts, 0.5 s each ")


def test_availability_is_rounded_down_and_says_what_it_counts() -> None:
    found = (Availability(288), Availability(100_000, 1), Availability())
    line = text(availability_line(found, 120))
    assert "24 h 100.00 % 0 of 288 lost" in line
    assert "7 d 99.99 % 1 of 100000 lost" in line
    assert line.endswith("30 d not watched")
    assert "of 288" not in text(availability_line(found, 70))


def test_what_nobody_watched_is_said_where_it_is_much() -> None:
    found = (Availability(250, unwatched=3 * 3600.0), Availability(1900, unwatched=3 * 3600.0), Availability(8000))
    line = text(availability_line(found, 160))
    assert "24 h 100.00 % 0 of 250 lost, 3 h not watched" in line
    assert "7 d 100.00 % 0 of 1900 lost, 3 h not watched" in line
    assert line.endswith("30 d 100.00 % 0 of 8000 lost")
    little = (Availability(288, unwatched=60.0), Availability(2000), Availability(8000))
    assert "not watched" not in text(availability_line(little, 140))


def test_a_new_monitor_says_for_how_long_it_has_watched() -> None:
    found = [Availability(40, unwatched=period - 1200.0) for period in PERIODS]
    assert "not watched" not in text(availability_line(found, 120))
    assert text(availability_line(found, 100)).endswith("of 40 sweeps in 20m")


def test_planned_time_stands_apart() -> None:
    found = (Availability(), Availability(2000, 16, planned=3 * 3600.0), Availability(8000, 16, planned=90_000.0))
    line = text(availability_line(found, 140))
    assert "7 d 99.20 % 16 of 2000 lost, 3 h planned" in line
    assert "30 d 99.80 % 16 of 8000 lost, 1 d 1 h planned" in line
    assert "7 d 99.20 %, 3 h planned" in text(availability_line(found, 90))
    assert text(availability_line(found, 75)).rstrip().endswith("7 d 99.20 %  30 d 99.80 %, 1 d 1 h planned")
    assert text(availability_line(found, 60)).rstrip().endswith("7 d 99.20 %  30 d 99.80 %")
    nothing_else = text(availability_line([Availability(planned=86400.0)] * 3, 160))
    assert "24 h not watched otherwise, 1 d planned" in nothing_else


def test_the_mutes_of_a_host_say_when_who_and_why() -> None:
    router, _, _, printer, *_ = mutes().statuses
    assert [text(line).strip() for line in mute_lines(router.standing.mark, NOW, 120)] == [
        "now until 19:13, anna: cabling",
        "Sat 26 Sep 22:00 - Sun 27 Sep 04:00 CEST (6 h), anna: new firmware",
    ]
    assert text(mute_lines(printer.standing.mark, NOW, 120)[1]).strip() == (
        "from Sat 3 Oct 22:00 CEST until it is unmuted, bob"
    )
    assert mute_lines(None, NOW, 120) == []


def test_before_anything_is_known_availability_says_so() -> None:
    assert text(availability_line((), 80)).endswith("nothing is known yet")


def test_outages_say_how_long_they_lasted_and_who_was_told() -> None:
    going_on, short, taken, last = (text(outage_lines(outage, (), NOW, 120)[0]) for outage in report().outages)
    assert going_on.split() == [
        "15:58",
        *["14m", "22s", "so", "far:", "no", "reply", "to", "3", "attempts", "1", "mail"],
    ]
    assert short.split() == ["06:13", "30m", "no", "reply", "to", "3", "attempts", "2", "mails"]
    assert taken.endswith("no mail, acknowledged by ann: new power supply")
    nameless = replace(report().outages[2], acknowledged_by="")
    assert text(outage_lines(nameless, (), NOW, 120)[0]).endswith("no mail, acknowledged: new power supply")
    assert last.endswith("2 mails")


def test_an_open_outage_says_when_its_mail_has_not_got_to_everybody() -> None:
    outage = report().outages[0]
    assert text(outage_lines(outage, mails()[1:], NOW, 120)[0]).endswith("1 mail, retrying")
    assert text(outage_lines(outage, mails()[4:], NOW, 120)[0]).endswith("1 mail")


def head(status: HostStatus, *events: Event) -> str:
    return " ".join(text(line).rstrip() for line in state_lines(status, events, NOW, 200))


def test_who_has_taken_an_outage_is_said_and_when_or_that_nobody_has() -> None:
    assert head(down(HOSTS[0])).endswith("  Nobody has taken it.")
    assert head(muted(down(HOSTS[0]), DAY)).endswith("  Nobody has taken it; it is muted.")
    for other in (up(HOSTS[0]), unreachable(HOSTS[1], HOSTS[0].name)):
        assert "taken" not in head(other)
    assert head(down(HOSTS[0], note="new fan")).endswith("  ✓ acknowledged: new fan")
    status = down(HOSTS[0], note="new fan", by="ann")
    taken = Event(NOON - 60, EventKind.ACKNOWLEDGED, "10.1.1.254 acknowledged", outage=1)
    older = Event(NOON - DAY, EventKind.ACKNOWLEDGED, "10.1.1.254 Cisco Router acknowledged by bob: other", outage=7)
    assert head(status, taken, older).endswith("  ✓ acknowledged by ann: new fan (16:12)")
    assert head(status, older).endswith("  ✓ acknowledged by ann: new fan"), "since when is not known"
    assert "bob" not in head(down(HOSTS[0]), older), "it was another outage"


def test_red_is_what_nobody_has_taken() -> None:
    untaken, *handled = down(HOSTS[0]), down(HOSTS[0], note="new fan"), muted(down(HOSTS[0]), DAY)
    assert head(untaken).startswith(" ▼ down for ")
    assert Style.DOWN in {
        line.style for line in (*title_lines(untaken, 200)[0], *state_lines(untaken, (), NOW, 200)[0])
    }
    for status in handled:
        assert head(status).startswith(" ✓ down for ")
        spans = (*title_lines(status, 200)[0], *state_lines(status, (), NOW, 200)[0])
        assert Style.DOWN not in {span.style for span in spans}


def test_a_mail_says_who_got_it_and_why_somebody_did_not() -> None:
    lines = [text(line) for line in message_lines(mails()[1], NOW, 120)]
    assert lines == [
        " 15:58             … retrying   [DOWN] Cisco Router (10.1.1.254) - Bldg 6 MDF 101",
        "    ✓ admin@company.net 15:59; … noc@company.net: 451 4.7.1 greylisted, come back in five minutes",
    ]


def test_an_outage_is_measured_on_the_steady_clock() -> None:
    outage = report().outages[0]
    assert " 14m 22s " in text(outage_lines(outage, (), replace(NOW, wall=NOON + DAY), 120)[0])


def test_the_trace_says_what_happened_and_why_mail_was_written_but_not_whose_page_it_is() -> None:
    event = Event(NOON - 60, EventKind.FAILED, "10.1.1.254 Cisco Router failed: no reply", mail="mailed: first failure")
    (line,) = trace_lines(event, HOSTS[0], NOW, 100)
    assert text(line) == " 16:12:20 ▼ failed: no reply  mail: first failure"
    assert line[-1].style is Style.ACCENT
    assert text(trace_lines(replace(event, at=NOON - 3 * DAY), HOSTS[0], NOW, 100)[0]).startswith(" 2026-09-18 16:13 ▼")


@pytest.mark.parametrize(("count", "said"), [(0, "none"), (3, "3"), (50, "the newest 50")])
def test_a_section_says_how_much_of_it_there_is(count: int, said: str) -> None:
    assert text(section("Outages", count, 50)) == f" Outages  {said}"


@pytest.mark.parametrize("size", WIDTHS)
def test_no_line_is_wider_than_its_room(size: int) -> None:
    for entry in mails():
        assert width(outbox_line(entry, MAIL_OK, NOW, recipients_width(mails(), size), size)) <= size
        assert all(width(line) <= size for line in message_lines(entry, NOW, size))
    for status in trouble().statuses:
        head = (
            state_lines(status, (), NOW, size),
            title_lines(status, size),
            mail_lines(status, mails(), MAIL_OK, NOW, size),
        )
        assert max(width(line) for lines in head for line in lines) <= size
    assert all(width(line) <= size for line in mail_headline(trouble().mail, NOW, size))
    assert all(width(line) <= size for line in big_counts(make_board(trouble()), NOW, size))


def test_a_pending_host_has_a_page_too() -> None:
    status = HostStatus(HOSTS[0])
    assert text(state_lines(status, (), NOW, 80)[0]) == " ○ pending"


def test_what_is_long_wraps_and_nothing_of_it_is_lost() -> None:
    host = Host(
        "10.1.1.1", "Access switch of the second floor MDF 101", "Building 406, behind the boiler room, left", "A"
    )
    lines = [text(line) for line in title_lines(up(host), 40)]
    assert lines == [
        " 10.1.1.1  Access switch of the second ",
        " floor MDF 101",
        " Building 406, behind the boiler room, ",
        " left, A ",
    ]
    outage = replace(report().outages[0], reason="no reply to 3 attempts, and the name service does not answer either")
    first, second, *_ = (text(line) for line in outage_lines(outage, (), NOW, 70))
    assert first.endswith("so far: no reply to 3 attempts, and the ")
    assert second.startswith(" " * 30 + "name service does not answer either")
