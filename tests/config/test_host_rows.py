"""Rows as people paste them from spreadsheets, inventories and notes, and what each gets."""

import pytest

from conntest_tui.cli.main import _status
from conntest_tui.config import ConfigError
from conntest_tui.config.hosts_file import hosts_summary
from conntest_tui.held_signals import Signals
from conntest_tui.model import Host
from tests.config.folder import GOOD_ROW, Folder, lenient

ONE_A_ROW = "write each host on a row of its own"


# ---------------------------------------------------------------- columns


@pytest.mark.parametrize(
    ("row", "problem", "taken"),
    [
        (
            "server01,10.77.4.3",
            "server01 is no address, but 10.77.4.3 is: are the columns swapped?; write the address first: 10.77.4.3,",
            True,
        ),
        ("server01,Rack 1,10.77.4.3", "but 10.77.4.3 is: are the columns swapped?", True),
        ("server01,2001:db8::1", "but 2001:db8::1 is: are the columns swapped?", True),
        ("Main router,10.77.4.3", "Main router is no address, but 10.77.4.3 is: are the columns swapped?", False),
        ("17,10.77.4.3,Router", "17 is no address, but 10.77.4.3 is: are the columns swapped?", False),
        (",10.77.4.3,Router", "the address is missing: are the columns swapped?", False),
        ("10,77,4,3,Router", "10,77,4,3 has commas in the place of dots; write an address with dots", False),
    ],
)
def test_swapped_columns_are_asked_about(folder: Folder, row: str, problem: str, taken: bool) -> None:
    folder.write("hosts.csv", f"{row}\n{GOOD_ROW}")

    assert folder.problem().startswith("hosts.csv:1: ")
    assert problem in folder.problem()
    if taken:
        assert lenient(folder).rows.skipped == 1


@pytest.mark.parametrize(
    "row", ["10.77.4.3,10.77.4.4", "10.77.4.3,was 10.77.4.4", "web.example,(10.77.4.3)", "web.example,12:30", "web,1.2"]
)
def test_a_description_may_speak_of_addresses(folder: Folder, row: str) -> None:
    assert folder.host(row).description


# ---------------------------------------------------------------- what is no host


TAKEN = [
    ("10.77.4.1-20", f"10.77.4.1-20 is a range; {ONE_A_ROW}"),
    ("10.77.4.1–20", f"is a range; {ONE_A_ROW}"),
    ("10.77.4.1-20.", "mistyped address"),
    ("10.1.1.x", "10.1.1.x is not an address: a letter stands for a number; write four numbers 0-255"),
    ("10.1.x.x", "a letter stands for a number"),
    ("10.1.1.xxx", "a letter stands for a number"),
    ("192.168.x", "a letter stands for a number"),
    ("172.16.n.n", "a letter stands for a number"),
    ("10.1.1.l", "10.1.1.l has letters among its digits; write 10.1.1.1 if that is meant"),
    ("10.1.1.25O", "10.1.1.25O has letters among its digits; write 10.1.1.250 if that is meant"),
    ("192.168.1.lO", "write 192.168.1.10 if that is meant"),
    ("192.168.1.10_old", "192.168.1.10_old is a mistyped address; write the address alone: 192.168.1.10"),
    ("192.168.1.10a", "write the address alone: 192.168.1.10"),
    ("10.1.1.5-eth0", "write the address alone: 10.1.1.5"),
    ("00-11-22-aa-bb-cc", "is a MAC address; write its IP address or its name"),
    ("0011.22aa.bbcc", "is a MAC address"),
    ("TBD", "says that there is no address; put a # before the row until there is one"),
    ("unknown", "says that there is no address"),
    ("None", "says that there is no address"),
]

