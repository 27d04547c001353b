"""Windows that ask the operator something, or say something that must be seen."""
