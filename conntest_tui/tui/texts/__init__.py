"""What the console says: every text of it, as toned text. Pure functions of values and of the room there is."""
