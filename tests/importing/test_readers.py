"""What each reader takes of the files that people have."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from conntest_tui.importing.csv_hosts import Columns, Table, parse_columns
from conntest_tui.importing.file_format import read_data, read_file
from conntest_tui.importing.hosts_csv_merge import merge
from conntest_tui.importing.imported_hosts import ImportedHost, ImportResult, NotReadableError, SkippedEntry


def nobody(_: Table) -> Columns | None:
    """Nobody is there to be asked."""
    return None


def read(text: str | bytes, columns: str = "") -> ImportResult:
    data = text.encode() if isinstance(text, str) else text
    return read_data(data, parse_columns(columns) if columns else None, nobody)


# ---------------------------------------------------------------- nmap

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


def test_other_xml_is_refused() -> None:
    with pytest.raises(NotReadableError, match="not of nmap"):
        read("<html><body>404</body></html>")


# ---------------------------------------------------------------- Nagios, Icinga

NAGIOS = """# Hosts of the office
define host{
    name            generic-host
    register        0
    }

define host {
        use                     generic-host
        host_name               core1          ; the one in the cellar
        alias                   Core switch, cellar
        address                 10.1.1.254
        hostgroups              +switches,all
        _LOCATION               Bldg 6 MDF 101
}
define host{
\thost_name\tprn7
\tparents\tcore1, other
\taddress\t10.1.1.7
}
define host {
  host_name   web.example
}
define host {
  use generic-host
}
define service {
  host_name   core1
  check_command check_ping!100.0,20%!500.0,60%
}
"""


def test_host_definitions_of_nagios() -> None:
    assert read(NAGIOS) == ImportResult(
        "host definitions of Nagios or Icinga",
        (
            ImportedHost("10.1.1.254", "Core switch, cellar", "Bldg 6 MDF 101", "switches", line=7),
            ImportedHost("10.1.1.7", "prn7", parent="10.1.1.254", line=15),
            ImportedHost("web.example", line=20),
        ),
        (SkippedEntry(23, "a definition without a name or an address"),),
    )


ICINGA = """/* hosts */
object Host "core1" {
  import "generic-host"
  address = "10.1.1.254"
  vars.disks["disk /"] = {
    disk_partitions = "/"
  }
  display_name = "Core switch { old }"
  vars.location = "MDF"
  groups = [ "switches", "all" ]
}

object Host "prn7" { address = "10.1.1.7"; display_name = "Printer; 7" }
object Service "ping" { host_name = "core1" }
// object Host "gone" { address = "10.1.1.8" }
object Host "v6.example" {
  address6 = "2001:db8::6"
}
"""


def test_host_objects_of_icinga() -> None:
    assert read(ICINGA).hosts == (
        ImportedHost("10.1.1.254", "Core switch { old }", "MDF", "switches", line=2),
        ImportedHost("10.1.1.7", "Printer; 7", line=13),
        ImportedHost("2001:db8::6", "v6.example", line=16),
    )


def test_groups_of_nagios_may_come_from_a_template_or_from_the_group() -> None:
    """The ways of Nagios' own example files, and pynag/pynag#109: a list that is continued, with an empty end."""
    text = r"""
define hostgroup {
    hostgroup_name  zrh01.ch
    members         \
                    dns01.zrh01,\
                    pbx01.zrh01,\

}
define hostgroup {
    hostgroup_name  all
    members         *,!dns01.zrh01
}
define host { host_name  dns01.zrh01
    address  10.2.1.1
}
define host { host_name  pbx01.zrh01
    address  10.2.1.2
    hostgroups  null
}
define host {
    name        base
    parents     dns01.zrh01
    _LOCATION   MDF 7
    register    0
}
define host {
    name        switch
    use         base,switch
    hostgroups  +switches,all
    register    0
}
define host {
    use         gone,switch
    host_name   sw1
    alias       Switch\; old  ; a comment
    address     10.2.1.3
}
"""
    assert read(text).hosts == (
        ImportedHost("10.2.1.1", "dns01.zrh01", group="zrh01.ch", line=13),
        ImportedHost("10.2.1.2", "pbx01.zrh01", group="zrh01.ch", line=16),
        ImportedHost("10.2.1.3", "Switch; old", "MDF 7", "switches", parent="10.2.1.1", line=32),
    )


def test_icinga_comments_expressions_templates_and_dependencies() -> None:
    """Icinga's own example file names its host by a constant; what is computed is no host, and is told."""
    text = r"""/*
object Host "commented" { address = "10.9.9.9" }
*/
object Host NodeName {  // this machine
  address = "127.0.0.1" # not its name
  /* address = "10.9.9.8" */ vars.url = "http://a/*b"
}
template Host "switch" {
  groups = [ "switches" ]
  vars.location = "MDF"
}
object Host "z" {
  import "switch"
  address = "10.5.1.9" /* main */
  display_name = "Z \"big\""
  vars.note = {{{ address = "10.9.9.7" }
  }}}
}
object Host "asks" {
  address = get_host("z").address
}
object Host "constant" {
  address = MasterAddress
}
for (i in range(1, 3)) {
  object Host "n" + i { address = "10.5.2." + i }
}
object Host "last" use (i) { address = "10.5.1.8" }
object Dependency "up" {
  parent_host_name = "z"
  child_host_name = "last"
}
"""
    assert read(text) == ImportResult(
        "host definitions of Nagios or Icinga",
        (
            ImportedHost("127.0.0.1", line=4),
            ImportedHost("10.5.1.9", 'Z "big"', "MDF", "switches", line=12),
            ImportedHost("10.5.1.8", "last", parent="10.5.1.9", line=28),
        ),
        (
            SkippedEntry(19, 'asks: its address is computed: get_host("z").address'),
            SkippedEntry(22, "constant: its address is computed: MasterAddress"),
            SkippedEntry(26, '"n" + i: its address is computed: "10.5.2." + i'),
        ),
    )


