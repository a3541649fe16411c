"""Floor 3: the doors. Nobody imports them; only here may anything be printed or the process be ended."""
