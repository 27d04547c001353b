"""Paths as people see them, and as a shell takes them."""

import os
import subprocess
from pathlib import Path

import pytest

from conntest_tui.text import clean, shell, shown


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (b"/etc/conntest", "/etc/conntest"),
        ("/srv/Büro/日本".encode(), "/srv/Büro/日本"),
        (b"/srv/B\xfcro", r"/srv/B\xfcro"),
        (b"/srv/a\x1b[31mb\nc\td", r"/srv/a\x1b[31mb\nc\td"),
        ("/srv/\u202eabc\u2028".encode(), r"/srv/\u202eabc\u2028"),
        (b"/srv/\xe2\x80", r"/srv/\xe2\x80"),
    ],
)
def test_a_path_is_shown_with_what_is_no_text_escaped(path: bytes, said: str) -> None:
    assert shown(os.fsdecode(path)) == shown(Path(os.fsdecode(path))) == said
    assert clean(said) == said


@pytest.mark.parametrize("name", [b"plain", b"with space", b"it's", "Büro".encode(), b"B\xfcro", b"a\nb\\'c\x1b9"])
def test_a_shell_takes_a_path_for_what_it_is(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    path.touch()
    word = shell(path)

    assert clean(word) == word
    subprocess.run(["bash", "-c", f"rm {word}"], check=True)
    assert not path.exists()
