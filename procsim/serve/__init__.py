"""Serves the interactive what-if page: a recipe beside its section, cost and capacity, each of which follows an edit at once."""
