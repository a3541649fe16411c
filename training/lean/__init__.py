"""The lean network that `steadystyle train` begins with."""
