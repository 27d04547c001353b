"""A real Exim that turns single recipients and messages away: the others get theirs, and what is sent lies there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conntest_tui.config import Delivery, Tls
from conntest_tui.notify import Account
from tests.system.deliveries import Sender, check, unsettled
from tests.system.exim import Exim, needs_exim
from tests.system.postfix import open_directory
from tests.system.reading import parse

pytestmark = [pytest.mark.system, needs_exim]

GOOD, BAD, LAST = "good@example.com", "bad@example.com", "last@example.com"


@pytest.fixture
def place() -> Iterator[Path]:
    with open_directory() as directory:
        yield directory / "exim"


def account(exim: Exim, *recipients: str) -> Account:
    """Return an account at a server; a message for each host, however many fail together."""
    return Account(
        Delivery.SMTP,
        "conntest@example.com",
        recipients,
        "127.0.0.1",
        exim.port,
        tls=Tls.STARTTLS,
        ca_file=exim.authority,
        digest_above=100,
    )


def moody(place: Path, verb: str, condition: str) -> str:
    """Return a statement of an access list, such as "drop", that holds as long as a file is there."""
    return f"  {verb}\n    condition = ${{if and {{ {{exists{{{place}/moody}}}} {condition} }}}}\n"


BAD_ONE = "{eq{$local_part}{bad}}"
BAD_AMONG_THEM = "{match{$recipients}{bad@}}"


@pytest.mark.parametrize("verb", ["drop", "drop message = 550 5.7.1 not you", "defer", "defer message = 451 4.7.1 no"])
@pytest.mark.parametrize("order", [(BAD, GOOD, LAST), (GOOD, BAD, LAST), (GOOD, LAST, BAD), (BAD, GOOD)])
def test_one_is_turned_away_at_rcpt(tmp_path: Path, place: Path, verb: str, order: tuple[str, ...]) -> None:
    """A2, A3: with or without a hang-up, the others get every message, and who is turned away is not given up."""
    others = [recipient for recipient in order if recipient != BAD]
    with (
        Exim(place, order, rcpt=moody(place, verb, BAD_ONE)) as exim,
        Sender(tmp_path, account(exim, *order)) as sender,
    ):
        exim.moody.touch()
        sender.fail(2)
        sender.deliver(visits=4)
        for recipient in others:
            assert sender.states(recipient) == {"sent"}
        assert sender.states(BAD) <= {"queued", "held"}
        check(sender.database, exim.mailbox, others)
        assert exim.mailbox(BAD) == []
        exim.moody.unlink()
        sender.deliver(visits=3)
        assert unsettled(sender.database) == []
        check(sender.database, exim.mailbox, order)


@pytest.mark.parametrize("how", ["retry", "restart"])
def test_what_was_learned_of_one_outlives_a_retry_and_a_restart(tmp_path: Path, place: Path, how: str) -> None:
    """A3: the others get their message too when the operator is impatient, or the program is started anew each time."""
    order = (BAD, GOOD, LAST)
    with (
        Exim(place, order, rcpt=moody(place, "drop", BAD_ONE)) as exim,
        Sender(tmp_path, account(exim, *order)) as sender,
    ):
        exim.moody.touch()
        sender.fail(2)
        sender.visit()
        for _ in range(3):
            if how == "retry":
                sender.retry()
            else:
                sender.restart()
                sender.visit()
        assert sender.visits >= 2
        for recipient in (GOOD, LAST):
            assert sender.states(recipient) == {"sent"}
        check(sender.database, exim.mailbox, [GOOD, LAST])


@pytest.mark.parametrize("verb", ["drop", "defer", "deny"])
@pytest.mark.parametrize("step", ["data", "dot"])
def test_a_message_is_turned_away_because_of_one(tmp_path: Path, place: Path, step: str, verb: str) -> None:
    """A3: whoever is the reason at DATA, or at the end of the message, sinks nobody else."""
    both = (BAD, GOOD)
    with (
        Exim(place, both, **{step: moody(place, verb, BAD_AMONG_THEM)}) as exim,
        Sender(tmp_path, account(exim, *both)) as sender,
    ):
        exim.moody.touch()
        sender.fail(2)
        sender.deliver(visits=4)
        assert sender.states(GOOD) == {"sent"}
        assert sender.states(BAD) <= {"queued", "held"}
        check(sender.database, exim.mailbox, [GOOD])
        exim.moody.unlink()
        sender.deliver(visits=3)
        assert unsettled(sender.database) == []
        check(sender.database, exim.mailbox, both)


def test_more_messages_than_a_connection_may_carry(tmp_path: Path, place: Path) -> None:
    """The third MAIL is answered 421 and a hang-up; the rest follows over further connections, within a few visits."""
    with (
        Exim(place, [GOOD, LAST], options="smtp_accept_max_per_connection = 2") as exim,
        Sender(tmp_path, account(exim, GOOD, LAST)) as sender,
    ):
        sender.fail(7)
        sender.deliver(visits=5)
        assert unsettled(sender.database) == []
        check(sender.database, exim.mailbox, [GOOD, LAST])


def test_more_recipients_than_a_message_may_have(tmp_path: Path, place: Path) -> None:
    """Who is one too many (452) gets the message at the same visit or the next."""
    recipients = [f"r{number}@example.com" for number in range(8)]
    with (
        Exim(place, recipients, options="recipients_max = 3") as exim,
        Sender(tmp_path, account(exim, *recipients)) as sender,
    ):
        sender.fail(2)
        sender.deliver(visits=2)
        assert unsettled(sender.database) == []
        check(sender.database, exim.mailbox, recipients)


def test_an_unknown_recipient_is_given_up_and_nobody_else(tmp_path: Path, place: Path) -> None:
    with Exim(place, [GOOD]) as exim, Sender(tmp_path, account(exim, BAD, GOOD)) as sender:
        sender.fail(2)
        sender.deliver(visits=2)
        assert sender.states(BAD) == {"refused"}
        check(sender.database, exim.mailbox, [GOOD])


def test_a_message_larger_than_the_server_takes(tmp_path: Path, place: Path) -> None:
    """A13: it is shortened to the SIZE that the server says, and arrives."""
    with (
        Exim(place, [GOOD], options="message_size_limit = 10K") as exim,
        Sender(tmp_path, account(exim, GOOD)) as sender,
    ):
        sender.fail(200)
        sender.deliver(visits=1)
        assert unsettled(sender.database) == []
        check(sender.database, exim.mailbox, [GOOD])
        (message,) = exim.mailbox(GOOD)
        assert str(parse(message)["Subject"]).startswith("[DOWN 200 hosts] ")
