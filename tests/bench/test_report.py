"""A month of 1,000 hosts in under three seconds: `tests.bench.report`, with text alone."""

from tests.bench.report import measure


def test_a_month_of_a_thousand_hosts_takes_less_than_three_seconds() -> None:
    """Of processor time: what else this machine does is no affair of the report."""
    found = measure(1_000, ("text",))
    assert found["outages"] > 1_000
    assert found["text, bytes"] > 100_000
    assert found["text, processor"] < 3
