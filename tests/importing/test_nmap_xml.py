"""What is taken of the reports of nmap."""

import pytest

from conntest_tui.importing.imported_hosts import ImportedHost, ImportResult, NotReadableError, SkippedEntry
from tests.importing.reading import read

NMAP = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/share/nmap/nmap.xsl" type="text/xsl"?>
<!-- Nmap 7.94 scan initiated as: nmap -sn -oX - 10.1.1.0/24 -->
<nmaprun scanner="nmap" args="nmap -sn -oX - 10.1.1.0/24" version="7.94" xmloutputversion="1.05">
<host><status state="up" reason="arp-response"/>
<address addr="10.1.1.1" addrtype="ipv4"/>
<address addr="00:11:22:33:44:55" addrtype="mac" vendor="Cisco &amp; Sons"/>
<hostnames>
<hostname name="gw.example" type="PTR"/>
</hostnames>
</host>
<host><status state="up"/><address addr="10.1.1.2" addrtype="ipv4"/>
<address addr="00:11:22:33:44:56" addrtype="mac" vendor="HP"/></host>
<host><status state="down"/><address addr="10.1.1.3" addrtype="ipv4"/></host>
<host><status state="up"/><address addr="2001:db8::7" addrtype="ipv6"/>
<hostnames><hostname name="ptr.example" type="PTR"/><hostname name="seven.example" type="user"/></hostnames></host>
<runstats><hosts up="3" down="1" total="4"/></runstats>
</nmaprun>
"""


def test_an_nmap_report_gives_the_hosts_that_were_up() -> None:
    assert read(NMAP) == ImportResult(
        "an nmap report",
        (
            ImportedHost("10.1.1.1", "gw.example", line=6),
            ImportedHost("10.1.1.2", "HP", line=13),
            ImportedHost("2001:db8::7", "seven.example", line=16),
        ),
        (SkippedEntry(0, "1 host that was not up"),),
    )


def test_an_nmap_report_that_breaks_off_gives_what_stands_before_that() -> None:
    reading = read(NMAP[: NMAP.index('<address addr="10.1.1.3"')])

    assert [host.host for host in reading.hosts] == ["10.1.1.1", "10.1.1.2"]
    assert [skipped.line for skipped in reading.skipped] == [15]


@pytest.mark.parametrize(
    "declared",
    [
        pytest.param('<!ENTITY a "x">', id="one"),
        pytest.param('<!ENTITY a SYSTEM "file:///etc/passwd">', id="a file"),
        pytest.param('<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;', id="of the declaration"),
        pytest.param('<!ENTITY a "' + "x" * 9000 + '"><!ENTITY b "' + "&a;" * 1000 + '">', id="a bomb"),
        pytest.param('<!ATTLIST host a CDATA "' + "x" * 9000 + '">', id="attributes of its own"),
    ],
)
def test_an_nmap_report_that_declares_entities_is_refused(declared: str) -> None:
    with pytest.raises(NotReadableError, match="declares entities"):
        read(NMAP.replace("<!DOCTYPE nmaprun>", f"<!DOCTYPE nmaprun [{declared}]>").replace("gw.example", "&a;"))


def test_reports_behind_each_other_are_all_read() -> None:
    """`--append-output`, and scans that a shell put into one file; one of them may break off."""
    broken = NMAP[: NMAP.index('<address addr="10.1.1.3"')]
    again = NMAP.replace("10.1.1.", "10.1.2.")

    reading = read(f"{broken}\n{again}{NMAP.replace('10.1.1.', '10.1.3.').replace('2001:db8::7', '2001:db8::9')}")

    assert [host.host for host in reading.hosts] == [
        *("10.1.1.1", "10.1.1.2", "10.1.2.1", "10.1.2.2", "2001:db8::7", "10.1.3.1", "10.1.3.2", "2001:db8::9"),
    ]
    assert [host.line for host in reading.hosts] == [6, 13, 21, 28, 31, 40, 47, 50]
    assert [skipped.line for skipped in reading.skipped] == [16, 0]
    assert "breaks off" in reading.skipped[0].text
    assert reading.skipped[1].text == "2 hosts that were not up"


def test_what_nmap_says_before_and_after_its_report_is_passed_over() -> None:
    said = "Starting Nmap 7.94 ( https://nmap.org )\n"

    reading = read(f"{said}{NMAP}Nmap done: 4 IP addresses (3 hosts up)\n")

    assert [host.line for host in reading.hosts] == [7, 14, 17]
    assert [skipped.text for skipped in reading.skipped] == ["1 host that was not up"]


def test_hosts_that_nmap_took_for_up_unasked_are_left_out_when_no_port_answered() -> None:
    """`-Pn` calls every address of the network up; monitoring all of them cries wolf."""
    hosts = "".join(
        f'<host><status state="up" reason="user-set"/><address addr="10.1.1.{number}" addrtype="ipv4"/>'
        f"<ports>{ports}</ports></host>"
        for number, ports in enumerate(
            (
                '<extraports state="filtered" count="1000"/>',
                '<port portid="80"><state state="open"/></port>',
                '<port portid="80"><state state="closed" reason="reset"/></port>',
                '<extraports state="closed" count="1000"/>',
                '<port portid="80"><state state="open|filtered"/></port>',
            ),
            1,
        )
    )

    reading = read(f"<nmaprun>{hosts}</nmaprun>")

    assert [host.host for host in reading.hosts] == ["10.1.1.2", "10.1.1.3", "10.1.1.4"]
    assert reading.skipped == (
        SkippedEntry(0, "2 hosts that nmap took for up unasked (-Pn), and of which no port answered"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "# Nmap 7.94 scan initiated as: nmap -oG - x\nHost: 10.1.1.1 (gw)\tStatus: Up\nHost: 10.1.1.2 ()\tStatus: Up\n",
        "# Nmap 7.94 scan initiated as: nmap -oN - x\nNmap scan report for 10.1.1.1\nHost is up (0.001s latency).\n",
        "Starting Nmap 7.94\nNmap scan report for gw (10.1.1.1)\nHost is up.\n",
    ],
)
def test_what_nmap_writes_for_people_is_refused_with_the_hint(text: str) -> None:
    with pytest.raises(NotReadableError, match="of nmap, but not its XML") as caught:
        read(text)

    assert caught.value.hint == "scan again with -oX FILE"
