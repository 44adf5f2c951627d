"""Recipe in, Plan out: everything a run needs as flat arrays, with no recipe object in it."""
