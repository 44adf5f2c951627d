"""Plan and seed in, Run out: the line as SimPy events."""
