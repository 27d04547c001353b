"""parent=: hosts behind other hosts."""

import time

import pytest

from tests.config.folder import Folder


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