REFUSED = [
    ("web[1:20].example", f"web[1:20].example is a range; {ONE_A_ROW}"),
    ("web[01-20].example", "is a range"),
    ("sw-[a:f]", "is a range"),
    ("web{1..3}.example", "is a range"),
    ("10.1.1.[1-20]", "is a range"),
    ("10.77.4.1-10.77.4.20", "is a range"),
    ("10.1.1-4.5", "is a range"),
    ("10.1.1.1 - 10.1.1.20", "is a range"),
    ("10.1.1.1..20", "is a range"),
    ("10.1.1.1 to 10.1.1.9", "is a range"),
    ("10.1.1.*", "means many hosts"),
    ("*.example.com", "means many hosts"),
    ("1O.1.1.5", "write 10.1.1.5 if that is meant"),
    ("10.1.1.5/32", "is no single host; leave out /32"),
    ("10.1.1.5/24", "is no single host; leave out /24"),
    ("2001:db8::1/128", "is no single host; leave out /128"),
    ("10.1.1.0/24", "write each address of a network on a row of its own"),
    ("00:11:22:aa:bb:cc", "is a MAC address"),
    ("n/a", "says that there is no address"),
    ("-", "says that there is no address"),
    ("?", "says that there is no address"),
    ("1.01E+09", "is a number that a spreadsheet has made; format the column as text"),
    ("'10.1.1.5", "begins with an apostrophe; delete it"),
    ("10.1.1.5|Router|Rack", "holds a bar: wrong delimiter"),
    ("10.1.1.5 router router.example", "holds more than the address; put a comma after the address"),
    ("// old ones", "looks like a comment; write ## before a comment"),
    ("admin@10.1.1.5", "names a user; write the address or the name alone"),
    ("\\\\server\\share", "holds a backslash"),
    ("ssh://10.1.1.5", "is a URL"),
    ("10.1.1.5:8080", "has a port"),
]


@pytest.mark.parametrize(("written", "said"), TAKEN)
def test_what_version_1_0_0_took_for_a_name_is_a_problem_and_skipped_by_a_watch(
    folder: Folder, written: str, said: str
) -> None:
    folder.write("hosts.csv", f"{GOOD_ROW}{written},A,x\n")

    assert folder.problem().startswith("hosts.csv:2: ")
    assert said in folder.problem()
    assert [host.name for host in lenient(folder).hosts] == ["10.9.9.9"]
    assert (lenient(folder).rows.skipped, len(lenient(folder).rows.problems)) == (1, 1)


@pytest.mark.parametrize(("written", "said"), REFUSED)
def test_what_is_no_host_is_refused_with_a_hint_that_fits(folder: Folder, written: str, said: str) -> None:
    folder.write("hosts.csv", f"{GOOD_ROW}{written},A,x\n")

    assert folder.problem().startswith("hosts.csv:2: ")
    assert said in folder.problem()
    with pytest.raises(ConfigError):
        lenient(folder)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "10.0.0.1.nip.io",
            "10-0-0-1.example",
            "ip-10-0-0-1.ec2.internal",
            "1.2.3.com",
            "web01-20",
            "3com",
            "x",
            "n1",
        ),
        *("0.pool.ntp.example", "1-2", "fa0-1.sw1.example", "a.b.c.d", "rack1.3.lan", "dhcp", "25o.example", "oil.io"),
        *("node-1-20.example", "e1.f2.a3.b4", "beef.cafe.example", "none.example", "1e100.net", "9.9.9.quad9.net"),
    ],
)
def test_a_name_that_only_looks_odd_is_taken(folder: Folder, name: str) -> None:
    assert folder.host(f"{name},A,x").name == name


# ---------------------------------------------------------------- as they stand in public lists


HOST_ROW, HEADING, OUT, COLUMNS = "a host", "a heading", "a host that is commented out", "this is a header"
SWAPPED, DELIMITER = "are the columns swapped?", "wrong delimiter"


