"""Everything that reads what people have, fed with what nobody has: `python -m tests.importing.fuzz --seconds 60`.

Each turn takes a good file, spoils it, and has every reader look at it: hosts.csv line by line, and the readers of
`import`. They may refuse it, with words that are fit to print, and nothing else; none may take long. `--seed` repeats
a run.
"""

import argparse
import random
import time
from collections.abc import Callable

from conntest_tui.importing.csv_hosts import Columns
from conntest_tui.importing.hosts_csv_merge import merge, skipped_text
from conntest_tui.importing.import_sources import read_data
from conntest_tui.importing.imported_hosts import NotReadableError
from conntest_tui.text import clean
from tests.config.line_accounting import account
from tests.importing.reading import nobody
from tests.importing.test_ansible_inventory import ANSIBLE
from tests.importing.test_hosts_csv_merge import THERE
from tests.importing.test_nagios_and_icinga_objects import ICINGA, NAGIOS
from tests.importing.test_nmap_xml import NMAP
from tests.importing.test_uptime_kuma import KUMA

PATIENCE = 20.0
"""Seconds of processor time that one file may take; each is a few kilobytes long."""

GOOD = [text.encode() for text in (THERE, NMAP, NAGIOS, ICINGA, ANSIBLE, KUMA)] + [
    b"Hostname;IP Address;Site\r\ncore1;10.1.1.254;Bldg 6\r\n",
    "Name\tIP\nB\u00fcro\t10.1.1.5\n".encode("utf-16"),
    b'host,description,location\n10.0.0.1,"a, b",c,0,parent=10.0.0.2\n10.0.0.2\n',
]
PIECES = [
    *(b",", b";", b"\t", b'"', b"#", b"##", b"\n", b"\r", b"\0", b"{", b"}", b"[", b"]", b"<", b">", b"&a;", b"\\"),
    *(b"[1:99]", b"10.0.0.1", b"10.0.0.300", b"::1", b"define host {", b'object Host "', b"<!ENTITY a 'b'>", b"\xff"),
    *(b"\xcc\x81" * 50, b"\xe2\x80\xae", b"\x1b[0m", b"a=," * 99, b"x" * 9999, b"[" * 2000, b"1" * 5000),
    b'{"a":' * 2000,
]  # fmt: skip


def spoil(data: bytes, dice: random.Random) -> bytes:
    """Return a file with a few things done to it."""
    for _ in range(dice.randint(0, 8)):
        at, length = dice.randint(0, len(data)), dice.choice((0, 0, 1, 3, 20))
        match dice.randint(0, 3):
            case 0:
                put = dice.choice(PIECES)
            case 1:
                put = dice.randbytes(dice.randint(1, 6))
            case 2:
                put = data[at : at + dice.randint(1, 60)] * dice.randint(1, 4)
            case _:
                put = b""
        data = data[:at] + put + data[at + length :]
    return data


def _read(data: bytes) -> None:
    for columns in (None, Columns(1, 2), Columns("ip", "name")):
        try:
            reading = read_data(data, columns, nobody)
        except NotReadableError as error:
            _fit_to_print(f"{error}\n{error.hint}")
            continue
        merged = merge(THERE.encode(), reading.hosts)
        assert merged.added + merged.known + merged.repeated + len(merged.skipped) == len(reading.hosts)
        _fit_to_print("\n".join((*merged.diff, *map(skipped_text, (*reading.skipped, *merged.skipped)))))
        account(merged.data)


def _fit_to_print(text: str) -> None:
    assert all(line == clean(line) for line in text.split("\n"))


def run(seconds: float, seed: int) -> int:
    """Spoil files for some seconds; return how many. Fails with the file that a reader could not stand."""
    dice, until, files = random.Random(seed), time.monotonic() + seconds, 0
    checks: tuple[Callable[[bytes], object], ...] = (account, _read)
    while time.monotonic() < until:
        data = spoil(dice.choice(GOOD), dice)
        for check in checks:
            began = time.process_time()
            try:
                check(data)
            except Exception as error:
                error.add_note(f"seed {seed}, file {files}: {data!r}")
                raise
            assert time.process_time() - began < PATIENCE, f"seed {seed}, file {files}: {data!r}"
        files += 1
    return files


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    asked = parser.parse_args()
    print(f"{run(asked.seconds, asked.seed)} files, seed {asked.seed}: nothing found")  # noqa: T201


if __name__ == "__main__":
    main()
