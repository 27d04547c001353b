"""What becomes of every single line of a hosts.csv: nothing is ever passed over without a word."""

from collections import Counter

from conntest_tui.config.csv_line_syntax import Header, find_header, is_hash_line, read_hash_line, split
from conntest_tui.config.hosts_file import HostsFile, parse_hosts
from conntest_tui.config.problems import MOST_PROBLEMS, FileProblems
from conntest_tui.config.read_files import lines
from conntest_tui.text import clean

HOST, HEADER, BLANK, PROBLEM = "host", "header", "blank", "problem"


def account(data: bytes) -> Counter[str]:
    """Return how many lines of a file are what; fails where one is nothing, or two things."""
    problems = FileProblems("hosts.csv")
    sound = list(lines(data, problems))
    found = parse_hosts(sound, problems)
    told = problems.listed()
    assert all(str(problem) == clean(str(problem)) for problem in (*told, *found.warnings))
    if problems.count + problems.skipped > MOST_PROBLEMS or any(problem.line is None for problem in told):
        return Counter({PROBLEM: 1})
    refused = {problem.line for problem in told}
    kinds = Counter({PROBLEM: len(refused)})
    for line in sound:
        kind = _kind(line.text.strip(), line.number, found)
        assert kind or line.number in refused, f"nothing is said of line {line.number}: {line.text!r}"
        if kind and line.number not in refused:
            kinds[kind] += 1
    assert kinds[HEADER] == found.rows.headers
    assert {line.number for line in sound} | {number for number in refused if number} >= set(range(1, len(sound) + 1))
    return kinds


def _kind(text: str, number: int, found: HostsFile) -> str:
    """Return what a line is, by looking at it alone; empty when it can only be a problem."""
    if any(host.line == number for host in found.hosts):
        return HOST
    try:
        if is_hash_line(text):
            return read_hash_line(text).kind.value
        fields = split(text)
        if not any(fields):
            return BLANK
        return HEADER if find_header(fields, first=True) is Header.OURS else ""
    except ValueError:
        return ""
