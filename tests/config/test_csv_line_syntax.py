"""Headers, headings and comments of hosts.csv, as people and spreadsheets write them."""

import pytest

from conntest_tui.config import ConfigError
from conntest_tui.model import Host
from tests.config.folder import GOOD_ROW, Folder, lenient

# ---------------------------------------------------------------- headers


@pytest.mark.parametrize(
    "header",
    [
        "host,description,location",
        "Host,Description,Location",
        "hostIP,description,location",
        "address,description,location",
        "Host IP, Description, Location,,,",
        "host",
        "IP Address",
        '"host","description","location"',
    ],
)
def test_a_header_with_our_columns_is_skipped_with_a_warning(folder: Folder, header: str) -> None:
    folder.write("hosts.csv", f"{header}\n{GOOD_ROW}")

    config = folder.load()

    assert [host.name for host in config.hosts] == ["10.9.9.9"]
    assert config.rows.headers == 1
    assert [str(warning) for warning in config.warnings] == [
        "hosts.csv:1: the header was skipped; read are host,description,location; delete it, or leave it as it is"
    ]


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("ip,name,site", True),
        ("Address,Name,Location", True),
        ("IP Address,Name,Location", False),
        ("name,ip_address", True),
        ("device_ip_address,device_name", True),
        ("Switch IP,Switch Name,Building", False),
        ("Name,IP-Adresse,Standort", True),
        ("Hostname,IP,MAC Address,OS", True),
        ("hostname;ip;location".replace(";", ","), True),
        ("Host,Description,Location,Contact", True),
    ],
)
def test_a_header_with_other_columns_says_which_are_read(folder: Folder, header: str, taken: bool) -> None:
    folder.write("hosts.csv", f"{header}\n{GOOD_ROW}")

    problem = folder.problem()

    assert problem.startswith("hosts.csv:1: this is a header, and its columns (")
    assert "put the columns in the order host,description,location and delete this row" in problem
    if taken:
        assert [host.name for host in lenient(folder).hosts] == ["10.9.9.9"]
        assert lenient(folder).rows.skipped == 1
    else:
        with pytest.raises(ConfigError):
            lenient(folder)


def test_a_header_is_found_under_each_heading_and_in_a_comment(folder: Folder) -> None:
    hosts = folder.hosts(
        f"# A\nhost,description,location\n{GOOD_ROW}# host,description,location\n10.9.9.8\n# B\nhost\n"
    )

    assert [(host.name, host.group) for host in hosts] == [("10.9.9.9", "A"), ("10.9.9.8", "A"), ("host", "B")]


@pytest.mark.parametrize(
    "row", ["server,Server,Rack 4", "printer,Printer,Office", "name,Name server", "gateway", "nas"]
)
def test_a_host_with_an_everyday_name_is_no_header(folder: Folder, row: str) -> None:
    assert folder.hosts(f"{row}\n{GOOD_ROW}")[0].name == row.partition(",")[0]


# ---------------------------------------------------------------- padding, headings, commented-out hosts


def test_what_a_spreadsheet_has_padded(folder: Folder) -> None:
    rows = [
        "\ufeff# Building 406,,,",
        "127.0.0.1,A,x,",
        "127.0.0.2,B,x,,,,attempts=5" + "," * 5_000,
        ",,,",
        '"# Building 407, 2nd floor",,,',
        "127.0.0.3,C,x,",
        '"## a comment, and more",,,',
        '"#127.0.0.9",D,x,',
        "127.0.0.4,D,x,",
    ]

    hosts = folder.hosts("\r\n".join(rows))

    assert hosts == (
        Host("127.0.0.1", "A", "x", "Building 406"),
        Host("127.0.0.2", "B", "x", "Building 406", attempts=5),
        Host("127.0.0.3", "C", "x", "Building 407, 2nd floor"),
        Host("127.0.0.4", "D", "x", "Building 407, 2nd floor"),
    )
    assert folder.load().rows.commented_out == 1


