"""Texts made harmless, paths as people see them, and as a shell takes them."""

import os
import subprocess
import unicodedata
from pathlib import Path

import pytest
from rich.cells import cell_len

from conntest_tui.text import MOST_MARKS, REPLACEMENT, clean, count, international, shell, shown


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


@pytest.mark.parametrize(
    "text",
    [
        "Tiếng Việt",
        "Tie\u0302\u0301ng Vie\u0323\u0302t",
        "שָׁלוֹם",
        "हिन्दी",
        "ภาษาไทย",
        "བོད་ཡིག",
        "한국어 \u1112\u1161\u11ab",
        "👍🏽 ❤\ufe0f",
    ],
)
def test_what_people_write_with_marks_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_whatever_takes_no_cell_is_kept_only_so_often_on_one_character() -> None:
    everything = map(
        chr, (*range(0x300, 0x3000), *range(0xA000, 0x12000), *range(0x1F000, 0x1FB00), *range(0xE0000, 0xE0200))
    )
    flooding = [c for c in everything if cell_len(f"a{c}") <= 1 and len(clean(f"a{c * 100}")) > 1 + MOST_MARKS]

    assert [c for c in flooding if REPLACEMENT not in clean(c) and unicodedata.category(c) != "Cn"] == []


def test_a_pile_of_marks_is_cut_and_the_text_behind_it_is_not() -> None:
    assert clean("Z\u0301\u0336" + "\u0301" * 130_000 + "algo") == "Z\u0301\u0336" + "\u0301" * 6 + "algo"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("xn--bcher-kva.example", "bücher.example"),
        ("router.xn--bro-hoa.example", "router.büro.example"),
        ("10.1.1.254", "10.1.1.254"),
        ("bücher.example", "bücher.example"),
        ("xn--strae-oqa.example", "xn--strae-oqa.example"),  # IDNA 2003 would ask strasse.example for straße.example
        ("xn--a.example", "xn--a.example"),  # no Punycode
        ("xn--", "xn--"),
    ],
)
def test_an_international_name_is_read_as_people_write_it(name: str, written: str) -> None:
    assert international(name) == written


@pytest.mark.parametrize(("number", "said"), [(0, "0 hosts"), (1, "1 host"), (2, "2 hosts"), (10_000, "10,000 hosts")])
def test_a_number_of_things(number: int, said: str) -> None:
    assert count(number) == said
    assert count(number, "failed sweep") == said.replace("host", "failed sweep")
