"""Hosts that people put into hosts.csv from a screen: written at once, and remembered until they are watched."""

import os
from collections.abc import Callable, Collection
from functools import partial

from conntest_tui.config import Config
from conntest_tui.config.hosts_csv_rows import HeldRows, add_to_file, checked, line_of
from conntest_tui.config.problems import Refused
from conntest_tui.config.read_files import read
from conntest_tui.errors import ConntestError
from conntest_tui.model.query_results import FilePlace, NewHostCheck
from conntest_tui.model.requests import NewHost, RequestAnswer, Requester
from conntest_tui.monitor.config_source import ConfigSource
from conntest_tui.text import shown

_MOST = 1_000

NO_FILES = "There is no hosts.csv behind these hosts: start the console on a configuration of your own."


class AddedHosts:
    """Writes hosts.csv, and knows who has added what is not watched yet.

    Attributes:
        authors: for each host that is written and not yet watched, the name of the user who added it.
    """

    def __init__(self, files: ConfigSource, take: Callable[[], object]) -> None:
        """Begin without any.

        Args:
            files: the configuration.
            take: has the files looked at again, and taken when they are at rest.
        """
        self._files, self._take = files, take
        self.authors: dict[str, str] = {}

    def add(self, new: NewHost, by: Requester) -> RequestAnswer:
        """Put a host into hosts.csv, and have it taken; the answer says where it is, or why not."""
        if problems := self._files.problems:
            return _refusal(f"The files have a problem already, so nothing new is taken: {problems[0]}")
        if len(self.authors) >= _MOST:
            return _refusal("So many hosts were added that are not watched yet: wait for the next sweep.")
        try:
            host = self._files.edit(partial(add_to_file, new=new))
        except Refused as refused:
            return _refusal(f"{refused.text}: {refused.hint}" if refused.hint else refused.text)
        except ConntestError as error:
            return _refusal(f"{error}: {error.hint}" if error.hint else str(error))
        self.authors[host.name] = by.name
        self._take()
        if problems := self._files.problems:
            why = f"{host.label} is on line {host.line} of hosts.csv now, and is not watched: {problems[0]}"
            return RequestAnswer(refused=(("", why),), line=host.line)
        return RequestAnswer((host.name,), line=host.line)

    def arrived(self, config: Config) -> Collection[tuple[str, str]]:
        """Return those that a new configuration has: pairs of a host and who added it; and forget all.

        The others were taken out of the file before it was read: who puts them in again is another author.
        """
        authors, self.authors = self.authors, {}
        watched = {host.name for host in config.hosts} if authors else set()
        return sorted((name, by) for name, by in authors.items() if name in watched)


class Drafts:
    """Checks hosts as they are typed, from any thread, against those that are watched now."""

    def __init__(self) -> None:
        self._held: tuple[Config, HeldRows] | None = None  # with a million hosts it takes a second

    def check(self, new: NewHost, files: ConfigSource) -> NewHostCheck:
        """Return what would come of adding a host."""
        if files.hosts_file is None:
            return NewHostCheck(NO_FILES)
        config, held = files.current, self._held
        if held is None or held[0] is not config:
            hosts = config.hosts
            rows = HeldRows(
                {host.name: host.line for host in hosts}, {}, {host.group: host.line for host in hosts if host.group}
            )
            self._held = held = (config, rows)
        try:
            host, row = checked(new, held[1])
        except Refused as refused:
            return NewHostCheck(f"{refused.text}: {refused.hint}")
        return NewHostCheck("", row, host.group, bool(host.group) and host.group not in held[1].groups)


def place_of(name: str, files: ConfigSource) -> FilePlace:
    """Return where hosts.csv is, and the line of a host in it as it is on disk now."""
    path = files.hosts_file
    if path is None:
        return FilePlace(note=NO_FILES)
    host = next((host for host in files.current.hosts if host.name == name), None) if name else None
    line, note = 0, ""
    try:
        data = read(path).data
        line = line_of(data, host) if host else 0
        if not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            note = f"{shown(path)} is read-only for you: it can be read, not saved."
    except Refused as refused:
        note = f"{shown(path)}: {refused.text}"
    return FilePlace(os.fspath(path), line, note)


def _refusal(why: str) -> RequestAnswer:
    return RequestAnswer(refused=(("", why),))
