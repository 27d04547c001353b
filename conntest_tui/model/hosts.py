"""Whom to watch: a row of hosts.csv."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Host:
    """One row of hosts.csv, cleaned and checked.

    Attributes:
        name: the address in its normal form (`10.1.1.254`, `fe80::1%eth0`) or the name in lower case. The
            identity of a host everywhere: unique in a configuration.
        description: free text, may be empty.
        location: free text, may be empty.
        group: the `# heading` it stands under, empty before the first one.
        parent: name of the host that this one is reached through.
        attempts: echo requests per sweep, when it differs from the settings.
        timeout: seconds to wait for each of them, when it differs from the settings.
        failures: failed sweeps in a row that open an outage, when it differs from the settings.
        mail: False when nobody wants mails about it.
        line: its line in hosts.csv, from 1; 0 when it does not come from a file.
        shown: an international name as hosts.csv writes it, when `name` is its ASCII form for the wire; else empty.
    """

    name: str
    description: str = ""
    location: str = ""
    group: str = ""
    parent: str | None = None
    attempts: int | None = None
    timeout: float | None = None
    failures: int | None = None
    mail: bool = True
    line: int = field(default=0, compare=False)
    shown: str = ""
