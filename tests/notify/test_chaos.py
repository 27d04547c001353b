"""A random life: hosts fail and recover, the mail server misbehaves, the program is killed and started again.

Whatever happens, when everything has healed: every alert was delivered to everybody, under one Message-ID each, and
nobody heard of a failure after its recovery.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from conntest_tui.model import NotificationKind
from conntest_tui.model.notifications import Message
from conntest_tui.notify.channel import Reply, ReplyVerdict
from conntest_tui.store import Database, Outbox
from conntest_tui.text import HOUR
from tests.notify.world import (
    ACCEPTED,
    ACCOUNT,
    ADMIN,
    BAD_PASSWORD,
    CLOSING,
    GREYLISTED,
    MAYBE,
    NO_ANSWER,
    NOBODY,
    NOC,
    UNKNOWN,
    Server,
    World,
    parse,
)
from tests.stage import KilledError

STRANGER = "stranger@company.example"  # the server does not know this one
GOOD = (ADMIN, NOC)
HOSTS = [f"10.1.1.{n}" for n in range(1, 8)]


class Fuse:
    """Kills the program at a random one of the places that it passes."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.left = 0
        self.light()

    def light(self) -> None:
        self.left = self.random.randint(5, 120)

    def burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise KilledError

    def guard(self, owner: object, name: str) -> None:
        """Let the program be killed before and after each call of a method."""
        method: Callable[..., Any] = getattr(owner, name)

        def guarded(*args: Any, **kwargs: Any) -> Any:
            self.burn()
            result = method(*args, **kwargs)
            self.burn()
            return result

        setattr(owner, name, guarded)


class MoodyServer(Server):
    """Misbehaves at random, until it is healed."""

    def __init__(self, random: Random, fuse: Fuse) -> None:
        super().__init__()
        self.random, self.fuse = random, fuse
        self.healed = False
        self.mood: Callable[[str], Reply] = self._well

    def open(self) -> None:
        self.fuse.burn()
        self.door = None if self.healed else self.random.choice([None, None, None, NO_ANSWER, BAD_PASSWORD])
        moods = [self._well, self._moody, self._moody, self._closed_to_us]
        self.mood = self._well if self.healed else self.random.choice(moods)
        super().open()

    def send(self, message: Message) -> Mapping[str, Reply]:
        self.fuse.burn()
        replies = {recipient: self.mood(recipient) for recipient in message.recipients}
        gone = next((reply for reply in replies.values() if reply.whole_server), None)
        if gone is not None:
            final = (ReplyVerdict.ACCEPTED, ReplyVerdict.REFUSED)
            replies = {to: reply if reply.verdict in final else gone for to, reply in replies.items()}
        self.keeps = self.random.random() < 0.5
        for recipient, reply in replies.items():
            self.replies[recipient] = [reply]
        taken = super().send(message)
        self.fuse.burn()
        return taken

    def _well(self, recipient: str) -> Reply:
        return UNKNOWN if recipient == STRANGER else ACCEPTED

    def _moody(self, recipient: str) -> Reply:
        return self.random.choice([ACCEPTED, GREYLISTED, GREYLISTED, MAYBE, CLOSING]) if recipient in GOOD else UNKNOWN

    def _closed_to_us(self, _: str) -> Reply:
        return NOBODY


class Life(World):
    """A world in which anything can happen."""

    def __init__(self, path: Path, seed: int) -> None:
        self.random = Random(seed)
        self.fuse = Fuse(self.random)
        self.path = path
        super().__init__(path, account=replace(ACCOUNT, recipients=(*GOOD, STRANGER), digest_above=2))
        self.server = MoodyServer(self.random, self.fuse)
        self.kills = 0
        self.down: set[str] = set()
        self._lay_fuse()

    def _lay_fuse(self) -> None:
        for name in ("bind", "store_messages", "note"):
            self.fuse.guard(self.outbox, name)
        for name in ("claim", "settle", "withdraw_all", "postpone"):
            self.fuse.guard(self.outbox.messages, name)

    def survive(self, act: Callable[[], object]) -> None:
        """Act; when it kills the program, start it again on what is on disk."""
        try:
            act()
        except KilledError:
            self.kills += 1
            self.database.close()
            self.database = Database.open(self.path)
            self.outbox = Outbox(self.database)
            self.fuse.light()
            self.restart()
            self._lay_fuse()

    def happen(self) -> None:
        """Let one random thing happen."""
        some = self.random.sample(HOSTS, self.random.choice([1, 1, 2, 5]))
        up, down = [h for h in some if h not in self.down], [h for h in some if h in self.down]
        what = self.random.random()
        if what < 0.35 and up:
            self.fail(*up)
            self.down |= set(up)
        elif what < 0.6 and down:
            self.restore(*down)
            self.down -= set(down)
        elif what < 0.7 and down:
            self.remind(*down)
        self.survive(self.dispatcher.step)
        self.clock.pass_(self.random.choice([1, 3, 20, 200, 1500]))

    def heal(self) -> None:
        assert isinstance(self.server, MoodyServer)
        self.server.healed, self.fuse.left = True, -1
        if self.down:
            self.restore(*sorted(self.down))
        self.run(HOUR)


@pytest.mark.parametrize("seed", range(8))
def test_no_alert_is_lost_doubled_or_stale(tmp_path: Path, seed: int) -> None:
    life = Life(tmp_path / "state.db", seed)
    for _ in range(70):
        life.happen()
    life.heal()
    assert life.kills > 0
    assert life.outbox.size() == 0
    assert life.outbox.queries.under_way() == []
    told = what_mails_say(life.database)
    for recipient in GOOD:
        mails = [(str(parse(message)["Message-ID"]), message) for message in life.server.messages(recipient)]
        every_notification_arrived_under_one_id(life.database, [message_id for message_id, _ in mails], told)
        assert len({message for _, message in mails}) == len({message_id for message_id, _ in mails})
        no_failure_after_its_recovery([told[message_id] for message_id, _ in mails])
    assert life.server.messages(STRANGER) == []
    life.database.close()


Told = set[tuple[int, int, str]]
"""What a mail tells: (notification, outage, kind)."""


def what_mails_say(database: Database) -> dict[str, Told]:
    found: dict[str, Told] = defaultdict(set)
    query = (
        "SELECT message_id, notice.id, notice.outage, notice.kind FROM telling "
        "JOIN letter ON letter.id = letter JOIN notice ON notice.id = notice"
    )
    for message_id, *fact in database.rows(query):
        found[message_id].add((fact[0], fact[1], fact[2]))
    return found


def every_notification_arrived_under_one_id(database: Database, arrived: list[str], told: Mapping[str, Told]) -> None:
    ids: dict[int, set[str]] = defaultdict(set)
    for message_id in arrived:
        for notification, _, _ in told[message_id]:
            ids[notification].add(message_id)
    assert set(ids) == {notification for (notification,) in database.rows("SELECT id FROM notice")}
    assert {len(names) for names in ids.values()} == {1}


def no_failure_after_its_recovery(mails: list[Told]) -> None:
    over: set[int] = set()
    for tells in mails:
        recovered = {outage for _, outage, kind in tells if kind == NotificationKind.RESTORED.value}
        failing = {outage for _, outage, _ in tells} - recovered
        assert not failing & over
        over |= recovered
