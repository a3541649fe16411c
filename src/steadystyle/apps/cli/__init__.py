"""The command line: `steadystyle COMMAND`. A result goes to standard output, everything else to standard error."""
