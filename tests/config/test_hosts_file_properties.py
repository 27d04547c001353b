"""Whatever the bytes, each line is a host, a heading, a comment, skipped with a word, or a problem with its line."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.config.line_accounting import BLANK, HEADER, HOST, PROBLEM, account

FIELDS = st.sampled_from(
    """10.0.0.1|10.0.0.2|::1|fe80::1|a.example|server01|10.1.1.x|10.1.1.1-9|10.1.1.300|10,1,1,1|host|ip|name|description
location|IP Address|site|| |0|parent=10.0.0.1|mail=off|# A|#10.0.0.3|##|# todo|"|"a, b"|"# b"|Building 5|attempts=x
2nd floor""".replace("\n", "|").split("|")
)
ROWS = st.lists(FIELDS | st.text(max_size=4), min_size=1, max_size=6).map(",".join)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
FILES = st.tuples(st.lists(ROWS, max_size=9), ENDS).map(lambda made: made[1].join(made[0]).encode())


@settings(max_examples=400, deadline=timedelta(seconds=5))
@given(data=FILES | st.binary(max_size=120))
def test_nothing_is_passed_over_without_a_word(data: bytes) -> None:
    account(data)


def test_the_account_of_a_file_with_everything() -> None:
    rows = [
        "host,description,location",
        "# A",
        "10.0.0.1,x",
        "10.0.0.1,twice",
        ",,",
        "#10.0.0.2",
        "## c",
        "10.1.1.x",
        "# todo",
    ]

    assert account("\n".join(rows).encode()) == {
        HEADER: 1, HOST: 1, BLANK: 1, PROBLEM: 2, "the heading of a group": 1,
        "a host that is commented out": 1, "a comment": 1, "a note": 1,
    }  # fmt: skip
