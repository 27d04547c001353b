"""What can go wrong in a conversation with a mail server: at which step, what it says then, and what it does next.

One fault belongs to one connection. The steps are those of RFC 5321, RFC 3207 (STARTTLS) and RFC 4954 (AUTH).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from random import Random


class Step(Enum):
    """Where it goes wrong: what the client has just sent, or waits for."""

    BANNER = "banner"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    HANDSHAKE = "handshake"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    CONTENT = "content"  # between 354 and the final dot
    DOT = "dot"
    RSET = "RSET"
    QUIT = "QUIT"


class Then(Enum):
    """What comes after the words."""

    GO_ON = "goes on"
    CLOSE = "closes"
    RESET = "resets"
    HANG = "hangs"
    RAMBLE = "rambles on without an end of line"
    STRANGER = "shows a stranger's certificate"
    NO_STARTTLS = "offers no STARTTLS"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        step: where.
        says: the bytes that are sent, as they are: a reply only if they end with CRLF.
        then: what comes after them.
        chance: how likely it is each time that the step is reached; with 1.0 it lasts once it has begun.
    """

    step: Step
    says: bytes = b""
    then: Then = Then.GO_ON
    chance: float = 1.0

    @property
    def name(self) -> str:
        """What a person reads in the list of visits."""
        words = f"says {self.says.decode('ascii')!r}, " if self.says else ""
        return f"{self.step.value}: {words}{self.then.value}"


# Where each of these may happen at every step. A connection that is refused is a time when nobody listens.
_EVERYWHERE = (
    (b"", Then.CLOSE),
    (b"", Then.RESET),
    (b"", Then.HANG),
    (b"421 4.3.2 closing for a while\r\n", Then.CLOSE),
    (b"\x1b[2Jwhat?\r\n", Then.GO_ON),
)

_REPLIES: Mapping[Step, tuple[tuple[bytes, Then], ...]] = {
    Step.BANNER: ((b"554 5.3.2 no service\r\n", Then.CLOSE), (b"220 loc", Then.CLOSE), (b"220 ", Then.RAMBLE)),
    Step.EHLO: (
        (b"502 5.5.1 unknown command\r\n", Then.GO_ON),
        (b"451 4.3.0 not now\r\n", Then.GO_ON),
        (b"", Then.NO_STARTTLS),
        (b"250-localhost\r\n250-AU", Then.CLOSE),
    ),
    Step.STARTTLS: ((b"454 4.7.0 no TLS for the moment\r\n", Then.GO_ON), (b"220 g", Then.CLOSE)),
    Step.HANDSHAKE: ((b"", Then.STRANGER),),
    Step.AUTH: (
        (b"454 4.7.0 cannot ask for passwords now\r\n", Then.GO_ON),
        (b"535 5.7.8 wrong\r\n", Then.GO_ON),
        (b"535 5.7.8 wrong\r\n", Then.CLOSE),
        (b"23", Then.CLOSE),
    ),
    Step.MAIL: (
        (b"451 4.3.0 not now\r\n", Then.GO_ON),
        (b"452 4.3.1 no room\r\n", Then.GO_ON),
        (b"250 O", Then.CLOSE),
    ),
    Step.RCPT: (
        (b"550 5.1.1 no such user\r\n", Then.CLOSE),  # of somebody who is known
        (b"550 5.1.1 no such user\r\n", Then.RESET),
        (b"554 5.7.1 relay access denied\r\n", Then.GO_ON),
        (b"550 5.4.5 daily limit reached\r\n", Then.GO_ON),
        (b"452 4.5.3 too many recipients\r\n", Then.GO_ON),
        (b"250 O", Then.CLOSE),
    ),
    Step.DATA: (
        (b"451 4.3.0 the filter is away\r\n", Then.GO_ON),
        (b"451 4.3.0 the filter is away\r\n", Then.CLOSE),
        (b"554 5.5.1 no valid recipients\r\n", Then.GO_ON),
        (b"250 OK\r\n", Then.GO_ON),  # where 354 belongs
        (b"354 go ", Then.CLOSE),
    ),
    Step.CONTENT: (),
    Step.DOT: (
        (b"250 2", Then.CLOSE),
        (b"250 2.0.0 kept", Then.CLOSE),  # whole, but for the end of the line
        (b"250-kept\r\n", Then.CLOSE),
        (b"250 2", Then.RAMBLE),
        (b"354 go on\r\n", Then.CLOSE),
        (b"451 4.3.0 the filter is away\r\n", Then.GO_ON),
        (b"552 5.3.4 too large\r\n", Then.GO_ON),
        (b"554 5.6.0 not like this\r\n", Then.CLOSE),
    ),
    # Whom RSET meets has been told 550 for everybody: nothing else makes a client send it.
    Step.RSET: (),
    Step.QUIT: ((b"221 2.0", Then.CLOSE),),
}

_SOMETIMES = (
    Fault(Step.RCPT, b"450 4.7.1 greylisted\r\n", chance=0.5),
    Fault(Step.RCPT, b"451 4.3.0 not now\r\n", chance=0.5),
)

FAULTS: tuple[Fault, ...] = tuple(
    fault
    for step in Step
    for fault in (
        *(Fault(step, says, then) for says, then in (*_EVERYWHERE, *_REPLIES.get(step, ()))),
        *(fault for fault in _SOMETIMES if fault.step is step),
    )
)

CURSES = tuple(fault for fault in FAULTS if fault.step is Step.RCPT and fault.then in {Then.CLOSE, Then.RESET})
"""What may happen to one recipient again and again, on every connection, while the others are good."""

REFUSING = (b"4", b"5")
"""What a reply begins with that says that a mail was not kept."""

_BY_STEP = {step: tuple(faults) for step, faults in groupby(FAULTS, lambda fault: fault.step)}

# Before 354 a mail is lost most easily: the recipients have been accepted, and nothing has been taken.
_WEIGHTS = {Step.RCPT: 7, Step.DATA: 12, Step.CONTENT: 2, Step.DOT: 6, Step.MAIL: 2}
_NONE = 10

_LATEST = {Step.RCPT: 6, Step.MAIL: 3, Step.DATA: 3, Step.CONTENT: 3, Step.DOT: 3, Step.AUTH: 2, Step.EHLO: 2}
"""How often a step may be reached on a connection before the fault strikes; once where it is not said."""


def choose(random: Random) -> Fault | None:
    """Return what goes wrong with the next connection; None when all is well."""
    steps: list[Step | None] = [None, *_BY_STEP]
    weights = [_NONE if step is None else _WEIGHTS.get(step, 1) for step in steps]
    (step,) = random.choices(steps, weights)
    return None if step is None else random.choice(_BY_STEP[step])


def turn(fault: Fault, random: Random) -> int:
    """Return at which time a fault strikes that its step is reached: at the first, a middle or the last recipient,
    on a connection's first mail or a later one.
    """
    latest = _LATEST.get(fault.step, 1)
    return 1 if random.random() < 0.65 else random.randint(1, latest)
