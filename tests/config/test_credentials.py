"""creds.csv, and the password files that come before it: kept as they are, and shown nowhere."""

import copy
import logging
import os
import pickle
import traceback
from pathlib import Path

import pytest

from conntest_tui.config import Credentials, Secret
from conntest_tui.config.problems import FileProblems
from conntest_tui.config.read_files import lines, read
from conntest_tui.private import user_name
from tests.config.folder import Folder


@pytest.mark.parametrize(
    ("row", "password"),
    [
        ("me@b.net,secret", "secret"),
        (" me@b.net ,secret\r\n", "secret"),
        ("me@b.net,two words", "two words"),
        ("me@b.net,  edges  ", "  edges  "),
        ('me@b.net,"  edges  "', "  edges  "),
        ('me@b.net,  "comma,comma"', "comma,comma"),
        ('"me@b.net","a, ""b"""', 'a, "b"'),
        ('"me@b.net", plain', " plain"),
        ('me@b.net,it"s', 'it"s'),
        ("me@b.net,#hash", "#hash"),
        ("me@b.net,##hash", "##hash"),
        ("\n\n me@b.net,' OR 1=1;--\n", "' OR 1=1;--"),
    ],
)
def test_a_password_is_kept_as_it_is(smtp: Folder, row: str, password: str) -> None:
    smtp.write("creds.csv", row)

    assert smtp.load().credentials == Credentials("me@b.net", Secret(password))


def test_nothing_is_a_comment_beside_a_password(smtp: Folder) -> None:
    smtp.write("creds.csv", "#me@b.net,secret\n")

    assert smtp.load().credentials == Credentials("#me@b.net", Secret("secret"))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("me@b.net\n", "creds.csv:1: the password is missing; write one row: username,password"),
        ("me@b.net,\n", "creds.csv:1: the password is missing"),
        (",Hunter2\n", "creds.csv:1: the username is missing"),
        ("me@b.net,Hun,ter2\n", "creds.csv:1: the row has more than two fields; quote a password that holds commas"),
        ('me@b.net,"Hunter2\n', "creds.csv:1: a quoted text does not end on its line"),
        ('me@b.net,"Hunter"2\n', "creds.csv:1: text follows a closing quote"),
        ("me@b.net,Hünter2\n", "creds.csv:1: the password holds characters beyond printable ASCII"),
        ("me@b.net,Hunter\x072\n", "creds.csv:1: the password holds characters beyond printable ASCII"),
        (b"me@b.net,H\xfcnter2\n", "creds.csv:1: the line is not UTF-8 text"),
        ("mé@b.net,Hunter2\n", "creds.csv:1: the username holds characters that SMTP cannot carry"),
        ("me@b.net,Hunter2\nme@b.net,Hunter2\n", "creds.csv:2: there is a second row"),
    ],
)
def test_a_bad_login_is_told_without_repeating_it(smtp: Folder, row: str | bytes, said: str) -> None:
    smtp.write("creds.csv", row)

    assert smtp.problem().startswith(said)
    for part in ("Hun", "nter", "ter2", "me@b.net"):
        assert part not in smtp.problem()


def test_an_empty_file_means_a_server_without_login(smtp: Folder) -> None:
    smtp.write("creds.csv", "\n")
    smtp.write("settings.toml", 'email.tls = "none"\nemail.sender = "me@b.net"\n')

    assert smtp.load().credentials is None


def test_credentials_never_travel_in_the_clear(smtp: Folder) -> None:
    smtp.write("settings.toml", '\nemail.tls = "none"\n')

    assert smtp.problem().startswith('settings.toml:2: email.tls = "none" would send the password in the clear')


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_a_password_that_others_can_read_is_warned_about_with_the_command(smtp: Folder, mode: int) -> None:
    (smtp.path / "creds.csv").chmod(mode)

    (warning,) = smtp.load().warnings

    assert str(warning) == (
        f"creds.csv: other users of this machine can read the password; run: chmod 600 {smtp.path / 'creds.csv'}"
    )


def test_the_command_keeps_a_service_that_reads_the_password_by_its_group(
    smtp: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    # root:conntest 0640, as many packages have it: chmod 600 alone would keep the service out.
    path = smtp.path / "creds.csv"
    path.chmod(0o640)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 54_321)

    (warning,) = smtp.load().warnings

    owner = user_name(os.geteuid())
    assert str(warning).endswith(f"run as root: chown {owner} {path} && chmod 600 {path}")


def test_an_unquoted_password_with_a_space_at_its_end_is_warned_about(smtp: Folder) -> None:
    smtp.write("creds.csv", "me@b.net, secret\n")

    (warning,) = smtp.load().warnings

    assert warning.text == "the password begins or ends with a space"


def test_a_row_shows_in_no_traceback_with_locals(smtp: Folder) -> None:
    content = read(smtp.path / "creds.csv")
    parsed = list(lines(content.data, FileProblems("creds.csv")))

    assert parsed[0].text == "monitor@company.net,secret"
    assert "secret" not in f"{content!r} {parsed!r}"


