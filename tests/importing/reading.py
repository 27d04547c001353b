"""A file read as `import` reads it."""

from conntest_tui.importing.csv_hosts import Columns, Table, parse_columns
from conntest_tui.importing.import_sources import read_data
from conntest_tui.importing.imported_hosts import ImportResult


def nobody(_: Table) -> Columns | None:
    """Nobody is there to be asked."""
    return None


def read(text: str | bytes, columns: str = "") -> ImportResult:
    data = text.encode() if isinstance(text, str) else text
    return read_data(data, parse_columns(columns) if columns else None, nobody)
