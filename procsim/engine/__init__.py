"""Holds the line as columns of small records, rules over them, and the loops that run them."""