# ---------------------------------------------------------------- passwords that stand elsewhere


@pytest.fixture
def service(smtp: Folder, tmp_path: Path) -> Folder:
    """A configuration whose creds.csv holds the username alone, beside a systemd credential."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "conntest-smtp-password").write_text("from systemd\n")
    smtp.environ["CREDENTIALS_DIRECTORY"] = str(credentials)
    smtp.write("creds.csv", "me@b.net\n")
    (smtp.path / "creds.csv").chmod(0o644)  # no password in it, no warning
    return smtp


def _named_file(folder: Folder, content: bytes) -> Path:
    path = folder.path / "password"
    path.write_bytes(content)
    folder.environ["CONNTEST_SMTP_PASSWORD_FILE"] = str(path)
    return path


def test_the_systemd_credential_comes_first(service: Folder) -> None:
    _named_file(service, b"from the file\n")
    service.write("creds.csv", "me@b.net,from creds.csv\n")
    (service.path / "creds.csv").chmod(0o600)

    config = service.load()

    assert config.credentials == Credentials("me@b.net", Secret("from systemd"))
    assert config.warnings == ()


def test_the_named_file_comes_next(service: Folder) -> None:
    _named_file(service, b"from the file\r\n")
    Path(service.environ["CREDENTIALS_DIRECTORY"], "conntest-smtp-password").unlink()

    assert service.load().credentials == Credentials("me@b.net", Secret("from the file"))


def test_only_the_line_end_is_no_part_of_a_password_file(smtp: Folder) -> None:
    _named_file(smtp, b'  #a, "b" \n')

    assert smtp.load().credentials == Credentials("monitor@company.net", Secret('  #a, "b" '))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file holds no password"),
        (b"\n", "the file holds no password"),
        (b"Hunter\n2\n", "the file holds more than one line"),
        (b"H\xc3\xbcnter2", "the password holds characters beyond printable ASCII"),
        (b"Hunter\x002", "the password holds characters beyond printable ASCII"),
    ],
)
def test_a_bad_password_file_is_told_without_repeating_it(smtp: Folder, content: bytes, said: str) -> None:
    path = _named_file(smtp, content)

    assert smtp.problem().startswith(f"{path}: {said}"[:55])
    assert said in smtp.problem()
    assert "nter" not in smtp.problem()


def test_a_named_password_file_must_be_there(smtp: Folder) -> None:
    _named_file(smtp, b"").unlink()

    assert "the file is missing" in smtp.problem()


def test_a_password_file_needs_a_username(service: Folder) -> None:
    service.write("creds.csv", "")
    service.write("settings.toml", 'email.sender = "me@b.net"\n')

    assert service.problem().startswith("creds.csv: there is no username to the password in /")


# ---------------------------------------------------------------- secrets


def test_a_loaded_password_shows_nowhere(smtp: Folder, caplog: pytest.LogCaptureFixture) -> None:
    smtp.write("creds.csv", "me@b.net,Hunter2\n")

    config = smtp.load()
    logging.getLogger("test").warning("%s %r", config, config.credentials)

    assert config.credentials
    assert config.credentials.password.reveal() == "Hunter2"
    assert "********" in caplog.text
    assert "Hunter2" not in caplog.text


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_named_password_file_that_others_can_read_is_warned_about_with_the_command(smtp: Folder, mode: int) -> None:
    smtp.write("creds.csv", "me@b.net\n")
    path = _named_file(smtp, b"secret\n")
    path.chmod(mode)

    (warning,) = smtp.load().warnings

    assert str(warning) == (f"{path}: other users of this machine can read the password; run: chmod 600 {path}")
    path.chmod(0o600)
    assert smtp.load().warnings == ()


def test_only_reveal_gives_the_text_away() -> None:
    secret = Secret("Hunter2")

    shown = f"{secret} {secret!r} {secret!s} {secret:>12} {[secret]} " + "%s" % secret  # noqa: UP031 - the way logging does it

    assert "Hunter2" not in shown
    assert secret.reveal() == "Hunter2"


def test_a_mask_does_not_tell_the_length() -> None:
    assert repr(Secret("")) == repr(Secret("a" * 100)) == "********"


def test_equal_texts_are_equal_secrets() -> None:
    assert Secret("a") == Secret("a")
    assert hash(Secret("a")) == hash(Secret("a"))
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_it_leaves_the_process_in_no_other_way() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("Hunter2"))
    with pytest.raises(TypeError):
        copy.copy(Secret("Hunter2"))


def test_a_traceback_with_locals_does_not_show_it() -> None:
    secret = Secret("Hun" + "ter2")

    try:
        _ = 1 / len([x for x in [secret] if x == Secret("other")])
    except ZeroDivisionError as error:
        report = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())

    assert "secret = ********" in report
    assert "Hunter2" not in report
