"""The envelope of one SMTP transaction: what the server says to each recipient, and when that counts (RFC 5321)."""

from collections.abc import Sequence

from conntest_tui.notify.classify import Reply, Stage, Verdict, ended_at, judge, nobody_accepted
from conntest_tui.notify.smtp_protocol import Answer, LostError


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
        return any(reply.verdict is not Verdict.TRANSIENT for reply in self.declined.values())

    def take(self, recipient: str, answer: Answer) -> None:
        """Note the answer to RCPT."""
        if answer.positive:
            self.accepted.append(recipient)
            self.confirm()
        else:
            self.declined[recipient] = judge(Stage.RECIPIENT, answer)

    def confirm(self) -> None:
        """Let what was declined so far count: the connection lives, and the server takes others."""
        self.replies |= self.declined
        self.declined = {}

    def doubt(self, *, whole_server: bool) -> None:
        """Let refusals count as perhaps about us: the server accepts nobody."""
        later = {to: reply for to, reply in self.declined.items() if reply.verdict is Verdict.TRANSIENT}
        refused = {to: reply for to, reply in self.declined.items() if to not in later}
        everybody = whole_server and not later
        self.replies |= later | {to: nobody_accepted(reply, whole_server=everybody) for to, reply in refused.items()}

    def settle(self, reply: Reply) -> None:
        """Note what became of the mail, for all who were accepted."""
        self.replies |= dict.fromkeys(self.accepted, reply)

    def lose(self, error: LostError) -> None:
        """Note that the connection ended: nobody who is not settled was sent anything."""
        why, suspect = error.why, self.asked if error.said else self.before
        for recipient in self._recipients:
            if recipient in self.declined:
                text = f"{self.declined[recipient].text}; then {why}"
                self.replies[recipient] = ended_at(text, suspicion=2)
            elif recipient not in self.replies:
                suspicion = 2 if recipient == self.crowded else int(recipient == suspect)
                self.replies[recipient] = ended_at(why, suspicion=suspicion)
