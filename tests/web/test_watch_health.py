"""Whether the watch is well."""

import time
from dataclasses import replace

import pytest

from conntest_tui.model import MailHealth
from conntest_tui.text import without_addresses
from conntest_tui.web.watch_health import own_problems, standstill, troubles
from tests.web.sites import FIGURES, NOW, ROUTER, down, snapshot
from tests.web.views import later

SITE = snapshot([down(ROUTER)])


def test_hosts_that_are_down_are_no_trouble_of_the_watch() -> None:
    assert not list(troubles(SITE, FIGURES, NOW))


def test_a_sweep_may_be_late_by_an_interval_and_no_more() -> None:
    # judged 20 s ago, every 300 s, in 1.25 s: 2 * (300 + 1.25) + 30
    assert not standstill(SITE, *later(612))
    assert standstill(SITE, *later(613)) == "No sweep has ended for 10m 33s, since the last one: what is shown is old."


def test_a_shorter_interval_makes_no_sweep_late() -> None:
    shorter = replace(SITE, sweep=replace(SITE.sweep, interval=5.0))
    figures, now = later(400)
    assert standstill(shorter, figures, now)
    assert not standstill(shorter, replace(figures, pace=300.0), now)


def test_the_first_sweep_has_its_time() -> None:
    for judged in (None, replace(NOW, steady=NOW.steady - 90_000)):
        begun = replace(FIGURES, began=NOW, judged=judged)
        figures, now = later(960)
        assert not standstill(SITE, replace(begun, alive=figures.alive), now)
        figures, now = later(961)
        assert "since the program started" in standstill(SITE, replace(begun, alive=figures.alive), now)


def test_a_loop_without_a_sign_of_life_stands_still_however_long_the_interval_is() -> None:
    daily = replace(SITE, sweep=replace(SITE.sweep, interval=86_400.0))
    assert not standstill(daily, *later(90, alive=False))
    assert "stood still for 1m 31s" in standstill(daily, *later(91, alive=False))
    assert standstill(None, FIGURES, NOW) == "The watch has not begun yet."


def test_setting_the_wall_clock_makes_nothing_old() -> None:
    assert not standstill(SITE, FIGURES, replace(NOW, wall=NOW.wall + 90_000))


@pytest.mark.parametrize(
    ("health", "words"),
    [
        (MailHealth.HELD, "Mail is held"),
        (MailHealth.LOST, "Mail was lost"),
        *((health, "") for health in MailHealth if health not in (MailHealth.HELD, MailHealth.LOST)),
    ],
)
def test_mail_that_is_held_or_lost_is_trouble(health: MailHealth, words: str) -> None:
    found = list(troubles(replace(SITE, mail=replace(SITE.mail, health=health)), FIGURES, NOW))
    assert len(found) == bool(words)
    assert all(words in one for one in found)


def test_a_lost_link_and_a_state_in_trouble_are_said() -> None:
    figures = replace(FIGURES, links_lost=("IPv4", "IPv6"), state_trouble="disk full at /home/a@b.example")
    found = list(troubles(SITE, figures, NOW))
    assert found == [
        "The own IPv4 and IPv6 link of this machine is lost: nothing across it is watched.",
        "The state is in trouble: disk full at (an address)",
    ]


def test_a_long_word_is_looked_through_once() -> None:
    began = time.process_time()
    assert without_addresses("a" * 50_000) == "a" * 50_000
    assert time.process_time() - began < 1, "as often as it has characters takes eleven seconds"


def test_no_address_of_mail_is_shown() -> None:
    text = 'to a@b.example, "c d"@e.example; <f@g>: x@[10.0.0.1] (o\'neil@h.example)'
    assert "example" not in without_addresses(text)
    assert "@" not in without_addresses(text)
    assert own_problems(replace(SITE, problems=("log: full", "mail: a@b"))) == (
        "log: full",
        "mail: there is trouble with mail, the outbox of the console says what",
    )
