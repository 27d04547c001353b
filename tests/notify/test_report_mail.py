"""The mail about a month: as much of the report as a mail holds, and as the server takes."""

from dataclasses import replace

import pytest

from conntest_tui.model import Host, Notification, NotificationKind
from conntest_tui.model.notifications import WrittenMail
from conntest_tui.notify.channel import MessageHead
from conntest_tui.notify.mail_drafts import LARGEST, Draft, arrange, compose
from conntest_tui.notify.mime import write_mail
from conntest_tui.notify.report_mail import report_mail
from conntest_tui.reports.calendar_month import Month
from conntest_tui.reports.month_report import GroupLine, HostLine, MonthReport
from conntest_tui.reports.report_figures import Figures, ReportedOutage
from tests.fakes import NOON
from tests.notify.mail_samples import FAILED

BAD = Figures(sweeps=8928, failed=9, raw_sweeps=8928, raw_failed=9, watched=2_678_400, outages=1, down=2700.0)


def report(hosts: int, name: str = "Drücker") -> MonthReport:
    lines = tuple(
        HostLine(Host(f"10.0.{n // 250}.{n % 250}", f"{name} {n}"), f"Büro {n // 20}", BAD) for n in range(hosts)
    )
    groups = tuple(GroupLine(f"Büro {n}", 20, BAD) for n in range(-(-hosts // 20)))
    outages = tuple(
        ReportedOutage(line.host.name, NOON, NOON + 2700, 2700.0, 2700.0, 2700.0, 2700.0, None, "no reply", None, None)
        for line in lines
    )
    return MonthReport(
        Month(2026, 9),
        NOON,
        NOON + 2_678_400,
        True,
        NOON - 1e6,
        BAD,
        groups,
        lines,
        outages,
    )


def notification(written: WrittenMail) -> Notification:
    return Notification(
        NotificationKind.REPORT, NOON, host="report 2026-09", reason="2026-09", written=written, steady=NOON, id=9
    )


def draft(written: WrittenMail, largest: int = LARGEST) -> Draft:
    (episodes,) = arrange([notification(written)], late=True, digest_above=0)
    return compose(episodes, NOON, late=True, renotify=3600.0, largest=largest)


def test_a_small_one_is_whole() -> None:
    found = draft(report_mail(report(3)))
    assert (found.kind, found.subject) == ("monthly report", "[REPORT] September 2026: 99.899 %, 1 outage")
    assert "more" not in found.text
    assert found.text.count("Drücker") == found.html.count("Drücker") == 6
    assert found.text.endswith("Written by conntest-tui.\n")
    assert found.html.endswith("<p class='dim'>Written by conntest-tui.</p>\n</body></html>\n")


@pytest.mark.parametrize("hosts", [200, 1_000])
def test_a_large_one_is_cut_and_says_where_the_rest_is(hosts: int) -> None:
    found = draft(report_mail(report(hosts)))
    assert found.size <= LARGEST
    assert found.html
    assert "Drücker 4" in found.text, "the worst are there"
    assert f"... and {hosts - found.text.count('Drücker') // 2:,} more" in found.text
    assert "conntest-tui report --month 2026-09" in found.text.replace("\n", " ")


@pytest.mark.parametrize("most", [30_000, 12_000, 6_000])
def test_what_a_server_takes_is_not_exceeded(most: int) -> None:
    written = report_mail(report(1_000))
    head = MessageHead("monitor@company.net", ["noc@company.net"], "<report-2026-09.0123@company.net>", [], NOON)
    found, content = write_mail(lambda largest: draft(written, largest), head, most)
    assert len(content) <= most
    assert found.html == ""
    assert found.text.startswith("Availability in September 2026\n")
    end = "Written by conntest-tui.\n" if most > 20_000 else "... and more: conntest-tui report --month 2026-09\n"
    assert found.text.endswith(end)


def test_it_is_a_mail_of_its_own_behind_the_news() -> None:
    mine = notification(report_mail(report(3)))
    for late in (True, False):
        mails = arrange([mine, replace(FAILED, id=10)], late=late, digest_above=0)
        assert [episodes[-1].kind.value for episodes in mails] == ["down", "monthly report"]
