"""Floor 1: gradient to Proposal; one optimizer, one file."""
