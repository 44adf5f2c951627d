"""A table, or the package after its steps, in; a Figure out; nothing is computed here."""