# ---------------------------------------------------------------- Ansible

ANSIBLE = """# site inventory
mail.example.com

[webservers]
web[01:03].example.com
db-[a:b] ansible_host=10.1.1.5   # ranges with one address make no sense
core ansible_host=10.1.1.254 ansible_user="net admin" ansible_port=22
jump.example:2222

[dbservers]
core
one.example
broken "quote

[all:vars]
ansible_user=root

[south:children]
webservers
"""


def test_an_ansible_inventory() -> None:
    reading = read(ANSIBLE)

    assert reading.hosts == (
        ImportedHost("mail.example.com", line=2),
        ImportedHost("web01.example.com", group="webservers", line=5),
        ImportedHost("web02.example.com", group="webservers", line=5),
        ImportedHost("web03.example.com", group="webservers", line=5),
        ImportedHost("10.1.1.5", "db-a", group="webservers", line=6),
        ImportedHost("10.1.1.5", "db-b", group="webservers", line=6),
        ImportedHost("10.1.1.254", "core", group="webservers", line=7),
        ImportedHost("jump.example", group="webservers", line=8),
        ImportedHost("one.example", group="dbservers", line=12),
    )
    assert [skipped.line for skipped in reading.skipped] == [13]


@pytest.mark.parametrize(
    ("pattern", "hosts"),
    [
        ("a[1:3]", ["a1", "a2", "a3"]),
        ("a[08:12:2]x", ["a08x", "a10x", "a12x"]),
        ("r[1:2]n[a:b]", ["r1na", "r1nb", "r2na", "r2nb"]),
        ("10.1.1.[250:252]", ["10.1.1.250", "10.1.1.251", "10.1.1.252"]),
    ],
)
def test_ranges_of_ansible_are_written_out(pattern: str, hosts: list[str]) -> None:
    assert [found.host for found in read(f"[g]\n{pattern}\n").hosts] == hosts


@pytest.mark.parametrize(
    "pattern", ["a[1:99999]", "a[1:999]b[1:999]", "a[3:1]", "a[1:c]", "a[1:3:0]", "a[1:" + "9" * 50 + "]"]
)
def test_ranges_without_end_are_left_out(pattern: str) -> None:
    reading = read(f"[g]\n{pattern}\nb.example\n")

    assert [found.host for found in reading.hosts] == ["b.example"]
    assert reading.skipped[0].line == 2


def test_a_host_that_begins_with_a_range_is_no_section() -> None:
    """ansible/ansible#15331 and #17342: everything below it was taken for variables of a section `1:3`."""
    reading = read("[g]\n[1:3].example\nfail.[1:2].example\n[web:children]  # of them\ng\n[all]\nlast.example\n")

    assert [found.host for found in reading.hosts] == [
        *("1.example", "2.example", "3.example", "fail.1.example", "fail.2.example", "last.example"),
    ]
    assert reading.skipped == ()


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("host-1.example.com:2222", "host-1.example.com"),
        ("[2001:db8::7]:22", "2001:db8::7"),
        ("[2001:db8::7]", "[2001:db8::7]"),
        ("2001:db8::7", "2001:db8::7"),
        ("127.0.0.1 person='John Q'", "127.0.0.1"),
    ],
)
def test_a_port_of_an_inventory_is_no_part_of_the_host(written: str, host: str) -> None:
    assert [found.host for found in read(f"[g]\nfirst\n{written}\n").hosts] == ["first", host]


def test_what_an_inventory_does_not_reach_over_the_network_is_left_out() -> None:
    reading = read(
        "[g]\nlocalhost ansible_connection=local\nbox ansible_connection=community.docker.docker\n"
        "sw1 ansible_connection=local\nvm ansible_connection=lxd ansible_host=10.1.1.5\n"
    )

    assert [found.host for found in reading.hosts] == ["sw1", "10.1.1.5"]
    assert reading.skipped == (
        SkippedEntry(2, "localhost: it is this machine itself"),
        SkippedEntry(3, "box: it is reached by ansible_connection=community.docker.docker, not over the network"),
    )


LISTED = """{
    "_meta": {"hostvars": {
        "web1": {"ansible_host": "10.1.1.1", "x": [1]},
        "db": {"ansible_ssh_host": "10.1.1.3"},
        "box": {"ansible_connection": "podman"}
    }},
    "all": {"children": ["ungrouped", "south"]},
    "south": {"children": ["web", "south"]},
    "web": {"hosts": ["web1", "web2.example", "box"]},
    "databases": {"hosts": ["db", "web1"]},
    "ungrouped": {"hosts": ["alone.example"]}
}"""


