"""What is taken of the host objects of Icinga."""

from conntest_tui.importing.imported_hosts import ImportedHost, ImportResult, SkippedEntry
from tests.importing.reading import read

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
