"""One file, one form in which a report is given."""
