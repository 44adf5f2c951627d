"""Keeps the books of a run: where every unit and every dollar of one replication went."""
