"""Floor 2: one picture by optimisation: measure, loop, scales, start, stylize."""
