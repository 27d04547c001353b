"""What follows from what name service says and said, and from who answers: the whole table, in virtual time."""

import socket
from collections.abc import Iterable

import pytest

from conntest_tui.icmp import Network
from conntest_tui.icmp.name_lookup_rules import (
    CONFIRM,
    GONE,
    NO_ANSWER,
    NOT_FOUND,
    SERVE_GONE,
    SERVE_SILENT,
    KnownName,
    LookupAnswer,
    Silence,
    found,
)
from conntest_tui.model import Outcome, ProbeResult, Refusal, Target
from conntest_tui.model.hosts_and_names import NameRecord
from conntest_tui.text import DAY, HOUR
from tests.icmp.naming import ABSENT, FAILED, NO_DATA, Says, Zone
from tests.icmp.world import START, Coming, Request, World, reply

OLD, NEW = "10.77.0.1", "10.77.0.2"

# What the table says: up, down, or why it is not judged.
UP, DOWN = "up", "down"
NAMES, ADDRESS = Refusal.NAMES.value, Refusal.ADDRESS.value

SAYS: dict[str, Says] = {
    "the old address": (OLD,),
    "another address": (NEW,),
    "both": (NEW, OLD),
    "no such name": ABSENT,
    "no data": NO_DATA,
    "a label that is none": UnicodeError("label too long"),
    "nothing in it": (),
    "it fails": FAILED,
    "it fails for good": socket.gaierror(socket.EAI_FAIL, "Non-recoverable failure"),
    "an error of the system": OSError(5, "Input/output error"),
    "0.0.0.0": ("0.0.0.0",),
    "multicast": ("224.0.0.1", "ff02::1"),
    "reserved": ("240.0.0.1",),
    "broadcast": ("255.255.255.255",),
    "link-local without zone": ("fe80::1",),
    "nothing mapped": ("::ffff:0.0.0.0", "::"),
    "loopback": ("127.0.0.1", "::1"),
    "this machine": ("10.0.0.1",),
}
GIVES_NONE = {"no such name", "no data", "a label that is none", "nothing in it"}
SILENT = {"it fails", "it fails for good", "an error of the system"}
GIVES_ONE = {"the old address", "another address", "both"}

KNOWN = {
    "never": None,
    "before": NameRecord("host", (OLD,), START - HOUR, answering=OLD, answering_since=START - DAY),
    "gone for long": NameRecord("host", (OLD,), START - 2 * DAY, START - SERVE_GONE - 1),
    "long ago": NameRecord("host", (OLD,), START - SERVE_SILENT - 1),
}


def right(says: str, known: str, *, answers: bool) -> str:
    """The table."""
    serves = known == "before"
    if says in GIVES_ONE or (serves and says in GIVES_NONE | SILENT):
        return UP if answers else DOWN
    if says in GIVES_NONE:
        return DOWN
    return NAMES if says in SILENT else ADDRESS


def network(world: World, zone: Zone, *records: NameRecord) -> Network:
    return Network(clock=world, machine=world, lookup=zone, records=records)


def sweep(network: Network, name: str = "host") -> ProbeResult:
    (result,) = network.sweep([Target(name)]).results
    return result


def judged(result: ProbeResult) -> str:
    if result.alive:
        return UP
    return result.refusal.value if result.refusal else DOWN


@pytest.mark.parametrize("answers", [True, False], ids=["answers", "silent"])
@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.parametrize("says", SAYS)
def test_the_table(says: str, known: str, answers: bool) -> None:
    world = World(lambda request: [reply(request)] if answers else [])
    record = KNOWN[known]
    prober = network(world, Zone(host=SAYS[says]), *filter(None, [record]))

    sweep(prober)  # whatever was known serves until name service has answered
    result = sweep(prober)

    assert judged(result) == right(says, known, answers=answers)
    nonsense = {"0.0.0.0", "224.0.0.1", "ff02::1", "240.0.0.1", "255.255.255.255", "fe80::1", "::", "127.0.0.1", "::1"}
    assert nonsense.isdisjoint(request.destination for request in world.sent)


def test_reasons_say_what_is_the_matter() -> None:
    reasons = {}
    for says, known in [
        ("no such name", "never"),
        ("no such name", "gone for long"),
        ("it fails", "never"),
        ("0.0.0.0", "before"),
        ("this machine", "never"),
        ("no such name", "before"),
    ]:
        prober = network(World(lambda _: []), Zone(host=SAYS[says]), *filter(None, [KNOWN[known]]))
        sweep(prober)
        reasons[says, known] = sweep(prober).reason
    assert list(reasons.values()) == [
        NOT_FOUND,
        GONE,
        NO_ANSWER,
        "name service says that 0.0.0.0 means no address",
        "name service says 10.0.0.1, which is this machine itself",
        f"no reply to 3 attempts; {GONE}",
    ]


