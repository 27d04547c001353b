"""One round of the courier: everything that is due, over one connection."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from conntest_tui.clock import Clock, Instant
from conntest_tui.model.reports import DeliveryState
from conntest_tui.notify.account import Account
from conntest_tui.notify.backoff import HELD, jittered, wait
from conntest_tui.notify.channel import Reply, Transport, Verdict
from conntest_tui.notify.composer import Scribe
from conntest_tui.notify.smtp_replies import not_final
from conntest_tui.store.outbox import Outbox
from conntest_tui.store.outbox_messages import Due, Parcel, Result

_STATES = {
    Verdict.ACCEPTED: DeliveryState.SENT,
    Verdict.TRANSIENT: DeliveryState.QUEUED,
    Verdict.AMBIGUOUS: DeliveryState.QUEUED,
    Verdict.CONFIGURATION: DeliveryState.HELD,
    Verdict.REFUSED: DeliveryState.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """A letter that has arrived.

    Attributes:
        at: when, POSIX seconds.
        subject: its subject.
        hosts: the names of those that it tells of.
        recipients: for whom the mail server has accepted it.
    """

    at: float
    subject: str
    hosts: tuple[str, ...]
    recipients: tuple[str, ...]


class Round:
    """Brings letters to their recipients while the transport is open."""

    def __init__(
        self,
        outbox: Outbox,
        account: Account,
        transport: Transport,
        clock: Clock,
        *,
        random: Random,
        delivered: Callable[[Receipt], None],
    ) -> None:
        """Get ready; the transport is open already. `delivered` is told what the server has accepted."""
        self._outbox, self._scribe = outbox, Scribe(outbox, transport.most_bytes)
        self._account = account
        self._transport = transport
        self._clock = clock
        self._random = random
        self._delivered = delivered
        self.accepted = 0
        """Letters that the server has accepted in this round, for somebody."""

    def run(self, stopping: Callable[[], bool]) -> Reply | None:
        """Bring everything that is due, also what becomes due meanwhile.

        Args:
            stopping: asked before each letter; the round ends when it returns True.

        Returns:
            the trouble with the server as a whole that ended the round, None when everything was tried.
        """
        self._scribe.take_back_oversized()
        while not stopping():
            now = self._clock.now()
            self._scribe.write_all(self._account, now)
            parcel = self._outbox.letters.claim(now.steady)
            if parcel is None:
                return None
            trouble = self._attempt(parcel)
            if trouble is not None:
                return trouble
        return None

    def _attempt(self, parcel: Parcel) -> Reply | None:
        """Try one letter that is claimed; return the trouble with the server as a whole, if there is one."""
        recipients = [due.recipient for due in parcel.recipients]
        replies = self._transport.send(parcel.content, parcel.sender, recipients)
        accepted = [to for to in recipients if replies[to].verdict is Verdict.ACCEPTED]
        self.accepted += bool(accepted)
        now = self._clock.now()
        results = [self._result(due, self._weighed(due, replies[due.recipient]), now) for due in parcel.recipients]
        self._outbox.letters.settle(parcel.letter, results, now.wall)
        if accepted:
            self._delivered(Receipt(now.wall, parcel.subject, parcel.hosts, tuple(accepted)))
        return next((reply for reply in replies.values() if reply.whole_server), None)

    def _weighed(self, due: Due, reply: Reply) -> Reply:
        """Return a reply with what is known from before: who got mail once is not unknown to the server."""
        if reply.verdict is Verdict.REFUSED and self._outbox.letters.took_before(due.recipient):
            return not_final(reply)
        return reply

    def _result(self, due: Due, reply: Reply, now: Instant) -> Result:
        held = reply.verdict is Verdict.CONFIGURATION
        pause = jittered(HELD, self._random) if held else wait(due.attempts + 1, self._random)
        return Result(
            recipient=due.recipient,
            state=_STATES[reply.verdict],
            next_try=now.steady + pause,
            reply=reply.text,
            ambiguous=due.ambiguous or reply.verdict is Verdict.AMBIGUOUS,
        )
