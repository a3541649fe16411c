"""How fast, how good, how heavy: SteadyStyle beside the code that a user would otherwise write, in the same run."""
