"""Reports: what a month came to."""
