"""hosts.csv: what a row may say, and what each bad one gets."""

import time

import pytest

from conntest_tui.model import Host
from tests.config.folder import Folder


def test_the_rows_of_the_original_script_still_work(folder: Folder) -> None:
    hosts = folder.hosts("10.1.1.254,Cisco Router,Bldg 6 MDF 101\n10.1.1.7,Printer,Bldg 6,0\n")

    assert hosts == (
        Host("10.1.1.254", "Cisco Router", "Bldg 6 MDF 101", line=1),
        Host("10.1.1.7", "Printer", "Bldg 6", line=2),
    )
    assert [host.line for host in hosts] == [1, 2]


def test_options_follow_the_location(folder: Folder) -> None:
    parent, child = folder.hosts(
        "10.1.1.254,Router,MDF\n10.1.1.7,Printer,Room,0, Parent = 10.1.1.254 ,attempts=5,,timeout=2.5,mail=OFF\n"
    )

    assert (parent.parent, parent.attempts, parent.timeout, parent.mail) == (None, None, None, True)
    assert (child.parent, child.attempts, child.timeout, child.mail) == ("10.1.1.254", 5, 2.5, False)


def test_headings_group_the_rows_below_and_comments_do_not(folder: Folder) -> None:
    hosts = folder.hosts(
        "10.0.0.1\n"
        "# Building 406\n"
        "10.0.0.2\n"
        "## a comment, and no heading\n"
        "#10.0.0.9,switched off,for now\n"
        "#\n"
        "10.0.0.3\n"
        "  #Building 7\n"
        "10.0.0.4\n"
    )

    assert [(host.name, host.group) for host in hosts] == [
        ("10.0.0.1", ""),
        ("10.0.0.2", "Building 406"),
        ("10.0.0.3", "Building 406"),
        ("10.0.0.4", "Building 7"),
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param("10.0.0.1", Host("10.0.0.1"), id="one field"),
        pytest.param("10.0.0.1,Router", Host("10.0.0.1", "Router"), id="two fields"),
        pytest.param('10.0.0.1, "a,b", c', Host("10.0.0.1", "a,b", "c"), id="quoted comma after a space"),
        pytest.param('10.0.0.1,"a ""b""",c', Host("10.0.0.1", 'a "b"', "c"), id="doubled quote"),
        pytest.param('10.0.0.1,5" drive,c', Host("10.0.0.1", '5" drive', "c"), id="quote inside a text"),
        pytest.param("10.0.0.1,Switch #7,c", Host("10.0.0.1", "Switch #7", "c"), id="# inside a text"),
        pytest.param("10.0.0.1,a,b,0", Host("10.0.0.1", "a", "b"), id="trailing 0"),
        pytest.param("10.0.0.1,a,b,,,", Host("10.0.0.1", "a", "b"), id="trailing commas"),
        pytest.param(" 10.0.0.1 , a , b ", Host("10.0.0.1", "a", "b"), id="spaces around"),
        pytest.param("10.0.0.1,[/red],[@click=app.quit]", Host("10.0.0.1", "[/red]", "[@click=app.quit]"), id="markup"),
        pytest.param(
            "10.0.0.1,=1+1,@sum", Host("10.0.0.1", "=1+1", "@sum"), id="formulas stay: only CSV export quotes"
        ),
        pytest.param("10.0.0.1,\x1b[31m\a,b\u202ec", Host("10.0.0.1", "�[31m�", "b�c"), id="ANSI, BEL, bidi"),
    ],
)
def test_texts_are_kept_as_they_are_and_made_harmless(folder: Folder, row: str, expected: Host) -> None:
    assert folder.host(row) == expected


def test_controls_in_a_heading_are_made_harmless(folder: Folder) -> None:
    assert folder.host("# Room\x1b[2J 1\n10.0.0.1").group == "Room�[2J 1"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("223.255.255.255", "223.255.255.255"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("2001:DB8:0:0:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("[FE80::1%eth0.7]", "fe80::1%eth0.7"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("::ffff:a00:1", "10.0.0.1"),
        ("Router-1.Company.NET", "router-1.company.net"),
        ("router_1", "router_1"),
        ("router.company.net.", "router.company.net."),
        ("a" * 63, "a" * 63),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("never-heard-of-it.invalid", "never-heard-of-it.invalid"),
        ("1and1.com", "1and1.com"),
    ],
)
def test_every_address_has_one_normal_form(folder: Folder, written: str, name: str) -> None:
    host = folder.host(f"{written},x,y")

    assert host.name == name
    assert host.shown == ""


@pytest.mark.parametrize(
    ("written", "name"),
    [("München.de", "xn--mnchen-3ya.de"), ("drucker.BÜRO。de", "drucker.xn--bro-hoa.de")],
)
def test_an_international_name_goes_out_as_idna_and_both_are_shown(folder: Folder, written: str, name: str) -> None:
    host = folder.host(f"{written},x,y")

    assert (host.name, host.shown) == (name, written)


