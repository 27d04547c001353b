"""Acting on many hosts at once: the keys are about what is marked, and say so before they are pressed."""

from textual.css.query import NoMatches

from conntest_tui.text import count
from conntest_tui.tui.host_phrases import NO_GROUP
from conntest_tui.tui.key_bar import KeyBar
from conntest_tui.tui.screens.host_action_texts import Targets
from conntest_tui.tui.screens.host_actions import HostActionsScreen
from conntest_tui.tui.status_lines import SweepLine
from conntest_tui.tui.table.host_table import HostTable
from conntest_tui.tui.table.marks import MarkCount, hidden_marks
from conntest_tui.tui.table.view_options import Part, TableSection

_MANY = 8  # a look at every host costs as much as so many times fewer look-ups


class MarkingScreen(HostActionsScreen):
    """A screen with a table in which hosts can be marked: then its keys are about those, in the order of the table."""

    @property
    def marked(self) -> Targets:
        """The marked hosts, in the order of hosts.csv."""
        names = self.query_one(HostTable).marks.names
        if self.board is None or not names:
            return Targets(())
        indices, statuses = self.board.arrangement.roster.indices, self.board.snapshot.statuses
        if len(names) > len(statuses) // _MANY:
            return Targets(tuple([status for status in statuses if status.host.name in names]))
        return Targets(tuple([statuses[at] for at in sorted(indices[name] for name in names if name in indices)]))

    @property
    def targets(self) -> Targets:
        """The hosts that a key is about: those that are marked, else the selected one or those of the group."""
        marked = self.marked
        return marked if marked.hosts else super().targets

    def hint_of_many(self, targets: Targets) -> str:
        """Return that the line of a group means all its hosts, where others of it wait for somebody too."""
        board, group = self.board, targets.hosts[0].host.group
        if board is None or len(targets.hosts) > 1:
            return ""
        section = TableSection(group, Part.TROUBLE)
        number = Targets(board.hosts_of(section)).untaken if section in board.arrangement.sections() else 0
        return f" All {number:,} of {group or NO_GROUP} at once: the same key on its line." if number > 1 else ""

    def acted(self) -> None:
        """Let the marks go: what was to be done with those hosts is done."""
        self.query_one(HostTable).clear_marks()

    def clear_marks(self) -> bool:
        """Mark nothing any more, and return whether anything was marked."""
        table = self.query_one(HostTable)
        had_marks = bool(table.marks.names) or table.marks.range is not None
        table.clear_marks()
        return had_marks

    def select(self, host: str) -> None:
        """Select a host if it has a line; unlike `point_at` this neither unfolds nor clears anything."""
        if self.board is not None and self.board.arrangement.line_of(host) is not None:
            self.query_one(HostTable).point_at(host)

    def on_markable_hosts_marked(self) -> None:
        self.say_targets()

    def watch_board(self) -> None:
        self.say_targets()

    def say_targets(self) -> None:
        """Show how many hosts are marked, and how many a key is about."""
        try:
            marks, line, bar = self.query_one(HostTable).marks, self.query_one(SweepLine), self.query_one(KeyBar)
        except NoMatches:  # the first board may come before the widgets, and the last one after them
            return
        if self.board is None:
            return
        line.marks = MarkCount(len(marks.names), hidden_marks(self.board.arrangement, marks.names), marks.is_begun)
        bar.reword(self._words() if marks.names or isinstance(self.selection, TableSection) else {})

    def _words(self) -> dict[str, str]:
        """Return what keys do that are about many hosts, by their actions."""
        has_marks, selection = bool(self.query_one(HostTable).marks.names), self.selection
        words = {"open": "Fold"} if isinstance(selection, TableSection) else {}
        if not has_marks and isinstance(selection, TableSection) and selection.part is Part.CALM:
            return words
        targets = self.targets
        if has_marks:
            words["mute"] = f"Mute {len(targets.hosts):,}"
        if targets.untaken:
            words["acknowledge"] = f"Ack {count(targets.untaken)}"
        return words
