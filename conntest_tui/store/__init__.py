"""What outlives the process: outages, events, history and the outbox, in one SQLite file."""

from conntest_tui.store.addresses import Addresses
from conntest_tui.store.database import Database
from conntest_tui.store.history import History, Hour
from conntest_tui.store.ledger import Heartbeat, Ledger
from conntest_tui.store.lock import StateLock
from conntest_tui.store.outbox import Outbox

__all__ = ["Addresses", "Database", "Heartbeat", "History", "Hour", "Ledger", "Outbox", "StateLock"]
