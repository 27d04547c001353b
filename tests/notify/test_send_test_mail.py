"""The test mail: what it tells of each recipient, over connections that may end."""

import pytest

from conntest_tui.config import Delivery, Tls
from conntest_tui.notify import Account, send_test
from conntest_tui.notify.smtp_channel import SmtpChannel
from tests.fakes import FakeClock
from tests.notify.smtp_model import BEHAVIOURS, Behaviour, Fault, ModelConnector, Server
from tests.notify.test_smtp_channel import SENDER, people

ACCOUNT = Account(Delivery.SMTP, SENDER, people(3), "mail.example", 25, Tls.NONE, "monitor.example")
ENDS = [behaviour for behaviour in BEHAVIOURS if behaviour.name in ("close", "reset", "silence", "421 and hang-up")]


@pytest.mark.parametrize("behaviour", ENDS, ids=str)
@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
def test_a_connection_that_ends_is_renewed_and_the_recipient_tried_again(step: str, behaviour: Behaviour) -> None:
    server = Server([Fault(step, behaviour, people(3)[1] if step == "rcpt" else "")])
    results = send_test(ACCOUNT, SmtpChannel(ACCOUNT, connector=ModelConnector(server)), FakeClock())
    assert [answer.accepted for answer in results] == [True] * 3
    assert {answer.peer for answer in results} == {"192.0.2.1:25"}


def test_what_always_happens_to_one_happens_to_nobody_else() -> None:
    server = Server([Fault("rcpt", BEHAVIOURS[0], people(3)[1], times=99)])
    results = send_test(ACCOUNT, SmtpChannel(ACCOUNT, connector=ModelConnector(server)), FakeClock())
    assert [answer.accepted for answer in results] == [True, False, True]
    assert results[1].text == "connection closed by the server"


def test_what_may_have_arrived_is_not_sent_twice() -> None:
    server = Server([Fault("dot", BEHAVIOURS[0])])
    results = send_test(ACCOUNT, SmtpChannel(ACCOUNT, connector=ModelConnector(server)), FakeClock())
    assert [answer.accepted for answer in results] == [False, True, True]
    assert len(server.held) == 3
