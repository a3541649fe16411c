"""One file, one kind of experiment: the script runs again with one thing changed, to tell neighbours apart."""
