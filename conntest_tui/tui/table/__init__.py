"""The host table: which hosts stand where, in which columns, and what of them is selected."""
