"""The mail about a month: the report, as much of it as a mail can hold."""

from dataclasses import replace
from functools import cache
from uuid import uuid4

from conntest_tui.model.notifications import Message, WrittenMail
from conntest_tui.notify.channel import Channel, MessageHead
from conntest_tui.notify.channel_factory import writer_for
from conntest_tui.notify.episode_text import LONGEST_SUBJECT
from conntest_tui.notify.mail_account import Account
from conntest_tui.notify.mail_body_text_and_html import cut, encoded
from conntest_tui.notify.mail_drafts import LARGEST, report_draft
from conntest_tui.notify.message_ids import domain_of
from conntest_tui.notify.outbox_composer import usable
from conntest_tui.notify.send_now import MailAnswer, send_now
from conntest_tui.reports.month_report import MonthReport
from conntest_tui.reports.report_html import as_html
from conntest_tui.reports.report_text import as_text, wrapped
from conntest_tui.reports.report_words import percents
from conntest_tui.text import count

_LIMITS = (100, 50, 20, 10, 5, 1, 0)
"""Lines to a list, tried one after the other until the mail is small enough."""

_SIGNED = 1_000  # bytes that who wrote it takes at most


def report_mail(report: MonthReport) -> WrittenMail:
    """Return what the mail about a month says."""
    figures = report.figures
    said = f"{percents(figures.availability)} %, {count(figures.outages, 'outage')}"
    subject = cut(f"[REPORT] {report.month.name}: {said}", LONGEST_SUBJECT)
    written = WrittenMail(subject, "", "")
    for most in _LIMITS:
        more = "\n".join(wrapped(_whole(report, most)))
        text = as_text(report, most) + (f"\n{more}\n" if more else "")
        written = WrittenMail(subject, text, as_html(report, most))
        if encoded(written.text)[1] + encoded(written.html)[1] <= LARGEST - _SIGNED:
            break
    return written


def _whole(report: MonthReport, most: int) -> str:
    """Return where to find all of a report of which the mail has a part."""
    if max(len(report.groups), len(report.hosts), len(report.outages)) <= most:
        return ""
    return f"All of it: conntest-tui report --month {report.month} (--format csv, json or html for other programs)."


def send_report(account: Account, channel: Channel, report: MonthReport, now: float) -> list[MailAnswer]:
    """Send the mail about a month to every recipient at once; return what became of each, see `send_now`.

    It says what the one on the first of the month says, under an id of its own: a mail server or a reader that knows
    that one might take this one for a copy of it, and keep it back.

    Args:
        account: who sends, and to whom.
        channel: the way out.
        report: what it is about.
        now: this moment, POSIX seconds.
    """
    month, said, signature = str(report.month), report_mail(report), account.signature
    message_id = f"<report-{month}.{uuid4().hex}@{domain_of(account.sender, signature.machine)}>"
    head = MessageHead(account.sender, account.recipients, message_id, (), now, signature.sender)

    @cache
    def message() -> Message:
        limit = usable(channel.most_bytes)
        draft, content = writer_for(account)(lambda most: report_draft(month, said, signature, most), head, limit)
        return Message(message_id, draft.subject, account.sender, account.recipients, content)

    return send_now(account, channel, lambda recipient: replace(message(), recipients=[recipient]))
