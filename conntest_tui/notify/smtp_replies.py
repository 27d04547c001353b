"""What a mail server's answer means for a mail.

SMTP's first digit says 2 done, 4 try again, 5 no (RFC 5321, section 4.2.1). Whether a "no" is about one recipient or
about us depends on what was asked: that is the stage. Where a server gives an enhanced status code (RFC 3463), that
says more: a limit and a policy are never about one recipient for good.
"""

import re
from collections.abc import Sequence
from enum import Enum

from conntest_tui.notify.channel import CHECK_ADDRESS, Reply, ReplyVerdict
from conntest_tui.notify.smtp_steps_and_reply_reader import Answer, LostError


class SmtpStage(Enum):
    """What was asked of the server. The value says what to do when the answer is a plain no."""

    CONNECT = "check server and port in server_info.csv"
    HELLO = "set email.helo in settings.toml to a name that the server knows this machine by"
    TLS = "check email.tls in settings.toml and the port in server_info.csv"
    LOGIN = "check username and password in creds.csv"
    SENDER = "check email.sender in settings.toml, and whether creds.csv may send from it"
    RECIPIENT = CHECK_ADDRESS
    CONTENT = "ask the mail server's administrator why it rejects the mail"


_BEFORE_MAIL = frozenset({SmtpStage.CONNECT, SmtpStage.HELLO, SmtpStage.TLS, SmtpStage.LOGIN})
_ABOUT_US = _BEFORE_MAIL | {SmtpStage.SENDER}

# RFC 4954, section 6: the server wants a login, a better or an encrypted one, whatever it was asked.
_WANTS_LOGIN = frozenset({530, 534, 535, 538})

# The service goes away (RFC 5321, section 4.2.3), and it says so in reply to anything.
CLOSING = 421

# RFC 5321, section 4.5.3.1.10: "too many recipients", which an old server says as 552.
TOO_MANY = frozenset({452, 552})

# What is said of a mailbox (RFC 5321, section 4.2.3; RFC 7504); the rest of 5yz is about a command or about us.
_ABOUT_MAILBOX = frozenset({550, 551, 553, 554, 556})

# RFC 3463: 1.1 to 1.3, 1.6 and 1.10 say that the address is bad, 2.1 that its mailbox is closed.
_BAD_ADDRESS = re.compile(r"|1\.(1|2|3|6|10)|2\.1")

# Words of a server that has had enough of us for now; a mailbox that is full (x.2.z) is another matter.
_LIMIT = re.compile(r"\b(limit(s|ed)?|quota|exceed(s|ed|ing)?|too (many|much)|throttl\w+|rates?)\b", re.IGNORECASE)

_POLICY = "the server does not take mail from here for that address: check creds.csv, email.sender, and the address"
_TOO_LARGE = "the mail is larger than the server takes"

# What the words of a "no", in lower case, say more exactly than its code does, and what to do about it.
_HINTS = (
    (
        re.compile(r"\b5\.7\.139\b|basic authentication is disabled|smtpclientauthentication"),
        "login by password is switched off there: have SMTP AUTH allowed for this account, or use another relay",
    ),
    (
        re.compile(r"application-specific password"),
        "make an application password for this account, and put it into creds.csv",
    ),
    (
        re.compile(r"\b5\.2\.252\b|sendasdenied|send as this (user|sender)|sender address rejected: not owned"),
        "the account in creds.csv may not send as email.sender: set email.sender to the account's own address",
    ),
    (re.compile(r"\b(helo|ehlo)\b"), SmtpStage.HELLO.value),
    (re.compile(r"must issue a starttls|starttls.*(first|required)|encryption required"), SmtpStage.TLS.value),
)


def judge(stage: SmtpStage, answer: Answer) -> Reply:
    """Return what a server's answer means.

    Args:
        stage: what was asked.
        answer: what it said.
    """
    code, text = answer.code, answer.text
    if answer.positive:
        return Reply(ReplyVerdict.ACCEPTED, text)
    if code < 400:
        return _nonsense(stage, answer)
    if _names_size(stage, answer):
        return Reply(ReplyVerdict.CONFIGURATION, f"{text} ({_TOO_LARGE})")
    if code == CLOSING or _names_limit(answer):
        return Reply(ReplyVerdict.TRANSIENT, text, whole_server=True)
    if code < 500 or (code in TOO_MANY and stage is SmtpStage.RECIPIENT):
        return Reply(ReplyVerdict.TRANSIENT, _with_hint(text), whole_server=stage in _ABOUT_US)
    return _refusal(stage, answer)


def _refusal(stage: SmtpStage, answer: Answer) -> Reply:
    """Return what a plain no means: rarely that a recipient does not exist, mostly that something is misconfigured."""
    if answer.code in _WANTS_LOGIN:
        return Reply(ReplyVerdict.CONFIGURATION, _with_hint(answer.text, SmtpStage.LOGIN.value), whole_server=True)
    of_mailbox = stage is SmtpStage.RECIPIENT and answer.code in _ABOUT_MAILBOX
    final = of_mailbox and _BAD_ADDRESS.fullmatch(answer.status) is not None
    verdict = ReplyVerdict.REFUSED if final else ReplyVerdict.CONFIGURATION
    hint = _POLICY if of_mailbox and not final else stage.value
    return Reply(verdict, _with_hint(answer.text, hint), whole_server=stage in _ABOUT_US)


