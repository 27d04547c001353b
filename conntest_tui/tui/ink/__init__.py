"""Toned text: what the words and signs of the console look like, measured in terminal cells."""
