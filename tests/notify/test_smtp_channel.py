"""The table of an SMTP conversation: every step, everything that the other side can do there, whomever it concerns.

What must hold in each row: *sent* exactly when the server answered 2yz to the end of DATA for that mail; *refused* only
by a reply of its own about that recipient; nobody is sunk by another one; everything else is tried again, or held.
"""

import ssl
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest

from conntest_tui.config import Credentials, Delivery, Secret, Tls
from conntest_tui.model.notifications import Message
from conntest_tui.notify import Account, UnavailableError
from conntest_tui.notify.channel import Reply, ReplyVerdict
from conntest_tui.notify.happy_eyeballs import Address
from conntest_tui.notify.smtp_channel import SmtpChannel
from conntest_tui.notify.smtp_session import SmtpTimeouts
from conntest_tui.notify.smtp_steps_and_reply_reader import Exchange
from tests.notify.post_office import Authority
from tests.notify.smtp_model import (
    BEHAVIOURS,
    STEPS,
    Behaviour,
    End,
    Fault,
    ModelConnector,
    ModelLine,
    Server,
    Session,
    T,
)

SENDER = "monitor@company.example"
MAIL = b"Subject: [DOWN] x\r\n\r\n.a line that begins with a dot\r\n"
WIRED = b"Subject: [DOWN] x\r\n\r\n..a line that begins with a dot\r\n"
SIZES = (1, 2, 3, 25)
CA_FILE: list[Path] = []
FINAL = (ReplyVerdict.ACCEPTED, ReplyVerdict.REFUSED)


def people(number: int) -> tuple[str, ...]:
    return tuple(f"r{n:02}@company.example" for n in range(number))


