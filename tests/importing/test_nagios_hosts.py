"""What is taken of the host definitions of Nagios."""

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