def test_what_ansible_inventory_lists_is_read() -> None:
    """So every inventory can be imported: YAML, directories, plugins and their variables."""
    assert read(LISTED) == ImportResult(
        "an Ansible inventory",
        (
            ImportedHost("10.1.1.1", "web1", group="web"),
            ImportedHost("web2.example", group="web"),
            ImportedHost("10.1.1.3", "db", group="databases"),
            ImportedHost("alone.example"),
        ),
        (SkippedEntry(0, "box: it is reached by ansible_connection=podman, not over the network"),),
    )


@pytest.mark.parametrize(
    "text", ["all:\n  hosts:\n    web1:\n      ansible_host: 10.1.1.1\n", "---\n# site\nall:\n  children:\n    web:\n"]
)
def test_yaml_is_refused_with_the_hint(text: str) -> None:
    with pytest.raises(NotReadableError, match="this is YAML") as caught:
        read(text)

    assert "ansible-inventory -i FILE --list > hosts.json" in caught.value.hint


@pytest.mark.parametrize("row", ["{}", "{},Printer,Lobby"])
def test_a_list_with_a_mistake_is_still_a_list(row: str) -> None:
    hosts = ["10.1.1.1", "10.1.1.999", "sw1.example"]

    reading = read("\n".join(map(row.format, hosts)))

    assert [host.host for host in reading.hosts] == ["10.1.1.1", "sw1.example"]
    assert [left.line for left in reading.skipped] == [2]


def test_a_text_of_one_column_without_hosts_is_none_of_the_kinds() -> None:
    with pytest.raises(NotReadableError, match="no host") as caught:
        read("*** Targets ***\nprobe = FPing\n+ Local\nmenu = Local\nhost = 10.1.1.1\n")

    assert "an Ansible inventory" in caught.value.hint
    assert "columns are" not in caught.value.hint


# ---------------------------------------------------------------- Uptime Kuma

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


@pytest.mark.parametrize("text", ["{", "{}", '{"monitorList": 5}', "[" * 100_000, '{"a":' * 100_000])
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(NotReadableError):
        read(text)


# ---------------------------------------------------------------- tables


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


def test_a_person_is_asked_when_it_is_not_clear() -> None:
    asked: list[Table] = []

    def somebody(table: Table) -> Columns:
        asked.append(table)
        return Columns(3, 2)

    reading = read_data(b"7,core1,10.1.1.254,Bldg 6\n", None, somebody)

    assert reading.hosts == (ImportedHost("10.1.1.254", "core1", line=1),)
    assert len(asked) == 1


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


@pytest.mark.parametrize("data", [b"name,ip\nB\xfcro,10.1.1.5\n", b"a\0b", b"", b"\n\n", b"# only a comment\n"])
def test_what_is_no_text_or_nothing_is_refused(data: bytes) -> None:
    with pytest.raises(NotReadableError):
        read(data)


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


_LONG = 2 << 20


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\n" * _LONG, id="line ends"),
        pytest.param(b" " * _LONG + b"x", id="spaces"),
        pytest.param(b"," * _LONG, id="commas"),
        pytest.param(b"a,10.0.0.1\n" + b'"' * _LONG, id="quotes"),
        pytest.param(b"[a]\n" + b"x " * (_LONG // 2), id="a line of an inventory"),
        pytest.param(b"[" * _LONG, id="brackets"),
        pytest.param(b"[a]\n" + b"a[1:4]" * (_LONG // 6), id="ranges"),
        pytest.param(b'object Host "a" {' + b';"' * (_LONG // 2), id="settings of Icinga"),
        pytest.param(b'object Host "a" {}' + b"/*{{{" * (_LONG // 5), id="comments of Icinga"),
        pytest.param(b'object Host "a" {}' + b'\\"' * (_LONG // 2), id="quotes of Icinga"),
        pytest.param(b"define host {\n" + b"a\\\n" * (_LONG // 3), id="lines that are continued"),
        pytest.param(b"define host {\nname a\nuse a,a\n}\n" * (_LONG // 29), id="templates of themselves"),
        pytest.param(b"define host {\n" + b"define host {\n" * (_LONG // 14), id="definitions"),
        pytest.param(b'{"monitorList": [' + b"{}," * (_LONG // 3) + b"{}]}", id="monitors"),
        pytest.param(b'{"monitorList": [' + b"[" * _LONG, id="nested"),
        pytest.param(b"<nmaprun>" + b"<a>" * (_LONG // 3), id="elements"),
        pytest.param(b"<nmaprun " + b'a="b" ' * (_LONG // 6), id="attributes"),
        pytest.param(b"10.0.0.1\n" * (_LONG // 9), id="one host"),
    ],
)
def test_no_file_takes_time_in_the_square_of_its_size(data: bytes) -> None:
    """Where one did, the time limit of the suite ends it: 3 MB would take hours."""
    with suppress(NotReadableError):
        assert read(data).what
