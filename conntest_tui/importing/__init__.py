"""What people have already -> rows of hosts.csv.

found      what a reader returns
texts      bytes -> text, or why not
nmap, nagios, icinga, ansible, kuma, table, ours   one format each, bytes or text in, rows out
definitions   what those of Nagios and Icinga mean
recognise  which of them a file is
discover   a prefix: who answers
merge      what hosts.csv becomes, as insertions into what it is
write      on disk, as a whole or not at all

XML is read by expat itself, which loads nothing from elsewhere; entities and default attributes, by which a small file
becomes a large one, are refused where they are declared. That is all that another package would do here.
"""

from conntest_tui.importing.csv_hosts import Columns, parse_columns
from conntest_tui.importing.file_format import read_file
from conntest_tui.importing.hosts_csv_merge import Merged, merge
from conntest_tui.importing.imported_hosts import Found, Left, NotReadableError, Reading
from conntest_tui.importing.prefix_sweep import discover, prefix_of
from conntest_tui.importing.write import current, replace_file

__all__ = [
    "Columns",
    "Found",
    "Left",
    "Merged",
    "NotReadableError",
    "Reading",
    "current",
    "discover",
    "merge",
    "parse_columns",
    "prefix_of",
    "read_file",
    "replace_file",
]
