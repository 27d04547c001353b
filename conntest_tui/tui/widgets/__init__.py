"""The parts of the screens. Each renders what it is given and asks nobody."""
