"""A file of somebody else, or one that a link has put in the place of ours, is not repeated to anybody."""

import os
from pathlib import Path

import pytest

from tests.config.folder import Folder

SECRET = "Hunter2;is=the secret"
NOBODY = 65_534

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def _told_of(folder: Folder) -> str:
    return "\n".join(folder.problems())


@pytest.mark.parametrize("file", ["hosts.csv", "server_info.csv", "creds.csv", "email_recipients.csv", "settings.toml"])
def test_what_a_link_leads_to_is_not_repeated_unless_everybody_may_read_it(
    smtp: Folder, tmp_path: Path, file: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n'{SECRET}', {SECRET}\n")
    secret.chmod(0o640)
    (smtp.path / file).unlink()
    (smtp.path / file).symlink_to(secret)

    assert "Hunter2" not in _told_of(smtp)
    assert any(problem.startswith(f"{file}:1: ") for problem in smtp.problems())

    secret.chmod(0o644)
    assert ("Hunter2" in _told_of(smtp)) == (file in ("hosts.csv", "email_recipients.csv"))


def test_a_name_that_would_be_good_is_not_repeated_either(smtp: Folder, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2\nhunter2\na,b,c,parent=hunter3\nb,,,parent=c\nc,,,parent=b\n")
    secret.chmod(0o600)
    (smtp.path / "hosts.csv").unlink()
    (smtp.path / "hosts.csv").symlink_to(secret)

    assert "hunter" not in _told_of(smtp)


@needs_root
def test_root_repeats_nothing_of_a_file_of_another_user(folder: Folder) -> None:
    folder.write("hosts.csv", f"{SECRET}\n")
    os.chown(folder.path / "hosts.csv", NOBODY, NOBODY)

    assert "Hunter2" not in folder.problem()
    assert folder.problem().startswith("hosts.csv:1: (not shown: ")


@needs_root
def test_root_repeats_nothing_of_its_own_files_in_a_directory_of_another_user(folder: Folder) -> None:
    folder.write("hosts.csv", f"{SECRET}\n")
    os.chown(folder.path, NOBODY, NOBODY)

    assert "Hunter2" not in folder.problem()


@needs_root
def test_root_helps_a_user_whose_whole_directory_it_reads(folder: Folder) -> None:
    folder.write("hosts.csv", "10.1.1.300\n")
    for path in (folder.path, *folder.path.iterdir()):
        os.chown(path, NOBODY, NOBODY)

    assert "10.1.1.300" in folder.problem()


def test_one_file_that_is_not_repeated_silences_no_other(smtp: Folder, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n")
    secret.chmod(0o600)
    (smtp.path / "hosts.csv").unlink()
    (smtp.path / "hosts.csv").symlink_to(secret)
    smtp.write("email_recipients.csv", "not an address\n")

    assert "Hunter2" not in _told_of(smtp)
    assert "not an address is not a mail address" in _told_of(smtp)
