"""Runs the rules of the line compiled by numba: the very same files, over arrays in place of records, with a calendar of their own."""
