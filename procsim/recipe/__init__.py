"""Files in, a Recipe out: reading, sharing, edits and every check that needs no geometry."""
