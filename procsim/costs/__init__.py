"""Blocks of lots and a Run in, Totals out: where every unit and every dollar of one replication went."""