def test_what_the_manual_promises() -> None:
    assert (SERVE_SILENT, SERVE_GONE) == (7 * 86400, 86400)


def test_what_is_kept_is_written_anew_once_an_hour_and_when_the_addresses_change() -> None:
    known = KnownName(NameRecord("host")).after(LookupAnswer((OLD, NEW)), 0.0).answered(NEW, 5.0)
    assert known.answered(NEW, 9.0) is known
    assert known.after(LookupAnswer((OLD, NEW)), CONFIRM - 1).record is known.record
    assert known.after(LookupAnswer((OLD, NEW)), CONFIRM).record.confirmed == CONFIRM
    assert known.after(LookupAnswer((OLD, NEW)), CONFIRM).standing(CONFIRM).addresses == (NEW, OLD)

    moved = known.after(LookupAnswer((OLD,)), 10.0)
    assert (moved.record.answering, moved.record.answering_since) == ("", None)
    assert moved.standing(10.0).addresses == (OLD,)


def test_what_is_told_of_a_name_that_serves_although_name_service_does_not_answer() -> None:
    known = KnownName(NameRecord("host")).after(LookupAnswer((OLD, NEW)), 0.0)
    silent = known.after(Silence.UNANSWERED, 60.0)
    assert silent.standing(60.0).note == f"name service does not answer, {OLD} is its last known address"
    gone = known.after(Silence.ABSENT, 60.0).after(Silence.UNANSWERED, 120.0)
    assert gone.standing(120.0).note == f"{GONE}, {OLD} is its last known address"
    assert KnownName(NameRecord("host")).standing(0.0).refusal is Refusal.NAMES, "nobody was asked yet"


def test_the_first_of_several_refusals_is_the_reason() -> None:
    answer = found(["224.0.0.1", "240.0.0.1", "255.255.255.254", "255.255.255.255", "0.0.0.0"])
    assert answer == LookupAnswer(
        (),
        (
            "224.0.0.1 is a multicast address",
            "240.0.0.1 is reserved (240.0.0.0/4)",
            "255.255.255.254 is reserved (240.0.0.0/4)",
            "255.255.255.255 is the broadcast address",
            "0.0.0.0 means no address",
        ),
    )
    reason = KnownName(NameRecord("host")).after(answer, 0.0).standing(0.0).reason
    assert reason == "name service says that 224.0.0.1 is a multicast address"
    assert found(["0.0.0.1", "::2"]) == LookupAnswer(("0.0.0.1", "::2"))


def test_localhost_is_meant_to_be_this_machine() -> None:
    assert sweep(network(World(), Zone(localhost=("127.0.0.1",))), "localhost").alive


def test_b7_a_name_that_is_gone_serves_for_a_day_and_is_told_after_an_hour() -> None:
    world, zone = World(), Zone(host=(OLD,))
    prober = network(world, zone)
    assert sweep(prober).alive
    zone.says["host"] = ABSENT
    begun, found, told = world.monotonic(), [], []
    while world.monotonic() - begun < 25 * HOUR:
        world.sleep(300)
        prober.names.tend()
        result = sweep(prober)
        found.append((world.monotonic() - begun, result.alive, result.note))
        told += [(world.monotonic() - begun, one.text) for one in prober.names.happened()]

    last = max(at for at, alive, _ in found if alive)
    assert last == pytest.approx(SERVE_GONE, abs=600)
    assert found[2][2] == f"{GONE}, {OLD} is its last known address"
    assert sweep(prober).reason == GONE
    ((at, text),) = told
    assert at == pytest.approx(HOUR, abs=600)
    assert text.startswith(f"host: {GONE} for 1h")


def test_b5_the_last_good_addresses_serve_for_a_week() -> None:
    world, zone = World(), Zone(host=(OLD,))
    prober = network(world, zone)
    assert sweep(prober).alive
    zone.says["host"] = FAILED
    begun = world.monotonic()
    while sweep(prober).alive:
        world.sleep(HOUR)
        prober.names.tend()
        assert world.monotonic() - begun < 8 * DAY
    assert world.monotonic() - begun == pytest.approx(SERVE_SILENT, abs=CONFIRM + HOUR)
    assert sweep(prober).refusal is Refusal.NAMES


def test_b5_what_is_kept_serves_the_next_process_before_name_service_answers() -> None:
    world = World()
    first = network(world, Zone(host=(OLD, NEW)))
    sweep(first)
    kept = first.names.changed()

    second = network(world, Zone(host=FAILED), *kept)
    result = sweep(second)

    assert (result.alive, result.address) == (True, OLD)
    assert [record.addresses for record in kept] == [(OLD, NEW)]


def dead(*prefixes: str) -> "object":
    def fate(request: Request) -> Iterable[Coming]:
        return [] if request.destination.startswith(prefixes) else [reply(request)]

    return fate


