"""How a gradient that is too large is made smaller; one way, one file."""
