import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from conntest_tui.icmp.address import SocketAddress, bytes_of
from conntest_tui.icmp.resolve import NO_ANSWER, NOT_FOUND, Answer, Question, Resolver

Entry = tuple[int, int, int, str, SocketAddress]


class NameService:
    """A name service that says what the test wants, and that can be made to hang."""

    def __init__(self) -> None:
        self.zone: dict[str, list[str] | Exception] = {}
        self.asked: list[str] = []
        self.busy = self.most_busy = 0
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()

    def __call__(self, name: str, port: None, *, type: int) -> list[Entry]:  # noqa: A002 - as getaddrinfo calls it
        with self._lock:
            self.asked.append(name)
            self.busy += 1
            self.most_busy = max(self.most_busy, self.busy)
        self._open.wait(10)
        with self._lock:
            self.busy -= 1
        found = self.zone.get(name, socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
        if isinstance(found, Exception):
            raise found
        assert (port, type) == (None, socket.SOCK_DGRAM)
        return [entry(address) for address in found]

    @contextmanager
    def hanging(self) -> Iterator[None]:
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()


def entry(address: str) -> Entry:
    if ":" in address:
        return (socket.AF_INET6, 2, 17, "", (address, 0, 0, 0))
    return (socket.AF_INET, 2, 17, "", (address, 0))


def wait_for(question: Question) -> dict[str, Answer]:
    """Poll a question until it is closed, as a sweep does."""
    answers: dict[str, Answer] = {}
    limit = time.monotonic() + 5
    while question.open and time.monotonic() < limit:
        answers.update((answer.name, answer) for answer in question.answers())
        time.sleep(0.001)
    assert not question.open
    return answers


def ask(resolver: Resolver, *names: str) -> dict[str, Answer]:
    return wait_for(resolver.ask(names))


def until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 5
    while not condition() and time.monotonic() < limit:
        time.sleep(0.001)
    assert condition()


@pytest.fixture
def service() -> NameService:
    return NameService()


def test_names_become_addresses_of_both_versions(service: NameService) -> None:
    service.zone |= {"four": ["10.0.0.4"], "six": ["fd77::6"]}

    answers = ask(Resolver(lookup=service), "four", "six")

    assert answers == {
        "four": Answer("four", bytes_of(("10.0.0.4", 0))),
        "six": Answer("six", bytes_of(("fd77::6", 0, 0, 0))),
    }


def test_a_name_without_an_address_is_not_found(service: NameService) -> None:
    service.zone["no-data"] = socket.gaierror(-5, "No address associated with hostname")
    service.zone["empty"] = []

    answers = ask(Resolver(lookup=service), "nobody", "no-data", "empty")

    assert {answer.reason for answer in answers.values()} == {NOT_FOUND}


def test_a_label_that_cannot_be_written_is_not_found() -> None:
    label = "x" * 64

    assert ask(Resolver(), label)[label].reason == NOT_FOUND


@pytest.mark.parametrize("name", ["printer.invalid", "printer.invalid."])
def test_nobody_is_asked_for_a_name_that_is_reserved_never_to_exist(service: NameService, name: str) -> None:
    assert ask(Resolver(lookup=service), name)[name].reason == NOT_FOUND
    assert service.asked == []


@pytest.mark.parametrize(
    "failure",
    [
        socket.gaierror(socket.EAI_AGAIN, "Temporary failure"),
        socket.gaierror(socket.EAI_FAIL, "Broken"),
        OSError(5, "?"),
    ],
)
def test_the_last_good_address_serves_while_name_service_is_down(service: NameService, failure: OSError) -> None:
    resolver = Resolver(lookup=service)
    service.zone["router"] = ["10.0.0.1"]
    ask(resolver, "router")

    service.zone["router"] = failure
    answer = ask(resolver, "router")["router"]

    assert answer.address == bytes_of(("10.0.0.1", 0))
    assert answer.note == "name service does not answer, 10.0.0.1 is its last known address"


def test_the_last_good_address_does_not_outlive_its_name(service: NameService) -> None:
    resolver = Resolver(lookup=service)
    service.zone["router"] = ["10.0.0.1"]
    ask(resolver, "router")

    del service.zone["router"]

    assert ask(resolver, "router")["router"] == Answer("router", reason=NOT_FOUND)


def test_a_name_that_moves_is_followed(service: NameService) -> None:
    resolver = Resolver(lookup=service)
    for address in ("10.0.0.1", "10.0.0.2"):
        service.zone["router"] = [address]

        assert ask(resolver, "router")["router"] == Answer("router", bytes_of((address, 0)))


def test_a_name_keeps_its_address_while_that_is_still_one_of_its_own(service: NameService) -> None:
    resolver = Resolver(lookup=service)
    service.zone["pool"] = ["10.0.0.1", "10.0.0.2"]
    ask(resolver, "pool")

    service.zone["pool"] = ["10.0.0.2", "10.0.0.1"]

    assert ask(resolver, "pool")["pool"].address == bytes_of(("10.0.0.1", 0))


def test_a_dead_resolver_is_waited_for_no_longer_than_the_time_out(service: NameService) -> None:
    resolver = Resolver(lookup=service, timeout=0.1)
    with service.hanging():
        begun = time.monotonic()
        answers = ask(resolver, *(f"host{number}" for number in range(200)))

        assert time.monotonic() - begun < 5  # one time-out, not two hundred
        assert {answer.reason for answer in answers.values()} == {NO_ANSWER}


def test_hanging_look_ups_do_not_pile_up_from_sweep_to_sweep(service: NameService) -> None:
    resolver = Resolver(lookup=service, timeout=0.01, workers=4)
    names = [f"host{number}" for number in range(20)]
    with service.hanging():
        for _ in range(5):
            ask(resolver, *names)
        assert len(service.asked) == service.most_busy == 4

    until(lambda: len(service.asked) == 20)
    until(lambda: service.busy == 0)
    assert sorted(service.asked) == sorted(names)


def test_an_answer_that_comes_late_serves_the_next_sweep(service: NameService) -> None:
    resolver = Resolver(lookup=service, timeout=0.01)
    service.zone["slow"] = ["10.0.0.9"]
    with service.hanging():
        assert ask(resolver, "slow")["slow"].reason == NO_ANSWER
    until(lambda: resolver.last_good("slow").address is not None)

    with service.hanging():
        assert ask(resolver, "slow")["slow"].address == bytes_of(("10.0.0.9", 0))


def test_look_ups_run_in_parallel(service: NameService) -> None:
    resolver = Resolver(lookup=service, workers=8)
    with service.hanging():
        question = resolver.ask([f"host{number}" for number in range(100)])
        until(lambda: service.busy == 8)
    wait_for(question)

    assert service.most_busy == 8


def test_two_sweeps_that_ask_for_the_same_name_are_both_answered_by_one_look_up(service: NameService) -> None:
    resolver = Resolver(lookup=service)
    service.zone["router"] = ["10.0.0.1"]
    with service.hanging():
        first, second = resolver.ask(["router"]), resolver.ask(["router"])

    assert wait_for(first) == wait_for(second) == {"router": Answer("router", bytes_of(("10.0.0.1", 0)))}
    assert service.asked == ["router"]


def test_threads_live_only_as_long_as_there_is_work(service: NameService) -> None:
    ask(Resolver(lookup=service), "a", "b", "c")

    until(lambda: not any(thread.name == "conntest-resolve" for thread in threading.enumerate()))
