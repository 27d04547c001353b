"""What people have already -> rows of hosts.csv.

imported_hosts      what a reader returns; bytes -> text
nmap_xml, nagios_hosts, icinga_hosts, ansible_inventory, uptime_kuma, csv_hosts   one format each: text in, hosts out
object_inheritance  what definitions of Nagios and Icinga have in common
file_format         which of them a file is
prefix_sweep        a prefix: who answers
hosts_csv_merge     what hosts.csv becomes, as insertions into what it is, and how it is replaced

XML is read by expat itself, which loads nothing from elsewhere; entities and default attributes, by which a small file
becomes a large one, are refused where they are declared. That is all that another package would do here.
"""

from conntest_tui.importing.csv_hosts import Columns, parse_columns
from conntest_tui.importing.file_format import read_file
from conntest_tui.importing.hosts_csv_merge import Merged, merge, read_current, replace_file
from conntest_tui.importing.imported_hosts import ImportedHost, ImportResult, NotReadableError, SkippedEntry
from conntest_tui.importing.prefix_sweep import prefix_of, sweep_prefix

__all__ = [
    "Columns",
    "ImportResult",
    "ImportedHost",
    "Merged",
    "NotReadableError",
    "SkippedEntry",
    "merge",
    "parse_columns",
    "prefix_of",
    "read_current",
    "read_file",
    "replace_file",
    "sweep_prefix",
]
