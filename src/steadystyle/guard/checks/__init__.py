"""Ways in which a measurement can be bad; one check, one file."""