def test_b8_the_others_are_tried_before_a_name_is_down() -> None:
    """It was up over IPv6, and IPv6 goes."""
    world, zone = World(), Zone(host=("fd77::1", OLD))
    prober = network(world, zone)
    assert sweep(prober).address == "fd77::1"

    world.fate = dead("fd77")  # type: ignore[assignment]
    result = sweep(prober)
    assert (result.alive, result.address) == (True, OLD)
    world.sent.clear()
    assert sweep(prober).address == OLD
    assert {request.destination for request in world.sent} == {OLD}, "the address that answered last is asked first"


def test_b8_an_address_that_cannot_be_sent_to_is_no_evidence_when_it_is_the_one_that_answers() -> None:
    world = World()
    prober = network(world, Zone(host=("fd77::1", OLD)))
    assert sweep(prober).address == "fd77::1"

    def fate(request: Request) -> Iterable[Coming]:
        if ":" in request.destination:
            raise OSError(101, "Network is unreachable")
        return []

    world.fate = fate
    assert sweep(prober).refusal is Refusal.NO_ROUTE
    fresh = network(world, Zone(host=("fd77::1", OLD)))
    assert judged(sweep(fresh)) == DOWN, "of the other one nobody knows that it ever answered"


@pytest.mark.parametrize(("number", "asked"), [(40, 40), (100, 64)])
def test_a_name_with_many_addresses_is_down_when_all_of_them_are(number: int, asked: int) -> None:
    world = World(lambda _: [])
    result = sweep(network(world, Zone(host=tuple(f"10.77.1.{n}" for n in range(1, number + 1)))))

    assert result.reason == f"no reply to 3 attempts, nor at {asked - 1} more addresses"
    assert len({request.destination for request in world.sent}) == asked
    assert world.monotonic() < 13


def test_name_service_is_asked_anew_before_a_name_is_down() -> None:
    """It has moved since the last look-up, which may be five minutes ago."""
    world, zone = World(dead(OLD)), Zone(host=(NEW,))  # type: ignore[arg-type]
    record = NameRecord("host", (OLD,), START - HOUR, answering=OLD)
    world.sleep(1)
    prober = network(world, zone, record)
    first = sweep(prober)
    assert (first.alive, first.address) == (True, NEW)

    zone.says["host"] = ("10.77.0.3",)
    world.fate = dead(NEW)  # type: ignore[assignment]
    world.sleep(120)
    assert sweep(prober).address == "10.77.0.3"


def test_an_address_that_name_service_has_taken_back_condemns_nobody() -> None:
    world, zone = World(lambda _: []), Zone(host=(OLD,))
    prober = network(world, zone)
    sweep(prober)
    zone.says["host"] = ("0.0.0.0",)
    world.sleep(120)
    result = sweep(prober)
    assert (result.outcome, result.refusal) == (Outcome.UNRESOLVED, Refusal.ADDRESS)


def moves(says: list[Says], pace: float = 400) -> list[str]:
    world, zone = World(), Zone()
    prober = network(world, zone)
    for answer in says:
        zone.says["host"] = answer
        prober.names.tend()
        sweep(prober)
        world.sleep(pace)
    return [one.text for one in prober.names.happened()]


def test_b9_a_move_is_told() -> None:
    assert moves([(OLD,), (OLD,), (NEW,), (NEW,)]) == [f"host: has moved from {OLD} to {NEW}"]


@pytest.mark.parametrize(
    "says",
    [
        [(OLD, NEW), (NEW, OLD), (NEW,), (OLD, "10.77.0.3")] * 3,
        [(f"10.77.2.{n % 4}",) for n in range(4, 40)],
    ],
    ids=["a set that overlaps", "a pool that gives one at a time"],
)
def test_b9_round_robin_is_no_flood(says: list[Says]) -> None:
    assert len(moves(says)) <= 1


def test_b9_a_name_that_moves_all_the_time_is_told_once_an_hour() -> None:
    told = moves([(f"10.77.{n // 250}.{n % 250 + 1}",) for n in range(54)])  # six hours
    assert 5 <= len(told) <= 7
    assert ", 9 moves in 1h" in told[1]


def test_b9_a_second_move_later_on_is_told_like_the_first() -> None:
    third = "10.77.0.9"
    assert moves([(OLD,), (NEW,), (third,)], pace=4000) == [
        f"host: has moved from {OLD} to {NEW}",
        f"host: has moved from {NEW} to {third}",
    ]


def test_what_was_found_is_checked_one_by_one() -> None:
    assert found(["::ffff:10.0.0.7", "10.0.0.7", "fe80::1%eth0", "240.0.0.1"]) == LookupAnswer(
        ("10.0.0.7", "fe80::1%eth0"), ("240.0.0.1 is reserved (240.0.0.0/4)",)
    )