@pytest.mark.parametrize(
    ("row", "decided"),
    [
        ("ip,username,password", COLUMNS),
        ("ip,user,password", COLUMNS),
        ("location,ip", COLUMNS),
        ("name,value,description", COLUMNS),
        ("name,interval_m,group,alias", COLUMNS),
        ("ip,device_type,fast_cli", COLUMNS),
        ("IP,Name,Group,Template,Port", COLUMNS),
        ("ip_address,username,password,name,platform", COLUMNS),
        ("ip,username,password,secret,device_type", COLUMNS),
        ("NAME,APPLIANCE,RACK,RANK,IP,MAC,INTERFACE,SUBNET", COLUMNS),
        ("Uptime,Vendor,OS Version,S/N,Model,Hostname,FQDN,Device IP", COLUMNS),
        ('"ID","Name","PrimaryIPAddress","Latitude","Longitude","LocationDesc","cpu/Value"', COLUMNS),
        ("local_ip;local_port;remote_ip;comment", DELIMITER),
        ("192.0.2.1;CoreHost", DELIMITER),
        ("192.0.2.1\tCoreHost", DELIMITER),
        ("FRANCE,192.0.2.1", SWAPPED),
        ("phone,192.0.2.100,GH:SH:GT:78", SWAPPED),
        ("host1,198.51.100.1,Host one", SWAPPED),
        ("ann2,192.0.2.5,ann_group", SWAPPED),
        ("test2,10.101.1.1", SWAPPED),
        ("xrt1.dc,xrt1,router,sflow,512,10.0.0.1", SWAPPED),
        ("backend-0-0,backend,0,0,10.1.255.254,00:22:19:1c:0c:99,eth0,private", SWAPPED),
        ("1099,Cisco-3945_10.251.5.1,10.251.5.1,39.761849,-104.880625", SWAPPED),
        ("10.255.255.65,admin,password,ms01,iosxe", "ms01 is not key=value"),
        ("www.a.example,www.b.example,www.c.example,www.d.example", "www.d.example is not key=value"),
        ("xx:xx:xx:xx:xx:xx,name,type,room,1", COLUMNS),
        ("xx:xx:xx:xx:xx:xx,lamp", "is a MAC address"),
        ("00:22:19:1c:0c:99,lamp,Hall", "is a MAC address"),
        ("8.8.8.8,4", HOST_ROW),
        ("www.example.com,3", HOST_ROW),
        ("SERVER01,Production Web Server,Never", HOST_ROW),
        ("192.0.2.1, cisco, cisco", HOST_ROW),
        ("10.1.1.1,test0-0-0 000000000000000,AntMiner L3", HOST_ROW),
        ("printer,00:11:22:33:44:55", HOST_ROW),
        ("camera-1,12:30:45,a:b:c", HOST_ROW),
        ("Cisco-3945_10.251.5.1,x", "is not an address"),
        ("ab.com", HOST_ROW),
        ("# 192.0.2.1;Example host", OUT),
        ("#192.0.2.1|Example host", OUT),
        ("# Example of the format:", HEADING),
        ("# Obs.: take off the '#' at the beginning of the line", HEADING),
        ("#交換器備份失敗時，改為 DS-1210-10/16/20", HEADING),
    ],
)
def test_rows_of_public_lists(folder: Folder, row: str, decided: str) -> None:
    folder.write("hosts.csv", f"{row}\n{GOOD_ROW}")

    if decided not in {HOST_ROW, HEADING, OUT}:
        assert folder.problems()[0].startswith("hosts.csv:1: ")
        assert decided in folder.problems()[0]
        return
    config = folder.load()
    assert len(config.hosts) == (2 if decided == HOST_ROW else 1)
    assert config.rows.commented_out == (decided == OUT)
    assert bool(config.hosts[-1].group) == (decided == HEADING)


# ---------------------------------------------------------------- a watch that goes on


def test_a_file_of_nothing_but_such_rows_is_refused(folder: Folder) -> None:
    folder.write("hosts.csv", "ip,name,site\n10.1.1.x\n")

    with pytest.raises(ConfigError) as caught:
        lenient(folder)
    assert [problem.line for problem in caught.value.problems] == [1, 2]


