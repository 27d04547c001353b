"""What a mail server's answer means for a letter.

SMTP's first digit says 2 done, 4 try again, 5 no (RFC 5321, section 4.2.1). Whether a "no" is about one recipient or
about us depends on what was asked: that is the stage.
"""

from dataclasses import dataclass
from enum import Enum

from conntest_tui.text import REPLACEMENT, clean

LONGEST_REPLY = 300


class Verdict(Enum):
    """What an answer means."""

    ACCEPTED = "accepted"  # the server has taken responsibility
    TRANSIENT = "transient"  # not now: try again
    REFUSED = "refused"  # this recipient never
    CONFIGURATION = "configuration"  # not before the operator mends something: hold
    AMBIGUOUS = "ambiguous"  # the connection was lost when the letter may have been accepted: repeat the same bytes


class Stage(Enum):
    """What was asked of the server. The value says what to do when the answer is a plain no."""

    CONNECT = "check server and port in server_info.csv"
    TLS = "check email.tls in settings.toml and the port in server_info.csv"
    LOGIN = "check username and password in creds.csv"
    SENDER = "check email.sender in settings.toml, and whether creds.csv may send from it"
    RECIPIENT = "check the address in email_recipients.csv"
    CONTENT = "ask the mail server's administrator why it rejects the letter"


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a letter, for one recipient.

    Attributes:
        verdict: what it means.
        text: one line for the operator: the server's words, and what to do about them.
        whole_server: whether the server cannot be used for other letters either, for now.
    """

    verdict: Verdict
    text: str
    whole_server: bool = False


_ABOUT_US = frozenset({Stage.CONNECT, Stage.TLS, Stage.LOGIN, Stage.SENDER})

# RFC 4954, section 6: the server wants a login, a better or an encrypted one, whatever it was asked.
_WANTS_LOGIN = frozenset({530, 534, 535, 538})

# The service goes away (RFC 5321, section 4.2.3), and it says so in reply to anything.
_CLOSING = 421

# RFC 5321, section 4.5.3.1.10: an old server's way to say "too many recipients"; a client treats it as 452.
_TOO_MANY = 552


def judge(stage: Stage, code: int, words: bytes | str) -> Reply:
    """Return what a server's answer means.

    Args:
        stage: what was asked.
        code: the reply code; -1 when the answer had none.
        words: the reply text, in any encoding, of one line or several.
    """
    if not 200 <= code < 600:
        text = f"not an answer of a mail server: {plain(words)}"
        wrong_place = stage is Stage.CONNECT
        verdict = Verdict.CONFIGURATION if wrong_place else Verdict.TRANSIENT
        return Reply(verdict, f"{text} ({stage.value})" if wrong_place else text, whole_server=True)
    text = f"{code} {plain(words)}".strip()
    if code < 300:
        return Reply(Verdict.ACCEPTED, text)
    if code == _CLOSING:
        return Reply(Verdict.TRANSIENT, text, whole_server=True)
    if code < 500 or (code == _TOO_MANY and stage is Stage.RECIPIENT):
        return Reply(Verdict.TRANSIENT, text, whole_server=stage in _ABOUT_US)
    if code in _WANTS_LOGIN:
        return Reply(Verdict.CONFIGURATION, f"{text} ({Stage.LOGIN.value})", whole_server=True)
    verdict = Verdict.REFUSED if stage is Stage.RECIPIENT else Verdict.CONFIGURATION
    return Reply(verdict, f"{text} ({stage.value})", whole_server=stage in _ABOUT_US)


def hold(text: str, mend: str) -> Reply:
    """Return what it means that nothing can be sent before the operator mends something.

    Args:
        text: what is wrong.
        mend: what to do about it.
    """
    return Reply(Verdict.CONFIGURATION, f"{text} ({mend})", whole_server=True)


def lost(text: str) -> Reply:
    """Return what it means that a connection failed before a letter could have been accepted."""
    return Reply(Verdict.TRANSIENT, plain(text), whole_server=True)


def nobody_accepted(reply: Reply, *, whole_server: bool) -> Reply:
    """Return what a refusal means when the server accepts nobody: perhaps it takes no mail from us.

    An unauthenticated Postfix, for one, answers 554 to every RCPT.
    """
    words = reply.text.removesuffix(f" ({Stage.RECIPIENT.value})")
    mend = "it accepts nobody: check creds.csv, email.sender, and the addresses in email_recipients.csv"
    return Reply(Verdict.CONFIGURATION, f"{words} ({mend})", whole_server)


def plain(words: bytes | str) -> str:
    """Return a server's words on one line, without anything that could act on a terminal, and not too long."""
    decoded = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    line = " ".join(clean(decoded).replace(REPLACEMENT, " ").split())
    return line if len(line) <= LONGEST_REPLY else f"{line[: LONGEST_REPLY - 3]}..."
