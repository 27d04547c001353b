"""One delivery run: everything that is due, over one open channel."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from conntest_tui.clock import Clock, Instant
from conntest_tui.model.notification_state_machine import DeliveryAct
from conntest_tui.notify.backoff import HELD, jittered, wait
from conntest_tui.notify.channel import Channel, Message, Reply, ReplyVerdict, not_final
from conntest_tui.notify.mail_account import Account
from conntest_tui.notify.outbox_composer import Composer
from conntest_tui.store.mail_queue import AttemptResult, DueMessage, DueRecipient
from conntest_tui.store.notification_queue import Outbox

_ACTS = {
    ReplyVerdict.ACCEPTED: DeliveryAct.ACCEPT,
    ReplyVerdict.TRANSIENT: DeliveryAct.DELAY,
    ReplyVerdict.AMBIGUOUS: DeliveryAct.DOUBT,
    ReplyVerdict.CONFIGURATION: DeliveryAct.HOLD,
    ReplyVerdict.REFUSED: DeliveryAct.REFUSE,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """A mail that has arrived.

    Attributes:
        at: when, POSIX seconds.
        subject: its subject.
        hosts: the names of those that it is about.
        recipients: for whom the mail server has accepted it.
    """

    at: float
    subject: str
    hosts: tuple[str, ...]
    recipients: tuple[str, ...]


class DeliveryRun:
    """Delivers mails while the channel is open."""

    def __init__(
        self,
        outbox: Outbox,
        account: Account,
        channel: Channel,
        clock: Clock,
        *,
        random: Random,
        delivered: Callable[[Receipt], None],
    ) -> None:
        """Get ready; the channel is open already. `delivered` is called with what the server has accepted."""
        self._outbox, self._composer = outbox, Composer(outbox, channel.most_bytes)
        self._account = account
        self._channel = channel
        self._clock = clock
        self._random = random
        self._delivered = delivered
        self.accepted = 0
        """Mails that the server has accepted in this run, for somebody."""

    def run(self, stopping: Callable[[], bool]) -> Reply | None:
        """Bring everything that is due, also what becomes due meanwhile.

        Args:
            stopping: asked before each mail; the run ends when it returns True.

        Returns:
            the trouble with the server as a whole that ended the run, None when everything was tried.
        """
        self._composer.take_back_oversized()
        while not stopping():
            now = self._clock.now()
            self._composer.compose_all(self._account, now)
            due_message = self._outbox.messages.claim(now.steady)
            if due_message is None:
                return None
            trouble = self._attempt(due_message)
            if trouble is not None:
                return trouble
        return None

    def _attempt(self, due_message: DueMessage) -> Reply | None:
        """Try one mail that is claimed; return the trouble with the server as a whole, if there is one."""
        recipients = [due.recipient for due in due_message.recipients]
        message = Message(
            due_message.message_id, due_message.subject, due_message.sender, recipients, due_message.content
        )
        replies = self._channel.send(message)
        accepted = [to for to in recipients if replies[to].verdict is ReplyVerdict.ACCEPTED]
        self.accepted += bool(accepted)
        now = self._clock.now()
        results = [self._result(due, self._weighed(due, replies[due.recipient]), now) for due in due_message.recipients]
        self._outbox.messages.settle(due_message.message, results, now.wall)
        if accepted:
            self._delivered(Receipt(now.wall, due_message.subject, due_message.hosts, tuple(accepted)))
        return next((reply for reply in replies.values() if reply.whole_server), None)

    def _weighed(self, due: DueRecipient, reply: Reply) -> Reply:
        """Return a reply with what is known from before: a recipient who got mail once is not unknown to the server."""
        if reply.verdict is ReplyVerdict.REFUSED and self._outbox.queries.took_before(due.recipient):
            return not_final(reply)
        return reply

    def _result(self, due: DueRecipient, reply: Reply, now: Instant) -> AttemptResult:
        held = reply.verdict is ReplyVerdict.CONFIGURATION
        pause = jittered(HELD, self._random) if held else wait(due.attempts + 1, self._random)
        return AttemptResult(
            recipient=due.recipient,
            act=_ACTS[reply.verdict],
            next_try=now.steady + pause,
            reply=reply.text,
            ambiguous=due.ambiguous,
        )
