"""The table of an SMTP conversation, from the fact to the mailbox: the dispatcher, its outbox and the channel together.

Whatever the server does for a while: in the end everybody is told of everything, under one Message-ID and in the same
bytes, and the outbox calls sent what the server has taken, and nothing else.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random

import pytest

from conntest_tui.config import Tls
from conntest_tui.model.query_results import DeliveryState
from conntest_tui.notify import Dispatcher
from conntest_tui.notify.smtp_channel import SmtpChannel
from conntest_tui.text import HOUR
from tests.notify.smtp_model import BEHAVIOURS, Behaviour, Fault, ModelConnector, Server
from tests.notify.world import ACCOUNT, World, parse, states, text_of

PEOPLE = ("a@company.example", "b@company.example", "c@company.example")
STEPS = ("banner", "ehlo", "mail", "rcpt", "data", "body", "dot", "rset", "quit")


class Office(World):
    """A world whose mails leave by SMTP."""

    def __init__(self, server: Server) -> None:
        self.office = server
        super().__init__(account=replace(ACCOUNT, recipients=PEOPLE, tls=Tls.NONE, helo="x.example", digest_above=100))

    def _dispatcher(self) -> Dispatcher:
        connector = ModelConnector(self.office)
        return Dispatcher(
            self.outbox,
            lambda: self.account,
            lambda account: SmtpChannel(account, connector=connector),
            self.clock,
            random=Random(1),
        )

    def check(self) -> None:
        """What the outbox calls sent lies at the server; whatever came twice is the same mail."""
        taken: dict[str, set[str]] = defaultdict(set)
        bytes_of: dict[str, set[bytes]] = defaultdict(set)
        for _, content in self.office.held:
            bytes_of[str(parse(content)["Message-ID"])].add(content)
        for recipient, content in self.office.taken:
            taken[str(parse(content)["Message-ID"])].add(recipient)
        assert all(len(found) == 1 for found in bytes_of.values())
        sent: dict[str, set[str]] = defaultdict(set)
        query = "SELECT message_id, recipient FROM delivery JOIN letter ON id = letter WHERE state = 'sent'"
        for message_id, recipient in self.database.rows(query):
            sent[message_id].add(recipient)
        assert sent == taken

    def told(self, recipient: str) -> set[str]:
        """Return the hosts that mails to a recipient name."""
        texts = [text_of(content) for to, content in self.office.taken if to == recipient]
        return {host for text in texts for host in re.findall(r"10\.1\.\d\.\d", text)}


@contextmanager
def office(server: Server) -> Iterator[Office]:
    """Run a world with a mail server."""
    world = Office(server)
    try:
        yield world
    finally:
        world.database.close()


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=str)
@pytest.mark.parametrize("step", STEPS)
def test_everybody_is_told_of_everything_in_the_end(step: str, behaviour: Behaviour) -> None:
    if step == "body" and behaviour.says:
        return  # nothing is said there
    with office(Server([Fault(step, behaviour, times=3)])) as world:
        hosts = [f"10.1.1.{n}" for n in range(1, 5)]
        world.fail(*hosts[:2])
        world.run(HOUR)
        world.check()
        world.fail(*hosts[2:])
        world.run(HOUR)
        world.check()
        refused = {to for to, found in states(world).items() if DeliveryState.REFUSED in found}
        assert refused <= world.office.refused
        assert len(refused) < len(PEOPLE)
        for recipient in set(PEOPLE) - refused:
            assert world.told(recipient) == set(hosts)


@pytest.mark.parametrize("behaviour", [b for b in BEHAVIOURS if not b.says.startswith(b"250 ok\r\n")], ids=str)
def test_one_recipient_in_trouble_delays_nobody_else(behaviour: Behaviour) -> None:
    if behaviour.name in ("250", "250 and hang-up", "control characters"):
        return
    with office(Server([Fault("rcpt", behaviour, PEOPLE[0], times=10_000)])) as world:
        for number in range(3):
            world.fail(f"10.1.{number}.1", f"10.1.{number}.2")
            world.run(60)
            world.check()
            assert {len(world.told(recipient)) for recipient in PEOPLE[1:]} == {2 * (number + 1)}
        world.run(2 * HOUR)
        world.check()
        assert world.told(PEOPLE[0]) == set()
        assert len(world.told(PEOPLE[1])) == 6


@pytest.mark.parametrize("size", [1, 2**63 - 1, 2**64 - 1, 10**20 - 1])
def test_a_server_may_name_any_size(size: int) -> None:
    """RFC 1870, section 4, allows it twenty digits: more than the database has for a number."""
    with office(Server(size=size)) as world:
        world.fail("10.1.1.1")
        world.run(HOUR)
        world.check()
        assert all(world.told(recipient) == {"10.1.1.1"} for recipient in PEOPLE)
