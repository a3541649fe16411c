"""How the learning rate changes over a run; one schedule, one file."""