def test_beside_another_problem_all_are_told(folder: Folder) -> None:
    folder.write("hosts.csv", f"10.1.1.x\n10.1.1.300\n{GOOD_ROW}")

    with pytest.raises(ConfigError) as caught:
        lenient(folder)
    assert [problem.line for problem in caught.value.problems] == [1, 2]


def test_a_host_behind_such_a_row_is_watched_without_a_parent(folder: Folder) -> None:
    folder.write("hosts.csv", "10.1.1.x,Router\n10.9.9.9,Printer,Office,parent=10.1.1.x\n")

    config = lenient(folder)

    assert config.hosts == (Host("10.9.9.9", "Printer", "Office"),)
    assert [str(problem) for problem in config.rows.problems] == [
        "hosts.csv:1: 10.1.1.x is not an address: a letter stands for a number; write four numbers 0-255",
        "hosts.csv:2: parent 10.1.1.x is on a row that is no host; correct that row, or name another parent",
    ]
    assert config.rows.skipped == 1


def test_what_was_understood_is_one_sentence(folder: Folder) -> None:
    folder.write(
        "hosts.csv",
        "host,description,location\n# A\n10.9.9.9\n#10.9.9.8\n# B\n10.9.9.7\n10.9.9.6\n10.1.1.x\n#printer,off\n",
    )
    config = lenient(folder)

    assert hosts_summary(config.hosts, config.rows) == (
        "3 hosts in 2 groups, 2 commented out, 1 header skipped, 1 row skipped that is no host"
    )


def test_validate_says_what_was_understood(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.write("hosts.csv", f"host,description,location\n# A\n{GOOD_ROW}#10.9.9.8\n")
    monkeypatch.setattr("sys.argv", ["conntest-tui", "-c", str(folder.path), "validate"])

    assert not _status(Signals())

    said = capsys.readouterr()
    assert "well. 1 host in 1 group, 1 commented out, 1 header skipped; mail by maildir to 1 recipient" in said.out
    assert "warning: hosts.csv:1: the header was skipped" in said.err


# ---------------------------------------------------------------- bombs


@pytest.mark.parametrize("filler", ["b,", "a=,", '"b",'])
def test_rows_of_too_many_fields_are_refused_at_once(folder: Folder, filler: str) -> None:
    row = "127.0.0.1," + filler * (1_000_000 // len(filler)) + "x\n"
    folder.write("hosts.csv", row * 60)

    problems = folder.problems()

    assert problems[0] == "hosts.csv:1: the row has more than 64 fields; is it the right file?"
    assert len(problems) == 60


def test_a_file_of_nothing_but_faults_is_not_read_to_its_end(folder: Folder) -> None:
    folder.write("hosts.csv", ("127.0.0.1," + "b," * 60 + "x\n") * 400_000)

    assert "at least" in folder.problems()[-1]


def test_marks_that_pile_up_are_cut(folder: Folder) -> None:
    assert folder.host("10.0.0.1,Z" + "\u0301" * 65_000 + "algo,x").description == "Z" + "\u0301" * 8 + "algo"


# ---------------------------------------------------------------- what may be meant otherwise


def test_a_name_before_its_address_says_how_each_of_the_two_is_watched(folder: Folder) -> None:
    folder.write("hosts.csv", "router.example.com,10.1.1.1\n")

    assert folder.problem() == (
        "hosts.csv:1: router.example.com is no address, but 10.1.1.1 is: are the columns swapped?; write the "
        "address first: 10.1.1.1,router.example.com - or, to watch the name, more than an address: "
        "router.example.com,at 10.1.1.1"
    )
    folder.write("hosts.csv", "router.example.com,at 10.1.1.1\n")
    assert [host.name for host in folder.load().hosts] == ["router.example.com"]
