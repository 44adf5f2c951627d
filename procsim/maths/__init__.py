"""Pure numbers that know nothing of recipes or lines: distributions, yield laws, keyed random numbers, statistics."""
