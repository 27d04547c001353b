"""`report`: what a month came to, from the state database, whether a monitor runs or not; printed, or mailed now."""

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from conntest_tui.cli.output import ExitStatus, complain, tell_answers, warn
from conntest_tui.config import ConfigError, load_at_rest
from conntest_tui.model import Host
from conntest_tui.monitor.last_good_config import find
from conntest_tui.monitor.state_lock_and_database import DATABASE, KEPT
from conntest_tui.reports.calendar_month import Month
from conntest_tui.reports.month_report import MonthReport, month_report
from conntest_tui.reports.report_csv_and_json import as_csv, as_json
from conntest_tui.reports.report_html import as_html
from conntest_tui.reports.report_text import as_text
from conntest_tui.store.state_reader import StateReader

_BOM = "\ufeff"


def _csv(report: MonthReport) -> str:
    """Return it with the mark by which Excel knows UTF-8, where it matters and no terminal shows it."""
    written = as_csv(report)
    return written if written.isascii() or sys.stdout is None or sys.stdout.isatty() else f"{_BOM}{written}"


FORMATS: Mapping[str, Callable[[MonthReport], str]] = {
    "text": as_text,
    "csv": _csv,
    "json": lambda report: f"{as_json(report)}\n",
    "html": as_html,
}


def written_report(
    config: Path, state: Path, month: str | None, *, only: Collection[str], form: str, now: float
) -> str:
    """Return a report, written in one of `FORMATS`.

    Args:
        config: the directory of the configuration.
        state: that of the state.
        month: `2026-10`; None for the last one that is over.
        only: groups to report; empty for all.
        form: the format.
        now: this moment, POSIX seconds.

    Raises:
        ConfigError: the configuration is broken, and the state keeps none.
        ReportError: there is nothing to report.
        StoreError: the state cannot be read.
    """
    wanted = _month(month, now)
    with StateReader(state / DATABASE) as database:
        return FORMATS[form](month_report(database, _hosts(config, state), wanted, now, only))


def mailed_report(config: Path, state: Path, month: str | None, now: float) -> ExitStatus:
    """Mail a report to every recipient now, past the outbox; print each one's answer.

    Args:
        config: the directory of the configuration.
        state: that of the state.
        month: see `written_report`.
        now: this moment, POSIX seconds.

    Raises:
        ConfigError: the configuration is broken.
        UnavailableError: mail is off, or nobody would get it.
        ReportError: there is nothing to report.
        StoreError: the state cannot be read.
    """
    from conntest_tui.notify import account_of, channel_for, machine_name  # noqa: PLC0415 - who prints one needs none
    from conntest_tui.notify.report_mail import send_report  # noqa: PLC0415

    wanted = _month(month, now)
    with StateReader(state / DATABASE) as database:
        found, _ = load_at_rest(config)
        warn(found)
        account = account_of(found, state, machine_name())
        channel = channel_for(account)
        report = month_report(database, found.hosts, wanted, now)
    return tell_answers(send_report(account, channel, report, now))


def _month(written: str | None, now: float) -> Month:
    """Return the month that is meant: without words the last one that is over."""
    return Month.of(now).previous if written is None else Month.parse(written)


def _hosts(config: Path, state: Path) -> Sequence[Host]:
    """Return the list of hosts; where its files are broken, the one that the monitor has kept."""
    try:
        return load_at_rest(config)[0].hosts
    except ConfigError as error:
        kept = find(state / KEPT, config)
        if kept is None:
            raise
        complain(f"warning: the configuration is broken, the last good one is reported: {error.problems[0]}")
        return kept.config.hosts
