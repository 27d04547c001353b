"""The lines of the pages: outages, mails, settings, large figures; pure functions."""

from dataclasses import replace

import pytest

from conntest_tui.model import Event, EventKind, HostStatus, MailStatus
from conntest_tui.model.query_results import Availability, DeliveryState, OutboxEntry
from conntest_tui.tui.screens.details_text import (
    availability_line,
    mail_line,
    outage_line,
    section,
    state_line,
    title_line,
    trace_line,
)
from conntest_tui.tui.screens.outbox import (
    can_be_discarded,
    delivery_lines,
    mail_headline,
    message_line,
    outbox_line,
    outbox_titles,
    standing,
)
from conntest_tui.tui.screens.settings import setup_lines
from conntest_tui.tui.screens.wall import HEIGHT, big, big_counts
from conntest_tui.tui.styled_text import Spans, Style, width
from conntest_tui.tui.table.arrangement import make_board
from tests.fakes import NOON
from tests.tui.page_scenes import delivery, mails, report, setup
from tests.tui.scenes import DAY, HOSTS, MAIL_OK, NOW, down, everything_up, probed, trouble, up

SIZES = (250, 120, 80, 60, 20)


def text(line: Spans) -> str:
    return "".join(span.text for span in line)


# ---------------------------------------------------------------- the host


def test_a_host_in_trouble_says_since_when_and_why() -> None:
    assert text(state_line(down(HOSTS[0]), NOW, 80)) == " ▼ down for 14m 22s, since 15:58: no reply to 3 attempts"


def test_a_host_that_answers_says_how_fast() -> None:
    assert text(state_line(up(HOSTS[0]), NOW, 80)) == " ● up for 12d, since 2026-09-09 16:13  0.41 ms"


def test_a_short_watch_says_how_short_it_was_where_losses_do_not_fit() -> None:
    line = text(availability_line([Availability(477, 49)] * 3, 80))
    assert line.rstrip() == " Sweeps answered   24 h 89.72 %     7 d 89.72 %     30 d 89.72 %  of 477 sweeps"


def test_a_host_says_where_it_is_and_its_other_names() -> None:
    status = probed(up(HOSTS[6]), address="10.1.3.25")
    assert text(title_line(status, 90)).split("  ")[0] == " mail.company.net = 10.1.3.25"
    assert text(title_line(status, 90)).endswith("Bldg 2 rack A4, Headquarters ")


def test_a_host_says_what_hosts_csv_says_of_it_alone() -> None:
    host = replace(HOSTS[1], attempts=5, timeout=0.5, line=17)
    line = text(mail_line(up(host), MailStatus(), NOW, 120))
    assert line.startswith(" mail: nothing to report ")
    assert line.endswith(" line 17 of hosts.csv, reached through 10.1.1.254, 5 attempts, 0.5 s each ")


def test_availability_is_rounded_down_and_says_what_it_counts() -> None:
    found = (Availability(288), Availability(100_000, 1), Availability())
    line = text(availability_line(found, 120))
    assert "24 h 100.00 % 0 of 288 lost" in line
    assert "7 d 99.99 % 1 of 100000 lost" in line
    assert line.endswith("30 d not watched")
    assert "of 288" not in text(availability_line(found, 70))


def test_before_anything_is_known_availability_says_so() -> None:
    assert text(availability_line((), 80)).endswith("nothing is known yet")


def test_outages_say_how_long_they_lasted_and_who_was_told() -> None:
    going_on, short, taken, unmailed = (text(outage_line(outage, NOW, 120)) for outage in report().outages)
    assert going_on.split() == [
        "15:58",
        *["14m", "22s", "so", "far:", "no", "reply", "to", "3", "attempts", "1", "mail"],
    ]
    assert short.split() == ["06:13", "30m", "no", "reply", "to", "3", "attempts", "2", "mails"]
    assert taken.endswith("2 mails, acknowledged: new power supply")
    assert unmailed.endswith("no mail")


def test_an_outage_is_measured_on_the_steady_clock() -> None:
    outage = report().outages[0]
    assert " 14m 22s " in text(outage_line(outage, replace(NOW, wall=NOON + DAY), 120))


def test_the_trace_says_what_happened_and_why_mail_was_written_but_not_whose_page_it_is() -> None:
    event = Event(NOON - 60, EventKind.FAILED, "10.1.1.254 Cisco Router failed: no reply", mail="mailed: first failure")
    line = trace_line(event, HOSTS[0], NOW, 100)
    assert text(line) == " 16:12:20 ▼ failed: no reply  mailed: first failure"
    assert line[-1].style is Style.ACCENT
    assert text(trace_line(replace(event, at=NOON - 3 * DAY), HOSTS[0], NOW, 100)).startswith(" 2026-09-18 16:13 ▼")


@pytest.mark.parametrize(("count", "said"), [(0, "none"), (3, "3"), (50, "the newest 50")])
def test_a_section_says_how_much_of_it_there_is(count: int, said: str) -> None:
    assert text(section("Outages", count, 50)) == f" Outages  {said}"


# ---------------------------------------------------------------- mails


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((), "○ waiting"),
        ((DeliveryState.SENT, DeliveryState.SENT), "✓ sent"),
        ((DeliveryState.SENT, DeliveryState.QUEUED), "… queued 1/2"),
        ((DeliveryState.HELD, DeliveryState.REFUSED, DeliveryState.REFUSED), "✕ refused 2/3"),
        ((DeliveryState.WITHDRAWN,), "↺ taken back"),
    ],
)
def test_a_mail_is_as_far_as_the_delivery_that_needs_somebody_most(
    states: tuple[DeliveryState, ...], said: str
) -> None:
    deliveries = tuple(delivery(f"{at}@x.org", state) for at, state in enumerate(states))
    assert standing(OutboxEntry(1, None, "down", "[DOWN]", NOON, deliveries)).text == said


