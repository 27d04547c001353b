"""What is taken of the backups of Uptime Kuma."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from conntest_tui.importing.import_sources import read_file
from conntest_tui.importing.imported_hosts import ImportedHost, ImportResult, NotReadableError, SkippedEntry
from tests.importing.reading import nobody, read

KUMA = """{
  "version": "1.23.11",
  "notificationList": [],
  "monitorList": [
    {"id": 5, "name": "Cellar", "type": "group", "active": true},
    {
      "id": 1, "name": "Core switch", "type": "ping", "hostname": "10.1.1.254", "parent": 5, "active": true,
      "url": "https://", "tags": [{"name": "Location", "value": "MDF"}]
    },
    {"id": 2, "name": "Shop", "type": "http", "url": "https://shop.example:8443/health?x=[1]", "active": false},
    {"id": 3, "name": "Backup", "type": "push"},
    {"id": 4, "name": "Zone", "type": "dns", "hostname": "example.net"},
    {"id": 6, "name": "db", "type": "port", "hostname": "db.example", "port": 5432, "active": 1}
  ]
}"""


def test_a_backup_of_uptime_kuma() -> None:
    assert read(KUMA) == ImportResult(
        "a backup of Uptime Kuma",
        (
            ImportedHost("10.1.1.254", "Core switch", "MDF", "Cellar", line=6),
            ImportedHost("shop.example", "Shop", line=10, off=True),
            ImportedHost("db.example", "db", line=13),
        ),
        (
            SkippedEntry(11, "Backup: a monitor of type push names no host"),
            SkippedEntry(12, "Zone: a monitor of type dns names no host"),
        ),
    )


def test_a_paused_group_of_uptime_kuma_pauses_what_is_in_it() -> None:
    text = """{"monitorList": [
    {"id": 1, "name": "Old site", "type": "group", "active": false},
    {"id": 2, "name": "Rack", "type": "group", "active": true, "parent": 1},
    {"id": 3, "name": "In it", "type": "ping", "hostname": "10.1.1.3", "active": true, "parent": 2},
    {"id": 4, "name": "By itself", "type": "ping", "hostname": "10.1.1.4", "active": true, "forceInactive": true},
    {"id": 5, "name": "Round", "type": "group", "parent": 6},
    {"id": 6, "name": "And round", "type": "group", "parent": 5},
    {"id": 7, "name": "On", "type": "ping", "hostname": "10.1.1.7", "active": true, "parent": 6}
    ]}"""

    assert [(host.host, host.group, host.off) for host in read(text).hosts] == [
        ("10.1.1.3", "Rack", True),
        ("10.1.1.4", "", True),
        ("10.1.1.7", "And round", False),
    ]


def test_monitors_of_uptime_kuma_by_number_are_read_too() -> None:
    """So the program itself hands them out (its event monitorList), and tools save that."""
    text = """{"monitorList": {
    "1": {"id": 1, "name": "Gateway", "type": "ping", "hostname": "10.1.1.1", "active": true, "parent": 2},
    "2": {"id": 2, "name": "Cellar", "type": "group"}}}"""

    assert read(text).hosts == (ImportedHost("10.1.1.1", "Gateway", group="Cellar"),)


def test_the_database_of_uptime_kuma_is_refused_with_the_hint(tmp_path: Path) -> None:
    """Version 2 exports no JSON: its users have kuma.db (louislam/uptime-kuma#4834)."""
    with closing(sqlite3.connect(tmp_path / "kuma.db")) as database:
        database.execute("CREATE TABLE monitor (id INTEGER, name TEXT)")

    with (tmp_path / "kuma.db").open("ab") as file:
        file.truncate(65 << 20)  # they are large

    with pytest.raises(NotReadableError, match="SQLite database") as caught:
        read_file(tmp_path / "kuma.db", None, nobody)

    assert "sqlite3 -header -csv kuma.db" in caught.value.hint
