"""What is taken of inventories of Ansible, and of what ansible-inventory lists."""

import pytest

from conntest_tui.importing.imported_hosts import ImportedHost, ImportResult, SkippedEntry
from tests.importing.reading import read

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
