"""The mail about a month: as much of the report as a mail holds, and as the server takes."""

from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from conntest_tui.config import Delivery, Tls
from conntest_tui.model import Host, Notification, NotificationKind
from conntest_tui.model.notifications import WrittenMail
from conntest_tui.notify.channel import MessageHead
from conntest_tui.notify.mail_account import Account
from conntest_tui.notify.mail_drafts import LARGEST, Draft, arrange, compose
from conntest_tui.notify.mime import write_mail
from conntest_tui.notify.report_mail import report_mail, send_report
from conntest_tui.notify.smtp_channel import SmtpChannel
from conntest_tui.reports.calendar_month import Month
from conntest_tui.reports.month_report import GroupLine, HostLine, MonthReport
from conntest_tui.reports.report_figures import Figures, ReportedOutage
from tests.fakes import NOON
from tests.notify.mail_samples import FAILED
from tests.notify.smtp_model import BEHAVIOURS, Fault, ModelConnector, Server
from tests.notify.test_smtp_channel import SENDER, people

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


# ---------------------------------------------------------------- sent by hand

ACCOUNT = Account(Delivery.SMTP, SENDER, people(3), "mail.example", 25, Tls.NONE, "monitor.example")


def sent(server: Server, found: MonthReport) -> list[bool]:
    """Send a report; return whether it was accepted, for each recipient."""
    channel = SmtpChannel(ACCOUNT, connector=ModelConnector(server))
    return [answer.accepted for answer in send_report(ACCOUNT, channel, found, NOON)]


def test_by_hand_it_is_the_same_mail_for_all_and_says_what_that_of_the_first_says() -> None:
    server, found = Server(), report(3)
    assert sent(server, found) == [True] * 3
    assert [recipient for recipient, _ in server.taken] == list(people(3))
    (content,) = {content for _, content in server.taken}
    mail = message_from_bytes(content.replace(b"\r\n..", b"\r\n."), policy=policy.default)  # RFC 5321, section 4.5.2
    monthly = draft(report_mail(found))
    assert (mail["Subject"], mail["To"]) == (monthly.subject, ", ".join(people(3)))
    said = [part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()]
    assert said == [monthly.text, monthly.html]


def test_by_hand_it_has_an_id_of_its_own_each_time() -> None:
    server = Server()
    for _ in range(2):
        sent(server, report(3))
    ids = {message_from_bytes(content, policy=policy.default)["Message-ID"] for _, content in server.taken}
    assert len(ids) == 2
    assert all(one.startswith("<report-2026-09.") for one in ids)


def test_by_hand_it_is_no_larger_than_the_server_takes() -> None:
    server = Server(size=20_000)
    assert sent(server, report(1_000)) == [True] * 3
    assert {len(content) < 20_000 for _, content in server.taken} == {True}


def test_by_hand_one_who_is_refused_keeps_it_from_nobody_else() -> None:
    server = Server([Fault("rcpt", BEHAVIOURS[0], people(3)[0])], unknown=frozenset(people(3)[1:2]))
    assert sent(server, report(3)) == [True, False, True]
    assert server.connections == 2
