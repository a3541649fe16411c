"""One file, one command: `again.py` holds the function `again`, whose docstring is its help."""
