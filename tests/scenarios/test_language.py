"""The language itself: what it reads, and what it says about what it cannot read."""

import pytest

from tests.scenarios.language import ScenarioError, parse
from tests.scenarios.sentences import names, rows, span, step

PLAIN = """
# One cause, one mail.
hosts     switch, printer behind switch, cam1..cam3 behind switch in "Building 4", radio mail=off
every     2m                  # a comment
renotify  30m
storm.minimum 3
mail      to noc@example.com, boss@example.com

at 10m    switch fails
          cam1..cam3 fail
until     1h

mails
  10m     to noc@example.com: [DOWN] switch
          | Unreachable because of it
  10m..15m  [DOWN] cam1 ... 3

log
  10m     unreachable cam1 ...

finally
  switch is down   ▁✕✕
  mail is ok
"""


def test_a_scenario_is_read_as_it_is_meant() -> None:
    scenario = parse(PLAIN)
    assert [host.name for host in scenario.hosts] == ["switch", "printer", "cam1", "cam2", "cam3", "radio"]
    assert [host.parent for host in scenario.hosts] == [None, *["switch"] * 4, None]
    assert [host.group for host in scenario.hosts[2:]] == ["Building 4"] * 3 + [""]
    assert [host.mail for host in scenario.hosts] == [True] * 5 + [False]
    assert scenario.settings == {"interval": 120.0, "renotify": 1800.0, "storm": {"minimum": 3}}
    assert scenario.recipients == ("noc@example.com", "boss@example.com")
    assert [(happening.at, happening.text) for happening in scenario.happenings] == [
        (600.0, "switch fails"),
        (600.0, "cam1..cam3 fail"),
    ]
    first, second = scenario.mails
    assert (first.first, first.last, first.text) == (600.0, 600.0, "[DOWN] switch")
    assert (first.to, first.quotes) == (("noc@example.com",), ("Unreachable because of it",))
    assert (second.first, second.last, second.to) == (600.0, 900.0, ())
    assert [line.text for line in scenario.log] == ["unreachable cam1 ..."]
    assert [(ending.name, ending.state, ending.bar) for ending in scenario.endings] == [
        ("switch", "down", "▁✕✕"),
        ("mail", "ok", ""),
    ]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("hots a", "line 2: `hots` is neither a word of the language nor a setting"),
        ("at noon printer fails", "line 2: `noon` is no time"),
        ("at 5m printer explodes", "line 2: nobody knows how to act `printer explodes`"),
        ("at 5m camera fails", "line 2: there is no host camera"),
        ("at 5m operator mutes camera for 1h", "line 2: there is no host camera"),
        ("at 5m printer fails\nat 4m printer answers", "line 3: this happens before what stands above it"),
        ("  printer fails", "line 2: `printer fails` is no host"),
        ("hosts a behind", "line 2: `a behind` is no host"),
        ("mail from nobody", "line 2: mail is `to` somebody, or `behind` a host"),
        ("at 2h printer fails\nuntil 1h", "line 3: it ends before the last thing happens"),
        ("mails\n  soon [DOWN] printer", "line 3: `soon [DOWN] printer` does not begin with a time"),
        ("mails\n  | quoted", "line 3: a quotation stands below its mail"),
        ("finally\n  printer up", "line 3: `printer up` is no ending"),
        ("at 5m printer fails", "it has no end"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(line: str, complaint: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(f"hosts printer\n{line}")
    assert str(caught.value).startswith(complaint)


def test_a_host_that_comes_later_is_known_from_then_on() -> None:
    parse("hosts printer\nat 5m hosts.csv gains nas behind printer\nat 6m nas fails\nuntil 1h")


def test_words() -> None:
    assert span("1h30m") == 5400
    assert span("2d3s") == 172803
    assert (step("+1h"), step("-5m")) == (3600, -300)
    assert names("a, b2..b4, c") == ("a", "b2", "b3", "b4", "c")
    assert [host.name for host in rows('a1..a2 behind b in "x y"')] == ["a1", "a2"]
