"""Reads recipes from files: sharing, edits, and every check that needs no geometry."""