FOUR_NUMBERS = "is not an address; write four numbers 0-255"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("10.1.1.300", FOUR_NUMBERS),
        ("010.1.1.1", f"{FOUR_NUMBERS} without leading zeros"),
        ("10.1", FOUR_NUMBERS),
        ("0x7f.1", FOUR_NUMBERS),
        ("0x7f000001", FOUR_NUMBERS),
        ("2130706433", FOUR_NUMBERS),
        ("10.1.1.1.1", FOUR_NUMBERS),
        ("１０.１.１.１", FOUR_NUMBERS),
        ("١٠.١.١.١", FOUR_NUMBERS),
        ("0.0.0.0", "means no address"),
        ("::", "means no address"),
        ("255.255.255.255", "broadcast"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("ff02::1%eth0", "multicast"),
        ("::ffff:224.0.0.1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("fe80::1", "lacks its zone; name the interface: fe80::1%eth0"),
        ("fe80::1%", "is not an address"),
        ("fe80::1%a/b", "no single host"),
        ("fe80::1%much-too-long-a-name", "not the name of an interface"),
        ("2001:db8::1%eth0", "not link-local"),
        ("::ffff:10.0.0.1%eth0", "not link-local"),
        ("2001:db8:::1", "write IPv6 like"),
        ("10.0.0.0/24", "each address of a network"),
        ("host:80", "has a port"),
        ("10.0.0.1:80", "has a port"),
        ("[::1]:80", "has a port"),
        ("http://company.net/", "is a URL"),
        ("-f", "looks like an option"),
        ("; rm -rf x", "wrong delimiter"),
        ("10.0.0.1;Router;Room", "a semicolon: wrong delimiter; separate the fields by commas"),
        ("10.0.0.1\tRouter\tRoom", "a tab: wrong delimiter"),
        ("my host", "holds a space"),
        ("ho\u00adst", "do not print"),
        ("host\x1b[0m", "do not print"),
        ("a" * 64, "longer than 63"),
        ("a." * 130 + "net", "longer than 253"),
        ("ü" * 64 + ".de", "not a host name"),
        ("ü.ab" * 60, "longer than 253"),
        (".", "not a host name"),
        ("a..b", "not a host name"),
        ("host!", "not a host name"),
        ("℀.de", "not a host name"),
        ("-a.de", "looks like an option"),
        ("a-.de", "not a host name"),
        ("straße.de", "IDNA 2003 and 2008; write the form that begins with xn--"),
    ],
)
def test_what_is_no_host_is_refused_with_a_hint(folder: Folder, written: str, said: str) -> None:
    folder.write("hosts.csv", f"10.9.9.9\n{written},x,y\n")

    assert folder.problem().startswith("hosts.csv:2: ")
    assert said in folder.problem()


