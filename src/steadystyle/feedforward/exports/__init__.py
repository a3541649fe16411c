"""Forms in which a trained network runs elsewhere; one file, one format."""
