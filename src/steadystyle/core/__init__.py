"""Floor 0: what everyone may import and what imports nothing of ours."""
