"""The inventory: what is in force, in words that any screen may show."""

from dataclasses import replace

from conntest_tui.config import load
from conntest_tui.config.config_and_inventory import BUILT_IN, inventory
from conntest_tui.config.settings import all_settings
from tests.config.folder import Folder

SECRET = "hunter2 is the password"


def smtp(folder: Folder) -> None:
    folder.delivering_by_smtp().write("hosts.csv", "# Office\n10.0.0.1\n10.0.0.2\n")
    folder.write("server_info.csv", "mail.example.com,587\n")
    folder.write("creds.csv", f"conntest@example.com,{SECRET}\n")
    folder.write("email_recipients.csv", "a@example.com,b@example.com\n")


def test_every_knob_is_there_with_its_value_and_origin(folder: Folder) -> None:
    smtp(folder)
    folder.write("settings.toml", 'failures = 2\nrenotify = 7200\n\n[uplink]\nhosts = ["10.0.0.1"]\n')
    found = inventory(folder.load())
    assert [setting.path for setting in found.settings] == [path for path, _ in all_settings()]
    values = {setting.path: (setting.value, setting.origin) for setting in found.settings}
    assert values["failures"] == ("2", "settings.toml:1")
    assert values["renotify"] == ("7200 (2h)", "settings.toml:2")
    assert values["uplink.hosts"] == ("10.0.0.1", "settings.toml:5")
    assert values["email.tls"] == ("auto", "default")
    assert values["email.ca_file"] == ("none", "default")
    assert values["timeout"] == ("2", "default")


def test_every_file_says_what_is_in_it_but_no_secret(folder: Folder) -> None:
    smtp(folder)
    found = inventory(folder.load())
    assert dict(found.files) == {
        "hosts.csv": "2 hosts in 1 group",
        "server_info.csv": "mail.example.com, port 587",
        "creds.csv": "a login; it is never shown",
        "email_recipients.csv": "a@example.com, b@example.com",
        "settings.toml": "0 settings set, the others at their defaults",
    }
    assert SECRET not in repr(found)
    assert "conntest@example.com" not in repr(found)


def test_files_that_nobody_needs_are_left_out(folder: Folder) -> None:
    folder.write("hosts.csv", "10.0.0.1\n")
    folder.write("settings.toml", 'email.delivery = "off"\n')
    assert [name for name, _ in inventory(folder.load()).files] == ["hosts.csv", "settings.toml"]


def test_warnings_are_told(folder: Folder) -> None:
    smtp(folder)
    (folder.path / "creds.csv").chmod(0o644)
    assert any("chmod 600" in warning for warning in inventory(folder.load()).warnings)


def test_a_knob_without_any_file_is_built_in(folder: Folder) -> None:
    smtp(folder)
    found = inventory(replace(folder.load(), origins={}))
    assert {setting.origin for setting in found.settings} == {BUILT_IN}


def test_rows_that_are_skipped_are_counted_and_named(folder: Folder) -> None:
    folder.write("hosts.csv", "host,description,location\n10.0.0.1\n10.1.1.x\n#10.0.0.2\n")

    found = inventory(load(folder.path, lenient=True))

    assert dict(found.files)["hosts.csv"] == (
        "1 host in 0 groups, 1 commented out, 1 header skipped, 1 row skipped that is no host"
    )
    assert [warning.split(" ")[0] for warning in found.warnings] == ["hosts.csv:3:", "hosts.csv:1:"]
