"""Floor 2: networks that stylise in one pass."""
