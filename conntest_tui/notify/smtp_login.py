"""Logging in at a mail server (RFC 4954), with the best mechanism, and without leaving the password anywhere."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import replace

from conntest_tui.config import Credentials
from conntest_tui.notify.channel import Reply, UnavailableError, hold, lost
from conntest_tui.notify.smtp_replies import SmtpStage, judge
from conntest_tui.notify.smtp_steps_and_reply_reader import Answer, Exchange, LostError, Say

MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5")
"""Best first. Under TLS the simple ones are as safe as the elaborate one, and no server gets them wrong.

The next one is tried only when the server says that it does not have the one before (504): each wrong password counts
against the account.
"""

_GO_ON = 334
_NOT_HERE = frozenset({500, 502, 504})  # the server offers the mechanism and does not have it (RFC 5321, 4.2.4)
_MASK = "********"
_MOST_KINDS = 6


def log_in(offered: str, credentials: Credentials, seconds: float) -> Exchange[None]:
    """Log in over a connection that is safe already.

    Args:
        offered: the parameters of the server's AUTH extension.
        credentials: of the account.
        seconds: for each reply.

    Raises:
        UnavailableError: the server did not let us in. Neither its text nor its traceback holds the password.
        LostError: the connection ended.
    """
    kinds = [kind for kind in dict.fromkeys(offered.upper().split()) if len(kind) <= 20]
    ours = [name for name in MECHANISMS if name in kinds]
    if not ours:
        known = f"only {', '.join(kinds[:_MOST_KINDS])}" if kinds else "none"
        raise UnavailableError(
            hold(f"the server offers no login by password ({known})", "empty creds.csv if it needs no login")
        )
    trouble: Reply | None = None
    for name in ours:
        answer = yield from _try(name, credentials, seconds)
        trouble = _meaning(answer, credentials)
        if trouble is None or answer.code not in _NOT_HERE:
            break
    if trouble is not None:
        raise UnavailableError(trouble)


def _meaning(answer: Answer, credentials: Credentials) -> Reply | None:
    """Return why a login failed, None when it did not."""
    if answer.positive:
        return None
    if answer.code == _GO_ON:
        return lost("the server asks for more than a username and a password")
    return judge(SmtpStage.LOGIN, replace(answer, lines=_without_secret(answer.lines, credentials)))


def _try(mechanism: str, credentials: Credentials, seconds: float) -> Exchange[Answer]:
    """Log in by one mechanism; return the server's last answer. No variable of a frame holds it in the clear."""
    match mechanism:
        case "PLAIN":
            opening, steps = _plain(credentials, seconds), _NO_STEPS
        case "LOGIN":  # its challenges are prompts for a person, in base64 or not
            opening, steps = Say(b"AUTH LOGIN", seconds), (_username, _password)
        case _:
            opening, steps = Say(b"AUTH CRAM-MD5", seconds), (_cram_md5,)
    answer = yield opening
    for step in steps:
        if answer.code != _GO_ON:
            break
        answer = yield Say(_coded(step(credentials, answer)), seconds)
    return answer


def _plain(credentials: Credentials, seconds: float) -> Say:
    """Return the whole of PLAIN (RFC 4616) in one line."""
    return Say(b"AUTH PLAIN " + _coded(f"\0{credentials.username}\0{credentials.password.reveal()}".encode()), seconds)


def _username(credentials: Credentials, _challenge: Answer) -> bytes:
    return credentials.username.encode()


def _password(credentials: Credentials, _challenge: Answer) -> bytes:
    return credentials.password.reveal().encode()


def _cram_md5(credentials: Credentials, challenge: Answer) -> bytes:
    """Answer a challenge (RFC 2195)."""
    try:
        decoded = base64.b64decode("".join(challenge.lines), validate=True)
    except ValueError:  # binascii.Error is one, and so is what letters beyond ASCII raise
        raise LostError("the server's challenge cannot be read", said=True) from None
    try:
        digest = hmac.new(credentials.password.reveal().encode(), decoded, hashlib.md5).hexdigest()
    except ValueError:  # where FIPS 140 counts
        text = "the server wants a login by CRAM-MD5, and this machine has no MD5"
        raise UnavailableError(hold(text, "let the server offer PLAIN or LOGIN, or use another relay")) from None
    return f"{credentials.username} {digest}".encode()


_NO_STEPS: tuple[Callable[[Credentials, Answer], bytes], ...] = ()


def _coded(text: bytes) -> bytes:
    return base64.b64encode(text)


def _without_secret(lines: Sequence[str], credentials: Credentials) -> tuple[str, ...]:
    """Return a server's words without the password, should it be so rude as to repeat it."""
    clear = credentials.password.reveal()
    clear_texts = (f"\0{credentials.username}\0{clear}", clear)
    secrets = [*(base64.b64encode(text.encode()).decode() for text in clear_texts), clear, " ".join(clear.split())]
    return tuple(_masked(line, secrets) for line in lines)


def _masked(line: str, secrets: Sequence[str]) -> str:
    for secret in filter(None, secrets):
        line = line.replace(secret, _MASK)
        # A line that was cut may end in the beginning of a secret.
        cut = line.removesuffix("...")
        if cut != line:
            known = next((n for n in range(len(secret) - 1, 2, -1) if cut.endswith(secret[:n])), 0)
            line = f"{cut[: len(cut) - known]}{_MASK if known else ''}..."
    return line