def test_every_state_of_a_delivery_has_a_look() -> None:
    for state in DeliveryState:
        assert standing(OutboxEntry(1, None, "down", "[DOWN]", NOON, (delivery("a@x.org", state),))).text


def test_only_what_somebody_may_still_get_or_has_lost_can_be_discarded() -> None:
    found = {standing(entry).text: can_be_discarded(entry) for entry in mails()}
    assert found == {
        "○ waiting": True,
        "… queued 1/2": True,
        "! held": True,
        "✕ refused": True,
        "✓ sent": False,
        "× discarded": False,
    }


def test_a_line_of_the_outbox_has_everything_where_there_is_room() -> None:
    line = text(outbox_line(mails()[1], NOW, 200))
    assert line.split("  ")[0] == " … queued 1/2"
    for told in ("14m 21s", "down", " 4 ", "16:15:07", "2: admin@company.net", "[DOWN] Cisco Router"):
        assert told in line


def test_a_try_that_is_due_is_now() -> None:
    entry = OutboxEntry(1, None, "down", "[DOWN]", NOON, (delivery("a@x.org", DeliveryState.QUEUED, wait=0),))
    assert " now  " in text(outbox_line(entry, NOW, 80))


@pytest.mark.parametrize("size", SIZES)
def test_no_line_is_wider_than_its_room(size: int) -> None:
    for entry in mails():
        assert width(outbox_line(entry, NOW, size)) <= size
        assert width(message_line(entry, NOW, size)) <= size
    for status in trouble().statuses:
        assert width(state_line(status, NOW, size)) <= size
        assert width(title_line(status, size)) == size
        assert width(mail_line(status, MAIL_OK, NOW, size)) == size
    assert width(mail_headline(trouble().mail, NOW, size)[0]) <= size
    assert all(width(line) <= size for line in big_counts(make_board(trouble()), NOW, size))


@pytest.mark.parametrize("size", SIZES[:3])
def test_the_titles_stand_above_their_columns(size: int) -> None:
    title, line = text(outbox_titles(size)), text(outbox_line(mails()[1], NOW, size))
    assert title.index("Subject") == line.index("[DOWN]")
    assert title.index("Next try") + 8 == line.index("16:15:07") + 8


def test_the_servers_last_words_are_told_for_each_recipient() -> None:
    head, sent, queued = delivery_lines(mails()[1], NOW)
    assert text(head) == " [DOWN] Cisco Router (10.1.1.254) - Bldg 6 MDF 101  down, written 15:58"
    assert text(sent).split() == ["✓", "sent", "admin@company.net", "1", "try,", "15:59", "250", "2.0.0", "Ok"]
    assert "4 tries, next 16:15:07, may have arrived  451 4.7.1 greylisted" in text(queued)


def test_a_notification_says_that_no_mail_is_written_of_it_yet() -> None:
    assert "It is written when mail works again" in text(delivery_lines(mails()[0], NOW)[1])


# ---------------------------------------------------------------- settings


def test_problems_come_first_and_every_setting_says_where_its_value_comes_from() -> None:
    lines = [text(line) for line in setup_lines(setup(warnings=["creds.csv: readable"]), everything_up(), 100)]
    assert lines[:2] == [" Problems  none", " ▽ creds.csv: readable"]
    assert any(line.split() == ["State", "/var/lib/conntest,", "3.2", "MB"] for line in lines)
    assert any(line.startswith(" failures") and "settings.toml:4" in line for line in lines)
    assert any(line.startswith(" interval") and "default" in line for line in lines)


def test_broken_files_are_told_with_every_problem_and_once() -> None:
    snapshot = replace(everything_up(), problems=("configuration: hosts.csv:17: …", "mail: 451 later"))
    broken = setup("hosts.csv:17: 10.1.1.300 is not an address; mend it", "settings.toml:3: not TOML; mend it")
    lines = [text(line) for line in setup_lines(broken, snapshot, 100)]
    assert lines[:5] == [
        " Problems  3",
        "   The files on disk are broken; what is below stays in force.",
        " ! mail: 451 later",
        " ! hosts.csv:17: 10.1.1.300 is not an address; mend it",
        " ! settings.toml:3: not TOML; mend it",
    ]


def test_a_long_problem_takes_as_many_lines_as_it_needs() -> None:
    words = " ".join(f"word{number}" for number in range(40))
    lines = [text(line) for line in setup_lines(setup(words), everything_up(), 40)][2:]
    told = " ".join(line[3:] for line in lines[: lines.index("")])
    assert told == words
    assert all(len(line) <= 40 for line in lines[: lines.index("")])


# ---------------------------------------------------------------- figures


def test_figures_are_three_lines_of_one_width() -> None:
    lines = big("0123456789:")
    assert len(lines) == HEIGHT
    assert len({len(line) for line in lines}) == 1


def test_the_calmer_the_smaller_terminal_leaves_out_mail_then_names_then_the_time() -> None:
    board = make_board(trouble())
    wide, middle, narrow = (big_counts(board, NOW, size) for size in (160, 125, 60))
    assert "mail ok" in text(wide[1])
    assert "mail ok" not in text(middle[1])
    assert "unreachable" in text(middle[1])
    assert "unreachable" not in text(narrow[1])
    assert "▼" in text(narrow[0])


def test_a_pending_host_has_a_page_too() -> None:
    status = HostStatus(HOSTS[0])
    assert text(state_line(status, NOW, 80)) == " ○ pending"
