"""Tells of a plan, before it is run, what looks suspicious, what can never work, and what is left unsaid."""