@pytest.fixture(scope="module", autouse=True)
def authorities(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Trust one authority only: those of the system take 20 ms to load, in each of thousands of rows."""
    CA_FILE.append(Authority(tmp_path_factory.mktemp("authority")).file)


@cache
def account(number: int, *, secure: bool = False) -> Account:
    login = Credentials("monitor", Secret("correct horse")) if secure else None
    tls = Tls.STARTTLS if secure else Tls.NONE
    return Account(
        Delivery.SMTP, SENDER, people(number), "mail.example", 25, tls, "monitor.example", login, CA_FILE[-1]
    )


def mail_to(recipients: Sequence[str], content: bytes = MAIL) -> Message:
    return Message("<1@x>", "down", SENDER, recipients, content)


def visit(channel: SmtpChannel, recipients: tuple[str, ...], mail: bytes = MAIL) -> dict[str, Reply]:
    """Open, send, close; return what became of each."""
    try:
        channel.open()
        return dict(channel.send(mail_to(recipients, mail)))
    except UnavailableError as error:
        return dict.fromkeys(recipients, error.reply)
    finally:
        channel.close()


def rows() -> Iterator[tuple[str, Behaviour]]:
    for step, behaviour in product(STEPS, BEHAVIOURS):
        if step in ("connect", "tls", "body") and behaviour.says and behaviour.name != "garbage":
            continue  # nothing is said there
        yield step, behaviour


def variants(step: str) -> Iterator[tuple[int, str, int]]:
    """Yield how many recipients there are, at which of them it happens, and at which mail over the connection."""
    for number, message in product(SIZES, (1, 3)):
        everybody = people(number)
        places = dict.fromkeys((everybody[0], everybody[number // 2], everybody[-1])) if step == "rcpt" else ("",)
        yield from ((number, place, message) for place in places)


@pytest.mark.parametrize(("step", "behaviour"), rows(), ids=str)
def test_one_fault(step: str, behaviour: Behaviour) -> None:
    for number, place, message in variants(step):
        early = step in STEPS[: STEPS.index("mail")]
        if early and message > 1:
            continue
        secure = step in ("starttls", "tls", "ehlo again", "auth", "username", "password")
        fault = Fault(step, behaviour, place, 0 if early or step in ("rset", "quit") else message)
        server = Server([fault], tls=secure, login="LOGIN" if secure else "")
        check_visits(server, number, secure=secure, message=message)


def check_visits(server: Server, number: int, *, secure: bool, message: int) -> None:
    """Hand mails over, the last of them with the fault, until everybody has it; look at every verdict."""
    everybody = people(number)
    connector = ModelConnector(server)
    channel = SmtpChannel(account(number, secure=secure), connector=connector)
    transport_opened = False
    for _ in range(message - 1):
        if not transport_opened:
            channel.open()
            transport_opened = True
        assert {reply.verdict for reply in channel.send(mail_to(everybody)).values()} == {ReplyVerdict.ACCEPTED}
    left, times = everybody, 0
    while left and times < 4:
        times += 1
        server.taken.clear()
        server.held.clear()
        if transport_opened:
            replies = dict(channel.send(mail_to(left)))
            channel.close()
            transport_opened = False
        else:
            replies = visit(channel, left)
        check(server, replies, left)
        left = tuple(to for to in left if replies[to].verdict not in FINAL)
    assert left == ()
    timeouts = SmtpTimeouts()
    assert sum(line.waited for line in connector.lines) <= timeouts.opening + timeouts.transaction + timeouts.leaving


@pytest.mark.parametrize("addresses", [1, 2, 4])
@pytest.mark.parametrize("secure", [False, True])
def test_a_server_that_answers_everything_late_gets_its_mail(
    addresses: int, secure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Mail servers wait before they greet, and before each answer, to tire those who send spam: 20 s is usual.
    servers = [Server(tls=secure, login="LOGIN" if secure else "", pace=15 if secure else 20) for _ in range(addresses)]
    connector = ModelConnector(*servers)
    clock = SimpleNamespace(monotonic=lambda: sum(line.waited for line in connector.lines))
    monkeypatch.setattr("conntest_tui.notify.smtp_channel.time", clock)
    replies = visit(SmtpChannel(account(2, secure=secure), connector=connector), people(2))
    assert {reply.verdict for reply in replies.values()} == {ReplyVerdict.ACCEPTED}
    assert len(connector.lines) == 1


def check(server: Server, replies: dict[str, Reply], recipients: tuple[str, ...]) -> None:
    assert set(replies) == set(recipients)
    assert server.met or {reply.verdict for reply in replies.values()} == {ReplyVerdict.ACCEPTED}
    took = [recipient for recipient, _ in server.taken]
    got = {recipient for recipient, _ in server.held}
    assert {content for _, content in server.held} <= {WIRED}
    assert len(took) == len(set(took))
    for recipient, reply in replies.items():
        assert (reply.verdict is ReplyVerdict.ACCEPTED) == (recipient in took), (recipient, reply)
        assert (reply.verdict is ReplyVerdict.AMBIGUOUS) == (recipient in got and recipient not in took), (
            recipient,
            reply,
        )
        if reply.verdict is ReplyVerdict.REFUSED:
            assert recipient in server.refused
        assert reply.text.isprintable()
        assert 0 < len(reply.text) < 1000


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=str)
@pytest.mark.parametrize("number", [2, 3, 25])
def test_a_recipient_at_whom_it_always_happens_sinks_nobody(behaviour: Behaviour, number: int) -> None:
    if behaviour.name in ("250", "250 and hang-up", "control characters"):
        return
    for place in (0, number // 2, number - 1):
        bad = people(number)[place]
        server = Server([Fault("rcpt", behaviour, bad, times=1000)])
        channel = SmtpChannel(account(number), connector=ModelConnector(server))
        left = people(number)
        for _ in range(4 if behaviour.name == "more than it was asked" else 2):  # who is accepted is suspected last
            replies = visit(channel, left)
            left = tuple(to for to in left if replies[to].verdict is not ReplyVerdict.ACCEPTED)
        assert left == (bad,)
        assert {to for to, _ in server.taken} == set(people(number)) - {bad}


@pytest.mark.parametrize("bad", range(0, 25, 3))
def test_several_of_them_cost_a_visit_each_at_most(bad: int) -> None:
    killers = frozenset(people(25)[:bad])
    faults = [Fault("rcpt", BEHAVIOURS[0], killer, times=1000) for killer in killers]
    server = Server(faults)
    channel = SmtpChannel(account(25), connector=ModelConnector(server))
    left = people(25)
    for _ in range(bad + 1):
        replies = visit(channel, left)
        left = tuple(to for to, reply in replies.items() if reply.verdict is not ReplyVerdict.ACCEPTED)
    assert set(left) == killers


@pytest.mark.parametrize("name", ["451", "554", "550 5.7.1 relay access denied", "close", "silence", "half a line"])
def test_a_mail_that_is_not_wanted_because_of_one_reaches_the_others(name: str) -> None:
    """Exim's DATA access list speaks of the mail as a whole, and means one of its recipients."""
    bad = people(5)[2]
    behaviour = next(known for known in BEHAVIOURS if known.name == name)
    for step, room in product(("data", "dot"), (1000, 3)):
        server = Server([Fault(step, behaviour, bad, times=1000)], room=room)
        channel = SmtpChannel(account(5), connector=ModelConnector(server))
        left = people(5)
        for _ in range(2):
            replies = visit(channel, left)
            left = tuple(to for to in left if replies[to].verdict is not ReplyVerdict.ACCEPTED)
        assert left == (bad,)


@pytest.mark.parametrize("name", ["451", "554", "550 5.7.1 relay access denied"])
def test_so_it_does_in_the_same_visit_where_not_all_have_room_in_one_transaction(name: str) -> None:
    bad = people(5)[1]
    behaviour = next(known for known in BEHAVIOURS if known.name == name)
    for step in ("data", "dot"):
        server = Server([Fault(step, behaviour, bad, times=1000)], room=3)
        replies = visit(SmtpChannel(account(5), connector=ModelConnector(server)), people(5))
        assert [to for to in people(5) if replies[to].verdict is not ReplyVerdict.ACCEPTED] == [bad]


class TestLimits:
    def test_a_good_recipient_does_not_starve_behind_unknown_ones(self) -> None:
        everybody = people(23)
        server = Server(unknown=frozenset(everybody[:-1]))
        channel = SmtpChannel(account(23), connector=ModelConnector(server))
        left = everybody
        for number in range(4):
            replies = visit(channel, left)
            left = tuple(to for to in left if replies[to].verdict not in FINAL)
            if number == 1:
                assert everybody[-1] not in left
        assert left == ()
        assert [to for to, _ in server.taken] == [everybody[-1]]

    def test_no_room_for_all_recipients_in_one_transaction(self) -> None:
        server = Server(room=4)
        channel = SmtpChannel(account(25), connector=ModelConnector(server))
        replies = visit(channel, people(25))
        assert {reply.verdict for reply in replies.values()} == {ReplyVerdict.ACCEPTED}
        assert sorted(to for to, _ in server.taken) == list(people(25))
        assert server.connections == 1

    def test_a_limit_of_mails_over_one_connection(self) -> None:
        enough = Behaviour("enough", b"421 4.7.0 too many mails over this connection\r\n")
        server = Server([Fault("mail", enough, message=3, times=1000)])
        channel = SmtpChannel(account(1), connector=ModelConnector(server))
        channel.open()
        for _ in range(6):
            replies = channel.send(mail_to(people(1)))
            assert replies[people(1)[0]].verdict is ReplyVerdict.ACCEPTED
        assert server.connections == 3

    def test_a_quota_in_mid_drain_is_not_final(self) -> None:
        quota = next(behaviour for behaviour in BEHAVIOURS if behaviour.name.startswith("550 5.4.5"))
        for step in ("mail", "rcpt", "data", "dot"):
            server = Server([Fault(step, quota, message=2)])
            channel = SmtpChannel(account(2), connector=ModelConnector(server))
            channel.open()
            channel.send(mail_to(people(2)))
            for reply in channel.send(mail_to(people(2))).values():
                assert reply.verdict in (ReplyVerdict.TRANSIENT, ReplyVerdict.ACCEPTED)
            assert any(fault.step == step for fault in server.met)

    def test_a_connection_is_renewed_before_the_server_has_had_enough_of_errors(self) -> None:
        server = Server(unknown=frozenset(people(2)[:1]))
        channel = SmtpChannel(account(2), connector=ModelConnector(server))
        channel.open()
        for _ in range(30):
            replies = channel.send(mail_to(people(2)))
            assert [reply.verdict for reply in replies.values()] == [ReplyVerdict.REFUSED, ReplyVerdict.ACCEPTED]


class TestSeveralAddresses:
    @pytest.mark.parametrize("step", ["banner", "ehlo"])
    @pytest.mark.parametrize("behaviour", [b for b in BEHAVIOURS if b.name != "250"], ids=str)
    def test_an_address_that_does_not_serve_is_passed_over_and_remembered(
        self, step: str, behaviour: Behaviour
    ) -> None:
        if behaviour.name in ("control characters", "more than it was asked", "250 and hang-up"):
            return
        if step == "ehlo" and behaviour.says.startswith(b"5") and behaviour.end is End.STAYS:
            return  # then HELO will do
        bad, good = Server([Fault(step, behaviour, times=1000)]), Server()
        channel = SmtpChannel(account(1), connector=ModelConnector(bad, good))
        for _ in range(3):
            assert visit(channel, people(1))[people(1)[0]].verdict is ReplyVerdict.ACCEPTED
        assert (bad.connections, good.connections) == (1, 3)
        assert channel.peer == "192.0.2.2:25"

    def test_the_last_of_many_has_its_turn(self) -> None:
        bad = [Server([Fault("banner", BEHAVIOURS[0], times=1000)]) for _ in range(9)]
        channel = SmtpChannel(account(1), connector=ModelConnector(*bad, Server()))
        verdicts = [visit(channel, people(1))[people(1)[0]].verdict for _ in range(3)]
        assert verdicts[-1] is ReplyVerdict.ACCEPTED

    @pytest.mark.parametrize("number", [1, 2, 9])
    def test_an_opening_takes_no_longer_than_its_limit_over_all_of_them(
        self, number: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each takes connections at the last moment, and says nothing then."""
        passed = [0.0]

        class SlowLine(ModelLine):
            def carry_out(self, exchange: Exchange[T], seconds: float) -> T:
                passed[0] += seconds
                return super().carry_out(exchange, seconds)

        class SlowWays(ModelConnector):
            def connect(
                self, addresses: Sequence[Address], server: str, context: ssl.SSLContext, seconds: float
            ) -> ModelLine:
                passed[0] += seconds
                super().connect(addresses, server, context, seconds)
                return SlowLine(Session(self.servers[addresses[0]]), addresses[0])

        monkeypatch.setattr("conntest_tui.notify.smtp_channel.time.monotonic", lambda: passed[0])
        silent = next(behaviour for behaviour in BEHAVIOURS if behaviour.name == "silence")
        connector = SlowWays(*(Server([Fault("banner", silent, times=9)]) for _ in range(number)))
        with pytest.raises(UnavailableError):
            SmtpChannel(account(1), connector=connector).open()
        assert 0 < passed[0] <= SmtpTimeouts().opening

    def test_a_wrong_password_is_tried_at_one_of_them_only(self) -> None:
        wrong = Behaviour("535", b"535 5.7.8 bad credentials\r\n")
        servers = [Server([Fault("auth", wrong, times=9)], tls=True, login="PLAIN") for _ in range(2)]
        reply = visit(SmtpChannel(account(1, secure=True), connector=ModelConnector(*servers)), people(1))[people(1)[0]]
        assert reply.verdict is ReplyVerdict.CONFIGURATION
        assert "creds.csv" in reply.text
        assert [server.connections for server in servers] == [1, 0]


class TestLogin:
    def test_what_is_offered_and_not_there_gives_way_to_the_next(self) -> None:
        absent = Behaviour("504", b"504 5.5.4 unrecognized authentication type\r\n")
        server = Server([Fault("auth", absent)], tls=True, login="PLAIN LOGIN")
        replies = visit(SmtpChannel(account(1, secure=True), connector=ModelConnector(server)), people(1))
        assert replies[people(1)[0]].verdict is ReplyVerdict.ACCEPTED

    @pytest.mark.parametrize("challenge", ["é", "=", "PDEyMw"])
    def test_a_challenge_may_be_anything(self, challenge: str) -> None:
        asked = Behaviour("asked", f"334 {challenge}\r\n".encode())
        server = Server([Fault("auth", asked)], tls=True, login="CRAM-MD5")
        reply = visit(SmtpChannel(account(1, secure=True), connector=ModelConnector(server)), people(1))[people(1)[0]]
        assert reply.verdict in (ReplyVerdict.TRANSIENT, ReplyVerdict.ACCEPTED)

    def test_a_machine_without_md5_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As OpenSSL is where FIPS 140 counts."""

        def refused(*_: object) -> None:
            raise ValueError("[digital envelope routines] unsupported")

        monkeypatch.setattr("conntest_tui.notify.smtp_login.hmac.new", refused)
        asked = Behaviour("asked", b"334 PDEyMz4=\r\n")
        server = Server([Fault("auth", asked)], tls=True, login="CRAM-MD5")
        reply = visit(SmtpChannel(account(1, secure=True), connector=ModelConnector(server)), people(1))[people(1)[0]]
        assert reply.verdict is ReplyVerdict.CONFIGURATION
        assert "MD5" in reply.text

    def test_a_list_of_mechanisms_that_is_long_or_not_text_is_cut(self) -> None:
        server = Server(tls=True, login="\x1b[31m" + "X" * 700)
        reply = visit(SmtpChannel(account(1, secure=True), connector=ModelConnector(server)), people(1))[people(1)[0]]
        assert reply.verdict is ReplyVerdict.CONFIGURATION
        assert "no login" in reply.text
        assert reply.text.isprintable()
        assert len(reply.text) < 400


def test_addresses_beyond_ascii_do_not_depend_on_the_others() -> None:
    recipients = ("a@company.example", "jörg@company.example")
    server = Server([Fault("rcpt", BEHAVIOURS[0], recipients[0], times=9)])
    known = replace(account(1), recipients=recipients)
    channel = SmtpChannel(known, connector=ModelConnector(server))
    replies = visit(channel, recipients) | visit(channel, recipients[1:])
    assert replies[recipients[1]].verdict is ReplyVerdict.ACCEPTED


def test_a_transaction_that_came_to_nothing_is_dropped_before_the_next_and_the_server_is_taken_leave_of() -> None:
    """A server that refuses MAIL within a transaction is right (RFC 5321, section 4.1.4)."""
    server = Server(unknown=frozenset(people(2)))
    channel = SmtpChannel(account(2), connector=ModelConnector(server))
    channel.open()
    for _ in range(3):
        replies = channel.send(mail_to(people(2)))
        assert all("it accepts no recipient" in reply.text for reply in replies.values())
    channel.close()
    assert server.farewells == server.connections


def test_a_server_that_knows_helo_only() -> None:
    old = Behaviour("502", b"502 unknown command\r\n")
    server = Server([Fault("ehlo", old)])
    assert (
        visit(SmtpChannel(account(1), connector=ModelConnector(server)), people(1))[people(1)[0]].verdict
        is ReplyVerdict.ACCEPTED
    )


def test_a_server_that_does_not_like_our_name_is_told_of_by_the_setting() -> None:
    no = Behaviour("550", b"550 5.7.1 I do not know you\r\n")
    server = Server([Fault(step, no, times=9) for step in ("ehlo", "ehlo again")])
    reply = visit(SmtpChannel(account(1), connector=ModelConnector(server)), people(1))[people(1)[0]]
    assert reply.verdict is ReplyVerdict.CONFIGURATION
    assert "email.helo" in reply.text
