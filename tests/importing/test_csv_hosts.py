"""What is taken of lists and tables, and of files of ours."""

import pytest

from conntest_tui.importing.csv_hosts import parse_columns
from conntest_tui.importing.hosts_csv_merge import merge
from conntest_tui.importing.imported_hosts import ImportedHost, ImportResult, NotReadableError, SkippedEntry
from tests.importing.reading import read


@pytest.mark.parametrize("row", ["{}", "{},Printer,Lobby"])
def test_a_list_with_a_mistake_is_still_a_list(row: str) -> None:
    hosts = ["10.1.1.1", "10.1.1.999", "sw1.example"]

    reading = read("\n".join(map(row.format, hosts)))

    assert [host.host for host in reading.hosts] == ["10.1.1.1", "sw1.example"]
    assert [left.line for left in reading.skipped] == [2]


def test_a_table_whose_header_leaves_no_doubt() -> None:
    text = (
        "Hostname;IP Address;Site;Serial;Group\r\ncore1;10.1.1.254;Bldg 6;X1;Switches\r\n;10.1.1.7;Bldg 6\r\nprn8;;\r\n"
    )

    assert read(text) == ImportResult(
        "a table",
        (
            ImportedHost("10.1.1.254", "core1", "Bldg 6", "Switches", line=2),
            ImportedHost("10.1.1.7", "", "Bldg 6", line=3),
        ),
        (SkippedEntry(4, "the column of the host is empty"),),
    )


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        # NetBox, phpIPAM: addresses as an interface has them
        ("id,name,primary_ip\n1,rtr01,10.1.1.1/24\n2,sw01,2001:db8::2/64\n3,sw02,10.1.1.3/32\n",
         [("10.1.1.1", "rtr01"), ("2001:db8::2", "sw01"), ("10.1.1.3", "sw02")]),
        # a spreadsheet's own first line, with each delimiter
        ("sep=;\r\nName;IP-Adresse\r\nDrucker;10.1.1.7\r\n", [("10.1.1.7", "Drucker")]),
        ('\ufeff"sep=,"\nName,IP\nDrucker,10.1.1.7\n', [("10.1.1.7", "Drucker")]),
        ("SEP=|\nName|IP\nDrucker, alt|10.1.1.7\n", [("10.1.1.7", "Drucker, alt")]),
        # Vadims06/topolograph#10 and other names made of known words
        ("device_ip_address,device_name\n172.16.254.2,CCR1 (La Union)\n", [("172.16.254.2", "CCR1 (La Union)")]),
        ("Switch Name;Switch IP\nsw1;10.1.1.2\n", [("10.1.1.2", "sw1")]),
        ("hostName,ipAddress,deviceType\nsw1,10.1.1.2,switch\n", [("10.1.1.2", "sw1")]),
        ("Asset Tag,Mgmt. IP,Host Name,Serial No\n7,10.1.1.2,sw1,X\n", [("10.1.1.2", "sw1")]),
    ],
)  # fmt: skip
def test_tables_as_other_programs_export_them(text: str, hosts: list[tuple[str, str]]) -> None:
    reading = read(text)

    assert [(host.host, host.description) for host in reading.hosts] == hosts
    assert reading.skipped == ()


def test_a_network_in_a_column_of_addresses_is_no_host() -> None:
    merged = merge(b"", read("name,ip\nnet,10.1.1.0/24\nrtr,10.1.1.1/33\n").hosts)

    assert [skipped.line for skipped in merged.skipped] == [2, 3]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("7,core1,10.1.1.254,Bldg 6\n8,prn7,10.1.1.7,Bldg 6\n", "host=3,description=2,location=4"),
        ("Nr\tWhat\tWhere to reach\tPlace\n7\tcore1\t10.1.1.254\tBldg 6\n8\tprn7\t10.1.1.7\tBldg 6\n",
         "host=Where to reach,description=what,location=PLACE"),
    ],
)  # fmt: skip
def test_columns_may_be_said_by_number_or_by_name(text: str, columns: str) -> None:
    assert [(host.host, host.description, host.location) for host in read(text, columns).hosts] == [
        ("10.1.1.254", "core1", "Bldg 6"),
        ("10.1.1.7", "prn7", "Bldg 6"),
    ]


def test_a_table_that_is_not_clear_says_how_to_make_it_so() -> None:
    with pytest.raises(NotReadableError, match="not clear which column holds the host") as caught:
        read("7,core1,10.1.1.254,Bldg 6\n8,prn7,10.1.1.7,Bldg 6\n")

    assert "--columns host=2,description=1" in caught.value.hint
    assert "  3  (no name): 10.1.1.254, 10.1.1.7" in caught.value.hint


def test_names_first_and_addresses_second_are_clear() -> None:
    assert read("server01,10.77.4.3\nserver02,10.77.4.4\n").hosts == (
        ImportedHost("10.77.4.3", "server01", line=1),
        ImportedHost("10.77.4.4", "server02", line=2),
    )


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("host=9", "there is no column 9"),
        ("host=Nowhere", "there is no column Nowhere"),
    ],
)
def test_a_column_that_is_not_there_is_refused(columns: str, said: str) -> None:
    with pytest.raises(NotReadableError, match=said):
        read("name,ip\na,10.0.0.1\n", columns)


@pytest.mark.parametrize("columns", ["2", "host", "host=0", "host=", "hosts=2", "description=1", "host=1,host=2"])
def test_columns_that_say_something_else_are_refused(columns: str) -> None:
    with pytest.raises(NotReadableError, match="--columns"):
        parse_columns(columns)


def test_a_table_of_utf_16_with_its_mark_is_read() -> None:
    assert read("﻿Name;IP\nBüro;10.1.1.5\n".encode("utf-16-le")).hosts == (ImportedHost("10.1.1.5", "Büro", line=2),)


def test_a_file_of_ours_keeps_what_its_rows_say() -> None:
    reading = read(
        "host,description,location\n# Bldg 6\n10.1.1.254,Core,MDF,0\n"
        "10.1.1.7,Printer,Hall,parent=10.1.1.254,attempts=5,timeout=1.5,failures=2,mail=off\n10.1.1.300,x\n"
        "#10.1.1.8,Off,Hall,0,attempts=4,parent=10.1.1.7\n#10.1.1.9 gone\n#10.1.1.10,a,b,nonsense=1\n"
    )

    assert reading.hosts == (
        ImportedHost("10.1.1.254", "Core", "MDF", "Bldg 6", line=3),
        ImportedHost(
            "10.1.1.7",
            "Printer",
            "Hall",
            "Bldg 6",
            ("attempts=5", "timeout=1.5", "failures=2", "mail=off"),
            "10.1.1.254",
            line=4,
        ),
        ImportedHost("10.1.1.8", "Off", "Hall", "Bldg 6", ("attempts=4",), "10.1.1.7", line=6, off=True),
        ImportedHost("10.1.1.9", group="Bldg 6", line=7, off=True),
        ImportedHost("10.1.1.10", "a", "b", "Bldg 6", line=8, off=True),
    )
    assert [skipped.line for skipped in reading.skipped] == [5]
