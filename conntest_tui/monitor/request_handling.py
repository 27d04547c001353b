"""What the monitor does about a request: for each host the tracker decides, and the answer says what came of it."""

import os
from collections.abc import Callable, Collection
from concurrent.futures import Future

from conntest_tui.clock import Clock
from conntest_tui.errors import ConntestError
from conntest_tui.model import Event, EventKind, Judgement
from conntest_tui.model.requests import (
    Acknowledge,
    AddHost,
    Discard,
    Mute,
    NewHost,
    Recheck,
    Reload,
    Request,
    RequestAnswer,
    Requester,
    RetryMail,
    Unacknowledge,
    Unmute,
)
from conntest_tui.monitor.sweep_processing import SweepProcessor
from conntest_tui.notify import Dispatcher

_ENDED = RequestAnswer(refused=(("", "The monitor has ended."),))
_UNDER_WAY = RequestAnswer(refused=(("", "A sweep of all hosts is under way."),))


class RequestHandler:
    """Requests come from any thread, and are carried out in the monitor's."""

    def __init__(
        self,
        post: Callable[[Callable[[], None]], object],
        processor: SweepProcessor,
        dispatcher: Dispatcher,
        clock: Clock,
        *,
        sweep: Callable[[], bool],
        recheck: Callable[[Collection[str], Requester], frozenset[str]],
        reload: Callable[[], None],
        add: Callable[[NewHost, Requester], RequestAnswer],
    ) -> None:
        """Work on these parts.

        Args:
            post: makes a call in the monitor's thread.
            processor: decides, records and shows.
            dispatcher: delivers mail.
            clock: the time.
            sweep: begins a sweep of all hosts; returns False when one is under way.
            recheck: probes some hosts; returns the names of those that it can.
            reload: reads the configuration again.
            add: puts a host into hosts.csv, and takes it.
        """
        self._post, self._user = post, Requester.of(os.getuid())
        self._unanswered: set[Future[RequestAnswer]] = set()
        self._answers: list[tuple[Future[RequestAnswer], RequestAnswer]] = []
        self._ended = False
        self._processor, self._dispatcher, self._clock = processor, dispatcher, clock
        self._sweep, self._recheck, self._reload, self._add = sweep, recheck, reload, add

    def ask(self, request: Request, by: Requester | None = None) -> Future[RequestAnswer]:
        """Have a request carried out; see `Monitor.request`."""
        future: Future[RequestAnswer] = Future()
        future.set_running_or_notify_cancel()
        self._unanswered.add(future)
        self._post(lambda: self._answers.append((future, self._answer(request, by or self._user))))
        if self._ended:
            self._give(future, _ENDED)
        return future

    def give_answers(self) -> None:
        """Answer what has been carried out. To be called once that shows: who asks and then looks must find it."""
        answers, self._answers = self._answers, []
        for future, answer in answers:
            self._give(future, answer)

    def end(self) -> None:
        """Refuse what is left, and what comes from now on."""
        self.give_answers()
        self._ended = True
        for future in tuple(self._unanswered):
            self._give(future, _ENDED)

    def _give(self, future: Future[RequestAnswer], answer: RequestAnswer) -> None:
        try:
            self._unanswered.remove(future)  # once, whichever of two threads comes first
        except KeyError:
            return
        future.set_result(answer)

    def _answer(self, request: Request, by: Requester) -> RequestAnswer:
        """Carry out a request as far as it makes sense, and return what came of it."""
        match request:
            case Recheck(None):
                return RequestAnswer() if self._sweep() else _UNDER_WAY
            case Recheck(names):
                found = self._recheck(names or (), by)
                unknown = tuple((name, "not in hosts.csv") for name in names or () if name not in found)
                return RequestAnswer(tuple(name for name in names or () if name in found), unknown)
            case Acknowledge() | Unacknowledge() | Mute() | Unmute():
                judgement, answer = self._processor.tracker.decide(request, self._clock.now(), by=by.name)
                self._processor.take_over(judgement)
                return answer
            case Discard(entry):
                try:
                    self._dispatcher.discard(entry)
                except ConntestError as error:  # the store did not take it, and the watch goes on
                    return RequestAnswer(refused=(("", str(error)),))
                text = f"mail discarded: {entry.subject} (by {by.name})"
                self._processor.take_over(Judgement((Event(self._clock.now().wall, EventKind.DISCARDED, text),)))
            case AddHost(new):
                return self._add(new, by)
            case Reload():
                self._reload()
            case RetryMail():
                self._dispatcher.retry_now()
        return RequestAnswer()
