"""Turns a Recipe into a Plan: everything that a run needs as flat arrays, with no recipe object in it."""
