"""What outlives the process: outages, events, history and the outbox, in one SQLite file."""

from conntest_tui.store.address_cache import AddressCache
from conntest_tui.store.database_with_memory_fallback import Database
from conntest_tui.store.history import History, Hour
from conntest_tui.store.notification_queue import Outbox
from conntest_tui.store.outage_store import Heartbeat, OutageStore
from conntest_tui.store.state_lock import StateLock

__all__ = ["AddressCache", "Database", "Heartbeat", "History", "Hour", "OutageStore", "Outbox", "StateLock"]
