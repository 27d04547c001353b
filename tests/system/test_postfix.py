"""A real Postfix, with its limits, its restarts and its logins: what the state calls sent lies in a mailbox."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conntest_tui.config import Credentials, Delivery, Secret, Tls
from conntest_tui.model import MailHealth
from conntest_tui.notify import Account, channel_for, send_test
from tests.system.deliveries import Sender, check, rows, unsettled
from tests.system.lab import Lab, needs_lab
from tests.system.mailserver import PASSWORD, USER
from tests.system.postfix import Dovecot, Policy, Postfix, Question, needs_dovecot, needs_postfix, open_directory
from tests.system.program import STARTED, Program
from tests.system.reading import parse
from tests.system.site import write_site
from tests.system.terminal import wait_until
from tests.system.verdict import Arrival, Evidence, Verdict, gather

pytestmark = [pytest.mark.system, needs_postfix]

SENDER = "conntest@example.com"
ADMIN, NOC, ONCALL = "admin@example.com", "noc@example.com", "oncall@example.com"
ALL = (ADMIN, NOC, ONCALL)


@pytest.fixture
def place() -> Iterator[Path]:
    with open_directory() as directory:
        yield directory


def account(postfix: Postfix, *recipients: str, port: int = 0, tls: Tls = Tls.STARTTLS, password: str = "") -> Account:
    """Return an account at a server; a message for each host, however many fail together."""
    return Account(
        Delivery.SMTP,
        SENDER,
        recipients or ALL,
        "127.0.0.1",
        port or postfix.port,
        tls=tls,
        credentials=Credentials(USER, Secret(password)) if password else None,
        ca_file=postfix.authority,
        digest_above=100,
    )


# ---------------------------------------------------------------- restarts


class Restarter:
    """Restarts Postfix while it waits for the policy service, at chosen questions of chosen steps."""

    def __init__(self, *steps: str, every: int) -> None:
        """Restart at every so-manieth question of each of these steps (`protocol_state`)."""
        self._steps, self._every = steps, every
        self._questions: Counter[str] = Counter()
        self.postfix: Postfix | None = None
        self.restarts: Counter[str] = Counter()

    def __call__(self, question: Question) -> str:
        step = question["protocol_state"]
        self._questions[step] += 1
        if step in self._steps and self._questions[step] % self._every == 0:
            assert self.postfix is not None
            self.restarts[step] += 1
            self.postfix.restart()
        return "DUNNO"


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "END-OF-MESSAGE"])
def test_restarted_again_and_again_at_one_step(tmp_path: Path, place: Path, step: str) -> None:
    """A1: thirty deliveries, and the server goes away in the middle of every third or so."""
    restarter = Restarter(step, every=7 if step == "RCPT" else 3)
    with Policy(place / "policy", restarter) as policy:
        asks = ("sender", "recipient", "data", "end_of_data")
        settings = {f"smtpd_{step}_restrictions": policy.setting for step in asks}
        with (
            Postfix(place / "postfix", ALL, {**settings, "smtpd_delay_reject": "no"}) as postfix,
            Sender(tmp_path / "state", account(postfix)) as sender,
        ):
            restarter.postfix = postfix
            sender.fail(10)
            # A visit takes a moment and a restart a second: without waiting, all visits find a closed door.
            sender.deliver(visits=40, ready=postfix.wait_until_restarted)
            assert restarter.restarts[step] >= 3
            assert unsettled(sender.database) == []
            check(sender.database, postfix.mailbox, ALL)


@pytest.mark.parametrize("action", ["421 4.3.2 go away", "451 4.3.0 not now", "554 5.7.1 policy says no"])
def test_turned_away_at_data(tmp_path: Path, place: Path, action: str) -> None:
    """A1: one message in three is turned away between DATA and 354; none of that is a delivery."""
    asked = iter(range(10**6))

    def answer(_question: Question) -> str:
        return action if next(asked) % 3 == 1 else "DUNNO"

    with (
        Policy(place / "policy", answer) as policy,
        Postfix(place / "postfix", ALL, {"smtpd_data_restrictions": policy.setting}) as postfix,
        Sender(tmp_path / "state", account(postfix)) as sender,
    ):
        sender.fail(6)
        sender.deliver(visits=20)
        assert len(policy.asked) > 6
        assert unsettled(sender.database) == []
        check(sender.database, postfix.mailbox, ALL)


@pytest.mark.parametrize(
    ("action", "bad"),
    [
        *((action, bad) for action in ("421 4.7.0 not you", "521 5.7.1 not you") for bad in ALL),
        ("450 4.7.1 later", ADMIN),
        ("450 4.2.2 mailbox is full", ONCALL),
    ],
)
def test_one_is_turned_away_at_rcpt(tmp_path: Path, place: Path, action: str, bad: str) -> None:
    """A2, A3: with a hang-up (421, 521) or without; the others get every message, and nobody is given up."""
    closed = [bad]

    def answer(question: Question) -> str:
        return action if question["recipient"] in closed else "DUNNO"

    with (
        Policy(place / "policy", answer) as policy,
        Postfix(place / "postfix", ALL, {"smtpd_recipient_restrictions": policy.setting}) as postfix,
        Sender(tmp_path / "state", account(postfix)) as sender,
    ):
        sender.fail(3)
        sender.deliver(visits=4)
        others = [recipient for recipient in ALL if recipient != bad]
        for recipient in others:
            assert sender.states(recipient) == {"sent"}
        assert sender.states(bad) <= {"queued", "held"}
        check(sender.database, postfix.mailbox, others)
        closed.clear()
        sender.deliver(visits=3)
        assert unsettled(sender.database) == []
        check(sender.database, postfix.mailbox, ALL)


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize("step", ["sender", "recipient", "data", "end_of_data"])
def test_the_daily_limit_is_reached_in_between(tmp_path: Path, place: Path, step: str) -> None:
    """A5: two messages pass, the others are refused (550 5.4.5) until the next day: none is given up."""
    passed: list[Question] = []
    quota = [2]

    def answer(question: Question) -> str:
        if len(passed) >= quota[0]:
            return "550 5.4.5 Daily sending quota exceeded"
        if question["protocol_state"] == "END-OF-MESSAGE":
            passed.append(question)
        return "DUNNO"

    def sent(to: str) -> int:
        return len(rows(sender.database, "SELECT 1 FROM delivery WHERE recipient = ? AND state = 'sent'", to))

    with Policy(place / "policy", answer) as policy:
        settings = {f"smtpd_{asks}_restrictions": policy.setting for asks in (step, "end_of_data")}
        with (
            Postfix(place / "postfix", ALL, {**settings, "smtpd_delay_reject": "no"}) as postfix,
            Sender(tmp_path / "state", account(postfix)) as sender,
        ):
            sender.fail(5)
            sender.deliver(visits=3)
            assert sum(sent(recipient) for recipient in ALL) == sum(int(q["recipient_count"]) for q in passed)
            for recipient in ALL:
                assert sender.states(recipient) <= {"sent", "queued", "held"}
            quota[0] = 1000
            sender.deliver(visits=3)
            assert unsettled(sender.database) == []
            check(sender.database, postfix.mailbox, ALL)


@pytest.mark.parametrize("good", ["a-first@example.com", "n-middle@example.com", "z-last@example.com"])
def test_a_good_recipient_among_many_unknown_ones(tmp_path: Path, place: Path, good: str) -> None:
    """A6: twenty errors end a connection (smtpd_hard_error_limit); who is known does not wait for the others."""
    unknown = [f"m{number:02}@example.com" for number in range(11)] + [
        f"o{number:02}@example.com" for number in range(11)
    ]
    with (
        Postfix(place / "postfix", [good]) as postfix,
        Sender(tmp_path / "state", account(postfix, *unknown, good)) as sender,
    ):
        sender.fail(1)
        sender.deliver(visits=2)
        assert sender.states(good) == {"sent"}
        sender.deliver(visits=8)
        check(sender.database, postfix.mailbox, [good])
        for recipient in unknown:
            assert sender.states(recipient) == {"refused"}
            assert all(reply.startswith("550 5.1.1") for reply in sender.replies(recipient))


def test_more_recipients_than_a_message_may_have(tmp_path: Path, place: Path) -> None:
    """Who is one too many (452) gets the message at the same visit or the next, not after a pause for each three."""
    recipients = [f"r{number}@example.com" for number in range(10)]
    settings = {"smtpd_recipient_limit": 3, "smtpd_recipient_overshoot_limit": 1}
    with (
        Postfix(place / "postfix", recipients, settings) as postfix,
        Sender(tmp_path / "state", account(postfix, *recipients)) as sender,
    ):
        sender.fail(2)
        sender.deliver(visits=2)
        assert unsettled(sender.database) == []
        check(sender.database, postfix.mailbox, recipients)


@pytest.mark.parametrize("kind", ["message", "recipient", "connection"])
def test_more_in_a_while_than_a_client_may_have(tmp_path: Path, place: Path, kind: str) -> None:
    """Too many messages, recipients or connections in three seconds: all of it arrives, later, and once."""
    limit = {"message": 2, "recipient": 4, "connection": 1}[kind]
    settings: dict[str, str | int] = {f"smtpd_client_{kind}_rate_limit": limit, "anvil_rate_time_unit": "3s"}
    with (
        Postfix(place / "postfix", ALL, settings) as postfix,
        Sender(tmp_path / "state", account(postfix)) as sender,
    ):
        sender.fail(2)
        sender.visit()
        sender.fail(3)
        sender.keep_at_it(60)
        for recipient in ALL:
            assert sender.states(recipient) == {"sent"}
        check(sender.database, postfix.mailbox, ALL)


@pytest.mark.parametrize("size", [6_000, 20_000])
def test_a_message_larger_than_the_server_takes(tmp_path: Path, place: Path, size: int) -> None:
    """A13: it is shortened to what the server says that it takes, and arrives."""
    settings: dict[str, str | int] = {"message_size_limit": size}
    with (
        Postfix(place / "postfix", ALL, settings) as postfix,
        Sender(tmp_path / "state", account(postfix)) as sender,
    ):
        sender.fail(200)
        assert sender.visit().health is MailHealth.OK
        check(sender.database, postfix.mailbox, ALL)
        for recipient in ALL:
            (message,) = postfix.mailbox(recipient)
            assert str(parse(message)["Subject"]).startswith("[DOWN 200 hosts] ")


# ---------------------------------------------------------------- logins, and TLS


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with open_directory() as directory, Dovecot(directory / "dovecot") as running:
        yield running


@needs_dovecot
class TestLogin:
    def test_over_starttls(self, tmp_path: Path, place: Path, dovecot: Dovecot) -> None:
        with (
            Postfix(place / "postfix", ALL, dovecot.settings) as postfix,
            Sender(tmp_path / "state", account(postfix, password=PASSWORD)) as sender,
        ):
            sender.fail(3)
            assert sender.visit().health is MailHealth.OK
            check(sender.database, postfix.mailbox, ALL)
            assert f"sasl_username={USER}" in postfix.log.read_text()

    def test_over_tls_from_the_start(self, tmp_path: Path, place: Path, dovecot: Dovecot) -> None:
        with Postfix(place / "postfix", ALL, dovecot.settings) as postfix:
            chosen = account(postfix, port=postfix.tls_port, tls=Tls.IMPLICIT, password=PASSWORD)
            with Sender(tmp_path / "state", chosen) as sender:
                sender.fail(3)
                assert sender.visit().health is MailHealth.OK
                check(sender.database, postfix.mailbox, ALL)

    def test_a_server_that_knows_only_the_mechanism_login(self, tmp_path: Path, place: Path) -> None:
        with (
            Dovecot(place / "dovecot", mechanisms="login") as dovecot,
            Postfix(place / "postfix", ALL, dovecot.settings) as postfix,
            Sender(tmp_path / "state", account(postfix, password=PASSWORD)) as sender,
        ):
            sender.fail(1)
            assert sender.visit().health is MailHealth.OK
            check(sender.database, postfix.mailbox, ALL)

    def test_a_wrong_password_is_held_until_it_is_mended(self, tmp_path: Path, place: Path, dovecot: Dovecot) -> None:
        with (
            Postfix(place / "postfix", ALL, dovecot.settings) as postfix,
            Sender(tmp_path / "state", account(postfix, password="mistyped")) as sender,
        ):
            sender.fail(2)
            status = sender.visit()
            assert status.health is MailHealth.HELD
            assert status.text.startswith("535 5.7.8")
            assert "creds.csv" in status.text
            assert "mistyped" not in status.text
            assert unsettled(sender.database)
            sender.account = account(postfix, password=PASSWORD)
            assert sender.visit().health is MailHealth.OK
            check(sender.database, postfix.mailbox, ALL)

    def test_no_login_where_the_server_demands_one(self, tmp_path: Path, place: Path, dovecot: Dovecot) -> None:
        """It refuses every recipient (554): that is about us, and none of them is given up."""
        with (
            Postfix(place / "postfix", ALL, dovecot.settings) as postfix,
            Sender(tmp_path / "state", account(postfix)) as sender,
        ):
            sender.fail(2)
            status = sender.visit()
            assert status.health is MailHealth.HELD
            assert "creds.csv" in status.text
            sender.account = account(postfix, password=PASSWORD)
            assert sender.visit().health is MailHealth.OK
            check(sender.database, postfix.mailbox, ALL)

    def test_a_login_where_the_server_has_none(self, tmp_path: Path, place: Path) -> None:
        with (
            Postfix(place / "postfix", ALL) as postfix,
            Sender(tmp_path / "state", account(postfix, password=PASSWORD)) as sender,
        ):
            sender.fail(1)
            status = sender.visit()
            assert status.health is MailHealth.HELD
            assert "creds.csv" in status.text
            sender.account = account(postfix)
            assert sender.visit().health is MailHealth.OK
            check(sender.database, postfix.mailbox, ALL)


@pytest.mark.parametrize("mistake", ["clear on the TLS port", "TLS on the clear port", "STARTTLS where there is none"])
def test_tls_that_does_not_fit_the_port(tmp_path: Path, place: Path, mistake: str) -> None:
    """It is held with a hint that names the setting, and goes out when that is mended."""
    settings: dict[str, str | int] = (
        {"smtpd_tls_security_level": "none"} if mistake == "STARTTLS where there is none" else {}
    )
    with Postfix(place / "postfix", ALL, settings) as postfix:
        wrong, right = {
            "clear on the TLS port": (
                account(postfix, port=postfix.tls_port, tls=Tls.STARTTLS),
                account(postfix, port=postfix.tls_port, tls=Tls.IMPLICIT),
            ),
            "TLS on the clear port": (account(postfix, tls=Tls.IMPLICIT), account(postfix, tls=Tls.STARTTLS)),
            "STARTTLS where there is none": (account(postfix, tls=Tls.STARTTLS), account(postfix, tls=Tls.NONE)),
        }[mistake]
        with Sender(tmp_path / "state", wrong) as sender:
            sender.fail(2)
            status = sender.visit()
            assert "email.tls" in status.text
            # Silence may be that of a server that is busy: it is tried again sooner.
            silent = mistake == "clear on the TLS port"
            assert status.health is (MailHealth.WAITING if silent else MailHealth.HELD)
            sender.account = right
            assert sender.visit().health is MailHealth.OK
            check(sender.database, postfix.mailbox, ALL)


def test_test_mail_says_what_becomes_of_each(place: Path) -> None:
    """It connects again when the server has hung up in between, here at its error limit."""
    unknown = [f"n{number}@example.com" for number in range(4)]
    with Postfix(place / "postfix", ALL, {"smtpd_hard_error_limit": 3}) as postfix:
        chosen = account(postfix, *unknown, *ALL)
        answers = {answer.recipient: answer for answer in send_test(chosen, channel_for(chosen))}
        assert [to for to, answer in answers.items() if answer.accepted] == list(ALL)
        assert all("550 5.1.1" in answers[to].text for to in unknown)
        wait_until(lambda: all(len(postfix.mailbox(to)) == 1 for to in ALL), 20, "each of them got it")


# ---------------------------------------------------------------- the program itself


@needs_lab
@needs_dovecot
def test_the_program_beside_a_slow_server_that_is_restarted(
    lab: Lab, dovecot: Dovecot, tmp_path: Path, place: Path
) -> None:
    """A1: hosts fail and come back; Postfix checks for a second at DATA, and is restarted in the middle of it."""
    restarter = Restarter("DATA", every=3)
    hosts = [f"10.77.0.{number}" for number in range(2, 12, 2)]
    database, output = tmp_path / "state" / "state.db", tmp_path / "output"

    def outages(condition: str) -> int:
        return len(rows(database, f"SELECT id FROM outage WHERE {condition}"))

    with Policy(place / "policy", restarter) as policy:
        settings = {**dovecot.settings, "smtpd_data_restrictions": f"sleep 1, {policy.setting}"}
        with Postfix(place / "postfix", ALL, settings, enter=lab.enter) as postfix:
            restarter.postfix = postfix
            site = _write_site(tmp_path / "site", hosts, postfix)
            with Program(site, database.parent, output, enter=lab.enter) as program:
                program.wait_for(STARTED)
                lab.cut_off(*hosts)
                wait_until(lambda: outages("ended_wall IS NULL") == len(hosts), 30, "all hosts are down")
                wait_until(lambda: restarter.restarts["DATA"] > 0, 30, "the server was restarted")
                lab.restore(*hosts)
                wait_until(lambda: outages("ended_wall IS NOT NULL") == len(hosts), 30, "all hosts are up")
                wait_until(lambda: not unsettled(database), 60, "nothing waits any more")
                assert program.terminate() == 0
            check(database, postfix.mailbox, ALL)
            assert Verdict(_evidence(postfix, database, output), ALL).complaints() == []


def _write_site(directory: Path, hosts: Sequence[str], postfix: Postfix) -> Path:
    listed = "".join(f"{host},Host {host.rpartition('.')[2]}\n" for host in hosts)
    chosen = {"interval": 1.0, "attempts": 1, "timeout": 0.3, "storm.minimum": 1000}
    write_site(directory, listed, postfix, **chosen)
    with (directory / "settings.toml").open("a") as settings:  # [email] comes last
        settings.write("digest_above = 100\n")
    (directory / "email_recipients.csv").write_text(f"{','.join(ALL)}\n")
    return directory


def _evidence(postfix: Postfix, database: Path, output: Path) -> Evidence:
    """Return what is left: the messages without what Postfix has put before them."""
    left = gather(output.parent / "none", database, output, ALL)

    def as_sent(message: bytes) -> bytes:
        sent = left.mails.get(str(parse(message)["Message-ID"]), message)
        return sent if message.endswith(sent) else message

    arrivals = [Arrival(True, (to,), as_sent(message)) for to in ALL for message in postfix.mailbox(to)]
    return replace(left, arrivals=arrivals)
