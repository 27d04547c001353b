"""From the configuration to the account, and to the channel that it asks for."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from conntest_tui.config import Config, Credentials, Delivery, EmailSettings, MailServer, Secret, Settings, Tls
from conntest_tui.notify import UnavailableError, account_of, channel_for
from conntest_tui.notify.channel import ReplyVerdict
from conntest_tui.notify.maildir_channel import MaildirChannel
from conntest_tui.notify.smtp_channel import SmtpChannel
from tests.notify.world import ACCOUNT

CONFIG = Config(
    directory=Path("/etc/conntest"),
    hosts=(),
    settings=Settings(renotify=60.0, email=EmailSettings(tls=Tls.IMPLICIT, ca_file=Path("ca.pem"), digest_above=9)),
    origins={},
    server=MailServer("mail.company.example", 465),
    credentials=Credentials("monitor", Secret("hunter2")),
    recipients=("admin@company.example",),
    sender="monitor@company.example",
    warnings=(),
)


def test_an_account_is_what_mail_needs_of_the_configuration() -> None:
    found = account_of(CONFIG, Path("/var/lib/conntest"))
    assert (found.server, found.port, found.tls) == ("mail.company.example", 465, Tls.IMPLICIT)
    assert (found.sender, found.recipients) == (CONFIG.sender, CONFIG.recipients)
    assert found.ca_file == Path("/etc/conntest/ca.pem")
    assert found.mailbox == Path("/var/lib/conntest/mailbox")
    assert (found.digest_above, found.renotify) == (9, 60.0)


def test_an_account_never_shows_its_password() -> None:
    assert "hunter2" not in repr(account_of(CONFIG, Path()))


def test_a_new_password_makes_another_account() -> None:
    changed = replace(CONFIG, credentials=Credentials("monitor", Secret("hunter3")))
    assert account_of(CONFIG, Path()) == account_of(CONFIG, Path())
    assert account_of(changed, Path()) != account_of(CONFIG, Path())


def test_the_transport_follows_the_delivery() -> None:
    assert isinstance(channel_for(ACCOUNT), SmtpChannel)
    assert isinstance(channel_for(replace(ACCOUNT, delivery=Delivery.MAILDIR)), MaildirChannel)


@pytest.mark.parametrize(
    "impossible", [{"sender": "jörg@company.example"}, {"recipients": ()}, {"delivery": Delivery.OFF}]
)
def test_an_account_that_cannot_send_is_held_with_a_reason(impossible: dict[str, object]) -> None:
    with pytest.raises(UnavailableError) as caught:
        channel_for(replace(ACCOUNT, **impossible))  # type: ignore[arg-type]  # mypy cannot see through the names
    assert caught.value.reply.verdict is ReplyVerdict.CONFIGURATION


def test_importing_the_room_does_not_import_what_only_sending_needs() -> None:
    code = "import sys, conntest_tui.notify; sys.exit(bool({'ssl', 'conntest_tui.notify.mime'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