def _nonsense(stage: SmtpStage, answer: Answer) -> Reply:
    text = f"not an answer of a mail server: {answer.text}"
    if stage is SmtpStage.CONNECT:
        return Reply(ReplyVerdict.CONFIGURATION, f"{text} ({stage.value})", whole_server=True)
    return Reply(ReplyVerdict.TRANSIENT, text, whole_server=True)


def _names_size(stage: SmtpStage, answer: Answer) -> bool:
    """Return whether the server says that this mail is too large for it (RFC 1870; RFC 3463: x.3.4, x.2.3)."""
    if stage in _BEFORE_MAIL:
        return False
    if answer.status:
        return answer.status in {"3.4", "2.3"}
    return answer.code == 552 and stage is not SmtpStage.RECIPIENT


def _names_limit(answer: Answer) -> bool:
    """Return whether the server says that it has had enough of us for now (RFC 3463: x.4.5, x.5.3).

    An account that is locked after too many logins is not one of those: each further one keeps it locked.
    """
    if answer.status.startswith("2.") or answer.code in _WANTS_LOGIN:
        return False
    return answer.status in {"4.5", "5.3"} or _LIMIT.search(answer.text) is not None


def _with_hint(text: str, hint: str = "") -> str:
    better = next((known for words, known in _HINTS if words.search(text.lower())), hint)
    return f"{text} ({better})" if better else text


def ended_at(text: str, *, suspicion: int) -> Reply:
    """Return what it means that the connection ended while recipients were named, perhaps because of this one."""
    return Reply(ReplyVerdict.TRANSIENT, text, whole_server=True, suspicion=suspicion)


def none_accepted(reply: Reply, *, whole_server: bool) -> Reply:
    """Return what a refusal means when the server accepts no recipient: perhaps it takes no mail from us.

    An unauthenticated Postfix, for one, answers 554 to every RCPT.
    """
    words = reply.text.removesuffix(f" ({SmtpStage.RECIPIENT.value})").removesuffix(f" ({_POLICY})")
    hint = "it accepts no recipient: check creds.csv, email.sender, and the addresses in email_recipients.csv"
    return Reply(ReplyVerdict.CONFIGURATION, f"{words} ({hint})", whole_server)


# ---------------------------------------------------------------- the replies of one transaction


class Envelope:
    """What the server has said to the recipients of one transaction, and what it means for them.

    Attributes:
        replies: what is settled.
        accepted: those whom the server takes the mail for, if it takes the mail.
        declined: those whom it does not; without effect until the connection has shown that it lives.
        asked: whom it is being asked about; before: whom it was asked about before.
        crowded: for whom it found no room beside the others.
    """

    def __init__(self, recipients: Sequence[str]) -> None:
        self._recipients = recipients
        self.replies: dict[str, Reply] = {}
        self.accepted: list[str] = []
        self.declined: dict[str, Reply] = {}
        self.asked: str | None = None
        self.before: str | None = None
        self.crowded: str | None = None

    @property
    def refusals(self) -> bool:
        """Whether somebody is declined for more than a while."""
        return any(reply.verdict is not ReplyVerdict.TRANSIENT for reply in self.declined.values())

    def take(self, recipient: str, answer: Answer) -> None:
        """Note the answer to RCPT."""
        if answer.positive:
            self.accepted.append(recipient)
            self.confirm()
        else:
            self.declined[recipient] = judge(SmtpStage.RECIPIENT, answer)

    def confirm(self) -> None:
        """Let what was declined so far count: the connection lives, and the server takes others."""
        self.replies |= self.declined
        self.declined = {}

    def doubt(self, *, whole_server: bool) -> None:
        """Let refusals count as perhaps about us: the server accepts no recipient."""
        later = {to: reply for to, reply in self.declined.items() if reply.verdict is ReplyVerdict.TRANSIENT}
        refused = {to: reply for to, reply in self.declined.items() if to not in later}
        everybody = whole_server and not later
        self.replies |= later | {to: none_accepted(reply, whole_server=everybody) for to, reply in refused.items()}

    def settle(self, reply: Reply) -> None:
        """Note what became of the mail, for all who were accepted."""
        self.replies |= dict.fromkeys(self.accepted, reply)

    def lose(self, error: LostError) -> None:
        """Note that the connection ended: it was sent to none who is not settled."""
        why, suspect = error.why, self.asked if error.said else self.before
        for recipient in self._recipients:
            if recipient in self.declined:
                text = f"{self.declined[recipient].text}; then {why}"
                self.replies[recipient] = ended_at(text, suspicion=2)
            elif recipient not in self.replies:
                suspicion = 2 if recipient == self.crowded else int(recipient == suspect)
                self.replies[recipient] = ended_at(why, suspicion=suspicion)
