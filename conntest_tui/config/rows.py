"""One physical line of a CSV file -> its fields (RFC 4180, section 2, but a quoted field ends on its line)."""

import csv
import re

from conntest_tui.config.problems import Refused

LONGEST_FIELD = 131_072

# A first field, quoted or not, its comma, and then spaces before a quote.
_SPACES_BEFORE_QUOTED_SECOND = re.compile(r'(?:"(?:[^"]|"")*"|[^",]*),\s+"')


def split(line: str) -> list[str]:
    """Return the fields of a line, each without the spaces around it.

    Raises:
        Refused: the quotes do not match, or a field is too long.
    """
    return [field.strip() for field in _parse(line.rstrip(), skip_spaces=True)]


def split_exactly(line: str) -> list[str]:
    """Return the fields of a line of which the second may be a password: all its spaces count.

    Only the spaces before a quoted field are no part of it.

    Raises:
        Refused: the quotes do not match, or a field is too long. The text repeats nothing of the line.
    """
    line = line.lstrip()
    return _parse(line, skip_spaces=_SPACES_BEFORE_QUOTED_SECOND.match(line) is not None)


def _parse(line: str, *, skip_spaces: bool) -> list[str]:
    fields = _parse_quotes(line, skip_spaces=skip_spaces) if '"' in line else line.split(",")
    if len(line) > LONGEST_FIELD and max(map(len, fields)) > LONGEST_FIELD:
        raise _too_long()
    return fields


def _parse_quotes(line: str, *, skip_spaces: bool) -> list[str]:
    try:
        return next(csv.reader([line], strict=True, skipinitialspace=skip_spaces))
    except csv.Error as error:
        # The module raises one class for everything; only its text tells the cases apart.
        reason = str(error)
    if "limit" in reason:
        raise _too_long()
    if "end of data" in reason:
        raise Refused("a quoted text does not end on its line", 'close it with ", or write a quote inside it twice: ""')
    raise Refused("text follows a closing quote", "put a comma after it, or write a quote inside the text twice")


def _too_long() -> Refused:
    return Refused(f"a field is longer than {LONGEST_FIELD:,} characters", "shorten it")
