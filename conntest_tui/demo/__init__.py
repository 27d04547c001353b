"""The demo: the real monitor, tracker, store and courier over a network and a mail server that are only imagined."""

from conntest_tui.demo.opening import open_demo

__all__ = ["open_demo"]
