"""A password type that does not show."""

import copy
import pickle
import traceback

import pytest

from conntest_tui.config import Secret


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
