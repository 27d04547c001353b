"""One delivery run: everything that is due, over one open channel."""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from conntest_tui.clock import Clock, Instant
from conntest_tui.model.monitor_figures import DeliveryResult
from conntest_tui.model.notification_state_machine import DeliveryAct
from conntest_tui.model.notifications import Message
from conntest_tui.notify.backoff import HELD, jittered, wait
from conntest_tui.notify.channel import Channel, Reply, ReplyVerdict, not_final
from conntest_tui.notify.mail_account import Account
from conntest_tui.notify.outbox_composer import Composer
from conntest_tui.store.mail_queue import AttemptResult
from conntest_tui.store.notification_queue import Outbox

_ACTS = {
    ReplyVerdict.ACCEPTED: DeliveryAct.ACCEPT,
    ReplyVerdict.TRANSIENT: DeliveryAct.DELAY,
    ReplyVerdict.AMBIGUOUS: DeliveryAct.DOUBT,
    ReplyVerdict.CONFIGURATION: DeliveryAct.HOLD,
    ReplyVerdict.REFUSED: DeliveryAct.REFUSE,
}

_COUNTED = {
    DeliveryAct.ACCEPT: DeliveryResult.DELIVERED,
    DeliveryAct.DELAY: DeliveryResult.DEFERRED,
    DeliveryAct.DOUBT: DeliveryResult.UNKNOWN,
    DeliveryAct.HOLD: DeliveryResult.HELD,
    DeliveryAct.REFUSE: DeliveryResult.REFUSED,
}


Delivered = Callable[[Message, Sequence[str], float], None]
"""Takes a message that has arrived, for whom the server has accepted it this time, and when, POSIX seconds."""


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
        delivered: Delivered,
        counts: Counter[DeliveryResult],
    ) -> None:
        """Get ready; the channel is open already.

        Args:
            outbox: what to deliver.
            account: how.
            channel: over what.
            clock: the time.
            random: spreads the attempts of many monitors.
            delivered: called with what the server has accepted.
            counts: takes what each attempt came to.
        """
        self._outbox, self._composer = outbox, Composer(outbox, channel.most_bytes)
        self._account = account
        self._channel = channel
        self._clock = clock
        self._random = random
        self._delivered, self._counts = delivered, counts
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
            message = self._outbox.messages.claim(now.steady)
            if message is None:
                return None
            trouble = self._attempt(message)
            if trouble is not None:
                return trouble
        return None

    def _attempt(self, message: Message) -> Reply | None:
        """Try one message that is claimed; return the trouble with the server as a whole, if there is one."""
        replies = self._channel.send(message)
        accepted = [to for to in message.recipients if replies[to].verdict is ReplyVerdict.ACCEPTED]
        self.accepted += bool(accepted)
        now = self._clock.now()
        results = [self._result(message, to, self._weighed(to, replies[to]), now) for to in message.recipients]
        self._outbox.messages.settle(message.number, results, now.wall)
        self._counts.update(_COUNTED[result.act] for result in results)
        if accepted:
            self._delivered(message, accepted, now.wall)
        return next((reply for reply in replies.values() if reply.whole_server), None)

    def _weighed(self, recipient: str, reply: Reply) -> Reply:
        """Return a reply with what is known from before: a recipient who got mail once is not unknown to the server."""
        if reply.verdict is ReplyVerdict.REFUSED and self._outbox.queries.took_before(recipient):
            return not_final(reply)
        return reply

    def _result(self, message: Message, recipient: str, reply: Reply, now: Instant) -> AttemptResult:
        held = reply.verdict is ReplyVerdict.CONFIGURATION
        tried = message.attempts.get(recipient, 0) + 1
        pause = jittered(HELD, self._random) if held else wait(tried, self._random)
        return AttemptResult(
            recipient, _ACTS[reply.verdict], now.steady + pause, reply.text, ambiguous=recipient in message.ambiguous
        )