def test_a_problem_reads_as_the_manual_says(folder: Folder) -> None:
    folder.write("hosts.csv", "\n" * 16 + "10.1.1.300,Router,MDF\n")

    assert folder.problem() == "hosts.csv:17: 10.1.1.300 is not an address; write four numbers 0-255"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",Router,MDF", "the address is missing"),
        ('10.0.0.1,"Router,MDF', "a quoted text does not end on its line"),
        ('10.0.0.1,"Router"1,MDF', "text follows a closing quote"),
        ("10.0.0.1,a,b,c", "c is not key=value; put quotes around a text that holds commas"),
        ("10.0.0.1,a,b,parent=10.9.9.9,0", "0 is not key=value"),
        (
            "10.0.0.1,a,b,atempts=3",
            "atempts is not an option; the options are parent, attempts, timeout, failures, mail",
        ),
        ("10.0.0.1,a,b,attempts=3,attempts=4", "attempts is twice"),
        ("10.0.0.1,a,b,attempts=0", "attempts: 0 is not allowed; write a whole number from 1 to 20"),
        ("10.0.0.1,a,b,attempts=21", "attempts: 21 is not allowed"),
        ("10.0.0.1,a,b,attempts=٣", "attempts: ٣ is not allowed"),
        ("10.0.0.1,a,b,attempts=+3", "attempts: +3 is not allowed"),
        ("10.0.0.1,a,b,timeout=0", "timeout: 0 is not allowed; write a number of seconds from 0.01 to 60"),
        ("10.0.0.1,a,b,timeout=61", "timeout: 61 is not allowed"),
        ("10.0.0.1,a,b,timeout=nan", "timeout: nan is not allowed"),
        ("10.0.0.1,a,b,timeout=1e1", "timeout: 1e1 is not allowed"),
        ("10.0.0.1,a,b,mail=no", "mail: no is not allowed; write mail=on or mail=off"),
        ("10.0.0.1,a,b,parent=10.1", "parent: 10.1 is not an address"),
        ("10.0.0.1,a,b,parent=", "parent: the address is missing"),
        ("10.0.0.1,a,b,attempts=20,timeout=15", "attempts x timeout is 300 s; keep it below interval = 300"),
        ("10.0.0.1," + "x" * 131_073, "a field is longer than 131,072 characters"),
        ('10.0.0.1,"' + "x" * 131_073 + '"', "a field is longer than 131,072 characters"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(folder: Folder, row: str, said: str) -> None:
    folder.write("hosts.csv", f"10.9.9.9\n{row}\n10.8.8.8\n")

    assert folder.problem().startswith("hosts.csv:2: ")
    assert said in folder.problem()


def test_every_problem_of_a_row_is_told(folder: Folder) -> None:
    folder.write("hosts.csv", "10.0.0.1,a,b,attempts=x,timeout=y,z=1\n10.0.0.1\n")

    assert [problem.split(" is ")[0] for problem in folder.problems()] == [
        "hosts.csv:1: attempts: x",
        "hosts.csv:1: timeout: y",
        "hosts.csv:1: z",
        "hosts.csv:2: 10.0.0.1",
    ]


@pytest.mark.parametrize("again", ["10.0.0.1", "::ffff:10.0.0.1", "  10.0.0.1,other,place"])
def test_the_same_host_twice_names_both_lines(folder: Folder, again: str) -> None:
    folder.write("hosts.csv", f"# Heading\n10.0.0.1,x,y\n\n{again}\n")

    assert folder.problem() == "hosts.csv:4: 10.0.0.1 is already on line 2; delete one of the two rows"


def test_the_same_address_as_a_name_and_a_number_is_allowed(folder: Folder) -> None:
    assert [host.name for host in folder.hosts("127.0.0.1\nlocalhost\n")] == ["127.0.0.1", "localhost"]


@pytest.mark.parametrize("content", ["", "\n\n", ",,,\n", "# Heading\n#10.0.0.1,off,\n## comment\n"])
def test_a_file_without_a_host_is_a_problem(folder: Folder, content: str) -> None:
    folder.write("hosts.csv", content)

    assert folder.problem().startswith("hosts.csv: there is no host in the file; write one per row")


def test_of_many_problems_the_first_hundred_are_told_and_how_many_more(folder: Folder) -> None:
    folder.write("hosts.csv", "10.0.0\n" * 1234)

    problems = folder.problems()

    assert len(problems) == 101
    assert problems[99].startswith("hosts.csv:100: ")
    assert problems[100] == "hosts.csv: 1134 more problems; correct the ones above first"


def test_two_hundred_problems_are_all_told(folder: Folder) -> None:
    folder.write("hosts.csv", "10.0.0\n" * 200)

    assert len(folder.problems()) == 200


def test_a_parent_may_stand_below_and_is_found_in_any_spelling(folder: Folder) -> None:
    child, mapped, *_ = folder.hosts(
        "10.0.0.2,a,b,parent=Router.NET\n10.0.0.3,a,b,parent=::ffff:10.0.0.9\nrouter.net\n10.0.0.9\n"
    )

    assert (child.parent, mapped.parent) == ("router.net", "10.0.0.9")


def test_a_parent_that_is_not_in_the_file_is_a_problem(folder: Folder) -> None:
    folder.write("hosts.csv", "10.0.0.1\n#10.0.0.254,off,\n10.0.0.2,a,b,parent=10.0.0.254\n")

    assert folder.problem() == "hosts.csv:3: parent 10.0.0.254 is not in the file; add it as a row, or correct it"


@pytest.mark.parametrize(
    ("content", "circle"),
    [
        ("10.0.0.1,,,parent=10.0.0.1\n", "hosts.csv:1: parents go in a circle: 10.0.0.1 (line 1) -> 10.0.0.1;"),
        (
            # The first host leads into the circle and is no part of it.
            "in,,,parent=c\na,,,parent=b\nb,,,parent=c\nc,,,parent=a\n",
            "hosts.csv:2: parents go in a circle: a (line 2) -> b (line 3) -> c (line 4) -> a;",
        ),
    ],
)
def test_a_circle_is_named_once_with_its_lines(folder: Folder, content: str, circle: str) -> None:
    folder.write("hosts.csv", content)

    assert folder.problem().startswith(circle)


def test_two_circles_are_two_problems(folder: Folder) -> None:
    folder.write("hosts.csv", "a,,,parent=b\nb,,,parent=a\nc,,,parent=d\nd,,,parent=c\n")

    assert [problem.split(":")[1] for problem in folder.problems()] == ["1", "3"]


def test_a_chain_of_ten_thousand_parents_loads_at_once(folder: Folder) -> None:
    rows = [f"host{number},a,b,parent=host{number + 1}\n" for number in range(9_999)]

    began = time.process_time()
    hosts = folder.hosts("".join(rows) + "host9999\n")

    assert len(hosts) == 10_000
    assert time.process_time() - began < 5  # one step per pair would take minutes


def test_a_circle_of_ten_thousand_hosts_is_cut_short(folder: Folder) -> None:
    rows = [f"host{number},a,b,parent=host{(number + 1) % 10_000}\n" for number in range(10_000)]
    folder.write("hosts.csv", "".join(rows))

    assert "host7 (line 8) -> … -> host0;" in folder.problem()
