"""A short run of the fuzz; the long one is `python -m tests.importing.fuzz`."""

import random

from tests.importing.fuzz import run


def test_a_few_seconds_of_spoiled_files() -> None:
    assert run(3.0, random.SystemRandom().randrange(1 << 32)) > 0
