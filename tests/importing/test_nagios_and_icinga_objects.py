"""What is taken of the host definitions of Nagios, and of the host objects of Icinga."""

from conntest_tui.importing.imported_hosts import ImportedHost, ImportResult, SkippedEntry
from tests.importing.reading import read

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
