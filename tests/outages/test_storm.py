"""Many outages that begin together are told as one thing, and only after a second look."""

import pytest

from conntest_tui.model import EventKind, Host, Outcome, SweepReport
from conntest_tui.outages import Rules
from tests.outages.play import Play, result

TEN = "abcdefghij"


def hosts() -> list[Host]:
    return [Host(name, group="Building 6" if name in "abcdef" else "") for name in TEN]


def storms(play: Play) -> int:
    return [event.kind for event in play.events].count(EventKind.STORM)


def test_one_that_is_over_at_the_second_look_is_none() -> None:
    play = Play(*hosts())
    play.sweep()
    play.sweep(down="a b c d e", again="b")
    assert play.doubted == {"a", "b", "c", "d", "e"}
    assert play.mails() == ["failed b"]
    assert not storms(play)


def test_one_that_holds_is_one_event_that_names_the_groups() -> None:
    play = Play(*hosts())
    play.sweep()
    play.sweep(down="a b c d i j")
    assert [event.text for event in play.events if event.kind is EventKind.STORM] == [
        "6 of 10 hosts failed in one sweep: Building 6 (4), no group (2)"
    ]
    assert play.log()[0].startswith("6 of 10"), "told before its failures"
    assert {notification.sweep for notification in play.notifications} == {2}, "so that mail makes one digest of them"
    assert len(play.mails()) == 6


def test_many_groups_are_counted_not_listed() -> None:
    play = Play(*(Host(f"h{i}", group=f"Building {i:02}") for i in range(14)))
    play.sweep(down=" ".join(f"h{i}" for i in range(14)))
    text = play.log()[0]
    assert "Building 09 (1)" in text
    assert text.endswith("Building 09 (1) and 4 more groups")


@pytest.mark.parametrize(
    ("names", "rules", "before", "down", "storm"),
    [
        (TEN, Rules(), "a b c", "a b c d e f", False),  # 3 of 7 is less than half, and fewer than five
        (TEN, Rules(storm_minimum=3), "", "a b c d", False),  # 4 of 10
        (TEN, Rules(storm_minimum=3), "a b c d", "a b c d e f g", True),  # 3 of the 6 that were up
        ("abcd", Rules(), "", "a b c d", False),  # fewer than five
    ],
)
def test_it_takes_the_minimum_and_the_share_of_the_hosts_that_were_up(
    names: str, rules: Rules, before: str, down: str, *, storm: bool
) -> None:
    play = Play(*names, rules=rules)
    play.sweep()
    play.sweep(down=before)
    told = storms(play)
    play.sweep(down=down)
    assert storms(play) == told + storm


def test_at_the_first_sweep_every_host_counts_as_up() -> None:
    play = Play(*hosts())
    play.sweep(down="a b c d e")
    assert storms(play) == 1


def test_a_further_failed_sweep_is_no_new_storm() -> None:
    play = Play(*hosts())
    play.sweep(down=" ".join(TEN))
    play.sweep(down=" ".join(TEN))
    assert not play.doubted
    assert storms(play) == 1


def test_a_sweep_that_was_cut_short_raises_no_doubts() -> None:
    play = Play(*hosts())
    report = SweepReport(tuple(result(name, Outcome.SILENT) for name in TEN), 1.0, 10, complete=False)
    assert not play.tracker.doubtful(report, play.clock.now())
