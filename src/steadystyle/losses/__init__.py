"""Floor 1: activations to one number; one loss, one file."""
