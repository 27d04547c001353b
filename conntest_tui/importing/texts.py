"""Bytes of a file of another program -> text."""

import codecs

from conntest_tui.importing.imported_hosts import NotReadableError

LONGEST_LINE = 8_192
"""Characters of a line that a reader takes apart: nobody writes longer ones, and taking them apart would take long."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decode(data: bytes) -> str:
    """Return a file as text: UTF-8, or UTF-16 when its mark says so, as PowerShell and spreadsheets write it.

    Raises:
        NotReadableError: it is neither, or holds a NUL.
    """
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", "utf-8"))
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise NotReadableError(f"line {line} is not {encoding.upper()} text", mend="save the file as UTF-8") from error
    if "\0" in text:
        raise NotReadableError("the file holds NUL characters", mend="is it the right file?")
    return text


def physical_lines(text: str) -> list[str]:
    """Return the lines of a text as an editor counts them: ended by LF, CR or CRLF, and by nothing else."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
