"""server_info.csv and email_recipients.csv, and which mail files a delivery needs."""

import pytest

from conntest_tui.config import Credentials, MailServer, Secret
from tests.config.folder import Folder


def test_smtp_reads_all_three_files(smtp: Folder) -> None:
    config = smtp.load()

    assert config.server == MailServer("10.1.1.254", 587)
    assert config.credentials == Credentials("monitor@company.net", Secret("secret"))
    assert config.recipients == ("admin@company.net",)
    assert config.sender == "monitor@company.net"
    assert config.warnings == ()


# ---------------------------------------------------------------- which files are needed


@pytest.mark.parametrize("file", ["server_info.csv", "creds.csv", "email_recipients.csv"])
def test_smtp_needs_each_file_and_says_what_else_would_do(smtp: Folder, file: str) -> None:
    (smtp.path / file).unlink()

    problems = smtp.problems()

    assert problems[0].startswith(f"{file}: the file is missing; create it")
    assert problems[0].endswith('or set email.delivery = "maildir" in settings.toml')


def test_maildir_needs_none(folder: Folder) -> None:
    for file in ("server_info.csv", "creds.csv", "email_recipients.csv"):
        (folder.path / file).unlink()

    config = folder.load()

    assert (config.server, config.credentials) == (None, None)
    assert config.recipients == ("operator@localhost",)
    assert config.sender == "conntest-tui@localhost"


def test_maildir_uses_the_recipients_that_there_are(folder: Folder) -> None:
    folder.write("email_recipients.csv", "a@b.net\n")
    folder.write("server_info.csv", "no server\n")
    folder.write("creds.csv", "no login\n")
    assert folder.load().recipients == ("a@b.net",)

    folder.write("email_recipients.csv", "root\n")
    assert folder.problem().startswith("email_recipients.csv:1: root is not a mail address")


def test_off_reads_no_mail_file(folder: Folder) -> None:
    folder.write("settings.toml", 'email.delivery = "off"\nemail.sender = "me@b.net"\n')
    for file in ("server_info.csv", "creds.csv", "email_recipients.csv"):
        folder.write(file, b"\xff\x00")

    config = folder.load()

    assert (config.server, config.credentials, config.recipients) == (None, None, ())
    assert config.sender == "me@b.net"


def test_with_an_unreadable_delivery_no_mail_file_is_called_missing_but_bad_ones_are_told(folder: Folder) -> None:
    folder.write("settings.toml", 'email.delivery = "maildri"\n')
    (folder.path / "creds.csv").unlink()
    folder.write("server_info.csv", "10.1,25\n")

    assert [problem.split(" ")[0] for problem in folder.problems()] == ["settings.toml:1:", "server_info.csv:1:"]


# ---------------------------------------------------------------- server_info.csv


@pytest.mark.parametrize(
    ("row", "server"),
    [
        ("mail.Company.net, 587 ", MailServer("mail.company.net", 587)),
        ("## explained\r\n\r\n[::1],25\r\n", MailServer("::1", 25)),
        ("10.0.0.1,65535", MailServer("10.0.0.1", 65535)),
    ],
)
def test_a_server_is_an_address_and_a_port(smtp: Folder, row: str, server: MailServer) -> None:
    smtp.write("server_info.csv", row)

    assert smtp.load().server == server


@pytest.mark.parametrize(
    "port", ["abc", "0", "-1", "70000", "+587", "5_8_7", "٥٨٧", "58 7", "587.0", "0587", "9" * 400]
)
def test_what_is_no_port_is_refused(smtp: Folder, port: str) -> None:
    smtp.write("server_info.csv", f"10.0.0.1,{port}\n")

    assert smtp.problem().startswith(f"server_info.csv:1: {port[:59]}")
    assert smtp.problem().endswith("is not a port; write a number from 1 to 65535, such as 587")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "server_info.csv: there is no mail server in the file; write one row: server_address,port"),
        ("## only a comment\n", "server_info.csv: there is no mail server in the file"),
        ("10.0.0.1,\n", "server_info.csv:1: the port is missing"),
        ("10.0.0.1\n", "server_info.csv:1: the row has 1 fields; write two: server_address,port"),
        ("10.0.0.1,25,tls\n", "server_info.csv:1: the row has 3 fields"),
        ("10.0.0.1;25\n", "server_info.csv:1: the row has 1 fields"),
        ("10.0.0.300,25\n", "server_info.csv:1: 10.0.0.300 is not an address"),
        ("10.0.0.1,25\n\n10.0.0.2,25\n", "server_info.csv:3: there is a second mail server; keep one row"),
        ('"10.0.0.1,25\n', "server_info.csv:1: a quoted text does not end on its line"),
    ],
)
def test_a_bad_server_file_says_why(smtp: Folder, content: str, problem: str) -> None:
    smtp.write("server_info.csv", content)

    assert smtp.problem().startswith(problem)


