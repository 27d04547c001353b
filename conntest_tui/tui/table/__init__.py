"""The host table: which hosts are where, in which columns, and what of them is selected."""