@pytest.mark.parametrize(
    ("line", "group"),
    [
        ("# Building 406", "Building 406"),
        ("#Building 406,,,", "Building 406"),
        ("# Building 406, 2nd floor", "Building 406, 2nd floor"),
        ("# Building 406, 2nd floor,,", "Building 406, 2nd floor"),
        ('# 19" racks, room 5', '19" racks, room 5'),
        ("# Office", "Office"),
        ("# Office,", "Office"),
        ("# 10.1.0.0/16 Campus", "10.1.0.0/16 Campus"),
        ("# Büro Nord, Erdgeschoß", "Büro Nord, Erdgeschoß"),
        ("# Notes servers", "Notes servers"),
    ],
)
def test_a_heading_may_hold_commas(folder: Folder, line: str, group: str) -> None:
    (host,) = folder.hosts(f"# Before\n{line}\n{GOOD_ROW}")

    assert host.group == group
    assert folder.load().rows.commented_out == 0


@pytest.mark.parametrize(
    "line",
    [
        "#10.77.4.5",
        "# 10.77.4.5,,",
        "#10.77.4.5,switched off,for now",
        "#fe80::1%eth0",
        "#[2001:db8::1]",
        "# 10.77.4.5 is broken",
        "#printer.example,Printer",
        "#printer,,Room 5",
        "#10.77.4.1-20,spare",
    ],
)
def test_a_host_that_is_commented_out_begins_no_group(folder: Folder, line: str) -> None:
    (host,) = folder.hosts(f"# Before\n{line}\n{GOOD_ROW}")

    assert host.group == "Before"
    assert folder.load().rows.commented_out == 1


@pytest.mark.parametrize("line", ["# todo ask about .3", "#TODO: order a new one", "# FIXME", "#XXX gone?"])
def test_a_note_is_no_group_and_is_warned_about(folder: Folder, line: str) -> None:
    (host,) = folder.hosts(f"# Before\n{line}\n{GOOD_ROW}")

    assert host.group == "Before"
    assert [str(warning) for warning in folder.load().warnings] == [
        "hosts.csv:2: this was taken for a note, not for the heading of a group; write ## before a comment"
    ]


def test_lines_that_only_separate_are_comments(folder: Folder) -> None:
    (host,) = folder.hosts(f"# --------\n# Building 5\n# ========,,\n#\n#-#\n{GOOD_ROW}")

    assert (host.group, folder.load().warnings) == ("Building 5", ())


def test_headings_without_a_host_are_one_warning(folder: Folder) -> None:
    folder.hosts("# all hosts of the company\n" + "# by hand\n" * 8 + f"# Building 5\n{GOOD_ROW}# ask Bob\n")

    assert [str(warning) for warning in folder.load().warnings] == [
        "hosts.csv:1: a heading without a host below it (also lines 2, 3, 4, 5 and 5 more); write ## before a comment"
    ]


@pytest.mark.parametrize(
    ("line", "doubt"),
    [
        ("# Office, 2nd floor", True),
        ("# Lobby,printers", True),
        ("#Office, 2nd floor,,,", True),
        ("# sw1, 2nd floor", False),
        ("# printer.example, 2nd floor", False),
        ("#printer,Lobby,old", False),
        ("# 10.1.1.7, 2nd floor", False),
    ],
)
def test_a_word_and_a_comma_may_be_meant_as_a_heading(folder: Folder, line: str, doubt: bool) -> None:
    folder.write("hosts.csv", f"# A\n10.9.9.8\n{line}\n{GOOD_ROW}")

    config = folder.load()

    assert config.rows.commented_out == 1
    said = "hosts.csv:3: this was taken for a host that is commented out, not for the heading of a group; "
    hint = "if it is one, write it without the comma; else leave it as it is"
    assert [str(warning) for warning in config.warnings] == doubt * [said + hint]
