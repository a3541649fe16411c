"""Floor 1: where a long computation stands, as a file that survives whatever happens to it."""
