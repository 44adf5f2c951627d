"""A table in, a Figure out; nothing is computed here."""
