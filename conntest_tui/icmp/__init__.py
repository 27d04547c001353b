"""Addresses to probe results: real echo requests over ICMP sockets, or a simulated network."""

from conntest_tui.icmp.icmp_prober import Network
from conntest_tui.icmp.simulated_network import Fate, SimulatedNetwork

__all__ = ["Fate", "Network", "SimulatedNetwork"]