# ---------------------------------------------------------------- email_recipients.csv


@pytest.mark.parametrize(
    ("content", "recipients"),
    [
        ("a@b.net,c@d.net, e@f.net\n", ("a@b.net", "c@d.net", "e@f.net")),
        ("a@b.net,\r\n\r\n,c@d.net", ("a@b.net", "c@d.net")),
        ("## noc\n#old@b.net,older@b.net\na@b.net", ("a@b.net",)),
        ("a@b.net,c@d.net\na@B.NET,A@b.net", ("a@b.net", "c@d.net", "A@b.net")),
        ("Name <a@b.net>", ("a@b.net",)),
        ('"Doe, Jane <jane@b.net>", <joe@b.net>', ("jane@b.net", "joe@b.net")),
        ("jürgen@bücher.de", ("jürgen@xn--bcher-kva.de",)),
        ("root@localhost", ("root@localhost",)),
        ("o'neill+noc/1@b-c.net", ("o'neill+noc/1@b-c.net",)),
    ],
)
def test_recipients_of_all_rows_are_united(smtp: Folder, content: str, recipients: tuple[str, ...]) -> None:
    smtp.write("email_recipients.csv", content)

    assert smtp.load().recipients == recipients


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("a@b;c@d", "holds a semicolon; separate addresses by commas"),
        ("a@@b", "a@@b is not a mail address; write it as name@domain"),
        ("root", "root is not a mail address"),
        ("@b.net", "is not a mail address"),
        ("a@", "is not a mail address"),
        ("a b@c.net", "is not a mail address"),
        ("a\u00a0b@c.net", "is not a mail address"),
        ("a..b@c.net", "is not a mail address"),
        (".a@c.net", "is not a mail address"),
        ("a@b.net.", "is not a mail address"),
        ("a@b。", "is not a mail address"),
        ("a@10.0.0.1", "is not a mail address: 10.0.0.1 is not an address"),
        ("a@[10.0.0.1]", "is not a mail address"),
        ("a@b_.net>", "is not a mail address"),
        ("Name <a@b.net> more", "is not a mail address"),
        ("a\x07@b.net", "a�@b.net is not a mail address"),
        ("a\u2028Bcc:@b.net", "is not a mail address"),
        ("a" * 65 + "@b.net", "is too long for a mail address"),
        ("a@" + "b." * 125 + "net", "is too long for a mail address"),
    ],
)
def test_what_is_no_address_is_refused(smtp: Folder, field: str, said: str) -> None:
    smtp.write("email_recipients.csv", f"x@y.net\n\n{field},z@y.net\n")

    assert smtp.problem().startswith("email_recipients.csv:3: ")
    assert said in smtp.problem()


def test_a_line_end_in_an_address_brings_no_header_in(smtp: Folder) -> None:
    smtp.write("email_recipients.csv", '"a@b.net\r\nBcc: c@d.net"\n')

    assert [problem.split(" ")[0] for problem in smtp.problems()] == [
        "email_recipients.csv:1:",
        "email_recipients.csv:2:",
    ]


@pytest.mark.parametrize("content", ["", "\n,,\n", "## nobody\n"])
def test_smtp_without_a_recipient_is_a_problem(smtp: Folder, content: str) -> None:
    smtp.write("email_recipients.csv", content)

    assert smtp.problem().startswith("email_recipients.csv: there is no recipient in the file")


# ---------------------------------------------------------------- sender


def test_the_setting_comes_before_the_username(smtp: Folder) -> None:
    smtp.write("settings.toml", 'email.sender = "Monitor <conntest@Company.NET>"\n')

    assert smtp.load().sender == "conntest@company.net"


@pytest.mark.parametrize("creds", ["monitor,secret", ""])
def test_a_username_that_is_no_address_needs_a_sender(smtp: Folder, creds: str) -> None:
    smtp.write("creds.csv", creds)

    assert smtp.problem() == (
        "settings.toml: mail has no sender: the username in creds.csv is not a mail address; "
        'set email.sender = "conntest@your.domain"'
    )


def test_a_bomb_in_the_place_of_the_recipients_is_refused_at_once(smtp: Folder) -> None:
    smtp.write("email_recipients.csv", b"b," * (32 << 20))
    assert smtp.problem() == "email_recipients.csv: the file is larger than 1 MB; is it the right file?"

    smtp.write("email_recipients.csv", b"b," * (1 << 19))
    assert "more problems" in smtp.problems()[-1]
