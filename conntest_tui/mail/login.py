"""Logging in at a mail server (RFC 4954), once, with the best mechanism, and without leaving the password anywhere."""

import base64
import smtplib

from conntest_tui.config import Credentials
from conntest_tui.mail.classify import Reply, Stage, hold, judge, lost
from conntest_tui.mail.transport import UnavailableError
from conntest_tui.mail.wire import Client

MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5")
"""Best first. Under TLS the simple ones are as safe as the elaborate one, and no server gets them wrong.

smtplib's own `login` tries them all: two or three failed logins for one wrong password, and soon a locked account.
"""

_MASK = "********"


def log_in(client: Client, credentials: Credentials) -> None:
    """Log in over a connection that is safe already.

    Raises:
        UnavailableError: the server did not let us in. Neither its text nor its traceback holds the password: it is
            raised outside the `except`, so that the frames of smtplib do not hang on it.
    """
    offered = client.esmtp_features.get("auth", "").upper().split()
    mechanism = next((name for name in MECHANISMS if name in offered), None)
    if mechanism is None:
        kinds = f"only {', '.join(offered)}" if offered else "none"
        raise UnavailableError(
            hold(f"the server offers no login by password ({kinds})", "empty creds.csv if it needs no login")
        )
    trouble = _try(client, credentials, mechanism)
    if trouble is not None:
        raise UnavailableError(trouble)


def _try(client: Client, credentials: Credentials, mechanism: str) -> Reply | None:
    """Log in; return why it failed, None when it did not."""
    client.user, client.password = credentials.username, credentials.password.reveal()
    try:
        match mechanism:
            case "PLAIN":
                client.auth(mechanism, client.auth_plain)
            case "LOGIN":
                client.auth(mechanism, client.auth_login)
            case _:
                client.auth(mechanism, client.auth_cram_md5)
    except smtplib.SMTPAuthenticationError as error:
        words = error.smtp_error if isinstance(error.smtp_error, bytes) else error.smtp_error.encode()
        return judge(Stage.LOGIN, error.smtp_code, _without_secret(words, credentials))
    except (OSError, smtplib.SMTPException):
        return lost("the connection was lost while logging in")
    except ValueError:  # a challenge that is no base64
        return lost("the server's challenge cannot be read")
    finally:
        client.user = client.password = ""
    return None


def _without_secret(words: bytes, credentials: Credentials) -> str:
    """Return a server's words without the password, should it be so rude as to repeat it."""
    said = words.decode("utf-8", "replace")
    clear = credentials.password.reveal()
    told = (f"\0{credentials.username}\0{clear}", clear)
    for secret in (*(base64.b64encode(text.encode()).decode() for text in told), clear):
        said = said.replace(secret, _MASK)
    return said
