"""What the context menu of a line offers: labels and the actions behind them."""

from conntest_tui.tui.layout.arrange import Spot
from conntest_tui.tui.layout.board import Board
from conntest_tui.tui.layout.view import Section, View


def entries(spot: Spot, board: Board, view: View) -> list[tuple[str, str]]:
    """Return (label, action) for what makes sense with a host or a section as it stands, the likeliest first."""
    if isinstance(spot, Section):
        return [
            ("Unfold" if view.is_folded(spot) else "Fold", "open"),
            ("Fold all groups", "fold_all"),
            ("Unfold all groups", "unfold_all"),
            ("Recheck these hosts", "recheck"),
        ]
    status = board.status_of(spot)
    if status is None:
        return []
    offered = [("Details", "open"), ("Recheck", "recheck")]
    if status.outage is not None:
        taken = status.outage.acknowledged is not None
        offered.append(("Give back, or change the note" if taken else "Acknowledge", "acknowledge"))
    if status.mark is not None and status.mark.muted:
        offered.append(("Unmute", "unmute"))
    return [*offered, ("Mute", "mute"), ("Copy the address", "copy")]
