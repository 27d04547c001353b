"""What stands where: the order of the hosts, what passes the filter, columns, tiles. Pure functions of a snapshot."""
